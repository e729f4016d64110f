"""`[crawl]` and `[[sources]]` in TOML, validated and frozen."""

from typing import Literal

import msgspec

from pipeline.model import Reach, SourceKind
from pipeline.secret import Secret

Via = Literal[
    "feed", "sitemap", "listing", "forum", "wordpress", "json", "ghost", "mastodon", "rsshub", "mailbox", "inbox"
]  # fmt: skip


class Selectors(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """CSS selectors of a list page: `item` is the repeating part, the others are looked for inside it.

    `text` is for the article page; when it is empty the main text is extracted automatically.
    `voice` selects an account id on a forum list; it is turned into a voice token at the door.
    """

    item: str = ""
    link: str = "a"
    title: str = ""
    date: str = ""
    voice: str = ""
    text: str = ""
    next_page: str = ""


class Fields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """JMESPath expressions inside one item of a JSON answer (`via = "json"`). There is none for an author."""

    title: str = ""
    url: str = ""
    text: str = ""
    published: str = ""
    id: str = ""


class SourceSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One public source. `via` is how it is read, `kind` is what it is.

    `minutes` overrides the polling floor (allowed below 60 only with `consent = true`: the school's own
    or a consenting host). `organisation` names whose account a profile-like feed is, without it such a
    source is refused. `follow` reads each linked page for its full text.

    json: `items` and `fields` are JMESPath, `next_page` finds the link (or mark) of the next page, `page_param` is
    the query parameter that takes its number (or mark). ghost, inbox, mailbox: `key` is a Secret (content key,
    shared key of the signature, password); mailbox: `user` is the mailbox's own login.
    """

    id: str
    url: str
    kind: SourceKind
    via: Via = "feed"
    name: str = ""
    reach: Reach | None = None
    minutes: float | None = None
    consent: bool = False
    organisation: str = ""
    timezone: str = ""
    follow: bool = False
    pages: int = 1
    selectors: Selectors = Selectors()
    items: str = ""
    fields: Fields = Fields()
    next_page: str = ""
    page_param: str = ""
    key: Secret | None = None
    user: str = ""


class WatchedSource(SourceSpec, frozen=True):
    """A source under a special watch: read at its floor instead of ever more seldom, and never below it."""


class CrawlPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How politely and how safely we read. Times in seconds, sizes in bytes.

    `allow_private` lists host:port pairs on private addresses that may be read (demo and tests); it is empty
    by default and printed by `tocsin check`.
    """

    contact: str = ""
    allow_private: list[str] = []
    ports: list[int] = msgspec.field(default_factory=lambda: [80, 443])
    floor_minutes: float = 60.0
    ceiling_hours: float = 6.0
    host_delay: float = 1.0
    timeout: float = 30.0
    max_bytes: int = 10 * 1024 * 1024
    max_redirects: int = 5
    concurrency: int = 32
