"""Whether two events are one matter: log-odds, with weights fitted like those of `pipeline.evidence`.

Asked when a story that joined one event could belong to another as well. Two small events are easily one; two large ones
that say different things, or are about different places, are two matters at one time.
"""

import math

from pipeline.chances import Chances
from pipeline.evidence import Link
from pipeline.live import LiveEvent
from pipeline.onsets import Onsets

BIAS = 2.0
WORDS, HASHTAG, PLACE, MATTER, PARTICULAR = 0.9, 1.85, 0.1, 0.6, 0.1
HOURS, SPECIFIC, ONSETS = -1.15, 0.46, -0.5
OTHER_TONE, ELSEWHERE, UNLIKE = -3.6, -1.7, -0.9
SIZE, STRANGE = 0.36, -1.95  # for each factor e of stories of the smaller: as such, and when they share no word
NO_LIKENESS = 0.03


def weigh_fragments(one: LiveEvent, link: Link, chances: Chances, onsets: Onsets) -> float:
    """Log-odds that `one` and the event of `link`, the link of a story that joined `one`, are one matter."""
    other = link.event
    older, newer = sorted((one, other), key=lambda event: (event.first, event.id))
    gap, now = max(0.0, newer.first - older.last), max(one.last, other.last)
    tone, alike = one.tone() * other.tone(), one.likeness(other)
    shares_place = one.shared_place(other.main_places()) is not None
    odds = BIAS + WORDS * alike + SPECIFIC * link.specific + HOURS * math.log2(1.0 + gap)
    odds += ONSETS * onsets.log_rate(-1 if tone > 0 and one.negative else 0, now) + OTHER_TONE * (tone < 0)
    odds += PLACE if shares_place else ELSEWHERE * one.focus() * other.focus()
    for weight, sort, mark in ((HASHTAG, "tags", "#"), (MATTER, "matters", ""), (PARTICULAR, "particulars", "")):
        odds += weight * find_shared(one, other, sort, mark, gap, now, chances)
    size = math.log(min(one.stories, other.stories))
    return odds + size * (SIZE + STRANGE * (1.0 - min(1.0, 4.0 * alike))) + UNLIKE * (alike < NO_LIKENESS)


def find_shared(
    one: LiveEvent, other: LiveEvent, sort: str, mark: str, gap: float, now: float, chances: Chances
) -> float:
    """How surely the best shared tag, matter or particular is no coincidence, less when few stories have it. 0 to 1."""
    ours, theirs = one.count(sort), other.count(sort)
    best = 0.0
    for name in ours:
        if name in theirs:
            sure = 1.0 - chances.chance(mark + name, gap, now, ours[name] + theirs[name])
            best = max(best, sure * min(1.0, 9.0 * ours[name] / one.stories * theirs[name] / other.stories))
    return best
