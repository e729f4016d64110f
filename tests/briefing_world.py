"""A random quarter of a school: items, events, alerts, cases, slips and everything else that a briefing counts.

Titles hold no digits, so that every digit of a document is a figure. Times are whole minutes.
"""

import random
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, insert
from store_kit import a_document, a_store, kept, tags_of

from dashboards.briefing.period import parse_period
from pipeline.model import Outcome
from pipeline.store.engine import writing
from pipeline.store.schema import acks, alerts, cases, corrections, events, metadata, notifications
from pipeline.store.schema_briefing import briefing_checks, briefing_counts, briefing_proposals
from pipeline.store.schema_response import slip_answers, slips
from pipeline.store.store import SqlStore

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 10, 20, tzinfo=ZONE)
PERIOD = parse_period("2026Q3", ZONE, NOW)
SCHOOL, PEER = "澜川学院", "岭东学院"
SOURCES = (("bbs", "forum"), ("paper", "news"), ("radio", "news"), ("notices", "official"), ("box", "complaint"))
TOPICS = ("canteen", "dorms", "fees", "scams", "facilities")
LABELS = ("negative", "neutral", "positive")
LEVELS = (None, None, "info", "notice", "serious", "critical")
STATEMENTS = ("关于第二食堂用餐情况的说明", "图书馆夏季检修安排与开放时间公告", "有关宿舍热水供应恢复的最新通报")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@cache
def one_store() -> SqlStore:
    """Migrating takes longer than everything else here, so it is done once."""
    return a_store()


class World:
    """A school whose quarter follows from a number alone."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.store = one_store()
        self.ago = self.dice.choice(((), (92,), (365,), (92, 365)))  # the earlier periods that have items
        self.events = [self._event(k) for k in range(self.dice.choice((0, 2, 6, 15)))]

    def build(self) -> SqlStore:
        """Empty the store and fill it."""
        with writing(self.store.engine) as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())
        self.store.save(self._items(), (), NOW)
        with writing(self.store.engine) as connection:
            connection.execute(events.delete())  # those that came with the items; ours have all kinds of figures
            self._put(connection, events, self.events)
            self._told(connection)
            self._office(connection)
            self._checked(connection)
        return self.store

    def _put(self, connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
        if rows:
            connection.execute(insert(table), rows)

    def _when(self) -> datetime:
        """A minute of the quarter, more often than not; its first and last are among them."""
        edges = (PERIOD.begin, PERIOD.end - MINUTE, PERIOD.begin - MINUTE, PERIOD.end)
        return self.dice.choice(edges) if self.dice.random() < 0.1 else PERIOD.begin + self._upto(PERIOD.days)

    def _upto(self, days: float) -> timedelta:
        return timedelta(minutes=self.dice.randrange(int(days * 1440)))

    def _items(self) -> list[Outcome]:
        roots: dict[int, str] = {}
        return [self._item(number, roots) for number in range(self.dice.choice((1, 5, 30)))]

    def _item(self, number: int, roots: dict[int, str]) -> Outcome:
        dice, place = self.dice, self.dice.randrange(len(SOURCES))
        source, kind = SOURCES[place]
        when = self._when() - timedelta(days=dice.choice((0, 0, 0, *self.ago)))
        head = dice.choice(STATEMENTS) if kind == "news" and dice.random() < 0.4 else ""
        document = a_document(
            f"i{number}", f"{head}第{chr(0x4E00 + number)}条的正文", source=source, source_kind=kind,
            title=f"标题{chr(0x4E00 + number)}" if dice.random() < 0.9 else None,
            published=when if dice.random() < 0.9 else None, seen=when + self._upto(0.5),
        )  # fmt: skip
        group = dice.randrange(3)
        root = roots.get(group) if dice.random() < 0.4 else None
        roots.setdefault(group, document.id)
        event = f"e{dice.randrange(len(self.events))}" if self.events else "lost"
        return kept(document, event, tags_of(dice.choice(LABELS), dice.choice(TOPICS)), root)

    def _event(self, k: int) -> dict[str, Any]:
        dice = self.dice
        first = self._when() - timedelta(days=dice.choice((0, 0, 0, 270)))  # some of last autumn
        numbers = {name: dice.randrange(9) for name in ("items", "stories", "outlets", "sources", "negative")}
        return {
            "id": f"e{k}", "title": f"事件{chr(0x4E00 + k)}", "status": dice.choice(("open", "closed")), "first_seen": first,
            "last_seen": first + HOUR, "voices_met": 0, "topic": dice.choice(TOPICS), "reach": None, "terms": [], "said": {},
            "place": dice.choice((None, "二食堂", "北区")), "severity": dice.choice(LEVELS),
            "merged_into": "e0" if k and dice.random() < 0.15 else None, **numbers,
        }  # fmt: skip

    def _told(self, connection: Connection) -> None:
        """Alerts of every kind, messages that arrived or did not, and what was done about them."""
        dice = self.dice
        told = [self._alert(k) for k in range(dice.choice((0, 3, 12)) if self.events else 0)]
        self._put(connection, alerts, told)
        sent = [
            {"id": f"{one['id']}-{k}", "alert": one["id"], "receiver": f"r{k}", "channel": "slack", "state": state, "due": one["at"],
             "sent": one["at"] + self._upto(0.1) if state == "sent" else None}
            for one in told for k in range(dice.randrange(3)) for state in [dice.choice(("sent", "dead", "queued"))]
        ]  # fmt: skip
        self._put(connection, notifications, sent)
        acts = [
            {"event": one["event"], "at": one["at"] + self._upto(1), "who": "officer", "what": dice.choice(("taken", "false_alarm")),
             "undone": dice.choice((None, None, one["at"] + DAY))}
            for one in told for _ in range(dice.randrange(3))
        ]  # fmt: skip
        self._put(connection, acks, acts)

    def _alert(self, k: int) -> dict[str, Any]:
        dice, when = self.dice, self._when()
        kind = dice.choice(("first", "severity", "threshold", "closed", "digest"))
        return {
            "id": f"a{k}", "at": when, "made": when, "kind": kind, "event": dice.choice(self.events)["id"], "severity": "notice",
            "items": [], "reason": {}, "due": when, "drill": dice.random() < 0.2,
        }  # fmt: skip

    def _office(self, connection: Connection) -> None:
        """Cases with their statements, slips and answers, proposals."""
        dice = self.dice
        opened = [self._case(k) for k in range(dice.choice((0, 2, 7)))]
        self._put(connection, cases, opened)
        issued = [
            {"id": f"s{k}", "kind": kind, "year": 2026, "number": k, "event": "e0", "department": "后勤", "matter": "", "figures": {},
             "words": "", "issued": self._when(), "due": NOW, "state": "sent", "lang": "zh"}
            for k in range(dice.randrange(5)) for kind in [dice.choice(("notice", "order"))]
        ]  # fmt: skip
        self._put(connection, slips, issued)
        answers = [
            {"slip": one["id"], "at": one["issued"] + self._upto(3), "way": "office", "words": "", "outcome": "answered", "late": False}
            for one in issued for _ in range(dice.randrange(3))
        ]  # fmt: skip
        self._put(connection, slip_answers, answers)
        proposed = [
            {"period": period, "text": f"建议{chr(0x4E00 + k)}", "status": dice.choice(("open", "done")), "reply": "", "at": NOW, "who": "editor"}
            for period in ("2026Q3", "2026Q2") for k in range(dice.randrange(3))
        ]  # fmt: skip
        self._put(connection, briefing_proposals, proposed)

    def _case(self, k: int) -> dict[str, Any]:
        dice, opened = self.dice, self._when()
        closed = opened + self._upto(4) if dice.random() < 0.6 else None
        said = self._when() if k < len(STATEMENTS) and dice.random() < 0.6 else None
        return {
            "id": f"c{k}", "event": dice.choice(self.events)["id"] if self.events else "none", "opened": opened + k * MINUTE,
            "department": dice.choice(("后勤", "学工")), "owner_role": "officer", "due": opened + self._upto(6), "closed": closed,
            "status": "closed" if closed else "open", "outcome": dice.choice(("fixed", "explained")) if closed else None,
            "statement": f"{STATEMENTS[k]}\n全文见网站。" if said else "", "statement_at": said,
            "carried": dice.choice(("", "市电视台", "paper、市电视台")) if said else "",
        }  # fmt: skip

    def _checked(self, connection: Connection) -> None:
        """Corrections, the ten-minute review, and counts of spreadsheets: ours for earlier periods, a peer's for this one."""
        dice = self.dice
        ids = connection.exec_driver_sql("SELECT id FROM documents").scalars().all()
        some = [one for one in ids if dice.random() < 0.2]
        twice = [*some, *some[:2]]
        row = {"at": NOW, "who": "officer", "field": "label", "machine": "neutral", "office": "negative"}
        self._put(connection, corrections, [row | {"document": one} for one in twice])
        looked = [one for one in ids if dice.random() < 0.3]
        rights = [{"tone_right": dice.random() < 0.8, "topic_right": dice.random() < 0.7} for _ in looked]
        row = {"period": "2026Q3", "at": NOW, "who": "officer"}
        self._put(
            connection,
            briefing_checks,
            [row | {"document": one} | right for one, right in zip(looked, rights, strict=True)],
        )
        row = {"file": "old.xlsx", "at": NOW}
        old = [
            row
            | {"school": "", "period": period, "topic": topic, "source": "", "items": dice.randrange(1, 90)}
            | {"negative": dice.choice((None, 1, 5))}
            for period in ("2026Q2", "2025Q3") if dice.random() < 0.4 for topic in TOPICS if dice.random() < 0.5
        ]  # fmt: skip
        theirs = [
            row | {"school": PEER, "period": "2026Q3", "topic": topic, "source": source, "items": dice.randrange(90), "negative": None}
            for source in dice.choice(((), ("paper",), ("paper", "bbs"), ("elsewhere",))) for topic in ("fees", "dorms")
        ]  # fmt: skip
        self._put(connection, briefing_counts, old + theirs)
