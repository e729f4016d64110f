"""The annexes: cited items, changes since the draft, and where each figure comes from."""

from collections.abc import Sequence

from dashboards.briefing.outline import Section, Table
from dashboards.briefing.values import BriefData
from dashboards.briefing.wording import Sentence, Wording


def cited(data: BriefData, say: Wording) -> Section:
    """The cited items: of outlets with time, headline and link, of private voices with id, platform and day."""
    names = ("id", "source", "time", "heading", "link", "fingerprint")
    rows = tuple(
        (
            one.id, data.source(one.source), f"{one.day} {one.time}" if one.time else one.day,
            one.title or ("—" if one.time else say("private")), one.url or "—", one.fingerprint,
        )
        for one in data.cited
    )  # fmt: skip
    header = tuple(say(name) for name in names)
    return Section("cited", say.section("cited"), (), (Table(say("t_cited"), header, rows),) if rows else ())


def changes(
    sections: Sequence[Section], changed: Sequence[tuple[str, str, str]], redacted: int, say: Wording
) -> list[Section]:
    """What editors reworded and which figures changed since the draft; none when there is nothing to say."""
    edited = [one for section in sections for one in section.said if one.rule is not None]
    if not edited and not changed and not redacted:
        return []
    lines = [Sentence("redacted", say("redacted", count=redacted))] if redacted else []
    tables = []
    if edited:
        lines.append(Sentence("edit_note", say("edit_note")))
        rows = tuple((one.rule or "", _with_doubt(one, say)) for one in edited)
        tables.append(Table(say("t_edits"), (say("original"), say("text")), rows))
    if changed:
        header = (say("name"), say("t_first"), say("t_now"))
        named = tuple(
            (say(name) if name in {"items", "stories", "negative"} else say.name(name), a, b) for name, a, b in changed
        )
        tables.append(Table(say("t_changed"), header, named, frozenset({1, 2})))
    return [Section("changes", say.section("changes"), tuple(lines), tuple(tables))]


def _with_doubt(sentence: Sentence, say: Wording) -> str:
    text = sentence.text.removesuffix(say("edited"))
    return text + (" " + say("unsupported", what=say.join(list(sentence.unsupported))) if sentence.unsupported else "")
