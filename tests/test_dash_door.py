"""Who may come in: every address, every role, every form."""

from pathlib import Path

import pytest
from dash_client import BASE, Reader, fresh_engine, reader
from dash_seed import NOW, make_context
from sqlalchemy import delete, func, select
from starlette.routing import Route

from dashboards.app import build_app
from dashboards.auth import ROLES
from dashboards.call import Spot
from dashboards.csrf import safe_next
from dashboards.pages import SPOTS
from dashboards.settings import ServerSettings, refuse_binding
from pipeline.store.engine import reading, writing
from pipeline.store.schema import metadata, users

VALUES = {"id": "e-canteen", "name": "2026Q3.docx", "token": "nonsense", "number": "D-1"}
PUBLIC = {"/about", "/about.json", "/about/forget", "/language", "/login", "/healthz"}
NOT_CONFIGURED = {"/login/oidc", "/login/oidc/back"}
BY_LINK = {
    "/setup/{token}",
    "/invite/{token}",
    "/a/{token}",
    "/report/{token}",
    "/websub/{token}",
    "/a/{token}/note",
    "/r/{token}",
}


def fill(path: str) -> str:
    """A real address for a route pattern."""
    for key, value in VALUES.items():
        path = path.replace("{" + key + "}", value)
    return path


def routes(client: Reader) -> list[tuple[str, str]]:
    """Every (method, pattern) the application answers."""
    app = client.app
    return [(m, r.path) for r in app.routes if isinstance(r, Route) for m in sorted(r.methods - {"HEAD"})]  # type: ignore[attr-defined]


def test_every_route_is_closed_to_strangers(tmp_path: Path) -> None:
    """Without a session every route asks for login, but for the few that are public or behind a signed link."""
    with reader(tmp_path, None) as client:
        seen = routes(client)
        assert len(seen) > 40
        for method, pattern in seen:
            answer = client.request(method, fill(pattern), headers={"x-forwarded-for": "192.0.2.7"})
            if pattern.startswith("/static"):
                assert answer.status_code == 404
            elif pattern in PUBLIC:
                assert answer.status_code in ({200} if method == "GET" else {403}), pattern
            elif pattern in NOT_CONFIGURED:
                assert answer.status_code == 404, pattern
            elif pattern in BY_LINK:
                assert answer.status_code in {403, 404}, pattern
            elif method == "POST" or pattern.endswith(".json") or pattern == "/live":
                assert answer.status_code == 401, pattern
            else:
                assert answer.status_code == 303, pattern
                assert answer.headers["location"].startswith("/login?next=")


@pytest.mark.parametrize("role", ROLES)
def test_roles_open_what_they_should(tmp_path: Path, role: str) -> None:
    """A role reads exactly the pages whose needed role it includes, and their JSON twins."""
    with reader(tmp_path, role) as client:
        for spot in (s for s in SPOTS if s.method == "GET" and s.needs in ROLES):
            allowed = ROLES.index(role) >= ROLES.index(spot.needs)  # type: ignore[arg-type]
            for path in paths(spot):
                expected = {200, 400, 404} if allowed else {403}
                assert client.get(fill(path)).status_code in expected, (role, path)


@pytest.mark.parametrize("role", ROLES)
def test_roles_may_do_what_they_should(tmp_path: Path, role: str) -> None:
    """With a good token a POST is refused for a lower role and answered for a sufficient one."""
    with reader(tmp_path, role) as client:
        for spot in (s for s in SPOTS if s.method == "POST" and s.needs in ROLES and s.path != "/logout"):
            allowed = ROLES.index(role) >= ROLES.index(spot.needs)  # type: ignore[arg-type]
            answer = client.submit("/", fill(spot.path))
            assert (answer.status_code != 403) == allowed, (role, spot.path)  # type: ignore[attr-defined]


def paths(spot: Spot) -> list[str]:
    """The address of a page and of its twin."""
    twin = "/now.json" if spot.path == "/" else f"{spot.path}.json"
    return [spot.path, twin] if spot.twin else [spot.path]


def test_no_get_changes_anything(tmp_path: Path) -> None:
    """Reading every page as an operator leaves every table as it was."""
    with reader(tmp_path) as client:
        before = count_rows(client)
        for spot in (s for s in SPOTS if s.method == "GET"):
            for path in paths(spot):
                client.get(fill(path))
        assert count_rows(client) == before


def count_rows(client: Reader) -> dict[str, int]:
    """Rows of every table."""
    with reading(client.context.engine) as conn:
        return {t.name: conn.scalar(select(func.count()).select_from(t)) or 0 for t in metadata.sorted_tables}


@pytest.mark.parametrize("fault", ["no token", "wrong token", "foreign origin", "null origin", "foreign referer"])
def test_foreign_forms_are_refused(tmp_path: Path, fault: str) -> None:
    """A POST without our token, or from another site, changes nothing on any route."""
    with reader(tmp_path) as client:
        token = client.token("/")
        data = {"act": "take", "csrf": {"no token": "", "wrong token": "0" * 64}.get(fault, token)}
        headers = {
            "foreign origin": {"origin": "https://evil.example"},
            "null origin": {"origin": "null"},
            "foreign referer": {"referer": "https://evil.example/x"},
        }.get(fault, {"origin": BASE})
        before = count_rows(client)
        for spot in (s for s in SPOTS if s.method == "POST"):
            assert client.post(fill(spot.path), data=data, headers=headers).status_code == 403, spot.path
        assert count_rows(client) == before


def test_a_token_belongs_to_one_session(tmp_path: Path) -> None:
    """A form token taken from one session does not work in another."""
    with reader(tmp_path, "officer") as client:
        token = client.token("/")
        client.as_role("operator")
        answer = client.post("/events/e-canteen/act", data={"csrf": token, "act": "take"}, headers={"origin": BASE})
        assert answer.status_code == 403


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https:evil", "https://evil.example", "/%2f%2fevil", "/%5cevil", "/\t/evil",
     "javascript:alert(1)", "", "\\\\evil", "/a\r\nSet-Cookie: x=1", " //evil", "http:/evil"],
)  # fmt: skip
def test_next_stays_on_this_host(target: str) -> None:
    """After login only a plain path of our own is followed."""
    assert safe_next(target) == "/"


def test_next_keeps_our_paths() -> None:
    """A page of ours is remembered over the login."""
    assert safe_next("/events/e-1?page=2") == "/events/e-1?page=2"


def test_loopback_is_open_only_when_asked_and_without_users(tmp_path: Path) -> None:
    """The demo's open door: only by setting, only on loopback, only without users, never through a proxy."""
    with fresh_engine(tmp_path) as engine:
        with writing(engine) as conn:
            conn.execute(delete(users))
        opened = Reader(make_context(engine, tmp_path, ServerSettings(open_on_loopback=True)))
        assert opened.get("/").status_code == 200
        assert opened.get("/settings").status_code == 403
        assert opened.get("/", headers={"x-forwarded-for": "192.0.2.7"}).status_code == 303
        assert opened.get("/", headers={"host": "evil.example"}).status_code == 421
        assert Reader(make_context(engine, tmp_path)).get("/").status_code == 303
        wide = ServerSettings(host="0.0.0.0", open_on_loopback=True)
        assert Reader(make_context(engine, tmp_path, wide)).get("/").status_code == 303


def test_an_open_loopback_closes_with_the_first_user(tmp_path: Path) -> None:
    """Once somebody can log in, everybody must."""
    with reader(tmp_path, None, open_on_loopback=True) as client:
        assert client.get("/").status_code == 303


def test_public_binding_needs_a_user() -> None:
    """A public address without a user is refused in one sentence that says what to do."""
    said = refuse_binding(ServerSettings(host="0.0.0.0"), 0)
    assert said is not None
    assert "tocsin user add" in said
    assert refuse_binding(ServerSettings(host="0.0.0.0"), 1) is None
    assert refuse_binding(ServerSettings(), 0) is None


def test_the_app_is_made_without_touching_the_store(tmp_path: Path) -> None:
    """Building the application opens nothing, so `check` may do it too."""
    with fresh_engine(tmp_path) as engine:
        context = make_context(engine, tmp_path)
        engine.dispose()
        assert build_app(context).state.context is context
        assert context.now() == NOW
