"""Fills a Word template. A template of the school that lacks a field, asks for one we do not know, or has lost the line
about authors is refused with one sentence that names it. What is filled in is text: no markup, no field code."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog

from alerts.response.wording import clean_lines
from alerts.taps import Refused

log = structlog.get_logger()
FOLDER = Path(__file__).parent / "templates"
SLIP_FIELDS = frozenset({
    "number", "department", "matter", "place", "times", "counts", "words", "due", "school", "office", "issued", "follows",
    "outcome", "answer", "answered", "link",
})  # fmt: skip
REPORT_FIELDS = frozenset({"number", "title", "kind", "turn", "school", "issued", "sections"})
LOG_FIELDS = frozenset({"day", "school", "head", "parts"})
HANDOVER_FIELDS = frozenset({"span", "school", "head", "parts"})
KNOWN: dict[str, frozenset[str]] = {
    "notice": SLIP_FIELDS, "order": SLIP_FIELDS, "report": REPORT_FIELDS, "log": LOG_FIELDS, "handover": HANDOVER_FIELDS,
}  # fmt: skip
# Fields a school may leave out of its own template; without the others the paper would say less than it must.
SPARE = frozenset(
    {"office", "follows", "outcome", "answer", "answered", "link", "place", "turn", "kind", "head", "school"}
)
NO_AUTHORS = {"zh": "不掌握、不保存任何发帖人信息", "en": "no information about any author"}
MOST = 4 * 1024 * 1024


def fill_template(name: str, lang: str, values: Mapping[str, Any], own: Path | None = None) -> bytes | Refused:
    """The finished .docx of paper `name`; `own` is the school's template folder."""
    from docx.opc.exceptions import PackageNotFoundError
    from docxtpl import DocxTemplate
    from jinja2 import TemplateError
    from jinja2.sandbox import SandboxedEnvironment

    path = choose_template(name, lang, own)
    file = path.name
    env = SandboxedEnvironment(autoescape=True)
    try:
        if path.stat().st_size > MOST:
            return Refused(f"the template {file} is larger than 4 MB")
        template = DocxTemplate(str(path))
        template.init_docx()
        asked = set(template.get_undeclared_template_variables(env))
        refusal = refuse_template(file, name, lang, asked, whole_text(template.docx))
        if refusal is not None:
            return refusal
        template.render(clean_values(values), env)
        target = io.BytesIO()
        template.save(target)
    except (TemplateError, PackageNotFoundError, ValueError, KeyError, TypeError, OSError) as error:
        log.warning("template_unusable", template=file, error=type(error).__name__)
        reason = _first_line(error)
        return Refused(f"the template {file} cannot be used: {reason}")
    return target.getvalue()


def choose_template(name: str, lang: str, own: Path | None) -> Path:
    """The school's copy when there is one, else ours."""
    file = own / f"{name}.{lang}.docx" if own is not None else None
    return file if file is not None and file.is_file() else FOLDER / f"{name}.{lang}.docx"


def refuse_template(file: str, name: str, lang: str, asked: set[str], text: str) -> Refused | None:
    """What is wrong with a template: fields unknown or missing, or the line about authors gone."""
    known = KNOWN[name]
    for field in sorted(asked - known):
        return Refused(f"the template {file} asks for the field {field}, which this paper does not have")
    for field in sorted(known - asked - SPARE):
        return Refused(f"the template {file} lacks the field {field}")
    line = NO_AUTHORS[lang]
    if name in ("notice", "order") and line not in text:
        return Refused(f"the template {file} has lost the line that no authors are held: {line}")
    return None


def whole_text(document: Any) -> str:
    """The text of a document's paragraphs and tables."""
    parts = [paragraph.text for paragraph in document.paragraphs]
    parts += [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join(parts)


def clean_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Every text without characters that XML cannot hold; lines become line breaks."""
    return {name: _clean(value) for name, value in values.items()}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean_lines(value, 6_000)
    if isinstance(value, Mapping):
        return clean_values(value)
    return [_clean(one) for one in value] if isinstance(value, list | tuple) else value


def _first_line(error: BaseException) -> str:
    """The first line of an error: Jinja names the field or the line."""
    return (str(error).splitlines() or [type(error).__name__])[0][:160]
