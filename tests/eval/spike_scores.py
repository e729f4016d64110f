"""Reads lines "hour count calendar_factor", answers one spike score a line: the judge of the spike exam."""

import sys

from alerts.baseline import SpikeBaseline


def main() -> None:
    """One score for each line, at once; the score of an hour rests on that hour and those before it."""
    baseline = SpikeBaseline()
    for line in sys.stdin:
        hour, count, factor = line.split()
        sys.stdout.write(f"{baseline.score(int(hour), int(count), float(factor)):.4f}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
