"""The ledger under arbitrary interleavings: items, rises, outlets, merges, splits, false alarms, silences, taps that are
undone, kills and clocks that jump, in any order (a Hypothesis state machine over the whole chain)."""

import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

from bell import DAY
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select
from test_alerts_timeline import BILL, CALM, CROWD, FEES, FLOOD, ILL, PAPER, REACH, WORD
from timeline import Act, Play, paper, post

from pipeline.model import Severity
from pipeline.regroup import request_merge, request_split
from pipeline.store.engine import reading, writing
from pipeline.store.schema import alerts, documents, events, notifications

RULES = (WORD, FEES, CROWD, FLOOD, REACH)
JUMPS = (-1440, -90, 90, 1440)
NO_RISE = ("reach", "threshold", "reopened", "closed")
ENDS = {"routed", "silenced", "inhibited", "stale"}


class Ledger(RuleBasedStateMachine):
    """One school's watch, run by chance."""

    @initialize()
    def open(self) -> None:
        """A fresh store, one chat that can be read back."""
        self.place = tempfile.TemporaryDirectory()
        self.play = Play(Path(self.place.name), RULES, CALM)
        self.play.now = DAY + timedelta(hours=10)
        self.moved = False

    def teardown(self) -> None:
        """Let everything come to its end, then look at it."""
        if not hasattr(self, "play"):
            return
        self.rest()
        self.check_ends()
        self.play.engine.dispose()
        self.place.cleanup()

    def rest(self) -> None:
        """Half an hour without anything new."""
        for _ in range(8):
            self.play.now += timedelta(minutes=5)
            self.play.tick()

    # -------------------------------------------------------- what happens

    @rule(number=st.integers(0, len(ILL) - 1), voice=st.sampled_from("abcdef"), minutes=st.integers(0, 30))
    def speak(self, number: int, voice: str, minutes: int) -> None:
        """Somebody writes about the canteen."""
        self.bring(post(ILL[number], voice=voice), minutes)

    @rule(number=st.integers(0, 1), voice=st.sampled_from("abc"), minutes=st.integers(0, 30))
    def complain(self, number: int, voice: str, minutes: int) -> None:
        """Somebody writes about the fees."""
        self.bring(post(BILL[number], voice=voice, topics=("fees",)), minutes)

    @rule(reach=st.sampled_from(["local", "regional", "national"]), minutes=st.integers(0, 30))
    def print(self, reach: str, minutes: int) -> None:
        """An outlet takes it up."""
        self.bring(paper(*PAPER, reach=reach, source=f"{reach}-paper"), minutes)  # type: ignore[arg-type]

    def bring(self, item: object, minutes: int) -> None:
        """It is seen, and the service works for a moment."""
        self.play.now += timedelta(minutes=minutes)
        self.play.push(item)  # type: ignore[arg-type]
        self.play.tick()

    @rule(hours=st.sampled_from([1, 3, 12, 80]))
    def wait(self, hours: int) -> None:
        """Nothing happens; after three days matters are closed."""
        self.play.now += timedelta(hours=hours)
        for _ in range(3):
            self.play.now += timedelta(minutes=2)
            self.play.tick()

    @rule(minutes=st.sampled_from(JUMPS))
    def jump(self, minutes: int) -> None:
        """The wall clock jumps."""
        self.play.now += timedelta(minutes=minutes)
        self.play.tick()

    @rule()
    def restart(self) -> None:
        """Killed between two rounds."""
        self.play.restart()

    @rule(when=st.sampled_from(["die before", "die after"]))
    def die_sending(self, when: str) -> None:
        """The next message is the last thing that this process does."""
        if not self.play.fakes["chat"].plans:
            self.play.fakes["chat"].plan(when)

    @rule(what=st.sampled_from(["taken", "false_alarm", "released", "silence"]))
    def tap(self, what: str) -> None:
        """The officer taps on the newest message."""
        if any(one.message.event for one in self.play.fakes["chat"].taken):
            self.play.act(Act("", what))

    @rule()
    def merge(self) -> None:
        """The two oldest matters are called one."""
        living = self.living()
        if len(living) > 1:
            with writing(self.play.engine) as conn:
                request_merge(conn, "li", living[0], living[1], self.play.now)
            self.moved = True
            self.play.tick()

    @rule(take=st.integers(1, 2))
    def split(self, take: int) -> None:
        """The first items of the oldest matter are called another one."""
        living = self.living()
        if not living:
            return
        with writing(self.play.engine) as conn:
            mine = select(documents.c.id).where(documents.c.event == living[0]).order_by(documents.c.n)
            request_split(conn, "li", living[0], list(conn.scalars(mine))[:take], self.play.now)
        self.moved = True
        self.play.tick()

    def living(self) -> list[str]:
        """Events that are not part of another."""
        with reading(self.play.engine) as conn:
            query = select(events.c.id).where(events.c.merged_into.is_(None))
            return list(conn.scalars(query.order_by(events.c.first_seen, events.c.id)))

    # -------------------------------------------------------- what always holds

    def ledger(self) -> list[object]:
        """Every alert about a matter, in the order in which they were made."""
        if not hasattr(self, "play"):
            return []
        with reading(self.play.engine) as conn:
            return list(conn.execute(select(alerts).where(alerts.c.event.is_not(None)).order_by(alerts.c.n)))

    @invariant()
    def one_alert_an_event_and_item(self) -> None:
        """No item rings twice for one matter."""
        rows = [row for row in self.ledger() if row.kind not in ("closed", "digest")]
        pairs = Counter((row.event, row.items[-1]) for row in rows)  # the arrived item is the last that met the rule
        assert self.moved or max(pairs.values(), default=1) == 1, pairs

    @invariant()
    def a_rise_is_above_everything_told(self) -> None:
        """What calls itself a rise is one; only the four named reasons speak again without being graver."""
        highest: dict[str, int] = {}
        if self.moved:  # ledgers of two matters have become one, or one two
            return
        for row in self.ledger():
            rank = Severity(row.severity).rank
            if row.kind == "first":
                assert row.event not in highest
            elif row.kind == "severity":
                assert rank > highest[row.event]
            else:
                assert row.kind in NO_RISE
            highest[row.event] = max(rank, highest.get(row.event, 0))

    @invariant()
    def nobody_reads_a_message_twice(self) -> None:
        """The chat can be read back: no key stands in it twice, whatever was killed when."""
        if hasattr(self, "play"):
            keys = Counter(one.key for one in self.play.fakes["chat"].taken)
            assert max(keys.values(), default=1) == 1, keys

    def check_ends(self) -> None:
        """Every alert is sent, covered, silenced or overtaken, and says why; no message is left on its way."""
        for row in self.ledger():
            assert row.state in ENDS, (row.kind, row.state, row.due, self.play.now)
            assert row.note.get("code"), row.kind
        with reading(self.play.engine) as conn:
            states = set(conn.scalars(select(notifications.c.state)))
        assert states <= {"sent", "dead", "stopped"}, states


Ledger.TestCase.settings = settings(
    max_examples=12, stateful_step_count=14, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
TestLedger = Ledger.TestCase
