"""What a briefing must say, by plain SQL over the stored rows and without the product's counting.

Tables are the texts of their cells; sentences are numbers under words that the sentence holds.
"""

from collections.abc import Callable
from datetime import date, timedelta

from briefing_sql_office import CIRCLES, NAMES, SHORT, SPANS, Asked, Row, minutes, percent, said
from briefing_world import PEER, SCHOOL
from sqlalchemy import Engine


class Figures(Asked):
    """The figures of one store."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.totals = {name: self.total(name) for name in SPANS}
        self.old = {period: self.imported(period) for period in ("2026Q2", "2025Q3")}

    def total(self, span: str) -> Row:
        """Items, stories, negative items."""
        return self.ask(
            "SELECT count(*), coalesce(sum(duplicate_of IS NULL), 0), coalesce(sum(label = 'negative'), 0)"
            f" FROM documents d WHERE [d.charted {span}]"
        )[0]

    def imported(self, period: str) -> Row | None:
        """Items and negative ones of an old spreadsheet."""
        rows = self.ask(
            f"SELECT sum(items), coalesce(sum(negative), 0) FROM briefing_counts WHERE period = '{period}' AND school = ''"
        )
        return None if rows[0][0] is None else rows[0]

    @property
    def earlier(self) -> tuple[int, int]:
        """Items of the quarter before and of that a year ago, ours or else imported."""
        found = []
        for span, period in (("before", "2026Q2"), ("year", "2025Q3")):
            found.append(self.totals[span][0] or (self.old[period] or (0,))[0])
        return found[0], found[1]

    # ------------------------------------------------------------------ tables

    def tables(self) -> dict[str, list[list[str]]]:
        """Every table by its caption; absent ones are left out."""
        makers: dict[str, Callable[[], list[Row]]] = {
            "连续无内容的来源": self.quiet, "各时段条目": self.weeks, "重点事件": self.key_events, "重点事件的处置": self.done,
            "各主题条目": lambda: self.counts("topic"), "反复出现的服务类反映": self.repeated,
            "各类渠道条目": lambda: self.counts("source_kind"), "各来源条目": lambda: self.counts("source"),
            "事件首发媒体": self.reporters, "与同类学校比较": self.voices, "官方信息被转载情况": lambda: self.statements()[0][:10],
            "响应指标": self.response, "下期时段与去年同期事件": self.seasons, "上期建议的落实": self.followed, "引用条目": self.cited,
        }  # fmt: skip
        made = {caption: [[said(cell) for cell in row] for row in make()] for caption, make in makers.items()}
        always = {"各时段条目", "各主题条目", "各类渠道条目", "各来源条目", "响应指标"}
        return {caption: rows for caption, rows in made.items() if rows or caption in always}

    def quiet(self) -> list[Row]:
        """Runs of days without an item, read off a line of zeros and ones."""
        days = [(date(2026, 7, 1) + timedelta(days=k)).isoformat() for k in range(92)]
        found = []
        for (source,) in self.ask("SELECT DISTINCT source FROM documents d WHERE [d.charted now] ORDER BY 1"):
            there = {day for (day,) in self.ask(
                f"SELECT date(charted, '+8 hours') FROM documents d WHERE [d.charted now] AND source = '{source}'"
            )}  # fmt: skip
            line = "".join("1" if day in there else "0" for day in days)
            longest = max(map(len, line.split("1")))
            if longest >= 3:
                last = line.index("0" * longest) + longest - 1
                found.append((source, line.count("0"), longest, days[last]))
        return sorted(found, key=lambda row: -row[2])[:12]

    def weeks(self) -> list[Row]:
        """Thirteen times seven days and the last one."""
        counted = {week: numbers for week, *numbers in self.ask(
            "SELECT CAST(julianday(date(charted, '+8 hours')) - julianday('2026-07-01') AS INTEGER) / 7, count(*),"
            " sum(duplicate_of IS NULL), sum(label = 'negative') FROM documents d WHERE [d.charted now] GROUP BY 1"
        )}  # fmt: skip
        rows = []
        for week in range(14):
            first = date(2026, 7, 1) + timedelta(days=7 * week)
            last = min(first + timedelta(days=6), date(2026, 9, 30))
            items, stories, negative = counted.get(week, (0, 0, 0))
            name = f"{first} – {last:%m-%d}" if first != last else str(first)
            rows.append((name, items, stories, negative, percent(negative, items)))
        return rows

    def key_events(self) -> list[Row]:
        """With the day of most items and the source of the first one."""
        rows = self.ask(
            f"SELECT k.place, e.title, e.topic, e.severity, {SHORT.format('e.first_seen')},"
            " (SELECT strftime('%m-%d', charted, '+8 hours') FROM documents WHERE event = e.id GROUP BY date(charted, '+8 hours')"
            "  ORDER BY count(*) DESC, date(charted, '+8 hours') LIMIT 1), e.items, e.stories, e.outlets, e.negative,"
            " (SELECT source FROM documents WHERE event = e.id ORDER BY n LIMIT 1)"
            f" FROM ({self.chosen()}) k JOIN events e ON e.id = k.id ORDER BY k.place"
        )
        return [
            (
                CIRCLES[place - 1],
                title,
                NAMES[topic],
                NAMES[level],
                first,
                peak or "无数据",
                *numbers,
                source or "无数据",
            )
            for place, title, topic, level, first, peak, *numbers, source in rows
        ]

    def done(self) -> list[Row]:
        """When it was told and taken, to whom it went and what came of it."""
        rows = self.ask(
            f"SELECT k.place, e.id, e.title, {SHORT.format('min(a.at)')},"
            f" (SELECT {SHORT.format('min(at)')} FROM acks WHERE event = e.id AND what = 'taken' AND undone IS NULL), e.status"
            f" FROM ({self.chosen()}) k JOIN events e ON e.id = k.id LEFT JOIN alerts a ON a.event = e.id AND NOT a.drill"
            " GROUP BY e.id ORDER BY k.place"
        )
        found = []
        for place, event, title, told, taken, status in rows:
            handed = self.ask(f"SELECT department, outcome FROM cases WHERE event = '{event}' ORDER BY opened")
            departments = "、".join(dict.fromkeys(one for one, _ in handed)) or "—"
            outcome = ([one for _, one in handed if one] or ["—"])[-1]
            found.append((CIRCLES[place - 1], title, told or "—", taken or "—", departments, NAMES[status], outcome))
        return found

    def counts(self, column: str) -> list[Row]:
        """By topic, kind or source, with the quarter before unless there is nothing earlier at all."""
        rows = self.ask(
            f"SELECT {column}, count(*), sum(duplicate_of IS NULL), sum(label = 'negative'),"
            f" (SELECT count(*) FROM documents d WHERE [d.charted before] AND d.{column} = o.{column})"
            f" FROM documents o WHERE n IN (SELECT n FROM documents d WHERE [d.charted now]) GROUP BY 1 ORDER BY 2 DESC, 1"
        )
        old: dict[str, int] = {}
        if column == "topic" and not any(row[4] for row in rows):
            old = dict(self.ask(
                "SELECT topic, sum(items) FROM briefing_counts WHERE period = '2026Q2' AND school = '' GROUP BY 1"
            ))  # type: ignore[arg-type]  # fmt: skip
        found = []
        for name, items, stories, negative, before in rows:
            before = before or old.get(name, 0)
            change = f"{100 * (items - before) / before:+.0f}%" if before else "—"
            row = (NAMES.get(name, name), items, stories, negative, percent(negative, items), before, change)
            found.append(row if any(self.earlier) else row[:5])
        return found

    def repeated(self) -> list[Row]:
        """Services complained about at one place in several events."""
        rows = self.ask(
            "SELECT topic, place, count(*), sum(stories) FROM events e WHERE [e.first_seen now] AND merged_into IS NULL"
            " AND place IS NOT NULL AND negative > 0 AND topic IN ('dorms', 'canteen', 'fees', 'facilities')"
            " GROUP BY topic, place HAVING count(*) >= 2 ORDER BY 4 DESC, topic, place"
        )
        return [(NAMES[topic], *rest) for topic, *rest in rows]

    def reporters(self) -> list[Row]:
        """The outlet of the first public item of each event."""
        return self.ask(
            "SELECT source, count(*) FROM documents WHERE n IN (SELECT min(n) FROM documents d JOIN events e ON e.id = d.event"
            " WHERE [e.first_seen now] AND merged_into IS NULL AND source_kind IN ('news', 'official') GROUP BY e.id)"
            " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 8"
        )

    def voices(self) -> list[Row]:
        """Ours and the peer's over the peer's sources, when all of them are ours."""
        theirs = dict(self.ask(
            f"SELECT source, sum(items) FROM briefing_counts WHERE school = '{PEER}' AND period = '2026Q3' GROUP BY 1"
        ))  # type: ignore[arg-type]  # fmt: skip
        ours = dict(self.ask("SELECT source, count(*) FROM documents d WHERE [d.charted now] GROUP BY 1"))  # type: ignore[arg-type]
        if not theirs or not set(theirs) <= set(ours):
            return []
        both = [(PEER, sum(theirs.values())), (SCHOOL, sum(ours[one] for one in theirs))]
        whole = sum(count for _, count in both)
        return [(who, count, percent(count, whole)) for who, count in sorted(both, key=lambda one: (-one[1], one[0]))]

    def statements(self) -> tuple[list[Row], int]:
        """Publications and statements on cases with their copies, outlets and minutes; and how many were carried."""
        news = "SELECT d.id, d.source, d.charted FROM documents d WHERE d.source_kind = 'news' AND "
        since = f"d.charted >= '{SPANS['now'][0]}' AND "
        found = []
        for key, title, at, event in self.ask(
            "SELECT id, title, charted, event FROM documents d WHERE [d.charted now] AND source_kind = 'official'"
            " AND duplicate_of IS NULL AND title IS NOT NULL"
        ):
            copies = self.ask(f"{news}{since}d.duplicate_of = '{key}'")
            later = self.ask(f"{news}{since}d.event = '{event}' AND d.charted > '{at}'")
            found.append((key, title, at, copies, later, []))
        for key, words, at, event, carried in self.ask(
            "SELECT id, statement, statement_at, event, carried FROM cases c WHERE [c.statement_at now]"
        ):
            title = words.split("\n")[0]
            copies = self.ask(
                f"{news}instr(d.text, '{title}') AND d.seen >= '{at}' AND julianday(d.seen) < julianday('{at}') + 30"
            )
            later = self.ask(f"{news}{since}d.event = '{event}' AND d.charted > '{at}'")
            found.append((key, title, at, copies, later, [name for name in carried.split("、") if name]))
        noted, rows = any(hand for *_, hand in found), []
        for key, title, at, copies, later, hand in found:
            outlets = {source for _, source, _ in copies + later} | set(hand)
            first = min((charted for *_, charted in copies + later), default=None)
            after = max(0.0, minutes(self, at, first)) if first else "无数据"
            shown = self.one(f"SELECT {SHORT.format(repr(at))}")
            row = (title, shown, len(copies), len(outlets), after if outlets else "—", "、".join(hand) or "—")
            rows.append((-len(copies), -len(outlets), row, at, key))
        rows.sort(key=lambda one: one[4])
        rows.sort(key=lambda one: one[3], reverse=True)
        rows.sort(key=lambda one: one[:2])
        best = rows[:10]
        wide = any(one[2][5] != "—" for one in best) and noted
        return [one[2] if wide else one[2][:5] for one in rows], sum(one[1] < 0 for one in rows)
