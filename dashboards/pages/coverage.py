"""Coverage: what is watched, how old each reading really is, and honestly what is not seen."""

from crawlers.coverage import Lang, coverage_line, find_coverage, name_of, say_way, say_why
from dashboards.call import Call, View
from dashboards.queries.watch import source_rows


def show_coverage(call: Call) -> View:
    """What is seen, what is not, why, and the lawful ways in."""
    loaded = call.context.loaded
    lang: Lang = "en" if call.words.lang == "en" else "zh"
    coverage = find_coverage(loaded.coverage, loaded.sources)
    rows = [row for row in source_rows(call.conn, loaded.sources, call.now) if row.state != "off"]
    names = {row.id: row.name for row in rows}
    blind = [row.name for row in rows if row.state in {"blind", "refused"}]
    return View("coverage.html", {
        "line": coverage_line(coverage, lang, blind),
        "asked": coverage.asked,
        "unseen": [
            {"id": gap.id, "name": name_of(gap.id, lang), "why": say_why(gap.why, lang),
             "ways": [say_way(way, lang) for way in gap.ways]}
            for gap in coverage.unseen
        ],
        "seen": [
            {"id": one, "name": name_of(one, lang), "sources": [names.get(s, s) for s in sources]}
            for one, sources in coverage.seen
        ],
        "sources": rows,
    })  # fmt: skip
