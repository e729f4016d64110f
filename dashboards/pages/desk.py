"""The desk's quieter pages: rules, settings, audit trail, briefings."""

from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.responses import FileResponse, Response

from dashboards.call import Call, View, missing
from dashboards.queries.telling import read_audit

SIZE = 100
KINDS = {".docx", ".pdf", ".html", ".json", ".xlsx"}


@dataclass(frozen=True, slots=True)
class BriefingFile:
    """A finished briefing file in the data directory."""

    name: str
    size: int
    made: datetime


def show_rules(call: Call) -> View:
    """The rules as loaded, and the timing of telling."""
    loaded = call.context.loaded
    return View("rules.html", {"rules": loaded.rules, "alerting": loaded.alerting})


def show_settings(call: Call) -> View:
    """What is loaded; secrets are named, never shown."""
    loaded = call.context.loaded
    return View(
        "settings.html",
        {
            "file": loaded.file,
            "school_settings": loaded.school,
            "server": loaded.server,
            "sources": loaded.sources,
            "channels": [{"id": c.id, "kind": c.kind, "audience": c.audience} for c in loaded.channels],
            "retention": loaded.retention,
            "tagger": loaded.tagger,
        },
    )


def show_audit(call: Call) -> View:
    """Who did what, newest first."""
    rows = read_audit(call.conn, call.page(), SIZE)
    return View("audit.html", {"rows": rows[:SIZE], "page": call.page(), "more": len(rows) > SIZE})


def show_briefings(call: Call) -> View:
    """The finished briefings, newest first."""
    return View("briefings.html", {"files": list_briefings(call), "folder": call.context.briefing_dir is not None})


def list_briefings(call: Call) -> list[BriefingFile]:
    """Files of known kinds directly in the briefing folder; links and folders are left out."""
    folder = call.context.briefing_dir
    if folder is None or not folder.is_dir():
        return []
    found = [f for f in folder.iterdir() if f.suffix in KINDS and f.is_file() and not f.is_symlink()]
    rows = [BriefingFile(f.name, f.stat().st_size, datetime.fromtimestamp(f.stat().st_mtime, UTC)) for f in found]
    return sorted(rows, key=lambda row: (row.made, row.name), reverse=True)


def send_briefing(call: Call) -> Response:
    """One file, as a download. Only names on the list exist, so no path leads elsewhere."""
    folder, name = call.context.briefing_dir, call.path("name")
    if folder is None or name not in {row.name for row in list_briefings(call)}:
        missing("there is no such briefing")
    return FileResponse(folder / name, filename=name, content_disposition_type="attachment")
