"""One contract over every way of reading: the same odd answer has the same outcome, whatever the kind."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from hostile_server import Sites, bomb, conditional, drop, huge, open_sites, redirect, reply
from store_kit import a_store
from ways_door import a_screen

from crawlers.base import CRAWLED, PUSHED, Fetched, Parsed, ParseFailed
from crawlers.collector import Collector, SourceSummary
from crawlers.kinds import READERS, SOURCES
from crawlers.settings import CrawlPolicy, SourceSpec, Via
from crawlers.spider import crawl_batch
from pipeline.store.store import SqlStore

SEEN = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
READ = [via for via in get_args(Via) if via not in PUSHED and via != "mailbox"]
ASKED = [via for via in READ if via not in CRAWLED]
PATHS = {
    "mastodon": "/tags/qingshi",
    "rsshub": "/qingshi/news",
    "wordpress": "/wp-json/wp/v2/posts",
    "ghost": "/ghost/api/content/posts/",
}
RSS = "<rss version='2.0'><channel><title>t</title><item><title>清石学院热水恢复</title><link>https://a.example/1</link></item></channel></rss>".encode()
GOOD: dict[str, bytes] = {
    "feed": RSS,
    "rsshub": RSS,
    "wordpress": json.dumps(
        [{"id": 1, "link": "https://a.example/1", "title": {"rendered": "清石学院热水恢复"}}]
    ).encode(),
    "json": json.dumps([{"title": "清石学院热水恢复", "url": "https://a.example/1"}]).encode(),
    "ghost": json.dumps({"posts": [{"id": "1", "title": "清石学院热水恢复", "url": "https://a.example/1"}]}).encode(),
    "mastodon": json.dumps([{"id": "1135", "content": "<p>清石学院热水恢复</p>", "account": {"id": "7"}}]).encode(),
}
ODD: dict[str, bytes] = {
    "nothing": b"", "blanks": b" \r\n\t ", "words": b"hello", "number": b"7", "null": b"null", "text in quotes": b'"x"',
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "half an answer": b'{"items": [{"title', "zero bytes": b"\x00" * 5000,
    "deep list": b"[" * 50_000, "deep tags": b"<a>" * 50_000, "invalid text": b"\xff\xfe\xfd" * 100,
    "login page": b"<html><body><form action=/login><input type=password></form></body></html>",
    "entities": b'<!DOCTYPE x [<!ENTITY a "aaaa">]><rss><channel><item><title>&a;</title></item></channel></rss>',
    "attributes": b"<a " + b" ".join(b"a%d='1'" % n for n in range(5000)) + b">", "long line": b"x" * 1_000_000,
    "error in json": b'{"error": "no", "errors": [{"message": "no"}], "code": "rest_forbidden"}',
}  # fmt: skip


@pytest.fixture
def sites() -> Iterator[Sites]:
    with open_sites() as made:
        yield made


def spec(via: str, url: str, **more: object) -> SourceSpec:
    kind = "social" if via in ("mastodon", "forum") else "news"
    return SourceSpec(id="s", url=url, kind=kind, via=via, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("odd", ODD, ids=list(ODD))
@pytest.mark.parametrize("via", READ)
def test_odd_bytes_give_no_items_and_a_sentence(via: str, odd: str) -> None:
    """What is no answer of this kind is refused in one sentence that quotes nothing; no reader raises or hangs."""
    for url in ("https://site.example/", "https://site.example/tags/x"):
        fetched = Fetched(url, url, 200, {}, ODD[odd], 0.1)
        found = SOURCES[via].parse(spec(via, url), fetched, SEEN)
        assert isinstance(found, ParseFailed), found
        assert found.sentence.endswith(".")
        assert len(found.sentence) < 200
        listed = READERS[via].read_list(spec(via, url), fetched, SEEN)
        assert isinstance(listed, ParseFailed)


@pytest.mark.parametrize("via", ASKED)
def test_a_good_answer_names_its_item(via: str) -> None:
    """Each kind reads the same matter out of its own shape, with an id and without an author."""
    url = f"https://site.example{PATHS.get(via, '/')}"
    found = SOURCES[via].parse(spec(via, url), Fetched(url, url, 200, {}, GOOD[via], 0.1), SEEN)
    assert isinstance(found, Parsed), found
    (item,) = found.items
    assert "清石学院热水恢复" in f"{item.title}{item.text}{item.html}"
    assert len(item.id) == 16
    assert item.seen == SEEN
    assert item.voice == ("7" if via == "mastodon" else None)


def once(store: SqlStore, source: SourceSpec, netloc: str, hours: float = 0) -> SourceSummary:
    """One round of the real collector, so many hours after the first."""
    policy = CrawlPolicy(allow_private=[netloc], host_delay=0, timeout=3, floor_minutes=1)
    now = SEEN.replace(hour=2 + int(hours))
    collector = Collector([source], policy, store, a_screen(), lambda: now, crawl_batch, SOURCES)
    return collector.collect_once(now)[0]


@pytest.mark.parametrize("via", ASKED)
def test_the_same_answer_twice_is_read_once(via: str, sites: Sites, tmp_path: Path) -> None:
    """New the first time; a 304 the second time is an ordinary answer and brings nothing."""
    site, store = sites.open(), a_store(tmp_path)
    source = spec(via, site.url(PATHS.get(via, "/x")))
    answer = conditional(GOOD[via], '"v1"')
    for path in paths_of(source, site.url("")):
        site.on(path, answer)
    first = once(store, source, site.netloc)
    assert (first.health, first.new) == ("healthy", 1), first.said
    second = once(store, source, site.netloc, 8)
    assert (second.health, second.new) == ("healthy", 0), second.said


@pytest.mark.parametrize("name", ["404", "410", "429", "503", "drop", "huge", "bomb", "loop", "private", "login"])
@pytest.mark.parametrize("via", ASKED)
def test_what_a_server_may_do_has_one_outcome_for_all(via: str, name: str, sites: Sites, tmp_path: Path) -> None:
    """Refusals, broken connections, giants, bombs and redirects to nowhere fail alike, with a sentence."""
    site = sites.open()
    source = spec(via, site.url(PATHS.get(via, "/x")))
    around = redirect(site.url(paths_of(source, site.url(""))[0]))
    outcomes = {
        "404": (reply(b"", 404), "failing", "404"), "410": (reply(b"", 410), "refused", "410"),
        "429": (reply(b"", 429, **{"Retry-After": "60"}), "failing", "429"), "503": (reply(b"", 503), "failing", "503"),
        "drop": (drop, "failing", ""), "huge": (huge(16), "failing", "KiB"), "bomb": (bomb(64), "failing", "not used"),
        "loop": (around, "failing", "redirect"), "private": (redirect("http://10.0.0.1/"), "refused", "not"),
        "login": (reply(b"", 401), "refused", "401"),
    }  # fmt: skip
    answer, health, words = outcomes[name]
    for path in paths_of(source, site.url("")):
        site.on(path, answer)
    found = once(a_store(tmp_path), source, site.netloc)
    assert found.health == health, found.said
    assert words in found.said
    assert found.new == 0


def paths_of(source: SourceSpec, base: str) -> list[str]:
    """The addresses at which a source is asked on its first and second reading."""
    from crawlers.asking import ask_url

    asked = [ask_url(source, source.url, position) for position in ("", "1135")]
    return [address.removeprefix(base) for address in asked]


def test_an_empty_list_after_items_is_a_failure(sites: Sites, tmp_path: Path) -> None:
    """A route that lost its shape looks like that; a quiet timeline does not."""
    site, store = sites.open(), a_store(tmp_path)
    source = spec("json", site.url("/x"))
    site.on("/x", reply(GOOD["json"]))
    once(store, source, site.netloc)
    site.on("/x", reply(b"[]"))
    found = once(store, source, site.netloc, 8)
    assert (found.health, "holds no items" in found.said) == ("failing", True)


def test_a_timeline_is_asked_for_what_is_new(sites: Sites, tmp_path: Path) -> None:
    """The second reading asks from the last post on; an empty answer to that is ordinary, and the position stays."""
    site, store = sites.open(), a_store(tmp_path)
    source = spec("mastodon", site.url("/tags/qingshi"))
    one, two = paths_of(source, site.url(""))
    site.on(one, reply(GOOD["mastodon"])).on(two, reply(b"[]"))
    assert once(store, source, site.netloc).new == 1
    assert once(store, source, site.netloc, 8).health == "healthy"
    assert once(store, source, site.netloc, 16).health == "healthy"
    assert [request.path for request in site.requests if "timelines" in request.path] == [one, two, two]


def test_a_timeline_whose_limit_is_used_up_is_left_alone(sites: Sites) -> None:
    """`X-RateLimit-Remaining: 0` and its reset lengthen the pause."""
    url = "https://social.example/api/v1/timelines/tag/x"
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-11-24T02:35:00.000Z"}
    found = SOURCES["mastodon"].parse(spec("mastodon", url), Fetched(url, url, 200, headers, b"[]", 0.1), SEEN)
    assert isinstance(found, Parsed)
    assert found.ttl is not None
    assert found.ttl.total_seconds() == 300


def test_the_key_of_a_site_is_sent_and_never_kept(
    sites: Sites, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ghost gets its key in the address; neither the database nor a remembered move has it."""
    from pipeline.secret import Secret

    monkeypatch.setenv("GHOST_KEY", "CANARY123")
    site = sites.open()
    store = a_store(tmp_path)
    source = spec("ghost", site.url("/"), key=Secret(env="GHOST_KEY"))
    (asked, _) = paths_of(source, site.url(""))
    assert "key=CANARY123" in asked
    moved = asked.replace("/ghost/", "/neu/ghost/")
    site.on(asked, redirect(site.url(moved), 301)).on(moved, reply(GOOD["ghost"]))
    for hours in (0, 7, 14, 21):
        assert once(store, source, site.netloc, hours).health == "healthy"
    assert site.asked(moved)
    assert not any(b"CANARY123" in path.read_bytes() for path in tmp_path.iterdir())


def test_further_pages_of_an_api_are_crawled(sites: Sites, tmp_path: Path) -> None:
    """Pages by number are read while they bring something new, never more than asked for."""
    site, store = sites.open(), a_store(tmp_path)
    source = spec("json", site.url("/v1?page=1"), page_param="page", pages=3)
    for n in range(1, 6):
        rows = [{"title": f"清石学院第{n}{k}号通知", "url": f"https://a.example/{n}/{k}"} for k in range(3)]
        site.on(f"/v1?page={n}", reply(json.dumps(rows).encode(), **{"Content-Type": "application/json"}))
    found = once(store, source, site.netloc)
    assert (found.health, found.new) == ("healthy", 9), found.said
    assert [request.path for request in site.requests if "/v1" in request.path] == [f"/v1?page={n}" for n in (1, 2, 3)]
