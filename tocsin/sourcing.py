"""Adding a source from the dashboard: tried first, shown as the lines that would be added, then written.

The configuration file stays the person's: comments and order are kept (tomlkit), the result is checked like any other
before it is written, and it is written whole or not at all.
"""

import difflib
import hashlib
import os
import threading
from pathlib import Path
from typing import Any

import msgspec

from crawlers.preview import Preview, Previewer
from crawlers.settings import SourceSpec
from dashboards.sourcing import Draft
from tocsin.checks import find_problem
from tocsin.config import ConfigError, parse_config, place_model, read_text
from tocsin.places import find_line


class FileSourceDesk:
    """Implements `dashboards.sourcing.SourceDesk` over one TOML file."""

    def __init__(self, path: Path, previewer: Previewer) -> None:
        self._path = path
        self._previewer = previewer
        self._lock = threading.Lock()

    def preview(self, spec: SourceSpec, given: bool) -> Preview:
        """What the source would give."""
        return self._previewer.preview(spec, given)

    def draft(self, spec: SourceSpec) -> Draft:
        """The lines that would be added to the file, or why they cannot be."""
        try:
            text = read_text(self._path)
            after = add_source(text, spec)
            problem = self._problem_of(after)
        except ConfigError as error:
            return Draft(problem=str(error))
        lines = difflib.unified_diff(
            text.splitlines(), after.splitlines(), self._path.name, self._path.name, "", "", 2, ""
        )
        return Draft(snippet=snippet_of(spec), diff="\n".join(lines), stamp=stamp_of(text), problem=problem)

    def write(self, spec: SourceSpec, stamp: str) -> str:
        """Add the source to the file as it was when the draft was shown; the problem, empty when it is done."""
        with self._lock:
            try:
                text = read_text(self._path)
                if stamp_of(text) != stamp:
                    return "The file has changed meanwhile; look at the lines again."
                after = add_source(text, spec)
                problem = self._problem_of(after)
            except ConfigError as error:
                return str(error)
            return problem or write_whole(self._path, after)

    def _problem_of(self, text: str) -> str:
        """What a check would say of `text`; empty for nothing. Raises ConfigError."""
        config = place_model(parse_config(text, self._path.name), self._path.parent)
        problem = find_problem(config)
        return f"{self._path.name} line {find_line(text, problem.path)}: {problem.sentence}" if problem else ""


def add_source(text: str, spec: SourceSpec) -> str:
    """`text` with one more `[[sources]]` at its end of them. Raises ConfigError when sources are written otherwise."""
    import tomlkit  # only this needs it
    from tomlkit.exceptions import TOMLKitError
    from tomlkit.items import AoT

    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        raise ConfigError(f"the file is not TOML: {error}") from None
    known = document.get("sources")
    if known is not None and not isinstance(known, AoT):
        raise ConfigError("the sources of this file are not written as [[sources]]; add the lines by hand")
    table = tomlkit.table()
    for name, value in fields_of(spec).items():
        table.add(name, _inline(value) if isinstance(value, dict) else value)
    if known is None:
        known = tomlkit.aot()
        known.append(table)
        document.add("sources", known)
    else:
        if not text.endswith("\n\n"):
            table.trivia.indent = "\n"
        known.append(table)
    return tomlkit.dumps(document)


def _inline(value: dict[str, Any]) -> Any:
    import tomlkit

    table = tomlkit.inline_table()
    table.update(value)
    return table


def fields_of(spec: SourceSpec) -> dict[str, Any]:
    """What must be written of a source: no defaults, no secrets."""
    plain = msgspec.to_builtins(spec)
    bare = msgspec.to_builtins(SourceSpec(spec.id, spec.url, spec.kind))
    wanted = {name: value for name, value in plain.items() if value != bare[name] or name in ("id", "url", "kind")}
    for name, value in wanted.items():
        if isinstance(value, dict):
            wanted[name] = {key: one for key, one in value.items() if one != bare[name][key]}
    return wanted


def snippet_of(spec: SourceSpec) -> str:
    """The lines of a source alone."""
    return add_source("", spec).strip()


def stamp_of(text: str) -> str:
    """Tells one state of the file from another."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def write_whole(path: Path, text: str) -> str:
    """Replace the file by one step, with its rights as they are; what went wrong, empty for nothing."""
    fresh = path.with_name(f".{path.name}.new")  # one name, so that kills leave no heap of copies
    try:
        mode = path.stat().st_mode & 0o777
        with open(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.chmod(mode)
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        return f"{path.name} cannot be written: {error.strerror}"
    return ""
