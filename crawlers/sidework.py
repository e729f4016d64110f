"""Work that a round does beside reading its sources: every so often, never twice at once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(slots=True)
class SideWork:
    """`work` is started at most every `every_s` seconds; a run that takes longer delays the next one."""

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
        """One run."""
        try:
            await self.work()
        finally:
            self.running = False
