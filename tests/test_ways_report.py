"""Staff report what they saw: an address or a few words, masked, limited, read by the crawler's own door."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile_server import Sites, open_sites, redirect, reply
from ways_kit import Ways, ways

from crawlers.settings import CrawlPolicy, SourceSpec

PAGE = "<html><head><title>清石学院食堂涨价</title></head><body><article><p>{}</p></article></body></html>".format(
    "清石学院二食堂今天起每份上涨两元，许多学生在讨论。" * 5
).encode()


@pytest.fixture
def sites() -> Iterator[Sites]:
    with open_sites() as made:
        yield made


@pytest.fixture
def way(tmp_path: Path) -> Iterator[Ways]:
    with ways(tmp_path) as made:
        yield made


def send(way: Ways, path: str = "", **fields: str) -> Any:
    """Fill in the form and send it."""
    page = path or f"/report/{way.token()}"
    return way.reader.submit(page, page, **fields)


def test_words_come_in_masked_by_the_link_alone(way: Ways) -> None:
    """Without a login, by the office's link: the words are a private voice, and names and numbers are masked."""
    answer = send(way, text="清石学院三号楼没热水，张伟说打 13800138000")
    assert answer.status_code == 303
    (one,) = way.queue()
    assert (one.document.source, one.document.source_kind, one.document.url) == ("staff-report", "other", None)
    assert "13800138000" not in one.document.text
    assert "张伟" not in one.document.text
    assert way.audit()[-1] == ("report link", "report", "text")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "网址"),
        ({"text": "长" * 201}, "200"),
        ({"url": "ftp://files.example/x"}, "公开网页"),
        ({"url": "http://127.0.0.1:8600/settings"}, "公开网页"),
        ({"url": "https://user:pw@site.example/"}, "公开网页"),
        ({"url": "http://2130706433/"}, "公开网页"),
        ({"url": "https://weibo.com/u/1234567890"}, "个人主页"),
        ({"url": "https://space.bilibili.com/12345"}, "个人主页"),
    ],
    ids=["nothing", "201 characters", "ftp", "port", "login", "number", "profile", "another profile"],
)
def test_what_is_not_taken_is_said(way: Ways, fields: dict[str, str], words: str) -> None:
    """Each refusal has its sentence, and nothing is stored."""
    answer = send(way, **fields)
    assert answer.status_code == 400
    assert words in answer.text
    assert way.queue() == []


def test_an_address_is_read_by_the_collector(tmp_path: Path, sites: Sites) -> None:
    """The page is fetched afterwards, politely, and its address is forgotten once it was read."""
    site = sites.open().on("/t/1", reply(PAGE, **{"Content-Type": "text/html; charset=utf-8"}))
    with ways(tmp_path, CrawlPolicy(allow_private=[site.netloc], host_delay=0)) as way:
        assert send(way, url=site.url("/t/1?uid=5")).status_code == 303
        assert site.requests == []
        site.on("/t/1", reply(PAGE, **{"Content-Type": "text/html; charset=utf-8"}))
        assert way.read_reports() == 1
        assert [request.path for request in site.requests] == ["/robots.txt", "/t/1"]
        (one,) = way.queue()
        assert one.document.title == "清石学院食堂涨价"
        assert one.document.source_kind == "other"
        page = way.reader.as_role("viewer").get("/report")
        assert "已收录" in page.text
        assert "/t/1" not in page.text
        assert way.read_reports() == 0


def test_a_page_of_a_configured_source_is_what_that_source_is(tmp_path: Path, sites: Sites) -> None:
    """A reported article of a paper that is read anyway is news, with its link."""
    site = sites.open().on("/a/1", reply(PAGE, **{"Content-Type": "text/html; charset=utf-8"}))
    paper = SourceSpec(id="paper", url=site.url("/feed"), kind="news", reach="local")
    with ways(tmp_path, CrawlPolicy(allow_private=[site.netloc], host_delay=0), (paper,)) as way:
        send(way, url=site.url("/a/1"))
        way.read_reports()
        (one,) = way.queue()
        assert (one.document.source, one.document.source_kind, one.document.url) == ("paper", "news", site.url("/a/1"))


def test_what_must_not_be_read_is_not(tmp_path: Path, sites: Sites) -> None:
    """robots.txt, a login page, a redirect to a private address or a profile: refused with the reason, no item."""
    site, shut = sites.open(), sites.open()
    shut.on("/secret", reply(PAGE))
    site.on("/robots.txt", reply(b"User-agent: *\nDisallow: /closed"))
    site.on("/closed", reply(PAGE)).on("/inside", redirect(shut.url("/secret")))
    site.on("/members", redirect(site.url("/login?next=/members"))).on("/login?next=/members", reply(PAGE))
    site.on("/gone", reply(b"", 410))
    with ways(tmp_path, CrawlPolicy(allow_private=[site.netloc], host_delay=0)) as way:
        for path in ("/closed", "/inside", "/members", "/gone"):
            send(way, url=site.url(path))
        way.read_reports()
        assert way.queue() == []
        assert shut.connections == 0
        page = way.reader.as_role("viewer").get("/report.json").json()
        assert [one["state"] for one in page["reports"]] == ["refused"] * 4
        assert all(one["said"] for one in page["reports"])


def test_what_does_not_answer_is_tried_three_times(tmp_path: Path, sites: Sites) -> None:
    """A server that is overloaded is asked again later, and not for ever."""
    site = sites.open().on("/t", reply(b"", 503))
    with ways(tmp_path, CrawlPolicy(allow_private=[site.netloc], host_delay=0)) as way:
        send(way, url=site.url("/t"))
        way.read_reports()
        (one,) = way.reader.as_role("viewer").get("/report.json").json()["reports"]
        assert one["state"] == "waiting"
        assert way.read_reports() == 0


def test_a_link_is_good_until_it_is_replaced(way: Ways) -> None:
    """An operator replaces it with one click; the old one opens nothing from then on."""
    old = way.token()
    way.reader.as_role("operator")
    assert old in way.reader.get("/report").text
    assert way.reader.submit("/report", "/report/link").status_code == 303  # type: ignore[attr-defined]
    assert way.token() != old
    assert way.reader.get(f"/report/{old}").status_code == 404
    assert way.reader.get(f"/report/{way.token()}").status_code == 200
    assert way.reader.as_role("viewer").get("/report").text.count(way.token()) == 0


def test_one_place_cannot_flood_the_office(way: Ways) -> None:
    """Ten in fifteen minutes, then wait; files are not taken."""
    for n in range(10):
        send(way, text=f"清石学院第{n}件事")
    assert send(way, text="清石学院又一件事").status_code == 429
    assert len(way.queue()) == 10


def test_files_are_not_taken(way: Ways) -> None:
    """An upload is refused whatever is in it."""
    path = f"/report/{way.token()}"
    answer = way.reader.post(path, data={"csrf": way.reader.token(path)}, files={"f": ("a.png", b"x", "image/png")})
    assert answer.status_code == 400
    assert way.queue() == []
