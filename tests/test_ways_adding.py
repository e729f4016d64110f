"""Adding a source from the dashboard: what an address is, what it would give, the lines, and taking them up."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from dash_client import Reader, fresh_engine
from dash_seed import make_context
from hostile_server import Sites, feed, open_sites, reply
from ways_door import a_screen

from crawlers.base import Fetched
from crawlers.detect import detect
from crawlers.preview import Previewer
from crawlers.settings import CrawlPolicy, SourceSpec
from pipeline.store.store import SqlStore
from tocsin.config import load_config
from tocsin.house import open_house
from tocsin.reload import SourceWatch, UntilChanged
from tocsin.sourcing import FileSourceDesk, add_source

NOW = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
DATA = Path(__file__).parent / "data"
HTML = {"Content-Type": "text/html; charset=utf-8"}
CONFIG = """# Our file. Do not touch the order.
[school]
name = "清石学院"   # the long one

[crawl]
contact = "office@qingshi.example"
allow_private = ["{netloc}"]
host_delay = 0.0

[[sources]]
id = "first"   # the very first
url = "{url}"
kind = "official"
"""
LIST = ("<html><body><ul class='news'>" + "".join(
    f"<li><a href='/n/{n}.html'>关于第{n}号食堂窗口调整的通知</a><span>2026-11-{n:02d}</span></li>" for n in range(1, 9)
) + "</ul></body></html>").encode()  # fmt: skip


@pytest.fixture
def sites() -> Iterator[Sites]:
    with open_sites() as made:
        yield made


class Office:
    """A dashboard whose configuration is a file in a folder."""

    def __init__(self, reader: Reader, file: Path) -> None:
        self.reader = reader
        self.file = file

    def ask(self, act: str = "try", **fields: str) -> Any:
        """Send the form."""
        return self.reader.submit("/sources/add", "/sources/add", act=act, **fields)

    def stamp(self, page: str) -> str:
        """The state of the file that a shown draft fits."""
        return page.partition('name="stamp" value="')[2].partition('"')[0]


@pytest.fixture
def office(tmp_path: Path, sites: Sites) -> Iterator[tuple[Office, Any]]:
    site = sites.open()
    file = tmp_path / "tocsin.toml"
    file.write_text(CONFIG.format(netloc=site.netloc, url=site.url("/first.xml")), encoding="utf-8")
    with fresh_engine(tmp_path) as engine:
        policy = CrawlPolicy(allow_private=[site.netloc], host_delay=0)
        desk = FileSourceDesk(file, Previewer(SqlStore(engine), a_screen(), policy, lambda: NOW))
        reader = Reader(replace(make_context(engine, tmp_path), sourcing=desk)).as_role("operator")
        yield Office(reader, file), site


def test_a_front_page_leads_to_its_feed(office: tuple[Office, Any]) -> None:
    """The kind is found out, the first items are shown masked, with what robots.txt says and the lines to be written."""
    place, site = office
    page = (
        b'<html><head><link rel="alternate" type="application/rss+xml" href="/feed.xml"></head><body>hi</body></html>'
    )
    site.on("/", reply(page, **HTML)).on(
        "/feed.xml", reply(feed("清石学院食堂涨价，电话 13800138000"), **{"Content-Type": "application/rss+xml"})
    )
    answer = place.ask(url=site.url("/"), kind="news")
    assert answer.status_code == 200
    assert "清石学院食堂涨价" in answer.text
    assert "13800138000" not in answer.text
    assert "robots.txt 允许读取" in answer.text
    assert "+[[sources]]" in answer.text
    assert "/feed.xml" in answer.text
    assert "13800138000" not in place.file.read_text("utf-8")


def test_what_was_shown_is_written_and_nothing_else_changes(office: tuple[Office, Any]) -> None:
    """Comments and order stay; the new lines are at the end; it is audited; a second click of an old page is refused."""
    place, site = office
    site.on("/list", reply(LIST, **HTML))
    shown = place.ask(url=site.url("/list"), kind="official", name="清石通知")
    assert "listing" in shown.text
    before = place.file.read_text("utf-8")
    fields = {
        "url": site.url("/list"),
        "kind": "official",
        "via": "listing",
        "name": "清石通知",
        "id": "notices",
        "css_item": "ul.news li",
    }
    stamp = place.stamp(shown.text)
    assert place.ask("write", stamp=stamp, **fields).status_code == 303
    after = place.file.read_text("utf-8")
    assert after.startswith(before.rstrip())
    added = load_config(place.file).config.sources[-1]
    assert (added.id, added.via, added.name, added.selectors.item) == ("notices", "listing", "清石通知", "ul.news li")
    again = place.ask("write", stamp=stamp, **fields | {"id": "notices-2"})
    assert again.status_code == 409
    assert place.file.read_text("utf-8") == after


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"url": "https://weibo.com/u/1234567890"}, "one account"),
        ({"url": "https://rsshub.app/zhihu/hot", "via": "rsshub"}, "somebody else hosts"),
        ({"url": "http://169.254.169.254/latest"}, "not"),
        ({"url": "file:///etc/passwd"}, "not read"),
        ({"url": "not an address"}, "not read"),
        ({"url": ""}, "not read"),
    ],
    ids=["profile", "hosted", "metadata", "file", "words", "nothing"],
)
def test_what_is_no_source_is_said(office: tuple[Office, Any], fields: dict[str, str], words: str) -> None:
    """A sentence instead of a preview, and nothing to write."""
    place, _ = office
    answer = place.ask(**fields)
    assert answer.status_code == 200
    assert words in answer.text
    assert 'value="write"' not in answer.text
    assert ("selected" in answer.text.partition('name="via"')[2].partition("</select>")[0]) == ("via" in fields)


def test_a_site_that_forbids_reading_shows_it(office: tuple[Office, Any]) -> None:
    """The verdict of robots.txt is shown, and no page is asked."""
    place, site = office
    site.on("/robots.txt", reply(b"User-agent: Tocsin\nDisallow: /")).on("/x", reply(LIST, **HTML))
    answer = place.ask(url=site.url("/x"), via="listing")
    assert "robots.txt 不允许读取" in answer.text
    assert site.asked("/x") == []


def test_a_refused_file_is_said_with_its_line(office: tuple[Office, Any]) -> None:
    """What `tocsin check` would refuse is refused before anything is written."""
    place, site = office
    site.on("/feed.xml", reply(feed("清石学院"), **{"Content-Type": "application/rss+xml"}))
    answer = place.ask(url=site.url("/feed.xml"), id="first", minutes="5")
    assert "tocsin.toml line" in answer.text
    assert 'value="write"' not in answer.text


def test_only_operators_add_sources(office: tuple[Office, Any]) -> None:
    """An editor may not."""
    place, _ = office
    assert place.reader.as_role("editor").get("/sources/add").status_code == 403


def test_sources_written_otherwise_are_left_to_people() -> None:
    """A file whose sources are an inline list is not rewritten by machine."""
    with pytest.raises(Exception, match="by hand"):
        add_source("sources = []\n", SourceSpec("a", "https://a.example/", "news"))


@pytest.mark.parametrize(
    ("folder", "name", "via"),
    [("feeds", "atom10-html.xml", "feed"), ("feeds", "json-feed-11.json", "feed"), ("feeds", "jsonapi-plain.json", "json"),
     ("feeds", "discourse-latest.json", "forum"), ("feeds", "flarum-discussions.json", "forum")],
)  # fmt: skip
def test_the_kind_of_an_answer_is_found(folder: str, name: str, via: str) -> None:
    """Feeds, APIs and boards are told apart by what they say."""
    url = "https://site.example/api/discussions" if "flarum" in name else "https://site.example/x"
    found = detect(Fetched(url, url, 200, {}, (DATA / folder / name).read_bytes(), 0.1), NOW)
    assert found[0].via == via


def test_any_page_is_answered() -> None:
    """No page of the golden corpus makes the detection fail."""
    for path in [*(DATA / "feeds").iterdir(), *(DATA / "pages").iterdir()]:
        if not path.name.endswith(".want.json"):
            url = "https://site.example/"
            assert isinstance(detect(Fetched(url, url, 200, {}, path.read_bytes(), 0.1), NOW), tuple)


def test_added_sources_are_taken_up_while_running(tmp_path: Path) -> None:
    """The collector is begun anew with the new sources; a broken file changes nothing."""
    file = tmp_path / "tocsin.toml"
    file.write_text(CONFIG.format(netloc="127.0.0.1:1", url="https://a.example/feed"), encoding="utf-8")
    house = open_house(load_config(file))
    now = [0.0]
    watch, stop = SourceWatch(house, lambda: now[0]), threading.Event()
    until = UntilChanged(stop, watch)

    def later() -> bool:
        now[0] += 10
        return until.is_set()

    assert not later()
    file.write_text("this is not TOML [", encoding="utf-8")
    assert not later()
    more = '\n[[sources]]\nid = "b"\nurl = "https://b.example/feed"\nkind = "news"\n'
    file.write_text(
        CONFIG.format(netloc="127.0.0.1:1", url="https://a.example/feed") + more,
        encoding="utf-8",
    )
    assert later()
    assert [source.id for source in watch.house.config.sources] == ["first", "b"]
    house.engine.dispose()
