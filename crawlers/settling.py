"""Storing what was read: runs that end while the store is busy are settled together when it is free again.

A write ends with a wait for the disk, whatever it holds; most runs bring nothing and change a few columns.
"""

import asyncio
from functools import partial

from crawlers.bounded import call_bounded
from crawlers.door import Door, Run, Settled

STORE_SECONDS = 60.0
TOGETHER_RUNS = 200
TOGETHER_ITEMS = 200

Answer = asyncio.Future[Settled]


class Settler:
    """Belongs to one event loop. One write at a time."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._waiting: list[tuple[Run, Answer]] = []
        self._writing: asyncio.Task[None] | None = None

    async def settle(self, run: Run) -> Settled:
        """The new state and the number of new items. What was begun is stored even when the caller is cancelled.

        Raises what the store raises, or TimeoutError.
        """
        answer: Answer = asyncio.get_running_loop().create_future()
        self._waiting.append((run, answer))
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write())
        return await asyncio.shield(answer)

    async def end(self, seconds: float) -> None:
        """Wait until everything is stored, but not longer than `seconds`."""
        if self._writing is not None:
            await asyncio.wait({self._writing}, timeout=seconds)

    async def _write(self) -> None:
        """Until nobody waits. That is said in the same step of the loop: a run that came between would wait for ever."""
        try:
            while self._waiting:
                await self._write_batch(self._take())
        finally:
            self._writing = None

    async def _write_batch(self, batch: list[tuple[Run, Answer]]) -> None:
        """Whatever happens, each of the batch is told exactly once."""
        runs = [run for run, _ in batch]
        settled: list[Settled | Exception] = [RuntimeError("the write was given up")] * len(batch)
        try:
            settled = await call_bounded(partial(self._door.settle_all, runs), STORE_SECONDS)
        except Exception as fault:
            settled = [fault] * len(batch)
        finally:
            for (_, answer), one in zip(batch, settled, strict=True):
                _tell(answer, one)

    def _take(self) -> list[tuple[Run, Answer]]:
        """The first of those that wait: many that brought nothing, or few items; at least one."""
        items, count = 0, 0
        for run, _ in self._waiting[:TOGETHER_RUNS]:
            items += len(run.raws)
            if count and items > TOGETHER_ITEMS:
                break
            count += 1
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        return batch


def _tell(answer: Answer, settled: Settled | Exception) -> None:
    if answer.done():
        return
    if isinstance(settled, Exception):
        answer.set_exception(settled)
        answer.exception()  # heard: the caller may have been cancelled
    else:
        answer.set_result(settled)
