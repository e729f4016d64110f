"""Real services for tests: what is missing is said by name, what runs is waited for, what was started is ended."""

import os
import select
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from socketserver import BaseServer
from typing import TypeVar

import pytest

T = TypeVar("T")


def need(wanted: str | Path, why: str) -> str:
    """The path of a program (looked for on PATH) or file. When it is missing: a failure in CI, a skip elsewhere."""
    found = shutil.which(str(wanted)) or (str(wanted) if Path(wanted).exists() else "")
    if found:
        return found
    sentence = f"{wanted} is not here, and it is needed to {why}; `make services` as root on Debian installs it"
    if os.environ.get("CI") == "true":
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


def free_port() -> int:
    """A port on loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: str, ask: Callable[[], T | None], seconds: float = 60.0) -> T:
    """The first answer of `ask` that is not empty; an AssertionError naming `what` when none comes in time."""
    end = time.monotonic() + seconds
    while True:
        found = ask()
        if found:
            return found
        assert time.monotonic() < end, f"waited {seconds:g} s in vain: {what}"
        time.sleep(0.2)


def answers(port: int) -> bool:
    """True when somebody accepts connections on a port of loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(
    command: Sequence[str], log: Path, env: dict[str, str] | None = None
) -> "Iterator[subprocess.Popen[bytes]]":
    """A child process whose words go to `log`; it is asked to end, and killed with its own children when it does not."""
    with log.open("ab") as out:
        child = subprocess.Popen(command, stdout=out, stderr=out, env=env, start_new_session=True)
    try:
        yield child
    finally:
        child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.wait(30)
        # Also what it left behind: PHP's workers outlive the process that started them.
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        end_child(child, str(command[0]))


def end_child(child: "subprocess.Popen[bytes]", what: str = "the child", seconds: float = 30.0) -> None:
    """Kill a child, close its pipes, and wait for its end; an AssertionError naming `what` when the kernel keeps it."""
    child.kill()
    for pipe in (child.stdin, child.stdout, child.stderr):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        pytest.fail(f"{what} was killed and is still there after {seconds:g} s", pytrace=False)


def read_line(child: "subprocess.Popen[bytes]", what: str, seconds: float = 60.0) -> bytes:
    """The next line that a child writes (it must be unbuffered: `bufsize=0`), or what has come at its end; an
    AssertionError naming `what` when none comes in time."""
    assert child.stdout is not None
    end, line = time.monotonic() + seconds, b""
    while not line.endswith(b"\n"):
        left = end - time.monotonic()
        ready = left > 0 and select.select([child.stdout], [], [], left)[0]
        assert ready, f"waited {seconds:g} s in vain: {what}"
        piece = os.read(child.stdout.fileno(), 1)
        if not piece:
            return line
        line += piece
    return line


def join_thread(thread: threading.Thread, what: str, seconds: float = 30.0) -> None:
    """Wait for a thread; an AssertionError naming `what` when it goes on."""
    thread.join(seconds)
    assert not thread.is_alive(), f"{what} did not end in {seconds:g} s"


def end_server(server: BaseServer, seconds: float = 30.0) -> None:
    """Stop a server whose `serve_forever` runs in a daemon thread, and close its port. `shutdown` alone waits without a
    limit for a loop that never began or hangs in a request."""
    ender = threading.Thread(target=server.shutdown, daemon=True)
    ender.start()
    try:
        join_thread(ender, f"the server on {server.server_address}", seconds)
    finally:
        server.server_close()
