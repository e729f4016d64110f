"""The briefing pages: made with a bar, edited, signed, downloaded; the review on a phone; who may do what."""

import re
import time
from io import BytesIO
from pathlib import Path

import pytest
from dash_client import Reader, reader, visible
from dash_seed import NOW
from docx import Document
from sqlalchemy import select, update

from dashboards.briefing.jobs import STALE
from pipeline.store.engine import reading, writing
from pipeline.store.schema import audit
from pipeline.store.schema_briefing import briefing_checks, briefing_edits, briefing_jobs


def made(client: Reader, period: str = "2026Q4") -> str:
    """Make a briefing through the page, wait for its bar, and give its address."""
    answer = client.submit("/briefings", "/briefings/make", period=period, layout="plain")
    bar = answer.headers["location"]  # type: ignore[attr-defined]
    for _ in range(600):
        answer = client.get(bar)
        if answer.status_code == 303:
            return str(answer.headers["location"])
        assert "<progress" in answer.text
        time.sleep(0.05)
    raise AssertionError("the briefing was not made")


def test_a_briefing_is_made_edited_signed_and_downloaded(tmp_path: Path) -> None:
    """An editor's way through the pages, without JavaScript; the Word file carries the edit and the signer's role."""
    with reader(tmp_path, "editor") as client:
        page = made(client)
        assert "主要发现" in visible(client.get(page).text)
        answer = client.submit(
            page, f"{page}/edit", sentence="f_tone", text="负面平稳，共 99999 条，电话 13800138000。"
        )
        assert "edited_doubt" in answer.headers["location"]  # type: ignore[attr-defined]
        assert "数据中没有： 99999" in visible(client.get(page).text)
        for step in ("review", "sign", "lock"):
            assert f"done={step}" in client.submit(page, f"{page}/step", step=step).headers["location"]  # type: ignore[attr-defined]
        text = "\n".join(p.text for p in Document(BytesIO(client.get(f"{page}/briefing.docx").content)).paragraphs)
        assert "负面平稳，共 99999 条" in text
        assert "已签发并锁定（编辑" in text
        assert "done=refused" in client.submit(page, f"{page}/step", step="sign").headers["location"]  # type: ignore[attr-defined]
        with reading(client.context.engine) as connection:
            assert "13800138000" not in str(connection.execute(select(briefing_edits)).all())
            what = list(connection.scalars(select(audit.c.what).where(audit.c.what.like("briefing%"))))
    assert what == ["briefing_draft", "briefing_edit", "briefing_review", "briefing_sign", "briefing_lock"]


def test_every_document_comes_as_a_download(tmp_path: Path) -> None:
    """Each ending, whole and as one page; other names are not there."""
    with reader(tmp_path, "editor") as client:
        page = made(client, "2026-11")
        for name in ("briefing.json", "briefing.xlsx", "briefing.html", "briefing.docx", "briefing.pdf", "leader.pdf"):
            answer = client.get(f"{page}/{name}")
            assert answer.status_code == 200, name
            assert answer.headers["content-disposition"].startswith("attachment")
        for name in ("briefing.exe", "..%2f..%2fdash.db", "briefing.typ"):
            assert client.get(f"{page}/{name}").status_code == 404
        assert client.get("/briefings/edition/none").status_code == 404
        assert client.get(f"{page}.json").json()["edition"]["state"] == "draft"


@pytest.mark.parametrize("role", ["viewer", "officer"])
def test_only_editors_make_edit_and_sign(tmp_path: Path, role: str) -> None:
    """Others read; the door refuses the rest."""
    with reader(tmp_path, "editor") as client:
        page = made(client, "2026-11")
        client.as_role(role)
        shown = client.get(page).text
        assert "改写" not in shown
        token = client.token("/briefings")
        for target in ("/briefings/make", f"{page}/edit", f"{page}/step", f"{page}/propose", f"{page}/draft"):
            answer = client.post(target, data={"csrf": token}, headers={"origin": "http://127.0.0.1:8600"})
            assert answer.status_code == 403, target


@pytest.mark.parametrize("period", ["2026Q9", "2031", "", "<script>"])
def test_what_is_no_period_is_said(tmp_path: Path, period: str) -> None:
    """Nothing is made of a word that is no period or of a future one."""
    with reader(tmp_path, "editor") as client:
        answer = client.submit("/briefings", "/briefings/make", period=period, layout="plain")
        assert answer.headers["location"] == "/briefings?done=no_period"  # type: ignore[attr-defined]


def test_an_interrupted_job_says_so(tmp_path: Path) -> None:
    """A bar whose process was killed does not run for ever, and the period can be made again."""
    with reader(tmp_path, "editor") as client:
        made(client, "2026-11")
        with writing(client.context.engine) as connection:
            connection.execute(update(briefing_jobs).values(state="running", touched=NOW - STALE - STALE))
            job = connection.scalar(select(briefing_jobs.c.id))
        assert "被中断" in client.get(f"/briefings/job/{job}").text
        assert made(client, "2026-11").endswith("2026-11-1")


def test_the_review_takes_two_taps_an_item(tmp_path: Path) -> None:
    """One form an item: a tone and a topic button; the next item follows, the count rises."""
    with reader(tmp_path, "officer") as client:
        page = "/briefings/review/2026Q4"
        seen = set()
        for _ in range(3):
            document = re.search(r'name="document" value="([^"]+)"', client.get(page).text)
            assert document
            seen.add(document[1])
            assert client.submit(page, page, document=document[1], tone="right", topic="right").status_code == 303  # type: ignore[attr-defined]
        assert len(seen) == 3
        assert "3/100" in client.get(page).text
        refused = client.submit(page, page, document="nothing", tone="right", topic="right")
        assert "done=refused" in refused.headers["location"]  # type: ignore[attr-defined]
        with reading(client.context.engine) as connection:
            assert len(connection.execute(select(briefing_checks)).all()) == 3


def test_hostile_words_stay_words(tmp_path: Path) -> None:
    """An edit or a proposal with markup is shown as text on the page and in the HTML document."""
    with reader(tmp_path, "editor") as client:
        page = made(client, "2026-11")
        client.submit(page, f"{page}/edit", sentence="f_tone", text="<script>alert(1)</script>")
        client.submit(page, f"{page}/propose", text='"><img src=x onerror=alert(1)>')
        made(client, "2026-11")
        for text in (client.get(page).text, client.get(f"{page}/briefing.html").text):
            assert "<script>alert" not in text
            assert "<img src=x" not in text


def test_the_page_is_complete_in_english(tmp_path: Path) -> None:
    """The frame of the page speaks English; the briefing itself stays in the language it was made in."""
    with reader(tmp_path, "editor") as client:
        page = made(client, "2026-11")
        client.cookies.set("tocsin-lang", "en", domain="127.0.0.1")
        text = visible(client.get(page).text)
        assert "Mark as reviewed" in text
        assert "Freeze the data again" in text
        assert "Reword" in text
