"""Accounts and silences as the office looks after them."""

import re
from datetime import timedelta
from pathlib import Path

from dash_client import BASE, Reader, reader, visible
from dash_seed import NOW, PASSWORD
from sqlalchemy import select, update

from alerts.acks import add_silence
from dashboards.auth import add_user
from pipeline.store.audit import verify_audit
from pipeline.store.engine import reading, writing
from pipeline.store.schema import audit, sessions, silences, users
from pipeline.store.schema_desk import invites

LINK = re.compile(r"/invite/[\w-]{20,}")


def make_link(client: Reader, act: str, **fields: str) -> str:
    """The path of a fresh one-time link."""
    found = LINK.search(client.submit("/users", f"/users/{act}", **fields).text)  # type: ignore[attr-defined]
    assert found
    return found.group()


def acts(client: Reader) -> list[tuple[str, str, str]]:
    """The audit trail, which is whole."""
    with reading(client.context.engine) as conn:
        assert verify_audit(conn) is None
        return [
            tuple(row) for row in conn.execute(select(audit.c.who, audit.c.what, audit.c.target).order_by(audit.c.n))
        ]


def as_new(client: Reader) -> Reader:
    """Another browser on the same house."""
    return Reader(client.context)


def test_an_invitation_makes_one_account_once(tmp_path: Path) -> None:
    """The link is shown once, makes an account of its role, logs it in, and is spent; it is stored as a hash only."""
    with reader(tmp_path) as client:
        path = make_link(client, "invite", role="officer")
        assert "/invite/" not in client.get("/users").text
        other = as_new(client)
        told = other.submit(path, path, name="xiao.li", password=PASSWORD, again=PASSWORD)
        assert told.headers["location"] == "/"  # type: ignore[attr-defined]
        assert other.get("/roster").status_code == 200
        assert other.get(path).status_code == 404
        assert acts(client)[-3:] == [
            ("operator", "user_invite", ""),
            ("xiao.li", "joined", "xiao.li"),
            ("xiao.li", "login", ""),
        ]
        with reading(client.context.engine) as conn:
            assert conn.execute(select(invites)).all() == []
            assert path.rsplit("/", 1)[1] not in str(conn.execute(select(audit)).all())


def test_bad_answers_do_not_spend_the_link(tmp_path: Path) -> None:
    """Two different passwords, a short one, a taken name: the link stays good; after three days it is not."""
    with reader(tmp_path) as client:
        path, other = make_link(client, "invite", role="viewer"), as_new(client)
        tries = (("a.b", PASSWORD, "other password"), ("a.b", "short", "short"), ("officer", PASSWORD, PASSWORD))
        for name, first, again in tries:
            assert other.submit(path, path, name=name, password=first, again=again).status_code == 400  # type: ignore[attr-defined]
        assert other.get(path).status_code == 200
        with writing(client.context.engine) as conn:
            conn.execute(update(invites).values(expires=NOW - timedelta(seconds=1)))
        assert other.get(path).status_code == 404


def test_a_new_password_ends_the_old_sessions(tmp_path: Path) -> None:
    """The second link voids the first; with it the old password and the open browsers end."""
    with reader(tmp_path) as client:
        old = as_new(client).as_role("officer")
        first = make_link(client, "reset", name="officer")
        second = make_link(client, "reset", name="officer")
        other = as_new(client)
        assert other.get(first).status_code == 404
        assert 'name="name"' not in other.get(second).text
        other.submit(second, second, password="another good one", again="another good one")
        assert old.get("/").status_code == 303
        tried = as_new(client).submit("/login", "/login", name="officer", password=PASSWORD)
        assert tried.status_code == 401  # type: ignore[attr-defined]


def test_a_disabled_account_is_out_at_once(tmp_path: Path) -> None:
    """Open browsers end, its password no longer works, and it can be enabled again."""
    with reader(tmp_path) as client:
        old = as_new(client).as_role("officer")
        client.submit("/users", "/users/disable", name="officer")
        assert old.get("/").status_code == 303
        tried = as_new(client).submit("/login", "/login", name="officer", password=PASSWORD)
        assert tried.status_code == 401  # type: ignore[attr-defined]
        assert "已停用" in visible(client.get("/users").text)
        client.submit("/users", "/users/enable", name="officer")
        assert as_new(client).submit("/login", "/login", name="officer", password=PASSWORD).status_code == 303  # type: ignore[attr-defined]


def test_the_last_operator_stays(tmp_path: Path) -> None:
    """Neither disabled nor demoted while alone; a disabled second operator does not count."""
    with reader(tmp_path) as client:
        for act, fields in (("disable", {}), ("role", {"role": "viewer"})):
            answer = client.submit("/users", f"/users/{act}", name="operator", **fields)
            assert answer.status_code == 400  # type: ignore[attr-defined]
            assert "最后一个可以登录的运维账号" in answer.text  # type: ignore[attr-defined]
        with writing(client.context.engine) as conn:
            assert add_user(conn, "second", PASSWORD, "operator", NOW) is None
            conn.execute(update(users).where(users.c.name == "second").values(disabled=NOW))
        assert client.submit("/users", "/users/disable", name="operator").status_code == 400  # type: ignore[attr-defined]
        client.submit("/users", "/users/enable", name="second")
        client.submit("/users", "/users/role", name="operator", role="viewer")
        assert client.get("/users").status_code == 403


def test_only_operators_see_accounts(tmp_path: Path) -> None:
    """An editor may neither look nor act; unknown accounts, roles and acts are refused."""
    with reader(tmp_path, "editor") as client:
        assert client.get("/users").status_code == 403
        answer = client.post(
            "/users/role",
            data={"csrf": client.token("/"), "name": "editor", "role": "operator"},
            headers={"origin": BASE},
        )
        assert answer.status_code == 403
    with reader(tmp_path) as client:
        for act, fields in (
            ("role", {"name": "nobody", "role": "viewer"}),
            ("reset", {"name": "nobody"}),
            ("invite", {"role": "king"}),
        ):
            assert client.submit("/users", f"/users/{act}", **fields).status_code == 400  # type: ignore[attr-defined]
        assert client.submit("/users", "/users/crown").status_code == 404  # type: ignore[attr-defined]


def test_logging_out_everywhere(tmp_path: Path) -> None:
    """Every browser of the account is out; the account itself stays."""
    with reader(tmp_path) as client:
        old = as_new(client).as_role("editor")
        client.submit("/users", "/users/sessions", name="editor")
        assert old.get("/").status_code == 303
        with reading(client.context.engine) as conn:
            assert conn.execute(select(sessions).where(sessions.c.user == "editor")).all() == []


def test_a_silence_is_listed_and_ended_early(tmp_path: Path) -> None:
    """End and reason are shown; ended early it is over now, audited; a second time there is nothing to end."""
    with reader(tmp_path, "officer") as client:
        with writing(client.context.engine) as conn:
            key = add_silence(
                conn,
                event="e-canteen",
                topic=None,
                begins=NOW,
                ends=NOW + timedelta(hours=2),
                who="officer",
                why="已在处理",
            )
        page = visible(client.get("/rules").text)
        assert "已在处理" in page
        assert "立即结束" in page
        client.submit("/rules", f"/silences/{key}/end")
        with reading(client.context.engine) as conn:
            assert conn.scalar(select(silences.c.ends).where(silences.c.id == key)) == NOW
        assert acts(client)[-1] == ("officer", "end_silence", "e-canteen")
        assert "目前没有静默" in visible(client.get("/rules").text)
        assert client.submit("/rules", f"/silences/{key}/end").status_code == 404  # type: ignore[attr-defined]
