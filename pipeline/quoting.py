"""Whether a text repeats another one, run by run. Used to keep private voices' words out of what the office writes.

A Chinese character counts as one step, a Latin word or a number as one step of several characters; spaces and marks
count nothing. A run is a quotation from `RUN` characters on, and from `STEPS` steps on, because twelve letters are
two ordinary English words.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.normal import normalise

RUN, STEPS, PLACES = 12, 6, 40
_STEP = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[^\W_\u3400-\u9fff\uf900-\ufaff]+")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a text: its compared spelling and where it stands."""

    key: str
    start: int
    end: int


def find_shared(text: str, others: Iterable[str], names: Sequence[str] = ()) -> tuple[int, int] | None:
    """The place of the first quotation of one of `others` in `text`, as (start, end), or None.

    A name of the school counts as one step: to name it is no quotation.
    """
    mine = split_steps(text, names)
    if sum(len(step.key) for step in mine) < RUN:
        return None
    for other in others:
        found = _longest_run(mine, [step.key for step in split_steps(other, names)])
        if found is not None:
            return mine[found[0]].start, mine[found[1] - 1].end
    return None


def blank_shared(text: str, others: Sequence[str], names: Sequence[str], label: str) -> str:
    """`text` with every quotation of one of `others` replaced by `label`."""
    for _ in range(100):
        found = find_shared(text, others, names)
        if found is None:
            return text
        text = text[: found[0]] + label + text[found[1] :]
    return label


def split_steps(text: str, names: Sequence[str] = ()) -> list[Step]:
    """The steps of a text, with each of `names` as one."""
    parts = [re.escape(name) for name in sorted(filter(None, names), key=len, reverse=True)]
    pattern = re.compile("|".join([*parts, _STEP.pattern]), re.IGNORECASE) if parts else _STEP
    known = {name.lower() for name in names}
    return [
        Step("§" if found[0].lower() in known else normalise(found[0]), found.start(), found.end())
        for found in pattern.finditer(text)
    ]


def _longest_run(mine: Sequence[Step], other: Sequence[str]) -> tuple[int, int] | None:
    """The first run of `mine` that stands in `other` and is a quotation, as steps (from, to).

    Looked up by `STEPS` steps at once, and only at the first `PLACES` places where they stand: a post of one character
    ten thousand times costs no more than any other.
    """
    places: dict[tuple[str, ...], list[int]] = {}
    for place in range(len(other) - STEPS + 1):
        known = places.setdefault(tuple(other[place : place + STEPS]), [])
        if len(known) < PLACES:
            known.append(place)
    keys = [step.key for step in mine]
    for begin in range(len(mine) - STEPS + 1):
        found = places.get(tuple(keys[begin : begin + STEPS]), ())
        best = max((_run_length(keys, begin, other, place) for place in found), default=0)
        if best and sum(len(key) for key in keys[begin : begin + best]) >= RUN:
            return begin, begin + best
    return None


def _run_length(mine: Sequence[str], begin: int, other: Sequence[str], place: int) -> int:
    length = STEPS
    while begin + length < len(mine) and place + length < len(other) and mine[begin + length] == other[place + length]:
        length += 1
    return length
