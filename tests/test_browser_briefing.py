"""The briefing in a real browser: made with a bar, signed at the desk, checked on a phone, read without barriers.

Needs Chromium at /usr/bin/chromium.
"""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from test_browser_dashboard import PHONE, browser, visit

__all__ = ["browser"]
pytestmark = [pytest.mark.service, pytest.mark.slow]


def violations(page: object) -> list[str]:
    """What axe finds."""
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})  # type: ignore[arg-type]
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found.response["violations"]]


def test_an_editor_makes_and_signs_a_briefing(browser: Browser, tmp_path: Path) -> None:
    """The bar ends by itself, a sentence is reworded, the edition signed, its PDF downloaded; axe has nothing to say of
    the signed edition. The pages before are judged in every scheme with all others."""
    with visit(browser, tmp_path, color_scheme="dark") as v:
        v.log_in("editor")
        v.open("/briefings")
        v.page.fill("input[name=period]", "2026-11")
        v.page.click("button:has-text('生成简报')")
        v.page.click("text=打开", timeout=60_000)
        v.page.locator("#f_tone summary").click()
        v.page.locator("#f_tone textarea").fill("总体平稳。")
        v.page.locator("#f_tone button").click()
        v.page.wait_for_url("**done=edited**")
        for step, label in (("review", "复核通过"), ("sign", "签发")):
            v.page.click(f"button:has-text('{label}')")
            v.page.wait_for_url(f"**done={step}")
        assert violations(v.page) == []
        with v.page.expect_download() as download:
            v.page.click("a.button:has-text('PDF')")
        assert Path(download.value.path()).read_bytes().startswith(b"%PDF")


def test_ten_minutes_on_a_phone(browser: Browser, tmp_path: Path) -> None:
    """At 390 px each item takes two taps on targets of 44 px, and nothing is wider than the screen."""
    with visit(browser, tmp_path, viewport=PHONE, has_touch=True) as v:
        v.log_in()
        v.open("/briefings/review/2026Q4")
        for count in (1, 2):
            for target in (v.page.locator("label.tap").first, v.page.locator("button[name=topic][value=right]")):
                box = target.bounding_box()
                assert box is not None
                assert box["height"] >= 43.5
                target.tap()
            v.page.wait_for_selector(f"text={count}/100")
        assert v.page.evaluate("document.documentElement.scrollWidth") <= 390
        assert violations(v.page) == []
