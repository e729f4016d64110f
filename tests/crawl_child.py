"""A process that collects into a real store until it is killed: `python crawl_child.py DATABASE URL HOST:PORT`."""

import sys
import threading
from datetime import UTC, datetime

from test_crawl_collector import Crawls, PlainScreen

from crawlers.collector import Collector
from crawlers.kinds import SOURCES
from crawlers.settings import CrawlPolicy, SourceSpec
from pipeline.store.engine import open_engine
from pipeline.store.migrate import upgrade
from pipeline.store.store import SqlStore


def collect(database: str, url: str, netloc: str) -> None:
    """Collect for ever, every 0.2 s."""
    engine = open_engine(f"sqlite:///{database}")
    upgrade(engine)
    policy = CrawlPolicy(allow_private=[netloc], host_delay=0.0, timeout=5.0)
    specs = [SourceSpec("s", url, "news", minutes=0.2 / 60)]
    store = SqlStore(engine)
    collector = Collector(specs, policy, store, PlainScreen(), lambda: datetime.now(UTC), Crawls(), SOURCES)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    collector.run(threading.Event())


if __name__ == "__main__":
    collect(*sys.argv[1:])
