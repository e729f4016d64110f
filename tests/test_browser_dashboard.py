"""The dashboard in a real browser: an officer's evening on the phone, a morning at the desk, access for everyone.

Needs Chromium at /usr/bin/chromium.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from dash_client import Reader, served
from dash_pages import PAGES
from dash_seed import DESK, NOW, PASSWORD
from playwright.sync_api import Browser, Page, sync_playwright
from service_kit import need
from sqlalchemy import insert, select, update

from dashboards.context import DashContext
from pipeline.store.engine import reading, writing
from pipeline.store.schema import acks, changes, events

pytestmark = [pytest.mark.service, pytest.mark.slow]
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 860}


@dataclass
class Visit:
    """A page of one visitor, and everything the browser complained about."""

    page: Page
    url: str
    client: Reader
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Go there and wait until it is quiet."""
        self.page.goto(self.url + path)
        self.page.wait_for_load_state("load")

    def log_in(self, name: str = "officer") -> None:
        """Through the form, as a person does."""
        self.open("/login")
        self.page.fill("input[name=name]", name)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("form.stack button")
        self.page.wait_for_url(self.url + "/")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the module."""
    with sync_playwright() as play:
        flags = ["--no-sandbox", "--disable-background-networking"]
        made = play.chromium.launch(executable_path=need("/usr/bin/chromium", "look at the pages"), args=flags)
        yield made
        made.close()


@contextmanager
def visit(
    browser: Browser, folder: Path, adapt: Callable[[DashContext], DashContext] = lambda c: c, **options: Any
) -> Iterator[Visit]:
    """A visitor of a freshly seeded school; any console error, dialog or foreign request fails the test."""
    with served(folder, adapt) as (url, client):
        context = browser.new_context(**{"viewport": DESKTOP, "locale": "zh-CN", **options})
        made = Visit(context.new_page(), url, client)
        note = made.complaints.append
        made.page.on("console", lambda m: note(m.text) if m.type in {"error", "warning"} else None)
        made.page.on("pageerror", lambda e: note(str(e)))
        made.page.on("dialog", lambda d: (note(f"dialog {d.message}"), d.dismiss()))
        made.page.on("request", lambda r: None if r.url.startswith(url) else note(f"foreign {r.url}"))
        try:
            yield made
        finally:
            context.close()
        assert made.complaints == []


def test_from_message_to_taken_in_three_taps(browser: Browser, tmp_path: Path) -> None:
    """At 390 px, without login: tap the link in the message, tap the button; the event is taken. That is two taps."""
    with visit(browser, tmp_path, viewport=PHONE, has_touch=True) as v:
        v.open(f"/a/{DESK.links.make('e-canteen', '值班一', 'a-e-canteen', NOW)}")  # tap 1: the link
        button = v.page.locator("#take")
        box = button.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 844  # without scrolling
        assert box["height"] >= 44
        button.tap()  # tap 2
        v.page.wait_for_url("**done=taken")
        assert "值班一 在处理" in v.page.inner_text("main")
        with reading(v.client.context.engine) as conn:
            assert conn.execute(select(acks.c.who, acks.c.what).order_by(acks.c.n.desc())).first() == (
                "值班一",
                "taken",
            )


def test_an_officers_day_at_the_desk(browser: Browser, tmp_path: Path) -> None:
    """Log in, see what needs someone, open it, take it, open a case, find it among the cases, log out."""
    with visit(browser, tmp_path) as v:
        v.log_in()
        assert "2 件事需要处理" in v.page.inner_text("h1")
        v.page.click("text=二食堂 疑似食物中毒")
        v.page.click("button:has-text('接手')")
        v.page.wait_for_url("**done=taken")
        assert "operator 已接手" in v.page.inner_text("main") or "officer 已接手" in v.page.inner_text("main")
        v.page.click("summary:has-text('立案交办')")
        v.page.fill("input[name=department]", "后勤保障处")
        v.page.click("button:has-text('立案交办')")
        v.page.wait_for_url("**done=case")
        v.page.click("nav >> text=办件")
        assert "二食堂 疑似食物中毒" in v.page.inner_text("main")
        v.open("/")
        assert "1 件事需要处理" in v.page.inner_text("h1")
        v.page.click("text=退出")
        v.page.wait_for_url("**/login")


def test_an_open_page_reloads_itself(browser: Browser, tmp_path: Path) -> None:
    """When something is stored the open page shows it within seconds, charts included, and stays quiet while typing."""
    with visit(browser, tmp_path) as v:
        v.log_in()
        v.page.wait_for_selector("#live:not([hidden])")
        with writing(v.client.context.engine) as conn:
            conn.execute(update(events).where(events.c.id == "e-canteen").values(title="二食堂 检测结果公布"))
            conn.execute(insert(changes).values(kind="event", id="e-canteen"))
        v.page.wait_for_selector("text=检测结果公布", timeout=15_000)
        assert v.page.locator(".plot canvas").count() == 2


def test_keys_move_and_search(browser: Browser, tmp_path: Path) -> None:
    """`/` searches, `g e` goes to the events, `j` walks the list, Tab begins with the skip link."""
    with visit(browser, tmp_path) as v:
        v.log_in()
        v.page.keyboard.press("Tab")
        assert v.page.evaluate("document.activeElement.className") == "skip"
        v.page.keyboard.press("g")
        v.page.keyboard.press("e")
        v.page.wait_for_url("**/events")
        v.page.keyboard.press("j")
        assert v.page.evaluate("document.activeElement.className") == "event-title"
        v.page.keyboard.press("/")
        v.page.wait_for_url("**/search")
        v.page.fill("input[type=search]", "食堂")
        v.page.keyboard.press("Enter")
        v.page.wait_for_selector("mark")


def test_it_can_be_read_without_scripts(browser: Browser, tmp_path: Path) -> None:
    """With scripts off every page is there, charts as tables, and forms work."""
    with visit(browser, tmp_path, java_script_enabled=False) as v:
        v.log_in("operator")
        for path in PAGES:
            v.open(path)
            assert v.page.locator("h1").count() == 1, path
        v.open("/")
        v.page.click("summary:has-text('数据表') >> nth=0")
        assert v.page.locator(".numbers table tbody tr").first.is_visible()
        v.page.click("button:has-text('接手') >> nth=0")
        assert "operator 已接手" in v.page.inner_text("main") or "officer 已接手" in v.page.inner_text("main")


@pytest.mark.parametrize("path", ["/events/e-canteen", "/cases"])
def test_sheets_fit_the_phone(browser: Browser, tmp_path: Path, path: str) -> None:
    """Every sheet that opens stays inside the screen of a phone."""
    with visit(browser, tmp_path, viewport=PHONE) as v:
        v.log_in()
        v.open(path)
        sheets = v.page.locator(".drop > summary")
        assert sheets.count() > 0
        for k in range(sheets.count()):
            sheets.nth(k).click()
            box = v.page.locator(".drop[open] .sheet").bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390
            v.page.keyboard.press("Escape")
            assert v.page.locator(".drop[open]").count() == 0


def test_printing_leaves_the_matter(browser: Browser, tmp_path: Path) -> None:
    """On paper there is no menu and no button."""
    with visit(browser, tmp_path) as v:
        v.log_in()
        v.open("/events/e-canteen")
        v.page.emulate_media(media="print")
        assert not v.page.locator(".side").is_visible()
        assert not any(one.is_visible() for one in v.page.locator(".actions").all())
        assert v.page.locator("h1").is_visible()
