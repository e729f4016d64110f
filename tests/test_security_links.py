"""One-time links and sessions: expired, spent, taken over, fixed beforehand; and what downloads say in their headers."""

from datetime import timedelta
from pathlib import Path

import pytest
from dash_client import BASE, Reader, reader
from dash_seed import NOW, PASSWORD
from sqlalchemy import select, update
from test_security_planted import plant
from test_security_ways import tokens

from dashboards.accounts import INVITE_LIFE, make_invite
from dashboards.auth import digest
from pipeline.store.engine import reading, writing
from pipeline.store.schema import sessions, users
from pipeline.store.schema_desk import invites
from pipeline.store.schema_response import slip_answers, slip_links

FIXED = "a-session-that-somebody-else-chose"


def fixed(client: Reader) -> Reader:
    """A browser into which somebody put a session of his choice."""
    client.cookies.set("tocsin", FIXED, domain="127.0.0.1")
    return client


def test_an_invitation_opens_a_session_of_its_own(tmp_path: Path) -> None:
    """A session chosen beforehand is not the one that the new account gets, and opens nothing afterwards."""
    with reader(tmp_path, None) as client:
        with writing(client.context.engine) as conn:
            path = f"/invite/{make_invite(conn, 'officer', None, 'operator', NOW)}"
        told = fixed(client).submit(path, path, name="xiao.li", password=PASSWORD, again=PASSWORD)
        assert told.headers["location"] == "/"  # type: ignore[attr-defined]
        assert FIXED not in told.headers["set-cookie"]  # type: ignore[attr-defined]
        with reading(client.context.engine) as conn:
            assert digest(FIXED) not in conn.scalars(select(sessions.c.id)).all()
        assert fixed(Reader(client.context)).get("/events").status_code == 303


def test_a_new_password_by_link_ends_what_was_open(tmp_path: Path) -> None:
    """Whoever sat in the account before is out; the link is void once another one is made, and after its time."""
    with reader(tmp_path, "officer") as inside:
        stranger = Reader(inside.context)
        with writing(inside.context.engine) as conn:
            older = f"/invite/{make_invite(conn, 'officer', 'officer', 'operator', NOW)}"
            newer = f"/invite/{make_invite(conn, 'officer', 'officer', 'operator', NOW)}"
        assert stranger.get(older).status_code == 404
        stranger.submit(newer, newer, password="another good password", again="another good password")
        assert inside.get("/events").status_code == 303
        assert stranger.get(newer).status_code == 404


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_old_invitation_opens_nothing(tmp_path: Path, method: str) -> None:
    """After three days, seen or sent, and with a form that was opened in time."""
    with reader(tmp_path, None) as client:
        with writing(client.context.engine) as conn:
            path = f"/invite/{make_invite(conn, 'operator', None, 'operator', NOW)}"
            assert timedelta(days=3) == INVITE_LIFE
        token = client.token(path)
        with writing(client.context.engine) as conn:
            conn.execute(update(invites).values(expires=NOW))
        fields = {"csrf": token, "name": "eve", "password": PASSWORD, "again": PASSWORD}
        answer = client.get(path) if method == "GET" else client.post(path, data=fields, headers={"origin": BASE})
        assert answer.status_code in {400, 404}
        with reading(client.context.engine) as conn:
            assert conn.scalar(select(users.c.name).where(users.c.name == "eve")) is None


def test_an_old_slip_link_takes_no_answer(tmp_path: Path) -> None:
    """After its time a department's link shows nothing and takes nothing, though its form was opened before."""
    with reader(tmp_path, None) as client:
        link = f"/r/{tokens(client)['r']}"
        token = client.token(link)
        with writing(client.context.engine) as conn:
            conn.execute(update(slip_links).values(expires=NOW - timedelta(minutes=1)))
        sent = {"csrf": token, "words": "已整改，留样检测合格。", "outcome": "answered"}
        assert client.get(link).status_code in {404, 410}
        assert client.post(link, data=sent, headers={"origin": BASE}).status_code in {404, 410}
        with reading(client.context.engine) as conn:
            assert conn.execute(select(slip_answers)).all() == []


DOWNLOADS = (
    "/export/search/csv?q=食堂", "/export/events/json", "/roster/file/ics", "/cases/file/xlsx", "/register/sheet", "/slips/s1/paper",
    "/reports/r1/paper/docx", "/reports/r1/paper/txt", "/log/paper/docx", "/handovers/1/paper/txt", "/watches/w1/brief/txt",
    "/briefings/edition/2026Q4-1/briefing.html",
)  # fmt: skip


def test_downloads_say_only_what_they_are(tmp_path: Path) -> None:
    """No stored word, line break included, becomes a header or the name's end; nothing is sniffed or framed."""
    with reader(tmp_path) as client:
        plant(client, '"; filename=evil.exe\r\nX-Evil: 1\r\n\r\n<x-evil>')
        for path in DOWNLOADS:
            answer = client.get(path)
            assert answer.status_code == 200, path
            assert "x-evil" not in answer.headers, path
            assert "evil.exe" not in answer.headers.get("content-disposition", ""), path
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "unsafe" not in answer.headers["content-security-policy"]
            html = answer.headers["content-type"].startswith("text/html")
            assert not html or answer.headers["content-disposition"].startswith("attachment"), path
