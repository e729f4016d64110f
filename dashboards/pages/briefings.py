"""Briefings: the list, making one, an edition with its words, steps and documents."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from starlette.responses import FileResponse, RedirectResponse, Response

from crawlers.coverage import find_coverage
from dashboards.briefing.assemble import Issue, make_outline
from dashboards.briefing.checker import find_unsupported, hold
from dashboards.briefing.draft_model import DraftFailed, HttpDrafter, check_draft, list_facts
from dashboards.briefing.editions import (
    Edition,
    edit_sentence,
    find_edition,
    keep_draft,
    list_editions,
    read_frozen,
    read_issue,
    take_step,
)  # fmt: skip
from dashboards.briefing.fonts import FontMissing
from dashboards.briefing.jobs import Order, begin_job, find_job
from dashboards.briefing.names import freezing, mask_words
from dashboards.briefing.outline import Outline, Section
from dashboards.briefing.paper import ENDINGS, LAYOUTS, Style, make_document
from dashboards.briefing.pdf import PaperFailed
from dashboards.briefing.period import Period, parse_period
from dashboards.briefing.proposals import STATUSES, add_proposal, answer_proposal
from dashboards.briefing.review import read_review
from dashboards.briefing.values import BriefData
from dashboards.call import Call, View, missing
from pipeline.store.engine import writing

KINDS = {".docx", ".pdf", ".html", ".json", ".xlsx"}
MEDIA = {
    "json": "application/json", "html": "text/html; charset=utf-8", "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}  # fmt: skip
NEXT = {"draft": "review", "reviewed": "sign", "signed": "lock", "locked": ""}


@dataclass(frozen=True, slots=True)
class BriefingFile:
    """A finished briefing file in the data directory."""

    name: str
    size: int
    made: datetime


def show_briefings(call: Call) -> View:
    """Editions and files that `tocsin brief` wrote, newest first, and the form that begins one."""
    return View(
        "briefings.html",
        {
            "editions": list_editions(call.conn),
            "files": list_files(call),
            "periods": suggest_periods(call),
            "layouts": LAYOUTS,
            "done": call.asked("done"),
        },
    )


def suggest_periods(call: Call) -> list[str]:
    """The quarters, months and weeks a person is likely to want now, finished ones first."""
    zone = ZoneInfo(call.context.loaded.school.timezone)
    local = call.now.astimezone(zone)
    quarter = parse_period(f"{local.year}Q{(local.month + 2) // 3}", zone, call.now)
    month = parse_period(f"{local:%Y-%m}", zone, call.now)
    return [quarter.before().name, quarter.name, month.before().name, month.name, "week", str(local.year)]


def list_files(call: Call) -> list[BriefingFile]:
    """Files of known kinds directly in the briefing folder; links and folders are left out."""
    folder = call.context.briefing_dir
    if folder is None or not folder.is_dir():
        return []
    found = [f for f in folder.iterdir() if f.suffix in KINDS and f.is_file() and not f.is_symlink()]
    rows = [BriefingFile(f.name, f.stat().st_size, datetime.fromtimestamp(f.stat().st_mtime, UTC)) for f in found]
    return sorted(rows, key=lambda row: (row.made, row.name), reverse=True)


def send_file(call: Call) -> Response:
    """One file, as a download. Only names on the list exist, so no path leads elsewhere."""
    folder, name = call.context.briefing_dir, call.path("name")
    if folder is None or name not in {row.name for row in list_files(call)}:
        missing("there is no such briefing")
    return FileResponse(folder / name, filename=name, content_disposition_type="attachment")


def read_period(call: Call, text: str) -> Period | None:
    """The period that `text` means, None when it means none."""
    try:
        return parse_period(text, ZoneInfo(call.context.loaded.school.timezone), call.now)
    except ValueError:
        return None


def make_briefing(call: Call) -> Response:
    """Begin to freeze a period in the background; the next page shows how far it is. Audited when it is kept."""
    period, layout = read_period(call, call.form.get("period", "").strip()), call.form.get("layout", "plain")
    if period is None or layout not in LAYOUTS or period.begin > call.now:
        return RedirectResponse("/briefings?done=no_period", 303)
    loaded = call.context.loaded
    labels = {one.id: one.name or one.id for one in loaded.sources}
    coverage = find_coverage(loaded.coverage, loaded.sources)
    read = freezing(call.context.engine, period, loaded.school, loaded.briefing, coverage, labels, call.now)
    order = Order(period.name, read, loaded.alerting.language, layout, call.who)
    job = begin_job(call.context.engine, order, call.context.now)
    return RedirectResponse(f"/briefings/job/{job}", 303)


def show_job(call: Call) -> View | Response:
    """How far a briefing is; when it is done, the way to it."""
    job = find_job(call.conn, call.path("id"))
    if job is None:
        missing("there is no such briefing")
    if job.state == "done" and call.request.headers.get("hx-request") != "true" and not is_twin(call):
        return RedirectResponse(f"/briefings/edition/{job.briefing}", 303)
    part = "briefing_bar.html" if call.request.headers.get("hx-request") == "true" else "briefing_job.html"
    return View(part, {"job": job, "dead": job.dead(call.now)})


def is_twin(call: Call) -> bool:
    """True when JSON was asked for."""
    return call.request.url.path.endswith(".json")


@dataclass(frozen=True, slots=True)
class Opened:
    """An edition with its data and its words."""

    edition: Edition
    data: BriefData
    issue: Issue
    outline: Outline


def open_edition(call: Call) -> Opened:
    """The edition of this address, or 404."""
    edition = find_edition(call.conn, call.path("id"))
    if edition is None:
        missing("there is no such briefing")
    data = read_frozen(call.conn, edition.id)
    issue = read_issue(call.conn, edition.id, ZoneInfo(data.zone))
    return Opened(edition, data, issue, make_outline(data, edition.language, issue))


def show_edition(call: Call) -> View:
    """The words and tables of an edition, what may be done next, and its documents."""
    found = open_edition(call)
    period = read_period(call, found.edition.period)
    return View(
        "briefing.html",
        {
            "edition": found.edition,
            "outline": shown(found.outline),
            "data_hash": found.data.hash,
            "changed": found.issue.changed,
            "step": NEXT[found.edition.state],
            "endings": ENDINGS,
            "review": read_review(call.conn, period) if period else None,
            "proposals": found.data.proposals,
            "followed": found.data.followed,
            "statuses": STATUSES,
            "drafter": bool(call.context.loaded.briefing.drafter_url),
            "done": call.asked("done"),
        },
    )


def shown(outline: Outline) -> tuple[Section, ...]:
    """The sections of the page; the annexes are in the documents."""
    return tuple(one for one in outline.sections if one.key not in {"cited", "trace"})


def send_document(call: Call) -> Response:
    """A document of an edition, made anew from its frozen data: the same bytes each time."""
    name = call.path("file")
    leader, ending = name.startswith("leader."), name.rpartition(".")[2]
    if name not in {f"{stem}.{one}" for stem in ("briefing", "leader") for one in ENDINGS}:
        missing("there is no such briefing")
    found = open_edition(call)
    style = Style(found.edition.language, found.edition.layout, leader)
    try:
        content = make_document(found.data, ending, style, found.issue)
    except (FontMissing, PaperFailed):
        return RedirectResponse(f"/briefings/edition/{found.edition.id}?done=no_font", 303)
    stem = f"{name.split('.')[0]}-{found.edition.id}.{ending}"
    return Response(
        content, media_type=MEDIA[ending], headers={"Content-Disposition": f'attachment; filename="{stem}"'}
    )


def edit_words(call: Call) -> Response:
    """Put an editor's words beside a sentence made by rule; empty words take the edit back. Audited."""
    found = open_edition(call)
    sentence = next((one for one in found.outline.sentences if one.key == call.form.get("sentence")), None)
    if sentence is None:
        missing("there is no such sentence")
    text = mask_words(call.context.loaded.school, call.form.get("text", ""))
    strange = find_unsupported(text, hold(all_words(found.outline)))
    with writing(call.context.engine) as conn:
        refused = edit_sentence(conn, found.edition.id, sentence, text, strange, call.who, call.now)
    done = "refused" if refused else "edited_doubt" if strange else "edited"
    return RedirectResponse(f"/briefings/edition/{found.edition.id}?done={done}#{sentence.key}", 303)


def all_words(outline: Outline) -> list[str]:
    """Everything the rules say in an outline."""
    said = [one.rule or one.text for one in outline.sentences]
    return said + [" ; ".join(row) for section in outline.sections for table in section.tables for row in table.rows]


def step_edition(call: Call) -> Response:
    """Review, sign or lock. Audited."""
    edition, role = call.path("id"), call.user.role if call.user else "viewer"
    with writing(call.context.engine) as conn:
        refused = take_step(conn, edition, call.form.get("step", ""), role, call.who, call.now)
    return RedirectResponse(f"/briefings/edition/{edition}?done={'refused' if refused else call.form['step']}", 303)


def propose(call: Call) -> Response:
    """Add a proposal to the period, or say what came of an earlier one; it comes into the data when that is frozen again."""
    found = open_edition(call)
    number, school = call.form.get("number", ""), call.context.loaded.school
    words = mask_words(school, call.form.get("text", ""))
    refused: str | None = "This edition is signed; its words do not change any more."
    with writing(call.context.engine) as conn:
        if found.edition.open and number.isdecimal() and len(number) < 10:
            refused = answer_proposal(conn, int(number), call.form.get("status", ""), words, call.who, call.now)
        elif found.edition.open:
            refused = add_proposal(conn, found.edition.period, words, call.who, call.now)
    return RedirectResponse(f"/briefings/edition/{found.edition.id}?done={'refused' if refused else 'proposed'}", 303)


def draft_summary(call: Call) -> Response:
    """Let the configured model draft the summary; what does not hold against the data is dropped. Audited."""
    found, settings = open_edition(call), call.context.loaded.briefing
    if not settings.drafter_url or not found.edition.open:
        missing("no model may draft here")
    facts = list_facts(found.data, found.edition.language, local=settings.drafter_local)
    try:
        kept = check_draft(HttpDrafter(settings).draft(facts, found.edition.language), facts)
    except DraftFailed:
        return RedirectResponse(f"/briefings/edition/{found.edition.id}?done=no_model", 303)
    with writing(call.context.engine) as conn:
        keep_draft(conn, found.edition.id, list(kept.lines), call.who, call.now)
    done = "model_part" if kept.dropped else "model"
    return RedirectResponse(f"/briefings/edition/{found.edition.id}?done={done}", 303)
