"""From the frozen data to the outline of a briefing or of its one-page version."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dashboards.briefing import annexes, office_sections, world_sections
from dashboards.briefing.outline import Edit, Outline, Section, apply_edits, keep_signed, number_heading
from dashboards.briefing.values import BriefData
from dashboards.briefing.wording import Sentence, Wording, findings

WEEKLY = ("findings", "scope", "volume", "events", "topics", "channels", "response")


@dataclass(frozen=True, slots=True)
class Issue:
    """What surrounds the data in a document: edition, state and signer's role, edits, changed figures, what a model
    drafted, and the words as signed, which hold whatever this version's rules would say. All empty for a plain run."""

    edition: int = 0
    state: str = ""
    role: str = ""
    at: str = ""
    edits: Mapping[str, Edit] = field(default_factory=dict)
    changed: tuple[tuple[str, str, str], ...] = ()
    drafted: tuple[Sentence, ...] = ()
    redacted: int = 0
    signed: Mapping[str, str] = field(default_factory=dict)


ALONE = Issue()


def make_outline(data: BriefData, language: str, issue: Issue = ALONE) -> Outline:
    """Everything the documents say, from the frozen data alone."""
    say = Wording(language)
    made = [one for one in _sections(data, say) if data.kind != "week" or one.key in WEEKLY]
    numbered = [replace(one, heading=number_heading(place, one.heading, language)) for place, one in enumerate(made)]
    edited = keep_signed(apply_edits(numbered, issue.edits, say), issue.signed)
    if issue.drafted:
        edited = (_summary(issue, say), *edited)
    whole = (*edited, annexes.cited(data, say), *annexes.changes(edited, issue.changed, issue.redacted, say))
    title = say(f"title_{data.kind}", school=data.school)
    period = say("period", begin=data.begin, end=data.end, period=data.period)
    return Outline(title, period, say_state(issue, say), whole, say("hash", hash=data.hash), language)


def _sections(data: BriefData, say: Wording) -> list[Section]:
    return [
        Section("findings", say.section("findings"), (*findings(data, say), *_note(data, say))),
        world_sections.scope(data, say), world_sections.volume(data, say), world_sections.events(data, say),
        world_sections.topics(data, say), world_sections.channels(data, say), office_sections.pull(data, say),
        office_sections.response(data, say), office_sections.season(data, say), office_sections.proposals(data, say),
    ]  # fmt: skip


def _note(data: BriefData, say: Wording) -> list[Sentence]:
    if data.first:
        return [Sentence("first_period", say("first_period"))]
    imported = [one.name for one in (data.before, data.year_ago) if one.imported]
    text = say("imported_note", which=say.join(imported)) if imported else ""
    return [Sentence("imported_note", text)] if imported else []


def _summary(issue: Issue, say: Wording) -> Section:
    return Section("summary", say("model_summary"), (Sentence("drafted", say("drafted")), *issue.drafted))


def say_state(issue: Issue, say: Wording) -> str:
    """Edition and state in words; empty for a run without an edition."""
    if not issue.edition:
        return ""
    role = say(f"role_{issue.role}") if issue.role else ""
    return say("edition", edition=issue.edition) + " · " + say(f"state_{issue.state}", role=role, at=issue.at)


def make_leader(data: BriefData, language: str, issue: Issue = ALONE) -> Outline:
    """One page: the findings, at most five events, what lies ahead and what is proposed."""
    whole, say = make_outline(data, language, issue), Wording(language)
    by_key = {section.key: section for section in whole.sections}
    ahead = say.join([say.name(one.key) + say.aside(one.begin[5:]) for one in data.seasons[:4]])
    parts = [
        Section("findings", say.section("findings"), by_key["findings"].sentences),
        Section("events", say("to_decide"), (), (world_sections.short_events(data, say),) if data.events else ()),
    ]
    if data.seasons:
        parts.append(Section("season", say.section("season"), (Sentence("ahead", say("ahead", windows=ahead)),)))
    if data.proposals:
        lines = office_sections.proposal_lines(data, say)[:5]
        parts.append(Section("proposals", say.section("proposals"), tuple(lines)))
    sections = tuple(replace(one, heading=number_heading(n, one.heading, language)) for n, one in enumerate(parts))
    return replace(whole, title=say("leader", school=data.school), sections=sections)
