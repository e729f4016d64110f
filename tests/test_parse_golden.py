"""Golden pairs: what each fictional feed, list and page says, written down by hand beside it.

`NAME.<any>` is what a server would send, `NAME.want.json` what must come of it: `items`, or `failed` with words of the
sentence. Of an item `title`, `url`, `published` and `voice` are exact, and `says` is part of its text.
"""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from crawlers.base import Fetched, Parsed, ParseFailed
from crawlers.entries import Entry, make_item
from crawlers.identity import item_id
from crawlers.kinds import READERS, SOURCES
from crawlers.lists import Lead, Listed
from crawlers.settings import Fields, Selectors, SourceSpec
from pipeline.model import PRIVATE_KINDS, RawItem

DATA = Path(__file__).parent / "data"
SEEN = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
MAX_SECONDS = 10.0  # of a machine that others use too


@dataclass(frozen=True)
class Pair:
    """One golden pair."""

    name: str
    given: Path
    want: dict[str, Any]

    @property
    def spec(self) -> SourceSpec:
        """The source as it would be configured."""
        return SourceSpec(
            id="qs",
            url=self.url,
            kind=self.want["kind"],
            via=self.want["via"],
            timezone=self.want.get("timezone", ""),
            selectors=msgspec.convert(self.want.get("selectors", {}), Selectors),
            items=self.want.get("items_path", ""),
            fields=msgspec.convert(self.want.get("fields", {}), Fields),
            next_page=self.want.get("next_page", ""),
            page_param=self.want.get("page_param", ""),
        )

    @property
    def url(self) -> str:
        """Where it was read."""
        return str(self.want.get("url", "https://news.qingshi.example/feed"))

    @property
    def fetched(self) -> Fetched:
        """The answer of the server."""
        headers = {"content-type": self.want.get("content_type", ""), "link": self.want.get("link_header", "")}
        headers["x-robots-tag"] = self.want.get("x_robots_tag", "")
        return Fetched(self.url, self.url, 200, headers, self.given.read_bytes(), 0.1)


def load_pairs(folder: str) -> list[Pair]:
    """All pairs of a folder, by name."""
    pairs = []
    for want in sorted((DATA / folder).glob("*.want.json")):
        name = want.name.removesuffix(".want.json")
        given = [path for path in want.parent.glob(f"{name}.*") if path != want]
        pairs.append(Pair(name, given[0], json.loads(want.read_text("utf-8"))))
    return pairs


FEEDS = load_pairs("feeds")
PAGES = load_pairs("pages")
LISTS = [pair for pair in PAGES if "page" not in pair.want]
ARTICLES = [pair for pair in PAGES if "page" in pair.want]


def show(item: RawItem, want: dict[str, Any]) -> dict[str, Any]:
    """The parts of an item that its pair speaks of."""
    shown: dict[str, Any] = {
        "title": item.title,
        "url": item.url,
        "published": item.published.isoformat() if item.published else None,
    }
    text = f"{item.text or ''}{item.html or ''}"
    if "says" in want:
        shown["says"] = want["says"] if want["says"] in text else text[:200]
    if item.voice or "voice" in want:
        shown["voice"] = item.voice
    if "same_as" in want:
        shown["same_as"] = want["same_as"] if item.id == item_id(want["same_as"]) else item.id
    return shown


def check_items(items: tuple[RawItem, ...], pair: Pair) -> None:
    """Every item as written down, in order, each with an id of its own."""
    wanted = pair.want["items"]
    padded = wanted + [{}] * (len(items) - len(wanted))
    assert [show(item, want) for item, want in zip(items, padded, strict=False)] == wanted
    assert len({item.id for item in items}) == len(items)
    assert all(item.seen == SEEN and not item.first_fetch for item in items)


@pytest.mark.parametrize("pair", FEEDS, ids=[pair.name for pair in FEEDS])
def test_feed_says_what_its_pair_says(pair: Pair) -> None:
    """A feed, sitemap or API answer gives exactly its items, or is refused in a sentence, in under a second."""
    started = time.monotonic()
    parsed = SOURCES[pair.spec.via].parse(pair.spec, pair.fetched, SEEN)
    assert time.monotonic() - started < MAX_SECONDS
    if "failed" in pair.want:
        assert isinstance(parsed, ParseFailed)
        assert pair.want["failed"] in parsed.sentence
        return
    assert isinstance(parsed, Parsed)
    check_items(parsed.items, pair)
    assert (parsed.ttl.total_seconds() / 60 if parsed.ttl else None) == pair.want.get("ttl_minutes")
    assert parsed.hub == pair.want.get("hub")
    if "more" in pair.want:
        assert list(listed_of(pair).more) == pair.want["more"]


def listed_of(pair: Pair) -> Listed:
    """What the list reader finds."""
    listed = READERS[pair.spec.via].read_list(pair.spec, pair.fetched, SEEN)
    assert isinstance(listed, Listed), listed
    return listed


@pytest.mark.parametrize("pair", LISTS, ids=[pair.name for pair in LISTS])
def test_list_page_says_what_its_pair_says(pair: Pair) -> None:
    """A list page or forum board gives exactly its rows and its next page, or is refused in a sentence."""
    if "failed" in pair.want:
        refused = READERS[pair.spec.via].read_list(pair.spec, pair.fetched, SEEN)
        assert isinstance(refused, ParseFailed)
        assert pair.want["failed"] in refused.sentence
        return
    listed = listed_of(pair)
    check_items(tuple(lead.item for lead in listed.leads), pair)
    assert list(listed.more) == pair.want.get("more", [])


@pytest.mark.parametrize("pair", ARTICLES, ids=[pair.name for pair in ARTICLES])
def test_page_says_what_its_pair_says(pair: Pair) -> None:
    """An article or thread gives its title, time and text, nothing of what stands around it, or is refused."""
    want = pair.want["page"]
    item = make_item(pair.spec, Entry(title=want.get("listed_title")), pair.url, SEEN)
    read = READERS[pair.spec.via].read_page(pair.spec, Lead(item, pair.url), pair.fetched, SEEN)
    if "failed" in pair.want:
        assert isinstance(read, ParseFailed)
        assert pair.want["failed"] in read.sentence
        return
    assert isinstance(read, RawItem), read
    assert read.title == want["title"]
    assert (read.published.isoformat() if read.published else None) == want["published"]
    text = f"{read.text or ''}{read.html or ''}"
    assert [part for part in want["says"] if part not in text] == []
    assert [part for part in want.get("not_says", []) if part in text] == []
    assert read.voice == want.get("voice")


@pytest.mark.parametrize("folder", ["feeds", "pages"])
def test_every_file_has_its_pair(folder: str) -> None:
    """Each file of the folder is one half of a pair."""
    names: dict[str, int] = {}
    for path in (DATA / folder).iterdir():
        name = path.name.partition(".")[0]
        names[name] = names.get(name, 0) + 1
    assert {name: count for name, count in names.items() if count != 2} == {}
    assert len(FEEDS) + len(PAGES) >= 60


def test_news_and_official_items_never_carry_a_voice() -> None:
    """Whatever author a news feed names, no item of it has an account id, and no title holds mark-up."""
    for pair in FEEDS:
        parsed = SOURCES[pair.spec.via].parse(pair.spec, pair.fetched, SEEN)
        for item in parsed.items if isinstance(parsed, Parsed) else ():
            assert item.voice is None or item.source_kind in PRIVATE_KINDS
            assert "<img" not in (item.title or "")
            assert "<script" not in (item.title or "")
