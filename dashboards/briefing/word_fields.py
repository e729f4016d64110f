"""What python-docx has no words for: fields, a contents field, a repeating first row, a file with fixed dates."""

import zipfile
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

DATE = (2000, 1, 1, 0, 0, 0)


def add_field(paragraph: Any, code: str, shown: str) -> None:
    """A field that Word works out; `shown` stands there until it does."""
    for part in _field(code, [shown]):
        paragraph.add_run()._r.append(part)  # python-docx has no public way to the run's element


def add_contents(paragraph: Any, headings: Sequence[str]) -> None:
    """A table of contents over Heading 1, filled with the headings until Word has the page numbers."""
    for part in _field('TOC \\o "1-1" \\h \\z \\u', list(headings), dirty=True):
        paragraph.add_run()._r.append(part)


def _field(code: str, shown: list[str], *, dirty: bool = False) -> list[Any]:
    begin, instruction = _mark("begin"), OxmlElement("w:instrText")
    if dirty:
        begin.set(qn("w:dirty"), "true")
    instruction.set(qn("xml:space"), "preserve")
    instruction.text = code
    lines: list[Any] = []
    for place, text in enumerate(shown):
        if place:
            lines.append(OxmlElement("w:br"))
        words = OxmlElement("w:t")
        words.text = text
        lines.append(words)
    return [begin, instruction, _mark("separate"), *lines, _mark("end")]


def _mark(kind: str) -> Any:
    mark = OxmlElement("w:fldChar")
    mark.set(qn("w:fldCharType"), kind)
    return mark


def repeat_header(row: Any) -> None:
    """The row is repeated on every page of its table, and no row is broken over two pages."""
    properties = row._tr.get_or_add_trPr()
    for name in ("w:cantSplit", "w:tblHeader"):
        mark = OxmlElement(name)
        mark.set(qn("w:val"), "true")
        properties.append(mark)


def fix_zip(content: bytes) -> bytes:
    """The same archive with one date on every part, so that the same document has the same bytes."""
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda one: (one != "[Content_Types].xml", one)):
            new.writestr(zipfile.ZipInfo(name, DATE), old.read(name), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
