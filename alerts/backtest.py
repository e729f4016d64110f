"""What rules would have told on the stored history: the real chain and judge again, over what the store holds.

Copies, tags and places are taken as stored, so the same rules give what was really told, minute by minute, wherever
nothing has to be approximated; where something has, the alert and the rule say so. Nothing is written.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo

from sqlalchemy import Connection

from alerts.backtest_parts import KeptVoices, StoredDecisions
from alerts.backtest_store import History, open_history
from alerts.judge import RuleJudge
from alerts.season import Seasons
from alerts.settings import Alerting, RuleSpec, parse_span
from pipeline.chain import Chain
from pipeline.group import EventGrouper
from pipeline.model import Alert, AlertKind, Outcome, Screened, Severity, VoiceToken
from pipeline.store.rows import Stored

MEMORY = timedelta(days=28)  # judged before the days asked for, so that they begin with what was told and talked about
TICK = timedelta(minutes=1)
HOUR = timedelta(hours=1)
SINGLE_VOICE_KINDS = ("first_seen", "watchword")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Setting:
    """What surrounds the rules: timing, the school's year, its time zone, and all it is called by."""

    alerting: Alerting
    seasons: Seasons
    names: tuple[str, ...] = ()

    @property
    def zone(self) -> tzinfo:
        """The school's time zone."""
        return self.seasons.zone


@dataclass(frozen=True, slots=True)
class Told:
    """One alert that the rules would have made. `items` are the event's items until then, `waited` the time since its
    first one. `approximate` are codes of what had to be guessed, empty when nothing was: `voices` (counted from kept
    maxima), `merged`, `split` (the event was another one then), `edited`, `corrected` (its items read otherwise now),
    `kin` (an event with words in common was merged or split since: whether it was the same matter is not known)."""

    id: str
    at: datetime
    kind: AlertKind
    event: str
    title: str
    rule: str | None
    severity: Severity
    items: int
    waited: timedelta
    approximate: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleNote:
    """How one rule did: how many alerts, how many of them rest on a guess, and whether the rule itself can only be
    approximated in these days (`voices`, `text_gone`, `kin`: something was kept quiet as the same matter, or not, that was
    perhaps none then), empty when it is exact."""

    rule: str
    alerts: int
    guessed: int
    approximate: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Backtest:
    """The days from `begin` to `end`. `told` has no closings (`closed` counts them); `sent` is what was really told."""

    begin: datetime
    end: datetime
    items: int
    history: int
    events: int
    told: tuple[Told, ...]
    closed: int
    sent: int
    rules: tuple[RuleNote, ...]
    exact_from: datetime | None

    @property
    def weeks(self) -> float:
        """How many weeks of items there were."""
        return max((self.end - self.begin) / timedelta(weeks=1), 1 / 7)

    @property
    def per_week(self) -> float:
        """Alerts a week."""
        return len(self.told) / self.weeks

    def by_severity(self) -> dict[Severity, int]:
        """How many of each level, the gravest first."""
        found = Counter(one.severity for one in self.told)
        return {level: found[level] for level in reversed(Severity)}

    def by_week(self, zone: tzinfo) -> dict[date, int]:
        """How many in each week, by its Monday; weeks without one too."""
        first, last = monday_of(self.begin, zone), monday_of(self.end, zone)
        weeks = {first + timedelta(weeks=number): 0 for number in range((last - first).days // 7 + 1)}
        for one in self.told:
            monday = monday_of(one.at, zone)
            weeks[monday] = weeks.get(monday, 0) + 1
        return weeks

    def first_told(self) -> dict[str, Told]:
        """The first alert of each event."""
        found: dict[str, Told] = {}
        for one in self.told:
            found.setdefault(one.event, one)
        return found


def monday_of(moment: datetime, zone: tzinfo) -> date:
    """The Monday of the week, in `zone`."""
    day = moment.astimezone(zone).date()
    return day - timedelta(days=day.weekday())


def run_backtest(
    connection: Connection, rules: Sequence[RuleSpec], setting: Setting, now: datetime, days: float = 90,
    progress: Progress = lambda _done, _total: None,
) -> Backtest:  # fmt: skip
    """What `rules` would have told in the `days` before `now`. `connection` only reads; `progress` hears (done, total)
    items after each page. Raises what the database raises."""
    begin = now - timedelta(days=days)
    history = open_history(connection, begin, begin - MEMORY, now)
    rerun = Rerun(rules, setting, history)
    done = 0
    for page in history.pages():
        for stored, tokens in page:
            rerun.take(stored, tokens)
        done += len(page)
        progress(min(done, history.total), history.total)
    rerun.finish(now)
    return rerun.sum_up(begin, now)


@dataclass(slots=True)
class Rerun:
    """One pass over the history. Memory is that of a worker; what was told is kept."""

    rules: Sequence[RuleSpec]
    setting: Setting
    history: History
    chain: Chain = field(init=False)
    parts: StoredDecisions = field(init=False)
    voices: KeptVoices = field(init=False)
    close_after: timedelta = field(init=False)
    made: list[Told] = field(default_factory=list)
    closed: list[Alert] = field(default_factory=list)
    due: list[tuple[datetime, str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    firsts: dict[str, datetime] = field(default_factory=dict)
    hushed: Counter[str] = field(default_factory=Counter)
    guessed: bool = False
    items: int = 0
    old: int = 0
    looked: datetime | None = None

    def __post_init__(self) -> None:
        setting = self.setting
        self.close_after = parse_span(setting.alerting.close_after)
        self.parts = StoredDecisions(EventGrouper(names=setting.names))
        self.voices = KeptVoices(self.history.maxima, self.history.exact_from)
        self.chain = Chain(
            self.parts, self.parts, self.parts, RuleJudge(self.rules, setting.alerting, seasons=setting.seasons),
            phrases=[phrase for rule in self.rules for phrase in rule.phrases], close_after=self.close_after,
        )  # fmt: skip
        self.chain.voices = self.voices
        self.chain.arrivals.restore(self.history.arrivals)
        for one, other in self.history.apart:
            self.parts.keep_apart(one, other)

    def take(self, stored: Stored, voices: Sequence[VoiceToken]) -> None:
        """Judge the next item."""
        document = stored.document
        inside = document.seen >= self.history.begin
        self.items, self.old = self.items + inside, self.old + (inside and document.history)
        if stored.event is None:  # the office has said that it is not about the school
            return
        self._close_until(document.seen)
        self.parts.turn_to(stored)
        self.voices.guessed = False
        (outcome,) = self.chain.process([Screened(document, tuple(voices))])
        self._note(stored.event, outcome, inside)

    def _note(self, event: str, outcome: Outcome, inside: bool) -> None:
        seen = outcome.document.seen
        if not outcome.document.history:
            self.counts[event] += 1
            self.firsts.setdefault(event, seen)
        if inside:
            self.guessed = self.guessed or self.voices.guessed
        decision = outcome.decision
        alert = decision.alert if decision else None
        if alert is not None:
            self.made.append(self._tell(alert, outcome, seen))
        elif inside and decision and decision.reason.code == "same_matter" and self._is_doubtful(event, seen):
            self.hushed[str(decision.reason.numbers.get("rule"))] += 1
        if self.chain.book.get(event).told:
            heapq.heappush(self.due, (self.chain.book.get(event).last_seen + self.close_after, event))

    def _is_doubtful(self, event: str, seen: datetime) -> bool:
        return self.history.changed.shaped([event]) or self._has_doubtful_kin(event, seen)

    def _has_doubtful_kin(self, event: str, seen: datetime) -> bool:
        """Whether it was the same matter as one that was told depends on what each was then."""
        near, book = self.parts.near(event, seen), self.chain.book
        told = [one for one in near if one in self.history.sounded or (one in book and book.get(one).told)]
        return self.history.changed.shaped(told)

    def _tell(self, alert: Alert, outcome: Outcome, seen: datetime) -> Told:
        rule = next((one for one in self.rules if one.id == alert.rule), None)
        guesses = ["voices"] if self.voices.guessed and asks_voices(rule, alert) else []
        changed = self.history.changed.of(alert.event)
        guesses += changed or (["kin"] if self._has_doubtful_kin(alert.event, seen) else [])
        title = outcome.event.title if outcome.event else alert.event
        return Told(
            alert.id, alert.at, alert.kind, alert.event, self.history.titles.get(alert.event, title), alert.rule,
            alert.severity, self.counts[alert.event], seen - self.firsts.get(alert.event, seen), tuple(guesses),
        )  # fmt: skip

    def _close_until(self, now: datetime) -> None:
        """Close what had gone quiet before `now`: what was told of at its own minute, the rest once an hour."""
        while self.due and self.due[0][0] + TICK < now:
            moment, event = heapq.heappop(self.due)
            book = self.chain.book
            if (
                event in book
                and book.get(event).status == "open"
                and book.get(event).last_seen + self.close_after <= moment
            ):
                self._close(moment + TICK)
        if self.looked is None or now - self.looked >= HOUR:
            self.looked = now
            self._close(now)

    def _close(self, moment: datetime) -> None:
        for closing in self.chain.close_quiet(moment):
            if closing.decision.alert:
                self.closed.append(closing.decision.alert)

    def finish(self, now: datetime) -> None:
        """What has gone quiet until now."""
        self._close_until(now)

    def sum_up(self, begin: datetime, now: datetime) -> Backtest:
        """The result."""
        history = self.history
        told = tuple(one for one in self.made if one.at >= begin)
        events = sum(1 for seen in self.firsts.values() if seen >= begin)
        closed = sum(1 for one in self.closed if one.at >= begin)
        start = max(begin, history.first) if history.first else begin
        return Backtest(
            start, now, self.items, self.old, events, told, closed, history.sent,
            tuple(self._judge_rule(rule, told) for rule in self.rules), history.exact_from,
        )  # fmt: skip

    def _judge_rule(self, rule: RuleSpec, told: Sequence[Told]) -> RuleNote:
        mine = [one for one in told if one.rule == rule.id]
        codes = []
        if self.guessed and (rule.voices is not None or rule.kind in SINGLE_VOICE_KINDS):
            codes.append("voices")
        if rule.kind == "watchword" and self.history.blank:
            codes.append("text_gone")
        if self.hushed[rule.id] or any("kin" in one.approximate for one in mine):
            codes.append("kin")
        return RuleNote(rule.id, len(mine), sum(1 for one in mine if one.approximate), tuple(codes))


def asks_voices(rule: RuleSpec | None, alert: Alert) -> bool:
    """True when the alert would be another one with another number of voices."""
    return rule is not None and (rule.voices is not None or rule.kind in SINGLE_VOICE_KINDS) and alert.kind != "closed"
