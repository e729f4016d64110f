"""What a briefing must say about key events' items and the office's work, by plain SQL over the stored rows."""

from statistics import median
from typing import Any

from sqlalchemy import Engine

from pipeline.store.engine import reading

Row = tuple[Any, ...]
SPANS = {
    "now": ("2026-06-30T16:00:00.000000Z", "2026-09-30T16:00:00.000000Z"),
    "before": ("2026-03-31T16:00:00.000000Z", "2026-06-30T16:00:00.000000Z"),
    "year": ("2025-06-30T16:00:00.000000Z", "2025-09-30T16:00:00.000000Z"),
}
NAMES = {
    "canteen": "食堂", "dorms": "宿舍", "fees": "收费", "scams": "诈骗与谣言", "facilities": "设施", "forum": "论坛", "news": "媒体",
    "official": "官方", "complaint": "投诉信箱", "info": "蓝", "notice": "黄", "serious": "橙", "critical": "红", "open": "进行中",
    "closed": "已结束", None: "—",
}  # fmt: skip
CIRCLES = "①②③④⑤⑥⑦⑧⑨⑩"
SHORT = "strftime('%m-%d %H:%M', {}, '+8 hours')"


class Asked:
    """The figures of one store: what the office did, and what is cited."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ask(self, sql: str) -> list[Row]:
        """The rows of a query; `{charted:now}` and its kin become a condition on the span."""
        for span, (begin, end) in SPANS.items():
            for column in ("d.charted", "e.first_seen", "a.at", "c.opened", "c.due", "s.issued", "c.statement_at"):
                sql = sql.replace(f"[{column} {span}]", f"{column} >= '{begin}' AND {column} < '{end}'")
        with reading(self._engine) as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql)]

    def one(self, sql: str) -> Any:
        """The only value of a query."""
        return self.ask(sql)[0][0]

    def response(self) -> list[Row]:
        """The seventeen figures about the office."""
        mine = "[a.at now] AND NOT a.drill AND a.kind NOT IN ('closed', 'digest')"
        alerts = self.one(f"SELECT count(*) FROM alerts a WHERE {mine}")
        told = self.one(f"SELECT count(DISTINCT event) FROM alerts a WHERE {mine}")
        wrong = self.one(
            f"SELECT count(DISTINCT a.event) FROM alerts a JOIN acks k ON k.event = a.event AND k.what = 'false_alarm'"
            f" AND k.undone IS NULL WHERE {mine}"
        )
        lost = self.one(
            f"SELECT count(*) FROM alerts a WHERE {mine}"
            " AND EXISTS (SELECT 1 FROM notifications WHERE alert = a.id AND state = 'dead')"
            " AND NOT EXISTS (SELECT 1 FROM notifications WHERE alert = a.id AND state = 'sent')"
        )
        cases = "SELECT count(*) FROM cases c WHERE "
        return [
            ("预警次数", alerts), ("预警事件", told), ("判为误报的事件", wrong),
            ("预警准确率（%）", round(100 * (told - wrong) / told, 1) if told else None),
            ("发布到采集（中位，分钟）", self.middle(
                f"SELECT d.charted, d.seen FROM documents d WHERE d.published IS NOT NULL AND d.n IN (SELECT min(n) FROM documents"
                f" WHERE event IN (SELECT a.event FROM alerts a WHERE {mine}) GROUP BY event)")),
            ("采集到送达（中位，分钟）", self.middle(
                f"SELECT e.first_seen, min(n.sent) FROM events e JOIN alerts a ON a.event = e.id JOIN notifications n ON n.alert = a.id"
                f" WHERE {mine} AND n.sent IS NOT NULL GROUP BY e.id")),
            ("预警到受理（中位，分钟）", self.middle(
                f"SELECT min(a.at), (SELECT min(at) FROM acks WHERE event = a.event AND what = 'taken' AND undone IS NULL) AS took"
                f" FROM alerts a WHERE {mine} GROUP BY a.event HAVING took IS NOT NULL")),
            ("发函到答复（中位，分钟）", self.middle(
                "SELECT s.issued, min(w.at) FROM slips s JOIN slip_answers w ON w.slip = s.id WHERE [s.issued now] GROUP BY s.id")),
            ("立案到办结（中位，分钟）", self.middle(
                "SELECT c.opened, c.closed FROM cases c WHERE [c.opened now] AND c.status = 'closed'")),
            ("未送达的预警", lost), ("立案", self.one(f"{cases}[c.opened now]")),
            ("办结", self.one(f"{cases}[c.opened now] AND status = 'closed'")),
            ("超期未办结", self.one(f"{cases}[c.opened now] AND status != 'closed' AND due < '{SPANS['now'][1]}'")),
            ("本期到期", self.one(f"{cases}[c.due now]")), ("按期办结", self.one(f"{cases}[c.due now] AND closed <= due")),
            ("提示函", self.one("SELECT count(*) FROM slips s WHERE [s.issued now] AND kind = 'notice'")),
            ("督办单", self.one("SELECT count(*) FROM slips s WHERE [s.issued now] AND kind = 'order'")),
        ]  # fmt: skip

    def middle(self, sql: str) -> float | None:
        """The median of the minutes between two columns."""
        found = [minutes(self, begin, end) for begin, end in self.ask(sql)]
        return round(median(found), 1) if found else None

    def seasons(self) -> list[Row]:
        """Last autumn's largest events in the three windows of the next quarter."""
        rows = []
        for name, first, last, words, topics in (
            ("秋季招聘", "10-10", "12-10", "就业、诈骗与谣言", "'employment', 'scams'"),
            ("供暖", "11-01", "12-31", "设施、宿舍、安全", "'facilities', 'dorms', 'safety'"),
            ("考研初试", "12-15", "12-31", "考试、招生", "'exams', 'admissions'"),
        ):
            matters = self.ask(
                f"SELECT title, date(first_seen, '+8 hours'), stories FROM events WHERE merged_into IS NULL AND topic IN ({topics})"
                f" AND date(first_seen, '+8 hours') BETWEEN '2025-{first}' AND '2025-{last}'"
                " ORDER BY severity IS NULL, stories DESC, id LIMIT 3"
            )
            said_of = "、".join(f"{title}（{day}，{stories}）" for title, day, stories in matters) or "—"
            rows.append((name, f"2026-{first} – {last}", words, said_of))
        return rows

    def followed(self) -> list[Row]:
        """What came of the proposals of the quarter before."""
        rows = self.ask("SELECT text, status FROM briefing_proposals WHERE period = '2026Q2' ORDER BY n")
        words = {"open": "未开始", "done": "已落实"}
        return [(place, text, words.get(status, status), "—") for place, (text, status) in enumerate(rows, 1)]

    def cited(self) -> list[Row]:
        """The stories of the key events, outlets first; of a private voice its day only."""
        return self.ask(
            "SELECT d.id, d.source, strftime(CASE WHEN d.source_kind IN ('news', 'official') THEN '%Y-%m-%d %H:%M' ELSE '%Y-%m-%d' END,"
            " d.charted, '+8 hours'), CASE WHEN d.source_kind IN ('news', 'official') THEN coalesce(d.title, '—')"
            " ELSE '（公众发言）' END, coalesce(d.url, '—'), d.fingerprint"
            f" FROM documents d JOIN ({self.chosen()}) k ON k.id = d.event WHERE d.duplicate_of IS NULL"
            " ORDER BY d.source_kind NOT IN ('news', 'official'), d.seen, d.id LIMIT 60"
        )

    def chosen(self) -> str:
        """The ids of the key events, in order."""
        return (
            "SELECT id, row_number() OVER (ORDER BY severity IS NULL, stories DESC, first_seen, id) AS place FROM events e"
            " WHERE [e.first_seen now] AND merged_into IS NULL ORDER BY place LIMIT 10"
        )


def minutes(figures: Asked, begin: str, end: str) -> float:
    """Between two stored times."""
    seconds = figures.one(f"SELECT strftime('%s', '{end}') - strftime('%s', '{begin}')")
    return round(seconds / 60, 1)


def percent(part: int, whole: int) -> str:
    """With one decimal place, — of nothing."""
    return f"{100 * part / whole:.1f}" if whole else "—"


def said(value: Any) -> str:
    """A cell: whole numbers without a point, nothing known in words."""
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return "无数据" if value is None else str(value)
