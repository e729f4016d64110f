"""Adding a source: paste an address, see what it is and would give, see the lines, write them. For operators."""

from msgspec.structs import replace
from starlette.responses import RedirectResponse, Response

from crawlers.preview import Preview
from crawlers.settings import SourceSpec
from dashboards.call import Call, View, missing
from dashboards.sourcing import CHOSEN, Draft, SourceDesk, read_spec
from pipeline.links import host_of
from pipeline.model import REACHES, SOURCE_KINDS
from pipeline.store.audit import append_audit
from pipeline.store.engine import writing


def show_adding(call: Call) -> View:
    """The empty form."""
    desk_of(call)
    return adding_page(call, read_spec({"kind": "news"}, taken_ids(call)), None, None)


def take_adding(call: Call) -> View | Response:
    """Try the address, or write what was tried. Audited."""
    desk = desk_of(call)
    spec = read_spec(call.form, taken_ids(call))
    given = call.form.get("via", "") in CHOSEN
    call.conn.rollback()
    if call.form.get("act") == "write":
        return write_source(call, desk, spec)
    preview = desk.preview(spec, given)
    spec = preview.spec or spec
    draft = desk.draft(spec) if preview.spec is not None else None
    return adding_page(call, spec, preview, draft)


def write_source(call: Call, desk: SourceDesk, spec: SourceSpec) -> View | Response:
    """Write the lines that were shown; the running service takes them up by itself."""
    problem = desk.write(spec, call.form.get("stamp", ""))
    if problem:
        return adding_page(call, spec, None, replace_problem(desk.draft(spec), problem), 409)
    with writing(call.context.engine) as conn:
        append_audit(conn, call.now, call.who, "add_source", spec.id, f"{spec.via} {host_of(spec.url)}")
    return RedirectResponse("/sources?done=source_added", 303)


def replace_problem(draft: Draft, problem: str) -> Draft:
    """The draft with what went wrong."""
    return Draft(draft.snippet, draft.diff, draft.stamp, problem)


def adding_page(call: Call, spec: SourceSpec, preview: Preview | None, draft: Draft | None, status: int = 200) -> View:
    """The form with what was found."""
    return View(
        "adding.html",
        {
            "spec": replace(spec, key=None),
            "kinds": SOURCE_KINDS,
            "reaches": REACHES,
            "ways": CHOSEN,
            "tried": preview is not None or draft is not None,
            "preview": preview,
            "draft": draft,
            "via": call.form.get("via", "") if call.form else "",
        },
        status,
    )


def desk_of(call: Call) -> SourceDesk:
    """Who tries and writes; 404 where the configuration is not a file of ours."""
    if call.context.sourcing is None:
        missing("there is no such action")
    return call.context.sourcing


def taken_ids(call: Call) -> set[str]:
    """Ids that are in use."""
    return {source.id for source in call.context.loaded.sources}
