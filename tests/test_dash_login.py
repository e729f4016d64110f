"""Logging in, the first user, sessions and guessing."""

import time
from datetime import timedelta
from pathlib import Path

from dash_client import BASE, Reader, fresh_engine, reader
from dash_seed import NOW, PASSWORD, make_context
from sqlalchemy import delete, select

from dashboards import auth
from dashboards.settings import ServerSettings
from pipeline.store.audit import verify_audit
from pipeline.store.engine import reading, writing
from pipeline.store.schema import attempts, sessions, users


def log_in(client: Reader, name: str, password: str, **fields: str) -> object:
    """Fill the form."""
    return client.submit("/login", "/login", name=name, password=password, **fields)


def test_a_good_password_opens_a_new_session(tmp_path: Path) -> None:
    """After login the browser has a fresh cookie, only its hash is stored, and the asked page follows."""
    with reader(tmp_path, None) as client:
        client.cookies.set("tocsin", "fixed-by-somebody-else", domain="127.0.0.1")
        answer = log_in(client, "officer", PASSWORD, next="/events?status=open")
        assert answer.status_code == 303  # type: ignore[attr-defined]
        assert answer.headers["location"] == "/events?status=open"  # type: ignore[attr-defined]
        header = answer.headers["set-cookie"]  # type: ignore[attr-defined]
        assert "HttpOnly" in header
        assert "SameSite=lax" in header
        cookie = header.split("tocsin=")[1].split(";")[0]
        assert cookie != "fixed-by-somebody-else"
        with reading(client.context.engine) as conn:
            stored = set(conn.scalars(select(sessions.c.id)))
            assert verify_audit(conn) is None
        assert auth.digest(cookie) in stored
        assert cookie not in stored


def test_https_cookies_are_bound_to_the_host(tmp_path: Path) -> None:
    """Behind a https address the cookie is Secure and carries the __Host- prefix."""
    with fresh_engine(tmp_path) as engine:
        server = ServerSettings(public_url="https://alarm.example.edu")
        client = Reader(make_context(engine, tmp_path, server), "https://alarm.example.edu")
        token = client.token("/login")
        data = {"csrf": token, "name": "officer", "password": PASSWORD}
        answer = client.post("/login", data=data, headers={"origin": "https://alarm.example.edu"})
        assert answer.headers["set-cookie"].startswith("__Host-tocsin=")
        assert "Secure" in answer.headers["set-cookie"]


def test_a_wrong_password_says_nothing_more(tmp_path: Path) -> None:
    """A wrong password and an unknown name get the same answer."""
    with reader(tmp_path, None) as client:
        one, other = log_in(client, "officer", "wrong"), log_in(client, "nobody", "wrong")
        assert one.status_code == other.status_code == 401  # type: ignore[attr-defined]
        assert one.text == other.text  # type: ignore[attr-defined]


def test_an_unknown_name_takes_as_long(tmp_path: Path) -> None:
    """The password of an unknown user is hashed too, so that time does not tell who exists."""
    with fresh_engine(tmp_path) as engine, reading(engine) as conn:
        known, unknown = (min(timed(conn, name) for _ in range(4)) for name in ("officer", "nobody"))
        assert unknown > known * 0.5


def timed(conn: object, name: str) -> float:
    """Seconds of one check."""
    begun = time.perf_counter()
    auth.check_password(conn, name, "wrong")  # type: ignore[arg-type]
    return time.perf_counter() - begun


def test_ten_wrong_tries_then_wait(tmp_path: Path) -> None:
    """The eleventh try within 15 minutes is refused even with the right password, and works again afterwards."""
    with reader(tmp_path, None) as client:
        for _ in range(10):
            assert log_in(client, "officer", "wrong").status_code == 401  # type: ignore[attr-defined]
        assert log_in(client, "officer", PASSWORD).status_code == 429  # type: ignore[attr-defined]
        keys = auth.guess_keys("officer", "127.0.0.1")
        with reading(client.context.engine) as conn:
            assert auth.is_guessing(conn, keys, NOW)
            assert not auth.is_guessing(conn, keys, NOW + timedelta(minutes=16))


def test_one_password_over_many_names_is_limited_too(tmp_path: Path) -> None:
    """One address may not try a password on name after name."""
    with reader(tmp_path, None) as client:
        for k in range(10):
            log_in(client, f"name{k}", "wrong")
        assert log_in(client, "name11", "wrong").status_code == 429  # type: ignore[attr-defined]


def test_logging_out_ends_the_session(tmp_path: Path) -> None:
    """The cookie is worthless after logging out."""
    with reader(tmp_path) as client:
        kept = client.cookies["tocsin"]
        client.submit("/", "/logout")
        client.cookies.set("tocsin", kept, domain="127.0.0.1")
        assert client.get("/").status_code == 303


def test_sessions_run_out(tmp_path: Path) -> None:
    """A session older than its hours is nobody's."""
    with fresh_engine(tmp_path) as engine, writing(engine) as conn:
        cookie = auth.open_session(conn, "officer", NOW, 12)
        assert auth.read_session(conn, cookie, NOW) == auth.User("officer", "officer")
        assert auth.read_session(conn, cookie, NOW + timedelta(hours=12, seconds=1)) is None


def test_a_new_password_ends_old_sessions(tmp_path: Path) -> None:
    """Whoever had the old password is out."""
    with fresh_engine(tmp_path) as engine, writing(engine) as conn:
        cookie = auth.open_session(conn, "officer", NOW, 12)
        assert auth.set_password(conn, "officer", "another long one") is None
        assert auth.read_session(conn, cookie, NOW) is None
        assert auth.set_password(conn, "officer", "short") is not None
        assert auth.set_password(conn, "nobody", "another long one") == "there is no user called nobody"
        assert auth.remove_user(conn, "officer")
        assert not auth.remove_user(conn, "officer")


def test_bad_users_are_refused_in_a_sentence(tmp_path: Path) -> None:
    """Short passwords, odd names, unknown roles and doubles are refused."""
    with fresh_engine(tmp_path) as engine, writing(engine) as conn:
        bad = (("a b", PASSWORD, "viewer"), ("fine", "short", "viewer"), ("fine", PASSWORD, "boss"))
        for name, password, role in (*bad, ("officer", PASSWORD, "viewer")):
            assert auth.add_user(conn, name, password, role, NOW)  # type: ignore[arg-type]


def test_the_setup_link_works_once(tmp_path: Path) -> None:
    """The one-time link makes an operator, logs in, and is spent; it never works beside another user."""
    with fresh_engine(tmp_path) as engine:
        with writing(engine) as conn:
            assert auth.make_setup_token(conn, NOW) is None
            conn.execute(delete(users))
            old = auth.make_setup_token(conn, NOW)
            token = auth.make_setup_token(conn, NOW)
            assert not auth.is_setup_token(conn, old or "", NOW)
            assert not auth.is_setup_token(conn, token or "", NOW + timedelta(hours=25))
        client = Reader(make_context(engine, tmp_path))
        page = f"/setup/{token}"
        differ = client.submit(page, page, name="first", password=PASSWORD, again="something else")
        assert differ.status_code == 400  # type: ignore[attr-defined]
        made = client.submit(page, page, name="first", password=PASSWORD, again=PASSWORD)
        assert made.status_code == 303  # type: ignore[attr-defined]
        assert client.get("/settings").status_code == 200
        assert client.get(page).status_code == 404


def test_proxies_are_believed_only_when_trusted(tmp_path: Path) -> None:
    """Guessing is counted per real address: X-Forwarded-For counts from a trusted proxy and from nobody else."""
    with fresh_engine(tmp_path) as engine:
        for trusted, expected in ((["127.0.0.1"], "203.0.113.9"), ([], "127.0.0.1")):
            client = Reader(make_context(engine, tmp_path, ServerSettings(trusted_proxies=trusted)))
            data = {"csrf": client.token("/login"), "name": "x1", "password": "wrong"}
            client.post("/login", data=data, headers={"origin": BASE, "x-forwarded-for": "198.51.100.1, 203.0.113.9"})
            with reading(engine) as conn:
                keys = set(conn.scalars(select(attempts.c.key)))
            assert set(auth.guess_keys("x1", expected)) <= keys
