"""The pages of the office's papers, used as the office and a department use them."""

import io
import re
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from dash_client import BASE, Reader, reader, visible
from dash_seed import DESK, NOW, with_server
from docx import Document
from sqlalchemy import func, insert, select, update

from dashboards.response.word import FOLDER, whole_text
from pipeline.store.audit import verify_audit
from pipeline.store.engine import reading, writing
from pipeline.store.schema import audit, documents, events
from pipeline.store.schema_response import duty_log, reports, slip_answers, slips

EVENT = "/events/e-canteen"
SLIP = {
    "department": "后勤保障处", "matter": "二食堂 食品安全", "place": "二食堂", "words": "请核实三号窗口留样并书面答复。",
    "due": "2026-11-24T21:30", "kind": "notice", "follows": "",
}  # fmt: skip


def location(answer: object) -> str:
    """Where a form led."""
    assert answer.status_code == 303, visible(answer.text)  # type: ignore[attr-defined]
    return str(answer.headers["location"]).split("?")[0]  # type: ignore[attr-defined]


def new_slip(client: Reader, **fields: str) -> str:
    """Write a slip through its form; the address of the slip."""
    return location(client.submit(f"{EVENT}/slip", f"{EVENT}/slip", **(SLIP | fields)))


def link_of(client: Reader, slip: str) -> str:
    """The path of the department's link."""
    found = re.search(r"https?://[^/<]+(/r/[\w.\-]+)", client.get(slip).text)
    assert found
    return found.group(1)


def trail(client: Reader) -> list[str]:
    """What was audited; the chain must be whole."""
    with reading(client.context.engine) as conn:
        assert verify_audit(conn) is None
        return list(conn.scalars(select(audit.c.what).order_by(audit.c.n)))


def test_a_slip_travels_from_the_event_to_the_department_and_back(tmp_path: Path) -> None:
    """Written on the event page, opened and answered by link without login, accepted; every step audited."""
    with reader(tmp_path, "officer") as client:
        assert 'value="二食堂健康有关情况"' in client.get(f"{EVENT}/slip").text
        slip = new_slip(client)
        page = visible(client.get(slip).text)
        assert "提示〔2026〕1号" in page
        assert "待答复" in page
        link = link_of(client, slip)
        stranger = Reader(client.context)
        for _ in range(3):  # previewers fetch it as often as they like
            shown = stranger.get(link)
            assert shown.status_code == 200
        assert "不掌握、不保存任何发帖人信息" in shown.text
        assert stranger.get("/slips").status_code == 303
        answer = stranger.submit(link, link, words="留样已封存，检测中。", outcome="answered")
        assert location(answer) == link
        assert "答复已收到" in stranger.get(f"{link}?done=answered").text
        assert stranger.submit("/about", link, words="再答一次", outcome="answered").status_code == 404  # type: ignore[attr-defined]
        client.submit(slip, f"{slip}/decide", act="accept", note="")
        assert "已认可" in visible(client.get(slip).text)
        assert trail(client)[-3:] == ["issue_notice", "answer_slip", "slip_accepted"]
        with reading(client.context.engine) as conn:
            assert conn.scalar(select(audit.c.who).where(audit.c.what == "answer_slip")) == "department, by link"
        assert client.get(f"{slip}.json").json()["slip"]["answers"][0]["way"] == "link"


def test_a_link_without_our_form_answers_nothing(tmp_path: Path) -> None:
    """HEAD, GET with fields, and a POST from elsewhere change nothing."""
    with reader(tmp_path, "officer") as client:
        link = link_of(client, new_slip(client))
        stranger = Reader(client.context)
        stranger.head(link)
        stranger.get(f"{link}?words=x&outcome=answered")
        assert (
            stranger.post(link, data={"words": "x", "outcome": "answered"}, headers={"origin": BASE}).status_code == 403
        )
        token = stranger.token(link)
        foreign = {"origin": "https://evil.example"}
        assert (
            stranger.post(link, data={"csrf": token, "words": "x", "outcome": "answered"}, headers=foreign).status_code
            == 403
        )
        for words, outcome in (
            ("", "answered"),
            ("已删除", "removed"),
            ("已查清是谁发的帖子，提供发帖人名单", "answered"),
        ):
            assert stranger.submit(link, link, words=words, outcome=outcome).status_code == 400  # type: ignore[attr-defined]
        with reading(client.context.engine) as conn:
            assert conn.scalar(select(func.count()).select_from(slip_answers)) == 0


def test_a_refused_slip_keeps_what_was_typed_and_says_why(tmp_path: Path) -> None:
    """The reason stands above the form in Chinese, the words are still there, no number is lost."""
    with reader(tmp_path, "officer") as client:
        with reading(client.context.engine) as conn:
            private = (documents.c.event == "e-canteen") & documents.c.source_kind.in_(("forum", "social"))
            post = conn.scalars(select(documents.c.text).where(private, func.length(documents.c.text) > 20)).first()
        for words, why in ((f"学生说：{post}", "个人发帖原文"), ("请查清是谁发的帖子", "请回应事情"),
                           ("见 https://forum.example/t/1", "新闻或官方链接")):  # fmt: skip
            answer = client.submit(f"{EVENT}/slip", f"{EVENT}/slip", **(SLIP | {"words": words}))
            assert answer.status_code == 400  # type: ignore[attr-defined]
            page = visible(answer.text)  # type: ignore[attr-defined]
            assert why in page
            assert words[:10] in page
        assert "提示〔2026〕1号" in client.get(new_slip(client)).text


def test_an_overdue_slip_offers_the_order(tmp_path: Path) -> None:
    """After the deadline the list offers a supervision order, filled in and naming the slip."""
    with reader(tmp_path, "officer") as client:
        slip = new_slip(client).rsplit("/", 1)[-1]
        assert "督办</a>" not in client.get("/slips").text
        with writing(client.context.engine) as conn:
            conn.execute(update(slips).values(due=NOW))
        assert f"follows={slip}" in client.get("/slips").text
        form = client.get(f"{EVENT}/slip?follows={slip}").text
        assert f'name="follows" value="{slip}"' in form
        order = new_slip(client, kind="order", follows=slip)
        assert "督办〔2026〕1号" in client.get(order).text
        assert "督办 提示〔2026〕1号" in visible(client.get(order).text)
        data = client.get(f"{order}/paper")
        assert "提示〔2026〕1号" in whole_text(Document(io.BytesIO(data.content)))


def test_a_schools_broken_template_is_named_on_the_page(tmp_path: Path) -> None:
    """The download says which field is missing, in Chinese, and nothing is sent."""
    with reader(tmp_path, "officer") as client:
        (tmp_path / "templates").mkdir()
        own = Document(str(FOLDER / "notice.zh.docx"))
        own.tables[0]._tbl.getparent().remove(own.tables[0]._tbl)
        own.save(str(tmp_path / "templates" / "notice.zh.docx"))
        better = Reader(replace(client.context, briefing_dir=tmp_path / "briefings")).as_role("officer")
        answer = better.get(f"{new_slip(better)}/paper")
        assert answer.status_code == 409
        assert "模板 notice.zh.docx 缺少字段" in visible(answer.text)


def test_a_report_is_drafted_edited_issued_and_sent(tmp_path: Path) -> None:
    """One tap drafts it; the office's words are marked; issued it has a number and four forms; nothing private in any."""
    with reader(tmp_path, "officer") as client:
        report = location(client.submit(EVENT, f"{EVENT}/report", kind="first"))
        assert "舆情快报（草稿）" in client.get(report).text
        client.submit(report, report, assessment="风险可控。", act="issue")
        page = client.get(report).text
        assert "舆情快报〔2026〕1号" in page
        assert "已人工修改" in page
        assert "草稿原文" in page
        for form, begin in (("pdf", b"%PDF-"), ("png", b"\x89PNG"), ("docx", b"PK"), ("txt", "舆情快报".encode())):
            answer = client.get(f"{report}/paper/{form}")
            assert answer.content.startswith(begin)
            assert "filename*=UTF-8''%E8%88%86" in answer.headers["content-disposition"]
        assert client.get(f"{report}/paper/exe").status_code == 404
        assert client.submit("/reports", report, assessment="改口").status_code == 400  # type: ignore[attr-defined]
        assert trail(client)[-3:] == ["draft_report", "edit_report", "issue_report"]
        text = client.get(f"{report}/paper/txt").text
        with reading(client.context.engine) as conn:
            posts = conn.scalars(select(documents.c.text).where(documents.c.source_kind == "forum")).all()
            urls = conn.scalars(select(documents.c.url).where(documents.c.url.is_not(None))).all()
        assert [post for post in posts if len(post) > 11 and post[:12] in text] == []
        assert [url for url in urls if url in text] == []


def test_a_dropped_draft_is_gone(tmp_path: Path) -> None:
    """Thrown away it leaves no row and no number."""
    with reader(tmp_path, "officer") as client:
        report = location(client.submit(EVENT, f"{EVENT}/report", kind="first"))
        client.submit(report, f"{report}/drop")
        assert client.get(report).status_code == 404
        with reading(client.context.engine) as conn:
            assert conn.scalar(select(func.count()).select_from(reports)) == 0


def test_facts_and_lines_are_written_from_the_event_page(tmp_path: Path) -> None:
    """A fact and its new state, a line of the log; the event page and the day's log show them by role."""
    with reader(tmp_path, "officer") as client:
        facts = f"{EVENT}/facts"
        client.submit(
            facts, facts, words="三号窗口已停用", source="后勤保障处", status="unconfirmed", happened="2026-11-24T15:10"
        )
        key = client.get(f"{facts}.json").json()["facts"][0]["fact"]
        client.submit(
            facts, facts, words="三号窗口已停用", source="后勤保障处", status="confirmed", happened="", fact=key
        )
        client.submit(EVENT, f"{EVENT}/note", words="已到现场")
        page = visible(client.get(EVENT).text)
        assert "已证实 三号窗口已停用" in page
        assert "值班员： 已到现场" in page or "值班员：已到现场" in page
        assert "历次记录" in client.get(facts).text
        assert "已到现场" in client.get("/log").text
        for form in ("docx", "txt"):
            assert client.get(f"/log/paper/{form}").status_code == 200
        assert "done=refused_words" in client.submit(EVENT, f"{EVENT}/note", words=" ").headers["location"]  # type: ignore[attr-defined]


def test_the_watch_is_handed_over(tmp_path: Path) -> None:
    """The record names what is open; a hand-over without a role is refused."""
    with reader(tmp_path, "officer") as client:
        assert client.submit("/log", "/handovers", next=" ", remarks="").status_code == 400  # type: ignore[attr-defined]
        record = location(client.submit("/log", "/handovers", next="夜班", remarks="盯检测结果"))
        page = visible(client.get(record).text)
        for part in ("二食堂 疑似食物中毒", "后勤保障处 · 五号楼停热水", "盯检测结果"):
            assert part in page
        for form in ("docx", "txt"):
            assert client.get(f"{record}/paper/{form}").status_code == 200
        assert client.get("/handovers/x").status_code == 404


def test_the_phone_page_shows_the_playbook_and_takes_a_line(tmp_path: Path) -> None:
    """Behind a message's link: who to call, what is known, one line for the log by the role of its officer."""
    with reader(tmp_path, None) as client:
        path = f"/a/{DESK.links.make('e-canteen', 'o1', '', NOW)}"
        page = client.get(path).text
        assert 'href="tel:120"' in page
        assert "先打的五个电话" in page
        answer = client.submit(path, f"{path}/note", words="我在路上")
        assert location(answer) == path
        with reading(client.context.engine) as conn:
            assert tuple(conn.execute(select(duty_log.c.role, duty_log.c.words)).one()) == ("officer", "我在路上")
        assert client.submit(path, "/a/forged/note", words="x").status_code == 404  # type: ignore[attr-defined]


def test_a_playbook_is_edited_by_an_editor_only(tmp_path: Path) -> None:
    """An officer reads it; an editor changes and resets it; markup in it does nothing."""
    with reader(tmp_path, "officer") as client:
        assert client.submit("/playbooks/canteen", "/playbooks/canteen", text="x", version="0").status_code == 403  # type: ignore[attr-defined]
        client.as_role("editor")
        text = "# 我校食堂\n\n<script>alert(1)</script>\n\n1. [值班](tel:+8601055500101)"
        client.submit("/playbooks/canteen", "/playbooks/canteen", text=text, version="0")
        page = client.get("/playbooks/canteen").text
        assert 'href="tel:+8601055500101"' in page
        assert "<script>alert" not in page
        client.submit("/playbooks/canteen", "/playbooks/canteen", act="reset", text="", version="1")
        assert "先打的五个电话" in client.get("/playbooks/canteen").text
        assert client.get("/playbooks/nothing").status_code == 404


def test_the_register_goes_to_excel_and_back(tmp_path: Path) -> None:
    """Enter, choose columns, fill in by hand, download, edit, upload: the hand-filled columns are there."""
    with reader(tmp_path, "editor") as client:
        client.submit("/register", "/register/enter", year="2026")
        client.submit("/register", "/register/columns", show_matter="1", show_found="1", own1="领导批示")
        client.submit("/register", "/register/fill", year="2026", number="1", own1="=cmd|x")
        data = client.get("/register/sheet?year=2026").content
        book = openpyxl.load_workbook(io.BytesIO(data))
        assert [cell.value for cell in book.active[2]][:4] == ["序号", "发现时间", "事项", "领导批示"]
        book.active.cell(4, 4).value = "请跟进"
        edited = io.BytesIO()
        book.save(edited)
        upload(client, edited.getvalue())
        texts = client.get("/register.json?year=2026").json()["texts"]
        assert (texts["1"]["own1"], texts["2"]["own1"]) == ("=cmd|x", "请跟进")
        assert upload(client, b"no sheet").status_code == 400  # type: ignore[attr-defined]
        assert trail(client)[-1] == "register_import"


def upload(client: Reader, data: bytes) -> object:
    """Post a file with the page's token."""
    token = client.token("/register")
    return client.post(
        "/register/sheet", data={"csrf": token}, files={"file": ("a.xlsx", data)}, headers={"origin": BASE}
    )


def test_other_forms_still_take_no_file(tmp_path: Path) -> None:
    """A file sent to a form that wants none is refused."""
    with reader(tmp_path, "officer") as client:
        token = client.token("/log")
        answer = client.post(
            "/log", data={"csrf": token, "words": "x"}, files={"file": ("a", b"b")}, headers={"origin": BASE}
        )
        assert answer.status_code == 400


@pytest.mark.parametrize("role", ["viewer", "officer"])
def test_a_reader_sees_no_link_of_a_department(tmp_path: Path, role: str) -> None:
    """The link that answers in a department's name is shown to officers only."""
    with reader(tmp_path, "officer") as client:
        slip = new_slip(client)
        client.as_role(role)
        assert ("/r/" in client.get(slip).text) == (role == "officer")
        assert ("/r/" in client.get(f"{slip}.json").text) == (role == "officer")


def test_the_link_leads_to_the_public_address(tmp_path: Path) -> None:
    """With a public address the department's link begins with it."""
    with reader(tmp_path, "officer") as client:
        public = Reader(with_server(client.context, public_url="https://tocsin.school.example")).as_role("officer")
        assert "https://tocsin.school.example/r/" in public.get(new_slip(public)).text


def test_a_wellbeing_event_makes_no_slip_to_a_dormitory(tmp_path: Path) -> None:
    """The form says why, and the slip to the counselling centre carries nothing but a neutral title."""
    with reader(tmp_path, "officer") as client:
        with writing(client.context.engine) as conn:
            row = dict(conn.execute(select(events).where(events.c.id == "e-canteen")).mappings().one())
            conn.execute(insert(events).values(**(row | {"id": "e-care", "topic": "wellbeing", "title": "关怀"})))
        page = "/events/e-care/slip"
        answer = client.submit(page, page, **(SLIP | {"department": "桃园宿舍3号楼"}))
        assert answer.status_code == 400  # type: ignore[attr-defined]
        assert "学生关怀事项不发到班级、宿舍" in visible(answer.text)  # type: ignore[attr-defined]
        slip = location(
            client.submit(page, page, **(SLIP | {"department": "心理健康教育中心", "words": "请按预案关心。"}))
        )
        text = whole_text(Document(io.BytesIO(client.get(f"{slip}/paper").content)))
        assert "二食堂" not in text
        assert "关怀" in text


def test_a_form_sent_twice_is_one_paper(tmp_path: Path) -> None:
    """Tapping twice makes one slip, one line of the log and one number of a report."""
    with reader(tmp_path, "officer") as client:
        assert new_slip(client) == new_slip(client)
        for _ in range(2):
            client.submit(EVENT, f"{EVENT}/note", words="已到现场")
        report = location(client.submit(EVENT, f"{EVENT}/report", kind="first"))
        client.submit(report, f"{report}/issue")
        again = client.submit("/reports", f"{report}/issue")
        assert again.status_code == 400  # type: ignore[attr-defined]
        assert "没有这份草稿" in visible(again.text)  # type: ignore[attr-defined]
        with reading(client.context.engine) as conn:
            counts = [conn.scalar(select(func.count()).select_from(table)) for table in (slips, duty_log, reports)]
        assert counts == [1, 1, 1]
