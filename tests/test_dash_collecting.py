"""Pages of the collecting: coverage, evidence copies, and the question about a source that is gone."""

import io
import json
from pathlib import Path

from dash_client import Reader, reader, visible
from dash_matters import SPECS
from dash_seed import NOW
from sqlalchemy import insert, select, update
from store_kit import a_document
from warcio.archiveiterator import ArchiveIterator

from alerts.why import explain_event
from crawlers.base import Fetched
from crawlers.evidence import copy_answer
from pipeline.model import PRIVATE_KINDS
from pipeline.store.engine import reading, writing
from pipeline.store.hubs import SqlHubs
from pipeline.store.schema import audit, documents, sources
from pipeline.store.schema_collecting import evidence, rechecks

EVENT = "/events/e-canteen"
PAGE = "<html><h1>食堂通报</h1><p>检修完毕。</p></html>".encode()


def give_copy(client: Reader) -> str:
    """An evidence copy of the event's first article, which was corrected and withdrawn since."""
    outlet = documents.c.source_kind.not_in(sorted(PRIVATE_KINDS))
    answer = Fetched(
        "https://paper.example/1", "https://paper.example/1", 200, {"content-type": "text/html"}, PAGE, 0.1
    )
    copy = copy_answer(answer, a_document("notice", "检修完毕。", title="食堂通报", source_kind="news"), NOW)
    with writing(client.context.engine) as conn:
        where = (documents.c.event == "e-canteen") & outlet & documents.c.duplicate_of.is_(None)
        document = conn.scalar(select(documents.c.id).where(where).limit(1))
        conn.execute(update(documents).where(documents.c.id == document).values(withdrawn=NOW))
        conn.execute(insert(rechecks), {"document": document, "due": NOW, "looked": NOW, "corrected": NOW})
        row = {"id": "c0ffee00c0ffee00", "document": document, "at": NOW, "why": "first", "status": copy.status,
               "sha256": copy.sha256, "size": copy.size, "warc": copy.warc}  # fmt: skip
        conn.execute(insert(evidence), row)
    return str(row["id"])


def test_the_event_page_shows_what_became_of_an_article(tmp_path: Path) -> None:
    """Withdrawn, corrected, with its copies, their time and hash; `why` says the same."""
    with reader(tmp_path, "editor") as client:
        give_copy(client)
        text = visible(client.get(EVENT).text)
        for part in ("撤回", "有修改", "1 份证据副本", "SHA-256", "下载（留痕）"):
            assert part in text, part
        with reading(client.context.engine) as conn:
            lines = explain_event(conn, "e-canteen", "zh") or []
            english = explain_event(conn, "e-canteen", "en") or []
        said = [line.text for line in lines if line.what == "fate"]
        assert len(said) == 2
        assert any("撤回" in one for one in said)
        assert any("withdrawn" in line.text for line in english)


def test_an_editor_downloads_a_copy_and_it_is_noted(tmp_path: Path) -> None:
    """The file is the WARC as kept; an officer may not; what is not kept answers 404."""
    with reader(tmp_path, "editor") as client:
        copy = give_copy(client)
        answer = client.submit(EVENT, f"/evidence/{copy}")
        assert answer.status_code == 200  # type: ignore[attr-defined]
        record = next(iter(ArchiveIterator(io.BytesIO(answer.content))))  # type: ignore[attr-defined]
        assert record.content_stream().read().decode().startswith("食堂通报")
        with reading(client.context.engine) as conn:
            last = conn.execute(select(audit.c.who, audit.c.what, audit.c.target).order_by(audit.c.n.desc())).first()
        assert tuple(last) == ("editor", "download_evidence", copy)  # type: ignore[arg-type]
        assert client.submit(EVENT, "/evidence/nothing").status_code == 404  # type: ignore[attr-defined]
        client.as_role("officer")
        assert client.submit(EVENT, f"/evidence/{copy}").status_code == 403  # type: ignore[attr-defined]


def test_the_operator_is_asked_about_a_source_that_is_gone(tmp_path: Path) -> None:
    """After a 410 the sources page asks; the answer is kept, audited, and read by the collector."""
    spec = SPECS[0]
    with reader(tmp_path, "operator") as client:
        assert "永久移除" not in client.get("/sources").text
        with writing(client.context.engine) as conn:
            conn.execute(
                update(sources).where(sources.c.id == spec.id).values(memory={"status": 410, "code": "http_status"})
            )
        assert "永久移除" in client.get("/sources").text
        client.submit("/sources", f"/sources/{spec.id}/order", order="stop")
        assert "已停用" in client.get("/sources").text
        assert SqlHubs(client.context.engine).source_order(spec.id) == (spec.url, "stop")
        client.submit("/sources", f"/sources/{spec.id}/order", order="keep")
        assert SqlHubs(client.context.engine).source_order(spec.id) == (spec.url, "keep")
        assert client.submit("/sources", f"/sources/{spec.id}/order", order="burn").status_code == 404  # type: ignore[attr-defined]
        assert client.submit("/sources", "/sources/none/order", order="stop").status_code == 404  # type: ignore[attr-defined]


def test_the_coverage_page_says_what_is_not_seen(tmp_path: Path) -> None:
    """Chat groups and friend circles first, with the ways in; every source with its real age; a twin in JSON."""
    with reader(tmp_path, "viewer") as client:
        text = visible(client.get("/coverage").text)
        for part in ("看不到的", "微信群", "朋友圈", "“我看到了”表单", "还没有人说明"):
            assert part in text, part
        twin = json.loads(client.get("/coverage.json").text)
        assert {gap["id"] for gap in twin["unseen"]} >= {"wechat_groups", "qq_groups", "moments"}
        assert len(twin["sources"]) == len(SPECS)
        client.cookies.set("tocsin-lang", "en", domain="127.0.0.1")
        english = visible(client.get("/coverage").text)
        assert "Not seen: WeChat groups" in english
        assert "private chats: not public, never collected" in english
