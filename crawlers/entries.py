"""From an entry of any list to `RawItem`: absolute link, id, kind; no author but a private voice's account id."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from crawlers.identity import absolute, item_id, local_id
from crawlers.settings import SourceSpec
from pipeline.model import PRIVATE_KINDS, RawItem

MAX_VOICE = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """What one entry of a feed, list or API says. `link` may be relative or empty, `title` is plain text.

    `author` is whatever names the account; it goes nowhere but into `RawItem.voice` of a private voice.
    """

    link: str = ""
    name: str = ""
    title: str | None = None
    html: str | None = None
    text: str | None = None
    published: datetime | None = None
    author: str | None = None


def build_items(spec: SourceSpec, entries: Sequence[Entry], base: str, seen: datetime) -> tuple[RawItem, ...]:
    """One item per distinct entry, in order. Entries that say nothing are left out.

    Where several entries share an address (a feed that links its front page), title and guid tell them apart.
    """
    links = [absolute(entry.link, base) for entry in entries]
    shared = {link for link, n in Counter(filter(None, links)).items() if n > 1}
    taken: set[str] = set()
    items = []
    for entry, link in zip(entries, links, strict=True):
        if not (entry.title or entry.text or entry.html):
            continue
        name = _own_name(spec, entry, link, link in shared)
        if name not in taken:
            taken.add(name)
            items.append(make_item(spec, entry, link or base, seen, name))
    return tuple(items)


def make_item(spec: SourceSpec, entry: Entry, url: str, seen: datetime, name: str = "") -> RawItem:
    """The item of an entry at `url`."""
    return RawItem(
        id=name or item_id(url),
        source=spec.id,
        source_kind=spec.kind,
        url=url,
        seen=seen,
        title=entry.title,
        text=entry.text,
        html=entry.html,
        published=entry.published,
        reach=spec.reach,
        voice=voice_of(spec, entry.author),
    )


def voice_of(spec: SourceSpec, author: str | None) -> str | None:
    """The account id of a private voice; None for news and official sources, whatever they say."""
    if not author or spec.kind not in PRIVATE_KINDS:
        return None
    return " ".join(author.split())[:MAX_VOICE] or None


def same_ids(items: Iterable[RawItem]) -> frozenset[str]:
    """The ids of `items`."""
    return frozenset(item.id for item in items)


def _own_name(spec: SourceSpec, entry: Entry, link: str, shared: bool) -> str:
    if link and not shared:
        return item_id(link)
    if link:
        # Same page, same title: the same thing said twice. Another title: another matter.
        return local_id(spec.id, f"{link}\n{entry.title or entry.name}")
    return local_id(spec.id, entry.name or entry.title or (entry.text or entry.html or "")[:500])
