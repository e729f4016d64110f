"""A follower as a process of its own, to be killed: `python elastic_child.py DATABASE URL PREFIX`."""

import sys
import threading
from datetime import UTC, datetime

from pipeline.store.elastic.connection import Address
from pipeline.store.elastic.documents import Lens
from pipeline.store.elastic.names import Names
from pipeline.store.elastic.sync import Follower, Target, follow
from pipeline.store.engine import open_engine
from pipeline.store.lease import process_name


def main(database: str, url: str, prefix: str) -> None:
    """Follow until killed."""
    target = Target(Address((url,)), Names(prefix))
    follower = Follower(open_engine(database), target, Lens(), process_name())
    follow(follower, lambda: datetime.now(UTC), threading.Event())


if __name__ == "__main__":
    main(*sys.argv[1:])
