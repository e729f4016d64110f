"""What a check of the configuration finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """`path` is where (`$.rules[0].window`), `sentence` is what is wrong and what to do."""

    path: str
    sentence: str
