"""The documents of a briefing, all made from one frozen data set: .json and .xlsx of the data, .html, .docx and .pdf."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from dashboards.briefing.assemble import ALONE, Issue, make_leader, make_outline
from dashboards.briefing.fonts import FontMissing
from dashboards.briefing.outline import Outline
from dashboards.briefing.page_html import render_html
from dashboards.briefing.pdf import PaperFailed, make_pdf
from dashboards.briefing.values import BriefData

ENDINGS = ("json", "xlsx", "html", "docx", "pdf")
LAYOUTS = ("plain", "official")
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Style:
    """In which language and layout documents are made, and whether only the one-page version is wanted."""

    language: str = "zh"
    layout: str = "plain"
    leader: bool = False


def make_document(data: BriefData, ending: str, style: Style, issue: Issue = ALONE) -> bytes:
    """One document by its ending. Raises KeyError for an unknown one, FontMissing and PaperFailed for a PDF."""
    outline = (make_leader if style.leader else make_outline)(data, style.language, issue)
    makers: Mapping[str, Callable[[], bytes]] = {
        "json": lambda: msgspec.json.format(msgspec.json.encode(data), indent=1) + b"\n",
        "xlsx": lambda: _sheets(outline, data),
        "html": lambda: render_html(outline, data.trace, style.layout).encode(),
        "docx": lambda: _word(outline, style, data.school),
        "pdf": lambda: make_pdf(
            outline, style.layout, school=data.school, day=data.until or data.end, one_page=style.leader
        ),
    }
    return makers[ending]()


def _sheets(outline: Outline, data: BriefData) -> bytes:
    from dashboards.briefing.sheets import make_sheets  # its library stays out of a service that makes no briefing

    return make_sheets(outline, data.trace, data.hash)


def _word(outline: Outline, style: Style, school: str) -> bytes:
    from dashboards.briefing.word import make_word  # its library stays out of a service that makes no briefing

    return make_word(outline, style.layout, school, one_page=style.leader)


@dataclass(frozen=True, slots=True)
class Written:
    """The files that were written, and a sentence for each that could not be made."""

    files: tuple[Path, ...]
    refused: tuple[str, ...] = ()


def write_briefing(
    data: BriefData, folder: Path, style: Style, issue: Issue = ALONE, progress: Progress = lambda _step: None
) -> Written:
    """Write every document of `data` into `folder`. A missing font refuses the PDF only. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"briefing-{data.period}" + ("-leader" if style.leader else "")
    files: list[Path] = []
    refused: list[str] = []
    for ending in ENDINGS[2 if style.leader else 0 :]:
        progress(ending)
        try:
            content = make_document(data, ending, style, issue)
        except (FontMissing, PaperFailed) as error:
            refused.append(str(error))
            continue
        files.append(folder / f"{stem}.{ending}")
        files[-1].write_bytes(content)
    return Written(tuple(files), tuple(refused))
