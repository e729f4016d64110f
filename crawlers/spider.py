"""Crawls run in a child process: the reactor cannot be started twice, long crawls leak, and a page may kill its reader.

    crawl_batch(jobs, policy, now) -> CrawlItem … CrawlDone, one CrawlDone per job whatever happens to the child

The child dies with this process (its stdin ends, and on Linux the kernel sees to it), when the generator is closed,
and when its time is over.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import IO

import structlog

from crawlers.base import CrawlDone, CrawlEvent, CrawlJob
from crawlers.settings import CrawlPolicy
from crawlers.spider_wire import MAX_LINE, Batch, read_event, write_batch

log = structlog.get_logger()

BATCH_SECONDS = 900.0
GRACE_SECONDS = 30.0
KILL_SECONDS = 10.0
COMMAND = (sys.executable, "-m", "crawlers.spider_child")
# Nothing of our environment (secrets, proxies) is the child's business.
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "PYTHONPATH", "SYSTEMROOT")


def crawl_batch(jobs: Sequence[CrawlJob], policy: CrawlPolicy, now: datetime) -> "ChildCrawl":
    """Run `jobs` in a child and pass on what it says as it says it."""
    return run_child(COMMAND, jobs, policy, now, BATCH_SECONDS)


def run_child(
    command: Sequence[str], jobs: Sequence[CrawlJob], policy: CrawlPolicy, now: datetime, seconds: float
) -> "ChildCrawl":
    """The same with another command and time limit. What a child says of sources that it was not given is ignored."""
    return ChildCrawl(command, Batch(tuple(jobs), policy, now), seconds)


class ChildCrawl(Iterator[CrawlEvent]):
    """What a child says. It is started with the first question; `close` ends it from the thread that asks, `abort` from
    any other."""

    def __init__(self, command: Sequence[str], batch: Batch, seconds: float) -> None:
        self._aborted = False
        self._child: subprocess.Popen[bytes] | None = None
        self._events = self._run(command, batch, seconds)

    def __next__(self) -> CrawlEvent:
        return next(self._events)

    def close(self) -> None:
        """End the child, which is not being asked just now."""
        self._events.close()

    def abort(self) -> None:
        """Kill the child, whoever waits for its next word."""
        self._aborted = True
        if self._child is not None:
            self._child.kill()

    def _run(self, command: Sequence[str], batch: Batch, seconds: float) -> Generator[CrawlEvent, None, None]:
        waiting = {job.spec.id for job in batch.jobs}
        if not waiting:
            return
        self._child = child = _start(command)
        watch = threading.Timer(0.0 if self._aborted else seconds + GRACE_SECONDS, child.kill)
        watch.daemon = True
        try:
            watch.start()
            _tell(child, batch, seconds)
            for event in _listen(child):
                if event.source_id not in waiting:
                    continue
                if isinstance(event, CrawlDone):
                    waiting.discard(event.source_id)
                yield event
                if not waiting:
                    break
        finally:
            watch.cancel()
            _end(child)
        if waiting:
            log.warning("crawl_child_died", status=child.returncode, unfinished=len(waiting))
        for source in sorted(waiting):
            yield CrawlDone(source, False, explain_death(child.returncode), 0, 0, grade="temporary")


def explain_death(status: int | None) -> str:
    """What the end of a child means, in one sentence for a person."""
    if status is not None and status < 0:
        return f"The crawl was ended from outside (signal {-status}) before it had finished."
    return "The crawl broke off before it had finished."


def child_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The few variables that the child needs."""
    return {name: environ[name] for name in _PASSED_ON if name in environ} | {"PYTHONWARNINGS": "ignore"}


def _start(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - the command is our own module
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a library's traceback could quote a post
        env=child_environment(os.environ),
        close_fds=True,
    )


def _tell(child: "subprocess.Popen[bytes]", batch: Batch, seconds: float) -> None:
    with suppress(BrokenPipeError):
        stdin = _pipe(child.stdin)
        stdin.write(f"{seconds}\n".encode())
        stdin.write(write_batch(batch))
        stdin.flush()


def _listen(child: "subprocess.Popen[bytes]") -> Iterator[CrawlEvent]:
    stdout = _pipe(child.stdout)
    while line := stdout.readline(MAX_LINE):
        event = read_event(line)
        if event is None:
            return
        yield event


def _end(child: "subprocess.Popen[bytes]") -> None:
    """The child gone, its pipes closed, its status known."""
    with suppress(BrokenPipeError):
        _pipe(child.stdin).close()
    try:
        child.wait(timeout=1.0)
    except subprocess.TimeoutExpired:
        child.kill()
        with suppress(subprocess.TimeoutExpired):  # one that hangs in the kernel is collected by its next owner
            child.wait(timeout=KILL_SECONDS)
    _pipe(child.stdout).close()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RuntimeError("the child was started without pipes")
    return pipe
