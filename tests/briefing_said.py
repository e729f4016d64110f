"""The numbers of a briefing's sentences by plain SQL, in the order the Chinese document says them."""

from math import sqrt
from typing import Any

from briefing_sql import Figures
from briefing_sql_office import NAMES, percent, said

Sentences = list[tuple[str, list[str]]]
RANKS = ("info", "notice", "serious", "critical")


def sentences(figures: Figures) -> Sentences:
    """(words that the sentence holds, its numbers) of every sentence that has any."""
    items = figures.totals["now"][0]
    found = findings(figures) if items else []
    parts = (scope(figures), movers(figures), pull(figures), proposed(figures))
    return [
        (words, [said(one) for one in numbers])
        for words, numbers in [*found, *(line for part in parts for line in part)]
    ]


def compared(now: int, before: int) -> list[Any]:
    """The number before and the change in percent, which is not said when there is none."""
    if not before:
        return []
    return [before] if now == before else [before, f"{100 * abs(now - before) / before:.0f}"]


def findings(figures: Figures) -> list[tuple[str, list[Any]]]:
    """Volume, tone, topic, event, response."""
    items, stories, negative = figures.totals["now"]
    before, year = figures.earlier
    was = figures.totals["before"]
    earlier = [was[2], percent(was[2], was[0])] if was[0] else []
    return [
        ("本期共采集", [items, stories, *compared(items, before), *compared(items, year)]),
        ("负面条目", [negative, percent(negative, items), *earlier]),
        ("条目最多的主题", topic(figures)), ("预警级别最高的事件", event(figures)), ("发出预警", response(figures)),
    ]  # fmt: skip


def topic(figures: Figures) -> list[Any]:
    """Items of the largest topic, negative items of the worst."""
    return figures.ask(
        "SELECT max(items), max(negative) FROM (SELECT count(*) AS items, sum(label = 'negative') AS negative"
        " FROM documents d WHERE [d.charted now] GROUP BY topic)"
    )[0]  # type: ignore[return-value]


def event(figures: Figures) -> list[Any]:
    """Stories and outlets of the key event of the highest level."""
    rows = figures.ask(
        f"SELECT e.severity, e.stories, e.outlets FROM ({figures.chosen()}) k JOIN events e ON e.id = k.id"
        " WHERE e.severity IS NOT NULL ORDER BY k.place"
    )
    if not rows:
        return []
    return list(max(rows, key=lambda row: (RANKS.index(row[0]), row[1]))[1:])


def response(figures: Figures) -> list[Any]:
    """Alerts, events, and two medians; what is not known has no number."""
    rows = dict(figures.response())
    if not rows["预警次数"]:
        return []
    names = ("预警次数", "预警事件", "采集到送达（中位，分钟）", "预警到受理（中位，分钟）")
    return [rows[name] for name in names if rows[name] is not None]


def scope(figures: Figures) -> list[tuple[str, list[Any]]]:
    """Sources, quiet ones, corrections, the review with its interval."""
    sources = figures.one("SELECT count(DISTINCT source) FROM documents d WHERE [d.charted now]")
    quiet = len(figures.quiet())
    corrected = figures.one(
        "SELECT count(DISTINCT k.document) FROM corrections k JOIN documents d ON d.id = k.document WHERE [d.charted now]"
    )
    looked, tone, of_topic = figures.ask(
        "SELECT count(*), sum(NOT tone_right), sum(NOT topic_right) FROM briefing_checks"
    )[0]
    taggers = [1] if figures.totals["now"][0] else []  # the model is called test-1
    lines: list[tuple[str, list[Any]]] = [
        ("本期有内容的来源", [sources]), ("天以上", [quiet, 3] if quiet else [3]), ("条目含转载", [*taggers, corrected]),
    ]  # fmt: skip
    if looked:
        low, high = interval(tone, looked)
        lower, higher = interval(of_topic, looked)
        lines.append(("人工抽查", [looked, tone, 95, low, high, of_topic, lower, higher]))
    return lines


def interval(wrong: int, looked: int) -> tuple[str, str]:
    """Wilson's: the shares p for which (wrong/looked - p)² = z² p (1 - p) / looked, in percent."""
    share, z = wrong / looked, 1.959964
    a, b, c = 1 + z * z / looked, -(2 * share + z * z / looked), share * share
    root = sqrt(max(0.0, b * b - 4 * a * c))
    return f"{100 * max(0.0, (-b - root) / (2 * a)):.1f}", f"{100 * min(1.0, (-b + root) / (2 * a)):.1f}"


def movers(figures: Figures) -> list[tuple[str, list[Any]]]:
    """The topics that rose and fell most."""
    if not any(figures.earlier):
        return []
    keys = {name: key for key, name in NAMES.items()}
    ordered = sorted((row[1] - row[5], keys[row[0]], row[5], row[1]) for row in figures.counts("topic"))
    lines: list[tuple[str, list[Any]]] = []
    if ordered and ordered[-1][0] > 0:
        lines.append(("上升最多的主题", list(ordered[-1][2:])))
    if ordered and ordered[0][0] < 0:
        lines.append(("下降最多的是", list(ordered[0][2:])))
    return lines


def pull(figures: Figures) -> list[tuple[str, list[Any]]]:
    """Statements, and those that were carried."""
    rows, carried = figures.statements()
    return [("本期学校发布", [len(rows), carried])] if rows else []


def proposed(figures: Figures) -> list[tuple[str, list[Any]]]:
    """Each proposal has its place."""
    rows = figures.ask("SELECT text FROM briefing_proposals WHERE period = '2026Q3' ORDER BY n")
    return [(f". {text}", [place]) for place, (text,) in enumerate(rows, 1)]


def quotes(figures: Figures) -> list[str]:
    """The first headline of an outlet and the first private voice of each key event, as they stand in the document."""
    found = []
    for event, place in figures.ask(figures.chosen()):
        for kinds, words in (("IN", "title"), ("NOT IN", "text")):
            found += figures.ask(
                f"SELECT '事件 {place}：' || CASE WHEN i.id IS NULL THEN '—（' || date(e.first_seen, '+8 hours') ELSE d.source || '（' ||"
                f" date(d.charted, '+8 hours') END || '）“' || d.{words} || '”〔' || d.id || '〕' FROM documents d"
                " JOIN events e ON e.id = d.event LEFT JOIN (SELECT id FROM documents d WHERE [d.charted now]) i ON i.id = d.id"
                f" WHERE d.event = '{event}' AND d.duplicate_of IS NULL AND d.source_kind {kinds} ('news', 'official')"
                f" AND d.{words} IS NOT NULL ORDER BY d.n LIMIT 1"
            )
    return [text for (text,) in found]
