"""The numbers on the pages are the numbers in the store."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dash_client import fresh_engine
from dash_matters import SPECS
from dash_seed import NOW
from sqlalchemy import delete, insert, select, update

from dashboards.charts import bar_width, median, percent
from dashboards.clocks import Clock, start_of_day
from dashboards.i18n import load_words
from dashboards.queries.events import (
    Filter,
    count_open,
    find_event,
    list_events,
    needing_someone,
    open_events,
    veil_count,
)
from dashboards.queries.stories import (
    Moment,
    carriers_of,
    cut_text,
    event_moments,
    event_stories,
    name_trend,
    pulse_of,
    tone_steps,
)  # fmt: skip
from dashboards.queries.volume import (
    DayCubes,
    compare_topics,
    items_by_source,
    read_days,
    sum_kinds,
    today_against_normal,
    tone_by_day,
)  # fmt: skip
from dashboards.queries.watch import source_rows, watch_health
from pipeline.store.engine import reading, writing
from pipeline.store.schema import acks, arrivals, documents, hourly, notifications, sources

ZONE = ZoneInfo("Asia/Shanghai")


def test_open_events_are_gravest_first(tmp_path: Path) -> None:
    """Open events come by severity, then by their last sign of life; closed ones do not come."""
    with fresh_engine(tmp_path) as engine, reading(engine) as conn:
        rows = open_events(conn, NOW)
        assert [r.id for r in rows] == ["e-canteen", "e-scam", "e-water", "e-gate", "e-robot"]
        assert [r.id for r in needing_someone(rows)] == ["e-canteen", "e-scam"]
        assert count_open(conn, NOW) == 5


def test_lists_are_filtered_and_paged(tmp_path: Path) -> None:
    """Each filter narrows by itself; a page holds one row more when there is a next one."""
    with fresh_engine(tmp_path) as engine, reading(engine) as conn:
        assert {r.id for r in list_events(conn, Filter(status="closed"), NOW)} == {"e-fees"}
        assert {r.id for r in list_events(conn, Filter(topic="awards"), NOW)} == {"e-robot"}
        assert {r.id for r in list_events(conn, Filter(severity="notice"), NOW)} == {"e-scam", "e-fees"}
        assert len(list_events(conn, Filter(severity="any"), NOW)) == 4
        pages = [list_events(conn, Filter(), NOW, page, 2) for page in (1, 2, 3)]
        assert [len(p) for p in pages] == [3, 3, 2]
        assert [r.id for p in pages for r in p[:2]] == [r.id for r in list_events(conn, Filter(), NOW)]


def test_an_expired_hold_does_not_hide_the_earlier_one_as_valid(tmp_path: Path) -> None:
    """Only the last act counts: after it ran out nobody has the event."""
    with fresh_engine(tmp_path) as engine:
        with writing(engine) as conn:
            past = NOW - timedelta(hours=1)
            conn.execute(insert(acks).values(event="e-water", at=past, who="x", what="taken", expires=past, note=""))
        with reading(engine) as conn:
            row = find_event(conn, "e-water", NOW)
        assert row is not None
        assert row.taken_by is None


def test_tone_by_day_adds_up(tmp_path: Path) -> None:
    """Every story of the last 14 local days is in exactly one day and tone of the chart."""
    with fresh_engine(tmp_path) as engine, reading(engine) as conn:
        first = start_of_day(NOW, ZONE) - timedelta(days=13)
        query = select(documents.c.charted, documents.c.label)
        rows = conn.execute(query.where(documents.c.duplicate_of.is_(None), documents.c.charted >= first)).all()
        expected = Counter((r.charted.astimezone(ZONE).date().isoformat(), r.label) for r in rows)
        days = tone_by_day(read_days(conn, DayCubes(), ZONE, 14, NOW))
        assert len(days) == 14
        assert days[-1].day == "2026-11-24"
        for day in days:
            for label in ("negative", "neutral", "positive", "unknown"):
                assert getattr(day, label) == expected[(day.day, label)]


def test_topics_compare_with_the_period_before(tmp_path: Path) -> None:
    """Topic counts and the counts before equal what the documents say."""
    with fresh_engine(tmp_path) as engine, reading(engine) as conn:
        days = read_days(conn, DayCubes(), ZONE, 14, NOW)
        begin = start_of_day(NOW, ZONE) - timedelta(days=6)
        query = select(documents.c.charted, documents.c.topic).where(documents.c.duplicate_of.is_(None))
        rows = conn.execute(query).all()
        now_counts = Counter(r.topic for r in rows if begin <= r.charted)
        before = Counter(r.topic for r in rows if begin - timedelta(days=7) <= r.charted < begin)
        found = compare_topics(days[7:], days[:7])
        assert {r.topic: r.stories for r in found} == dict(now_counts)
        assert {r.topic: r.before for r in found} == {t: before[t] for t in now_counts}
        assert [r.stories for r in found] == sorted((r.stories for r in found), reverse=True)


def test_items_by_source_and_kind_add_up(tmp_path: Path) -> None:
    """Copies count as items; sums over sources and over kinds are the same."""
    with fresh_engine(tmp_path) as engine, reading(engine) as conn:
        total = len(conn.execute(select(documents.c.n)).all())
        kinds = sum_kinds(read_days(conn, DayCubes(), ZONE, 100, NOW))
        assert sum(items_by_source(conn, datetime(2026, 8, 1, tzinfo=UTC)).values()) == sum(kinds.values()) == total


def test_old_days_are_remembered_and_today_is_not(tmp_path: Path) -> None:
    """A change of today shows at once, one of last week within seven minutes."""
    with fresh_engine(tmp_path) as engine:
        cubes = DayCubes()
        with reading(engine) as conn:
            before = [d.total for d in tone_by_day(read_days(conn, cubes, ZONE, 8, NOW))]
        with writing(engine) as conn:
            for back in (0, 7):
                hour = NOW.replace(minute=0) - timedelta(days=back)
                values = {"hour": hour, "source": "x", "topic": "other", "label": "neutral", "source_kind": "news"}
                conn.execute(insert(hourly).values(**values, items=1, stories=1))
        for later, first in ((timedelta(minutes=6), before[0]), (timedelta(minutes=8), before[0] + 1)):
            with reading(engine) as conn:
                days = tone_by_day(read_days(conn, cubes, ZONE, 8, NOW + later))
            assert (days[0].total, days[-1].total) == (first, before[-1] + 1)


def test_a_day_follows_the_clock_change() -> None:
    """Days are local days, also where clocks are changed."""
    berlin = ZoneInfo("Europe/Berlin")
    now = datetime(2026, 10, 25, 20, tzinfo=UTC)
    assert start_of_day(now, berlin) == datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert start_of_day(now + timedelta(days=1), berlin) == datetime(2026, 10, 25, 23, tzinfo=UTC)


def test_a_normal_day_needs_two_weeks(tmp_path: Path) -> None:
    """Without two weeks of history there is no usual day, and no invented number."""
    with fresh_engine(tmp_path) as engine:
        with reading(engine) as conn:
            today = today_against_normal(conn, ZONE, NOW)
        assert today.usual is not None
        assert today.stories == sum(today.hours)
        assert len(today.hours) == 17
        with writing(engine) as conn:
            conn.execute(delete(arrivals).where(arrivals.c.hour < NOW - timedelta(days=10)))
        with reading(engine) as conn:
            assert today_against_normal(conn, ZONE, NOW).usual is None


def test_today_counts_arrivals_since_local_midnight(tmp_path: Path) -> None:
    """Today's number is the arrivals since midnight in the school's zone."""
    with fresh_engine(tmp_path) as engine, reading(engine) as conn:
        midnight = datetime(2026, 11, 23, 16, tzinfo=UTC)
        expected = sum(r.stories for r in conn.execute(select(arrivals)) if midnight <= r.hour <= NOW)
        assert today_against_normal(conn, ZONE, NOW).stories == expected


@pytest.mark.parametrize(
    ("recent", "before", "trend"),
    [
        (0, 0, "quiet"),
        (2, 0, "growing"),
        (6, 4, "growing"),
        (5, 4, "steady"),
        (4, 4, "steady"),
        (2, 4, "fading"),
        (0, 1, "fading"),
    ],
)
def test_trends_have_names(recent: int, before: int, trend: str) -> None:
    """Growing needs half as many again and two more; half or less is fading."""
    assert name_trend(recent, before) == trend


def test_the_pulse_counts_stories_not_copies(tmp_path: Path) -> None:
    """Copies do not make an event grow."""
    with fresh_engine(tmp_path) as engine, reading(engine) as conn:
        pulse = pulse_of(event_moments(conn, "e-canteen"), NOW)
        assert (pulse.hour, pulse.recent, pulse.before) == (1, 4, 3)
        assert pulse_of([], NOW).trend == "quiet"


def test_copies_fold_into_their_story(tmp_path: Path) -> None:
    """A story shows how often and by whom it was repeated; the repeats are no stories of their own."""
    with fresh_engine(tmp_path) as engine, reading(engine) as conn:
        moments = event_moments(conn, "e-canteen")
        stories = {s.id: s for s in event_stories(conn, "e-canteen", moments, NOW)}
        assert len(stories) == 7
        assert len(moments) == 11
        assert stories["e-canteen-3"].copies == 2
        assert set(stories["e-canteen-3"].carriers) == {"national", "bureau"}


def test_outlets_come_first_among_carriers(tmp_path: Path) -> None:
    """Outlets in the order of their first item, then private voices, whose time is the hour."""
    with fresh_engine(tmp_path) as engine, reading(engine) as conn:
        carriers = carriers_of(event_moments(conn, "e-canteen"))
        assert [c.source for c in carriers][:2] == ["city-paper", "national"]
        assert all(c.first.minute == 0 for c in carriers if c.source == "campus-forum")


def test_steps_cover_the_whole_life(tmp_path: Path) -> None:
    """The steps add up to the stories and never become more than about thirty."""
    with fresh_engine(tmp_path) as engine, reading(engine) as conn:
        for event in ("e-canteen", "e-water", "e-robot", "e-fees"):
            moments = event_moments(conn, event)
            steps = tone_steps(moments, ZONE)
            assert sum(s.negative + s.neutral + s.positive + s.unknown for s in steps) == sum(
                m.root is None for m in moments
            )
            assert len(steps) <= 30
    assert tone_steps([], ZONE) == []


def test_sources_are_told_apart(tmp_path: Path) -> None:
    """Failing is blind, silent can be read, never read for long is blind, unconfigured is off."""
    with fresh_engine(tmp_path) as engine:
        with writing(engine) as conn:
            due = NOW - timedelta(hours=3)
            conn.execute(insert(sources).values(id="gone", next_due=NOW, interval_s=60, health="healthy"))
            conn.execute(update(sources).where(sources.c.id == "micro").values(health="new", next_due=due))
            conn.execute(delete(sources).where(sources.c.id == "mailbox"))
        with reading(engine) as conn:
            rows = source_rows(conn, SPECS, NOW)
            watch = watch_health(conn, rows)
        states = {r.id: r.state for r in rows}
        assert states == {
            "city-forum": "blind", "micro": "blind", "bureau": "silent", "mailbox": "new", "own-news": "healthy",
            "city-paper": "healthy", "national": "healthy", "campus-forum": "healthy", "gone": "off",
        }  # fmt: skip
        assert (watch.total, watch.healthy, len(watch.blind), watch.dead) == (8, 5, 2, 1)
        assert not watch.whole


def test_a_whole_watch_says_so(tmp_path: Path) -> None:
    """Everything read, nothing stuck: the watch is whole. No source at all is not a whole watch."""
    with fresh_engine(tmp_path) as engine:
        with writing(engine) as conn:
            conn.execute(update(sources).values(health="healthy"))
            conn.execute(update(notifications).values(state="sent"))
        with reading(engine) as conn:
            assert watch_health(conn, source_rows(conn, SPECS, NOW)).whole
            assert not watch_health(conn, []).whole


def test_times_are_said_shortly() -> None:
    """Today by the clock, this year by the day, older with the year; ages in the largest fitting unit."""
    clock = Clock(NOW, ZONE, load_words()["en"])
    assert clock.short(NOW - timedelta(hours=2)) == "14:30"
    assert clock.short(NOW - timedelta(days=2)) == "11-22 16:30"
    assert clock.short(NOW - timedelta(days=400)).startswith("2025-")
    assert clock.age(NOW - timedelta(minutes=1)) == "1 minute ago"
    assert clock.age(NOW - timedelta(hours=5)) == "5 hours ago"
    assert clock.age(NOW - timedelta(days=9)) == "9 days ago"
    assert clock.age(None) == "never"


def test_small_helpers_keep_their_bounds() -> None:
    """Nothing divides by zero, texts are cut, counts veiled."""
    assert (percent(1, 0), percent(1, 3), bar_width(3, 0), bar_width(1, 4)) == (0, 33, 0, 25)
    assert (median([]), median([3, 1, 2]), median([1, 2])) == (None, 2, 1.5)
    assert len(cut_text("字" * 500)) == 220
    assert (veil_count(4), veil_count(5)) == ("<5", "5")
    assert Moment("a", "s", "news", None, "neutral", NOW, NOW, None).outlet
