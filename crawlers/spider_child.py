"""The crawl child: `python -m crawlers.spider_child`. Reads one Batch from stdin, crawls with Scrapy, writes Lines.

It never outlives the service: PR_SET_PDEATHSIG on Linux, and a thread that waits for the end of stdin. Memory and
processor time are limited by the kernel, the crawl's duration by Scrapy. Standard output belongs to the pipe alone.
"""

import ctypes
import ctypes.util
import os
import resource
import signal
import sys
import threading
from typing import BinaryIO

from scrapy.crawler import AsyncCrawlerProcess

from crawlers.fetch import name_agent
from crawlers.spider_net import CheckedDownloads
from crawlers.spider_run import CrawlSpider
from crawlers.spider_wire import Batch, read_batch

MEMORY_MB = 512
ADDRESS_SPACE = 3 * 1024**3
CPU_SECONDS = 600
_PR_SET_PDEATHSIG = 1
_OFF = (
    "AUTOTHROTTLE_ENABLED",
    "COMPRESSION_ENABLED",
    "COOKIES_ENABLED",
    "HTTPCACHE_ENABLED",
    "HTTPPROXY_ENABLED",
    "LOG_ENABLED",
    "LOG_INSTALL_ROOT_HANDLER",
    "METAREFRESH_ENABLED",
    "REDIRECT_ENABLED",
    "REFERER_ENABLED",
    "RETRY_ENABLED",
    "ROBOTSTXT_OBEY",
    "STATS_DUMP",
    "TELNETCONSOLE_ENABLED",
)


def main() -> None:
    """Crawl one batch and end."""
    parent = os.getppid()
    die_with_parent(parent)
    limit_resources()
    out = take_stdout()
    stdin = sys.stdin.buffer
    seconds = float(stdin.readline())
    batch = read_batch(stdin.readline())
    threading.Thread(target=end_with, args=(stdin.fileno(),), daemon=True).start()
    process = AsyncCrawlerProcess(settings_of(batch, seconds))
    process.crawl(CrawlSpider, batch=batch, out=out)
    process.start()


def settings_of(batch: Batch, seconds: float) -> dict[str, object]:
    """Scrapy's settings: nothing that keeps state, talks by itself, or fetches past our own checks."""
    handler = f"{CheckedDownloads.__module__}.{CheckedDownloads.__name__}"
    return {
        "DOWNLOAD_HANDLERS": {"http": handler, "https": handler, **dict.fromkeys(("data", "file", "ftp", "s3"))},
        "TOCSIN_BATCH": batch,
        "USER_AGENT": name_agent(batch.policy.contact),
        "CONCURRENT_REQUESTS": batch.policy.concurrency,
        # One request at a time and host, and the pause between two, are kept by `HostTurns` inside the handler,
        # which also sees redirects and robots.txt; with coroutines Scrapy starts more than it should.
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": 0,
        "RANDOMIZE_DOWNLOAD_DELAY": False,
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
        "CLOSESPIDER_TIMEOUT": seconds,
        "MEMUSAGE_ENABLED": True,
        "MEMUSAGE_LIMIT_MB": inherited_mb() + MEMORY_MB,
        "MEMUSAGE_CHECK_INTERVAL_SECONDS": 5.0,
        **dict.fromkeys(_OFF, False),
        "LOGSTATS_INTERVAL": 0,
    }


def inherited_mb() -> int:
    """The highest resident size in MB that is counted for this process already. Linux hands the peak of the process
    that forked down to its child, so a crawl under a large service would be over any fixed limit from the start."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def die_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when its parent dies (Linux; elsewhere the end of stdin does it)."""
    if not sys.platform.startswith("linux"):
        return
    library = ctypes.CDLL(ctypes.util.find_library("c") or None, use_errno=True)
    library.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the request was made
        os._exit(3)


def limit_resources() -> None:
    """Hard limits, for what a library does before the crawl notices."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 10))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def take_stdout() -> BinaryIO:
    """The pipe, under a number that no library writes to; whatever prints goes to stderr from now on."""
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return out


def end_with(stdin: int) -> None:
    """Wait for the service to go away, then go too. Unbuffered: a lock held at exit would abort."""
    while os.read(stdin, 4096):
        pass
    os._exit(3)


if __name__ == "__main__":
    main()
