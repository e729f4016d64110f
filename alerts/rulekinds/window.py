"""What every rule kind shares: its window, its filters, its numbers in three words, and who is a single voice."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.model import Verdict, held
from alerts.settings import RuleSpec, Sensitivity
from pipeline.model import EventFacts, Story

FEWER, MORE = (3, 2), (7, 10)
DEFAULT_FLOOR = 5


def scale_count(number: int, sensitivity: Sensitivity) -> int:
    """A written count under a word: `balanced` as written, `fewer` x 1.5, `more` x 0.7, both rounded up, at least 1."""
    if sensitivity == "balanced":
        return number
    top, bottom = FEWER if sensitivity == "fewer" else MORE
    return max(1, -(-number * top // bottom))


def scale_factor(factor: float, sensitivity: Sensitivity) -> float:
    """A growth factor under a word; never below 1.2, which would call noise growth."""
    if sensitivity == "balanced":
        return factor
    return max(1.2, factor * (1.5 if sensitivity == "fewer" else 0.7))


@dataclass(frozen=True, slots=True)
class Scene:
    """The part of an event that a rule looks at: the stories in `(now - window, now]` that pass its filters.

    `all` are the stories in the window whatever the filters; neither holds history.
    """

    now: datetime
    arrived: Story
    all: tuple[Story, ...]
    counted: tuple[Story, ...]

    @property
    def negative_share(self) -> float:
        """Share of counted stories with a negative tone; 0.0 when there is none."""
        return sum(story.label == "negative" for story in self.counted) / max(1, len(self.counted))

    @property
    def items(self) -> tuple[str, ...]:
        """Ids of the counted stories in ingest order."""
        return tuple(story.id for story in self.counted)


def stories_within(stories: Sequence[Story], begin: datetime, end: datetime) -> tuple[Story, ...]:
    """The stories with `begin < seen <= end`, history left out. `stories` come in the order of `seen`, so the window is
    cut out by bisection: an event with thousands of stories costs what its window holds."""
    first = bisect_right(stories, begin, key=_seen)
    last = bisect_right(stories, end, lo=first, key=_seen)
    return tuple([story for story in stories[first:last] if not story.history])


def _seen(story: Story) -> datetime:
    return story.seen


def passes_topics(rule: RuleSpec, facts: EventFacts, story: Story) -> bool:
    """No topics asked, or the event's main topic or one of the story's own is among them."""
    return not rule.topics or not {*facts.topics[:1], *story.topics}.isdisjoint(rule.topics)


def look_at(rule: RuleSpec, facts: EventFacts, arrived: Story, now: datetime) -> Scene | Verdict:
    """The scene for `rule`, or why the arrived story is none of its business."""
    if not passes_topics(rule, facts, arrived):
        return held(rule, "other_topic", f"not on {', '.join(rule.topics)}", {"topics": list(rule.topics)})
    if rule.source_kinds and arrived.source_kind not in rule.source_kinds:
        return held(rule, "other_kind", f"came by {arrived.source_kind}", {"source_kind": arrived.source_kind})
    present = stories_within(facts.stories, now - rule.span, now)
    return Scene(now, arrived, present, _filtered(rule, facts, present))


def _filtered(rule: RuleSpec, facts: EventFacts, present: tuple[Story, ...]) -> tuple[Story, ...]:
    """The stories that pass the rule's filters; all of them, without looking, when it has none."""
    if not rule.topics and not rule.source_kinds:
        return present
    return tuple(
        story
        for story in present
        if passes_topics(rule, facts, story) and (not rule.source_kinds or story.source_kind in rule.source_kinds)
    )


def count_voices(rule: RuleSpec, facts: EventFacts, scene: Scene) -> int:
    """Distinct voices in the window. Voices are counted for the event as a whole, so when a filter left stories
    out the number is held down to the stories that remain."""
    voices = facts.voices(rule.span)
    return voices if len(scene.counted) == len(scene.all) else min(voices, len(scene.counted))


def is_single_voice(rule: RuleSpec, facts: EventFacts, arrived: Story) -> bool:
    """True when the whole matter rests on one private voice: no outlet, no second source, no second voice."""
    stories = [story for story in facts.stories if not story.history] or [arrived]
    if any(story.outlet for story in stories) or len({story.source for story in stories}) > 1:
        return False
    return facts.voices(rule.span) <= 1
