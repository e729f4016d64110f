"""The line of hours behind the spike rule stays right however stories come."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipeline.counts import HOUR, KEPT_HOURS, Arrivals, floor_hour

START = datetime(2026, 3, 2, tzinfo=UTC)
MOVES = st.lists(
    st.tuples(st.sampled_from(["add", "ask"]), st.sampled_from([0, 0, 1, 2, 30, -1, -3, -200, 1510, -1600])),
    max_size=40,
)


@given(MOVES)
def test_the_line_is_what_was_counted(moves: list[tuple[str, int]]) -> None:
    """Stories of now, of the past and of the far past: at any moment the hours are those of a plain count."""
    arrivals, plain, now = Arrivals(), Counter[datetime](), START
    for move, hours in moves:
        moment = now + HOUR * hours + timedelta(minutes=7)
        if move == "add":
            arrivals.add(moment)
            plain[floor_hour(moment)] += 1
        else:
            now = max(now, moment)
        last = floor_hour(now)
        within = {hour: count for hour, count in plain.items() if last - KEPT_HOURS * HOUR <= hour <= last}
        first = min(within, default=last)
        span = int((last - first) / HOUR) + 1
        found = arrivals.volume(now)
        assert found.last_hour == last
        assert found.hours == tuple(within.get(first + at * HOUR, 0) for at in range(span))
