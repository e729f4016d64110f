"""Words in Chinese and English, read from gettext catalogs at start, without compiled files.

Message ids are the English sentences, so English needs no catalog. A missing Chinese entry shows the
English sentence; a test finds it before a reader does.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

LANGUAGES: tuple[str, ...] = ("zh", "en")
LOCALE_DIR = Path(__file__).parent / "locale"

NUMBERED = re.compile(r"(officer|leader|operator)-(\d{1,3})")  # ids that the roster gives
LEVELS = ("severity", "severity-short")
Key = tuple[str, str]  # (context, message id); no context is ""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language. `catalog` maps (context, English) to the translation."""

    lang: str
    catalog: Mapping[Key, str]

    def say(self, text: str, /, **values: object) -> str:
        """`text` in this language, with {fields} filled."""
        return fill(self.catalog.get(("", text), text), values)

    def count(self, one: str, many: str, n: int, /, **values: object) -> str:
        """`one` when n is 1, else `many`; Chinese has a single form, stored under `many`."""
        chosen = one if n == 1 and self.lang == "en" else many
        return fill(self.catalog.get(("", chosen), chosen), {"n": n, **values})

    def name(self, context: str, key: str) -> str:
        """The name of a fixed id (a topic, a tone, a state); the id itself when nobody named it."""
        known = self.catalog.get((context, key))
        numbered = None if known or context != "receiver" else NUMBERED.fullmatch(key)
        if numbered:
            return f"{self.name('duty', numbered[1])} {numbered[2]}"
        return known or key

    def with_levels(self, names: Mapping[str, str]) -> "Words":
        """The same words with the office's own names of the levels, where it has given any."""
        own = {(context, level): name for level, name in names.items() if name for context in LEVELS}
        return Words(self.lang, {**self.catalog, **own}) if own else self

    def knows(self, context: str, key: str) -> bool:
        """True when `key` has an entry of its own under `context`."""
        return (context, key) in self.catalog


def fill(text: str, values: Mapping[str, object]) -> str:
    """`text` with {fields} replaced; without values it stays as it is."""
    return text.format_map(values) if values else text


@cache
def load_words() -> Mapping[str, Words]:
    """Every language's words, read once. Raises OSError when a catalog is missing from the package."""
    return {lang: Words(lang, read_catalog(lang)) for lang in LANGUAGES}


def read_catalog(lang: str) -> dict[Key, str]:
    """The translated entries of one language as (context, id) → text. A part may have a catalog of its own beside
    messages.po, which wins."""
    found: dict[Key, str] = {}
    folder = LOCALE_DIR / lang / "LC_MESSAGES"
    for path in [*sorted(set(folder.glob("*.po")) - {folder / "messages.po"}), folder / "messages.po"]:
        with path.open("rb") as file:
            entries = read_po(file, locale=lang)
        found |= {(str(e.context or ""), str(e.id)): str(e.string) for e in entries if e.id and e.string}
    return found


def choose_language(cookie: str | None, accepted: str, default: str = "zh") -> str:
    """The reader's language: the cookie, else the first known one the browser accepts, else `default`."""
    if cookie in LANGUAGES:
        return str(cookie)
    for part in accepted.lower().split(","):
        lang = part.split(";")[0].strip()[:2]
        if lang in LANGUAGES:
            return lang
    return default
