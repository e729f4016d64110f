"""What goes wrong besides the kill: chats that fail or answer too late, a full disk, a locked database, a clock that jumps."""

import contextlib
import random
import resource
import sqlite3
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from fake_hook import FakeHook
from fake_slack import FakeSlack

KINDS = ("chat 500", "accepted, then no answer", "disk full", "database locked", "clock jump")
JUMPS_S = (-86400, -7200, 7200, 86400)


@dataclass
class Faults:
    """Plans one fault for some of the runs and takes it back at the end of the run. `seen` counts them."""

    folder: Path
    slack: FakeSlack
    hook: FakeHook
    chance: random.Random
    kinds: tuple[str, ...] = KINDS
    seen: Counter[str] = field(default_factory=Counter)
    holder: threading.Thread | None = None

    def during(self, child: int) -> None:
        """While the process `child` runs."""
        if not self.kinds or self.chance.random() < 0.3:
            return
        kind = self.chance.choice(self.kinds)
        self.seen[kind] += 1
        {
            "chat 500": self.fail_chat, "accepted, then no answer": self.lose_answer, "clock jump": self.jump,
            "disk full": lambda: self.fill_disk(child), "database locked": self.lock,
        }[kind]()  # fmt: skip

    def fail_chat(self) -> None:
        """The next two messages of each side are answered with 503 and 500."""
        for _ in range(2):
            self.slack.break_down()
            self.hook.answer(500)

    def lose_answer(self) -> None:
        """The next message is accepted and the connection is cut before the answer."""
        self.slack.swallow()
        self.hook.swallow()

    def fill_disk(self, child: int) -> None:
        """No file may grow by more than 16 KB for a second."""
        size = max((file.stat().st_size for file in self.folder.glob("tocsin.db*")), default=0)
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(child, resource.RLIMIT_FSIZE, (size + 16384, resource.RLIM_INFINITY))
            time.sleep(1.0)
            resource.prlimit(child, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def lock(self) -> None:
        """Another process holds the database for up to two seconds, longer than this run may last."""
        held = self.chance.uniform(0.3, 2.0)

        def hold() -> None:
            with (
                contextlib.closing(
                    sqlite3.connect(self.folder / "tocsin.db", timeout=5, isolation_level=None)
                ) as other,
                contextlib.suppress(sqlite3.OperationalError),
            ):
                other.execute("BEGIN IMMEDIATE")
                time.sleep(held)
                other.execute("ROLLBACK")

        self.holder = threading.Thread(target=hold, daemon=True)
        self.holder.start()

    def after(self) -> None:
        """The run is over: what the chats were still to do wrong is forgotten, or failures would pile up over many kills and
        let no message through."""
        self.slack.tricks.clear()
        self.hook.tricks.clear()

    def end(self) -> None:
        """Nothing of it goes on."""
        if self.holder:
            self.holder.join(60)

    def jump(self) -> None:
        """The clock jumps by two hours or a day, either way, and is right again at the next start."""
        self.set_clock(self.chance.choice(JUMPS_S))

    def set_clock(self, seconds: float) -> None:
        """From now on the service's clock is off by `seconds`."""
        fresh = self.folder / "shift.new"
        fresh.write_text(str(seconds), encoding="ascii")
        fresh.replace(self.folder / "shift.txt")
