"""How strongly a story belongs to an event: evidence in, log-odds out.

The weights are those of a logistic regression on pairs of stories and events as they met in replays (made-up schools
apart and laid over one another); for half of the matters the kind of matter, and for some the place, was hidden, so that
no weight leans on word lists alone. Complaints about one matter may have no word in common. Therefore the tone counts,
as much as it is rare at this school (`Onsets`), and against it a place that is not the event's one place, a full text
that has nothing of all that was said and, where nothing of the matter's own speaks for it, another topic: two matters of one
morning must not hide each other.
"""

import math
from dataclasses import dataclass

from pipeline.chances import Chances
from pipeline.live import LiveEvent, Story
from pipeline.model import Reason
from pipeline.onsets import Onsets
from pipeline.particulars import particulars_clash
from pipeline.places import Place, places_clash, vague
from pipeline.wording import Wording

BIAS = 1.0
WORDS, HASHTAG, PLACE, MATTER, PARTICULAR = 4.0, 2.0, 0.5, 1.3, 0.9
SAME_TONE, TONE_AND_PLACE, OTHER_TONE = 0.5, 0.4, -4.3
OTHER_PLACE, OTHER_PARTICULAR, OTHER_MATTER, ELSEWHERE = -2.8, -4.7, -1.8, -1.9
# A story with less than OWN of the matter's own: another topic parts it, and an article says what it is about.
OWN, OTHER_TOPIC, ARTICLE = 0.5, -3.0, -3.5
HOURS, BARE = -0.95, 0.5
ONSETS, SOBER_ONSETS = -0.8, -0.5  # for each factor e of new matters a day; a sober text is judged by its words
UNLIKE, STRANGE = 0.9, -0.7  # a full text without a like word in one story says nothing, in many stories much
FULL_MASS = 14.0  # a text that says so much is believed fully when its words are like the event's
NO_LIKENESS = 0.04
BARE_TERMS = 2

PHRASES = {
    "words": "It says much the same.",
    "hashtag": "It has the same hashtag.",
    "place": "It names the same place.",
    "matter": "It is about the same kind of matter, soon after.",
    "particular": "It names the same programme or sum.",
    "tone": "It has the same tone so soon after; here that is seldom another matter.",
    "time": "A reaction to what is being talked about.",
}


@dataclass(frozen=True, slots=True)
class Link:
    """`odds` is the natural logarithm of the odds that the story belongs to `event`; `parts` is what they rest on.

    `specific` is what of it is the matter's own: not its tone and not the time.
    """

    event: LiveEvent
    odds: float
    parts: dict[str, float]
    specific: float = 0.0

    def explain(self) -> Reason:
        """Why the story joined, by what weighed most."""
        main = max(self.parts, key=lambda part: (self.parts[part], part), default="time")
        main = main if self.parts.get(main, 0.0) > 0 else "time"
        numbers = {part: round(value, 2) for part, value in self.parts.items() if value > 0}
        return Reason(f"joined_by_{main}", PHRASES[main], {**numbers, "odds": round(self.odds, 2)})


def weigh_link(story: Story, event: LiveEvent, nearest: float, chances: Chances, onsets: Onsets) -> Link:
    """The link to `event`; `nearest` is the cosine with its most similar story."""
    gap = max(0.0, story.now - event.active())
    tone = event.tone() * story.tone
    parts = find_evidence(story, event, gap, chances)
    full, cosine = min(1.0, story.vector.mass / FULL_MASS), max(event.cosine(story.vector), nearest)
    parts["words"] = WORDS * full * cosine
    against, elsewhere = find_objections(story.wording, event, shares_place=parts["place"] > 0)
    specific = sum(parts.values()) + against
    if tone > 0:
        parts["place"] *= 1.0 + TONE_AND_PLACE / PLACE
        parts["tone"] = SAME_TONE
    odds = BIAS + sum(parts.values()) + against + elsewhere + HOURS * math.log2(1.0 + gap)
    odds += (
        BARE * is_bare(story)
        + OTHER_TONE * (tone < 0)
        + (ONSETS if story.tone else SOBER_ONSETS) * onsets.log_rate(story.tone, story.now)
    )
    if specific < OWN:
        odds += OTHER_TOPIC * part_topics(story.topics, event.main_topics()) + ARTICLE * story.outlet
    if cosine < NO_LIKENESS:
        odds += full * (UNLIKE + STRANGE * math.log(event.stories))
    return Link(event, odds, parts, specific)


def part_topics(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    """True when both have topics and none in common."""
    return bool(ours and theirs) and ours.isdisjoint(theirs)


def is_bare(story: Story) -> bool:
    """True for a reaction that says nothing of its own."""
    return story.wording.own <= BARE_TERMS


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


def find_objections(wording: Wording, event: LiveEvent, shares_place: bool) -> tuple[float, float]:
    """What speaks against it: another place of a kind, programme, sum or kind of matter; and, when the event is about
    one place, any other."""
    against = elsewhere = 0.0
    if wording.places and not shares_place:
        named = frozenset(place for place in wording.places if not vague(place))
        against += OTHER_PLACE * places_clash(named, event.main_places())
        elsewhere = ELSEWHERE * event.focus() if named else 0.0
    if wording.particulars:
        against += OTHER_PARTICULAR * particulars_clash(wording.particulars, event.main_particulars())
    kinds = event.count("matters") if wording.matters else {}
    if kinds:
        against += OTHER_MATTER * (not any(matter in kinds for matter in wording.matters))
    return against, elsewhere


def place_key(place: Place) -> str:
    """The feature by which coincidences of a place are counted."""
    return f"@{place.kind}{place.number or place.name}"


def list_features(wording: Wording) -> list[str]:
    """All features whose coincidences are counted, each once, in a fixed order."""
    places = sorted({place_key(place) for place in wording.places})
    return [*(f"#{tag}" for tag in wording.tags), *wording.matters, *places, *sorted(wording.particulars)]
