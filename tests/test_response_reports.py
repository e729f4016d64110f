"""Situation reports: what a draft says, what an update leaves out, numbers, edits, and the papers themselves."""

import io
import json
import re
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
import typst
from docx import Document
from response_kit import HEADLINE, NOW, PEN, POST, ZONE, a_store, put_document, sent
from sqlalchemy import Engine, insert, literal, select, update

from alerts.response.facts import put_fact
from alerts.response.log import write_line
from alerts.response.report_words import load_words
from alerts.response.reports import (
    Report,
    drop_draft,
    edit_report,
    issue_report,
    make_draft,
    read_report,
)  # fmt: skip
from alerts.response.slips import take_answer
from alerts.taps import Refused
from dashboards.response.papers import Letterhead, report_fields, report_page, report_text
from dashboards.response.press import CHINESE, SIZES, press_page
from dashboards.response.sheet import set_page
from dashboards.response.word import KNOWN, fill_template, whole_text
from pipeline.store.engine import open_engine
from pipeline.store.schema import acks, events
from pipeline.store.schema_response import reports

NAMES = {"s-news": "江州晚报"}
HEAD = Letterhead("清河理工学院", ZONE)


def draft(engine: Engine, kind: str = "first", event: str = "e1", now: object = NOW, lang: str = "zh") -> Report:
    """A draft that must be made."""
    with engine.begin() as conn:
        made = make_draft(conn, event, kind, lang, NAMES, Letterhead("", ZONE, lang).short, now)  # type: ignore[arg-type]
    assert isinstance(made, Report), made
    return made


def issued(engine: Engine, kind: str = "first", event: str = "e1", now: object = NOW) -> Report:
    """A draft, issued at once."""
    made = draft(engine, kind, event, now)
    with engine.begin() as conn:
        done = issue_report(conn, made.id, now, ZONE)  # type: ignore[arg-type]
    assert isinstance(done, Report), done
    return done


def test_a_first_report_says_what_is_stored_and_nothing_private(tmp_path: Path) -> None:
    """Times, sources, facts with their state, counts, deeds, proposals and the next time; no post, no title of one."""
    engine = a_store(tmp_path)
    sent(engine)
    with engine.begin() as conn:
        put_fact(conn, "e1", "三号窗口已停用", "后勤保障处", "confirmed", "officer", PEN, NOW)
        put_fact(conn, "e1", "就诊人数待核实", "校医院", "unconfirmed", "officer", PEN, NOW)
        conn.execute(insert(acks).values(event="e1", at=NOW, who="某值班员", what="taken", note=""))
        write_line(conn, "已到现场", "officer", PEN, NOW, "e1")
    made = draft(engine)
    text = report_text(made, HEAD)
    for part in (
        "首次发现：11月24日 11:30", "首见于论坛；共 3 个来源", "江州晚报", "【已证实】三号窗口已停用（后勤保障处",
        "【未证实】就诊人数待核实", "3 条不同内容（含转载 6 条），<5 人发声，1 家媒体，负面 67%", "严重（橙）", "值班人员已接手",
        "发出提示〔2026〕1号，限后勤保障处", "已到现场", "核实未证实的 1 项事实", "11月24日 21:30 前续报",
    ):  # fmt: skip
        assert part in text, part
    assert "某值班员" not in text
    assert POST[:10] not in text
    assert [one["title"] for one in made.cited] == [HEADLINE]


def test_without_facts_the_report_says_so(tmp_path: Path) -> None:
    """Nothing is made up: an empty fact box is named as such."""
    sections = draft(a_store(tmp_path)).sections()
    assert "事实栏暂无记录" in sections["what"]
    assert sections["done"] == "暂无处置记录。"


def test_an_update_says_only_what_changed(tmp_path: Path) -> None:
    """Same figures, same facts, same proposals are left out; what is new stands with before and after."""
    engine = a_store(tmp_path)
    slip = sent(engine)
    with engine.begin() as conn:
        put_fact(conn, "e1", "三号窗口已停用", "后勤保障处", "confirmed", "officer", PEN, NOW)
    issued(engine)
    later = NOW + timedelta(hours=1)
    quiet = draft(engine, "update", now=later)
    assert quiet.kind == "update"
    assert "无变化" in quiet.sections()["spread"]
    assert set(quiet.sections()) <= {"when", "spread", "assessment", "next"}
    with engine.begin() as conn:
        conn.execute(update(events).where(events.c.id == "e1").values(stories=9, voices_met=7, last_seen=later))
        put_document(conn, "n2", "e1", "official", "通报全文", "关于二食堂的通报", "https://bureau.example/1")
        put_fact(conn, "e1", "留样检测合格", "市场监管局", "confirmed", "officer", PEN, later)
        take_answer(conn, slip.id, "已封存。", "answered", "link", PEN, later)
    text = report_text(draft(engine, "update", now=later), HEAD)
    for part in (
        "不同内容由 3 增至 9",
        "发声人数由 <5 变为 7",
        "媒体由 1 增至 2",
        "留样检测合格",
        "后勤保障处答复提示〔2026〕1号",
    ):
        assert part in text, part
    for part in ("三号窗口已停用", "首次发现", "江州晚报", "发出提示〔2026〕1号", "负面条数"):
        assert part not in text, part


def test_kinds_follow_each_other(tmp_path: Path) -> None:
    """The first of a matter is a first report, a second "first" an update; after a final one it begins anew."""
    engine = a_store(tmp_path)
    assert issued(engine, "update").kind == "first"
    assert issued(engine, "first").kind == "update"
    last = issued(engine, "final")
    assert (last.kind, last.turn, last.next_due, last.name) == ("final", 3, None, "舆情快报〔2026〕3号")
    assert "终报收尾由值班负责人决定" in last.sections()["assessment"]
    assert draft(engine, "update").kind == "first"
    with engine.begin() as conn:
        assert isinstance(make_draft(conn, "nothing", "first", "zh", {}, HEAD.short, NOW), Refused)
        assert isinstance(make_draft(conn, "e1", "gossip", "zh", {}, HEAD.short, NOW), Refused)


def test_a_draft_has_no_number_and_a_dropped_one_leaves_no_gap(tmp_path: Path) -> None:
    """Numbers are given when a report is issued, one after the other, also when many issue at once."""
    engine = a_store(tmp_path)
    with engine.begin() as conn:
        for k in range(8):
            conn.execute(insert(events).from_select(
                list(events.c.keys()), select(*(_renamed(column, f"m{k}") for column in events.c)).where(events.c.id == "e1")
            ))  # fmt: skip
        assert drop_draft(conn, "none") is not None
    made = draft(engine)
    assert made.name == "舆情快报（草稿）"
    with engine.begin() as conn:
        assert drop_draft(conn, made.id) is None

    def write(event: str) -> None:
        mine = open_engine(f"sqlite:///{tmp_path / 'papers.db'}")
        issued(mine, event=event)
        mine.dispose()

    threads = [threading.Thread(target=write, args=(f"m{k}",), daemon=True) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with engine.connect() as conn:
        assert sorted(conn.scalars(select(reports.c.number))) == list(range(1, 9))


def _renamed(column: object, event: str) -> object:

    return literal(event) if column.name == "id" else column  # type: ignore[attr-defined]


def test_what_the_office_writes_is_kept_apart_and_an_issued_report_stays(tmp_path: Path) -> None:
    """The draft stays beside the edit; an unchanged text is no edit; an empty one leaves its part out."""
    engine = a_store(tmp_path)
    made = draft(engine)
    texts = {"assessment": "风险可控。", "proposed": "", "what": made.drafted["what"].replace("\n", "\r\n")}
    with engine.begin() as conn:
        assert edit_report(conn, made.id, texts, PEN) is None
        kept = read_report(conn, made.id)
        assert kept is not None
        assert kept.edited == {"assessment": "风险可控。", "proposed": ""}
        assert "严重（橙）" in kept.drafted["assessment"]
        assert kept.sections()["assessment"] == "风险可控。"
        assert "proposed" not in kept.sections()
        for words in (f"学生说{POST}", "请查清是谁发的帖子"):
            assert isinstance(edit_report(conn, made.id, {"what": words}, PEN), Refused)
        assert isinstance(issue_report(conn, made.id, NOW, ZONE), Report)
        assert isinstance(edit_report(conn, made.id, {"what": "别的"}, PEN), Refused)
        assert isinstance(issue_report(conn, made.id, NOW, ZONE), Refused)
        assert isinstance(drop_draft(conn, made.id), Refused)


def test_a_wellbeing_report_gives_no_details(tmp_path: Path) -> None:
    """Neutral title, a neutral sentence, and help first among the proposals."""
    made = draft(a_store(tmp_path), event="e2")
    assert (made.title, made.drafted["what"].split("\n")[0]) == ("关怀", "涉及学生关怀事项，不列细节。")
    assert "优先关心当事人" in made.drafted["proposed"]


def test_word_and_text_say_the_same_in_both_languages(tmp_path: Path) -> None:
    """Every part of the report stands in the Word file and in the text to paste."""
    engine = a_store(tmp_path)
    for lang, name, mark in (("zh", "舆情快报（草稿）", "【时间】"), ("en", "Report (draft)", "[When]")):
        made, head = draft(engine, lang=lang), Letterhead("清河理工学院", ZONE, lang)
        data = fill_template("report", lang, report_fields(made, head))
        assert isinstance(data, bytes), data
        word, text = whole_text(Document(io.BytesIO(data))), report_text(made, head)
        assert name in word
        assert mark in text
        for section in made.sections().values():
            assert section in text
            assert section in word


def test_pdf_and_picture_are_one_page_and_text_is_no_markup(tmp_path: Path) -> None:
    """Long text gets smaller type; what would need a second page is refused; `#` and `*` are printed."""
    page = report_page(draft(a_store(tmp_path)), HEAD)
    pdf, png = set_page(page, "pdf"), set_page(page, "png")
    assert isinstance(pdf, bytes)
    assert isinstance(png, bytes)
    assert (pdf[:5], png[:4]) == (b"%PDF-", b"\x89PNG")
    assert pdf.count(b"/Type/Page\n") + pdf.count(b"/Type /Page\n") <= 1
    tricky = {**page, "title": '#panic("x") *a* $b$ @c <d>', "sections": [{"heading": "事由", "lines": ["长" * 2000]}]}
    assert isinstance(set_page(tricky, "pdf"), bytes)
    refused = set_page({**page, "sections": [{"heading": "事由", "lines": ["长" * 9000]}]}, "pdf")
    assert isinstance(refused, Refused)
    assert "one page" in refused.why


def test_no_character_of_a_report_is_a_box(tmp_path: Path) -> None:
    """Each character that papers use is drawn by the chosen face, not as the box of a missing one."""
    text = (
        report_text(draft(a_store(tmp_path)), HEAD)
        + "提示函督办单舆情快报值班日志交接班记录〔〕【】；：，。、（）《》“”"
    )
    fonts = typst.Fonts()
    families = [name for name in CHINESE if name in fonts.families()]
    assert families, "install fonts-noto-cjk"
    drawn = {char: draw(char, families, fonts) for char in sorted(set(text)) if not char.isspace()}
    box = draw("\U0010fffd", families, fonts)
    assert [char for char, picture in drawn.items() if picture == box] == []
    assert max(Counter(picture for char, picture in drawn.items() if char >= "\u4e00").values()) == 1


def draw(char: str, families: list[str], fonts: object) -> bytes:
    """One character as a picture."""
    source = b"#set page(width: 20pt, height: 20pt, margin: 2pt)\n#set text(font: json(bytes(sys.inputs.f)), size: 14pt)\n#sys.inputs.c"

    inputs = {"f": json.dumps(families), "c": char}
    made = typst.Compiler(source, font_paths=fonts, sys_inputs=inputs).compile(format="png", ppi=72)  # type: ignore[arg-type]
    assert isinstance(made, bytes)
    return made


def test_sizes_go_down() -> None:
    """The largest type is tried first."""
    assert list(SIZES) == sorted(SIZES, reverse=True)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_both_word_lists_have_the_same_keys(lang: str) -> None:
    """What can be said in one language can be said in the other, with the same fields."""

    ours, others = load_words(lang), load_words("en" if lang == "zh" else "zh")
    for table, names in ours.items():
        assert set(names) == set(others[table]), table
        for key, line in names.items():
            fields = set(re.findall(r"\{(\w+)\}", line))
            assert fields == set(re.findall(r"\{(\w+)\}", others[table][key])), key


def test_the_example_in_the_documentation_is_what_comes_out(tmp_path: Path) -> None:
    """docs/response.md shows a first report and an update; they are drawn from the stored event word for word."""
    page = (Path(__file__).parent.parent / "docs" / "response.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"```text (\w+)\n(.*?)```", page, re.DOTALL))
    engine = a_store(tmp_path)
    slip = sent(engine)
    with engine.begin() as conn:
        put_fact(conn, "e1", "三号窗口已停用", "后勤保障处", "confirmed", "officer", PEN, NOW)
    assert report_text(issued(engine), HEAD) == shown["first"]
    later = NOW + timedelta(hours=1)
    with engine.begin() as conn:
        take_answer(conn, slip.id, "留样已封存，送检结果明日出。", "answered", "link", PEN, later)
        put_fact(conn, "e1", "留样已送检", "市场监管局", "confirmed", "officer", PEN, later)
    assert report_text(issued(engine, "update", now=later), HEAD) == shown["update"]


def test_the_documentation_names_every_template_field() -> None:
    """A field that a school may use stands in the table."""
    page = (Path(__file__).parent.parent / "docs" / "response.md").read_text(encoding="utf-8")
    assert [field for fields in KNOWN.values() for field in fields if f"`{field}`" not in page] == []


def test_without_a_chinese_font_a_sentence_says_so(tmp_path: Path) -> None:
    """No box is ever printed: without a face that has Chinese there is no PDF, and the reason names the package."""
    said = press_page(report_page(draft(a_store(tmp_path)), HEAD), "pdf", tmp_path, system=False)
    assert isinstance(said, str)
    assert "fonts-noto-cjk" in said
