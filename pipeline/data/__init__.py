"""Word lists that ship with the package. Each file says in its first lines what it is and where it is from."""

from functools import cache
from importlib.resources import files


@cache
def load_lines(name: str) -> tuple[str, ...]:
    """Lines of a list, comments (`#`) and empty lines left out."""
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return tuple(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


@cache
def load_words(name: str) -> frozenset[str]:
    """All words of a list, several on a line."""
    return frozenset(word for line in load_lines(name) for word in line.split())


@cache
def load_sections(name: str) -> dict[str, tuple[str, ...]]:
    """Words of a list with `[section]` headings, by section, in their order; `\\ ` is a space inside a word."""
    sections: dict[str, tuple[str, ...]] = {}
    current = ""
    for line in load_lines(name):
        if line.startswith("["):
            current = line.strip("[]")
        else:
            sections[current] = (*sections.get(current, ()), *_split(line))
    return sections


def _split(line: str) -> list[str]:
    return [word.replace("\0", " ") for word in line.replace("\\ ", "\0").split()]
