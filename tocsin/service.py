"""Running parts of the product: each is a thread that ends when `stop` is set; `run` has all of them, `crawl`, `work`,
`alert` and `serve` have one. SIGTERM and Ctrl-C stop gently; `kill -9` is as safe."""

import os
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Any

import structlog
import uvicorn

from tocsin.config import ConfigError

Part = Callable[[threading.Event], None]
JOIN_S = 20.0
log = structlog.get_logger()


def run_parts(parts: Mapping[str, Part], stop: threading.Event) -> int:
    """Run all parts until `stop` is set; 0 when all ended well, 1 when one broke (then all are stopped)."""
    broken: list[str] = []

    def guard(name: str, part: Part) -> None:
        try:
            part(stop)
        except (Exception, SystemExit):  # a part that ends ends the process: a supervisor starts it anew
            log.exception("part failed", part=name)
            broken.append(name)
        finally:
            stop.set()

    threads = [threading.Thread(target=guard, args=pair, name=pair[0], daemon=True) for pair in parts.items()]
    for thread in threads:
        thread.start()
    while not stop.wait(0.5):
        pass
    for thread in threads:
        thread.join(JOIN_S)
    return 1 if broken else 0


def stop_on_signals(stop: threading.Event) -> None:
    """SIGTERM and SIGINT set `stop`."""

    def handle(_number: int, _frame: Any) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)


class QuietServer(uvicorn.Server):
    """A uvicorn server for a thread: it leaves signals alone."""

    def install_signal_handlers(self) -> None:
        """The process decides when to stop."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, made before anything else starts. Raises ConfigError when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except (OSError, OverflowError) as error:
        said = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise ConfigError(f"the dashboard cannot listen on {host}:{port}: {said} ([server] host, port)") from None


def serve_app(app: Any, place: socket.socket) -> Part:
    """A part that serves `app` on the listening socket `place` until told to stop."""

    def part(stop: threading.Event) -> None:
        config = uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, date_header=True,
            proxy_headers=False,  # the address stays the proxy's: the door itself weighs what it forwards
            timeout_graceful_shutdown=5,
            limit_concurrency=200, ws="none", h11_max_incomplete_event_size=64 * 1024,
        )  # fmt: skip
        server = QuietServer(config)
        threading.Thread(target=end_with, args=[server, stop], daemon=True).start()
        server.run(sockets=[place])
        if not stop.is_set():
            raise RuntimeError("the dashboard ended by itself")

    return part


def end_with(server: uvicorn.Server, stop: threading.Event) -> None:
    """Ask the server to end when `stop` is set."""
    stop.wait()
    server.should_exit = True


def loop(step: Callable[[], object], every_s: float, name: str) -> Part:
    """A part that repeats `step`. A step that fails is logged and repeated, longer apart each time."""

    def part(stop: threading.Event) -> None:
        pause = every_s
        while not stop.wait(pause):
            try:
                step()
                pause = every_s
            except Exception:  # an error of one round must not end the watch
                pause = min(60.0, pause * 2)
                log.exception("round failed", part=name, again_in_s=pause)

    return part
