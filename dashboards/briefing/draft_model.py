"""An optional summary by a language model: it sees facts of the frozen data set only, cites them, and is checked.

    facts → a model drafts sentences with the facts they rest on → every sentence is held against those facts

A sentence without a citation, with a number, date or quotation that its cited facts do not hold, or with a person's
name, is dropped whole. Private voices' words are no facts for a model outside the school: that one gets counts and
press only. Without a model the briefing is complete.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from dashboards.briefing.assemble import make_outline
from dashboards.briefing.checker import find_unsupported, hold
from dashboards.briefing.outline import Section
from dashboards.briefing.settings import BriefingSettings
from dashboards.briefing.values import BriefData
from pipeline.names import find_names

MOST_FACTS, MOST_SENTENCES, LONGEST = 120, 6, 300
TIMEOUT_S = 90.0
UNTOLD = {"proposals", "cited", "changes", "season"}
MARKS = re.compile(r"\[?\bF\d+\b\]?|[\x00-\x1f<>]")
ORDER = {
    "zh": "你为高校宣传部门起草舆情简报摘要。只能使用给出的事实，不得推测、评价个人或添加任何数字与引文。用中文写三到五句。",
    "en": "You draft the summary of a media briefing for a university. Use only the given facts: no guesses, no persons, no number or quotation"
    " that they do not hold. Write three to five sentences in English.",
}  # fmt: skip
FORM = ' Answer with JSON only: {"sentences": [{"text": "…", "cites": ["F1", "F7"]}]}'


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of the data set: its id for the model, its words, and where its items are found."""

    id: str
    text: str
    refs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drafted:
    """A sentence of a model with the ids of the facts it cites."""

    text: str
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """What is left of a draft, and a sentence for each drop: why."""

    lines: tuple[dict[str, object], ...]
    dropped: tuple[str, ...]


class SummaryDrafter(Protocol):
    """Writes a summary from facts."""

    def draft(self, facts: Sequence[Fact], language: str) -> list[Drafted]:
        """The sentences. Raises DraftFailed."""


class DraftFailed(Exception):  # noqa: N818 - says what is the matter
    """The model could not be asked, or did not answer in the form asked for."""


def list_facts(data: BriefData, language: str, *, local: bool) -> list[Fact]:
    """The facts a model may use; without private voices' words unless it runs in the school."""
    found: list[tuple[str, tuple[str, ...]]] = []
    private = {f"quote.{quote.id}" for event in data.events for quote in event.quotes if quote.private}
    for section in make_outline(data, language).sections:
        if section.key not in UNTOLD:
            found += _facts_of(section, set() if local else private)
    return [Fact(f"F{number}", text, refs) for number, (text, refs) in enumerate(found[:MOST_FACTS], 1)]


def _facts_of(section: Section, hidden: set[str]) -> list[tuple[str, tuple[str, ...]]]:
    facts = [(one.text, one.refs) for one in section.said if one.key not in hidden and one.refs]
    for table in section.tables:
        for row, ref in zip(table.rows, table.refs, strict=False):
            cells = "; ".join(f"{name}: {cell}" for name, cell in zip(table.header, row, strict=True) if cell != "—")
            facts.append((f"{table.caption} — {cells}", (ref,)))
    return facts


def check_draft(drafted: Sequence[Drafted], facts: Sequence[Fact]) -> Kept:
    """The sentences that hold against the facts they cite."""
    by_id = {fact.id: fact for fact in facts}
    lines: list[dict[str, object]] = []
    dropped: list[str] = []
    for one in drafted[:MOST_SENTENCES]:
        why = _refuse(one, by_id)
        if why:
            dropped.append(why)
            continue
        refs = [ref for cite in one.cites for ref in by_id[cite].refs]
        lines.append({"text": MARKS.sub("", one.text).strip(), "refs": list(dict.fromkeys(refs))})
    return Kept(tuple(lines), tuple(dropped))


def _refuse(one: Drafted, by_id: dict[str, Fact]) -> str:
    """Why a sentence is dropped, empty when it holds."""
    text = MARKS.sub("", one.text).strip()
    if not text or len(text) > LONGEST:
        return "it is empty or too long"
    if not one.cites or any(cite not in by_id for cite in one.cites):
        return "it cites no fact, or one that there is not"
    words = [by_id[cite].text for cite in one.cites]
    strange = find_unsupported(text, hold(words))
    if strange:
        return f"its facts do not hold: {', '.join(strange)}"
    named = {text[begin:end] for begin, end in find_names(text)}
    if any(name not in "\n".join(words) for name in named):
        return "it names a person"
    return ""


class _Line(msgspec.Struct):
    text: str
    cites: list[str]


class _Answer(msgspec.Struct):
    sentences: list[_Line]


class HttpDrafter:
    """A model behind an OpenAI-compatible address. The key is read at each use and never logged."""

    def __init__(self, settings: BriefingSettings) -> None:
        self._settings = settings

    def draft(self, facts: Sequence[Fact], language: str) -> list[Drafted]:
        """Ask once, at temperature 0. Raises DraftFailed."""
        import httpx  # only where a model is asked

        try:
            answer = httpx.post(
                self._settings.drafter_url,
                json=self._question(facts, language),
                headers=self._headers(),
                timeout=TIMEOUT_S,
            )
            answer.raise_for_status()
            said = answer.json()["choices"][0]["message"]["content"]
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise DraftFailed(f"the model could not be asked ({type(error).__name__})") from None
        except (ValueError, KeyError, IndexError, TypeError):
            raise DraftFailed("the model's answer is not in the form of chat completions") from None
        return read_answer(str(said))

    def _question(self, facts: Sequence[Fact], language: str) -> dict[str, object]:
        listed = json.dumps([{"id": fact.id, "fact": fact.text} for fact in facts], ensure_ascii=False)
        messages = [
            {"role": "system", "content": ORDER[language] + FORM}, {"role": "user", "content": listed},
        ]  # fmt: skip
        return {"model": self._settings.drafter_model, "temperature": 0, "messages": messages}

    def _headers(self) -> dict[str, str]:
        if self._settings.drafter_key is None:
            return {}
        try:
            return {"Authorization": f"Bearer {self._settings.drafter_key.reveal()}"}
        except LookupError as error:
            raise DraftFailed(str(error)) from None


def read_answer(said: str) -> list[Drafted]:
    """The sentences in a model's answer; a fence around the JSON is taken off. Raises DraftFailed."""
    begin, end = said.find("{"), said.rfind("}")
    try:
        answer = msgspec.json.decode(said[begin : end + 1], type=_Answer)
    except msgspec.DecodeError:
        raise DraftFailed("the model did not answer with the JSON it was asked for") from None
    return [Drafted(line.text, tuple(cite.strip("[] ") for cite in line.cites)) for line in answer.sentences]
