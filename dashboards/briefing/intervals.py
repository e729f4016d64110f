"""The middle of a list, and what a sample says about the whole (Wilson 1927, J. Am. Stat. Assoc. 22:209)."""

from collections.abc import Sequence
from math import sqrt

Z95 = 1.959964


def wilson(wrong: int, looked: int) -> tuple[float, float]:
    """The 95 % interval of a share in percent, one decimal place; 0 to 100 when nothing was looked at."""
    if looked == 0:
        return 0.0, 100.0
    share, spread = wrong / looked, Z95 * Z95 / looked
    centre = (share + spread / 2) / (1 + spread)
    half = Z95 * sqrt(share * (1 - share) / looked + spread / (4 * looked)) / (1 + spread)
    return round(100 * max(0.0, centre - half), 1), round(100 * min(1.0, centre + half), 1)


def median(values: Sequence[float]) -> float | None:
    """The middle value with one decimal place, None for none."""
    ordered = sorted(values)
    if not ordered:
        return None
    middle = len(ordered) // 2
    value = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    return round(value, 1)
