"""The draft of a situation report, by rules: no sentence without a stored figure, fact or act behind it.

A first and a final report say everything; an update says only what changed since the report before it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from alerts.response.facts import Fact
from alerts.response.reading import Deed, Picture
from alerts.response.report_words import SECTIONS, say, word
from alerts.response.slips import Slip

ReportKind = Literal["first", "update", "final"]
LATEST = 8


@dataclass(frozen=True, slots=True)
class Frame:
    """What a draft is made with: language, how moments are written, when the next report is due, and (for an update)
    the moment, the figures and the proposals of the one before."""

    kind: ReportKind
    lang: str
    write: Callable[[datetime], str]
    now: datetime
    next_due: datetime | None = None
    since: datetime | None = None
    before: Mapping[str, Any] | None = None
    said: frozenset[str] = frozenset()


def draft_report(picture: Picture, frame: Frame) -> dict[str, str]:
    """{section: text}; a section without text is left out."""
    makers: dict[str, Callable[[Picture, Frame], Iterable[str]]] = {
        "when": _when, "source": _source, "what": _what, "spread": _spread, "assessment": _assessment, "done": _done,
        "proposed": _proposed, "next": _next,
    }  # fmt: skip
    found = {name: "\n".join(makers[name](picture, frame)) for name in SECTIONS}
    if frame.since is not None and not any(found[name] for name in ("source", "what", "spread", "assessment", "done")):
        found["spread"] = say(frame.lang, "no_change", when=frame.write(frame.since))
    return {name: text for name, text in found.items() if text}


def _when(picture: Picture, frame: Frame) -> Iterable[str]:
    yield say(frame.lang, "dated", when=frame.write(frame.now))
    if frame.since is None:
        yield say(frame.lang, "first_seen", when=frame.write(picture.first_seen))
    if frame.since is None or picture.last_seen > frame.since:
        yield say(frame.lang, "last_seen", when=frame.write(picture.last_seen))


def _source(picture: Picture, frame: Frame) -> Iterable[str]:
    lang, names = frame.lang, list(picture.figures["names"])
    if frame.before is not None:
        names = [name for name in names if name not in frame.before.get("names", ())]
        yield from [say(lang, "outlets", names="、".join(names))] if names else []
        return
    yield say(lang, "from", first=word("carrier", lang, picture.first_kind), sources=picture.figures["sources"])
    yield (
        say(lang, "outlets", names=("、" if lang == "zh" else ", ").join(names[:5]))
        if names
        else say(lang, "from_none")
    )


def _what(picture: Picture, frame: Frame) -> Iterable[str]:
    lang = frame.lang
    if frame.since is None:
        yield (
            say(lang, "wellbeing")
            if picture.topic == "wellbeing"
            else say(lang, "matter", title=picture.title.rstrip("。."))
        )
    known = [fact for fact in picture.facts if frame.since is None or fact.at > frame.since]
    for fact in known:
        yield _say_fact(fact, frame)
    if not known and frame.since is None:
        yield say(lang, "no_fact")


def _say_fact(fact: Fact, frame: Frame) -> str:
    status = word("status", frame.lang, fact.status)
    when = frame.write(fact.happened or fact.at)
    return say(frame.lang, "fact", status=status, words=fact.words, source=fact.source, when=when)


def _spread(picture: Picture, frame: Frame) -> Iterable[str]:
    now, lang = picture.figures, frame.lang
    if frame.before is None:
        share = round(100 * now["negative"] / now["stories"]) if now["stories"] else 0
        yield say(lang, "spread", share=share, **{k: now[k] for k in ("stories", "items", "voices", "outlets")})
        if now["reach"]:
            yield say(lang, "reach", reach=word("reach", lang, now["reach"]))
        return
    for key, name in (("stories", "stories"), ("voices", "voices"), ("outlets", "news"), ("negative", "negative")):
        old, new = frame.before.get(key), now[key]
        if old != new:
            grown = isinstance(old, int) and isinstance(new, int) and new > old
            yield say(lang, "grown" if grown else "moved", name=say(lang, name), before=old, after=new)
    if now["reach"] and now["reach"] != frame.before.get("reach"):
        yield say(lang, "reach", reach=word("reach", lang, now["reach"]))


def _assessment(picture: Picture, frame: Frame) -> Iterable[str]:
    now, lang = picture.figures, frame.lang
    level, trend = word("severity", lang, now["severity"]), word("trend", lang, picture.trend)
    if frame.before is not None:
        if frame.before.get("severity") != now["severity"]:
            old = word("severity", lang, frame.before.get("severity"))
            yield say(lang, "level_moved", before=old, after=level)
        if frame.before.get("trend") != picture.trend:
            yield say(lang, "level", level=level, trend=trend)
        return
    yield say(lang, "level", level=level, trend=trend)
    counts = {
        status: sum(f.status == status for f in picture.facts) for status in ("confirmed", "unconfirmed", "denied")
    }
    if picture.facts:
        yield say(lang, "confirmed", n=counts["confirmed"], open=counts["unconfirmed"], denied=counts["denied"])
    if frame.kind == "final":
        closed = picture.status == "closed"
        yield say(lang, "closed", when=frame.write(picture.last_seen)) if closed else say(lang, "still_open")


def _done(picture: Picture, frame: Frame) -> Iterable[str]:
    """What was done, oldest first, the latest eight."""
    lines = [(deed.at, _say_deed(deed, frame)) for deed in picture.deeds]
    lines += [line for slip in picture.slips for line in _say_slip(slip, frame)]
    lines += [(one.at, say(frame.lang, "log", when=frame.write(one.at), words=one.words)) for one in picture.log]
    fresh = [line for line in sorted(lines, key=lambda pair: pair[0]) if frame.since is None or line[0] > frame.since]
    if not fresh and frame.since is None:
        yield say(frame.lang, "nothing_done")
    yield from dict.fromkeys(text for _, text in fresh[-LATEST:])


def _say_deed(deed: Deed, frame: Frame) -> str:
    lang, when = frame.lang, frame.write(deed.at)
    if deed.what == "case":
        return say(lang, "case", when=when, department=deed.department, due=frame.write(deed.due or deed.at))
    if deed.what == "closed":
        return say(lang, "closed_case", when=when, department=deed.department, outcome=word("outcome", lang, deed.act))
    if deed.what == "statement":
        return say(lang, "statement", when=when)
    if deed.what == "act":
        return say(lang, "act", when=when, act=word("act", lang, deed.act))
    return say(lang, "alert", when=when)


def _say_slip(slip: Slip, frame: Frame) -> Iterable[tuple[datetime, str]]:
    write, lang = frame.write, frame.lang
    values = {"name": slip.name, "department": slip.department}
    yield slip.issued, say(lang, "slip", when=write(slip.issued), due=write(slip.due), **values)
    for answer in slip.answers:
        yield (
            answer.at,
            say(lang, "answer", when=write(answer.at), outcome=word("outcome", lang, answer.outcome), **values),
        )


def _proposed(picture: Picture, frame: Frame) -> Iterable[str]:
    lang = frame.lang
    if frame.kind == "final":
        return
    if picture.topic == "wellbeing":
        yield from [say(lang, "p_help")] if frame.since is None else []
        return
    open_facts = sum(fact.status == "unconfirmed" for fact in picture.facts)
    late = [slip for slip in picture.slips if slip.is_overdue(frame.now)]
    given = picture.slips or any(deed.what == "case" for deed in picture.deeds)
    said = [say(lang, "p_confirm", n=open_facts)] if open_facts else []
    said += [say(lang, "p_overdue", name=slip.name, department=slip.department) for slip in late]
    said += [] if given else [say(lang, "p_case")]
    said += [say(lang, "p_statement")] if picture.figures["outlets"] else []
    yield from (line for line in said or [say(lang, "p_watch")] if line not in frame.said)


def _next(picture: Picture, frame: Frame) -> Iterable[str]:  # noqa: ARG001 - every section is made alike
    if frame.kind == "final":
        yield say(frame.lang, "final")
    elif frame.next_due is not None:
        yield say(frame.lang, "next", when=frame.write(frame.next_due))
