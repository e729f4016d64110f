"""Facts, the log, the change of watch, playbooks, the register, forgetting."""

import io
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from docx import Document
from response_kit import HEADLINE, NOW, PEN, POST, ZONE, a_store, put_document, put_event, sent
from sqlalchemy import Engine, insert, select, update

from alerts.response.facts import fact_history, list_facts, put_fact
from alerts.response.log import day_span, hand_over, read_handover, read_lines, write_line
from alerts.response.playbooks import FOLDER, list_versions, read_playbook, shipped_text, write_playbook
from alerts.response.register import (
    OURS,
    ColumnChoice,
    enter_event,
    enter_missing,
    read_columns,
    read_register,
    write_cells,
    write_columns,
)  # fmt: skip
from alerts.response.replies import ReplyLinks
from alerts.response.reports import issue_report, make_draft, read_report
from alerts.response.slips import list_slips, read_slip, take_answer
from alerts.taps import Refused
from dashboards.response.book import read_cells, write_register
from dashboards.response.markdown import render_markdown
from dashboards.response.papers import Letterhead, handover_fields, list_text, log_fields
from dashboards.response.word import fill_template, whole_text
from pipeline.model import TOPICS
from pipeline.store.backup import make_backup, restore_backup
from pipeline.store.engine import open_engine
from pipeline.store.forget import forget_items
from pipeline.store.retain import purge
from pipeline.store.schema import alerts, cases, events, notifications, officers, silences
from pipeline.store.schema_response import duty_log, facts, playbooks, register_cells, reports, slip_answers, slips

HEAD = Letterhead("清河理工学院", ZONE)
OWN = [
    *(ColumnChoice(key, "", True) for key in OURS),
    ColumnChoice("own1", "领导批示", True),
    ColumnChoice("own2", "归档号", True),
]


# ---------------------------------------------------------------- facts and the log


def test_a_fact_has_a_source_and_a_state_and_keeps_its_history(tmp_path: Path) -> None:
    """The box shows the last state; every earlier one stays with time and role."""
    with a_store(tmp_path).begin() as conn:
        key = put_fact(conn, "e1", "三名学生就诊", "校医院", "unconfirmed", "officer", PEN, NOW)
        assert isinstance(key, str)
        later = NOW + timedelta(hours=1)
        assert put_fact(conn, "e1", "五名学生就诊", "校医院", "confirmed", "editor", PEN, later, fact=key) == key
        assert [(f.words, f.status, f.role) for f in list_facts(conn, "e1")] == [
            ("五名学生就诊", "confirmed", "editor")
        ]
        assert [(f.words, f.status, f.at) for f in fact_history(conn, "e1")] == [
            ("三名学生就诊", "unconfirmed", NOW), ("五名学生就诊", "confirmed", later),
        ]  # fmt: skip


@pytest.mark.parametrize(
    "values",
    [(" ", "校医院", "confirmed"), ("停用", " ", "confirmed"), ("停用", "校医院", "maybe"), (POST, "校医院", "confirmed"),
     ("停用", "https://forum.example/u/7", "confirmed")],
)  # fmt: skip
def test_a_fact_without_source_or_with_a_posts_words_is_refused(tmp_path: Path, values: tuple[str, str, str]) -> None:
    """Each is refused and nothing is stored."""
    with a_store(tmp_path).begin() as conn:
        assert isinstance(put_fact(conn, "e1", *values, "officer", PEN, NOW), Refused)
        assert isinstance(
            put_fact(conn, "e1", "停用", "校医院", "confirmed", "officer", PEN, NOW, fact="gone"), Refused
        )
        assert list_facts(conn, "e1") == []


def test_the_log_is_one_line_masked_and_by_the_schools_day(tmp_path: Path) -> None:
    """Line breaks go, numbers are masked, midnight is the school's."""
    with a_store(tmp_path).begin() as conn:
        night = datetime(2026, 11, 24, 15, 59, tzinfo=NOW.tzinfo)  # 23:59 in Shanghai
        assert write_line(conn, "已联系\n值班医生 13812345678", "officer", PEN, night, "e1") is None
        assert write_line(conn, "天亮了", "officer", PEN, night + timedelta(minutes=2)) is None
        assert isinstance(write_line(conn, "  ", "officer", PEN, NOW), Refused)
        assert isinstance(write_line(conn, POST, "officer", PEN, NOW, "e1"), Refused)
        first = read_lines(conn, *day_span(date(2026, 11, 24), ZONE))
        assert [(line.words, line.title) for line in first] == [("已联系 值班医生 〔电话〕", "二食堂 食物中毒")]
        assert [line.words for line in read_lines(conn, *day_span(date(2026, 11, 25), ZONE))] == ["天亮了"]
    long = day_span(date(2026, 10, 25), ZoneInfo("Europe/Berlin"))
    assert long[1] - long[0] == timedelta(days=1)  # wall time; the instants are 25 hours apart
    assert long[1].timestamp() - long[0].timestamp() == 25 * 3600


def test_a_hand_over_says_what_is_open_and_who_was_told_by_role(tmp_path: Path) -> None:
    """Open matters, cases, overdue slips, silences, who was told, the log since the last one; no officer's name."""
    engine = a_store(tmp_path)
    sent(engine)
    after = NOW + timedelta(hours=6)
    with engine.begin() as conn:
        fill_watch(conn)
        write_line(conn, "已到现场", "officer", PEN, NOW + timedelta(hours=1), "e1")
        number = hand_over(conn, "officer", "夜班", "请盯检测结果", PEN, after)
        assert isinstance(number, int)
        assert isinstance(hand_over(conn, "officer", " ", "", PEN, after), Refused)
        record = read_handover(conn, number)
        again = hand_over(conn, "officer", "白班", "", PEN, after + timedelta(hours=8))
        assert isinstance(again, int)
        second = read_handover(conn, again)
    assert record is not None
    assert second is not None
    assert (second.since, second.body["log"], second.body["told"]) == (after, [], [])
    text = list_text("交接班记录", handover_fields(record, HEAD))
    for part in (
        "二食堂 食物中毒 · 严重（橙）", "后勤保障处 · 二食堂 食物中毒 · 暂停", "提示〔2026〕1号 · 后勤保障处", "演练期间", "→ 值班员",
        "已到现场", "请盯检测结果", "接班：夜班",
    ):  # fmt: skip
        assert part in text, part
    assert "张小明" not in text
    data = fill_template("handover", "zh", handover_fields(record, HEAD))
    assert isinstance(data, bytes), data
    assert "已到现场" in whole_text(Document(io.BytesIO(data)))
    log = fill_template("log", "en", log_fields(date(2026, 11, 24), [], Letterhead("School", ZONE, "en")))
    assert isinstance(log, bytes), log


def fill_watch(conn: object) -> None:
    """An alert that reached an officer, a paused case, a silence."""
    run = conn.execute  # type: ignore[attr-defined]
    run(insert(officers).values(id="o1", name="张小明", role="officer", addresses={}))
    run(insert(alerts).values(
        id="a1", at=NOW, made=NOW, kind="first", event="e1", rule="r", severity="serious", items=["p1"], reason={}, due=NOW,
        state="routed",
    ))  # fmt: skip
    run(
        insert(notifications).values(
            id="n1", alert="a1", receiver="张小明", channel="slack", state="sent", due=NOW, sent=NOW
        )
    )
    run(insert(cases).values(
        id="c1", event="e1", opened=NOW, department="后勤保障处", owner_role="officer", due=NOW + timedelta(hours=9), status="paused",
    ))  # fmt: skip
    run(insert(silences).values(
        id="s1", event="e1", begins=NOW, ends=NOW + timedelta(days=1), who="张小明", why="演练期间",
    ))  # fmt: skip


# ---------------------------------------------------------------- playbooks


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_has_a_playbook_in_both_languages(topic: str) -> None:
    """Five calls of which some can be dialled, facts, whom to inform, a holding statement."""
    text = (FOLDER / f"{topic}.md").read_text(encoding="utf-8")
    chinese, _, english = text.partition("<!-- en -->")
    for half, heads in ((chinese, ("先打的五个电话", "要查清的事实", "告知谁", "口径")),
                        (english, ("First five calls", "Facts to establish", "Whom to inform", "Holding statement"))):  # fmt: skip
        assert all(head in half for head in heads)
        assert [line[0] for line in half.splitlines() if line[:2] in {f"{k}." for k in range(1, 6)}] == list("12345")
        assert "\n> " in half


def test_a_playbook_is_changed_versioned_and_reset(tmp_path: Path) -> None:
    """The newest version holds, reset goes back to ours, two editors do not overwrite each other."""
    with a_store(tmp_path).begin() as conn:
        assert read_playbook(conn, "canteen").text == shipped_text("canteen")
        assert (
            write_playbook(
                conn, "canteen", "# 食堂\n\n1. [值班](tel:+8601055500101)\n<!-- en -->\n# Canteen", 0, "editor", NOW
            )
            is None
        )
        assert isinstance(write_playbook(conn, "canteen", "# 另一个", 0, "editor", NOW), Refused)
        card = read_playbook(conn, "canteen")
        assert (card.version, card.shipped, card.half("en")) == (1, False, "# Canteen")
        assert isinstance(write_playbook(conn, "canteen", "请查清是谁发的帖子", 1, "editor", NOW), Refused)
        assert isinstance(write_playbook(conn, "canteen", " \n", 1, "editor", NOW), Refused)
        assert write_playbook(conn, "canteen", None, 1, "editor", NOW) is None
        assert read_playbook(conn, "canteen").text == shipped_text("canteen")
        assert [one.version for one in list_versions(conn, "canteen")] == [2, 1]
        assert read_playbook(conn, "library").text == shipped_text("other")


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "[x](javascript:alert(1))", "![x](https://evil.example/a.png)", "<img src=x onerror=y>",
     "[x](data:text/html,<b>)", "<a href='https://a.example' onclick='b'>c</a>", "[a]: javascript:x\n[a]", "<style>*{}</style>"],
)  # fmt: skip
def test_markdown_can_do_nothing(text: str) -> None:
    """Raw HTML is shown as text, pictures and script links are gone."""
    html = str(render_markdown(text)).lower()
    for bad in ("<script", "<img", 'href="javascript', 'href="data', "<style", '<a href="https://a.example" on'):
        assert bad not in html


def test_markdown_keeps_telephone_links() -> None:
    """A phone can dial from the page."""
    assert '<a href="tel:120" rel="noopener noreferrer">急救 120</a>' in str(render_markdown("1. [急救 120](tel:120)"))


# ---------------------------------------------------------------- the register


def fill_register(engine: Engine) -> None:
    """Two matters, one with a slip and a report; columns of the office's own."""
    sent(engine)
    with engine.begin() as conn:
        put_event(conn, "e3", "fees", '=HYPERLINK("http://x")', severity="notice")
        enter_event(conn, "e1", NOW, ZONE)
        enter_event(conn, "e3", NOW, ZONE)
        made = make_draft(conn, "e1", "first", "zh", {}, HEAD.short, NOW)
        assert not isinstance(made, Refused)
        issue_report(conn, made.id, NOW, ZONE)
        assert write_columns(conn, OWN) is None


def test_the_register_is_numbered_linked_and_entered_once(tmp_path: Path) -> None:
    """One row a matter; slips and reports by number; entering again changes nothing."""
    engine = a_store(tmp_path)
    fill_register(engine)
    with engine.begin() as conn:
        fill_watch(conn)
        assert enter_event(conn, "e1", NOW, ZONE) == 1
        put_event(conn, "e9", "dorms", "五号楼", first_seen=NOW - timedelta(days=400))
        conn.execute(insert(cases).values(
            id="c9", event="e9", opened=NOW, department="后勤", owner_role="officer", due=NOW, status="open",
        ))  # fmt: skip
        assert (enter_missing(conn, 2026, NOW, ZONE), enter_missing(conn, 2025, NOW, ZONE)) == (0, 1)
        rows = read_register(conn, 2026)
    assert [(row.number, row.event) for row in rows] == [(1, "e1"), (2, "e3")]
    assert (rows[0].values["slips"], rows[0].values["reports"]) == ("提示〔2026〕1号", "舆情快报〔2026〕1号")


def test_hand_filled_columns_come_back_without_loss(tmp_path: Path) -> None:
    """Write, edit in a sheet (dates and numbers included), read back: the same; a hidden column keeps its cells."""
    engine = a_store(tmp_path)
    fill_register(engine)
    with engine.begin() as conn:
        cells = {(1, "own1"): "=1+1", (2, "own1"): "多行\n批示", (1, "own2"): "A-12"}
        assert write_cells(conn, 2026, cells, PEN) == 3
        data = write_register(2026, read_register(conn, 2026), read_columns(conn), "zh", ZONE)
    assert read_cells(data) == (2026, {**cells, (2, "own2"): ""})
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book.active
    keys = [cell.value for cell in sheet[1]]
    assert [cell.data_type for row in sheet.iter_rows(min_row=3) for cell in row if cell.value][:3] == ["n", "s", "s"]
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f" or cell.hyperlink]
    sheet.cell(4, keys.index("own2") + 1).value = datetime(2026, 11, 30)
    sheet.cell(3, keys.index("own2") + 1).value = 17
    sheet.move_range("A4:Z4", rows=1)  # somebody left a line empty
    edited = io.BytesIO()
    book.save(edited)
    read = read_cells(edited.getvalue())
    assert not isinstance(read, Refused)
    assert read[1] == {**cells, (1, "own2"): "17", (2, "own2"): "2026-11-30"}
    with engine.begin() as conn:
        assert write_cells(conn, 2026, read[1], PEN) == 2
        assert write_columns(conn, [*OWN[:-1], ColumnChoice("own2", "归档号", False)]) is None
        assert write_columns(conn, OWN) is None
        assert {row.number: row.cells["own2"] for row in read_register(conn, 2026)} == {1: "17", 2: "2026-11-30"}


def test_a_wrong_sheet_or_cell_changes_nothing(tmp_path: Path) -> None:
    """A foreign file, an unknown row or a post's words: one sentence, and no cell is written."""
    engine = a_store(tmp_path)
    fill_register(engine)
    book = openpyxl.Workbook()
    plain = io.BytesIO()
    book.save(plain)
    for data in (b"", b"PK\x03\x04nonsense", plain.getvalue(), b"x" * (1024 * 1024 + 1)):
        assert isinstance(read_cells(data), Refused)
    with engine.begin() as conn:
        for cells in (
            {(1, "own1"): "好", (9, "own1"): "x"},
            {(1, "matter"): "x"},
            {(2, "own1"): "好", (1, "own1"): POST},
        ):
            refused = write_cells(conn, 2026, cells, PEN)
            assert isinstance(refused, Refused)
            assert "row" in refused.why
        assert conn.scalar(select(register_cells.c.words)) is None
        assert isinstance(write_columns(conn, [*OWN, ColumnChoice("own3", "归档号", True)]), Refused)


# ---------------------------------------------------------------- forgetting, retention, backup


def test_forgetting_an_article_takes_it_out_of_every_paper(tmp_path: Path) -> None:
    """The draft that cites it goes; an issued report, a slip, facts, the log and the register lose its headline."""
    engine = a_store(tmp_path)
    with engine.begin() as conn:
        conn.execute(update(slips).values(words=""))
        put_event(conn, "e5", "canteen", HEADLINE)
        put_document(conn, "n5", "e5", "news", "正文", HEADLINE, "https://city-paper.example/a5")
    slip = sent(engine, event="e5", matter=HEADLINE, words=f"见《{HEADLINE}》")
    with engine.begin() as conn:
        put_fact(conn, "e5", f"报道《{HEADLINE}》", "江州晚报", "confirmed", "officer", PEN, NOW)
        write_line(conn, f"看到《{HEADLINE}》", "officer", PEN, NOW, "e5")
        take_answer(conn, slip.id, f"关于《{HEADLINE}》已回应", "answered", "office", PEN, NOW)
        made = make_draft(conn, "e5", "first", "zh", {}, HEAD.short, NOW)
        assert not isinstance(made, Refused)
        issue_report(conn, made.id, NOW, ZONE)
        waiting = make_draft(conn, "e5", "update", "zh", {}, HEAD.short, NOW)
        assert not isinstance(waiting, Refused)
        hand_over(conn, "officer", "夜班", f"盯《{HEADLINE}》", PEN, NOW)
    forget_items(engine, ["n5"], [], NOW)
    with engine.connect() as conn:
        assert read_report(conn, waiting.id) is None
        kept = read_report(conn, made.id)
        assert kept is not None
        assert (kept.number, kept.cited) == (1, [])
    engine.dispose()
    assert HEADLINE not in everything(engine, ("slips", "slip_answers", "facts", "duty_log", "reports", "handovers"))


def everything(engine: Engine, tables: tuple[str, ...]) -> str:
    """All that stands in some tables."""
    with engine.connect() as conn:
        return "\n".join(str(row) for table in tables for row in conn.exec_driver_sql(f"SELECT * FROM {table}"))


def test_forgetting_a_post_takes_out_what_repeats_it(tmp_path: Path) -> None:
    """Words that got into a paper before the post was stored go with it."""
    engine = a_store(tmp_path)
    late = "图书馆三楼的空调已经连续坏了两个星期了没有人来修"
    with engine.begin() as conn:
        write_line(conn, f"学生反映{late}，已转后勤", "officer", PEN, NOW, "e1")
        put_document(conn, "p9", "e1", "forum", f"我说{late}真的很热")
    forget_items(engine, ["p9"], [], NOW)
    with engine.connect() as conn:
        assert conn.scalar(select(duty_log.c.words)) == "学生反映〔已删除〕，已转后勤"


def test_old_papers_lose_their_words_and_keep_their_numbers(tmp_path: Path) -> None:
    """After the headline days of retention only number, department, times and state are left."""
    engine = a_store(tmp_path)
    slip = sent(engine)
    with engine.begin() as conn:
        take_answer(conn, slip.id, "已封存。", "answered", "office", PEN, NOW)
        put_fact(conn, "e1", "三号窗口已停用", "后勤保障处", "confirmed", "officer", PEN, NOW)
        write_line(conn, "已到现场", "officer", PEN, NOW)
        made = make_draft(conn, "e1", "first", "zh", {}, HEAD.short, NOW)
        assert not isinstance(made, Refused)
        issue_report(conn, made.id, NOW, ZONE)
    purge(engine, NOW + timedelta(days=700))
    with engine.connect() as conn:
        assert conn.scalar(select(facts.c.words)) == "三号窗口已停用"
    purge(engine, NOW + timedelta(days=731))
    with engine.connect() as conn:
        old = read_slip(conn, slip.id)
        assert old is not None
        assert (old.name, old.department, old.words, old.matter, old.answers[0].words) == (
            "提示〔2026〕1号",
            "后勤保障处",
            "",
            "",
            "",
        )
        assert conn.scalar(select(reports.c.number)) == 1
        assert conn.scalar(select(reports.c.drafted)) == {}
        assert [conn.scalar(select(table.c.words)) for table in (facts, duty_log)] == [None, None]


def test_a_backup_holds_every_paper_and_its_link_still_works(tmp_path: Path) -> None:
    """After a restore numbers go on, playbooks, cells and links are there."""
    engine = a_store(tmp_path)
    fill_register(engine)
    links = ReplyLinks(b"a key of the tests, long enough")
    with engine.begin() as conn:
        slip_id = conn.scalar(select(slips.c.id))
        slip = read_slip(conn, slip_id or "")
        assert slip is not None
        token = links.renew(conn, slip, NOW)
        write_playbook(conn, "canteen", "# 我们的", 0, "editor", NOW)
        write_cells(conn, 2026, {(1, "own1"): "已批示"}, PEN)
    make_backup(engine, "", tmp_path / "b.zip", NOW)
    restore_backup(tmp_path / "b.zip", tmp_path / "new.db")
    again = open_engine(f"sqlite:///{tmp_path / 'new.db'}")
    with again.begin() as conn:
        assert isinstance(links.read(conn, token, NOW), tuple)
        assert conn.scalar(select(playbooks.c.text)) == "# 我们的"
        assert read_register(conn, 2026)[0].cells == {"own1": "已批示"}
        assert conn.scalar(select(slip_answers.c.n)) is None
    assert sent(again).number == 2


def test_a_merged_event_brings_its_papers_along(tmp_path: Path) -> None:
    """What was written on a matter that became part of another is shown with the other, and its reports go on."""
    engine = a_store(tmp_path)
    with engine.begin() as conn:
        put_event(conn, "e8", "canteen", "二食堂")
    slip = sent(engine, event="e8")
    with engine.begin() as conn:
        write_line(conn, "已到现场", "officer", PEN, NOW, "e8")
        put_fact(conn, "e8", "三号窗口已停用", "后勤保障处", "confirmed", "officer", PEN, NOW)
        made = make_draft(conn, "e8", "first", "zh", {}, HEAD.short, NOW)
        assert not isinstance(made, Refused)
        issue_report(conn, made.id, NOW, ZONE)
        conn.execute(update(events).where(events.c.id == "e8").values(merged_into="e1"))
        assert [one.id for one in list_slips(conn, "e1")] == [slip.id]
        assert [one.words for one in list_facts(conn, "e1")] == ["三号窗口已停用"]
        after = make_draft(conn, "e1", "first", "zh", {}, HEAD.short, NOW + timedelta(minutes=5))
        assert not isinstance(after, Refused)
        assert (after.kind, after.follows, after.turn) == ("update", made.id, 2)
