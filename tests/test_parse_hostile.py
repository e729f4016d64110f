"""Whatever bytes come, every reader answers with a value, soon: bombs, mutated documents, other kinds' documents."""

import random
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawlers.base import Fetched, Parsed, ParseFailed
from crawlers.entries import Entry, make_item
from crawlers.feed import FeedSource
from crawlers.feed_head import read_ttl
from crawlers.guard import MAX_ITEMS, cut_items, refuse_feed, refuse_page
from crawlers.identity import absolute, item_id
from crawlers.kinds import READERS, SOURCES
from crawlers.lists import Lead, Listed
from crawlers.markup import mend_references, title_text
from crawlers.settings import SourceSpec, Via
from pipeline.model import RawItem

SEEN = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
GIVEN = sorted(path for path in (Path(__file__).parent / "data").glob("[fp]*s/*") if ".want." not in path.name)
HEAD = '<rss version="2.0"><channel><title>青石</title>'
TAIL = "</channel></rss>"
MANY = 200_000
PIECES = (b"<", b">", b"&", b"\x00", b"]]>", b"<![CDATA[", b'"', b"\xff", b"<a>", b"{", b"null", b"[]")


def fetched(body: bytes, kind: str = "") -> Fetched:
    """An answer of a server."""
    url = "https://news.qingshi.example/feed"
    return Fetched(url, url, 200, {"content-type": kind}, body, 0.1)


def spec_of(via: str) -> SourceSpec:
    """A source of that kind."""
    return SourceSpec(id="s", url="https://news.qingshi.example/feed", kind="forum", via=via)  # type: ignore[arg-type]


def one_item(attributes: Iterable[str]) -> str:
    """A feed whose item carries these attributes."""
    return f"{HEAD}<item {' '.join(attributes)}><title>x</title></item>{TAIL}"


def laughs() -> str:
    """Entities that make a billion of one."""
    inner = [f"&e{i};" * 10 for i in range(8)]
    entities = "".join(f'<!ENTITY e{i} "{text}">' for i, text in enumerate(inner, 1))
    return f"<!DOCTYPE x [{entities}]>{HEAD}<item><title>&e8;</title></item>{TAIL}"


BOMBS = {
    "attributes": one_item(f'a{i}="1"' for i in range(MANY)),
    "attributes holding >": one_item(f'a{i}=">"' for i in range(MANY)),
    "name spaces": one_item(f'xmlns:a{i}="u:{i}"' for i in range(MANY)),
    "nesting": f"{HEAD}<item>{'<a>' * MANY}{'</a>' * MANY}</item>{TAIL}",
    "nesting never closed": f"{HEAD}<item><title>x</title></item><item>{'<a>' * MANY}",
    "nesting with siblings": f"{HEAD}<item>{'<a><b/>' * MANY}{'</a>' * MANY}</item>{TAIL}",
    "entities": laughs(),
    "parameter entity": f'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1/x.dtd"> %p;]>{HEAD}{TAIL}',
}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.parametrize("via", ["feed", "sitemap"])
def test_bomb_is_answered_in_under_a_second(name: str, via: str) -> None:
    """Entity, attribute and nesting bombs are refused in a sentence before a parser sees them."""
    body = BOMBS[name].replace("rss", "urlset" if via == "sitemap" else "rss").encode()
    started = time.process_time()
    parsed = SOURCES[via].parse(spec_of(via), fetched(body), SEEN)  # type: ignore[index]
    assert time.process_time() - started < 1.0
    assert isinstance(parsed, ParseFailed)


@pytest.mark.parametrize(
    "text",
    [
        "<div " + "x " * MANY + ">",
        "<div>" * MANY,
        "<b><i>" * MANY,
        "<a href=" + "'x' b=" * MANY,
        "<table><tr><td>" * MANY,
    ],
    ids=["attributes", "nesting", "mixed nesting", "attributes with values", "tables"],
)
def test_page_bomb_is_refused(text: str) -> None:
    """A web page built to exhaust a parser is refused, in well under a second."""
    started = time.process_time()
    assert refuse_page(text)
    assert time.process_time() - started < 1.0


@pytest.mark.parametrize(
    "text",
    [
        "<" * 10**6,
        '<a b="' * 200_000,
        "<![CDATA[" * 200_000,
        "<!--" * 200_000,
        "<!DOCTYPE " * 200_000,
        "&" * 10**6,
        "a" * 10**7,
    ],
    ids=["<", "open quotes", "CDATA", "comments", "DOCTYPE", "&", "one word"],
)
def test_checks_take_time_linear_in_the_length(text: str) -> None:
    """No text makes the guards themselves slow."""
    started = time.process_time()
    refuse_feed(text)
    refuse_page(text)
    title_text(text)
    mend_references(text)
    assert time.process_time() - started < 2.0


def test_feed_of_a_hundred_thousand_is_cut() -> None:
    """Of a huge feed the first 2,000 entries are read, the operator is told, and it does not take long."""
    items = "".join(f"<item><title>第{i}条</title><link>https://a.example/{i}</link></item>" for i in range(100_000))
    started = time.process_time()
    parsed = FeedSource().parse(spec_of("feed"), fetched(f"{HEAD}{items}{TAIL}".encode()), SEEN)
    assert time.process_time() - started < 3.0
    assert isinstance(parsed, Parsed)
    assert len(parsed.items) == MAX_ITEMS
    assert parsed.items[-1].title == f"第{MAX_ITEMS - 1}条"
    assert parsed.notes == ("Only the first 2000 of 100000 entries were read.",)


def test_cut_keeps_what_closes_the_document() -> None:
    """After a cut the end tags of the document still stand."""
    text, total = cut_items("<r><item>1</item><item>2</item><item>3</item></r>", 2)
    assert (text, total) == ("<r><item>1</item><item>2</item></r>", 3)


@pytest.mark.parametrize("via", sorted(SOURCES))
def test_no_reader_raises_for_another_kind(via: Via) -> None:
    """Every golden document, given to every reader, is answered with a value."""
    for path in GIVEN:
        check_reader(via, path.read_bytes())


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False), st.sampled_from(sorted(SOURCES)))
def test_no_reader_raises_for_mutated_documents(rng: random.Random, via: Via) -> None:
    """Golden documents with bytes changed, cut, doubled or swapped never make a reader fail."""
    body = bytearray(rng.choice(GIVEN).read_bytes())
    for _ in range(rng.randint(1, 8)):
        mutate(body, rng)
    check_reader(via, bytes(body))


def mutate(body: bytearray, rng: random.Random) -> None:
    """One change somewhere."""
    at = rng.randrange(len(body) + 1)
    end = min(len(body), at + rng.randint(1, 60))
    way = rng.randrange(4)
    if way == 0:
        del body[at:end]
    elif way == 1:
        body[at:at] = body[at:end]
    elif way == 2:
        body[at:at] = rng.choice(
            [b"<", b">", b"&", b"\x00", b"]]>", b"<![CDATA[", b'"', b"\xff", b"<a>", b"{", b"null", b"[]"]
        )
    else:
        body[at:end] = bytes(rng.randrange(256) for _ in range(end - at))


def check_reader(via: Via, body: bytes) -> None:
    """One document through everything a reader does."""
    spec, answer = spec_of(via), fetched(body)
    listed = READERS[via].read_list(spec, answer, SEEN)
    assert isinstance(listed, Listed | ParseFailed)
    assert isinstance(SOURCES[via].parse(spec, answer, SEEN), Parsed | ParseFailed)
    leads = listed.leads if isinstance(listed, Listed) else ()
    for lead in leads:
        assert lead.item.url.startswith(("http://", "https://"))
        assert "\x00" not in f"{lead.item.title}{lead.item.text}{lead.item.html}"
    lead = Lead(make_item(spec, Entry(title="题"), spec.url, SEEN), spec.url)
    assert isinstance(READERS[via].read_page(spec, lead, answer, SEEN), RawItem | ParseFailed)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("食堂<b>停业</b>", "食堂停业"),
        ("&lt;img src=x onerror=alert(1)&gt;通知", "通知"),
        ("&amp;lt;script&amp;gt;x&amp;lt;/script&amp;gt;", "x"),
        ("<img src=x onerror=alert(1)", None),
        ("3 &lt; 5", "3 < 5"),
        ("甲\u202e乙\u200b", "甲乙"),
        ("一\n 二\t三", "一 二 三"),
        ("", None),
    ],
)
def test_title_is_text(given: str, shown: str | None) -> None:
    """A title holds no mark-up, however it was escaped, no invisible character, and one line."""
    assert title_text(given) == shown


@given(st.text(alphabet="<>&;/!abclt gt\"'=é食", max_size=60))
def test_no_title_ends_up_as_markup(text: str) -> None:
    """No title comes out with something that a browser would take for a tag."""
    title = title_text(text) or ""
    assert not any(
        title[i + 1 : i + 2].isalpha() and title[i + 1 : i + 2].isascii() for i, c in enumerate(title) if c == "<"
    )


@pytest.mark.parametrize(
    ("link", "base", "meant"),
    [
        ("/a/1.htm", "https://x.example/b/", "https://x.example/a/1.htm"),
        ("../2.htm", "https://x.example/b/c/", "https://x.example/b/2.htm"),
        ("//y.example/3", "https://x.example/", "https://y.example/3"),
        ("https://x.example/\n a", "", "https://x.example/a"),
        ("javascript:alert(1)", "https://x.example/", ""),
        ("mailto:a@x.example", "https://x.example/", ""),
        ("file:///etc/passwd", "https://x.example/", ""),
        ("http://[::1", "https://x.example/", ""),
        ("http://", "https://x.example/", ""),
        ("", "https://x.example/", ""),
    ],
)
def test_only_web_addresses_come_through(link: str, base: str, meant: str) -> None:
    """Links are resolved, and whatever is no web address becomes nothing."""
    assert absolute(link, base) == meant


def test_same_page_has_one_id() -> None:
    """Scheme, `www.`, default port, case of the host, trailing slash and trackers do not make another item."""
    ids = {
        item_id(url)
        for url in (
            "http://www.qingshi.example/a/1",
            "https://QINGSHI.example:443/a/1/",
            "https://qingshi.example/a/1?utm_source=x",
        )
    }
    assert len(ids) == 1
    assert len(ids.pop()) == 16


@pytest.mark.parametrize(
    ("head", "minutes"),
    [("<ttl>0</ttl>", None), ("<ttl>999999</ttl>", 1440), ("<ttl>x</ttl>", None), ("<ttl>15</ttl>", 15)],
)
def test_ttl_is_bounded(head: str, minutes: int | None) -> None:
    """What a source asks for between two polls is believed up to a day."""
    ttl = read_ttl(head)
    assert (ttl.total_seconds() / 60 if ttl else None) == minutes
