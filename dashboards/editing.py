"""What can be edited of the configuration file on the pages, and who writes it.

A field has the name of its setting. Tables are `school`, `alerting`, …; lists of tables (`rules`, `calendar.windows`)
are edited one entry at a time. Secrets are no fields; channels, which have some, stand in `editing_channels.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from sqlalchemy import Connection

from alerts.backtest import Backtest
from dashboards.sourcing import Draft
from pipeline.model import SOURCE_KINDS, TOPICS, Severity

FieldKind = Literal["text", "number", "list", "choice", "many", "yes"]
SEVERITIES = tuple(level.value for level in Severity)
RULE_KINDS = ("first_seen", "threshold", "spike", "growth", "reach", "absence", "watchword")


@dataclass(frozen=True, slots=True)
class Field:
    """One setting of a table. `choices` for `choice` and `many`, with the `context` of their names."""

    name: str
    kind: FieldKind = "text"
    choices: tuple[str, ...] = ()
    context: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A table, or with `many` a list of tables whose entries are named by `id`. `live`: taken up without a restart.
    `grows`: entries can be added and taken out."""

    key: str
    fields: tuple[Field, ...]
    many: bool = False
    live: bool = False
    grows: bool = False


RULE_FIELDS = (
    Field("id"), Field("kind", "choice", RULE_KINDS, "rule"), Field("severity", "choice", SEVERITIES, "severity"),
    Field("window"), Field("stories", "number"), Field("voices", "number"), Field("sources", "number"),
    Field("negative_share", "number"), Field("topics", "many", TOPICS, "topic"),
    Field("source_kinds", "many", SOURCE_KINDS, "kind"),
    Field("sensitivity", "choice", ("fewer", "balanced", "more"), "sensitivity"),
    Field("phrases", "list"), Field("floor", "number"), Field("factor", "number"),
)  # fmt: skip
SECTIONS: Mapping[str, Section] = {s.key: s for s in (
    Section("school", (
        Field("name"), Field("english"), Field("timezone"), Field("aliases", "list"), Field("other_schools", "list"),
        Field("campuses", "list"),
    )),
    Section("alerting", (
        Field("group_wait"), Field("update_interval"), Field("close_after"), Field("quiet_hours", "list"),
        Field("breaks_quiet", "many", SEVERITIES, "severity"), Field("breaks_quiet_topics", "many", TOPICS, "topic"),
        Field("ack_hours", "number"), Field("escalate_after"), Field("language", "choice", ("zh", "en"), "language"),
        Field("special_days", "list"),
    ), live=True),
    Section("calendar", (Field("country"), Field("subdivision"), Field("office_hours", "list")), live=True),
    Section("calendar.windows", (
        Field("id"), Field("name"), Field("begins"), Field("ends"), Field("holidays", "yes"), Field("volume", "number"),
    ), many=True, live=True, grows=True),
    Section("retention", (
        Field("text_days", "number"), Field("headline_days", "number"), Field("link_days", "number"),
        Field("evidence_mb", "number"),
    )),
    Section("rules", RULE_FIELDS, many=True, live=True, grows=True),
)}  # fmt: skip

Value = str | float | int | bool | list[str] | None


@dataclass(frozen=True, slots=True)
class Change:
    """New values of some fields (None takes a field out of the file). `entry` is the id in a list of tables, "" with
    `fresh` for a new one; `remove` takes the entry out."""

    section: str
    values: Mapping[str, Value]
    entry: str = ""
    fresh: bool = False
    remove: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """The rules as they are and as they would be, over the same days."""

    before: Backtest
    after: Backtest


class SettingsDesk(Protocol):
    """Reads, tries and writes the configuration file."""

    def values(self, section: str) -> Sequence[tuple[str, Mapping[str, Value]]]:
        """(id, values of the fields) of a table (id "") or of each entry, as the file has them now."""

    def draft(self, change: Change) -> Draft:
        """The change as a difference of the file, or why it cannot be."""

    def write(self, change: Change, stamp: str) -> str:
        """Write the change into the file as it was when the draft was shown; the problem, empty when it is done."""

    def try_rules(self, conn: Connection, change: Change, now: datetime, days: int) -> Trial | str:
        """Both sets of rules over the stored history, or the problem in one sentence."""
