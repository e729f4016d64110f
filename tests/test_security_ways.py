"""Ways in that are tried again and again: paths, redirects, headers, links of one kind at another, guesses and bombs."""

import io
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from dash_client import BASE, Reader, fresh_engine, reader
from dash_seed import DESK, NOW, PASSWORD, make_context
from sqlalchemy import insert
from test_security_planted import figures

from alerts.response.replies import ReplyLinks
from dashboards.accounts import make_invite
from dashboards.pages import SPOTS
from dashboards.settings import ServerSettings
from pipeline.store.engine import writing
from pipeline.store.schema_response import slip_links, slips

CLIMBS = ("../../../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "..\\..\\etc\\passwd", "%2fetc%2fpasswd",
          "....//....//etc/passwd", "dash.db", "..%2fdash.db", "tocsin.toml", "x%00.docx", "con", ".")  # fmt: skip
FILES = [spot.path for spot in SPOTS if spot.method == "GET" and "{" in spot.path and not spot.twin] + [
    "/static/{name}"
]


@pytest.mark.parametrize("pattern", FILES)
def test_no_download_leaves_its_folder(tmp_path: Path, pattern: str) -> None:
    """Whatever stands in the place of a name, a download gives what it lists or nothing."""
    (tmp_path / "secret.docx").write_text("a file beside")
    with reader(tmp_path) as client:
        for climb in CLIMBS:
            path = fill_all(pattern, climb)
            answer = client.get(path)
            assert answer.status_code in {303, 400, 404, 405, 200}, path
            for secret in (b"root:", b"SQLite format", b"a file beside", b"[school]"):
                assert secret not in answer.content, path


def fill_all(pattern: str, value: str) -> str:
    """`pattern` with `value` in every place."""
    made = pattern
    while "{" in made:
        before, _, rest = made.partition("{")
        made = before + value + rest.partition("}")[2]
    return made


AWAY = (
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "/%2f/evil.example",
    "javascript:x",
    "/x\r\nSet-Cookie: a=b",
    "\t//evil.example",
)


@pytest.mark.parametrize("target", AWAY)
def test_no_form_leads_away(tmp_path: Path, target: str) -> None:
    """Whatever a form or an address says of the way back, nothing redirects to another host or writes a header."""
    with reader(tmp_path) as client:
        token = client.token("/about")
        posts = [
            spot for spot in SPOTS if spot.method == "POST" and spot.path not in ("/logout", "/events/{id}/original")
        ]
        values = dict.fromkeys(("next", "to", "back", "done", "url", "from", "return", "target"), target)
        for spot in posts:
            answer = client.post(
                fill_all(spot.path, "e-canteen"), data={"csrf": token, **values}, headers={"origin": BASE}
            )
            assert not answer.headers.get("location", "/").startswith(("//", "/\\", "http", "javascript")), spot.path
            assert "a=b" not in answer.headers.get("set-cookie", "")
        client.cookies.clear()
        assert client.get("/events", params={"next": target}).headers["location"].startswith("/login?next=/events")


def test_names_write_no_headers(tmp_path: Path) -> None:
    """A line break in a name or a query never becomes a header of the answer."""
    with reader(tmp_path) as client:
        for path in ("/events/x%0d%0aSet-Cookie:%20a=b", "/briefings/x%0d%0aX-Evil:%201.docx", "/search?q=%0d%0aX-Evil:%201",
                     "/reports/x/paper/%0d%0aX-Evil", "/login?next=/%0d%0aX-Evil:%201"):  # fmt: skip
            answer = client.get(path)
            assert "x-evil" not in answer.headers
            assert "a=b" not in answer.headers.get("set-cookie", "")


def tokens(client: Reader) -> dict[str, str]:
    """A good token of each kind of link."""
    with writing(client.context.engine) as conn:
        conn.execute(insert(slips).values(
            id="s1", kind="notice", year=2026, number=1, event="e-canteen", department="后勤", matter="x", figures=figures("x"), words="x",
            issued=NOW, due=NOW + timedelta(days=1), state="sent", lang="zh",
        ))  # fmt: skip
        conn.execute(insert(slip_links).values(nonce="a" * 32, slip="s1", expires=NOW + timedelta(days=9)))
        invite = make_invite(conn, "viewer", None, "operator", NOW)
    reply = ReplyLinks(client.context.secret, BASE).sign("a" * 32)
    return {
        "a": DESK.links.make("e-canteen", "值班一", "a1", NOW),
        "r": reply,
        "invite": invite or "",
    }


def test_a_link_opens_its_own_door_only(tmp_path: Path) -> None:
    """The link of an alert, a slip and an invitation: each opens one address, none opens another's, and
    one character more, less or other opens nothing."""
    with reader(tmp_path, None) as client:
        good = tokens(client)
        for kind, token in good.items():
            for door in (*good, "report", "setup", "websub"):
                status = client.get(f"/{door}/{token}").status_code
                assert status == (200 if door == kind else 404), (kind, door)
            other = "A" if token[0] != "A" else "B"
            for forged in (other + token[1:], token[:-1], token + "A", token.swapcase(), token.split(".")[0], "x"):
                assert forged == token or client.get(f"/{kind}/{forged}").status_code == 404, kind
        old = DESK.links.make("e-canteen", "值班一", "a1", NOW - timedelta(days=4))
        assert client.get(f"/a/{old}").status_code == 404
        key = type(DESK.links)(b"another key")
        assert client.get(f"/a/{key.make('e-canteen', '值班一', 'a1', NOW)}").status_code == 404


def test_a_spent_link_is_spent(tmp_path: Path) -> None:
    """An answer by link is taken once; the same form sent again, or with another browser's token, changes nothing."""
    with reader(tmp_path, None) as client:
        link = f"/r/{tokens(client)['r']}"
        fields = {"words": "已整改，留样检测合格。", "outcome": "answered"}
        field = client.token(link)
        first = client.post(link, data={"csrf": field, **fields}, headers={"origin": BASE})
        again = client.post(link, data={"csrf": field, **fields}, headers={"origin": BASE})
        assert (first.status_code < 400, again.status_code) == (True, 404)


def test_guessing_is_counted_whatever_the_caller_claims(tmp_path: Path) -> None:
    """Forwarding headers from a stranger do not give a new address for each guess."""
    with fresh_engine(tmp_path) as engine:
        client = Reader(
            make_context(engine, tmp_path, ServerSettings(proxy_header="X-User", trusted_proxies=["192.0.2.1"]))
        )
        token = client.token("/login")
        for k in range(10):
            headers = {
                "origin": BASE,
                "x-forwarded-for": f"198.51.100.{k}",
                "forwarded": f"for=198.51.100.{k}",
                "x-user": "operator",
            }
            client.post("/login", data={"csrf": token, "name": "officer", "password": f"wrong {k}"}, headers=headers)
        last = client.post(
            "/login", data={"csrf": token, "name": "officer", "password": PASSWORD}, headers={"origin": BASE}
        )
        assert last.status_code == 429


def bomb() -> bytes:
    """A sheet of a kilobyte that unpacks to 300 MB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as parts:
        parts.writestr("[Content_Types].xml", "<Types/>")
        parts.writestr("xl/workbook.xml", b"0" * 300_000_000)
    return buffer.getvalue()


@pytest.mark.parametrize("path", ["/register/sheet", "/roster/file"])
def test_a_bomb_does_not_go_off(tmp_path: Path, path: str) -> None:
    """A sheet that unpacks to hundreds of megabytes, one over the limit, and rubbish are refused in a sentence."""
    with reader(tmp_path) as client:
        page = {"/register/sheet": "/register", "/roster/file": "/roster"}[path]
        token = client.token(page)
        for body in (bomb(), b"PK\x03\x04rubbish", b"", b"\x00" * 5000, b"BEGIN:VCALENDAR\r\n" + b"X" * 900_000):
            answer = client.post(path, data={"csrf": token}, files={"file": ("x.xlsx", body)}, headers={"origin": BASE})
            assert answer.status_code in {200, 303, 400}, body[:10]
        large = b"BEGIN:VCALENDAR\r\n" + b"X" * 10_000_000
        assert (
            client.post(
                path, data={"csrf": token}, files={"file": ("x.ics", large)}, headers={"origin": BASE}
            ).status_code
            == 413
        )
