"""A made-up event for tests of rules and ledger: it grows story by story and remembers what was told.

matter = Matter(judge)
matter.post("23:40", voice="a", phrases=("中毒",))
matter.news("00:15", reach="regional")
assert matter.kinds == ["first", "severity"]
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from alerts.judge import RuleJudge
from alerts.rulekinds.spike import Surge
from alerts.settings import Alerting, RuleSpec
from pipeline.model import Alert, Decision, EventFacts, Reach, SourceKind, Story, Volume

START = datetime(2026, 9, 5, tzinfo=UTC)


def at(clock: str) -> datetime:
    """`23:40`, or `+2 09:00` two days later, counted from the test's first day."""
    days, _, hour = clock.rpartition(" ")
    hours, minutes = hour.split(":")
    return START + timedelta(days=int(days or 0), hours=int(hours), minutes=int(minutes))


def quiet(volume: Volume) -> Surge:
    """A baseline that never alarms."""
    return Surge(alarm=False, observed=sum(volume.hours), expected=0.0, warm=True)


def judge_of(*rules: RuleSpec, baseline: Callable[[Volume], Surge] = quiet, wait: str = "0s") -> RuleJudge:
    """A judge with these rules and no waiting."""
    return RuleJudge(rules, Alerting(group_wait=wait), baseline)


@dataclass
class Matter:
    """One event; each verb adds an item, asks the judge and keeps the alert if there is one."""

    judge: RuleJudge
    name: str = "e1"
    topics: tuple[str, ...] = ("canteen",)
    status: str = "open"
    stories: list[Story] = field(default_factory=list)
    heard: list[tuple[str, datetime]] = field(default_factory=list)
    told: list[Alert] = field(default_factory=list)
    kin: list[Alert] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    volume: Volume = field(default_factory=lambda: Volume(START, (1,)))

    def post(self, clock: str, voice: str | None = None, source: str = "forum", **more: object) -> Decision:
        """A private voice speaks: negative unless told otherwise, each a new voice unless named."""
        return self._add(clock, source, "forum", voice or f"v{len(self.heard)}", None, **more)

    def news(self, clock: str, reach: Reach = "local", source: str = "paper", **more: object) -> Decision:
        """An outlet publishes."""
        return self._add(clock, source, "news", source, reach, **more)

    def copy(self, clock: str, voice: str = "copycat") -> Decision:
        """A copy of an earlier item arrives."""
        self.heard.append((voice, at(clock)))
        return self._ask(at(clock), self._facts(at(clock), is_copy=True, phrases=()))

    def close(self, clock: str) -> Decision:
        """The event has gone quiet and is closed."""
        decision = self.judge.close(self._facts(at(clock), is_copy=False, phrases=()), at(clock))
        self.status = "closed"
        return self._keep(decision)

    @property
    def kinds(self) -> list[str]:
        """The kinds of all that was told, in order."""
        return [alert.kind for alert in self.told]

    @property
    def last(self) -> Decision:
        """The judge's last answer."""
        return self.decisions[-1]

    def _add(
        self, clock: str, source: str, kind: SourceKind, voice: str, reach: Reach | None,
        label: str = "negative", topics: tuple[str, ...] | None = None,
        phrases: tuple[str, ...] = (), history: bool = False,
    ) -> Decision:  # fmt: skip
        seen = at(clock)
        story = Story(
            f"{self.name}-{len(self.stories) + 1}", seen, source, kind, reach, label,  # type: ignore[arg-type]
            topics or self.topics, history,
        )  # fmt: skip
        self.stories.append(story)
        self.heard.append((voice, seen))
        decision = self._ask(seen, self._facts(seen, is_copy=False, phrases=phrases))
        self.status = "open"
        return decision

    def _facts(self, now: datetime, *, is_copy: bool, phrases: tuple[str, ...]) -> EventFacts:
        def voices(window: timedelta) -> int:
            return len({voice for voice, seen in self.heard if now - window < seen <= now})

        return EventFacts(
            event=self.name, item="copy" if is_copy else self.stories[-1].id, is_copy=is_copy,
            title="食堂的事", place="二食堂", topics=self.topics, status=self.status,  # type: ignore[arg-type]
            stories=tuple(self.stories), voices=voices, told=tuple(self.told), kin=tuple(self.kin),
            phrases=phrases, volume=lambda: self.volume,
        )  # fmt: skip

    def _ask(self, now: datetime, facts: EventFacts) -> Decision:
        return self._keep(self.judge.judge(facts, now))

    def _keep(self, decision: Decision) -> Decision:
        self.decisions.append(decision)
        if decision.alert:
            self.told.append(decision.alert)
        return decision

    def absorb(self, other: "Matter") -> None:
        """`other` turns out to be the same matter and is merged into this one."""
        self.stories = sorted([*self.stories, *other.stories], key=lambda story: story.seen)
        self.heard += other.heard
        self.told += [replace(alert, event=self.name) for alert in other.told]
