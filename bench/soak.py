"""Three hundred kills of `tocsin run`, with a fault in seven of ten runs; prints what was lost and what was repeated.

    python -m bench.soak [--kills 300] [--minutes 0] [--seed 1] [--no-peer] [--keep FOLDER]

Faults: both chats answer 500, both accept and then give no answer, the disk is full, another process locks the database,
the clock jumps by two hours or a day. With `--minutes` it ends after so long, with the kills that were made until then. With
`--keep` the database, the log and what both chats took stay in that folder, to be looked into.
Then the same kind of kills on Debian's `prometheus-alertmanager`, when it is installed (bench/soak_peer.py).
"""

import argparse
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from bench.soak_peer import describe_peer, find_peer, run_peer

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))


def main() -> None:
    """Run and print; exit status 1 when something was lost, or repeated where it may not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    clean = soak(given.kills, given.minutes, given.seed, given.keep)
    if not given.no_peer:
        peer = find_peer()
        said = (
            describe_peer(run_peer(peer, 20, given.seed))
            if peer
            else "prometheus-alertmanager is not installed: no peer"
        )
        print(said)
    sys.exit(0 if clean else 1)


def soak(kills: int, minutes: float, seed: int, keep: Path | None) -> bool:
    """Our own kills."""
    from crash_faults import KINDS
    from crash_rig import run_kills

    until = time.monotonic() + 60 * minutes if minutes else None
    with tempfile.TemporaryDirectory() as spare:
        folder = keep or Path(spare)
        folder.mkdir(parents=True, exist_ok=True)
        tally = run_kills(folder, kills, seed, KINDS, until=until, note=show)
    for name, value in asdict(tally).items():
        print(f"{name:24} {value}")
    return tally.clean


def show(number: int) -> None:
    """How far it is."""
    if number % 10 == 0:
        print(f"{number} kills", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
