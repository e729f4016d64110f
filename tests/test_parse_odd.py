"""The odd corpus: each of our own documents gives exactly its outcome, soon, whatever it is."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from odd_characters import character_cases
from odd_dates import date_cases
from odd_documents import Case
from odd_json import json_cases
from odd_lists import list_cases, sitemap_cases
from odd_structure import refusal_cases, structure_cases
from odd_texts import link_cases, text_cases

from crawlers.base import Fetched, Parsed, ParseFailed
from crawlers.kinds import READERS, SOURCES
from crawlers.lists import Listed
from crawlers.settings import Selectors, SourceSpec
from pipeline.model import RawItem

SEEN = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
FAMILIES = (
    date_cases, character_cases, text_cases, link_cases, structure_cases, refusal_cases, json_cases, sitemap_cases, list_cases,
)  # fmt: skip
CASES = [case for family in FAMILIES for case in family()]
MAX_SECONDS = 10.0  # of a machine that eight people share


def read(case: Case) -> Parsed | ParseFailed | Listed:
    """What the reader of its kind says."""
    selectors = msgspec.convert(case.selectors, Selectors)
    spec = SourceSpec(
        "qs", case.url, case.kind, via=case.via, timezone=case.zone, selectors=selectors  # type: ignore[arg-type]
    )  # fmt: skip
    fetched = Fetched(case.url, case.url, 200, {"content-type": "", **case.headers}, case.body, 0.1)
    if case.via in ("listing", "sitemap"):
        return READERS[case.via].read_list(spec, fetched, SEEN)  # type: ignore[index]
    return SOURCES[case.via].parse(spec, fetched, SEEN)  # type: ignore[index]


def items_of(found: Parsed | Listed) -> tuple[RawItem, ...]:
    """The items, whichever form they came in."""
    return found.items if isinstance(found, Parsed) else tuple(lead.item for lead in found.leads)


def show(item: RawItem, want: dict[str, Any]) -> dict[str, Any]:
    """Of an item what its case speaks of."""
    text = f"{item.text or ''}{item.html or ''}"
    shown: dict[str, Any] = {
        "title": item.title,
        "url": item.url,
        "published": item.published.replace(microsecond=0).isoformat() if item.published else None,
        "voice": item.voice,
        "says": want.get("says") if want.get("says", "") in text else text[:200],
    }
    return {name: shown[name] for name in want}


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_each_document_has_its_outcome(case: Case) -> None:
    """Its items with the fields that the case is about, or its refusal; never an exception."""
    started = time.monotonic()
    found = read(case)
    assert time.monotonic() - started < MAX_SECONDS
    if case.failed:
        assert isinstance(found, ParseFailed), found
        assert case.failed in found.sentence
        return
    assert not isinstance(found, ParseFailed), found
    items = items_of(found)
    assert [show(item, want) for item, want in zip(items, case.items, strict=False)] == case.items, case.lesson
    if case.count is not None or (case.items and case.count is None and "broken" not in case.name):
        assert len(items) == (len(case.items) if case.count is None else case.count)
    assert len({item.id for item in items}) == len(items)
    if isinstance(found, Parsed):
        minutes = found.ttl.total_seconds() / 60 if found.ttl else None
        assert (minutes, found.hub) == (case.ttl, case.hub)
    elif case.more is not None:
        assert list(found.more) == case.more


def test_the_corpus_is_large_and_each_pair_teaches_something() -> None:
    """At least 300 pairs with the golden files; no two of the same name, lesson or bytes."""
    golden = list((Path(__file__).parent / "data").glob("*/*.want.json"))
    assert len(CASES) + len(golden) >= 300
    print(f"{len(CASES)} odd documents and {len(golden)} golden pairs")
    for field in ("name", "lesson"):
        values = [getattr(case, field) for case in CASES]
        assert sorted({one for one in values if values.count(one) > 1}) == []
    assert len({(case.body, str(case.headers), case.kind, case.zone, str(case.selectors)) for case in CASES}) == len(
        CASES
    )
