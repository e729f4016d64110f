"""Where in a TOML file a value stands, so that an error can name the line."""

import re

HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\-\"' ]+?)\s*\]\]?\s*(#.*)?$")
STEP = re.compile(r"([A-Za-z0-9_-]+)|\[(\d+|\.\.\.)\]")


def split_path(path: str) -> list[str | int]:
    """`$.rules[1].stories` as ["rules", 1, "stories"]; an unknown index (`[...]`) is left out."""
    steps: list[str | int] = []
    for name, index in STEP.findall(path.removeprefix("$")):
        if name:
            steps.append(name)
        elif index.isdigit():
            steps.append(int(index))
    return steps


def find_line(text: str, path: str) -> int:
    """The 1-based line of the value at `path` (msgspec's notation), else of its table, else 1."""
    steps = split_path(path)
    best, best_depth = 1, 0
    here: list[str | int] = []
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        header = HEADER.match(line)
        if header:
            here = _enter(header[1], header[2], counts)
            at = here
        else:
            key = re.match(r"^\s*([A-Za-z0-9_\-.\"']+)\s*=", line)
            if not key:
                continue
            at = here + list(key[1].replace('"', "").split("."))
        depth = len(at)
        if depth > best_depth and at == steps[:depth]:
            best, best_depth = number, depth
    return best


def _enter(bracket: str, name: str, counts: dict[str, int]) -> list[str | int]:
    """The path of the table that a header opens; `counts` numbers the arrays of tables."""
    if bracket == "[[":
        counts[name] = counts.get(name, -1) + 1
        return [*name.split("."), counts[name]]
    return list(name.split("."))
