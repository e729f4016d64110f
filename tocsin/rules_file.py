"""A file of rules on its own: `[[rules]]`, and `[alerting]` and `[calendar]` where they are to be other ones.

A whole tocsin.toml is one too; its other tables are left alone. What it does not have is the configuration's.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from alerts.season import CalendarSettings
from alerts.settings import Alerting, RuleSpec
from tocsin.config import Config, ConfigError, explain_invalid, read_text
from tocsin.places import find_line

TABLES = ("rules", "alerting", "calendar")


class RulesFile(msgspec.Struct, frozen=True):
    """What is read of the file."""

    rules: list[RuleSpec]
    alerting: Alerting | None = None
    calendar: CalendarSettings | None = None


def load_rules(path: Path, config: Config) -> Config:
    """`config` with the rules of `path`. Raises ConfigError naming file and line."""
    return put_rules(read_text(path), path.name, config)


def put_rules(text: str, name: str, config: Config) -> Config:
    """`config` with the rules written in `text`, which people know as `name`. Raises ConfigError naming the line."""
    from tocsin.checks import find_problems  # checks knows Config; this is asked for by commands only

    found = parse_rules(text, name)
    given = {"alerting": found.alerting, "calendar": found.calendar}
    changed = msgspec.structs.replace(
        config, rules=found.rules, **{key: one for key, one in given.items() if one is not None}
    )
    for problem in find_problems(changed):
        if re.match(rf"\$\.({'|'.join(TABLES)})\b", problem.path):
            raise ConfigError(f"{name} line {find_line(text, problem.path)}: {problem.sentence}")
    return changed


def parse_rules(text: str, name: str) -> RulesFile:
    """The tables that matter, typed. Raises ConfigError naming the line."""
    try:
        data: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+)", str(error))
        raise ConfigError(
            f"{name} line {place[1] if place else '1'}: this is not TOML: {str(error).split(' (at')[0]}"
        ) from None
    if not data.get("rules"):
        raise ConfigError(f"{name} line 1: there is no [[rules]] in it")
    try:
        return msgspec.convert({key: data[key] for key in TABLES if key in data}, RulesFile)
    except msgspec.ValidationError as error:
        raise ConfigError(explain_invalid(str(error), text, name)) from None
