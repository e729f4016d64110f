"""The school's own .docx template: its fields are filled from the frozen data, unknown and missing ones are named first."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from dashboards.briefing.assemble import ALONE, Issue, make_outline
from dashboards.briefing.outline import Outline
from dashboards.briefing.values import BriefData
from dashboards.briefing.word_fields import fix_zip

NEEDED = frozenset({"title", "period", "findings", "hash"})
FIELDS = NEEDED | {
    "school", "begin", "end", "state", "sections", "items", "stories", "negative", "events", "topics", "proposals",
    "alerts", "cited",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TemplateProblem:
    """Why a template cannot be used, in one sentence."""

    sentence: str


def check_template(path: Path) -> TemplateProblem | None:
    """None when the template can be read, knows the needed fields and asks for no others."""
    from docxtpl import DocxTemplate  # heavy, and only here
    from jinja2 import TemplateError

    try:
        asked = DocxTemplate(str(path)).get_undeclared_template_variables(_environment())
    except TemplateError as error:
        return TemplateProblem(f"{path.name}: {error.message or type(error).__name__}")
    except Exception as error:
        return TemplateProblem(f"{path.name} is not a .docx that can be opened ({type(error).__name__})")
    unknown, absent = sorted(asked - FIELDS), sorted(NEEDED - asked)
    if unknown:
        return TemplateProblem(
            f"{path.name} asks for {', '.join(unknown)}, which there is not; fields are {', '.join(sorted(FIELDS))}"
        )
    if absent:
        return TemplateProblem(
            f"{path.name} lacks the field {', '.join(absent)}, without which a briefing may not go out"
        )
    return None


def fill_template(path: Path, data: BriefData, language: str, issue: Issue = ALONE) -> bytes | TemplateProblem:
    """The school's document, or why it cannot be made."""
    problem = check_template(path)
    if problem is not None:
        return problem
    from docxtpl import DocxTemplate
    from jinja2 import TemplateError

    template = DocxTemplate(str(path))
    try:
        template.render(fields_of(data, make_outline(data, language, issue)), _environment())
    except (TemplateError, TypeError, ValueError) as error:
        return TemplateProblem(f"{path.name} cannot be filled: {error}")
    buffer = BytesIO()
    template.save(buffer)
    return fix_zip(buffer.getvalue())


def fields_of(data: BriefData, outline: Outline) -> Mapping[str, Any]:
    """What a template may ask for; only words and numbers."""
    sections = {section.key: section for section in outline.sections}
    plain = [
        {
            "heading": one.heading, "sentences": [line.text for line in one.said],
            "tables": [{"caption": t.caption, "header": list(t.header), "rows": [list(r) for r in t.rows]} for t in one.tables],
        }
        for one in outline.sections
    ]  # fmt: skip
    return {
        "title": outline.title, "school": data.school, "period": outline.subtitle, "begin": data.begin, "end": data.end,
        "state": outline.state, "hash": data.hash, "findings": [one.text for one in sections["findings"].sentences],
        "sections": plain, "items": data.totals.items, "stories": data.totals.stories, "negative": data.totals.negative,
        "events": [{"title": one.title, "stories": one.stories, "first": one.first_seen} for one in data.events],
        "topics": [{"name": one.name, "items": one.items, "negative": one.negative} for one in data.topics],
        "proposals": [one.text for one in data.proposals], "alerts": data.response.alerts,
        "cited": [{"id": one.id, "source": data.source(one.source), "day": one.day, "url": one.url or ""} for one in data.cited],
    }  # fmt: skip


def _environment() -> Any:
    """Text stays text, and a template reaches nothing but its fields."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    return SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
