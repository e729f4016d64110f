"""The real Elasticsearch for tests: one to three nodes on free ports of loopback, as a user that is not root.

    with cluster() as elastic:                     one node
    with cluster(nodes=3) as elastic:              a real cluster; elastic.nodes[1].kill()
    with cluster(users={"name": "password"}):      asks for a login; tls=Certificates(...) speaks TLS

Each node has 512 MB of heap (`heap`). `make services` puts the distribution and a Java under .make/.
"""

import hashlib
import json
import os
import re
import secrets
import shutil
import signal
import ssl
import subprocess
import tempfile
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service_kit import free_port, need, wait_for

VERSION = "9.2.8"
ROOT = Path(__file__).parent.parent
HOME = ROOT / ".make" / f"elasticsearch-{VERSION}"
JAVA_LEAST = 21
NOBODY = "nobody"
MEMORY = "/dev/shm"
VECTORS = "jdk.incubator.vector"
# Looking at the disk takes blocks away that a test has set; there is nothing to see in between.
CALM = """\
cluster.info.update.interval: 24h
cluster.routing.allocation.disk.threshold_enabled: false
xpack.ml.enabled: false
network.host: 127.0.0.1
"""


@dataclass(frozen=True)
class Certificates:
    """Files in PEM: what a node shows, its key, and the authority that signed it."""

    certificate: Path
    key: Path
    authority: Path


@dataclass
class Node:
    """One server. `stop` lets it end, `kill` does not; `start` brings it back with its data."""

    name: str
    folder: Path
    port: int
    transport: int
    environ: dict[str, str]
    scheme: str = "http"
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the process; `wait` waits until it answers."""
        with (self.folder / "out.txt").open("ab") as out:
            who = {"user": NOBODY, "group": "nogroup", "extra_groups": []} if os.getuid() == 0 else {}
            self.process = subprocess.Popen(
                [str(HOME / "bin" / "elasticsearch")], stdout=out, stderr=out, env=self.environ, start_new_session=True,
                cwd=self.folder, **who,  # type: ignore[call-overload]
            )  # fmt: skip

    def wait(self, seconds: float = 180) -> None:
        """Until it listens. An AssertionError with its last words when it has ended."""
        wait_for(f"{self.name} answers at {self.url}", self._is_up, seconds)

    def _is_up(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"Elasticsearch has ended: {self.words()}")
        context = ssl._create_unverified_context() if self.scheme == "https" else None
        try:
            with urllib.request.urlopen(f"{self.url}/_cluster/health?timeout=1s", timeout=5, context=context):
                return True
        except urllib.error.HTTPError as error:
            return error.code == 401
        except OSError:
            return False

    def words(self) -> str:
        """The end of what it wrote."""
        return (self.folder / "out.txt").read_text(encoding="utf-8", errors="replace")[-3000:]

    def stop(self) -> None:
        """SIGTERM, and wait."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL for it and its children, as when the power goes."""
        self._end(signal.SIGKILL)

    def _end(self, number: int) -> None:
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)


@dataclass
class Cluster:
    """Running nodes. `ask` speaks to the first one that lives."""

    nodes: list[Node] = field(default_factory=list)

    @property
    def urls(self) -> list[str]:
        """The addresses of all nodes."""
        return [node.url for node in self.nodes]

    @property
    def url(self) -> str:
        """The address of the first node."""
        return self.nodes[0].url

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """One request without a login; the answer's JSON. Raises urllib.error.HTTPError."""
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(
            f"{self.url}/{path}", data, {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")


def find_java() -> str:
    """A Java that can run it: JAVA_HOME, what lies under .make/ or /usr/lib/jvm, what is on the path."""
    places = [
        Path(os.environ.get("ES_JAVA_HOME", "/nowhere")), Path(os.environ.get("JAVA_HOME", "/nowhere")),
        ROOT / ".make" / "java", *sorted(Path("/usr/lib/jvm").glob("*")),
    ]  # fmt: skip
    fit = [place for place in places if java_version(place) >= JAVA_LEAST]
    return need(fit[0] if fit else ROOT / ".make" / "java", "run Elasticsearch (Java 21 or newer)")


def java_version(home: Path) -> int:
    """The feature number of the Java in a folder, 0 when there is none."""
    if not (home / "bin" / "java").exists() or not (home / "release").exists():
        return 0
    found = re.search(r'JAVA_VERSION="(\d+)', (home / "release").read_text(encoding="utf-8"))
    return int(found[1]) if found else 0


@contextmanager
def cluster(
    nodes: int = 1, *, heap: str = "512m", users: Mapping[str, str] | None = None, roles: Mapping[str, str] | None = None,
    tls: Certificates | None = None, settings: str = "", quick: bool = True,
) -> Iterator[Cluster]:  # fmt: skip
    """Start nodes, wait for them, end them with their data. `users`: name and password, with the role `superuser`
    unless `roles` (the text of roles.yml, by name) has one of the user's name. `quick`: data in memory when there is
    room, since making an index waits for the disk half a dozen times."""
    need(HOME / "bin" / "elasticsearch", "test against the real Elasticsearch")
    java = find_java()
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="tocsin-elastic-", dir=_quick_folder() if quick else None))
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        made = Cluster([_make_node(home, n, java, heap, "https" if tls else "http") for n in range(nodes)])
        for node in made.nodes:
            _write_config(node, made.nodes, settings, bool(users), tls)
            _add_users(node, users or {}, roles or {})
        if os.getuid() == 0:
            subprocess.run(["chown", "-R", NOBODY, str(home)], check=True, timeout=60)
        for node in made.nodes:
            stack.callback(node.kill)
            node.start()
        for node in made.nodes:
            node.wait(180 * nodes)
        yield made


def _quick_folder() -> str | None:
    """A folder in memory with 3 GB of room, None when there is none."""
    with suppress(OSError):
        if shutil.disk_usage(MEMORY).free > 3 * 1024**3:
            return MEMORY
    return None


def _make_node(home: Path, number: int, java: str, heap: str, scheme: str) -> Node:
    folder = home / f"node-{number}"
    shutil.copytree(HOME / "config", folder / "config")
    if VECTORS not in (Path(java) / "release").read_text(encoding="utf-8"):  # a small Java; only speed is lost
        options = folder / "config" / "jvm.options"
        lines = options.read_text(encoding="utf-8").splitlines()
        options.write_text("\n".join(line for line in lines if VECTORS not in line), encoding="utf-8")
    environ = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "ES_PATH_CONF": str(folder / "config"), "ES_JAVA_HOME": java,
        "ES_JAVA_OPTS": f"-Xms{heap} -Xmx{heap} -XX:-AlwaysPreTouch", "ES_TMPDIR": str(folder / "tmp"),
    }  # fmt: skip
    (folder / "tmp").mkdir()
    return Node(f"node-{number}", folder, free_port(), free_port(), environ, scheme)


def _write_config(node: Node, nodes: Sequence[Node], settings: str, secure: bool, tls: Certificates | None) -> None:
    lines = [CALM, settings, f"node.name: {node.name}", f"http.port: {node.port}", f"transport.port: {node.transport}"]
    lines += [f"path.data: {node.folder / 'data'}", f"path.logs: {node.folder / 'logs'}"]
    lines.append(f"xpack.security.enabled: {str(secure).lower()}")
    if len(nodes) == 1:
        lines.append("discovery.type: single-node")
    else:
        seeds = [f"127.0.0.1:{one.transport}" for one in nodes]
        lines.append(f"discovery.seed_hosts: {json.dumps(seeds)}")
        lines.append(f"cluster.initial_master_nodes: {json.dumps([one.name for one in nodes])}")
    if tls:
        for name, path in (
            ("certificate", tls.certificate),
            ("key", tls.key),
            ("certificate_authorities", tls.authority),
        ):
            shutil.copy(path, node.folder / "config" / f"{name}.pem")
            lines.append(f"xpack.security.http.ssl.{name}: {name}.pem")
        lines.append("xpack.security.http.ssl.enabled: true")
    (node.folder / "config" / "elasticsearch.yml").write_text("\n".join(lines), encoding="utf-8")


def _add_users(node: Node, users: Mapping[str, str], roles: Mapping[str, str]) -> None:
    """In the files of the file realm, as `elasticsearch-users` writes them; that takes a Java for each user."""
    if not users:
        return
    folder = node.folder / "config"
    if roles:
        (folder / "roles.yml").write_text("\n".join(roles.values()), encoding="utf-8")
    lines = [f"{name}:{hashed(password)}\n" for name, password in users.items()]
    (folder / "users").write_text("".join(lines), encoding="utf-8")
    names = {name: name if name in roles else "superuser" for name in users}
    had = [f"{role}:{','.join(one for one in names if names[one] == role)}\n" for role in sorted({*names.values()})]
    (folder / "users_roles").write_text("".join(had), encoding="utf-8")


def hashed(password: str) -> str:
    """A password in the server's form `{PBKDF2}rounds$salt$hash`."""
    salt, rounds = secrets.token_bytes(32), 10_000
    made = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds, dklen=32)
    return f"{{PBKDF2}}{rounds}${b64encode(salt).decode()}${b64encode(made).decode()}"
