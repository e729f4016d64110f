"""docs/sources.md is run: every example loads, every kind has one, and what it promises happens."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from crawlers.base import Fetched, Parsed
from crawlers.inbox import check_signature
from crawlers.kinds import SOURCES
from crawlers.settings import SourceSpec, Via
from tocsin.checks import find_problem
from tocsin.config import parse_config

PAGE = (Path(__file__).parent.parent / "docs" / "sources.md").read_text(encoding="utf-8")
BASE = '[school]\nname = "清石学院"\n[crawl]\ncontact = "office@qingshi.example"\n'
SEEN = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)


def blocks(kind: str) -> list[str]:
    """The code blocks of a kind, in order."""
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


def source(text: str) -> SourceSpec:
    return parse_config(BASE + text, "docs").sources[0]


@pytest.mark.parametrize("text", blocks("toml"), ids=lambda text: re.findall(r'id = "(.+?)"', text)[0])
def test_example_loads(text: str) -> None:
    """Each example is a usable configuration."""
    assert find_problem(parse_config(BASE + text, "docs")) is None


def test_every_kind_has_an_example() -> None:
    """No way of reading is without one, and each has a heading."""
    assert {source(text).via for text in blocks("toml")} == set(get_args(Via))
    assert [via for via in get_args(Via) if f"## `{via}`" not in PAGE] == []


def test_the_json_example_gives_what_is_said() -> None:
    """The answer beside the example becomes the item beside it."""
    spec = next(source(text) for text in blocks("toml") if 'via = "json"' in text)
    parsed = SOURCES["json"].parse(spec, Fetched(spec.url, spec.url, 200, {}, blocks("json")[0].encode(), 0.1), SEEN)
    assert isinstance(parsed, Parsed)
    (item,) = parsed.items
    assert all(said in PAGE for said in (item.title or "", item.url))
    assert item.published is not None
    assert item.published.isoformat() in PAGE
    assert "not read" not in str(item)


def test_the_signing_example_signs_right() -> None:
    """What the Python example makes is believed."""
    space: dict[str, object] = {}
    exec(blocks("python")[0], space)  # our own documentation
    headers = space["signed_headers"](b"key", b"[]")  # type: ignore[operator]
    lower = {name.lower(): value for name, value in headers.items()}
    assert check_signature(b"key", lower, b"[]", datetime.now(UTC)) is None
    assert check_signature(b"other", lower, b"[]", datetime.now(UTC)) is not None
