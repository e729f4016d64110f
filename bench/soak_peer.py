"""The same kind of kills on Debian's `prometheus-alertmanager`: silences and messages before and after `kill -9`.

Two alerts are pushed before every kill and again after the restart, as Prometheus repeats what still holds; one of them is
silenced. A webhook receiver counts. A message that comes again for the same alert is a repeat, a silence that is gone
is lost, a silenced alert that is told is told against it.
"""

import contextlib
import json
import random
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

NAME = "prometheus-alertmanager"
CONFIG = """
route:
  receiver: hook
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 120h
receivers:
- name: hook
  webhook_configs:
  - url: http://127.0.0.1:{port}/
    send_resolved: false
"""


@dataclass(slots=True)
class PeerTally:
    """What came of it."""

    version: str
    kills: int = 0
    alerts: int = 0
    lost: int = 0
    repeats: int = 0
    silences: int = 0
    silences_lost: int = 0
    told_though_silenced: int = 0


@dataclass
class Receiver:
    """Counts messages by the alert that they are about."""

    told: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """Quiet."""

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            receiver.told.update({one["labels"]["alertname"] for one in body["alerts"]})
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

    return Handler


def find_peer() -> str | None:
    """Where it is installed, None when it is not."""
    return shutil.which(NAME)


def run_peer(binary: str, kills: int, seed: int) -> PeerTally:
    """Start, push, silence, kill, start again, push again; count."""
    chance, receiver = random.Random(seed), Receiver()
    said = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False)
    tally = PeerTally((said.stdout or said.stderr).split("(")[0].strip())
    with tempfile.TemporaryDirectory() as folder:
        peer = Peer(binary, Path(folder), receiver.port)
        for number in range(kills):
            kill_once(peer, tally, number, chance)
        peer.start()
        peer.stop()
    tally.alerts = 2 * tally.kills
    tally.lost = sum(1 for number in range(tally.kills) if not receiver.told[f"open-{number}"])
    tally.repeats = sum(max(0, receiver.told[f"open-{number}"] - 1) for number in range(tally.kills))
    tally.told_though_silenced = sum(receiver.told[f"silenced-{number}"] for number in range(tally.kills))
    receiver.server.shutdown()
    return tally


def kill_once(peer: "Peer", tally: PeerTally, number: int, chance: random.Random) -> None:
    """One round."""
    peer.start()
    silence = peer.silence(f"silenced-{number}")
    tally.silences += 1
    for name in ("open", "silenced"):
        peer.push(f"{name}-{number}")
    time.sleep(chance.uniform(0.5, 2.0))
    peer.kill()
    tally.kills += 1
    peer.start()
    tally.silences_lost += not peer.has_silence(silence)
    for name in ("open", "silenced"):
        peer.push(f"{name}-{number}")
    time.sleep(1.5)
    peer.kill()


class Peer:
    """The process and its API."""

    def __init__(self, binary: str, folder: Path, hook: int) -> None:
        self.binary, self.folder = binary, folder
        self.port = free_port()
        (folder / "config.yml").write_text(CONFIG.format(port=hook), encoding="utf-8")
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it answers. Raises OSError when it does not within 30 seconds."""
        command = [
            self.binary, f"--config.file={self.folder / 'config.yml'}", f"--storage.path={self.folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address=",
        ]  # fmt: skip
        self.child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(300):
            with contextlib.suppress(OSError):
                self.ask("GET", "/-/ready")
                return
            time.sleep(0.1)
        raise OSError(f"{self.binary} does not answer")

    def kill(self) -> None:
        """kill -9."""
        if self.child is not None:
            self.child.kill()
            self.child.wait()

    def stop(self) -> None:
        """End it as its operator would."""
        if self.child is not None:
            self.child.terminate()
            self.child.wait()

    def push(self, name: str) -> None:
        """An alert that holds for ten minutes."""
        ends = datetime.now(UTC) + timedelta(minutes=10)
        self.ask("POST", "/api/v2/alerts", [{"labels": {"alertname": name}, "endsAt": ends.isoformat()}])

    def silence(self, name: str) -> str:
        """A silence of an hour; its id."""
        now = datetime.now(UTC)
        body = {
            "matchers": [{"name": "alertname", "value": name, "isRegex": False}], "startsAt": now.isoformat(),
            "endsAt": (now + timedelta(hours=1)).isoformat(), "createdBy": "soak", "comment": "soak",
        }  # fmt: skip
        return str(self.ask("POST", "/api/v2/silences", body)["silenceID"])

    def has_silence(self, silence: str) -> bool:
        """True while it knows the silence."""
        return any(one["id"] == silence for one in self.ask("GET", "/api/v2/silences"))

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """One request. Raises OSError."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, method=method)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=5) as answer:
            text = answer.read()
        return json.loads(text) if text[:1] in (b"{", b"[") else None


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def describe_peer(tally: PeerTally) -> str:
    """The counts, one a line."""
    rows = {
        "kills": tally.kills, "alerts lost": tally.lost, "repeats": tally.repeats,
        "silences": tally.silences, "silences lost": tally.silences_lost, "told though silenced": tally.told_though_silenced,
    }  # fmt: skip
    return "\n".join([f"peer: {tally.version}", *(f"  {name:22} {value}" for name, value in rows.items())])
