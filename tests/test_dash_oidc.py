"""Login by an identity provider, against a real one on loopback, and by the header of a trusted proxy."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

import pytest
import structlog
from dash_client import Reader, fresh_engine
from dash_seed import NOW, make_context
from forged import forge
from oidc_provider import CLIENT, SECRET, Provider, provider
from sqlalchemy import select, update

from dashboards.pages import sso
from dashboards.settings import OidcSettings, ServerSettings, refuse_login_ways
from pipeline.secret import Secret
from pipeline.store.audit import verify_audit
from pipeline.store.engine import reading, writing
from pipeline.store.schema import audit, sessions, users


class Stay(HTTPRedirectHandler):
    """Does not follow."""

    def http_error_302(self, req: object, fp: object, code: int, msg: str, headers: object) -> object:
        """The answer as it is."""
        return fp


@contextmanager
def school(folder: Path, monkeypatch: pytest.MonkeyPatch, **given: object) -> Iterator[tuple[Reader, Provider]]:
    """A reader without a session, and the provider that its dashboard trusts."""
    monkeypatch.setenv("OIDC_SECRET", SECRET)
    sso._PROVIDERS.clear()
    with provider() as idp, fresh_engine(folder) as engine:
        settings = OidcSettings(
            idp.issuer, CLIENT, Secret(env="OIDC_SECRET"), **{"accounts": {"A@school.example": "officer"}, **given}
        )  # type: ignore[arg-type]
        yield Reader(make_context(engine, folder, ServerSettings(oidc=settings))), idp


def walk(client: Reader, target: str = "/events?status=open") -> str:
    """Go to the provider as a browser does; the path with which it sends back."""
    away = client.get(f"/login/oidc?next={target}")
    assert away.status_code == 303
    with build_opener(Stay).open(away.headers["location"]) as answer:
        back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def test_a_known_person_is_let_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By verified e-mail: a fresh session of the mapped account, on the asked page, audited; nothing else is stored."""
    with school(tmp_path, monkeypatch) as (client, idp):
        assert "/login/oidc?next=" in client.get("/login").text
        answer = client.get(walk(client))
        assert answer.status_code == 303
        assert answer.headers["location"] == "/events?status=open"
        assert "officer" in client.get("/").text
        assert client.get("/settings").status_code == 403
        assert idp.asked[-3:] == ["/authorize", "/token", "/keys"]
        with reading(client.context.engine) as conn:
            assert conn.execute(select(audit.c.who, audit.c.what).order_by(audit.c.n.desc())).first() == (
                "officer",
                "login_by_provider",
            )
            assert verify_audit(conn) is None
        kept = b"".join(file.read_bytes() for file in tmp_path.glob("dash.db*"))
        assert b"login_by_provider" in kept
        assert b"school.example" not in kept
        assert b"subject-1" not in kept


FAULTS = (
    "wrong audience", "wrong issuer", "wrong nonce", "no nonce", "no subject", "no expiry", "expired", "from the future",
    "several audiences", "other party", "alg none", "shared key", "public key as secret", "unknown key", "foreign signature",
    "changed body", "token address without TLS",
)  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_what_does_not_hold_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """An answer with one fault opens no session, and the page says no more than that it did not work."""
    with school(tmp_path, monkeypatch) as (client, idp):
        idp.spoil = fault
        with structlog.testing.capture_logs() as said:
            answer = client.get(walk(client))
        assert answer.status_code == 401, fault
        assert "tocsin" not in client.cookies
        assert [line["event"] for line in said] == ["login_by_provider_failed"]
        assert "school.example" not in str(said)
        with reading(client.context.engine) as conn:
            assert conn.execute(select(sessions.c.id)).all() == []


def test_another_issuer_in_the_description_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The description must name the configured issuer, before a browser is sent anywhere."""
    with school(tmp_path, monkeypatch) as (client, idp):
        idp.spoil = "discovery of another issuer"
        assert client.get("/login/oidc").status_code == 401


@pytest.mark.parametrize(
    "fault", ["other browser", "other state", "used code", "no code", "error", "late", "other iss", "forged"]
)
def test_only_the_login_that_was_begun_here_ends_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """State, cookie, code and time belong together, and each is good once."""
    with school(tmp_path, monkeypatch) as (client, idp):
        path = walk(client)
        if fault == "other browser":
            client.cookies.clear()
        if fault == "late":
            begun = sso.unseal(client.context.secret, client.cookies[sso.COOKIE].strip('"'))
            assert begun is not None
            old = sso.Begun(begun.state, begun.nonce, begun.verifier, "/", NOW.timestamp() - 1)
            client.cookies.set(sso.COOKIE, sso.seal(client.context.secret, old), domain="127.0.0.1")
        if fault == "forged":
            client.cookies.set(sso.COOKIE, forge(client.cookies[sso.COOKIE].strip('"')), domain="127.0.0.1")
        if fault == "used code":
            idp.codes.clear()
        state = parse_qs(urlsplit(path).query)["state"][0]
        path = {
            "other state": path.replace(state, "x"), "no code": f"/login/oidc/back?state={state}",
            "error": f"/login/oidc/back?state={state}&error=access_denied", "other iss": f"{path}&iss=https://elsewhere.example",
        }.get(fault, path)  # fmt: skip
        assert client.get(path).status_code == 401
        assert "tocsin" not in client.cookies


def test_a_session_from_before_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cookie that somebody planted is worthless after the login, and the way back never leaves this host."""
    with school(tmp_path, monkeypatch) as (client, _):
        client.cookies.set("tocsin", "planted", domain="127.0.0.1")
        answer = client.get(walk(client, "//evil.example"))
        assert answer.headers["location"] == "/"
        assert "tocsin=planted" not in answer.headers["set-cookie"]


def test_an_unverified_address_names_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An e-mail that the provider has not verified, an unknown one, and a disabled account stay outside."""
    with school(tmp_path, monkeypatch) as (client, idp):
        for claims in ({"email_verified": False}, {"email_verified": "true"}, {"email": "b@school.example"}):
            idp.claims = {"sub": "subject-1", "email": "a@school.example", "email_verified": True, **claims}
            assert client.get(walk(client)).status_code == 403
        idp.claims = {"sub": "subject-1", "email": "a@school.example", "email_verified": True}
        with writing(client.context.engine) as conn:
            conn.execute(update(users).where(users.c.name == "officer").values(disabled=NOW))
        assert client.get(walk(client)).status_code == 403


def test_a_hash_names_an_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hash in the operator's log, put into `accounts`, lets that person in without any e-mail."""
    with school(tmp_path, monkeypatch) as (client, idp):
        idp.claims = {"sub": "s-9"}
        with structlog.testing.capture_logs() as said:
            assert client.get(walk(client)).status_code == 403
        assert said[-1]["key"] == key_of(idp.issuer, "s-9")
    with school(tmp_path, monkeypatch, accounts={}, roles={"x": "viewer"}) as (client, idp):
        idp.claims = {"sub": "s-9"}
        accounts = {f"sub:{key_of(idp.issuer, 's-9')}": "editor"}
        again = ServerSettings(oidc=OidcSettings(idp.issuer, CLIENT, Secret(env="OIDC_SECRET"), accounts=accounts))
        other = Reader(make_context(client.context.engine, tmp_path, again))
        assert other.get(walk(other)).status_code == 303
        assert "editor" in other.get("/").text


def key_of(issuer: str, sub: str) -> str:
    """The hash of a person, as the operator's log shows it."""
    from dashboards.oidc import make_person

    return make_person(OidcSettings(issuer), {"sub": sub}).key


def test_a_claim_gives_and_takes_a_role(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The highest role of the claim holds until the next login; without one the account's sessions end."""
    roles = {"pr": "officer", "pr-heads": "editor"}
    with school(tmp_path, monkeypatch, accounts={}, roles=roles) as (client, idp):
        idp.claims = {"sub": "subject-1", "groups": ["staff", "pr", "pr-heads"]}
        assert client.get(walk(client)).status_code == 303
        name = f"sso-{key_of(idp.issuer, 'subject-1')[:12]}"
        assert (row(client, name).role, row(client, name).password) == ("editor", "!")
        idp.claims = {"sub": "subject-1", "groups": "pr"}
        assert client.get(walk(client)).status_code == 303
        assert row(client, name).role == "officer"
        assert client.get("/").status_code == 200
        idp.claims = {"sub": "subject-1", "groups": ["staff"]}
        assert client.get(walk(client)).status_code == 403
        assert client.get("/").status_code == 303
        assert client.submit("/login", "/login", name=name, password="!").status_code == 401  # type: ignore[attr-defined]


def row(client: Reader, name: str) -> object:
    """A stored account."""
    with reading(client.context.engine) as conn:
        return conn.execute(select(users).where(users.c.name == name)).one()


def test_without_a_provider_there_is_no_such_page(tmp_path: Path) -> None:
    """The addresses answer 404, the login page has no button, and authlib is not loaded by the dashboard."""
    with fresh_engine(tmp_path) as engine:
        client = Reader(make_context(engine, tmp_path))
        assert client.get("/login/oidc").status_code == client.get("/login/oidc/back").status_code == 404
        assert "/login/oidc" not in client.get("/login").text


def test_authlib_is_loaded_with_the_first_login() -> None:
    """Whoever does not use a provider does not pay for its library."""
    import subprocess

    said = "import dashboards.app, sys; print('authlib' in sys.modules, 'joserfc' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True).stdout.split() == [
        "False",
        "False",
    ]


@pytest.mark.parametrize(
    ("proxies", "headers", "status"),
    [
        (["127.0.0.1"], [("x-user", "editor")], 200),
        ([], [("x-user", "editor")], 303),
        (["192.0.2.1"], [("x-user", "editor")], 303),
        (["127.0.0.1"], [("x-user", "nobody")], 303),
        (["127.0.0.1"], [("x-user", "viewer"), ("x-user", "operator")], 303),
        (["127.0.0.1"], [("x-other", "editor")], 303),
        (["127.0.0.1"], [("x-user", "")], 303),
    ],
)  # fmt: skip
def test_a_proxy_names_the_user(
    tmp_path: Path, proxies: list[str], headers: list[tuple[str, str]], status: int
) -> None:
    """The header counts from a trusted proxy, once, for an account that exists; from anybody else it is air."""
    with fresh_engine(tmp_path) as engine:
        server = ServerSettings(trusted_proxies=proxies, proxy_header="X-User")
        client = Reader(make_context(engine, tmp_path, server))
        assert client.get("/", headers=headers).status_code == status
        assert client.get("/settings", headers=headers).status_code == (403 if status == 200 else 303)


def test_a_proxys_user_writes_with_a_form_token(tmp_path: Path) -> None:
    """Being named by the proxy does not stand for having meant it."""
    with fresh_engine(tmp_path) as engine:
        server = ServerSettings(trusted_proxies=["127.0.0.1"], proxy_header="X-User")
        client = Reader(make_context(engine, tmp_path, server))
        client.headers["x-user"] = "officer"
        assert client.post("/events/e-canteen/act", data={"act": "take"}).status_code == 403
        assert client.submit("/events/e-canteen", "/events/e-canteen/act", act="take").status_code == 303  # type: ignore[attr-defined]


def test_senseless_settings_are_refused() -> None:
    """Each contradiction is one sentence about one setting."""
    good = OidcSettings("https://id.school.example", "tocsin", accounts={"a@b": "officer"})
    assert refuse_login_ways(ServerSettings(oidc=good)) is None
    bad = (
        ServerSettings(proxy_header="X-User"),
        ServerSettings(oidc=OidcSettings("http://id.school.example", "tocsin", roles={"x": "viewer"})),
        ServerSettings(oidc=OidcSettings("https://id.school.example", roles={"x": "viewer"})),
        ServerSettings(oidc=OidcSettings("https://id.school.example", "tocsin")),
        ServerSettings(host="0.0.0.0", oidc=good),
    )
    said = [refuse_login_ways(one) for one in bad]
    assert [one[0] for one in said if one] == [
        "proxy_header",
        "oidc.issuer",
        "oidc.client_id",
        "oidc.issuer",
        "oidc.issuer",
    ]
