"""Acceptance on simulated time: what comes in when, and what the officer reads when. Nothing else may be read.

    play(folder, Push("23:40", post("二食堂吃坏肚子", voice="a")), Want("23:41", "23:43", "【黄】"))

The whole chain is real: screen, queue, worker, judge, store, sender; only the channels are fakes that keep what they
took. A `Want` without a message, and a message without a `Want`, both fail.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bell import DAY, ZONE, FakeChannel, Killed, ReadableChannel, local, open_hasty
from sqlalchemy import insert

from alerts.acks import AckDesk, Links
from alerts.dispatch import Dispatcher, Office
from alerts.judge import RuleJudge
from alerts.notify.base import Delivery
from alerts.notify.opening import Channel
from alerts.policy import Policy
from alerts.season import CalendarWindow, Seasons
from alerts.settings import Alerting, ChannelSpec, RuleSpec, parse_span
from alerts.taps import find_tap
from pipeline.chain import Chain
from pipeline.dedupe import NearCopies
from pipeline.group import EventGrouper
from pipeline.ingest import Tagger
from pipeline.mask import Masker
from pipeline.match import Matcher
from pipeline.model import Label, RawItem, Reach, Screened, SourceKind
from pipeline.school import School
from pipeline.screen import Screen
from pipeline.seal import LinkSeal
from pipeline.store.engine import reading, writing
from pipeline.store.migrate import upgrade
from pipeline.store.schema import events, officers, shifts
from pipeline.store.store import SqlStore
from pipeline.tag import KeywordTagger
from pipeline.voices import SeededSecrets, VoiceKeys
from pipeline.worker import Worker

SCHOOL = School("海川学院", aliases=["海川", "海院"], campuses=["新校区"], own_sources=["forum", "wall", "campus"])
LIVELY, CALM = timedelta(seconds=30), timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Item:
    """Something that a source publishes; label and topics are given unless the scene wants them tagged."""

    source: str
    kind: SourceKind
    text: str
    title: str | None = None
    voice: str | None = None
    reach: Reach | None = None
    label: Label | None = "negative"
    topics: tuple[str, ...] | None = ("canteen", "health")
    url: str = ""
    first_fetch: bool = False
    published: str = ""


def post(text: str, voice: str, source: str = "forum", **more: Any) -> Item:
    """A private voice."""
    return Item(source, "forum", text, voice=voice, **more)


def paper(title: str, text: str, reach: Reach = "regional", source: str = "city-paper", **more: Any) -> Item:
    """An outlet."""
    return Item(source, "news", text, title=title, reach=reach, **more)


def own(title: str, text: str, **more: Any) -> Item:
    """The school's own word."""
    return Item("campus", "official", text, title=title, **{"label": "neutral", **more})


@dataclass(frozen=True, slots=True)
class Push:
    """`item` is seen at `at`."""

    at: str
    item: Item


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody does something at `at`: taken, handed_over, false_alarm, released, silence, undo (the last tap), restart."""

    at: str
    what: str
    who: str = "li"


@dataclass(frozen=True, slots=True)
class Do:
    """Anything else that happens at `at`, to the play itself."""

    at: str
    what: Callable[["Play"], None]


@dataclass(frozen=True, slots=True)
class Want:
    """Between `begin` and `end` exactly one message with all of `words` arrives (on `channel`, for `address`)."""

    begin: str
    end: str
    words: tuple[str, ...]
    address: str | None = None
    channel: str = "chat"

    def fits(self, channel: str, delivery: Delivery) -> bool:
        """True when this is the message."""
        inside = local(self.begin) <= delivery.now <= local(self.end)
        told = self.address is None or self.address == delivery.address
        return inside and told and channel == self.channel and all(word in delivery.message.text for word in self.words)


def want(begin: str, end: str, *words: str, address: str | None = None, channel: str = "chat") -> Want:
    """A `Want` with its words in a row."""
    return Want(begin, end, words, address, channel)


Step = Push | Act | Do | Want


@dataclass
class Play:
    """One scenario as it runs."""

    folder: Path
    rules: tuple[RuleSpec, ...]
    alerting: Alerting
    tagger: Tagger = field(default_factory=KeywordTagger)
    fakes: dict[str, FakeChannel] = field(default_factory=lambda: {"chat": ReadableChannel()})
    audiences: dict[str, str] = field(default_factory=dict)
    ways: dict[str, dict[str, Any]] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    windows: tuple[CalendarWindow, ...] = ()
    zone: str = "Asia/Shanghai"
    now: datetime = DAY
    count: int = 0
    starts: int = 0
    lively: timedelta = timedelta(minutes=45)
    calm: timedelta = CALM

    def __post_init__(self) -> None:
        self.url = f"sqlite:///{self.folder / 'tocsin.db'}"
        self.start()
        upgrade(self.engine)
        with writing(self.engine) as conn:
            for name, role in (("li", "officer"), ("wang", "officer"), ("chen", "leader")):
                row = {"id": name, "name": name, "role": role, "addresses": {"chat": f"U0{name.upper()}"}}
                conn.execute(insert(officers).values(row))
            for number, (name, begins, ends) in enumerate(
                (("li", "-1 00:00", "+1 12:00"), ("wang", "+1 12:00", "+9 00:00"))
            ):
                row = {"officer": name, "begins": local(begins), "ends": local(ends), "kind": "duty"}
                conn.execute(insert(shifts).values(id=str(number), **row))

    def start(self) -> None:
        """A new process over the same store: nothing in memory."""
        self.starts += 1
        self.engine = open_hasty(self.url)
        self.store = SqlStore(self.engine)
        self.screen = Screen(
            SCHOOL, Masker([SCHOOL.name, *SCHOOL.aliases]), Matcher(SCHOOL), VoiceKeys(SeededSecrets(b"test")),
            LinkSeal(LinkSeal.new_key()),
        )  # fmt: skip
        self.worker = Worker(self.store, self.chain, lambda: self.now, f"worker-{self.starts}")
        ways = tuple(Channel(self.spec(name), fake) for name, fake in self.fakes.items())
        address = "https://tocsin.example"
        office = Office(self.alerting, ways, self.zone, address, b"secret", self.rules, self.policy)
        self.sender = Dispatcher(self.engine, office, f"sender-{self.starts}")
        self.desk = AckDesk(Links(b"secret", address), self.alerting.ack_hours)

    def spec(self, name: str) -> ChannelSpec:
        """A chat group unless the scene says otherwise."""
        way = self.ways.get(name, {"kind": "slack", "target": "C1"})
        return ChannelSpec(name, audience=self.audiences.get(name, "duty"), **way)  # type: ignore[arg-type]

    def chain(self) -> Chain:
        return Chain(
            NearCopies(), self.tagger, EventGrouper(names=[SCHOOL.name, *SCHOOL.aliases]),
            RuleJudge(self.rules, self.alerting, seasons=Seasons(self.windows, ZONE)), phrases=[word for rule in self.rules for word in rule.phrases],
            close_after=parse_span(self.alerting.close_after),
        )  # fmt: skip

    def restart(self) -> None:
        """The process dies and begins anew; leases of the dead run out by themselves."""
        self.engine.dispose()
        self.now += timedelta(minutes=2, seconds=1)
        self.start()

    def push(self, item: Item) -> None:
        """The source is read now and brings `item`."""
        self.count += 1
        url = item.url or f"https://{item.source}.example/{self.count}.html"
        raw = RawItem(
            id=f"i{self.count:04d}", source=item.source, source_kind=item.kind, url=url, seen=self.now,
            title=item.title,
            text=item.text, published=local(item.published) if item.published else self.now, reach=item.reach,
            voice=item.voice, sentiment=item.label, topics=item.topics, first_fetch=item.first_fetch,
        )  # fmt: skip
        screened = self.screen.screen(raw, self.now)
        assert isinstance(screened, Screened), screened
        source = {"id": item.source, "next_due": self.now, "interval_s": 60}
        self.store.enqueue(source, [screened], self.now)

    def act(self, act: Act) -> None:
        """Do it on the event that was told last."""
        if act.what == "restart":
            return self.restart()
        told = next(one.message.event for one in reversed(self.fakes["chat"].taken) if one.message.event)
        with writing(self.engine) as conn:
            if act.what == "undo":
                tap = find_tap(conn, told or "", self.now)
                assert tap is not None, "there is nothing to undo"
                assert self.desk.undo(conn, told or "", tap.id, act.who, self.now) is None
            elif act.what == "silence":
                assert isinstance(self.desk.silence(conn, told or "", act.who, "known", self.now), str)
            else:
                assert self.desk.act(conn, told or "", act.what, act.who, "", self.now) is None  # type: ignore[arg-type]
        return None

    def advance(self, until: datetime) -> None:
        """Let time pass: worker and sender do their rounds, further apart when nothing happens."""
        began = self.now
        while True:
            self.tick()
            if self.now >= until:
                return
            step = LIVELY if self.now - began < self.lively else self.calm
            self.now = min(until, self.now + step)

    def tick(self) -> None:
        """One round of worker and sender; a planned kill ends the process and another begins."""
        self.worker.work_once()
        try:
            self.sender.tick(self.now)
        except Killed:
            self.restart()

    @property
    def read(self) -> list[tuple[str, Delivery]]:
        """Everything that arrived, by channel, in order."""
        found = [(name, delivery) for name, fake in self.fakes.items() for delivery in fake.taken]
        return sorted(found, key=lambda pair: pair[1].now)

    def statuses(self) -> list[str]:
        with reading(self.engine) as conn:
            return [row.status for row in conn.execute(events.select())]


def play(
    folder: Path, *steps: Step, rules: Sequence[RuleSpec] = (), end: str = "", alerting: Alerting | None = None,
    **more: Any,
) -> Play:  # fmt: skip
    """Run the steps in order of time, then compare what was read with what was wanted."""
    stage = Play(folder, tuple(rules), alerting or Alerting(), **more)
    happenings = sorted((one for one in steps if not isinstance(one, Want)), key=lambda one: local(one.at))
    stage.now = local(happenings[0].at)
    for one in happenings:
        stage.advance(local(one.at))
        if isinstance(one, Push):
            stage.push(one.item)
        elif isinstance(one, Act):
            stage.act(one)
        else:
            one.what(stage)
    wants = [one for one in steps if isinstance(one, Want)]
    last = max([stage.now + timedelta(minutes=5), *(local(one.end) for one in wants), *([local(end)] if end else [])])
    stage.advance(last)
    compare(stage, wants)
    return stage


def compare(stage: Play, wants: Sequence[Want]) -> None:
    """Each want has exactly one message, each message one want."""
    left = list(stage.read)
    story = "\n".join(
        f"  {name} {one.now.astimezone(ZONE):%m-%d %H:%M:%S} {one.message.headline}" for name, one in left
    )
    for one in wants:
        found = next((pair for pair in left if one.fits(*pair)), None)
        assert found, f"nobody read {one}; read was:\n{story}"
        left.remove(found)
    assert not left, f"unwanted: {[pair[1].message.text for pair in left]}; read was:\n{story}"
