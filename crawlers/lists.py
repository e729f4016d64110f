"""What a list page (or sitemap, or forum board) leads to: the seam between parsing and crawling.

The spider asks a `ListReader` for what is on a list, decides which pages to read (unknown ones, and a few newest again
for edits), and gives each answer to `read_page`. Readers are pure: no I/O, no clock, no state.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from crawlers.base import Fetched, Parsed, ParseFailed, Source
from crawlers.extract import extract_page
from crawlers.settings import SourceSpec
from pipeline.model import RawItem


@dataclass(frozen=True, slots=True)
class Lead:
    """One entry of a list: the item as the list tells it, and the address that tells more (None: nothing more)."""

    item: RawItem
    page: str | None


@dataclass(frozen=True, slots=True)
class Listed:
    """The entries of one list, in its order, and the addresses of further lists (next pages, child sitemaps)."""

    leads: tuple[Lead, ...]
    more: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class ListReader(Protocol):
    """Reads lists of one kind and the pages behind them. Never raises for any bytes."""

    def read_list(self, spec: SourceSpec, fetched: Fetched, seen: datetime) -> Listed | ParseFailed:
        """What is on the list."""

    def read_page(self, spec: SourceSpec, lead: Lead, fetched: Fetched, seen: datetime) -> RawItem | ParseFailed:
        """The item of `lead` with what its page says."""


class ListSource:
    """A `Source` made of a `ListReader`: one list as it stands, its pages not read."""

    def __init__(self, reader: ListReader) -> None:
        self._reader = reader

    def parse(self, spec: SourceSpec, fetched: Fetched, seen: datetime) -> Parsed | ParseFailed:
        """The entries of the list with what the list itself says of them."""
        listed = self._reader.read_list(spec, fetched, seen)
        if isinstance(listed, ParseFailed):
            return listed
        return Parsed(tuple(lead.item for lead in listed.leads), notes=listed.notes)


class FeedReader:
    """A `ListReader` made of a polled `Source`, for reading the page behind each entry (`follow = true`)."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def read_list(self, spec: SourceSpec, fetched: Fetched, seen: datetime) -> Listed | ParseFailed:
        """The entries, each with its page when the source is to be followed."""
        parsed = self._source.parse(spec, fetched, seen)
        if isinstance(parsed, ParseFailed):
            return parsed
        leads = tuple(Lead(item, item.url if spec.follow else None) for item in parsed.items)
        return Listed(leads, notes=parsed.notes)

    def read_page(self, spec: SourceSpec, lead: Lead, fetched: Fetched, seen: datetime) -> RawItem | ParseFailed:
        """The article; title and time of the feed win, and its text where the page gives less."""
        page = extract_page(spec, fetched, seen)
        if isinstance(page, ParseFailed):
            return page
        item = lead.item
        return replace(
            item, title=item.title or page.title, text=page.text, html=None, published=item.published or page.published
        )
