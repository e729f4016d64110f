"""Words of the office's papers in both languages, read once from words_zh.toml and words_en.toml beside this file."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

SECTIONS: tuple[str, ...] = ("when", "source", "what", "spread", "assessment", "done", "proposed", "next")


@cache
def load_words(lang: str) -> Mapping[str, Mapping[str, str]]:
    """{table: {key: word}} of one language."""
    file = Path(__file__).parent / f"words_{lang}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def say(lang: str, key: str, /, **values: object) -> str:
    """One line of `[lines]`, filled. Raises KeyError for an unknown one."""
    return load_words(lang)["lines"][key].format_map(values)


def word(table: str, lang: str, key: str | None) -> str:
    """The name of a fixed id; the id itself when nobody named it."""
    return load_words(lang)[table].get(key or "", key or "")
