"""Blocking work with a deadline, off the event loop.

Each call has a daemon thread of its own: a thread cannot be killed, so work that overruns is left behind where it
can block neither a pool nor the end of the process. (`asyncio.to_thread` would do both.)
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


async def call_bounded(work: Callable[[], T], seconds: float) -> T:
    """The result of `work()`, run in a daemon thread. Raises TimeoutError after `seconds`, else what `work` raises.

    What is no ordinary error (SystemExit in a thread, StopIteration, which a future refuses to carry) comes as
    RuntimeError: it must neither be lost nor end the loop.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            result = work()
        except BaseException as failed:
            _tell(loop, answer, failed=_as_error(failed))
        else:
            _tell(loop, answer, result=result)

    threading.Thread(target=run, name="tocsin-bounded", daemon=True).start()
    # Not wait_for: in Python 3.11 it swallows a cancellation that comes together with the answer.
    async with asyncio.timeout(seconds):
        return await answer


def _as_error(failed: BaseException) -> Exception:
    if isinstance(failed, Exception) and not isinstance(failed, StopIteration):
        return failed
    odd = RuntimeError(f"{type(failed).__name__} in a thread")
    odd.__cause__, odd.__traceback__ = failed, failed.__traceback__
    return odd


def _tell(
    loop: asyncio.AbstractEventLoop,
    answer: asyncio.Future[Any],
    result: object = None,
    failed: Exception | None = None,
) -> None:
    def settle() -> None:
        if answer.done():
            return
        if failed is None:
            answer.set_result(result)
        else:
            answer.set_exception(failed)

    try:
        loop.call_soon_threadsafe(settle)
    except RuntimeError:  # the loop has ended meanwhile: nobody is waiting any more
        return
