"""A whole telling side on simulated time: a store in a file, a roster, channels that do as told, and a sender.

bell = Bell(tmp_path)
bell.officer("li", "officer", chat="U0LI")
bell.shift("li", "00:00", "+7 00:00")
bell.alert("23:40", severity="serious")
bell.run("23:45")
assert bell.chat.headlines == ["【橙】二食堂 疑似食物中毒"]
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.event import listen

from alerts.acks import AckDesk, Links
from alerts.dispatch import Dispatcher, Office
from alerts.notify.base import Delivery, Failed, Missing, Sent
from alerts.notify.opening import Channel
from alerts.policy import Policy
from alerts.settings import Alerting, ChannelSpec, RuleSpec
from pipeline.model import Alert, AlertKind, Event, Reason, Severity
from pipeline.store.engine import open_engine, reading, writing
from pipeline.store.rows import alert_row, event_row
from pipeline.store.schema import alerts, documents, events, metadata, notifications, officers, shifts

ZONE = ZoneInfo("Asia/Shanghai")
DAY = datetime(2026, 9, 5, tzinfo=ZONE)  # a Saturday
STEP = timedelta(seconds=30)


class Killed(BaseException):
    """The process dies here."""


def open_hasty(url: str) -> Engine:
    """The store without waiting for the disk: no scene on simulated time cuts the power."""
    engine = open_engine(url)
    listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF").close())
    return engine


def local(clock: str) -> datetime:
    """`23:40` on the first day, `+1 00:15` a day later, in the school's time."""
    days, _, hour = clock.rpartition(" ")
    hours, minutes, *seconds = hour.split(":")
    return DAY + timedelta(
        days=int(days or 0), hours=int(hours), minutes=int(minutes), seconds=int((seconds or ["0"])[0])
    )


@dataclass
class FakeChannel:
    """A channel that keeps what it took, and does next what its verbs plan."""

    taken: list[Delivery] = field(default_factory=list)
    plans: deque[str] = field(default_factory=deque)
    down: bool = False

    def send(self, delivery: Delivery) -> Sent | Failed:
        """As planned; accept when nothing is."""
        plan = self.plans.popleft() if self.plans else ""
        if plan == "die before":
            raise Killed
        if plan == "break":
            raise RuntimeError("a bug in the channel")
        if plan == "refuse":
            return Failed("no such conversation", permanent=True)
        if plan == "limit":
            return Failed("too fast", after=timedelta(minutes=3))
        if plan == "busy" or self.down:
            return Failed("busy")
        self.taken.append(delivery)
        if plan == "die after":
            raise Killed
        if plan == "swallow":
            return Failed("no answer", unknown=True)
        return Sent(f"r{len(self.taken)}")

    def probe(self) -> Failed | None:
        """Works unless down."""
        return Failed("down") if self.down else None

    def plan(self, *what: str) -> None:
        self.plans.extend(what)

    @property
    def headlines(self) -> list[str]:
        return [one.message.headline for one in self.taken]

    @property
    def texts(self) -> list[str]:
        return [one.message.text for one in self.taken]

    @property
    def addresses(self) -> list[str]:
        return [one.address for one in self.taken]


@dataclass
class ReadableChannel(FakeChannel):
    """A channel that can be asked what arrived; `blind` makes asking fail."""

    blind: str = ""

    def look_up(self, delivery: Delivery) -> Sent | Missing | Failed:
        if self.blind:
            return Failed("cannot look", permanent=self.blind == "for good")
        found = [place for place, one in enumerate(self.taken, 1) if one.key == delivery.key]
        return Sent(f"r{found[0]}") if found else Missing()


class Bell:
    """The telling side. `run` moves time in half minutes and ticks the sender, as the service does."""

    def __init__(self, folder: Path, channels: dict[str, FakeChannel] | None = None, **settings: object) -> None:
        self.url = f"sqlite:///{folder / 'bell.db'}"
        self.engine: Engine = open_hasty(self.url)
        metadata.create_all(self.engine)
        self.alerting = Alerting(**settings)  # type: ignore[arg-type]
        self.fakes = channels or {"chat": ReadableChannel()}
        self.specs = {name: ChannelSpec(name, "slack", target="C1") for name in self.fakes}
        self.links = Links(b"secret", "https://tocsin.example")
        self.desk = AckDesk(self.links, self.alerting.ack_hours)
        self.rules: tuple[RuleSpec, ...] = ()
        self.policy, self.zone, self.reachable = Policy(), "Asia/Shanghai", ""
        self.now = DAY
        self.starts = 0
        self.start()

    @property
    def chat(self) -> FakeChannel:
        return self.fakes["chat"]

    def start(self) -> None:
        """A new process: nothing in memory but the settings."""
        self.starts += 1
        ways = tuple(Channel(self.specs[name], fake) for name, fake in self.fakes.items())
        office = Office(
            self.alerting, ways, self.zone, "https://tocsin.example", b"secret", self.rules, self.policy,
            reachable_url=self.reachable,
        )  # fmt: skip
        self.sender = Dispatcher(self.engine, office, f"process-{self.starts}")

    def channel(self, name: str, fake: FakeChannel, **spec: object) -> FakeChannel:
        """Another channel; the sender starts anew."""
        self.fakes[name] = fake
        kind = str(spec.pop("kind", "slack"))
        self.specs[name] = ChannelSpec(name, kind, **{"target": "C1", **spec})  # type: ignore[arg-type]
        self.restart()
        return fake

    def change(self, name: str, **spec: object) -> None:
        """Other settings for a channel; the sender starts anew."""
        self.specs[name] = ChannelSpec(name, "slack", target="C1", **spec)  # type: ignore[arg-type]
        self.restart()

    def restart(self) -> None:
        """The process ends well and another begins."""
        if self.sender.fence is not None:
            self.sender.lease.release(self.sender.fence, self.now)
        self.start()

    def officer(self, name: str, role: str = "officer", **addresses: str) -> None:
        with writing(self.engine) as conn:
            conn.execute(insert(officers).values(id=name, name=name, role=role, addresses=addresses))

    def shift(self, officer: str, begins: str, ends: str, kind: str = "duty") -> None:
        with writing(self.engine) as conn:
            row = {"officer": officer, "begins": local(begins), "ends": local(ends), "kind": kind}
            conn.execute(insert(shifts).values(id=f"{officer}-{begins}-{kind}", **row))

    def event(self, name: str = "e1", **more: object) -> Event:
        """An event as the worker would have saved it."""
        values: dict[str, object] = {
            "id": name, "title": "二食堂 食物中毒", "status": "open", "first_seen": self.now, "last_seen": self.now,
            "items": 2, "stories": 2, "outlets": 0, "sources": 1, "voices_met": 2, "negative": 2, "topic": "canteen",
            "reach": None, "place": "二食堂", "terms": (), "severity": None, **more,
        }  # fmt: skip
        event = Event(**values)  # type: ignore[arg-type]
        with writing(self.engine) as conn:
            conn.execute(delete(events).where(events.c.id == event.id))
            conn.execute(insert(events).values(event_row(event)))
        return event

    def alert(
        self, clock: str, severity: str = "serious", event: str = "e1", kind: AlertKind = "first",
        code: str = "threshold_met", topics: tuple[str, ...] = ("canteen",), **more: object,
    ) -> str:  # fmt: skip
        """An alert as the worker would have saved it, due at once."""
        at = local(clock)
        self.now = max(self.now, at)
        self.event(event, severity=Severity(severity), topic=topics[0], **more)
        key = f"{event}-{kind}-{clock}"
        alert = Alert(key, at, kind, event, "R1", Severity(severity), (f"i-{key}",), Reason(code, "because"))
        with writing(self.engine) as conn:
            conn.execute(insert(alerts).values(alert_row(alert, at)))
            conn.execute(insert(documents).values(story_row(f"i-{key}", event, at, topics)))
        return key

    def run(self, until: str, step: timedelta = STEP) -> None:
        """Let time pass, ticking; a kill goes through to the test. Long stretches go in longer steps."""
        end = local(until)
        step = max(step, (end - self.now) / 150)
        while self.now < end:
            self.sender.tick(self.now)
            self.now = min(end, self.now + step)
        self.sender.tick(self.now)

    def die(self, until: str) -> None:
        """Let time pass until the planned kill, then begin a new process."""
        try:
            self.run(until)
        except Killed:
            self.now += timedelta(seconds=40)
            self.engine.dispose()
            self.engine = open_hasty(self.url)
            self.start()
            return
        raise AssertionError("nobody was killed")

    def act(self, act: str, who: str = "li", event: str = "e1") -> None:
        with writing(self.engine) as conn:
            assert self.desk.act(conn, event, act, who, "", self.now) is None  # type: ignore[arg-type]

    def close_event(self, event: str = "e1") -> None:
        with writing(self.engine) as conn:
            conn.execute(update(events).where(events.c.id == event).values(status="closed"))

    def state(self, alert: str) -> str:
        with reading(self.engine) as conn:
            return str(conn.scalar(select(alerts.c.state).where(alerts.c.id == alert)))

    def notices(self) -> list[RowMapping]:
        with reading(self.engine) as conn:
            return list(conn.execute(select(notifications).order_by(notifications.c.due)).mappings())


def staffed(folder: Path) -> Bell:
    """An office with one officer on duty, another who follows, and a leader."""
    made = Bell(folder)
    for name, role in (("li", "officer"), ("wang", "officer"), ("chen", "leader")):
        made.officer(name, role, chat=f"U0{name.upper()}")
    made.shift("li", "00:00", "+2 08:00")
    made.shift("wang", "+2 08:00", "+4 08:00")
    return made


def story_row(item: str, event: str, at: datetime, topics: tuple[str, ...]) -> dict[str, object]:
    """A private voice's story as stored."""
    return {
        "id": item, "source": "forum", "source_kind": "forum", "reach": None, "url": None, "title": None,
        "text": "x", "lang": "zh", "published": at, "seen": at, "charted": at, "history": False, "matched": [],
        "mention_reason": "", "fingerprint": item[:16], "label": "negative", "negative": 1.0, "neutral": 0.0,
        "positive": 0.0, "topic": topics[0], "topics": [[topic, 1.0] for topic in topics], "tagger": "t",
        "duplicate_of": None, "event": event, "reason": {}, "withdrawn": None,
    }  # fmt: skip
