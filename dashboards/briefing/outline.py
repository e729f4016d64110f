"""The outline of a briefing: headings, sentences, tables and charts in order, before any format. All formats draw the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dashboards.briefing.wording import Sentence, Wording

HAN = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Table:
    """A captioned table of text; `numeric` columns are set to the right, `refs` (one a row, or none) say where a row's
    figures come from."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
    refs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plot:
    """Stacked bars: one value of each series a label; `marks` are (label, text) of key events."""

    caption: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, str, tuple[int, ...]], ...]
    marks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, its sentences, plots and tables; `quotes` are listed after the tables."""

    key: str
    heading: str
    sentences: tuple[Sentence, ...] = ()
    tables: tuple[Table, ...] = ()
    plots: tuple[Plot, ...] = ()
    quotes: tuple[Sentence, ...] = ()

    @property
    def said(self) -> tuple[Sentence, ...]:
        """Every sentence of the section."""
        return self.sentences + self.quotes


@dataclass(frozen=True, slots=True)
class Outline:
    """A whole document."""

    title: str
    subtitle: str
    state: str
    sections: tuple[Section, ...]
    footer: str
    language: str = "zh"

    @property
    def sentences(self) -> list[Sentence]:
        """Every sentence, in order."""
        return [one for section in self.sections for one in section.said]

    @property
    def refs(self) -> list[str]:
        """Every reference, in the order it is first made."""
        named = [ref for section in self.sections for ref in _refs_of(section)]
        return list(dict.fromkeys(named))


def _refs_of(section: Section) -> list[str]:
    spoken = [ref for one in section.sentences for ref in one.refs]
    tables = [ref for table in section.tables for ref in table.refs if ref]
    return spoken + tables + [ref for one in section.quotes for ref in one.refs]


@dataclass(frozen=True, slots=True)
class Edit:
    """An editor's wording of a sentence, and what of it the data does not hold."""

    text: str
    unsupported: tuple[str, ...] = ()


def number_heading(place: int, text: str, language: str) -> str:
    """`一、` or `1.` before a heading; annexes carry their own name."""
    return f"{HAN[place]}、{text}" if language == "zh" else f"{place + 1}. {text}"


def apply_edits(sections: Sequence[Section], edits: Mapping[str, Edit], say: Wording) -> tuple[Section, ...]:
    """The sections with editors' words in place of the rules'; each is marked and keeps the rule's."""
    return tuple(
        replace(
            section, sentences=tuple(_edited(one, edits, say) for one in section.sentences),
            quotes=tuple(_edited(one, edits, say) for one in section.quotes),
        )
        for section in sections
    )  # fmt: skip


def _edited(sentence: Sentence, edits: Mapping[str, Edit], say: Wording) -> Sentence:
    edit = edits.get(sentence.key)
    if edit is None or edit.text == sentence.text:
        return sentence
    return replace(sentence, text=edit.text + say("edited"), rule=sentence.text, unsupported=edit.unsupported)


def keep_signed(sections: Sequence[Section], signed: Mapping[str, str]) -> tuple[Section, ...]:
    """The sections with the words that were signed, where this version's would differ."""
    if not signed:
        return tuple(sections)

    def said(sentences: tuple[Sentence, ...]) -> tuple[Sentence, ...]:
        return tuple(replace(one, text=signed.get(one.key, one.text)) for one in sentences)

    return tuple(replace(one, sentences=said(one.sentences), quotes=said(one.quotes)) for one in sections)
