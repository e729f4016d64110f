"""The public page: what is watched, how long it is kept, what is refused, and how to have something deleted."""

from dashboards.call import Call, View
from pipeline.model import TOPICS


def show_about(call: Call) -> View:
    """Made from the configuration, for anyone."""
    return about_page(call, "", "")


def about_page(call: Call, receipt: str, problem: str, status: int = 200) -> View:
    """The page, after a request with its receipt or what was wrong with it."""
    loaded = call.context.loaded
    return View(
        "about.html",
        {
            "school_name": loaded.school.name,
            "aliases": loaded.school.aliases,
            "sources": [{"name": s.name or s.id, "kind": s.kind} for s in loaded.sources],
            "ways": sorted({s.via for s in loaded.sources}),
            "mirrored": call.context.mirrored,
            "topics": TOPICS,
            "retention": loaded.retention,
            "contact": loaded.server.contact,
            "receipt": receipt,
            "problem": problem,
        },
        status,
    )
