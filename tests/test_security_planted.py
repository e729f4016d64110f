"""Hostile words in every place that words come from: they are shown as words, on every page, paper and export."""

import io
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest
from dash_client import BASE, Reader, reader
from dash_pages import PAGES
from dash_seed import DESK, NOW
from sqlalchemy import insert, update

from alerts.response.replies import ReplyLinks
from pipeline.store.engine import writing
from pipeline.store.schema import acks, audit, cases, documents, events, officers, sources
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

EVIL = "\"'><x-evil onclick=x-evil()>{{7*7}}${7*7}<script>x_evil()</script><img src=x onerror=x_evil()><!--"
FORMULA = '=HYPERLINK("https://evil.example","x")'
SCRIPT_URL = "javascript:x_evil()//https://paper.example/"
MORE = (
    "/slips/s1", "/reports/r1", "/handovers/1", "/playbooks/canteen", "/briefings/review/2026Q4", "/events/e-canteen/slip?follows=s1",
    f"/search?q={'%3Cx-evil%3E'}", "/search?q=食堂&count=1", "/events?topic=canteen&status=open", "/log?day=2026-11-24", "/users",
    "/events/e-canteen/regroup",
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
            assert parser.found == [], path
            assert "49" not in answer.text.partition("x-evil")[2][:80], path
            shown += "x-evil" in answer.text
            assert "unsafe" not in answer.headers["content-security-policy"]
        assert shown > 12


def exports(client: Reader) -> list[tuple[str, bytes]]:
    """Every table that leaves the office."""
    names = ("/roster/file/xlsx", "/roster/file/ics", "/cases/file/xlsx", "/register/sheet")
    found = [(name, client.get(name)) for name in names]
    assert [name for name, answer in found if answer.status_code != 200] == []
    return [(name, answer.content) for name, answer in found]


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", FORMULA])
def test_no_export_computes(tmp_path: Path, start: str) -> None:
    """In every sheet that leaves the office a cell is text, whatever it begins with."""
    with reader(tmp_path) as client:
        plant(client, start)
        for name, body in exports(client):
            if not name.endswith(("xlsx", "sheet")):
                assert b"\r\n=1" not in body
                continue
            book = openpyxl.load_workbook(io.BytesIO(body))
            cells = [
                cell
                for sheet in book.worksheets
                for line in sheet.iter_rows()
                for cell in line
                if cell.value is not None
            ]
            assert cells
            assert [cell.coordinate for cell in cells if cell.data_type == "f"] == [], name
            with zipfile.ZipFile(io.BytesIO(body)) as parts:
                assert not [p for p in parts.namelist() if "externalLink" in p or p.endswith(".bin")], name


PAPERS = ("/slips/s1/paper", "/reports/r1/paper/docx", "/log/paper/docx", "/handovers/1/paper/docx")


def test_papers_hold_words_only(tmp_path: Path) -> None:
    """In a Word paper nothing planted becomes a field, a link or markup, and a template's braces are not run."""
    with reader(tmp_path) as client:
        plant(client, EVIL)
        for path in PAPERS:
            answer = client.get(path)
            assert answer.status_code in {200, 404}, path
            if answer.status_code == 200 and answer.content[:2] == b"PK":
                with zipfile.ZipFile(io.BytesIO(answer.content)) as parts:
                    text = parts.read("word/document.xml").decode()
                    assert "<x-evil" not in text
                    assert "javascript:" not in text
                    assert "evil.example" not in "".join(
                        parts.read(p).decode() for p in parts.namelist() if p.endswith(".rels")
                    )
