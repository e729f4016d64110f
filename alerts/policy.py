"""What an office may say about who is told, when somebody is woken, what covers what, and the digest: typed and frozen.

Everything has a default that works; a table that is not written changes nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec

from alerts.settings import ChannelSpec, SeverityWords, WakeStep, parse_span
from pipeline.model import TOPICS, Severity

RECEIVERS = ("duty", "leader", "department")
LIST_MOST = 12


class RouteSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"go_on": "continue"}):
    """One `[[routes]]`, in the order of the file. A condition that is empty is not asked; the first route that fits is
    taken, and the next ones too while `continue = true`.

    `to`: `duty`, `leader`, `department` (the contact of the matter's department), or ids of channels. `channels`: by
    which channels duty and leaders are reached (none: all). `group_wait`, `update_interval`: instead of `[alerting]`.
    """

    id: str
    to: list[str]
    severities: list[Severity] = []
    topics: list[str] = []
    departments: list[str] = []
    campuses: list[str] = []
    channels: list[str] = []
    group_wait: str = ""
    update_interval: str = ""
    go_on: bool = False


class DepartmentSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[departments]]`: whose matter which topics (and campuses) are, and its contact by channel id. A contact is
    an address of an office, not of a person."""

    id: str
    name: str = ""
    topics: list[str] = []
    campuses: list[str] = []
    addresses: dict[str, str] = {}


class InhibitMatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which alerts one side of an inhibition means; what is empty is not asked."""

    severities: list[Severity] = []
    topics: list[str] = []


class InhibitSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[inhibit]]`: while `source` was told within `within` and is unacknowledged or in hand, a `target` with equal
    `topic`, `place`, `campus` (those that are written) is held back. What names no place or campus equals nothing."""

    source: InhibitMatch = InhibitMatch(severities=[Severity.SERIOUS, Severity.CRITICAL])
    target: InhibitMatch = InhibitMatch(severities=[Severity.INFO, Severity.NOTICE])
    equal: list[Literal["topic", "place", "campus"]] = msgspec.field(default_factory=lambda: ["topic", "campus"])
    within: str = "6h"


class DigestSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[digest]`. `daily` and `weekly_at` are hours of the school's day (`08:00`), empty for never; `weekday` 1 is Monday.
    `quiet`: a day without a matter is a message too. `leaders`: they read it as well (the weekly one: `weekly_leaders`).
    `not_seen`: what the watch cannot see, in the office's own words.
    """

    daily: str = ""
    weekly_at: str = ""
    weekday: int = 1
    quiet: bool = False
    leaders: bool = False
    weekly_leaders: bool = False
    not_seen: str = ""


# 12356: the national mental-health line of China (National Health Commission; all provinces since 2025-05-01). 120 is the
# ambulance, 110 the police, 12345 the local government's line.
HELP_LINES: tuple[str, ...] = ("12356", "120", "110", "12345")


class HelpLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One telephone number of the help card, and what it is ("" for the numbers that everybody in China knows)."""

    number: str
    name: str = ""


class CareSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[care]`: the help card of wellbeing matters. `lines` of other countries replace the defaults; `counsellor` is the
    duty number of the counselling centre; `report`: how the platform's own report-for-help is reached."""

    lines: list[HelpLine] = msgspec.field(default_factory=lambda: [HelpLine(number) for number in HELP_LINES])
    counsellor: str = ""
    report: str = ""


class Policy(msgspec.Struct, frozen=True):
    """Everything above together, as the sender is given it."""

    routes: tuple[RouteSpec, ...] = ()
    departments: tuple[DepartmentSpec, ...] = ()
    inhibit: tuple[InhibitSpec, ...] = (InhibitSpec(),)
    digest: DigestSettings = DigestSettings()
    care: CareSettings = CareSettings()
    campuses: tuple[str, ...] = ()

    def campus_of(self, place: str) -> str:
        """The first configured campus that a place names, "" for none."""
        return next((name for name in self.campuses if name in place), "")

    def department_called(self, name: str) -> DepartmentSpec | None:
        """The configured department of this name or id, as it stands in a case or on a slip."""
        return next((one for one in self.departments if name in (one.name, one.id)), None)

    def department_of(self, topic: str, place: str) -> DepartmentSpec | None:
        """Whose matter it is: the first department with the topic, one that also names the campus before others."""
        mine = [one for one in self.departments if topic in one.topics and (not one.campuses or place in one.campuses)]
        return next((one for one in mine if one.campuses), mine[0] if mine else None)


# ------------------------------------------------------------------ checking what is written

Fault = tuple[str, str]  # path behind the table, sentence


def find_route_faults(
    routes: Iterable[RouteSpec], departments: Iterable[DepartmentSpec], channels: Iterable[ChannelSpec],
    campuses: Iterable[str],
) -> Iterator[Fault]:  # fmt: skip
    """What of the routes names nothing or reaches nobody. Wellbeing never goes to a department."""
    ways, offices = {one.id: one for one in channels}, {one.id: one for one in departments}
    for index, route in enumerate(routes):
        path, mine = f"routes[{index}]", f"route '{route.id}'"
        if not route.to:
            yield f"{path}.to", f"{mine} leads to nobody: give duty, leader, department or channel ids"
        yield from _unknown(f"{path}.to", mine, route.to, [*RECEIVERS, *ways], "receiver or channel")
        yield from _unknown(f"{path}.channels", mine, route.channels, ways, "channel")
        yield from _unknown(f"{path}.topics", mine, route.topics, TOPICS, "topic")
        yield from _unknown(f"{path}.departments", mine, route.departments, offices, "department")
        yield from _unknown(f"{path}.campuses", mine, route.campuses, campuses, "campus")
        for name in ("group_wait", "update_interval"):
            yield from _span(f"{path}.{name}", getattr(route, name))
        if [one for one in route.to if one in ways and ways[one].audience == "operator"]:
            yield f"{path}.to", f"{mine} sends matters to an operator's channel"
        if "department" in route.to and not any(one.addresses for one in offices.values()):
            yield f"{path}.to", f"{mine} sends to departments, and no department has addresses"
        if "wellbeing" in route.topics and "department" in route.to:
            yield f"{path}.to", f"{mine}: a wellbeing matter goes to no department"


def find_department_faults(
    departments: Iterable[DepartmentSpec], channels: Iterable[ChannelSpec], campuses: Iterable[str]
) -> Iterator[Fault]:
    """What of the departments names nothing."""
    ways = [one.id for one in channels]
    for index, one in enumerate(departments):
        path, mine = f"departments[{index}]", f"department '{one.id}'"
        yield from _unknown(f"{path}.topics", mine, one.topics, TOPICS, "topic")
        yield from _unknown(f"{path}.campuses", mine, one.campuses, campuses, "campus")
        yield from _unknown(f"{path}.addresses", mine, one.addresses, ways, "channel")
        if "wellbeing" in one.topics:
            yield f"{path}.topics", f"{mine}: a wellbeing matter belongs to the counselling centre, not to a department"


def find_inhibit_faults(rules: Iterable[InhibitSpec]) -> Iterator[Fault]:
    """An inhibition that would hide a graver matter behind a smaller, or everything behind anything."""
    for index, rule in enumerate(rules):
        path = f"inhibit[{index}]"
        yield from _span(f"{path}.within", rule.within)
        for side in ("source", "target"):
            yield from _unknown(f"{path}.{side}", f"{side}", getattr(rule, side).topics, TOPICS, "topic")
        if not rule.equal:
            yield f"{path}.equal", "equal is empty: any matter would cover any other; give topic, place or campus"
        if max(_ranks(rule.target)) > min(_ranks(rule.source)):
            yield f"{path}.target", "a graver matter is never covered by a smaller: give severities on both sides"
        if Severity.CRITICAL in (rule.target.severities or list(Severity)):
            yield f"{path}.target", "what is critical is never held back"


def _ranks(side: InhibitMatch) -> list[int]:
    return [level.rank for level in (side.severities or list(Severity))]


def find_wake_faults(steps: Iterable[WakeStep]) -> Iterator[Fault]:
    """Steps in the order of time, each by something."""
    before = 0.0
    for index, step in enumerate(steps):
        path = f"alerting.wake[{index}]"
        try:
            after = parse_span(step.after).total_seconds()
        except ValueError as error:
            yield f"{path}.after", str(error)
            continue
        if after <= before:
            yield f"{path}.after", f"each step comes later than the one before; {step.after} does not"
        if not step.by:
            yield f"{path}.by", "a step needs chat, sms or voice"
        before = after


def find_digest_faults(digest: DigestSettings) -> Iterator[Fault]:
    """Hours that are hours, a weekday from 1 to 7."""
    for name in ("daily", "weekly_at"):
        text = getattr(digest, name)
        hours, _, minutes = text.partition(":")
        good = hours.isdigit() and minutes.isdigit() and int(hours) < 24 and int(minutes) < 60 and len(minutes) == 2
        if text and not good:
            yield f"digest.{name}", f"'{text}' is not an hour of the day such as 08:00"
    if not 1 <= digest.weekday <= 7:
        yield "digest.weekday", f"weekday is from 1 (Monday) to 7, not {digest.weekday}"


def find_care_faults(care: CareSettings) -> Iterator[Fault]:
    """A help card without a number helps nobody."""
    if not care.lines and not care.counsellor:
        yield "care.lines", "the help card needs at least one number"
    for index, line in enumerate(care.lines):
        digits = "".join(sign for sign in line.number if sign not in "+- ")
        named = line.name.strip() or line.number in HELP_LINES
        if not digits.isdigit() or not named:
            yield f"care.lines[{index}]", f"'{line.number}' is not a telephone number with a name"


def find_severity_faults(words: Mapping[str, SeverityWords]) -> Iterator[Fault]:
    """Short names, different from one another."""
    seen: dict[str, str] = {}
    for level, one in words.items():
        if len(one.name) > LIST_MOST:
            yield f"alerting.severities.{level}", f"the name '{one.name}' is longer than {LIST_MOST} characters"
        if one.name and one.name in seen:
            yield f"alerting.severities.{level}", f"{level} and {seen[one.name]} have the same name '{one.name}'"
        seen[one.name] = level


def _unknown(path: str, mine: str, names: Iterable[str], known: Iterable[str], noun: str) -> Iterator[Fault]:
    kept = list(known)
    for name in names:
        if name not in kept:
            yield path, f"{mine} names the {noun} '{name}', which there is not"


def _span(path: str, text: str) -> Iterator[Fault]:
    try:
        if text:
            parse_span(text)
    except ValueError as error:
        yield path, str(error)
