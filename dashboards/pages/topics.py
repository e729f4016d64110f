"""Topics: what is talked about, in what tone, more or less than before."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from dashboards.call import Call, View
from dashboards.charts import Chart, Series
from dashboards.pages.now import tone_chart
from dashboards.pages.search_extras import LOOK_BACK, sum_weeks
from dashboards.queries.events import Filter, list_events
from dashboards.queries.terms import READ, period_terms
from dashboards.queries.volume import compare_topics, read_days, sum_kinds, tone_by_day
from pipeline.model import TOPICS

PERIODS = {"7": 7, "30": 30, "90": 90, "365": 365, "730": 730}
WEEKLY = 90  # longer periods are drawn by weeks


def show_topics(call: Call) -> View:
    """Topics of the period; with `?topic=` also that topic's days and events."""
    days = PERIODS.get(call.asked("days", "7"), 7)
    topic = call.asked("topic") if call.asked("topic") in TOPICS else ""
    conn, zone = call.conn, ZoneInfo(call.context.loaded.school.timezone)
    both = read_days(conn, call.context.cubes, zone, min(2 * days, LOOK_BACK), call.now)
    shown = both[-max(days, 14) :] if days <= WEEKLY else sum_weeks(both[-days:])
    return View(
        "topics.html",
        {
            "days": days,
            "topic": topic,
            "periods": tuple(PERIODS.values()),
            "compared": 2 * days <= LOOK_BACK,
            "topics": compare_topics(both[-days:], both[:-days]),
            "tone_chart": tone_chart(call, tone_by_day(shown, topic), days > WEEKLY),
            "kinds_chart": kinds_chart(call, sum_kinds(both[-days:])),
            "events": list_events(conn, Filter(topic=topic), call.now, 1, 10)[:10],
        },
    )


def show_terms(call: Call) -> View:
    """Words of the period beside the period before, the newest stories of both."""
    days = PERIODS.get(call.asked("days", "7"), 7) if call.asked("days", "7") in ("7", "30", "90") else 7
    topic = call.asked("topic") if call.asked("topic") in TOPICS else ""
    rows = period_terms(call.conn, topic, days, call.now, call.context.loaded.school)
    return View("terms.html", {"days": days, "topic": topic, "cloud": rows, "read": READ})


def kinds_chart(call: Call, kinds: Mapping[str, int]) -> Chart:
    """Shares of the source kinds as a ring."""
    names = tuple(call.words.name("kind", kind) for kind in kinds)
    parts = call.words.say(", ").join(f"{n} {count}" for n, count in zip(names, kinds.values(), strict=True))
    values = tuple(float(n) for n in kinds.values())
    sentence = call.words.say("Items by kind of source: {parts}.", parts=parts or "–")
    return Chart("ring", names, (Series(call.words.say("items"), "plain", values),), sentence)
