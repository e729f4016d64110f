"""When a source is read next. Pure: the same state, attempt and time give the same answer, jitter included.

Between a floor (60 minutes unless the host consents: the manners of the feed community) and a ceiling the pause
follows the share of new items; what the source asks for (ttl, Cache-Control, Retry-After) lengthens it, failures
lengthen it up to a day. No source is ever given up.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from crawlers.address import host_key
from crawlers.base import FetchFailed
from crawlers.settings import CrawlPolicy, SourceSpec, WatchedSource
from crawlers.state import Attempt, SourceState
from pipeline.model import Reason

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
OWN_LEAST = timedelta(seconds=0.2)
CLOCK_SLACK = timedelta(minutes=1)
GROWTH = 1.25
JITTER = 0.1
CONSENT_STRETCH = 10  # a consenting source is read at least at ten times the pause that was agreed
_BACK_OFF = {"temporary": 1.5, "soft": 2.0, "hard": 4.0}
_ONCE_A_DAY = frozenset({"robots", "unsafe_address"})


@dataclass(frozen=True, slots=True)
class Due:
    """The next turn of a source: `due` = now + `interval`, and why."""

    due: datetime
    interval: timedelta
    reason: Reason


def is_own(spec: SourceSpec, policy: CrawlPolicy) -> bool:
    """True for a host and port in `allow_private`: ours, so fractions of a minute are nobody's trouble."""
    return host_key(spec.url, policy) in policy.allow_private


def consents(spec: SourceSpec, policy: CrawlPolicy) -> bool:
    """True when the pause in `minutes` was agreed with the host."""
    return spec.minutes is not None and (spec.consent or is_own(spec, policy))


def floor_of(spec: SourceSpec, policy: CrawlPolicy) -> timedelta:
    """The shortest pause between two requests for this source."""
    least = OWN_LEAST if is_own(spec, policy) else MINUTE
    general = timedelta(minutes=policy.floor_minutes)
    if spec.minutes is None:
        return max(general, least)
    wanted = timedelta(minutes=spec.minutes)
    return max(wanted, least) if consents(spec, policy) else max(wanted, general, least)


def ceiling_of(spec: SourceSpec, policy: CrawlPolicy) -> timedelta:
    """The longest pause of a source that works.

    6 h by default, ten times the agreed pause of a consenting host, exactly the written one of a machine of ours.
    """
    floor = floor_of(spec, policy)
    if isinstance(spec, WatchedSource) or (is_own(spec, policy) and consents(spec, policy)):
        return floor
    general = timedelta(hours=policy.ceiling_hours)
    return max(floor, min(general, CONSENT_STRETCH * floor) if consents(spec, policy) else general)


def next_due(state: SourceState, spec: SourceSpec, attempt: Attempt, policy: CrawlPolicy, now: datetime) -> Due:
    """When `spec` is read again after `attempt`; `state` is as it was before it."""
    if attempt.failure is not None:
        pause, reason = _back_off(state, spec, attempt.failure, policy)
        return _make_due(pause, DAY, reason, spec, policy, now)
    pause, reason = _adapt(state, spec, attempt, policy)
    due = _make_due(pause, ceiling_of(spec, policy), reason, spec, policy, now)
    quiet = state.memory.quiet if attempt.quiet is None else attempt.quiet
    return due if consents(spec, policy) or not quiet else _avoid(due, frozenset(quiet), now)


def _avoid(due: Due, quiet: frozenset[int], now: datetime) -> Due:
    """`due`, or the beginning of the next hour that the source does not ask to be left alone in (skipHours, skipDays).

    A source that skips the whole week, or everything within two days, is taken to have meant something else.
    """
    moment = due.due.astimezone(UTC)
    for _ in range(48):
        if moment.weekday() * 24 + moment.hour not in quiet:
            break
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    else:
        return due
    if moment == due.due:
        return due
    moment += timedelta(minutes=10 * _fraction(str(moment), now))
    return Due(
        moment, moment - now, Reason("quiet_hours", "The source asks not to be read at that hour.", due.reason.numbers)
    )


def _back_off(
    state: SourceState, spec: SourceSpec, failure: FetchFailed, policy: CrawlPolicy
) -> tuple[timedelta, Reason]:
    times = state.failures + 1
    numbers = {"failures": times, "grade": failure.grade}
    grown_s = floor_of(spec, policy).total_seconds() * _BACK_OFF[failure.grade] ** min(times - 1, 40)
    pause = timedelta(seconds=min(grown_s, DAY.total_seconds()))
    if failure.code in _ONCE_A_DAY or failure.status == 410:
        return DAY, Reason("once_a_day", "The source is refused; it is tried once a day.", numbers)
    if failure.retry_after is not None and failure.retry_after > pause:
        return failure.retry_after, Reason("retry_after", "The server asked to wait.", numbers)
    return pause, Reason("back_off", f"Failure {times} in a row; the pause grows up to a day.", numbers)


def _adapt(state: SourceState, spec: SourceSpec, attempt: Attempt, policy: CrawlPolicy) -> tuple[timedelta, Reason]:
    share = attempt.new / attempt.items if attempt.items else 0.0
    numbers: dict[str, object] = {"new": attempt.new, "items": attempt.items}
    pause = max(state.interval, MINUTE if not is_own(spec, policy) else timedelta(0)) * _pace(state, share)
    reason = Reason("adaptive", f"{attempt.new} of {attempt.items} items were new.", numbers)
    if attempt.hub_live and not attempt.new:
        net = Reason("hub", "Its hub tells us of news at once; polling is the safety net.", numbers)
        return ceiling_of(spec, policy), net
    told = attempt.ttl or timedelta(seconds=state.memory.ttl_s if attempt.unchanged else 0)
    asked = max(told, attempt.max_age or timedelta(0))
    if asked > pause and not consents(spec, policy):
        numbers = numbers | {"asked_s": int(asked.total_seconds())}
        return asked, Reason("asked", "The source asks for a longer pause.", numbers)
    return pause, reason


def _pace(state: SourceState, share: float) -> float:
    """By how much the pause changes. A source that works again, or that is mostly new, goes back to the floor."""
    if state.failures or state.last_ok is None or share >= 0.5:
        return 0.0
    if share == 0.0:
        return GROWTH
    return 0.75 if share < 0.1 else 0.5


def _make_due(
    pause: timedelta, ceiling: timedelta, reason: Reason, spec: SourceSpec, policy: CrawlPolicy, now: datetime
) -> Due:
    """`pause` between floor and ceiling, spread by up to a tenth, never below the floor or what was asked."""
    floor = floor_of(spec, policy)
    longest = DAY if reason.code == "retry_after" else max(ceiling, floor)
    base = min(max(pause, floor), longest)
    spread = base * (JITTER * _fraction(spec.id, now))
    # At the ceiling the spread goes down, so that the ceiling holds; a server's own wish is never undercut.
    downwards = base + spread > longest and base - spread >= floor and reason.code == "adaptive"
    interval = base - spread if downwards else base + spread
    return Due(now + interval, interval, reason)


def _fraction(source: str, now: datetime) -> float:
    """A number in [0, 1) that looks random but is the same in every replay."""
    digest = hashlib.sha256(f"{source}\n{now.isoformat()}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def mend_due(state: SourceState, now: datetime) -> SourceState:
    """`state` with a sane due time where the clock was set back while we were not running.

    A run that lies ahead of us, or a pause longer than any we give, cannot be right: one interval from now.
    """
    ahead = state.last_run is not None and state.last_run > now + CLOCK_SLACK
    if ahead or state.next_due > now + DAY * (1 + 2 * JITTER):
        return replace(state, next_due=now + min(state.interval, DAY))
    return state


def hasten_due(state: SourceState, spec: SourceSpec, policy: CrawlPolicy, now: datetime) -> SourceState:
    """`state` with its next turn one floor after the last one, when a special watch has begun; failures keep their
    pause."""
    if not isinstance(spec, WatchedSource) or state.failures or state.last_run is None:
        return state
    soon = max(now, state.last_run + floor_of(spec, policy))
    return replace(state, next_due=min(state.next_due, soon))


def shift_due(state: SourceState, step: timedelta) -> SourceState:
    """`state` after the clock was set by `step` while we were running: the real pause stays what it was."""
    return replace(state, next_due=state.next_due + step)
