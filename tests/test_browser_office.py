"""A day of the office in a real browser: the phone at night, the case and the slip in the morning, a new source, a sheet.

Needs Chromium at /usr/bin/chromium.
"""

import io
import re
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from dash_client import Reader
from dash_pages import PAGES
from dash_seed import DESK, NOW
from hostile_server import feed, open_sites, reply
from playwright.sync_api import Browser
from sqlalchemy import select
from test_browser_dashboard import PHONE, Visit, browser, visit
from test_ways_adding import CONFIG
from ways_door import a_screen

from crawlers.preview import Previewer
from crawlers.settings import CrawlPolicy
from dashboards.auth import ROLES
from dashboards.context import DashContext
from dashboards.pages import SPOTS
from pipeline.store.audit import verify_audit
from pipeline.store.engine import reading
from pipeline.store.schema import acks, audit, cases
from pipeline.store.schema_response import slips
from pipeline.store.store import SqlStore
from tocsin.sourcing import FileSourceDesk

__all__ = ["browser"]
pytestmark = [pytest.mark.service, pytest.mark.slow]
EVENT = "/events/e-canteen"


def trail(client: Reader) -> list[str]:
    """What was audited, in order; the chain must be whole."""
    with reading(client.context.engine) as conn:
        assert verify_audit(conn) is None
        return list(conn.scalars(select(audit.c.what).order_by(audit.c.n)))


def test_a_night_on_the_phone(browser: Browser, tmp_path: Path) -> None:
    """By the link of a message, without a login: taken by mistake, undone, taken again; a line goes into the log."""
    with visit(browser, tmp_path, viewport=PHONE, has_touch=True) as v:
        v.open(f"/a/{DESK.links.make('e-canteen', '值班一', 'a-e-canteen', NOW)}")
        v.page.locator("#take").tap()
        v.page.wait_for_url("**done=taken")
        v.page.locator("button[value=undo]").tap()
        v.page.wait_for_url("**done=undone")
        v.page.locator("#take").tap()
        v.page.wait_for_url("**done=taken")
        with reading(v.client.context.engine) as conn:
            rows = conn.execute(
                select(acks.c.who, acks.c.undone).where(acks.c.event == "e-canteen").order_by(acks.c.n)
            ).all()
        assert [(row.who, row.undone is not None) for row in rows] == [("值班一", True), ("值班一", False)]
        assert v.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_morning_at_the_desk(browser: Browser, tmp_path: Path) -> None:
    """Event, case, notice slip, the department's answer by link on its own machine, accepted, case closed."""
    with visit(browser, tmp_path) as v:
        v.log_in()
        v.open(EVENT)
        v.page.click("summary:has-text('立案交办')")
        v.page.fill(".drop[open] input[name=department]", "后勤保障处")
        v.page.click(".drop[open] button:has-text('立案交办')")
        v.page.wait_for_url("**done=case")
        v.open(f"{EVENT}/slip")
        v.page.fill("textarea[name=words]", "请核实三号窗口留样情况并书面答复。")
        v.page.click("button:has-text('编号')")
        v.page.wait_for_url("**/slips/*done=slip")
        with reading(v.client.context.engine) as conn:
            slip, words = conn.execute(select(slips.c.id, slips.c.words)).one()
        assert words.startswith("请核实")
        link = v.page.inner_text("main").partition("/r/")[2].split()[0]
        v.open(f"/r/{link}")
        v.page.fill("textarea[name=words]", "留样检测合格，已公示。")
        v.page.select_option("select[name=outcome]", index=1)
        v.page.click("main form button")
        v.page.wait_for_load_state("load")
        v.open(f"/slips/{slip}")
        v.page.click("button[value=accept]")
        v.page.wait_for_load_state("load")
        close_case(v)
        said = trail(v.client)
        assert [w for w in said if w in ("case", "open_case", "issue_notice")]
        with reading(v.client.context.engine) as conn:
            assert conn.scalar(select(slips.c.state)) == "accepted"
            assert conn.scalar(select(cases.c.status).where(cases.c.event == "e-canteen")) == "closed"


def close_case(v: Visit) -> None:
    """Close the event's case on its own page."""
    with reading(v.client.context.engine) as conn:
        case = conn.scalar(select(cases.c.id).where(cases.c.event == "e-canteen"))
    v.open(f"/cases/{case}")
    v.page.click("summary:has-text('办结')")
    if v.page.locator(".drop[open] select[name=outcome]").count():
        v.page.select_option(".drop[open] select[name=outcome]", index=1)
    v.page.click(".drop[open] button")
    v.page.wait_for_load_state("load")


def test_an_operator_adds_a_source(browser: Browser, tmp_path: Path) -> None:
    """An address, tried against a local site, shows its items and the lines; written, they stand in the file."""
    with open_sites() as sites:
        site = sites.open()
        site.on("/news.xml", reply(feed("清石学院图书馆延长开放"), **{"Content-Type": "application/rss+xml"}))
        file = tmp_path / "tocsin.toml"
        file.write_text(CONFIG.format(netloc=site.netloc, url=site.url("/first.xml")), encoding="utf-8")

        def with_desk(context: DashContext) -> DashContext:
            policy = CrawlPolicy(allow_private=[site.netloc], host_delay=0)
            previewer = Previewer(SqlStore(context.engine), a_screen(), policy, context.now)
            return replace(context, sourcing=FileSourceDesk(file, previewer))

        with visit(browser, tmp_path, with_desk) as v:
            v.log_in("operator")
            v.open("/sources/add")
            v.page.fill("input[name=url]", site.url("/news.xml"))
            v.page.click("button[value=try]")
            v.page.wait_for_selector("button[value=write]")
            assert v.page.locator("ul.events li").count() >= 1
            assert "news.xml" in v.page.inner_text("main")
            v.page.click("button[value=write]")
            v.page.wait_for_load_state("load")
            assert site.url("/news.xml") in file.read_text(encoding="utf-8")


def test_words_are_found_and_a_list_is_taken_along(browser: Browser, tmp_path: Path) -> None:
    """A search with a phrase and NOT, from a hit to its event; the list of cases comes as a sheet that Excel opens."""
    with visit(browser, tmp_path) as v:
        v.log_in()
        v.open("/search")
        v.page.fill("input[name=q]", '"二食堂" NOT 麻辣')
        v.page.keyboard.press("Enter")
        v.page.wait_for_selector("mark")
        assert "麻辣香锅" not in v.page.inner_text("main")
        v.page.click(".story-foot a >> nth=0")
        v.page.wait_for_url("**/events/e-*")
        v.open("/cases")
        with v.page.expect_download() as download:
            v.page.click("a[href='/cases/file/xlsx']")
        book = openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()))
        assert "后勤保障处" in [cell.value for line in book.worksheets[0].iter_rows() for cell in line]


@pytest.mark.parametrize("role", ["viewer", "officer", "editor"])
def test_every_role_meets_no_broken_page(browser: Browser, tmp_path: Path, role: str) -> None:
    """On a phone, in English and dark, every page of the role is whole: no error in the console, nothing from outside,
    nothing wider than the screen, one heading."""
    with visit(browser, tmp_path, viewport=PHONE, locale="en-GB", color_scheme="dark") as v:
        v.log_in(role)
        for path in PAGES:
            need = need_of(path.split("?")[0])
            if need in ROLES and ROLES.index(need) > ROLES.index(role):  # type: ignore[arg-type]
                continue
            v.open(path)
            assert v.page.locator("h1").count() == 1, path
            assert v.page.evaluate("document.documentElement.scrollWidth") <= 390, path


def need_of(path: str) -> str:
    """Who may read a page."""
    fitting = (s for s in SPOTS if s.method == "GET" and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", s.path), path))
    return next(fitting).needs
