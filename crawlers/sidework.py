"""Work that a round does beside reading its sources: every so often, never twice at once, never for ever."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

LONGEST_SECONDS = 900.0


@dataclass(slots=True)
class SideWork:
    """`work` is started at most every `every_s` seconds; a run that takes longer delays the next one, and is given up
    after LONGEST_SECONDS: what it had not done is due again."""

    every_s: float
    work: Callable[[], Awaitable[object]]
    next_at: float = float("-inf")
    running: bool = False

    def is_due(self, elapsed_s: float) -> bool:
        """True when it should be started; that is noted."""
        if self.running or elapsed_s < self.next_at:
            return False
        self.running, self.next_at = True, elapsed_s + self.every_s
        return True

    def hurry(self) -> None:
        """Let the next run begin at once."""
        self.next_at = float("-inf")

    async def run(self) -> None:
        """One run. Raises what the work raises, or TimeoutError."""
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                await self.work()
        finally:
            self.running = False
