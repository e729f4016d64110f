"""A briefing as one HTML file without scripts or outside resources. All text is data: nothing in it is markup.

The bracketed number behind a sentence or a row leads to the ids that its figures count.
"""

from collections.abc import Mapping
from html import escape
from importlib import resources

from dashboards.briefing.chart_svg import draw_plot
from dashboards.briefing.outline import Outline, Plot, Section, Table
from dashboards.briefing.trace import Trace, list_references
from dashboards.briefing.wording import Sentence, Wording

SHOWN_IDS = 30
STYLE = resources.files(__package__).joinpath("briefing.css").read_text(encoding="utf-8")


class _Page:
    """The numbers given to references, tables and figures of one page."""

    def __init__(self, outline: Outline, trace: Trace) -> None:
        self.say = Wording(outline.language)
        self.found = list_references(trace, outline.refs)
        self.marks = {ref: place for place, ref in enumerate(self.found, 1)}
        self.tables = self.figures = 0

    def notes(self, refs: tuple[str, ...]) -> str:
        """The links behind a sentence or a row."""
        numbers = [self.marks[ref] for ref in refs if ref]
        return "".join(f'<sup><a href="#r{number}">[{number}]</a></sup>' for number in dict.fromkeys(numbers))


def render_html(outline: Outline, trace: Trace, layout: str = "plain") -> str:
    """The page, with the trace as its last annex."""
    page = _Page(outline, trace)
    body = "".join(_section(place, section, page) for place, section in enumerate(outline.sections))
    lang = "zh-Hans" if outline.language == "zh" else "en"
    state = f'<p class="sub">{escape(outline.state)}</p>' if outline.state else ""
    kind = ' class="official"' if layout == "official" else ""
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(outline.title)}</title><style>{STYLE}</style></head><body{kind}><h1>{escape(outline.title)}</h1>"
        f'<p class="sub">{escape(outline.subtitle)}</p>{state}{_contents(outline, page.say)}{body}{_trace(page, page.found)}'
        f"<footer>{escape(outline.footer)}</footer></body></html>\n"
    )


def _contents(outline: Outline, say: Wording) -> str:
    lines = "".join(f'<li><a href="#s{n}">{escape(one.heading)}</a></li>' for n, one in enumerate(outline.sections))
    return f'<nav aria-label="{escape(say("contents"))}"><ol>{lines}</ol></nav>'


def _section(place: int, section: Section, page: _Page) -> str:
    said = "".join(_sentence(one, page) for one in section.sentences)
    plots = "".join(_plot(one, page) for one in section.plots)
    tables = "".join(_table(one, page) for one in section.tables)
    quotes = "".join(_sentence(one, page) for one in section.quotes)
    return f'<section><h2 id="s{place}">{escape(section.heading)}</h2>{said}{plots}{tables}{quotes}</section>'


def _sentence(sentence: Sentence, page: _Page) -> str:
    text = escape(sentence.text)
    return f"<p>{f'<mark>{text}</mark>' if sentence.rule is not None else text}{page.notes(sentence.refs)}</p>"


def _plot(plot: Plot, page: _Page) -> str:
    page.figures += 1
    caption = f"{page.say('figure')} {page.figures}　{plot.caption}"
    return f"<figure>{draw_plot(plot)}<figcaption>{escape(caption)}</figcaption></figure>"


def _table(table: Table, page: _Page) -> str:
    page.tables += 1
    caption = f"{page.say('table')} {page.tables}　{table.caption}"
    head = "".join(
        f'<th scope="col"{_numeric(place, table)}>{escape(cell)}</th>' for place, cell in enumerate(table.header)
    )
    refs = table.refs or ("",) * len(table.rows)
    rows = "".join(_row(row, ref, table, page) for row, ref in zip(table.rows, refs, strict=True))
    return (
        f'<div class="scroll"><table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _numeric(place: int, table: Table) -> str:
    return ' class="n"' if place in table.numeric else ""


def _row(row: tuple[str, ...], ref: str, table: Table, page: _Page) -> str:
    cells = [f"<td{_numeric(place, table)}>{_cell(cell)}</td>" for place, cell in enumerate(row)]
    cells[0] = cells[0].removesuffix("</td>") + page.notes((ref,)) + "</td>"
    return f"<tr>{''.join(cells)}</tr>"


def _cell(text: str) -> str:
    if text.startswith(("http://", "https://")):
        host = escape([*text.split("/"), "", ""][2])
        return f'<a rel="noopener noreferrer" href="{escape(text)}">{host}</a>'
    return escape(text)


def _trace(page: _Page, found: Mapping[str, list[str]]) -> str:
    say = page.say
    lines = "".join(
        f'<dt id="r{page.marks[ref]}">[{page.marks[ref]}] {escape(ref)} · {len(ids)}</dt><dd>{escape(_ids(ids, say))}</dd>'
        for ref, ids in found.items()
    )
    heading = escape(say.section("trace"))
    return f"<section><h2>{heading}</h2><p>{escape(say('trace_note'))}</p><dl>{lines}</dl></section>"


def _ids(ids: list[str], say: Wording) -> str:
    if not ids:
        return say("trace_none")
    more = f" … {say('trace_more', count=len(ids))}" if len(ids) > SHOWN_IDS else ""
    return " ".join(ids[:SHOWN_IDS]) + more
