"""Small catalogues of words by language, looked up by section and key and filled with numbers."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pipeline.model import Reason

Language = Literal["zh", "en"]
FOLDER = Path(__file__).parent / "locale"


@cache
def load_catalogue(language: Language) -> Mapping[str, Mapping[str, str]]:
    """All words of `language`: section -> key -> text with `{names}`."""
    found: dict[str, dict[str, str]] = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    return found


class _Open(dict[str, object]):
    """Numbers that a reason does not have show as a dash; old alerts must stay readable after an upgrade."""

    def __missing__(self, key: str) -> str:
        return "–"


def say(language: Language, section: str, key: str, **numbers: object) -> str:
    """The text of `section.key`. Templates are ours, never crawled, so filling them is safe. A key that is not in
    the catalogue (an office's own topic) is shown as it is."""
    template = load_catalogue(language)[section].get(key)
    return key if template is None else template.format_map(_Open(numbers))


def say_reason(language: Language, reason: Reason) -> str:
    """A reason in `language`, by its code; the English sentence when the code is unknown."""
    if reason.code not in load_catalogue(language)["reason"]:
        return reason.text
    if reason.numbers.get("season"):
        rest = {key: value for key, value in reason.numbers.items() if key != "season"}
        topic = say(language, "topic", str(rest.get("season_topic")))
        tail = say(language, "line", "season", **{**reason.numbers, "season_topic": topic})
        return say_reason(language, Reason(reason.code, reason.text, rest)) + tail
    numbers = {key: _show(language, key, value) for key, value in reason.numbers.items()}
    inner = Reason(str(reason.numbers.get("met_by", "")), "", reason.numbers)
    if reason.code != inner.code and inner.code:
        numbers["inner"] = say_reason(language, inner)
    return say(language, "reason", reason.code, **numbers)


def _show(language: Language, key: str, value: object) -> str:
    if key in ("severity", "reach") and isinstance(value, str):
        return say(language, key, value)
    if isinstance(value, list | tuple):
        return ("、" if language == "zh" else ", ").join(str(one) for one in value)
    return str(value)


def say_criteria(language: Language, severity: str, own: str = "") -> str:
    """What a level stands for: the office's own words, else the usual ones."""
    return own or say(language, "criteria", severity)
