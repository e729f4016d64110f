"""The desk's quieter pages: rules, settings, audit trail."""

from alerts.words import say_criteria
from dashboards.call import Call, View
from dashboards.pages.silences import standing_silences
from dashboards.pages.taps import language_of
from dashboards.queries.telling import read_audit
from pipeline.model import Severity

SIZE = 100


def show_rules(call: Call) -> View:
    """The rules as loaded, what the levels stand for, and the timing of telling."""
    loaded, language = call.context.loaded, language_of(call)
    own = {level: words.criteria for level, words in loaded.alerting.severities.items()}
    levels = [(level.value, say_criteria(language, level.value, own.get(level, ""))) for level in reversed(Severity)]
    return View(
        "rules.html",
        {
            "rules": loaded.rules, "alerting": loaded.alerting, "levels": levels, "done": call.asked("done"),
            "editable": can_edit(call), "silences": standing_silences(call.conn, call.now),
        },
    )  # fmt: skip


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
            "editable": can_edit(call),
            "done": call.asked("done"),
            "windows": window_ids(call),
        },
    )


def can_edit(call: Call) -> bool:
    """True for an operator of a house whose configuration is a file that the pages write."""
    return call.context.editing is not None and call.user is not None and call.user.may("operator")


def window_ids(call: Call) -> list[str]:
    """The windows of the school's year, as the file has them."""
    desk = call.context.editing
    return [name for name, _ in desk.values("calendar.windows")] if desk is not None else []


def show_audit(call: Call) -> View:
    """Who did what, newest first."""
    rows = read_audit(call.conn, call.page(), SIZE)
    return View("audit.html", {"rows": rows[:SIZE], "page": call.page(), "more": len(rows) > SIZE})
