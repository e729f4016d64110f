"""Users of Elasticsearch and Kibana as Compose makes them: the script's requests. The role itself is tried on the real
server in test_elastic_security.py."""

import base64
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from service_kit import need

from dashboards.kibana.files import fill_files
from tocsin.config import load_config

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
SECRETS = {
    "ELASTIC_PASSWORD": "admin-12345678", "KIBANA_SYSTEM_PASSWORD": "kibana-12345678",
    "TOCSIN_ELASTIC_PASSWORD": "tocsin-12345678",
}  # fmt: skip


class Administered:
    """Takes what the script sends, when the administrator's password is right; `status` answers instead when it is set."""

    def __init__(self) -> None:
        self.port, self.status = 0, 0
        self.taken: dict[str, object] = {}

    def answer(self, method: str, path: str, login: str | None, body: bytes) -> int:
        right = base64.b64encode(f"elastic:{SECRETS['ELASTIC_PASSWORD']}".encode()).decode()
        if login != f"Basic {right}":
            return 401
        if not self.status:
            self.taken[f"{method} {path}"] = json.loads(body)
        return self.status or 200


@pytest.fixture
def server() -> Iterator[Administered]:
    administered = Administered()

    class Handler(BaseHTTPRequestHandler):
        def take(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = administered.answer(self.command, self.path, self.headers.get("Authorization"), body)
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_POST = do_PUT = take

        def log_message(self, *_: object) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    administered.port = httpd.server_address[1]
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield administered
    httpd.shutdown()
    httpd.server_close()
    thread.join(10)


def make_users(port: int, **changed: str) -> "subprocess.CompletedProcess[str]":
    """Run the script that Compose runs."""
    need("curl", "run the script that makes the users")
    given = {**SECRETS, **changed, "ELASTIC_URL": f"http://127.0.0.1:{port}", "PATH": os.environ["PATH"]}
    return subprocess.run([str(DEPLOY / "elastic-users.sh")], env=given, capture_output=True, text=True, timeout=60)


def test_users_and_role_are_made_twice_alike(server: Administered) -> None:
    """Three requests: Kibana's password, the role as it lies beside the script, the user with that role; no secret is printed."""
    for _ in range(2):
        done = make_users(server.port)
        assert done.returncode == 0, done.stderr
        assert not any(secret in done.stdout + done.stderr for secret in SECRETS.values())
    assert server.taken == {
        "POST /_security/user/kibana_system/_password": {"password": SECRETS["KIBANA_SYSTEM_PASSWORD"]},
        "PUT /_security/role/tocsin": json.loads((DEPLOY / "tocsin-role.json").read_text(encoding="utf-8")),
        "PUT /_security/user/tocsin": {
            "password": SECRETS["TOCSIN_ELASTIC_PASSWORD"], "roles": ["tocsin"], "full_name": "Tocsin",
        },
    }  # fmt: skip


WRONG = {
    "nothing given": ({"KIBANA_SYSTEM_PASSWORD": ""}, 2, "KIBANA_SYSTEM_PASSWORD is not set in .env"),
    "a quote": ({"TOCSIN_ELASTIC_PASSWORD": 'a"b-1234567890'}, 2, "may have letters, digits, - and _ only"),
    "too short": ({"TOCSIN_ELASTIC_PASSWORD": "short"}, 2, "TOCSIN_ELASTIC_PASSWORD needs twelve characters or more"),
    "another administrator": ({"ELASTIC_PASSWORD": "other-12345678"}, 1, "Elasticsearch refused ELASTIC_PASSWORD"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_one_sentence(server: Administered, name: str) -> None:
    """A missing, odd, short or wrong password ends the script with one sentence and makes no user."""
    changed, status, said = WRONG[name]
    done = make_users(server.port, **changed)
    assert done.returncode == status
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not server.taken


def test_a_server_that_cannot_is_named(server: Administered) -> None:
    """Another status is said with the request that got it."""
    server.status = 500
    done = make_users(server.port)
    assert done.returncode == 1
    assert done.stderr == "Elasticsearch answered 500 to POST /_security/user/kibana_system/_password\n"


def test_the_sample_configuration_is_usable(monkeypatch: pytest.MonkeyPatch) -> None:
    """deploy/tocsin.toml is valid as it lies there, and fits what Compose runs: ports, folders, names of services."""
    config = load_config(DEPLOY / "tocsin.toml").config
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert config.server.host == "0.0.0.0"
    assert f":{config.server.port}" in compose
    assert config.store.folder == "/data"
    assert "- tocsin-data:/data" in compose
    assert config.elastic.urls == ["http://elasticsearch:9200"]
    assert config.kibana.url == "http://kibana:5601"
    assert config.kibana.password
    assert config.kibana.password.env in SECRETS
    assert fill_files(config.server.public_url, config.elastic.prefix)
