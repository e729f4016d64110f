"""Hostile words in every place that words come from: they are shown as words, on every page, paper and export."""

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dash_client import BASE, Reader, reader
from dash_pages import PAGES
from dash_seed import DESK, NOW
from sqlalchemy import insert, update

from alerts.response.replies import ReplyLinks
from dashboards.briefing.editions import store_draft
from dashboards.briefing.figures import freeze
from dashboards.briefing.period import parse_period
from pipeline.store.engine import writing
from pipeline.store.schema import acks, audit, cases, documents, events, officers, shifts, silences, sources
from pipeline.store.schema_briefing import briefing_proposals
from pipeline.store.schema_desk import saved_searches, special_watches
from pipeline.store.schema_duty import case_steps, rotations
from pipeline.store.schema_response import (
    duty_log,
    facts,
    handovers,
    playbooks,
    register_rows,
    reports,
    slip_answers,
    slip_links,
    slips,
)  # fmt: skip
from pipeline.store.schema_ways_in import staff_reports

EVIL = "\"'><x-evil onclick=x-evil()>{{7*7}}${7*7}<script>x_evil()</script><img src=x onerror=x_evil()><!--"
SCRIPT_URL = "javascript:x_evil()//https://paper.example/"
MORE = (
    "/slips/s1", "/reports/r1", "/handovers/1", "/playbooks/canteen", "/briefings/review/2026Q4", "/events/e-canteen/slip?follows=s1",
    f"/search?q={'%3Cx-evil%3E'}", "/search?q=食堂&count=1", "/events?topic=canteen&status=open", "/log?day=2026-11-24", "/users",
    "/events/e-canteen/regroup", "/search", "/watches/w1", "/briefings/edition/2026Q4-1", "/briefings/edition/2026Q4-1/briefing.html",
)  # fmt: skip


class Strict(HTMLParser):
    """Notes every element and attribute that our templates never make."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        given = dict(attrs)
        if tag in {"x-evil", "style", "iframe", "object", "base"} or (
            tag == "script" and not (given.get("src") or "").startswith("/static/")
        ):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            value = "".join((value or "").split()).lower()
            if name.startswith("on") or name in {"style", "srcdoc", "formaction"}:
                self.found.append(f"{tag} {name}")
            if name in {"href", "src", "action"} and value.startswith(("javascript:", "data:", "vbscript:")):
                self.found.append(f"{tag} {name}={value[:30]}")

    def handle_comment(self, data: str) -> None:
        """Templates leave no comments in pages, so one of them is not ours."""
        self.found.append(f"comment {data[:30]}")


def figures(words: str) -> dict[str, object]:
    """What a slip or report keeps of its event."""
    at = NOW.isoformat()
    counts = dict.fromkeys(("items", "stories", "outlets", "sources", "negative"), 3)
    return {**counts, "first_seen": at, "last_seen": at, "voices": "<5", "topic": "canteen", "reach": None, "severity": "notice",
            "place": words, "trend": "steady", "names": [words]}  # fmt: skip


def body(words: str) -> dict[str, list[list[str]]]:
    """What a hand-over keeps."""
    at = NOW.isoformat()
    return {"matters": [[words, "notice", at, "taken"]], "cases": [[words, words, "open", at, "late"]], "slips": [[words, words, at]],
            "silences": [[words, at, words]], "told": [[at, "notice", words, words, "taken"]], "log": [[at, words, words]]}  # fmt: skip


def plant(client: Reader, words: str) -> None:
    """`words` as title, text, source, case, slip, answer, fact, log line, playbook, roster label, note and trail."""
    mine = {"event": "e-canteen", "at": NOW}
    with writing(client.context.engine) as conn:

        def put(table: object, **values: object) -> None:
            conn.execute(insert(table).values(**values))  # type: ignore[arg-type]

        conn.execute(
            update(documents).where(documents.c.event == "e-canteen").values(title=words, text=f"食堂 {words}")
        )
        conn.execute(update(documents).where(documents.c.url.is_not(None)).values(url=SCRIPT_URL))
        conn.execute(
            update(events)
            .where(events.c.id == "e-canteen")
            .values(title=words, place=words, terms=[words], said={"code": "x", "text": words})
        )
        conn.execute(update(sources).values(said=words))
        conn.execute(update(officers).where(officers.c.id == "o2").values(name=words))
        conn.execute(
            update(cases).values(
                event="e-canteen",
                note=words,
                department=words,
                statement=words,
                statement_url=SCRIPT_URL,
                carried=words,
            )
        )
        put(acks, **mine, who=words, what="taken", note=words)
        put(audit, at=NOW, who=words, what="taken", target=words, detail=words, chain="0" * 64)
        put(slips, id="s1", kind="notice", year=2026, number=1, event="e-canteen", department=words, matter=words, place=words,
            figures=figures(words), words=words, issued=NOW, due=NOW, state="answered", lang="zh")  # fmt: skip
        put(slip_answers, slip="s1", at=NOW, way="office", words=words, outcome="answered", late=False, note=words)
        put(slip_links, nonce="a" * 32, slip="s1", expires=NOW.replace(year=2027))
        put(reports, id="r1", event="e-canteen", kind="first", year=2026, number=1, turn=1, made=NOW, issued=NOW, lang="zh",
            title=words, figures=figures(words), drafted={"summary": words},
            edited={"proposed": words}, cited=[{"item": "x", "source": words, "title": words}])  # fmt: skip
        put(facts, **mine, fact="f1", role="officer", status="confirmed", words=words, source=words)
        put(duty_log, **mine, role=words, words=words)
        put(handovers, at=NOW, since=NOW, role=words, next=words, words=words,
            body=body(words))  # fmt: skip
        put(playbooks, topic="canteen", version=2, at=NOW, role="editor",
            text=f"# {words}\n\n[x](javascript:x_evil()) ![x](https://evil.example/x.png) <x-evil>\n\n# English\n\n{words}")  # fmt: skip
        put(register_rows, year=2026, number=1, event="e-canteen", at=NOW)
        plant_desk(put, words)
    edition(client)


def plant_desk(put: Callable[..., None], words: str) -> None:
    """`words` in what the desk keeps: a special watch, a saved search, a silence, a shift, a rotation, a staff report."""
    later = NOW + timedelta(days=5)
    put(special_watches, id="w1", name=words[:60], event="e-canteen", topic="canteen", terms=[words], sources=[], begins=NOW - timedelta(days=2),
        ends=later, made=NOW, made_by=words, renewed=NOW, renewed_by=words, renewed_why=words)  # fmt: skip
    put(saved_searches, id="f1", who="operator", name=words[:60], fields={"text": words}, made=NOW)
    put(silences, id="q1", event="e-canteen", begins=NOW, ends=later, who=words, why=words)
    put(shifts, id="l1", officer="o2", begins=NOW, ends=later, kind="leave", substitute="o1", why=words)
    put(rotations, id="t1", name=words, members=["o2", "o1"], starts="2026-11-20", weekday=0, clock="08:30", days=1, span_min=1440,
        zone="Asia/Shanghai", made=NOW)  # fmt: skip
    put(staff_reports, at=NOW, due=NOW, host=words, state="refused", said=words)
    put(case_steps, case="case1", round=1, at=NOW, who=words, what="statement", note=words)
    for period in ("2026Q4", "2026Q3"):
        put(briefing_proposals, period=period, text=words, status="doing", reply=words, at=NOW, who="editor")


def edition(client: Reader) -> None:
    """A draft of the quarter's briefing, with one sentence reworded."""
    zone = ZoneInfo("Asia/Shanghai")
    with writing(client.context.engine) as conn:
        data = freeze(conn, parse_period("2026Q4", zone, NOW), "清河理工学院", [], NOW)
        key = store_draft(conn, data, "zh", "plain", "editor", NOW)
        assert key == "2026Q4-1"


def pages(client: Reader) -> Iterator[str]:
    """Every page, those of the planted papers, and those behind links."""
    yield from (*PAGES, *MORE)
    yield f"/a/{DESK.links.make('e-canteen', EVIL[:20], 'a-e-canteen', NOW)}"
    yield f"/r/{ReplyLinks(client.context.secret, BASE).sign('a' * 32)}"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_words_stay_words(tmp_path: Path, lang: str) -> None:
    """No page holds an element, a handler, a link or a comment that came from stored words; templates do not run them."""
    with reader(tmp_path) as client:
        plant(client, EVIL)
        client.cookies.set("tocsin-lang", lang, domain="127.0.0.1")
        shown = 0
        for path in pages(client):
            answer = client.get(path)
            assert answer.status_code in {200, 404}, path
            parser = Strict()
            parser.feed(answer.text)
            own = ["<style>"] if path.endswith(".html") else []  # a document that is one file has its own, once
            assert parser.found == own, path
            assert "49" not in answer.text.partition("x-evil")[2][:80], path
            shown += "x-evil" in answer.text
            assert "unsafe" not in answer.headers["content-security-policy"]
        assert shown > 12


PAPERS = (
    "/slips/s1/paper", "/reports/r1/paper/docx", "/log/paper/docx", "/handovers/1/paper/docx", "/watches/w1/brief/docx",
    "/briefings/edition/2026Q4-1/briefing.docx",
)  # fmt: skip


def test_papers_hold_words_only(tmp_path: Path) -> None:
    """In a Word paper nothing planted becomes a field, a link or markup, and a template's braces are not run."""
    with reader(tmp_path) as client:
        plant(client, EVIL)
        for path in PAPERS:
            answer = client.get(path)
            assert answer.status_code == 200, path
            with zipfile.ZipFile(io.BytesIO(answer.content)) as parts:
                text = parts.read("word/document.xml").decode()
                assert "x-evil" in text, path
                assert "<x-evil" not in text
                assert "<w:hyperlink" not in text
                assert "49" not in text.partition("x-evil")[2][:80]
                linked = "".join(parts.read(p).decode() for p in parts.namelist() if p.endswith(".rels"))
                assert "evil.example" not in linked
                assert "javascript:" not in linked
