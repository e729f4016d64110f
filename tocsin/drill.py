"""A drill: a made-up item goes the way of a real one, and each step says whether it happened and how long it took.

    screen -> queue -> worker -> ledger -> sender -> channel

Screening, queue and decision run in a store of their own, so that nothing made up is ever stored as something said or
counted. The alert that comes out goes into the real ledger, marked as a drill; its event is part of itself, which keeps it
out of every list, count and briefing, and lets the buttons of the message work. From there on everything is real: roster,
sender, channels. Quiet hours and silences do not hold a drill back: whoever runs it is waiting for it.
"""

import secrets
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.engine import RowMapping

from alerts.dispatch import Dispatcher
from alerts.notify.opening import Channel, open_channels
from alerts.outbox import find_owed
from alerts.roster import load_roster
from alerts.rounds import write_settled
from alerts.route import DUTY, OPERATOR, Target, reach_officers
from alerts.settings import ChannelSpec, RuleSpec
from alerts.settle import Desk, Settled, settle_route
from pipeline.model import PRIVATE_KINDS, Alert, Event, RawItem, Reason, Screened, SourceKind
from pipeline.store.audit import append_audit
from pipeline.store.engine import reading, writing
from pipeline.store.rows import alert_row, event_row, read_alert, read_event
from pipeline.store.schema import alerts, events, notifications
from tocsin.config import Config, StoreSettings
from tocsin.house import House, open_house
from tocsin.wiring import build_dispatcher, build_worker, live_screen

KINDS = ("first_seen", "watchword", "threshold")
TITLE = {"zh": "演练：{school}二号教学楼警铃测试", "en": "Drill: test of the alarm bell in Building 2 of {school}"}
# As many as a rule may ask for; so different that none is a copy of another, so alike that they are one matter.
TEXTS = {
    "zh": (
        "这是一次演练，不是真实事件，无需处置：{school}二号教学楼警铃测试。值班人员收到后请点开链接确认。",
        "为检查夜间能否找到人，{school}今天做二号教学楼警铃测试，从采集到手机逐段计时。",
        "{school}二号教学楼警铃测试期间，消息均标有演练字样，各部门照常工作，不用回应。",
        "运维发起{school}二号教学楼警铃测试，结束后会把每个渠道的用时写在一张表里。",
        "没有收到{school}二号教学楼警铃测试消息的同事，请告诉宣传部，由他们检查群机器人。",
        "{school}二号教学楼警铃测试不计入任何统计，简报和图表里都不会出现它。",
    ),
    "en": (
        "This drill is no real event: test of the alarm bell in Building 2 of {school}. Whoever is on duty opens the link.",
        "To see whether people are reached at night, the alarm bell in Building 2 of {school} is tested and every stage timed.",
        "Messages about the alarm bell in Building 2 of {school} carry the word drill; departments go on as usual.",
        "The operator began the test of the alarm bell in Building 2 of {school} and will note how long each channel took.",
        "Did you not hear of the alarm bell in Building 2 of {school}? Tell the press office, who look after the robot.",
        "The alarm bell in Building 2 of {school} counts nowhere: no briefing and no chart will ever show this test.",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way: did it happen, how long did it take, what is there to say."""

    name: str
    done: bool
    seconds: float
    said: str


@dataclass(slots=True)
class Watch:
    """Times the steps one after the other."""

    began: float = field(default_factory=time.monotonic)

    def step(self, name: str, done: bool, said: str) -> Step:
        """The step that ends now."""
        seconds, self.began = time.monotonic() - self.began, time.monotonic()
        return Step(name, done, seconds, said)


def run_drill(house: House, to: str, wait_s: float) -> Iterator[Step]:
    """The steps as they happen; the one that did not is the last (messages: each is one). `to` is a channel's id, or
    "" for whoever is on duty."""
    watch = Watch()
    with aside(house) as scratch:
        made = yield from _decide(scratch, watch)
    if made is None:
        return
    alert, event = made
    with writing(house.engine) as conn:
        settled = tell(conn, house, alert, event, to)
        owed = find_owed(conn, alert.id)
    number = owed.number if owed else alert.id
    yield watch.step("ledger", bool(settled.targets), f"{number}, marked as a drill; {settled.note.text}")
    if settled.targets:
        yield from _deliver(house, alert.id, wait_s, watch)


@contextmanager
def aside(house: House) -> Iterator[House]:
    """A house with the same configuration and a store of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="tocsin-drill-") as folder:
        settings = msgspec.structs.replace(house.config, store=StoreSettings(folder=folder))
        scratch = open_house(msgspec.structs.replace(house.loaded, config=settings), house.clock)
        try:
            yield scratch
        finally:
            scratch.engine.dispose()


# ---------------------------------------------------------------- screen, queue, worker


def _decide(scratch: House, watch: Watch) -> Generator[Step, None, tuple[Alert, Event] | None]:
    """Screen, queue and decide; returns the alert and its event, None when there is none."""
    rule = choose_rule(scratch.config)
    if rule is None:
        yield watch.step("screen", False, f"no rule of kind {', '.join(KINDS)} is configured that a drill could meet")
        return None
    screen, now = live_screen(scratch), scratch.clock()
    items = [screen.screen(raw, now) for raw in write_items(scratch.config, rule, now)]
    passed = [one for one in items if isinstance(one, Screened) and one.document.mention.is_ours]
    yield watch.step(
        "screen", len(passed) == len(items), f"{len(passed)} of {len(items)} made-up items are about the school"
    )
    for one in passed:
        scratch.store.enqueue(source_state(one.document.source, now), [one], now)
    waiting = len(scratch.store.waiting(len(items) + 1))
    yield watch.step("queue", waiting == len(items), f"{waiting} waiting")
    build_worker(scratch).work_once()
    made = read_first(scratch)
    said = f"rule {made[0].rule} speaks: {made[0].severity.value}" if made else why_silent(scratch, rule)
    yield watch.step("worker", made is not None, said)
    return made


def choose_rule(config: Config) -> RuleSpec | None:
    """The rule that a drill meets: the simplest kind, and not the gravest level if another does."""
    fit = [rule for rule in config.rules if rule.kind in KINDS and count_items(rule) <= len(TEXTS["zh"])]
    return min(fit, key=lambda rule: (rule.severity.value == "critical", KINDS.index(rule.kind)), default=None)


def count_items(rule: RuleSpec) -> int:
    """How many items meet the rule: each is a story, a voice and a source of its own. One private voice alone would
    be held back or told at a lower level."""
    least = 2 if kind_of(rule) in PRIVATE_KINDS else 1
    return max(rule.stories or 1, rule.voices or 1, rule.sources or 1, least)


def kind_of(rule: RuleSpec) -> SourceKind:
    """What kind of source the items come from: an outlet when the rule lets it."""
    return rule.source_kinds[0] if rule.source_kinds and "news" not in rule.source_kinds else "news"


def write_items(config: Config, rule: RuleSpec, now: datetime) -> list[RawItem]:
    """Made-up items that say what they are. Their tone and topic are given, so that no tagger is put to the test."""
    language, run = config.alerting.language, secrets.token_hex(4)
    school, phrase = config.school.name, rule.phrases[0] if rule.phrases else ""
    return [
        RawItem(
            id=f"drill{run}{n:03d}", source=f"drill-{n}", url=f"https://drill-{n}.invalid/{run}", seen=now, published=now,
            source_kind=kind_of(rule), title=TITLE[language].format(school=school), voice=f"drill-{n}",
            text=f"{TEXTS[language][n - 1].format(school=school)} {phrase}", sentiment="negative",
            topics=tuple((rule.topics or ["safety"])[:1]),
        )
        for n in range(1, count_items(rule) + 1)
    ]  # fmt: skip


def read_first(scratch: House) -> tuple[Alert, Event] | None:
    """The alert that the items led to, and its event, renamed so that they can be nobody else's."""
    with reading(scratch.engine) as conn:
        row = conn.execute(select(alerts).order_by(alerts.c.n).limit(1)).mappings().first()
        if row is None:
            return None
        event = conn.execute(select(events).where(events.c.id == row["event"])).mappings().one()
    name = f"drill-{secrets.token_hex(6)}"
    alert = replace(read_alert(row), id=name, event=name, items=())
    return alert, replace(read_event(event), id=name, status="closed")


def why_silent(scratch: House, rule: RuleSpec) -> str:
    """What the judge said of the items instead of an alert."""
    with reading(scratch.engine) as conn:
        said = conn.scalar(select(events.c.said).order_by(events.c.first_seen.desc()).limit(1))
    return f"no rule spoke ({rule.id} was to): {(said or {}).get('text', 'nothing was decided')}"


# ---------------------------------------------------------------- ledger


def tell(conn: Connection, house: House, alert: Alert, event: Event, to: str) -> Settled:
    """Put the alert into the real ledger as a drill and owe its messages to those on duty now, or to one channel."""
    now = house.clock()
    conn.execute(insert(events).values({**event_row(event), "merged_into": event.id, "said": {}}))
    conn.execute(insert(alerts).values({**alert_row(alert, now), "due": now, "drill": True}))
    desk = Desk(house.config.alerting, ZoneInfo(house.config.school.timezone), channels_of(house), load_roster(conn))
    settled = settle_route(alert.severity, desk, now) if not to else settle_to(desk, to, now)
    owed = find_owed(conn, alert.id)
    if owed is not None:
        write_settled(conn, owed, settled if settled.targets else replace(settled, state="stale"), now)
    append_audit(conn, now, "tocsin drill", "drill", alert.id, to)
    return settled


def channels_of(house: House) -> tuple[Channel, ...]:
    """The channels as the sender has them."""
    return open_channels(house.config.channels or [ChannelSpec(id="terminal", kind="terminal")])


def settle_to(desk: Desk, to: str, now: datetime) -> Settled:
    """By one channel only: to whoever is on duty and has an address there, else to the channel as such."""
    channel = next(one for one in desk.channels if one.id == to)
    named = reach_officers(desk.roster.on_duty(now), [channel]) if channel.spec.audience == "duty" else ()
    receiver = OPERATOR if channel.spec.audience == "operator" else DUTY
    targets = named or (Target(receiver, to),)
    return Settled("routed", Reason("routed", "on its way", {"to": [one.receiver for one in targets]}), targets)


# ---------------------------------------------------------------- sender and channels


def _deliver(house: House, alert: str, wait_s: float, watch: Watch) -> Iterator[Step]:
    """Wait for the running service's sender, or be the sender when there is none; then one step a message."""
    dispatcher, end = build_dispatcher(house), time.monotonic() + wait_s
    try:
        while True:
            dispatcher.tick(house.clock())
            rows = read_messages(house, alert)
            if all(is_tried(row) for row in rows) or time.monotonic() >= end:
                break
            time.sleep(0.2)
    finally:
        own = let_go(dispatcher, house)
        end_drill(house, alert)
    tried = [row for row in rows if is_tried(row)]
    who = "this command sent, no service is running" if own else "the running service sent"
    said = who if tried else "nobody took it out of the queue: does `tocsin run` work?"
    yield watch.step("sender", bool(tried), said)
    for row in rows:
        words = "accepted" if row["state"] == "sent" else row["said"] or "not sent in time"
        yield Step(
            f"channel {row['channel']}", row["state"] == "sent", seconds_of(row), f"to {row['receiver']}: {words}"
        )


def read_messages(house: House, alert: str) -> Sequence[RowMapping]:
    """The drill's messages, those by a fallback among them."""
    mine = select(notifications).where(notifications.c.alert == alert)
    with reading(house.engine) as conn:
        return conn.execute(mine.order_by(notifications.c.due, notifications.c.channel)).mappings().all()


def is_tried(row: RowMapping) -> bool:
    """True when a message was sent, given up or refused once."""
    return row["state"] in ("sent", "dead") or (row["state"] == "queued" and row["attempts"] > 0)


def seconds_of(row: RowMapping) -> float:
    """From being owed to being accepted; 0 for a message that was not."""
    return (row["sent"] - row["due"]).total_seconds() if row["sent"] else 0.0


def let_go(dispatcher: Dispatcher, house: House) -> bool:
    """Give the sender's lease back; False when another process has it."""
    if dispatcher.fence is None:
        return False
    dispatcher.lease.release(dispatcher.fence, house.clock())
    return True


def end_drill(house: House, alert: str) -> None:
    """What was not delivered is not tried again: a drill that rings hours later is an alarm."""
    left = update(notifications).where(notifications.c.alert == alert, notifications.c.state == "queued")
    with writing(house.engine) as conn:
        conn.execute(left.values(state="dead"))


def source_state(source: str, now: datetime) -> dict[str, object]:
    """The least that the store wants to know of a source."""
    return {"id": source, "next_due": now, "interval_s": 3600}
