"""A reader of the dashboard for tests: logs in, follows forms, keeps cookies."""

import re
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import uvicorn
from dash_seed import NOW, add_people, make_context, make_database
from sqlalchemy import Engine
from starlette.testclient import TestClient

from dashboards.app import build_app
from dashboards.auth import open_session
from dashboards.context import DashContext
from dashboards.settings import ServerSettings
from pipeline.store.engine import open_engine, writing

BASE = "http://127.0.0.1:8600"


@cache
def seeded_file() -> Path:
    """A filled database, made once a run."""
    folder = Path(tempfile.mkdtemp(prefix="dash-"))
    engine = make_database(folder)
    add_people(engine)
    engine.dispose()
    return folder / "dash.db"


@contextmanager
def fresh_engine(folder: Path) -> Iterator[Engine]:
    """A copy of the filled database for one test."""
    target = folder / "dash.db"
    for file in seeded_file().parent.glob("dash.db*"):
        shutil.copy(file, folder / file.name)
    engine = open_engine(f"sqlite:///{target}")
    try:
        yield engine
    finally:
        engine.dispose()


class Reader(TestClient):
    """A browser without scripts. `as_role` opens a session as that role's user."""

    def __init__(self, context: DashContext, base: str = BASE) -> None:
        super().__init__(build_app(context), base_url=base, follow_redirects=False, client=("127.0.0.1", 5000))
        self.context = context

    def as_role(self, role: str) -> "Reader":
        """Log in without the form."""
        with writing(self.context.engine) as conn:
            self.cookies.set("tocsin", open_session(conn, role, NOW, 12), domain="127.0.0.1")
        return self

    def token(self, path: str) -> str:
        """The form token of a page."""
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', self.get(path).text)
        assert found, path
        return found.group(1)

    def submit(self, page: str, target: str, **fields: str) -> object:
        """Open `page`, then post a form with its token to `target`."""
        return self.post(target, data={"csrf": self.token(page), **fields}, headers={"origin": BASE})


class Text(HTMLParser):
    """The visible text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        """Collect."""
        self.parts.append(data)


def visible(html: str) -> str:
    """The text of a page without its markup."""
    parser = Text()
    parser.feed(html)
    return " ".join(" ".join(parser.parts).split())


@contextmanager
def reader(folder: Path, role: str | None = "operator", **server: object) -> Iterator[Reader]:
    """A reader over a fresh copy of the seeded database."""
    with fresh_engine(folder) as engine:
        made = Reader(make_context(engine, folder, ServerSettings(**server)))  # type: ignore[arg-type]
        yield made.as_role(role) if role else made


@contextmanager
def served(folder: Path, adapt: Callable[[DashContext], DashContext] = lambda c: c) -> Iterator[tuple[str, Reader]]:
    """The application on a real port, and a reader with a session over the same store. `adapt` changes its context."""
    with fresh_engine(folder) as engine:
        context = adapt(make_context(engine, folder))
        config = uvicorn.Config(
            build_app(context), host="127.0.0.1", port=0, log_level="error", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield f"http://127.0.0.1:{port}", Reader(context)
        finally:
            server.should_exit = True
            thread.join(15)
