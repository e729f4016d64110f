"""Editing the configuration file from the pages: comments and order are kept (tomlkit), the result is checked like any
other before it is written, and it is written whole or not at all."""

import difflib
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection

from alerts.backtest import Setting, run_backtest
from alerts.season import Seasons
from dashboards.editing import SECTIONS, Change, Trial, Value
from dashboards.sourcing import Draft
from pipeline.person import person_check
from pipeline.school import School
from tocsin.checks import find_problem
from tocsin.config import Config, ConfigError, parse_config, place_model, read_text
from tocsin.places import find_line
from tocsin.sourcing import stamp_of, write_whole

CHANGED = "The file has changed meanwhile; look at the lines again."
_SECRET = re.compile(r"\b(env|file)\s*=\s*(\"[^\"]*\"|'[^']*')")


class FileSettingsDesk:
    """Implements `dashboards.editing.SettingsDesk` over one TOML file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def values(self, section: str) -> Sequence[tuple[str, Mapping[str, Value]]]:
        """What the file has now, defaults where it says nothing. Raises ConfigError."""
        return self._values(read_text(self._path), section)

    def _values(self, text: str, section: str) -> Sequence[tuple[str, Mapping[str, Value]]]:
        found = _look_up(self._parse(text), section)
        names = [field.name for field in SECTIONS[section].fields]
        entries = found if isinstance(found, list) else [found]
        return [(getattr(one, "id", ""), {name: _plain(getattr(one, name)) for name in names}) for one in entries]

    def draft(self, change: Change) -> Draft:
        """The difference, with the places of secrets as stars."""
        try:
            text = read_text(self._path)
            after = change_text(text, self._only_new(text, change))
            problem = self._problem_of(after)
        except ConfigError as error:
            return Draft(problem=str(error))
        name = self._path.name
        lines = difflib.unified_diff(text.splitlines(), after.splitlines(), name, name, "", "", 2, "")
        return Draft(diff=star_places("\n".join(lines)), stamp=stamp_of(text), problem=problem)

    def write(self, change: Change, stamp: str) -> str:
        """Write the change; the problem, empty when it is done."""
        with self._lock:
            try:
                text = read_text(self._path)
                if stamp_of(text) != stamp:
                    return CHANGED
                after = change_text(text, self._only_new(text, change))
                problem = self._problem_of(after)
            except ConfigError as error:
                return str(error)
            return problem or write_whole(self._path, after)

    def try_rules(self, conn: Connection, change: Change, now: datetime, days: int) -> Trial | str:
        """Both sets of rules over the last `days`; reads only."""
        try:
            text = read_text(self._path)
            after = change_text(text, self._only_new(text, change))
            problem = self._problem_of(after)
            both = [self._parse(one) for one in (text, after)]
        except ConfigError as error:
            return str(error)
        if problem:
            return problem
        before, fresh = (run_backtest(conn, one.rules, _setting(one), now, days) for one in both)
        return Trial(before, fresh)

    def _only_new(self, text: str, change: Change) -> Change:
        """The change without what the file says already, be it by a default."""
        held = dict(self._values(text, change.section)).get(
            "" if not SECTIONS[change.section].many else change.entry, {}
        )
        if change.fresh or change.remove:
            return change
        return replace(change, values={k: v for k, v in change.values.items() if k not in held or held[k] != v})

    def _parse(self, text: str) -> Config:
        return place_model(parse_config(text, self._path.name), self._path.parent)

    def _problem_of(self, text: str) -> str:
        return problem_of(self._path, text)


def problem_of(path: Path, text: str) -> str:
    """What a check would say of `text` in the file `path`; empty for nothing. Raises ConfigError."""
    config = place_model(parse_config(text, path.name), path.parent)
    problem = find_problem(config)
    if problem:
        return f"{path.name} line {find_line(text, problem.path)}: {problem.sentence}"
    return refuse_names(config.school)


def star_places(text: str) -> str:
    """`text` without the places of secrets."""
    return _SECRET.sub(r"\1 = ****", text)


def refuse_names(school: School) -> str:
    """Why a name of the school cannot stand, empty for nothing: what reads as a person is watched under no title."""
    own = School(school.name, school.english)
    for name in (*school.aliases, *school.campuses):
        if not person_check(name, own).ok:
            return f"'{name}' reads as a person, an account or a number and cannot be a name of the school"
    return ""


def _setting(config: Config) -> Setting:
    school = config.school
    seasons = Seasons(tuple(config.calendar.windows), ZoneInfo(school.timezone))
    return Setting(config.alerting, seasons, tuple(school.names))


def _look_up(config: Config, section: str) -> Any:
    found: Any = config
    for step in section.split("."):
        found = getattr(found, step)
    return found


def _plain(value: Any) -> Value:
    plain: Value = msgspec.to_builtins(value)
    return plain


# ------------------------------------------------------------------ the text


def change_text(text: str, change: Change) -> str:
    """`text` with the change. Raises ConfigError when the table is written in a way that cannot be edited here."""
    import tomlkit  # only this needs it

    document = parse_toml(text)
    if SECTIONS[change.section].many:
        _change_entry(document, change)
    else:
        fill_table(_table(document, change.section), change.values)
    return tomlkit.dumps(document)


def parse_toml(text: str) -> Any:
    """The document with its comments. Raises ConfigError."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise ConfigError(f"the file is not TOML: {error}") from None


def _table(document: Any, section: str) -> Any:
    import tomlkit

    here = document
    for step in section.split("."):
        if step not in here:
            here.add(step, tomlkit.table())
        here = here[step]
    return here


def find_entries(document: Any, section: str) -> Any:
    """The list of tables `section`, made when there is none. Raises ConfigError when it is written otherwise."""
    import tomlkit
    from tomlkit.items import AoT

    *above, last = section.split(".")
    home = _table(document, ".".join(above)) if above else document
    if home.get(last) is None:
        home.add(last, tomlkit.aot())
    if not isinstance(home[last], AoT):
        raise ConfigError(f"{section} is not written as [[{section}]]; edit the file by hand")
    return home[last]


def _change_entry(document: Any, change: Change) -> None:
    import tomlkit

    entries = find_entries(document, change.section)
    if change.fresh:
        table = tomlkit.table()
        fill_table(table, change.values)
        if len(entries):
            table.trivia.indent = "\n"
        entries.append(table)
        return
    found = [k for k, one in enumerate(entries) if one.get("id") == change.entry]
    if not found:
        raise ConfigError(f"there is no '{change.entry}' in {change.section}")
    if change.remove:
        del entries[found[0]]
    else:
        fill_table(entries[found[0]], change.values)


def fill_table(table: Any, values: Mapping[str, Value]) -> None:
    """Set what differs; what is None or empty and was not written stays unwritten."""
    for name, value in values.items():
        if value is None:
            if name in table:
                table.remove(name)
        elif name not in table and value in ("", [], False):
            continue
        elif name not in table or _unwrap(table[name]) != value:
            _put(table, name, value)


def _put(table: Any, name: str, value: Value) -> None:
    import tomlkit

    fresh: Any = tomlkit.item(value)
    if name in table and hasattr(table[name], "trivia"):
        fresh.trivia.comment_ws, fresh.trivia.comment = table[name].trivia.comment_ws, table[name].trivia.comment
    table[name] = fresh


def _unwrap(item: Any) -> Any:
    return item.unwrap() if hasattr(item, "unwrap") else item
