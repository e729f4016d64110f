"""Why an event was told, or was not: for `tocsin why EVENT` and the event page. Reads what was kept at the time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from alerts.acks import follow_merger
from alerts.outbox import UPDATE
from alerts.words import Language, say, say_reason
from pipeline.model import Reason
from pipeline.store.rechecks import read_fates
from pipeline.store.schema import acks, alerts, events, notifications


@dataclass(frozen=True, slots=True)
class WhyLine:
    """One thing that happened or did not: when, of what kind (`alert`, `message`, `act`, `last`), and the sentence."""

    at: datetime
    what: str
    text: str


def explain_event(conn: Connection, event: str, language: Language) -> list[WhyLine] | None:
    """Everything said about an event in order, ending with the last reason; None when the event is not kept."""
    kept = follow_merger(conn, event)
    row = conn.execute(select(events).where(events.c.id == kept)).mappings().first()
    if row is None:
        return None
    lines = [*_alert_lines(conn, row["id"], language), *_message_lines(conn, row["id"])]
    lines += _act_lines(conn, row["id"])
    lines += [
        WhyLine(at, "fate", say(language, "fate", fate, source=source))
        for _, source, fate, at in read_fates(conn, row["id"])
    ]
    last = read_reason(row["said"])
    tail = (
        [WhyLine(row["last_seen"], "last", _explain(last, language) + _name_alert(conn, last, language))]
        if last.code
        else []
    )
    return [*sorted(lines, key=lambda line: line.at), *tail]


def read_reason(said: Mapping[str, object] | None) -> Reason:
    """A reason as the store keeps it."""
    kept = dict(said or {})
    return Reason(str(kept.pop("code", "")), str(kept.pop("text", "")), kept)


def _explain(reason: Reason, language: Language) -> str:
    """A reason in full: of one that no rule met, how far each rule was."""
    rules = reason.numbers.get("rules")
    if not isinstance(rules, list):
        return say_reason(language, reason)
    parts = [f"{rule.get('rule')}: {say_reason(language, read_reason(rule))}" for rule in rules]
    return f"{say_reason(language, reason)} — {'; '.join(parts)}"


def _name_alert(conn: Connection, reason: Reason, language: Language) -> str:
    """The number of the alert that a reason rests on, as people quote it; "" when it names none."""
    number = conn.scalar(select(alerts.c.n).where(alerts.c.id == str(reason.numbers.get("alert", ""))))
    if number is None:
        return ""
    return f"（A-{number:04d}）" if language == "zh" else f" (A-{number:04d})"


def _alert_lines(conn: Connection, event: str, language: Language) -> list[WhyLine]:
    lines = []
    for row in conn.execute(select(alerts).where(alerts.c.event == event).order_by(alerts.c.n)).mappings():
        kind, level = say(language, "kind", row["kind"]), say(language, "severity", row["severity"])
        text = f"A-{row['n']:04d} {kind}, {level}: {say_reason(language, read_reason(row['reason']))}"
        note = read_reason(row["note"])
        lines.append(WhyLine(row["at"], "alert", f"{text} [{say_reason(language, note)}]" if note.code else text))
    return lines


def _message_lines(conn: Connection, event: str) -> list[WhyLine]:
    query = select(notifications).join(alerts, alerts.c.id == notifications.c.alert)
    rows = conn.execute(query.where(alerts.c.event == event, notifications.c.step < UPDATE)).mappings()
    return [
        WhyLine(
            row["sent"] or row["claimed"] or row["due"], "message",
            f"{row['channel']} -> {row['receiver']}: {row['state']}, attempts {row['attempts']}"
            + (", maybe a repeat" if row["maybe_repeat"] else "") + (f" ({row['said']})" if row["said"] else ""),
        )
        for row in rows
    ]  # fmt: skip


def _act_lines(conn: Connection, event: str) -> list[WhyLine]:
    rows = conn.execute(select(acks).where(acks.c.event == event)).mappings()
    return [
        WhyLine(
            row["at"], "act",
            f"{row['what']} by {row['who']} {row['note']}".strip() + (" (undone)" if row["undone"] else ""),
        )
        for row in rows
    ]  # fmt: skip
