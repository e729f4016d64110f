"""How strongly a story belongs to an event: evidence in, log-odds out.

The weights were fitted on pairs of stories and events (three made-up colleges apart and laid over one another); for a
third of the matters the kind of matter was hidden or made wrong, so that no weight leans on the word list alone.
"""

import math
from dataclasses import dataclass

from pipeline.chances import Chances
from pipeline.live import LiveEvent, Story
from pipeline.model import Reason
from pipeline.particulars import particulars_clash
from pipeline.places import Place, places_clash, vague
from pipeline.wording import Wording

BIAS = -1.3
WORDS, HASHTAG, PLACE, MATTER, PARTICULAR = 5.0, 1.4, 2.0, 2.3, 1.9
OTHER_PLACE, OTHER_PARTICULAR, OTHER_MATTER = -3.7, -4.2, -0.6
HOURS, BARE, NEGATIVE = -1.08, 1.3, 0.85
FULL_MASS = 14.0  # a text that says so much is believed fully when its words are like the event's
BARE_TERMS = 2

PHRASES = {
    "words": "It says much the same.",
    "hashtag": "It has the same hashtag.",
    "place": "It names the same place.",
    "matter": "It is about the same kind of matter, soon after.",
    "particular": "It names the same programme or sum.",
    "time": "A reaction to what is being talked about.",
}


@dataclass(frozen=True, slots=True)
class Link:
    """`odds` is the natural logarithm of the odds that the story belongs to `event`; `parts` is what they rest on."""

    event: LiveEvent
    odds: float
    parts: dict[str, float]

    def explain(self) -> Reason:
        """Why the story joined, by what weighed most."""
        main = max(self.parts, key=lambda part: (self.parts[part], part), default="time")
        main = main if self.parts.get(main, 0.0) > 0 else "time"
        numbers = {part: round(value, 2) for part, value in self.parts.items() if value > 0}
        return Reason(f"joined_by_{main}", PHRASES[main], {**numbers, "odds": round(self.odds, 2)})


def weigh_link(story: Story, event: LiveEvent, nearest: float, chances: Chances) -> Link:
    """The link to `event`; `nearest` is the cosine with its most similar story."""
    gap = max(0.0, story.now - event.active())
    parts = find_evidence(story, event, gap, chances)
    parts["words"] = WORDS * min(1.0, story.vector.mass / FULL_MASS) * max(event.cosine(story.vector), nearest)
    odds = BIAS + sum(parts.values()) + HOURS * math.log2(1.0 + gap)
    odds += find_objections(story.wording, event, shares_place=parts["place"] > 0)
    odds += BARE * is_bare(story) + NEGATIVE * (story.negative and event.negative > 0.5 * event.stories)
    return Link(event, odds, parts)


def is_bare(story: Story) -> bool:
    """True for a reaction that says nothing of its own."""
    return story.wording.own <= BARE_TERMS


def weigh_fragments(one: LiveEvent, other: LiveEvent, chances: Chances) -> float:
    """Log-odds that two events are one matter: as if the younger were a story of the older."""
    older, newer = sorted((one, other), key=lambda event: (event.first, event.id))
    gap, now = max(0.0, newer.first - older.last), max(one.last, other.last)

    def best(sort: str, mark: str = "") -> float:
        ours, theirs = one.count(sort), other.count(sort)
        shared = [name for name in ours if name in theirs]
        sure = (1.0 - chances.chance(mark + name, gap, now, ours[name] + theirs[name]) for name in shared)
        weight = (min(1.0, 9.0 * ours[name] / one.stories * theirs[name] / other.stories) for name in shared)
        return max((a * b for a, b in zip(sure, weight, strict=True)), default=0.0)

    spot = one.shared_place(other.main_places())
    odds = BIAS + WORDS * one.likeness(other) + HASHTAG * best("tags", "#")
    odds += MATTER * best("matters") + PARTICULAR * best("particulars")
    odds += PLACE * (spot is not None) + HOURS * math.log2(1.0 + gap)
    odds += NEGATIVE * (2 * one.negative > one.stories and 2 * other.negative > other.stories)
    return odds


def find_evidence(story: Story, event: LiveEvent, gap: float, chances: Chances) -> dict[str, float]:
    """What both have beside words, each as far as it is no coincidence within `gap` hours."""
    wording = story.wording

    def sure(feature: str, own: int) -> float:
        return 1.0 - chances.chance(feature, gap, story.now, own)

    known = event.count("tags") if wording.tags else {}
    tags = [sure(f"#{tag}", known[tag]) for tag in wording.tags if tag in known]
    kinds = event.count("matters") if wording.matters else {}
    matters = [sure(name, kinds[name]) * event.share(kinds[name]) for name in wording.matters if name in kinds]
    spot = event.shared_place(wording.places) if wording.places else None
    shared = wording.particulars & event.main_particulars() if wording.particulars else ()
    return {
        "hashtag": HASHTAG * max(tags, default=0.0),
        "place": PLACE * sure(place_key(spot), event.places()[spot]) if spot else 0.0,
        "matter": MATTER * max(matters, default=0.0),
        "particular": PARTICULAR * max((sure(name, event.count("particulars")[name]) for name in shared), default=0.0),
    }


def find_objections(wording: Wording, event: LiveEvent, shares_place: bool) -> float:
    """What speaks against it: another place, programme or sum, another kind of matter."""
    against = 0.0
    if wording.places and not shares_place:
        named = frozenset(place for place in wording.places if not vague(place))
        against += OTHER_PLACE * places_clash(named, event.main_places())
    if wording.particulars:
        against += OTHER_PARTICULAR * particulars_clash(wording.particulars, event.main_particulars())
    kinds = event.count("matters") if wording.matters else {}
    if kinds:
        against += OTHER_MATTER * (not any(matter in kinds for matter in wording.matters))
    return against


def place_key(place: Place) -> str:
    """The feature by which coincidences of a place are counted."""
    return f"@{place.kind}{place.number or place.name}"


def list_features(wording: Wording) -> list[str]:
    """All features whose coincidences are counted, each once, in a fixed order."""
    places = sorted({place_key(place) for place in wording.places})
    return [*(f"#{tag}" for tag in wording.tags), *wording.matters, *places, *sorted(wording.particulars)]
