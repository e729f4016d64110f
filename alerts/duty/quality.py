"""How good a roster is: gaps, two at once, nobody reachable, unfair shares; a score from 0 to 100 with its reasons. Pure.

Gaps and people without a channel are looked for in the next 14 days, fairness in a longer window, because a rotation of
weeks is uneven in any single fortnight.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from statistics import fmean, pstdev

from alerts.roster import Officer, Roster, Stretch, find_unreachable, list_stretches
from alerts.workdays import WorkCalendar

NEAR_DAYS, FAIR_DAYS = 14, 84
NIGHT = (time(22), time(7))
HOUR = timedelta(hours=1)
UNFAIR = 0.25
LATER = {"gap": 60, "unreachable": 15, "idle": 0, "double": 5, "unfair": 15, "unfair_hard": 10, "one_person": 10}
MOST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be. `code` is gap, double, unreachable, unfair, unfair_hard, one_person or
    idle; `serious` ones make `tocsin check` fail. What does not apply is None or empty."""

    code: str
    serious: bool
    begins: datetime | None = None
    ends: datetime | None = None
    names: tuple[str, ...] = ()
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """What one officer has in the window: hours on duty, those by night and those on days off, and how many percent the
    hours are above (or below) the mean."""

    officer: str
    name: str
    hours: float
    night: float
    off: float
    deviation: int


@dataclass(frozen=True, slots=True)
class Quality:
    """The report. `covered` is the share of the next 14 days with somebody on duty, from 0 to 1."""

    score: int
    covered: float
    findings: tuple[Finding, ...]
    shares: tuple[Share, ...]


def rate_roster(roster: Roster, channels: Iterable[str], calendar: WorkCalendar, now: datetime) -> Quality:
    """The report for a roster from `now` on."""
    near = list_stretches(roster, now, now + timedelta(days=NEAR_DAYS))
    far = list_stretches(roster, now, now + timedelta(days=FAIR_DAYS))
    names = {officer.id: officer.name for officer in roster.officers}
    shares = share_out(far, names, calendar)
    findings = [
        *_find_gaps(near), *_find_doubles(near, names), *_find_unreachable(roster, near, channels),
        *_find_unfair(shares), *_find_idle(roster, far),
    ]  # fmt: skip
    empty = sum((one.ends - one.begins for one in near if not one.officers), timedelta(0))
    covered = 1 - empty / timedelta(days=NEAR_DAYS)
    return Quality(_score(findings, covered), covered, tuple(findings), shares)


def _score(findings: Sequence[Finding], covered: float) -> int:
    """100, less for each kind of finding; a roster with a hole is never above 60."""
    kinds = {finding.code for finding in findings}
    lost = sum(LATER[kind] for kind in kinds if kind != "gap")
    lost += round(40 + 60 * (1 - covered)) if "gap" in kinds else 0
    return max(0, 100 - lost)


def _find_gaps(near: Sequence[Stretch]) -> Iterator[Finding]:
    gaps = [one for one in near if not one.officers]
    yield from (Finding("gap", True, one.begins, one.ends) for one in gaps[:MOST_SHOWN])


def _find_doubles(near: Sequence[Stretch], names: Mapping[str, str]) -> Iterator[Finding]:
    doubles = [one for one in near if len(one.officers) > 1]
    for one in doubles[:MOST_SHOWN]:
        yield Finding("double", False, one.begins, one.ends, tuple(names[key] for key in one.officers))


def _find_unreachable(roster: Roster, near: Sequence[Stretch], channels: Iterable[str]) -> Iterator[Finding]:
    """Somebody who cannot be written to is serious when they are on duty soon."""
    soon = {key for one in near for key in one.officers}
    for officer in find_unreachable(roster, channels):
        yield Finding("unreachable", officer.id in soon or officer.role == "leader", names=(officer.name,))


def _find_unfair(shares: Sequence[Share]) -> Iterator[Finding]:
    if len(shares) == 1:
        yield Finding("one_person", False, names=(shares[0].name,))
    if len(shares) < 2:
        return
    for code, hours in (
        ("unfair", [one.hours for one in shares]), ("unfair_hard", [one.night + one.off for one in shares]),
    ):  # fmt: skip
        spread = pstdev(hours) / fmean(hours) if fmean(hours) else 0.0
        if spread > UNFAIR:
            busiest = max(zip(hours, shares, strict=True), key=lambda pair: pair[0])[1]
            yield Finding(code, False, names=(busiest.name,), percent=round(100 * spread))


def _find_idle(roster: Roster, far: Sequence[Stretch]) -> Iterator[Finding]:
    """Officers who never come up."""
    busy = {key for one in far for key in one.officers}
    idle = [one for one in roster.officers if _could_serve(one) and one.id not in busy]
    if idle:
        yield Finding("idle", False, names=tuple(one.name for one in idle))


def _could_serve(officer: Officer) -> bool:
    return officer.role == "officer"


def share_out(stretches: Sequence[Stretch], names: Mapping[str, str], calendar: WorkCalendar) -> tuple[Share, ...]:
    """What each officer who comes up has, the busiest first."""
    hours: dict[str, list[float]] = {}
    for stretch in stretches:
        if not stretch.officers:
            continue
        parts = measure_stretch(stretch.begins, stretch.ends, calendar)
        for key in stretch.officers:
            held = hours.setdefault(key, [0.0, 0.0, 0.0])
            hours[key] = [have + more for have, more in zip(held, parts, strict=True)]
    mean = fmean(total for total, _, _ in hours.values()) if hours else 0.0
    made = [
        Share(key, names[key], round(a, 1), round(b, 1), round(c, 1), round(100 * (a / mean - 1)) if mean else 0)
        for key, (a, b, c) in hours.items()
    ]
    return tuple(sorted(made, key=lambda one: (-one.hours, one.officer)))


def measure_stretch(begin: datetime, end: datetime, calendar: WorkCalendar) -> tuple[float, float, float]:
    """Hours of a stretch: all, by night (22 to 7 by the wall), and on days that are not worked (but not by night)."""
    night = off = timedelta(0)
    edges = [begin, *(edge for edge in _edges(begin, end, calendar) if begin < edge < end), end]
    for left, right in pairwise(edges):
        local = left.astimezone(calendar.zone)
        if local.time() >= NIGHT[0] or local.time() < NIGHT[1]:
            night += right - left
        elif not calendar.is_workday(local.date()):
            off += right - left
    return (end - begin) / HOUR, night / HOUR, off / HOUR


def _edges(begin: datetime, end: datetime, calendar: WorkCalendar) -> Iterator[datetime]:
    """The moments at which night, day or date change, in order."""
    day: date = begin.astimezone(calendar.zone).date()
    while day <= end.astimezone(calendar.zone).date():
        for clock in (time(0), NIGHT[1], NIGHT[0]):
            yield datetime.combine(day, clock, calendar.zone).astimezone(UTC)
        day += timedelta(days=1)


def say_finding(finding: Finding, calendar: WorkCalendar) -> str:
    """The finding as an English sentence, for the terminal."""
    names = ", ".join(finding.names)
    begin, end = (f"{at.astimezone(calendar.zone):%m-%d %H:%M}" if at else "" for at in (finding.begins, finding.ends))
    return {
        "gap": f"nobody is on duty from {begin} to {end}",
        "double": f"{names} are on duty together from {begin} to {end}",
        "unreachable": f"{names} is on the roster but has no address on any channel",
        "unfair": f"hours are shared unevenly (spread {finding.percent} %); most has {names}",
        "unfair_hard": f"nights and days off are shared unevenly (spread {finding.percent} %); most has {names}",
        "one_person": f"{names} has all duty alone",
        "idle": f"never on duty: {names}",
    }[finding.code]
