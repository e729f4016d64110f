"""Taking lists along and entering the roster in a real browser: click, download, open the file. In both languages, desk and phone.

Needs Chromium at /usr/bin/chromium.
"""

import csv
import io
import json
import re
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from dash_seed import NOW
from playwright.sync_api import Browser
from sqlalchemy import select
from test_browser_dashboard import DESKTOP, PHONE, Visit, browser, visit

from pipeline.store.audit import verify_audit
from pipeline.store.engine import reading
from pipeline.store.schema import audit, documents

__all__ = ["browser"]
pytestmark = [pytest.mark.service, pytest.mark.slow]
LOOKS = pytest.mark.parametrize("look", ["zh-desk", "en-phone"])
DAY = NOW.date()


def looking(look: str) -> dict[str, object]:
    """Options of a browser."""
    lang, size = look.split("-")
    return {
        "locale": "zh-CN" if lang == "zh" else "en-GB",
        "viewport": PHONE if size == "phone" else DESKTOP,
        "has_touch": size == "phone",
    }


def download(v: Visit, link: str) -> bytes:
    """Click a link that gives a file."""
    with v.page.expect_download() as made:
        v.page.click(link)
    return Path(made.value.path()).read_bytes()


@LOOKS
def test_a_search_is_taken_along(browser: Browser, tmp_path: Path, look: str) -> None:
    """An officer searches, narrows by tone and days, and takes the hits as three files: the same rows as on the page, no word
    of a private voice, and each is in the audit trail."""
    with visit(browser, tmp_path, **looking(look)) as v:
        v.log_in("officer")
        v.open("/search")
        v.page.fill("input[name=q]", "食堂")
        v.page.fill("input[name=from]", (DAY - timedelta(days=6)).isoformat())
        v.page.fill("input[name=to]", DAY.isoformat())
        v.page.select_option("select[name=tone]", "negative")
        v.page.click("main form:has(input[name=q]) button")
        v.page.wait_for_selector("mark")
        rows = json.loads(download(v, "a[href^='/export/search/json']"))["rows"]
        lines = list(csv.reader(io.StringIO(download(v, "a[href^='/export/search/csv']").decode("utf-8-sig"))))
        book = openpyxl.load_workbook(io.BytesIO(download(v, "a[href^='/export/search/xlsx']")))
        sheet = [[cell.value for cell in line] for line in book.worksheets[0].iter_rows(min_row=2)]
        ids = [row["id"] for row in rows]
        assert ids == [line[0] for line in lines[1:-1]] == [line[0] for line in sheet[:-1]]
        assert ids
        assert {row["tone"] for row in rows} == {"negative"}
        assert min(row["when"] for row in rows)[:10] >= (DAY - timedelta(days=7)).isoformat()
        with reading(v.client.context.engine) as conn:
            hidden = conn.scalars(
                select(documents.c.text).where(documents.c.source_kind.in_(["forum", "complaint", "social"]))
            ).all()
            assert verify_audit(conn) is None
            done = conn.scalars(select(audit.c.detail).where(audit.c.what == "export")).all()
        everything = json.dumps([rows, lines, sheet], ensure_ascii=False, default=str)
        assert [text for text in hidden if text in everything] == []
        assert [one.split()[0] for one in done] == ["json", "csv", "xlsx"]
        said = "已全部导出" if look.startswith("zh") else "these are all"
        assert said in lines[-1][0]


@LOOKS
def test_lists_are_taken_along(browser: Browser, tmp_path: Path, look: str) -> None:
    """Each list's own link gives a sheet with a title row in the reader's language and the rows of its page."""
    with visit(browser, tmp_path, **looking(look)) as v:
        v.log_in("operator")
        for page, what, title in (("/events", "events", "标题"), ("/cases", "cases", "责任部门"), ("/sources", "sources", "名称"),
                                  ("/rules", "alerts", "级别"), ("/audit", "audit", "操作人")):  # fmt: skip
            v.open(page)
            body = download(v, f"a[href^='/export/{what}/xlsx']")
            lines = [
                [cell.value for cell in line]
                for line in openpyxl.load_workbook(io.BytesIO(body)).worksheets[0].iter_rows()
            ]
            assert len(lines) > 2, what
            zh = any("\u4e00" <= letter <= "\u9fff" for cell in lines[0] if cell for letter in str(cell))
            assert zh == look.startswith("zh"), (what, title, lines[0])


@LOOKS
def test_a_rotation_is_entered_and_shown(browser: Browser, tmp_path: Path, look: str) -> None:
    """An editor enters an officer and a daily rotation of three from tomorrow: the page shows whose day each of the next
    fourteen is, then a leave with its substitute, and the calendar and the sheet say the same."""
    with visit(browser, tmp_path, **looking(look)) as v:
        v.log_in("editor")
        v.open("/roster")
        opened = v.page.locator("details:has(form[action='/roster/officer']) > summary")
        opened.click()
        v.page.fill("form[action='/roster/officer'] input[name=name]", "值班三")
        v.page.click("form[action='/roster/officer'] button")
        v.page.wait_for_url("**done=**")
        v.page.locator("details:has(form[action='/roster/rotation']) > summary").click()
        v.page.fill("form[action='/roster/rotation'] input[name=members]", "值班一, 值班二, 值班三")
        v.page.select_option("form[action='/roster/rotation'] select[name=days]", "1")
        v.page.fill("form[action='/roster/rotation'] input[name=clock]", "00:00")
        v.page.fill("form[action='/roster/rotation'] input[name=starts]", (DAY + timedelta(days=1)).isoformat())
        v.page.click("form[action='/roster/rotation'] button")
        v.page.wait_for_url("**done=**")
        team = ("值班一", "值班二", "值班三")
        assert days_of(v)[1:] == [team[k % 3] for k in range(13)]
        day = DAY + timedelta(days=2)  # the second one's first day
        v.page.locator("details:has(form[action='/roster/leave']) > summary").click()
        form = "form[action='/roster/leave']"
        v.page.select_option(f"{form} select[name=officer]", label="值班二")
        v.page.fill(f"{form} input[name=begins]", f"{day}T00:00")
        v.page.fill(f"{form} input[name=ends]", f"{day + timedelta(days=1)}T00:00")
        v.page.select_option(f"{form} select[name=substitute]", label="值班一")
        v.page.click(f"{form} button")
        v.page.wait_for_url("**done=**")
        assert days_of(v)[1:4] == ["值班一", "值班一", "值班三"]
        calendar = download(v, "a[href='/roster/file/ics']").decode()
        assert calendar.count("BEGIN:VEVENT") >= 12
        book = openpyxl.load_workbook(io.BytesIO(download(v, "a[href='/roster/file/xlsx']")))
        assert "值班三" in [cell.value for sheet in book.worksheets for line in sheet.iter_rows() for cell in line]
        assert v.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def days_of(v: Visit) -> list[str]:
    """Who is on duty on each of the fourteen days, as the page shows it."""
    shown = [day.inner_text() for day in v.page.locator("li.duty-day").all()]
    assert len(shown) == 14
    return ["、".join(dict.fromkeys(re.findall("值班.", text))) for text in shown]
