"""How a source is, in one sentence for a person. Pure.

`take_attempt` turns the state before a run into the state after it; `describe` says it at any later time.
A source is judged against its own past: against the pauses between its new items, and their usual number.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median

from msgspec.structs import replace as remember

from crawlers.base import FetchFailed
from crawlers.drift import add_quality, add_week, say_drift
from crawlers.schedule import next_due
from crawlers.settings import CrawlPolicy, SourceSpec
from crawlers.state import Attempt, Health, Memory, SourceState
from pipeline.model import Reason

MOVE_AFTER = 3  # identical permanent redirects in a row
RETURN_AFTER = 3  # failures at a remembered address before the configured one is tried again
KEEP_GAPS = 40
KEEP_COUNTS = 10
ENOUGH_GAPS = 5
FEWER = 10
REFUSED_STATUS = frozenset({401, 402, 403, 407, 410, 451})
REFUSED_CODES = frozenset({"robots", "unsafe_address", "crawl_refused"})


def check_empty(state: SourceState, items: int) -> FetchFailed | None:
    """An empty answer is a failure once the source has had items: a list that lost its shape looks like that."""
    usual = usual_count(state.memory)
    if items or not usual:
        return None
    sentence = f"The answer is there but holds no items; it usually has about {usual}."
    return FetchFailed("soft", sentence, code="empty")


def usual_count(memory: Memory) -> int:
    """The median number of items in an answer of this source, 0 when it never had one."""
    return int(median(memory.counts)) if memory.counts else 0


def take_attempt(
    state: SourceState, spec: SourceSpec, attempt: Attempt, policy: CrawlPolicy, now: datetime
) -> SourceState:
    """The state after a run: due time, validators, counters, health and the sentence."""
    due = next_due(state, spec, attempt, policy, now)
    timed = replace(
        state,
        next_due=due.due,
        interval_s=max(1, round(due.interval.total_seconds())),
        last_run=now,
        memory=remember(state.memory, why_due=due.reason.text),
    )
    if attempt.failure is not None:
        return _take_failure(timed, attempt.failure)
    return _take_success(timed, attempt, now)


def _take_failure(state: SourceState, failure: FetchFailed) -> SourceState:
    """Validators stay as they were: an answer that could not be used must be asked for again."""
    failures = state.failures + 1
    refused = failure.code in REFUSED_CODES or failure.status in REFUSED_STATUS
    lost = state.url_now is not None and failures >= RETURN_AFTER
    memory = remember(state.memory, code=failure.code, status=failure.status)
    failed = replace(
        state,
        failures=failures,
        health="refused" if refused else "failing",
        url_now=None if lost else state.url_now,
        memory=memory,
    )
    return replace(failed, said=_say_failure(failed, failure.sentence))


def _say_failure(state: SourceState, sentence: str) -> str:
    if state.memory.code == "stopped":
        return sentence
    if state.memory.status == 410:
        return f"{sentence} It is still tried once a day; remove the source if that is right."
    times = "" if state.failures == 1 else f" (failed {state.failures} times in a row)"
    return f"{sentence.removesuffix('.')}{times}."


def _take_success(state: SourceState, attempt: Attempt, now: datetime) -> SourceState:
    worked = replace(
        state,
        etag=attempt.etag,
        last_modified=attempt.last_modified,
        content_hash=attempt.content_hash,
        failures=0,
        last_ok=now,
        last_full=now if attempt.full else state.last_full,
        last_new=now if attempt.new else state.last_new,
        memory=_remember_success(state, attempt, now),
    )
    moved = _follow_move(worked)
    health, said = _judge_success(moved, now)
    return replace(moved, health=health, said=said)


def _remember_success(state: SourceState, attempt: Attempt, now: datetime) -> Memory:
    memory = state.memory
    gaps, counts = memory.gaps_s, memory.counts
    if attempt.new and state.last_new is not None and now > state.last_new:
        gaps = (*gaps, int((now - state.last_new).total_seconds()))[-KEEP_GAPS:]
    if attempt.items and not attempt.partial:
        counts = (*counts, attempt.items)[-KEEP_COUNTS:]
    same = attempt.moved_to is not None and attempt.moved_to == memory.moved_to
    times = (memory.moved_times + 1 if same else 1) if attempt.moved_to else 0
    looked = not (attempt.unchanged or attempt.partial)
    return remember(
        memory,
        gaps_s=gaps,
        counts=counts,
        moved_to=attempt.moved_to,
        moved_times=times,
        hub=attempt.hub or memory.hub,
        topic=attempt.topic or memory.topic,
        quiet=memory.quiet if attempt.quiet is None else attempt.quiet,
        ttl_s=memory.ttl_s if attempt.unchanged else int((attempt.ttl or timedelta(0)).total_seconds()),
        quality=add_quality(memory.quality, attempt.quality),
        weeks=add_week(memory.weeks, attempt.new if state.last_ok else 0, now),
        empties=memory.empties + 1 if looked and not attempt.items else 0 if attempt.items else memory.empties,
        position=attempt.position or memory.position,
        code="",
        status=None,
    )


def _dropped_from(memory: Memory) -> int | None:
    """The usual number of items when the last answer had ten times fewer, else None."""
    if len(memory.counts) < 2:
        return None
    usual = int(median(memory.counts[:-1]))
    return usual if usual >= FEWER and memory.counts[-1] * FEWER <= usual else None


def _follow_move(state: SourceState) -> SourceState:
    if state.memory.moved_times < MOVE_AFTER:
        return state
    memory = remember(state.memory, moved_to=None, moved_times=0)
    return replace(state, url_now=state.memory.moved_to, memory=memory)


def _judge_success(state: SourceState, now: datetime) -> tuple[Health, str]:
    counts = state.memory.counts
    if usual := _dropped_from(state.memory):
        return "silent", f"It works, but gives {counts[-1]} items where it usually has about {usual}."
    limit = silence_limit(state)
    if limit is not None and state.last_new is not None and now - state.last_new > limit:
        silent = say_span(now - state.last_new)
        usually = f"usually it does every {say_span(timedelta(seconds=median(state.memory.gaps_s)))}"
        return "silent", f"It works, but has brought nothing new for {silent}; {usually}."
    memory = state.memory
    if drift := say_drift(memory.quality, memory.weeks, memory.empties, bool(counts), now):
        return "silent", drift
    return "healthy", "It works." if counts or state.last_new else "It works, but has had no items so far."


def silence_limit(state: SourceState) -> timedelta | None:
    """After how long without anything new the source counts as silent; None while its rhythm is not known.

    Three times its median pause, but more than its longest so far (nights and weekends), and at least two polls.
    """
    gaps = state.memory.gaps_s
    if len(gaps) < ENOUGH_GAPS:
        return None
    return max(timedelta(seconds=3 * median(gaps)), timedelta(seconds=1.2 * max(gaps)), 2 * state.interval)


def describe(state: SourceState, now: datetime) -> Reason:
    """Last ran, last got something, why not. `code` is the health; `numbers` are for a translation."""
    numbers: dict[str, object] = {
        "ran_s": _age(state.last_run, now),
        "new_s": _age(state.last_new, now),
        "failures": state.failures,
        "cause": state.memory.code,
        "status": state.memory.status,
        "due_s": max(0, int((state.next_due - now).total_seconds())),
    }
    if state.last_run is None:
        return Reason(f"source_{state.health}", "It has not run yet.", numbers)
    ran = f"Last ran {say_span(now - state.last_run)} ago"
    got = f"last got something {say_span(now - state.last_new)} ago" if state.last_new else "never got anything"
    return Reason(f"source_{state.health}", f"{ran}, {got}. {state.said}", numbers)


def _age(moment: datetime | None, now: datetime) -> int | None:
    return None if moment is None else max(0, int((now - moment).total_seconds()))


def say_span(span: timedelta) -> str:
    """A length of time as a person says it: `40 s`, `12 min`, `5 h`, `3 days`."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 100:
        return f"{seconds} s"
    if seconds < 100 * 60:
        return f"{round(seconds / 60)} min"
    if seconds < 48 * 3600:
        return f"{round(seconds / 3600)} h"
    return f"{round(seconds / 86400)} days"
