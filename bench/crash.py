"""Fifty kills of `tocsin run` without other faults while a scripted site publishes; prints what was lost and what was repeated.

python -m bench.crash [--kills 50] [--seed 1]
"""

import argparse
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))


def main() -> None:
    """Run the kills of the crash test, more of them."""
    from crash_rig import run_kills

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tally = run_kills(Path(folder), args.kills, args.seed)
    for name, value in asdict(tally).items():
        print(f"{name:24} {value}")
    sys.exit(0 if tally.clean else 1)


if __name__ == "__main__":
    main()
