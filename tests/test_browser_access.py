"""Everybody can use every page: axe (WCAG 2.2 AA and good practice), width, in both sizes, schemes and languages.

One school is served for the whole file, and a page is read with everything open that can be opened. What a page is made
of does not depend on the colour scheme, and its colours not on the language: so each size and language is judged by all
rules once, and each size by the rules about colour in the other scheme. Needs Chromium at /usr/bin/chromium.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from dash_client import Reader, served
from dash_pages import PAGES
from dash_seed import DESK, NOW
from playwright.sync_api import Browser, Page
from test_browser_dashboard import DESKTOP, PHONE, browser
from test_dash_settings import CONFIG
from test_security_planted import plant

from alerts.response.replies import ReplyLinks
from dashboards.accounts import make_invite
from dashboards.auth import open_session
from dashboards.context import DashContext
from pipeline.store.engine import writing
from tocsin.editing import FileSettingsDesk

__all__ = ["browser"]
pytestmark = [pytest.mark.service, pytest.mark.slow]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ALL = {"runOnly": {"type": "tag", "values": TAGS}}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
MORE = (
    "/settings/school", "/settings/alerting", "/settings/calendar", "/settings/calendar.windows?entry=new", "/settings/retention",
    "/settings/rules?entry=safety-first", "/settings/rules?entry=new", "/watches/w1", "/briefings/edition/2026Q4-1",
    "/briefings/review/2026Q4", "/slips/s1", "/reports/r1", "/handovers/1", "/playbooks/canteen", "/nothing-here", "/search",
)  # fmt: skip
OPEN = "for (const one of document.querySelectorAll('details')) one.open = true"
PARTS = 4  # a test takes no longer than half a minute
WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@dataclass(frozen=True)
class School:
    """A served school with something on every page, and the links that need no login."""

    url: str
    client: Reader
    links: dict[str, str]


@dataclass
class Look:
    """Somebody looking at the pages, and what the browser complained about."""

    page: Page
    school: School
    rules: dict[str, object]
    complaints: list[str] = field(default_factory=list)

    def judge(self, path: str) -> list[str]:
        """Open a page; what is the matter with it."""
        self.page.goto(self.school.url + path)
        return self.judge_shown(path)

    def judge_shown(self, path: str) -> list[str]:
        """What is the matter with the page as it is shown."""
        self.page.wait_for_load_state("load")
        wide = [f"{path}: wider than the screen"] if self.page.evaluate(WIDE) else []
        self.page.evaluate(OPEN)
        found = Axe().run(self.page, options=self.rules).response["violations"]
        assert self.page.locator("h1").count() == 1, path
        return wide + [f"{path}: {one['id']}: {one['nodes'][0]['html'][:150]}" for one in found]


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    """One school for the file: its pages are looked at and not changed."""
    folder = tmp_path_factory.mktemp("school")
    file = folder / "tocsin.toml"
    file.write_text(CONFIG, encoding="utf-8")

    def with_editing(context: DashContext) -> DashContext:
        return replace(context, editing=FileSettingsDesk(file))

    with served(folder, with_editing) as (url, client):
        plant(client, "二食堂留样检测")
        with writing(client.context.engine) as conn:
            invite = make_invite(conn, "officer", None, "operator", NOW)
        links = {
            "message": f"/a/{DESK.links.make('e-canteen', '值班一', 'a-e-canteen', NOW)}", "invite": f"/invite/{invite}",
            "slip": f"/r/{ReplyLinks(client.context.secret, url).sign('a' * 32)}",
        }  # fmt: skip
        yield School(url, client, links)


@pytest.fixture(
    params=[
        ("desk", "light", "zh", ALL),
        ("phone", "light", "en", ALL),
        ("desk", "dark", "en", COLOURS),
        ("phone", "dark", "zh", COLOURS),
    ],
    ids=lambda one: "-".join(one[:3]),
)
def look(request: pytest.FixtureRequest, browser: Browser, school: School) -> Iterator[Look]:
    """An operator's browser: any error in the console and any foreign request fails the test."""
    size, scheme, lang, rules = request.param
    context = browser.new_context(
        viewport=PHONE if size == "phone" else DESKTOP, color_scheme=scheme, locale="zh-CN" if lang == "zh" else "en-GB"
    )
    with writing(school.client.context.engine) as conn:
        session = open_session(conn, "operator", NOW, 12)
    context.add_cookies([{"name": "tocsin", "value": session, "url": school.url}])
    made = Look(context.new_page(), school, rules)
    note = made.complaints.append
    made.page.on("console", lambda m: note(m.text) if m.type in {"error", "warning"} else None)
    made.page.on("pageerror", lambda e: note(str(e)))
    made.page.on("request", lambda r: None if r.url.startswith(school.url) else note(f"foreign {r.url}"))
    yield made
    context.close()
    assert [one for one in made.complaints if "the server responded with a status of 4" not in one] == []


@pytest.mark.parametrize("part", range(PARTS))
def test_everybody_can_use_every_page(look: Look, part: int) -> None:
    """Nothing is wider than the screen and axe objects to nothing, on any page."""
    paths = (*PAGES, *MORE, *look.school.links.values())[part::PARTS]
    assert [said for path in paths for said in look.judge(path)] == []


def test_everybody_can_use_what_a_form_answers(look: Look) -> None:
    """The difference and the trial of a rule, a refused setting, a fresh invitation; without a login the way in, refused once."""
    page = look.page
    found = look.judge("/settings/rules?entry=safety-first")
    page.fill("input[name=stories]", "3")
    page.click("button[value=try]")
    found += look.judge_shown("rules, tried")
    page.goto(look.school.url + "/settings/alerting")
    page.fill("[name=group_wait]", "soon")
    page.click("button[value=look]")
    found += look.judge_shown("alerting, refused")
    page.context.clear_cookies()
    found += look.judge("/login")
    page.fill("input[name=name]", "officer")
    page.fill("input[name=password]", "not the password")
    page.click("form.stack button")
    assert found + look.judge_shown("login, refused") == []
