"""The roster's files: what goes out comes back, mistakes are named, hostile files cost nothing."""

import io
from datetime import date, timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from roster_kit import BERLIN, MONDAY, Rota, wall

from alerts.duty.ical_in import read_ical
from alerts.roster import list_stretches

NOW = wall("2026-11-23 09:00")


def ics(*events: str) -> bytes:
    """An iCalendar file of these events."""
    body = "\r\n".join(f"BEGIN:VEVENT\r\nUID:u{k}\r\n{event}\r\nEND:VEVENT" for k, event in enumerate(events))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{body}\r\nEND:VCALENDAR\r\n".encode()


def busy_rota() -> Rota:
    rota = Rota()
    key = rota.rotation()
    rota.swap(key, MONDAY + timedelta(days=7), MONDAY + timedelta(days=14))
    rota.shift("override", "zhao", "2026-11-24 18:00", "2026-11-24 22:00")
    rota.shift("leave", "li", "2026-11-26 00:00", "2026-11-28 08:00", "wang")
    rota.shift("leave", "zhao", "2026-12-15 00:00", "2026-12-16 00:00")
    return rota


def test_an_exported_calendar_read_by_an_empty_office_is_the_same_duty():
    """Whoever is on duty here is on duty there, at every moment of the twelve weeks."""
    rota, other = busy_rota(), Rota()
    stored, faults = other.take(rota.make("ics", NOW), "roster.ics")
    assert faults == []
    assert stored > 10
    end = NOW + timedelta(days=84)
    assert list_stretches(other.roster(), NOW, end) == list_stretches(rota.roster(), NOW, end)


def test_an_exported_sheet_read_by_an_empty_office_is_the_same_duty():
    """Officers, rotations, swaps, overrides, leave: the whole roster goes through XLSX."""
    rota, other = busy_rota(), Rota(names=())
    stored, faults = other.take(rota.make("xlsx", NOW), "roster.xlsx")
    assert (stored, faults) == (8, [])
    end = NOW + timedelta(days=84)
    assert list_stretches(other.roster(), NOW, end) == list_stretches(rota.roster(), NOW, end)
    assert {one.addresses["mail"] for one in other.roster().officers} == {
        f"{n}@h.example" for n in ("li", "wang", "zhao")
    }


@pytest.mark.parametrize("kind", ["ics", "xlsx"])
def test_reading_a_file_twice_changes_nothing(kind):
    """The same file is the same entries."""
    rota = busy_rota()
    first, end = list_stretches(rota.roster(), NOW, NOW + timedelta(days=84)), NOW + timedelta(days=84)
    body = rota.make(kind, NOW)
    assert rota.take(body, f"r.{kind}")[1] == []
    before = rota.roster()
    assert rota.take(body, f"r.{kind}")[1] == []
    assert rota.roster() == before
    assert list_stretches(rota.roster(), NOW, end) == first


def test_a_weekly_series_becomes_a_rule_that_keeps_the_wall_clock():
    """Every second week from Monday half past eight in Berlin, over the change of clocks, without end."""
    rota = Rota(BERLIN)
    event = "DTSTART;TZID=Europe/Berlin:20260316T083000\r\nDTEND;TZID=Europe/Berlin:20260323T083000\r\n"
    stored, faults = rota.take(ics(event + "SUMMARY:Dienst li\r\nRRULE:FREQ=WEEKLY;INTERVAL=2"), "a.ics")
    assert (stored, faults) == (1, [])
    assert len(rota.roster().rotations) == 1
    assert rota.on_duty("2026-03-30 08:29") == []
    assert rota.on_duty("2026-03-30 08:30") == ["li"]
    assert rota.on_duty("2026-04-06 08:30") == []
    assert rota.on_duty("2030-03-25 12:00") == ["li"]
    assert rota.on_duty("2030-04-01 12:00") == []


def test_days_of_the_week_are_rules_of_their_own():
    """Monday, Wednesday and Friday evenings for three weeks, by COUNT."""
    rota = Rota()
    event = "DTSTART;TZID=Asia/Shanghai:20261123T180000\r\nDURATION:PT4H\r\nSUMMARY:wang\r\n"
    assert rota.take(ics(event + "RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=8"), "a.ics") == (3, [])
    days = [f"2026-11-{day} 19:00" for day in (23, 24, 25, 27)] + ["2026-12-09 19:00", "2026-12-11 19:00"]
    assert [bool(rota.on_duty(day)) for day in days] == [True, False, True, True, True, False]
    assert rota.on_duty("2026-11-23 22:00") == []


def test_a_series_with_days_left_out_is_written_out():
    """EXDATE and a moved instance: those days are not the series'."""
    rota = Rota()
    series = (
        "DTSTART;TZID=Asia/Shanghai:20261123T083000\r\nDURATION:P1D\r\nSUMMARY:li\r\nRRULE:FREQ=DAILY;COUNT=5\r\n"
        "EXDATE;TZID=Asia/Shanghai:20261124T083000"
    )
    moved = (
        "RECURRENCE-ID;TZID=Asia/Shanghai:20261125T083000\r\nDTSTART;TZID=Asia/Shanghai:20261125T120000\r\n"
        "DURATION:PT2H\r\nSUMMARY:wang"
    )
    body = ics(series, moved).replace(b"UID:u1", b"UID:u0")
    assert rota.take(body, "a.ics")[1] == []
    assert [rota.on_duty(f"2026-11-{day} 13:00") for day in (23, 24, 25, 26)] == [["li"], [], ["wang"], ["li"]]


def test_whole_days_and_floating_times_are_the_schools():
    """A date lasts from local midnight to midnight."""
    rota = Rota()
    assert rota.take(ics("DTSTART;VALUE=DATE:20261201\r\nSUMMARY:li"), "a.ics") == (1, [])
    assert rota.on_duty("2026-12-01 00:00") == ["li"]
    assert rota.on_duty("2026-12-02 00:00") == []


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ("DTSTART:20261201T000000Z\r\nSUMMARY:Meeting", "names no officer"),
        ("DTSTART:20261201T000000Z\r\nSUMMARY:li and wang", "more than one officer"),
        ("SUMMARY:li", "it has no DTSTART"),
        ("DTSTART:20261201T000000Z\r\nDTEND:20261101T000000Z\r\nSUMMARY:li", "ends before it begins"),
        ("DTSTART:20261201T000000Z\r\nSUMMARY:li\r\nRRULE:FREQ=MONTHLY", "plain weekly and daily"),
        ("DTSTART:20261201T000000Z\r\nSUMMARY:li\r\nRRULE:FREQ=SECONDLY;COUNT=1000000", "plain weekly and daily"),
        ("DTSTART:20261201T000000Z\r\nDURATION:P9D\r\nSUMMARY:li\r\nRRULE:FREQ=WEEKLY", "longer than its step"),
    ],
)
def test_an_event_that_cannot_be_read_is_named_and_nothing_is_stored(event, said):
    """The event's number and summary, and why; the good one beside it is not stored either."""
    rota = Rota()
    stored, faults = rota.take(ics("DTSTART:20261201T000000Z\r\nDURATION:P1D\r\nSUMMARY:li", event), "a.ics")
    assert stored == 0
    assert len(faults) == 1
    assert faults[0].startswith("event 2 (")
    assert said in faults[0]
    assert rota.roster().shifts == ()


@pytest.mark.parametrize(
    "body",
    [
        b"", b"hello", b"PK\x03\x04 no calendar", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR", b"\xff\xfe\x00" * 50,
        b"BEGIN:VCALENDAR\r\n" + b"X" * 10_000_000, b"BEGIN:VEVENT\r\n" * 150_000,
        b"BEGIN:VCALENDAR\r\nX:" + b"a" * 1_500_000 + b"\r\nEND:VCALENDAR", ics(*["SUMMARY:x"] * 5000),
    ],
    ids=["empty", "text", "zip", "no event", "bytes", "10 MB", "open events", "long line", "5000 events"],
)  # fmt: skip
@pytest.mark.timeout(60)
def test_a_hostile_calendar_is_refused_in_one_sentence(body):
    """Whatever it is, it is answered soon and stores nothing."""
    stored, faults = Rota().take(body, "a.ics")
    assert stored == 0
    assert len(faults[0]) < 300


def test_a_series_of_a_million_is_one_rule():
    """COUNT=1000000 is reckoned, not counted out; with a day left out it is written out for a year at most."""
    event = "DTSTART:20261123T003000Z\r\nDURATION:PT1H\r\nSUMMARY:li\r\nRRULE:FREQ=DAILY;COUNT=1000000"
    rota = Rota()
    assert rota.take(ics(event), "a.ics") == (1, [])
    assert rota.on_duty("2100-01-01 09:00") == ["li"]
    found = read_ical(ics(event + "\r\nEXDATE:20261124T003000Z"), rota.roster().officers, rota.zone, rota.by.now)
    assert 300 < len(found.shifts) <= 400


def book(**sheets: list[list[object]]) -> bytes:
    made = Workbook()
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("sheets", "said"),
    [
        ({"值班": [["值班员", "开始", "结束"], ["li", "tomorrow", "2026-11-25 08:00"]]},
         "sheet 值班, row 2, column B (开始): 'tomorrow' is not a time such as 2026-11-24 08:30"),
        ({"值班": [["值班员", "开始", "结束"], ["sun", "2026-11-24", "2026-11-25"]]},
         "sheet 值班, row 2, column A (值班员): 'sun' is no officer of the roster"),
        ({"请假": [["值班员", "开始"], [], ["li", "2026-11-24"]]}, "sheet 请假, row 3, column '结束' is missing"),
        ({"人员": [["名称", "角色", "sms"], ["孙", "值班员", "1"]]}, "sheet 人员, row 2: there is no channel 'sms'"),
        ({"轮值": [["成员顺序", "开始日期", "交接日", "交接时间"], ["li、wang", "2026-11-23", "周八", "08:30"]]},
         "sheet 轮值, row 2, column C (交接日): '周八' is not a day"),
        ({"替班": [["值班员", "开始", "结束", "事由"], ["li", "2026-11-24", "2026-11-25", "查出发帖人"]]},
         "sheet 替班, row 2, column D (事由): Finding out who wrote it"),
        ({"Blatt": [["x"]]}, "the file has no row on a sheet called 人员"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_sheet_is_named_by_sheet_row_and_column(sheets, said):
    """And nothing of the file is stored."""
    rota = Rota()
    _, faults = rota.take(book(**sheets), "a.xlsx")
    assert said in faults[0]
    assert rota.roster().shifts == ()


def test_headings_are_the_offices_own():
    """Another heading by setting, ours in English, dates as Excel has them."""
    rota = Rota()
    rota.shelf.headings.update({"officer": "值守人"})  # type: ignore[attr-defined]
    rows = [["begins", "值守人", "ends"], [wall("2026-11-24 00:00").replace(tzinfo=None), "li", date(2026, 11, 26)]]
    assert rota.take(book(duty=rows), "a.xlsx") == (1, [])
    first = load_workbook(io.BytesIO(rota.make("xlsx", NOW)))["值班"]
    assert [cell.value for cell in first[1]] == ["值守人", "开始", "结束", "事由"]


def test_a_name_that_looks_like_a_formula_stays_text():
    """What an officer is called is never computed by a spreadsheet."""
    rota = Rota()
    rota.officer("=1+1", key="sum")
    sheet = load_workbook(io.BytesIO(rota.make("xlsx", NOW)))["人员"]
    found = [cell for row in sheet.iter_rows() for cell in row if cell.value == "=1+1"]
    assert [cell.data_type for cell in found] == ["s"]


@pytest.mark.parametrize("body", [b"", b"no zip", b"PK\x05\x06" + b"\0" * 18, b"x" * 3_000_000])
def test_a_file_that_is_no_sheet_is_refused(body):
    """One sentence, whatever the bytes."""
    stored, faults = Rota().take(body, "a.xlsx")
    assert stored == 0
    assert len(faults) == 1


def test_a_bomb_is_not_unpacked(tmp_path: Path):
    """An XLSX that unpacks to more than thirty megabytes is refused before it is read."""
    import zipfile

    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b" " * 40_000_000)
    assert Rota().take(path.read_bytes(), "a.xlsx") == (0, ["the file is too large when it is unpacked"])
