"""`tocsin run` again and again, each time in a fresh fork of a process that has the modules loaded already: a start takes a
third of a second and not three, so that kills fall into the work and not into the loading of Python.

    python crash_child.py tocsin.toml      then a line `start` or `reap` each; answered by a process number or a status

A file sets the clock of the service, so that it can jump without touching the machine's.
"""

import importlib
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import tocsin.clock

# What the service loads on its way; none of them starts a thread.
LOADED = (
    "tocsin.cli", "tocsin.commands.run", "tocsin.wiring", "tocsin.reload", "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto", "uvicorn.lifespan.on", "uvicorn.loops.auto", "slack_sdk", "httpx", "alembic.command",
    "dashboards.app",
)  # fmt: skip


def shifted_clock(file: Path) -> tocsin.clock.Clock:
    """The wall clock plus the seconds that stand in `file`."""

    def show() -> datetime:
        text = file.read_text(encoding="ascii").strip() if file.exists() else ""
        return datetime.now(UTC) + timedelta(seconds=float(text or 0))

    return show


def serve(config: str) -> None:
    """Answer the lines of standard input."""
    child = 0
    for line in sys.stdin:
        if line.strip() == "start":
            child = os.fork()
            if child == 0:
                run(config)
            print(child, flush=True)
        else:
            print(os.waitpid(child, 0)[1], flush=True)


def run(config: str) -> None:
    """The service itself; its words go to standard error, which is the rig's file. Does not return."""
    os.dup2(2, 1)
    sys.stdin = open(os.devnull)  # noqa: SIM115 - for as long as the process lives
    from tocsin.cli import main

    sys.argv = ["tocsin", "run", "--config", config]
    try:
        main()
    except SystemExit as end:
        sys.stderr.flush()
        os._exit(end.code if isinstance(end.code, int) else 1)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    tocsin.clock.wall_clock = shifted_clock(Path(sys.argv[1]).with_name("shift.txt"))
    for name in LOADED:
        importlib.import_module(name)  # after the clock is set: the commands take it when they are imported
    serve(sys.argv[1])
