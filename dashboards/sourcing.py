"""Adding a source from a page: the seam to whoever tries addresses and owns the configuration file."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol, get_args
from urllib.parse import urlsplit

from crawlers.preview import Preview
from crawlers.settings import Fields, Selectors, SourceSpec, Via
from pipeline.model import OUTLET_KINDS, REACHES, SOURCE_KINDS

CHOSEN: tuple[str, ...] = tuple(via for via in get_args(Via) if via not in ("mailbox", "inbox", "ghost"))
_ENDS = frozenset({"com", "cn", "edu", "org", "net", "www"})


@dataclass(frozen=True, slots=True)
class Draft:
    """The lines of a new source: alone, and as a change of the file. `stamp` names the file's state they fit."""

    snippet: str = ""
    diff: str = ""
    stamp: str = ""
    problem: str = ""


class SourceDesk(Protocol):
    """Tries sources and writes them into the configuration file."""

    def preview(self, spec: SourceSpec, given: bool) -> Preview:
        """What the source would give; its kind is found out unless `given`."""

    def draft(self, spec: SourceSpec) -> Draft:
        """The lines that would be added."""

    def write(self, spec: SourceSpec, stamp: str) -> str:
        """Add the source; the problem, empty when it is done."""


def read_spec(form: Mapping[str, str], taken: Collection[str]) -> SourceSpec:
    """The source that a form describes; anything that is no choice falls back to the default."""

    def said(name: str, most: int = 300) -> str:
        return form.get(name, "").strip()[:most]

    url, kind, via, reach = said("url", 2000), said("kind"), said("via"), said("reach")
    if url and "://" not in url:
        url = f"https://{url}"
    minutes = said("minutes")
    return SourceSpec(
        id=said("id", 64) or name_source(url, taken),
        url=url,
        kind=kind if kind in SOURCE_KINDS else "news",
        via=via if via in CHOSEN else "feed",  # type: ignore[arg-type]
        name=said("name", 80),
        reach=reach if reach in REACHES and kind in OUTLET_KINDS else None,
        minutes=float(minutes) if re.fullmatch(r"\d{1,4}(\.\d)?", minutes) else None,
        consent=said("consent") == "yes",
        organisation=said("organisation", 80),
        follow=said("follow") == "yes",
        selectors=Selectors(**{name: said(f"css_{name}") for name in ("item", "title", "date", "text")}, link=said("css_link") or "a"),
        items=said("items") if via == "json" else "",
        fields=Fields(**{name: said(f"json_{name}") for name in Fields.__struct_fields__}) if via == "json" else Fields(),
    )  # fmt: skip


def name_source(url: str, taken: Collection[str]) -> str:
    """An id for a source that nobody named: its host without the ends, numbered when there is one already."""
    host = (urlsplit(url).hostname or "source").lower() if "://" in url else "source"
    base = "-".join(part for part in re.split(r"[^a-z0-9]+", host) if part and part not in _ENDS)[:40] or "source"
    number = 1
    while (name := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return name
