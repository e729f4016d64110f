"""Re-tags the store in the folder given, slowly, until it is killed: a child of tests/test_retag.py."""

import sys
import time
from pathlib import Path

from own_kit import Turned
from store_kit import a_store

from pipeline.retag import Retagging


def main() -> None:
    """One line for every stored batch."""
    work = Retagging(a_store(Path(sys.argv[1])).engine, Turned())
    for count in work.apply():
        print(count, flush=True)
        time.sleep(0.2)


if __name__ == "__main__":
    main()
