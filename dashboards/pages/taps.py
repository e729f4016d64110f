"""What a tap would stop, what the last one did, and taking it back: for the event page and the page of a signed link."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.acks import SILENCE
from alerts.message import Style, list_help_numbers, write_help_card
from alerts.taps import LATE, LATER, Refused, describe_done, describe_tap, find_tap
from alerts.words import Language
from dashboards.call import Call
from dashboards.pages.roster import cleaner
from dashboards.queries.telling import AlertRow, list_officers
from pipeline.store.audit import append_audit
from pipeline.store.engine import writing

BEFORE = ("taken", "handed_over", "released", "false_alarm", "silence", "case")


@dataclass(frozen=True, slots=True)
class LastTap:
    """The last tap in one sentence, for as long as it can be undone."""

    id: str
    text: str
    ends: datetime


def tap_box(call: Call, event: str) -> dict[str, object]:
    """`before`: what each tap would stop, until when, for whom; `tap`: the last one, None when it cannot be undone;
    `undo_word`: the name of the button."""
    language = language_of(call)
    held, silent = call.clock.short(call.now + call.context.acks.hold), call.clock.short(call.now + SILENCE)
    until = {"taken": held, "handed_over": held, "silence": silent}
    before = {what: describe_tap(language, what, until.get(what, "")) for what in BEFORE}
    return {"before": before, "tap": last_tap(call, event)}


def last_tap(call: Call, event: str) -> LastTap | None:
    """The newest tap that can still be undone."""
    found = find_tap(call.conn, event, call.now)
    if found is None:
        return None
    who = call.words.name("receiver", found.who)
    until = call.clock.short(found.until) if found.until else ""
    text = describe_done(language_of(call), found.what, who, until, call.clock.short(found.ends))
    return LastTap(found.id, text, found.ends)


def undo(call: Call, event: str, by: str, detail: str = "") -> str:
    """Take the named tap back, audited; returns the name of what is said on the page."""
    tap = call.form.get("tap", "")[:40]
    with writing(call.context.engine) as conn:
        refused = call.context.acks.undo(conn, event, tap, by, call.now)
        if refused is None:
            append_audit(conn, call.now, by, "undo", event, f"{tap} {detail}".strip())
    if refused is None:
        return "undone"
    return {LATE: "undo_late", LATER: "undo_later"}.get(refused.why, "refused")


def care_box(call: Call, topic: str) -> list[str]:
    """The lines of the help card of a wellbeing matter; empty for every other."""
    if topic != "wellbeing":
        return []
    return write_help_card(Style(language_of(call), call.clock.zone, care=call.context.loaded.care))


def care_calls(call: Call, topic: str) -> list[tuple[str, str]]:
    """(number, name) of the help card, to be called by a tap; the counsellor first."""
    if topic != "wellbeing":
        return []
    return list_help_numbers(call.context.loaded.care, language_of(call))


def without_words(alerts: Sequence[AlertRow], topic: str) -> list[AlertRow]:
    """The alerts of a wellbeing matter without the word that rang; of every other as they are."""
    plain = {"code": "first_seen", "text": "a concern"}
    return [replace(one, reason=plain) for one in alerts] if topic == "wellbeing" else list(alerts)


def language_of(call: Call) -> Language:
    """The reader's language, as the messages know it."""
    return "en" if call.words.lang == "en" else "zh"


def read_colleague(call: Call) -> str:
    """To whom the form hands over: an officer of the roster as called there, anybody else without numbers and names of
    people; empty for nobody."""
    said = call.form.get("to", "").strip()
    if said in {one.name for one in list_officers(call.conn, call.now)}:
        return said[:80]
    cleaned = cleaner(call)(said, 80)
    return "" if isinstance(cleaned, Refused) else cleaned
