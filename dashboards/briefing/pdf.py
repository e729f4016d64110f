"""A briefing as PDF/A-2b, and its charts as pictures, by typst. The same outline gives the same bytes.

PDF/A forbids characters that no font shows: typst then names them, and they become 〓, the printers' sign for a
missing letter, so that no reader meets an empty box.
"""

import json
import re
from collections.abc import Sequence
from importlib import resources
from typing import Any

from dashboards.briefing.chart_svg import draw_plot
from dashboards.briefing.fonts import Faces, find_faces, load_fonts
from dashboards.briefing.outline import Outline, Section, Table
from dashboards.briefing.wording import Wording

TEMPLATE = "briefing.typ"
GETA = "〓"
TRIES = 40
SCALES = (1.0, 0.92, 0.85, 0.78, 0.7, 0.62)
FIXED_TIME = 946_684_800  # 2000-01-01, so that the same data gives the same bytes
UNSHOWN = re.compile(r'the text `"(.+?)"` could not be displayed')
LATIN_WORD = re.compile(r"[A-Za-z0-9:.%+-]+")
ESCAPED = re.compile(r"\\u\{([0-9a-fA-F]+)\}")


class PaperFailed(Exception):  # noqa: N818 - says what is the matter
    """typst could not set the document; the message is its own first line."""


def make_pdf(outline: Outline, layout: str, *, school: str, day: str, one_page: bool = False) -> bytes:
    """The document. Raises FontMissing, PaperFailed."""
    faces = find_faces(layout)
    return _set_type(fit_words(outline, layout, faces, school, day, one_page), faces)


def make_pictures(outline: Outline, layout: str, *, school: str, day: str, one_page: bool = False) -> list[bytes]:
    """Every page as PNG. Raises FontMissing, PaperFailed."""
    faces = find_faces(layout)
    words = fit_words(outline, layout, faces, school, day, one_page)
    made = _compile(words, faces, format="png", ppi=80.0)
    return [made] if isinstance(made, bytes) else list(made)


def draw_png(svg: str) -> bytes:
    """A chart as PNG for Word. Raises FontMissing, PaperFailed."""
    import typst  # heavy, and only for paper

    faces = find_faces("plain")
    source = (
        '#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.svg), format: "svg", width: 480pt)'
    )
    made = typst.compile(
        source.encode(), format="png", ppi=160.0, font_paths=load_fonts(faces.folders), sys_inputs={"svg": svg}
    )
    if not isinstance(made, bytes):
        raise PaperFailed("a chart became more than one picture")
    return made


def _set_type(words: str, faces: Faces) -> bytes:
    for _ in range(TRIES):
        try:
            made = _compile(words, faces, format="pdf", pdf_standards="a-2b", timestamp=FIXED_TIME)
        except PaperFailed as error:
            found = UNSHOWN.search(str(error))
            if not found:
                raise
            words = _replace(words, found[1])
            continue
        assert isinstance(made, bytes)
        return made
    raise PaperFailed("too many characters that no installed font shows")


def _replace(words: str, shown: str) -> str:
    """`words` without the characters that typst named; its own escapes are read first."""
    plain = ESCAPED.sub(lambda found: chr(int(found[1], 16)), shown)
    for letter in set(plain) - {" "}:
        words = words.replace(letter, GETA)
    return words


def _compile(words: str, faces: Faces, **options: Any) -> "bytes | list[bytes]":
    import typst  # heavy, and only for paper

    try:
        made: bytes | list[bytes] = typst.compile(
            _template(), font_paths=load_fonts(faces.folders), sys_inputs={"doc": words}, **options
        )
    except typst.TypstError as error:
        raise PaperFailed(str(error).splitlines()[0]) from error
    return made


def fit_words(outline: Outline, layout: str, faces: Faces, school: str, day: str, one_page: bool) -> str:
    """The words; those of a one-page version in the largest type that keeps them on one page."""
    words = write_words(outline, layout, faces, school, day, one_page)
    for scale in SCALES if one_page else ():
        words = write_words(outline, layout, faces, school, day, one_page, scale)
        if _count_pages(words, faces) == 1:
            break
    return words


def _count_pages(words: str, faces: Faces) -> int:
    import typst  # heavy, and only for paper

    found = typst.query(
        _template(), "<pages>", field="value", one=True, font_paths=load_fonts(faces.folders), sys_inputs={"doc": words}
    )
    return int(json.loads(found))


def _template() -> bytes:
    return resources.files(__package__).joinpath(TEMPLATE).read_bytes()


def write_words(
    outline: Outline, layout: str, faces: Faces, school: str, day: str, one_page: bool, scale: float = 1.0
) -> str:
    """Everything the template prints, as JSON with Chinese as it is."""
    say = Wording(outline.language)
    return json.dumps({
        "title": outline.title, "subtitle": outline.subtitle, "state": outline.state, "footer": outline.footer,
        "lang": outline.language, "layout": layout, "author": school, "day": day, "one_page": one_page, "scale": scale,
        "contents": say("contents"), "figure_word": say("figure"), "table_word": say("table"),
        "fonts": {"body": faces.body, "head": faces.head, "title": faces.title},
        "sections": [_section(one) for one in outline.sections],
    }, ensure_ascii=False)  # fmt: skip


def _section(section: Section) -> dict[str, Any]:
    return {
        "heading": section.heading, "sentences": [one.text for one in section.sentences],
        "quotes": [one.text for one in section.quotes], "tables": [_table(one) for one in section.tables],
        "plots": [{"caption": one.caption, "svg": draw_plot(one)} for one in section.plots],
    }  # fmt: skip


def _table(table: Table) -> dict[str, Any]:
    rows = [[_breakable(cell) for cell in row] for row in table.rows]
    return {
        "caption": table.caption, "header": table.header, "rows": rows, "numeric": sorted(table.numeric),
        "widths": column_widths(table),
    }  # fmt: skip


def column_widths(table: Table) -> list[float]:
    """Shares of the width by the longest cell, kept within 0.95 to 5, so that no column starves."""
    columns: list[Sequence[str]] = (
        list(zip(table.header, *table.rows, strict=True)) if table.rows else [(h,) for h in table.header]
    )
    return [_share(column) for column in columns]


def _share(column: Sequence[str]) -> float:
    """By the longest cell, but never less than its longest Latin word takes."""
    word = max(_wide(part) for cell in column for part in LATIN_WORD.findall(_breakable(cell)) or [""])
    return round(min(5.0, max(0.95, (max(_wide(cell) for cell in column) + 2) / 6, word / 2.6)), 2)


def _wide(text: str) -> float:
    return sum(1.0 if ord(letter) > 0x2E80 else 0.55 for letter in text[:60])


def _breakable(text: str) -> str:
    """Long addresses and hashes may break anywhere."""
    long = len(text) > 12 and text.isascii() and " " not in text
    return "\u200b".join(text[at : at + 8] for at in range(0, len(text), 8)) if long else text
