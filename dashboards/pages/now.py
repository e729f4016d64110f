"""Now: is anything up, is the watch healthy, how does today compare. Also the same for a wall screen."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from dashboards.call import Call, View
from dashboards.charts import TONES, Chart, Series, percent
from dashboards.queries.corrections import alert_precision
from dashboards.queries.events import needing_someone, open_events
from dashboards.queries.telling import alerts_between, last_alert
from dashboards.queries.volume import DayTone, Today, compare_topics, read_days, today_against_normal, tone_by_day
from dashboards.queries.watch import source_rows, watch_health
from dashboards.wishes import list_wishes

DAYS, SHOWN = 14, 20
PRECISION = timedelta(days=90)


def show_now(call: Call) -> View:
    """The first page."""
    return View("now.html", gather_now(call))


def show_wall(call: Call) -> View:
    """The first page for a screen on the wall: large, without menu or buttons."""
    return View("wall.html", gather_now(call))


def gather_now(call: Call) -> dict[str, object]:
    """What both show."""
    conn, now, zone = call.conn, call.now, ZoneInfo(call.context.loaded.school.timezone)
    opened = open_events(conn, now)
    needing = needing_someone(opened)
    waiting = {row.id for row in needing}
    others = [row for row in opened if row.id not in waiting]
    bigger = [row for row in others if row.told or row.stories > 1 or row.outlets]
    today = today_against_normal(conn, zone, now)
    days = read_days(conn, call.context.cubes, zone, DAYS, now)
    tones = tone_by_day(days)
    return {
        "now": now,
        "needing": needing[:SHOWN],
        "needing_count": len(needing),
        "open": bigger[:8],
        "single_count": len(others) - len(bigger),
        "told_open": sum(bool(row.told) for row in opened),
        "wishes": len(list_wishes(conn)),
        "open_count": len(opened),
        "watch": watch_health(conn, source_rows(conn, call.context.loaded.sources, now)),
        "today": today,
        "tone": tones,
        "topics": compare_topics(days[-7:], days[:-7])[:8],
        "told_today": alerts_between(conn, now - timedelta(days=1), now),
        "last_alert": last_alert(conn),
        "precision": alert_precision(conn, now - PRECISION, now, PRECISION.days),
        "hours_chart": hours_chart(call, today),
        "tone_chart": tone_chart(call, tones),
    }


def hours_chart(call: Call, today: Today) -> Chart:
    """Today's stories by hour as bars beside the usual line."""
    say = call.words.say
    values = tuple(float(n) for n in today.hours) + (None,) * (24 - len(today.hours))
    series = [Series(say("today"), "plain", values)]
    if today.usual is not None:
        series.append(Series(say("usual"), "usual", today.usual_hours))
    return Chart("lines", tuple(f"{h:02d}" for h in range(24)), tuple(series), compare_sentence(call, today))


def compare_sentence(call: Call, today: Today) -> str:
    """Today beside a normal day in one sentence."""
    if today.usual is None:
        return call.words.say(
            "{n} stories so far today. There is not enough history yet for a usual day.", n=today.stories
        )
    usual = round(today.usual)
    text = "{n} stories so far today; by this time a usual day like this has {usual}."
    return call.words.say(text, n=today.stories, usual=usual)


def tone_chart(call: Call, days: list[DayTone], weekly: bool = False) -> Chart:
    """Stories a day by tone; with `weekly` each of `days` is a week, under its first day."""
    name = call.words.name
    series = tuple(
        Series(name("tone", tone), tone, tuple(float(getattr(d, tone)) for d in days))
        for tone in TONES
        if tone != "unknown" or any(d.unknown for d in days)
    )
    sentence = weeks_sentence(call, days) if weekly else tone_sentence(call, days)
    return Chart("stack", tuple(d.day[2 if weekly else 5 :] for d in days), series, sentence)


def weeks_sentence(call: Call, weeks: list[DayTone]) -> str:
    """A chart of years in one sentence: how many, their negative share, and the week with the most."""
    total = sum(w.total for w in weeks)
    share = percent(sum(w.negative for w in weeks), total)
    best = max(weeks, key=lambda w: w.total)
    text = "{n} stories in {weeks} weeks, {share}% of them negative; most in the week from {when}: {most}."
    return call.words.say(text, n=total, weeks=len(weeks), share=share, when=best.day, most=best.total)


def tone_sentence(call: Call, days: list[DayTone]) -> str:
    """The chart in one sentence: how many, and the negative share of this week against the week before."""
    week, before = days[-7:], days[-14:-7]
    share = percent(sum(d.negative for d in week), sum(d.total for d in week))
    then = percent(sum(d.negative for d in before), sum(d.total for d in before))
    text = "{n} stories in {days} days; {share}% of the last seven days were negative, {then}% the week before."
    return call.words.say(text, n=sum(d.total for d in days), days=len(days), share=share, then=then)
