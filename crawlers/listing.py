"""List pages: rows by CSS selectors (given, or proposed), and the articles behind them."""

import re
from dataclasses import replace
from datetime import datetime, tzinfo

from lxml.html import HtmlElement

from crawlers.base import Fetched, ParseFailed
from crawlers.dates import zone_named
from crawlers.decode import decode
from crawlers.entries import Entry, make_item
from crawlers.extract import extract_page
from crawlers.guard import MAX_ITEMS
from crawlers.identity import absolute
from crawlers.list_dates import date_in, read_list_date
from crawlers.lists import Lead, Listed
from crawlers.markup import title_text
from crawlers.proposal import propose_for
from crawlers.settings import Selectors, SourceSpec
from crawlers.tree import line_of, name_of, parse_tree, select
from pipeline.model import RawItem

_RE_CUT = re.compile(r"(?:…|\.{2,}|⋯)\s*\Z")
_RE_NEXT = re.compile(r"^\s*(?:下一?页|下頁|后页|next|older|›|»|>)\s*[›»>]*\s*$", re.IGNORECASE)


class ListingReader:
    """`via = "listing"`."""

    def read_list(self, spec: SourceSpec, fetched: Fetched, seen: datetime) -> Listed | ParseFailed:
        """The rows of the list, and the next page of it."""
        tree = parse_tree(decode(fetched.body, fetched.headers.get("content-type", "")).text)
        if isinstance(tree, ParseFailed):
            return tree
        base = base_of(tree, fetched.final_url)
        selectors, notes = spec.selectors, ()
        if not selectors.item:
            proposed = propose_for(tree, base, seen)
            if proposed is None:
                return ParseFailed("No list of links was found on the page.")
            selectors = merge(spec.selectors, proposed)
        leads = read_rows(tree, spec, selectors, base, seen)
        return Listed(leads[:MAX_ITEMS], next_pages(tree, selectors, base, fetched.final_url), notes)

    def read_page(self, spec: SourceSpec, lead: Lead, fetched: Fetched, seen: datetime) -> RawItem | ParseFailed:
        """The article; its own title and time fill what the row left open or cut off."""
        page = extract_page(spec, fetched, seen)
        if isinstance(page, ParseFailed):
            return page
        item = lead.item
        title = page.title if not item.title or _is_beginning(item.title, page.title) else item.title
        return replace(item, title=title, text=page.text, published=more_exact(item.published, page.published))


def merge(given: Selectors, proposed: Selectors) -> Selectors:
    """The given selectors, with what was not given proposed."""
    return Selectors(
        item=proposed.item,
        link=given.link if given.link not in ("", "a") else proposed.link,
        title=given.title or proposed.title,
        date=given.date or proposed.date,
        voice=given.voice or proposed.voice,
        text=given.text,
        next_page=given.next_page,
    )


def read_rows(tree: HtmlElement, spec: SourceSpec, selectors: Selectors, base: str, seen: datetime) -> tuple[Lead, ...]:
    """One lead per row that has a link and a title; a page named twice is taken once."""
    zone = zone_named(spec.timezone)
    leads: dict[str, Lead] = {}
    for row in select(tree, selectors.item):
        lead = _read_row(row, spec, selectors, base, seen, zone)
        if lead:
            leads.setdefault(lead.item.id, lead)
    return tuple(leads.values())


def next_pages(tree: HtmlElement, selectors: Selectors, base: str, current: str) -> tuple[str, ...]:
    """The next page of the list: by selector, `rel=next`, or a link that says so."""
    nodes = select(tree, selectors.next_page)
    nodes += [] if selectors.next_page else tree.xpath("//a[@rel='next'] | //link[@rel='next']")
    if not nodes and not selectors.next_page:
        nodes = [link for link in tree.iter("a") if _RE_NEXT.match(line_of(link))]
    for node in nodes:
        address = absolute(str(node.get("href") or ""), base)
        if address and address != current:
            return (address,)
    return ()


def base_of(tree: HtmlElement, url: str) -> str:
    """What relative links of the page are relative to."""
    declared = tree.xpath("string((//base/@href)[1])")
    return absolute(str(declared), url) or url


def more_exact(listed: datetime | None, stated: datetime | None) -> datetime | None:
    """The list's time, unless the page gives the same day with a time of day."""
    if listed is None or stated is None:
        return listed or stated
    near = abs((stated - listed).total_seconds()) < 36 * 3600
    return stated if near and (stated.minute or stated.second) and not (listed.minute or listed.second) else listed


def _read_row(
    row: HtmlElement, spec: SourceSpec, selectors: Selectors, base: str, seen: datetime, zone: tzinfo
) -> Lead | None:
    link = _link_of(row, selectors.link)
    address = absolute(str(link.get("href") or ""), base) if link is not None else ""
    if link is None or not address:
        return None
    title = _title_of(row, link, selectors.title)
    if not title:
        return None
    entry = Entry(
        link=address,
        title=title,
        published=_date_of(row, selectors.date, seen, zone),
        author=_voice_of(row, selectors.voice),
    )
    return Lead(make_item(spec, entry, address, seen), address)


def _link_of(row: HtmlElement, selector: str) -> HtmlElement | None:
    if name_of(row) == "a" and selector in ("", "a"):
        return row
    links = [node for node in select(row, selector or "a") if node.get("href")]
    if selector in ("", "a") and len(links) > 1:
        return max(links, key=lambda node: len(line_of(node)))
    return links[0] if links else None


def _title_of(row: HtmlElement, link: HtmlElement, selector: str) -> str | None:
    chosen = select(row, selector) if selector else []
    shown = line_of(chosen[0]) if chosen else line_of(link)
    whole = " ".join(str(link.get("title") or "").split())
    if whole and (not shown or (_RE_CUT.search(shown) and len(whole) > len(shown) - 3)):
        shown = whole
    return title_text(shown)


def _date_of(row: HtmlElement, selector: str, seen: datetime, zone: tzinfo) -> datetime | None:
    for node in select(row, selector) if selector else []:
        for text in (str(node.get("datetime") or ""), str(node.get("title") or ""), line_of(node)):
            moment = read_list_date(text, seen, zone) or date_in(text, seen, zone)
            if moment:
                return moment
    return date_in(line_of(row), seen, zone)


def _voice_of(row: HtmlElement, selector: str) -> str | None:
    for node in select(row, selector) if selector else []:
        said = str(node.get("href") or node.get("data-user-id") or "") or line_of(node)
        if said:
            return said
    return None


def _is_beginning(cut: str, whole: str | None) -> bool:
    stem = _RE_CUT.sub("", cut)
    return bool(whole) and stem != cut and str(whole).startswith(stem.strip())
