"""Is an item about our school? Names of the school are found, longest first, and each is read with its surroundings.

    text -> one spelling -> own names? -> own and other schools' names, longest wins -> what stands around each

Only configured names count; `suggest_aliases` guesses for `tocsin init`. Matching sees the text before masking,
in memory only.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import ahocorasick_rs as ac

from pipeline.data import load_lines, load_sections
from pipeline.model import Mention
from pipeline.normal import has_han, normalise
from pipeline.school import School
from pipeline.surroundings import (
    inside_word,
    latin_before,
    latin_behind,
    other_before,
    other_behind,
    region_before,
    stands_apart,
    word_across,
)

# How far from an ambiguous name its context word may stand, in characters to either side.
CONTEXT_REACH = 40
_MAX_HITS = 200
_GENERIC_CAMPUS = frozenset(load_sections("campuses.txt")["generic"])
_CAMPUS_WORD = re.compile("校区|校园|校址|分校|学院|大学|campus")

Kind = Literal["name", "ambiguous", "campus"]


@dataclass(frozen=True, slots=True)
class Name:
    """One configured name: as written, in the one spelling, and how it is read."""

    written: str
    key: str
    kind: Kind
    han: bool
    context: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Verdict:
    """Whether one occurrence is ours, and why."""

    ours: bool
    why: str


class Matcher:
    """Finds one school's names. Built once, used for every item; holds no state."""

    def __init__(self, school: School) -> None:
        self._school = school
        self._names = configured_names(school)
        keys = [name.key for name in self._names]
        self._others = _other_schools(school, set(keys))
        self._own = ac.AhoCorasick(keys, matchkind=ac.MatchKind.LeftmostLongest)
        self._all = ac.AhoCorasick([*keys, *self._others], matchkind=ac.MatchKind.LeftmostLongest)

    def match(self, title: str | None, text: str, source: str = "", source_kind: str = "other") -> Mention:  # noqa: ARG002 - what a source is may decide one day
        """Whether the item is about the school; `reason` is one English sentence."""
        body = normalise(f"{title}\n{text}" if title else text)
        matched, why = self._read(body, f"{title or ''}\n{text}")
        if matched:
            return Mention(True, matched, why)
        if self._school.owns(source):
            return Mention(True, (), f'Source "{source}" is about the school.')
        return Mention(False, (), why)

    def _read(self, body: str, original: str) -> tuple[tuple[str, ...], str]:
        """Names that count, in the order of the configuration, and the first reason for or against."""
        if not self._own.find_matches_as_indexes(body):
            return (), "No configured name occurs."
        found: dict[str, str] = {}
        against = other = ""
        before_end = -1
        for index, start, end in self._occurrences(body):
            if index >= len(self._names):
                before_end, other = end, self._others[index - len(self._names)]
                continue
            name = self._names[index]
            verdict = self._judge(name, body, start, end, original, other if start - before_end <= 1 else "")
            if verdict.ours:
                found.setdefault(name.written, verdict.why)
            against = against or verdict.why
        if not found:
            return (), against or f'"{other}" is another school.'
        matched = tuple(dict.fromkeys(name.written for name in self._names if name.written in found))
        return matched, next(iter(found.values()))

    def _occurrences(self, body: str) -> Iterator[tuple[int, int, int]]:
        """Names of any school from left to right, longest first: index, start, end."""
        for index, start, end in self._all.find_matches_as_indexes(body)[:_MAX_HITS]:
            # 其中科大 holds 科大 and not 中科大.
            if index >= len(self._names) and stands_apart(body, start):
                for own, first, last in self._own.find_matches_as_indexes(body[start + 1 : end]):
                    yield own, start + 1 + first, start + 1 + last
                continue
            yield index, start, end

    def _judge(self, name: Name, body: str, start: int, end: int, original: str, other: str) -> _Verdict:
        """One occurrence of one name."""
        why_not = _not_ours(name, body, start, end, original)
        if why_not:
            return _Verdict(False, why_not)
        if name.kind == "ambiguous":
            return _beside(name, body, start, end)
        if name.kind == "campus":
            return self._campus(name, body, end, other)
        return _Verdict(True, f'"{name.written}" is named.')

    def _campus(self, name: Name, body: str, end: int, other: str) -> _Verdict:
        """A campus counts by its own name, never behind another school's."""
        if other:
            return _Verdict(False, f'"{name.written}" belongs to "{other}" here.')
        if name.key in _GENERIC_CAMPUS:
            return _Verdict(False, f'Every school has a "{name.written}"; it does not count alone.')
        if _CAMPUS_WORD.search(name.key) or _CAMPUS_WORD.match(body, end):
            return _Verdict(True, f'The campus "{name.written}" is named.')
        return _Verdict(False, f'"{name.written}" is a place here, not said to be the campus.')


def configured_names(school: School) -> list[Name]:
    """Every configured name once; a name given twice is read in the stricter way it was given."""
    given: list[tuple[str, Kind, tuple[str, ...]]] = [
        *((item.name, "ambiguous", tuple(normalise(word) for word in item.context)) for item in school.ambiguous),
        *((text, "name", ()) for text in (school.name, school.english, *school.aliases)),
        *((text, "campus", ()) for text in school.campuses),
    ]
    names: dict[str, Name] = {}
    for written, kind, context in given:
        key = normalise(written).strip()
        if key and key not in names:
            names[key] = Name(written, key, kind, has_han(key), context)
    order = [normalise(text).strip() for text in (school.name, school.english, *school.aliases)]
    first = [names.pop(key) for key in dict.fromkeys(order) if key in names]
    whole = [*first, *names.values()]
    taken = {name.key for name in whole}
    return whole + [other for name in whole for other in _other_spellings(name) if other.key not in taken]


def _other_spellings(name: Name) -> list[Name]:
    """How else a Latin name of several words is written: with "&", and as one word behind a hash sign."""
    if name.han or name.kind != "name" or " " not in name.key:
        return []
    keys = [name.key.replace(" and ", " & "), name.key.replace(" ", "")]
    return [replace(name, key=key) for key in keys if key != name.key]


def _other_schools(school: School, own: set[str]) -> list[str]:
    """Names of other schools in the one spelling, without parts of our own (campuses, medical school)."""
    stem = normalise(school.name)
    listed = {normalise(name) for name in (*load_lines("universities.txt"), *load_lines("school_short_names.txt"))}
    listed = {name for name in listed if not (name.startswith(stem) and _own_part(name.removeprefix(stem)))}
    return sorted((listed | {normalise(name) for name in school.other_schools}) - own - {""})


def _own_part(rest: str) -> bool:
    """What a listed name adds to ours when it is only a part of us."""
    return rest.startswith("(") or rest.endswith(("校区", "分校", "医学部", "医学院", "继续教育学院"))


def _not_ours(name: Name, body: str, start: int, end: int, original: str) -> str:
    """Why an occurrence is somebody else, empty when it is not."""
    if name.han:
        before = other_before(body, start) or region_before(body, start, name.key)
        across = "" if before else word_across(body, start, end)
        if across:
            return f'"{name.written}" is only a part of "{across}" here.'
        behind = "" if before else other_behind(body, end, name.key)
    else:
        if inside_word(body, start, end):
            return f'"{name.written}" is only a part of a longer word.'
        before = latin_before(body, start) or _new_before(name, original)
        behind = "" if before else latin_behind(body, end, name.key)
    if before:
        return f'"{before}" directly before "{name.written}" makes it another school.'
    return f'"{name.written}" with "{behind}" behind it is not the school.' if behind else ""


def _new_before(name: Name, original: str) -> str:
    """`New` with a capital before an English name that is more than an acronym."""
    if " " not in name.written or "New " not in original:
        return ""
    return "New" if re.search(f"New +{re.escape(name.written)}", original) else ""


def _beside(name: Name, body: str, start: int, end: int) -> _Verdict:
    """An ambiguous name counts only with one of its context words close by."""
    near = f"{body[max(0, start - CONTEXT_REACH) : start]} {body[end : end + CONTEXT_REACH]}"
    for word in name.context:
        if word and word in near:
            return _Verdict(True, f'"{name.written}" counts because "{word}" stands beside it.')
    return _Verdict(False, f'"{name.written}" is ambiguous and none of its context words stands beside it.')


def suggest_aliases(name: str) -> list[str]:
    """Guesses of what people call a school, likeliest first; for a person to check, never used unasked."""
    key = normalise(name).strip()
    if not has_han(key):
        words = re.findall(r"[A-Za-z]+", name)
        initials = "".join(word[0] for word in words if word[0].isupper())
        return [initials] if len(initials) > 1 else []
    stem = re.sub(r"\(.*\)$", "", key)
    guesses = [*_initials(stem), re.sub("大学$", "大", stem)]
    return [guess for guess in dict.fromkeys(guesses) if 2 <= len(guess) <= 5 and guess != stem]


def _initials(stem: str) -> list[str]:
    """海川学院 -> 海院, 江城科技大学 -> 江科大, 江城科大."""
    found = re.fullmatch(
        "(.{2,3}?)(?:市|省)?(科技|理工|师范|工业|农业|医科|医学|财经|交通|职业技术|工程|外国语|.{2,8})?(大学|学院)",
        stem,
    )
    if found is None:
        return []
    place, subject, kind = found.group(1), found.group(2) or "", found.group(3)
    end = "大" if kind == "大学" else "院"
    if not subject:
        return [place[0] + end, place]
    return [place[0] + subject[0] + end, place + subject[0] + end, place + subject]
