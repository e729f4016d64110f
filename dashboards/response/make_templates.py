"""Makes the Word templates beside this file: `python -m dashboards.response.make_templates`.

They are ordinary documents with `{{ fields }}`, so that a school edits them in Word; a copy of one in `templates/` of
the data folder is taken instead of ours.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

FOLDER = Path(__file__).parent / "templates"
MADE = datetime(2026, 1, 1, tzinfo=UTC)
NO_AUTHORS = {
    "zh": "本单位不掌握、不保存任何发帖人信息；请只就事项本身答复，不追查、不联系发声者。",
    "en": "We hold no information about any author. Please answer the matter only; do not look for or contact those who spoke.",
}
RED = RGBColor(0xB0, 0x1E, 0x1E)


def new_page(lang: str) -> Any:
    """An empty A4 page in a Song face."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(27)
    section.top_margin, section.bottom_margin = Mm(30), Mm(25)
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(12 if lang == "zh" else 11)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "宋体")
    style.paragraph_format.space_after = Pt(4)
    style.paragraph_format.line_spacing = 1.3
    document.core_properties.author = "Tocsin"
    document.core_properties.created = document.core_properties.modified = MADE
    return document


def add_title(document: Any, title: str, under: str) -> None:
    """The heading in red with a line below, and the number on the right."""
    head = document.add_paragraph()
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = head.add_run(title)
    run.bold, run.font.size, run.font.color.rgb = True, Pt(22), RED
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "黑体")
    line = document.add_paragraph(under)
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    border = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "12"), ("space", "4"), ("color", "B01E1E")):
        bottom.set(qn(f"w:{name}"), value)
    border.append(bottom)
    line._p.get_or_add_pPr().append(border)


def add_table(document: Any, rows: Sequence[tuple[str, str]]) -> None:
    """Two columns: name and value."""
    table = document.add_table(rows=0, cols=2, style="Table Grid")
    for name, value in rows:
        cells = table.add_row().cells
        cells[0].width, cells[1].width = Mm(36), Mm(120)
        cells[0].paragraphs[0].add_run(name).bold = True
        cells[1].text = value
    document.add_paragraph()


SLIP = {
    "zh": {
        "notice": "提 示 函", "order": "督 办 单", "to": "{{ department }}：",
        "notice_ask": "我办在公开网络信息中注意到涉及贵单位职责的下列事项，请核实并按时答复。",
        "order_ask": "下列事项{% if follows %}（{{ follows }}）{% endif %}已逾期未复或须限时办结，现予督办，请主要负责人牵头办理。",
        "rows": (("事项", "{{ matter }}"), ("地点", "{{ place }}"), ("时间", "{{ times }}"), ("数量", "{{ counts }}"),
                 ("请贵单位", "{{ words }}"), ("答复期限", "{{ due }}")),
        "sign": "{{ school }} {{ office }}\n{{ issued }}", "cut": "———— 回 执（{{ number }}） ————",
        "reply": (("办理结果", "{{ outcome }}"), ("说明", "{{ answer }}"), ("答复时间", "{{ answered }}"), ("负责人签字", "")),
        "link": "在线答复（仅限一次，请勿转发）：{{ link }}",
    },
    "en": {
        "notice": "Notice slip", "order": "Supervision order", "to": "To: {{ department }}",
        "notice_ask": "In public sources we have seen the following matter within your remit. Please check it and answer in time.",
        "order_ask": "The matter below{% if follows %} ({{ follows }}){% endif %} is overdue or has to be settled by a fixed time."
                     " The head of the department is asked to take charge.",
        "rows": (("Matter", "{{ matter }}"), ("Place", "{{ place }}"), ("Times", "{{ times }}"), ("Counts", "{{ counts }}"),
                 ("We ask you to", "{{ words }}"), ("Answer by", "{{ due }}")),
        "sign": "{{ school }}, {{ office }}\n{{ issued }}", "cut": "———— Reply ({{ number }}) ————",
        "reply": (("Outcome", "{{ outcome }}"), ("What was done", "{{ answer }}"), ("Answered", "{{ answered }}"), ("Signature", "")),
        "link": "Answer online (once, please do not pass on): {{ link }}",
    },
}  # fmt: skip


def make_slip(kind: str, lang: str) -> Any:
    """A notice slip or a supervision order with its reply part."""
    words: dict[str, Any] = SLIP[lang]
    document = new_page(lang)
    add_title(document, words[kind], "{{ number }}")
    document.add_paragraph().add_run(words["to"]).bold = True
    document.add_paragraph(words[f"{kind}_ask"])
    add_table(document, words["rows"])
    document.add_paragraph(NO_AUTHORS[lang]).runs[0].italic = lang == "en"
    sign = document.add_paragraph(words["sign"])
    sign.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    cut = document.add_paragraph(words["cut"])
    cut.alignment = WD_ALIGN_PARAGRAPH.CENTER
    add_table(document, words["reply"])
    document.add_paragraph("{% if link %}" + words["link"] + "{% endif %}")
    return document


REPORT = {
    "zh": ("舆 情 快 报", "{{ kind }} · 第 {{ turn }} 次"),
    "en": ("Situation report", "{{ kind }} · no. {{ turn }} on this matter"),
}


def make_report(lang: str) -> Any:
    """A situation report: a heading and a paragraph for each section that says something."""
    document = new_page(lang)
    title, under = REPORT[lang]
    add_title(document, title, "{{ number }}")
    line = document.add_paragraph()
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    line.add_run("{{ title }}").bold = True
    small = document.add_paragraph(under + " · {{ school }} · {{ issued }}")
    small.alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.add_paragraph("{%p for section in sections %}")
    document.add_paragraph().add_run("{{ section.heading }}").bold = True
    document.add_paragraph("{{ section.text }}")
    document.add_paragraph("{%p endfor %}")
    return document


LISTS = {
    "log": {"zh": ("值 班 日 志", "{{ day }} · {{ school }}"), "en": ("Duty log", "{{ day }} · {{ school }}")},
    "handover": {
        "zh": ("交 接 班 记 录", "{{ span }} · {{ school }}"),
        "en": ("Hand-over of the watch", "{{ span }} · {{ school }}"),
    },
}


def make_list(name: str, lang: str) -> Any:
    """The duty log of a day, or a hand-over: parts of lines."""
    document = new_page(lang)
    add_title(document, *LISTS[name][lang])
    document.add_paragraph("{{ head }}")
    document.add_paragraph("{%p for part in parts %}")
    document.add_paragraph().add_run("{{ part.heading }}").bold = True
    document.add_paragraph("{%p for line in part.lines %}")
    document.add_paragraph("{{ line }}")
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("{%p endfor %}")
    return document


def make_all(folder: Path = FOLDER) -> list[Path]:
    """Write every template; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for lang in ("zh", "en"):
        papers = {kind: make_slip(kind, lang) for kind in ("notice", "order")}
        papers |= {"report": make_report(lang)} | {name: make_list(name, lang) for name in LISTS}
        for name, document in papers.items():
            made.append(folder / f"{name}.{lang}.docx")
            document.save(str(made[-1]))
    return made


if __name__ == "__main__":
    make_all()
