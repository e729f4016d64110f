"""The roster on the dashboard: entered, shown, taken back, by those who may."""

import io
from pathlib import Path

import pytest
from dash_client import BASE, reader, visible
from openpyxl import load_workbook

from alerts.roster import load_roster
from pipeline.store.engine import reading
from pipeline.store.schema import audit

ROTATION = {"members": "值班一、值班二", "days": "7", "weekday": "Mon", "clock": "08:30", "starts": "2026-11-25"}


def trail(client) -> list[tuple[str, str]]:  # type: ignore[no-untyped-def]
    with reading(client.context.engine) as conn:
        return [(row.who, row.what) for row in conn.execute(audit.select().order_by(audit.c.n))]


def test_an_editor_enters_a_rotation_and_everybody_sees_it(tmp_path: Path):
    """The form stores a rule, the strip shows the next officer, the trail says who did it."""
    with reader(tmp_path, "editor") as client:
        answer = client.submit("/roster", "/roster/rotation", **ROTATION)
        assert answer.headers["location"] == "/roster?done=roster_rotation"
        page = client.get("/roster.json").json()
        assert page["on_duty"] == ["值班一"]
        assert page["days"][6]["parts"][-1]["names"] == ["值班二"]
        assert trail(client)[-1] == ("editor", "roster_rotation")
        assert "轮值已生效" in visible(client.get("/roster?done=roster_rotation").text)


def test_leave_with_a_substitute_and_a_swap(tmp_path: Path):
    """Both are entered by form and change who is on duty on the strip."""
    with reader(tmp_path, "operator") as client:
        client.submit("/roster", "/roster/rotation", **ROTATION)
        span = {"begins": "2026-11-26T00:00", "ends": "2026-11-27T00:00"}
        client.submit("/roster", "/roster/leave", officer="o1", substitute="o2", why="产假", **span)
        turns = client.get("/roster.json").json()["turns"]
        pair = {name: f"{turns[k]['rotation']}|{turns[k]['day']}" for name, k in (("first", 1), ("second", 2))}
        answer = client.submit("/roster", "/roster/swap", **pair)
        assert answer.headers["location"] == "/roster?done=roster_swap"
        days = client.get("/roster.json").json()["days"]
        assert days[2]["parts"] == [{"begins": "00:00", "ends": "24:00", "names": ["值班二"]}]
        assert days[7]["parts"][0]["names"] == ["值班一"]


def test_an_entry_is_taken_back_with_a_reason_only(tmp_path: Path):
    """Without a reason the page says so and keeps the entry."""
    with reader(tmp_path, "editor") as client:
        client.submit("/roster", "/roster/rotation", **ROTATION)
        entry = client.get("/roster.json").json()["entries"][0]
        refused = client.submit("/roster", "/roster/delete", entry="rotation", id=entry["id"], why=" ")
        assert refused.status_code == 400
        assert "请写明理由" in refused.text
        done = client.submit("/roster", "/roster/delete", entry="rotation", id=entry["id"], why="排错了")
        assert done.status_code == 303
        assert [one["what"] for one in client.get("/roster.json").json()["entries"]] == ["shift"]


def test_an_officer_sees_and_does_not_edit(tmp_path: Path):
    """Officers read the roster; a viewer does not; neither may enter."""
    with reader(tmp_path, "officer") as client:
        assert client.get("/roster").status_code == 200
        assert "/roster/delete" not in client.get("/roster").text
        assert (
            client.post("/roster/day", data={"csrf": client.token("/roster")}, headers={"origin": BASE}).status_code
            == 403
        )
    with reader(tmp_path, "viewer") as client:
        assert client.get("/roster").status_code == 403


def test_no_address_is_shown(tmp_path: Path):
    """The page and its twin say by which channel somebody is reached, never the address."""
    with reader(tmp_path, "editor") as client:
        client.submit(
            "/roster", "/roster/officer", name="值班一", role="officer", **{"address-ops-mail": "one@c.example"}
        )
        assert "ops-mail" in client.get("/roster.json").text
        assert "one@c.example" not in client.get("/roster").text + client.get("/roster.json").text
        with reading(client.context.engine) as conn:
            assert load_roster(conn).pick("o1")[0].addresses == {"ops-mail": "one@c.example"}


@pytest.mark.parametrize(
    ("what", "fields", "said"),
    [
        ("rotation", {**ROTATION, "members": "孙"}, "没有名为“孙”的值班员"),
        ("rotation", {**ROTATION, "clock": "x"}, "请填写首日和交接时刻"),
        ("override", {"officer": "o1", "begins": "", "ends": ""}, "请填写开始和结束"),
        ("override", {"officer": "o1", "begins": "2026-11-26T10:00", "ends": "2026-11-26T09:00"}, "结束时间须晚于开始时间"),
        ("leave", {"officer": "o1", "begins": "2026-11-26T10:00", "ends": "2026-11-27T09:00", "why": "查出发帖人"}, "针对人"),
        ("officer", {"name": "新人", "role": "officer", "address-ops-mail": "nowhere"}, "is not a mail address"),
        ("day", {"day": "soon", "worked": "no", "why": "x"}, "请填写日期"),
    ],
)  # fmt: skip
def test_a_mistake_is_said_on_the_page(tmp_path: Path, what, fields, said):
    """In the reader's language where it is one of the usual ones; nothing is stored."""
    with reader(tmp_path, "editor") as client:
        before = len(trail(client))
        answer = client.submit("/roster", f"/roster/{what}", **fields)
        assert answer.status_code == 400
        assert said in answer.text
        assert len(trail(client)) == before


def test_a_day_of_the_offices_own(tmp_path: Path):
    """Closed on a Friday, and given back to the public calendar."""
    with reader(tmp_path, "editor") as client:
        client.submit("/roster", "/roster/day", day="2026-11-27", worked="no", why="校庆")
        assert [day["worked"] for day in client.get("/roster.json").json()["days"][:5]] == [
            True,
            True,
            True,
            False,
            False,
        ]
        client.submit("/roster", "/roster/day", day="2026-11-27", worked="clear", why="取消")
        assert client.get("/roster.json").json()["own_days"] == []


def test_files_go_out_and_in(tmp_path: Path):
    """The sheet that was downloaded is read in again; a broken one is refused in a sentence."""
    with reader(tmp_path, "editor") as client:
        client.submit("/roster", "/roster/rotation", **ROTATION)
        body = client.get("/roster/file/xlsx").content
        assert load_workbook(io.BytesIO(body)).sheetnames[0] == "人员"
        assert client.get("/roster/file/ics").text.startswith("BEGIN:VCALENDAR")
        before = client.get("/roster.json").json()["days"]
        for given, status in ((body, 303), (b"PK nothing", 400), (b"hello", 400)):
            sent = client.post("/roster/file", data={"csrf": client.token("/roster")}, files={"file": ("r", given)},
                               headers={"origin": BASE})  # fmt: skip
            assert sent.status_code == status
        assert client.get("/roster.json").json()["days"] == before
        assert client.get("/roster/file/exe").status_code == 404


def test_an_empty_office_is_told_where_to_begin(tmp_path: Path):
    """After everybody was taken off, the page says what happens and opens the first form."""
    with reader(tmp_path, "editor") as client:
        for key in ("o1", "o2", "o3"):
            client.submit("/roster", "/roster/delete", entry="officer", id=key, why="ended")
        page = visible(client.get("/roster").text)
        assert "值班表还是空的" in page
        assert client.get("/roster.json").json()["quality"]["covered"] == 0
