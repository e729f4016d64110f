"""Notice slips and supervision orders: numbers, words, answers, deadlines."""

import io
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from docx import Document
from forged import forge
from response_kit import HEADLINE, LINK, NOW, PEN, POST, ZONE, a_store, put_document, send, sent
from sqlalchemy import func, select

from alerts.response.figures import read_office_work
from alerts.response.replies import ReplyLinks
from alerts.response.slips import Slip, decide_answer, neutral_title, overdue_slips, read_slip, take_answer
from alerts.taps import Refused
from dashboards.response.make_templates import make_all
from dashboards.response.papers import Letterhead, slip_fields
from dashboards.response.word import FOLDER, fill_template, whole_text
from pipeline.store.engine import open_engine
from pipeline.store.schema_response import slips

HEAD = Letterhead("清河理工学院", ZONE)
LINKS = ReplyLinks(b"a key of the tests, long enough", "https://tocsin.school.example")


def test_numbers_have_no_gap_and_no_double_when_many_write_at_once(tmp_path: Path) -> None:
    """Eight writers with refused slips in between: the numbers are 1 to 24, each once."""
    engine = a_store(tmp_path)

    def write(_writer: int) -> None:
        mine = open_engine(f"sqlite:///{tmp_path / 'papers.db'}")
        for turn in range(3):
            sent(mine)
            assert isinstance(send(mine, words="" if turn else "请查清是谁发的帖子"), Refused)
        mine.dispose()

    threads = [threading.Thread(target=write, args=(k,), daemon=True) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with engine.connect() as conn:
        assert sorted(conn.scalars(select(slips.c.number))) == list(range(1, 25))


def test_numbers_begin_anew_with_the_schools_year_and_kind(tmp_path: Path) -> None:
    """New Year is that of the school's zone; orders and notices count apart."""
    engine = a_store(tmp_path)
    late = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    assert sent(engine).name == "提示〔2026〕1号"
    assert sent(engine, late, due=late + timedelta(hours=3)).name == "提示〔2026〕2号"
    after = late + timedelta(minutes=2)
    assert sent(engine, after, due=after + timedelta(hours=3)).name == "提示〔2027〕1号"
    assert sent(engine, kind="order").name == "督办〔2026〕1号"
    assert sent(engine, lang="en").name == "Notice 2026-3"


QUOTES = {
    "word for word": f"有学生说：{POST}",
    "a part": "学生反映二食堂吃了麻辣香锅以后我们寝室四个人都不舒服，请核实。",
    "with blanks and marks": "请核实：麻辣香锅 以后，我们 寝室「四个人」全都 拉肚子了。",
    "in traditional characters": "請核實：以後我們寢室四個人全都拉肚子了",
}


@pytest.mark.parametrize("words", QUOTES.values(), ids=QUOTES.keys())
@pytest.mark.parametrize("field", ["words", "matter", "place"])
def test_a_private_posts_words_are_refused(tmp_path: Path, words: str, field: str) -> None:
    """Twelve characters in a row of a private post stand in no field of a slip; no number is lost by it."""
    engine = a_store(tmp_path)
    refused = send(engine, **{field: words})
    assert isinstance(refused, Refused)
    assert "private post" in refused.why
    assert sent(engine).number == 1


def test_own_words_public_words_and_the_schools_name_pass(tmp_path: Path) -> None:
    """Eleven shared characters, an outlet's headline and link, and the school's own name are no quotation."""
    engine = a_store(tmp_path)
    with engine.begin() as conn:
        put_document(conn, "p3", "e1", "forum", "清河理工学院二食堂出事了")
    for words in (
        "请核实：四个人全都拉肚子了，窗口（十一字）。", f"见报道《{HEADLINE}》{LINK}", "清河理工学院二食堂出事情况请说明。",
        "请于期限前报送留样检测结果、供货批次与窗口停用情况。", "Please check the food samples of the canteen and tell us when it reopens.",
    ):  # fmt: skip
        sent(engine, words=words)


@pytest.mark.parametrize(
    "link", ["https://forum.example/thread/9", "forum.example/thread/9", "www.forum.example/t?uid=3"]
)
def test_links_to_anything_but_public_items_are_refused(tmp_path: Path, link: str) -> None:
    """A link in a slip leads to a stored news or official item of the event, or the slip is refused."""
    refused = send(a_store(tmp_path), words=f"请看 {link} 并答复")
    assert isinstance(refused, Refused)
    assert "links" in refused.why


def test_what_is_asked_is_for_answering(tmp_path: Path) -> None:
    """To look for the poster or have it deleted is refused with its reason."""
    engine = a_store(tmp_path)
    for words in ("请尽快查清是谁发的帖子", "请联系平台删帖", "Please find out who posted it"):
        refused = send(engine, words=words)
        assert isinstance(refused, Refused)
        assert "refused here" in refused.why


def test_numbers_and_handles_are_masked_before_they_are_stored(tmp_path: Path) -> None:
    """A phone number that an officer typed is not in the slip."""
    made = sent(a_store(tmp_path), words="请联系 13812345678 了解情况。")
    assert "13812345678" not in made.words


def test_a_wellbeing_matter_goes_to_no_class_or_dormitory(tmp_path: Path) -> None:
    """The counselling centre gets a slip without place, title and counts; a class or a dormitory gets none."""
    engine = a_store(tmp_path)
    for department in ("计科2班", "三号宿舍楼", "桃园公寓", "Class 3", "North Dormitory", "22级软件年级组"):
        assert isinstance(send(engine, event="e2", department=department), Refused), department
    made = sent(
        engine, event="e2", department="心理健康教育中心", matter="某同学在操场", place="操场", words="请按预案关心。"
    )
    assert (made.matter, made.place) == ("关怀", None)
    fields = slip_fields(made, HEAD)
    assert (fields["counts"], fields["times"]) == ("–", "2026-11-24")


@pytest.mark.parametrize(
    ("values", "said"),
    [({"department": " "}, "department"), ({"words": "  "}, "sentence"), ({"due": NOW}, "60 days"),
     ({"due": NOW + timedelta(days=61)}, "60 days"), ({"event": "nothing"}, "not kept"), ({"follows": "x"}, "only an order"),
     ({"kind": "order", "follows": "x"}, "not kept")],
)  # fmt: skip
def test_an_incomplete_slip_is_refused_in_one_sentence(tmp_path: Path, values: dict[str, object], said: str) -> None:
    """Each lack has its sentence."""
    refused = send(a_store(tmp_path), **values)
    assert isinstance(refused, Refused)
    assert said in refused.why


def test_a_slip_is_answered_returned_answered_and_accepted(tmp_path: Path) -> None:
    """The states follow each other and no other way; on time is by the first answer and the deadline it had."""
    engine = a_store(tmp_path)
    slip = sent(engine)
    with engine.begin() as conn:
        assert isinstance(decide_answer(conn, slip.id, "accepted", "", PEN, NOW), Refused)
        assert isinstance(take_answer(conn, slip.id, "已删除", "removed", "link", PEN, NOW), Refused)
        assert take_answer(conn, slip.id, "已封存留样。", "answered", "link", PEN, NOW + timedelta(hours=6)) is None
        assert isinstance(take_answer(conn, slip.id, "又一次", "answered", "link", PEN, NOW), Refused)
        assert isinstance(decide_answer(conn, slip.id, "returned", " ", PEN, NOW), Refused)
        later = NOW + timedelta(days=2)
        assert decide_answer(conn, slip.id, "returned", "请补充检测结果", PEN, NOW + timedelta(hours=7), later) is None
        assert take_answer(conn, slip.id, "检测合格。", "clarified", "office", PEN, NOW + timedelta(hours=9)) is None
        assert decide_answer(conn, slip.id, "accepted", "", PEN, NOW + timedelta(hours=10)) is None
        done = read_slip(conn, slip.id)
        assert done is not None
        assert (done.state, done.due, [a.late for a in done.answers]) == ("accepted", later, [True, False])
        work = read_office_work(conn, NOW - timedelta(days=1), NOW + timedelta(days=1), NOW + timedelta(days=3))
        assert (work.notices.issued, work.notices.late, work.notices.returned, work.notices.rate) == (1, 1, 1, 0)


def test_an_answer_may_not_quote_the_post_back(tmp_path: Path) -> None:
    """A department that repeats the post is asked for its own words."""
    engine = a_store(tmp_path)
    slip = sent(engine)
    with engine.begin() as conn:
        assert isinstance(take_answer(conn, slip.id, POST, "answered", "link", PEN, NOW), Refused)


def test_an_order_presses_for_what_is_overdue_and_rates_are_by_department(tmp_path: Path) -> None:
    """Past its deadline a slip is overdue; the order names it; each department has its rate."""
    engine = a_store(tmp_path)
    slip = sent(engine)
    quick = sent(engine, department="保卫处")
    with engine.begin() as conn:
        take_answer(conn, quick.id, "已到场查看。", "answered", "link", PEN, NOW + timedelta(hours=1))
        assert [one.id for one in overdue_slips(conn, NOW + timedelta(hours=5))] == [slip.id]
        assert overdue_slips(conn, NOW + timedelta(hours=4)) == []
    after = NOW + timedelta(hours=6)
    pressing = sent(engine, after, kind="order", follows=slip.id, due=after + timedelta(hours=2))
    assert (pressing.name, pressing.follows) == ("督办〔2026〕1号", slip.id)
    with engine.connect() as conn:
        work = read_office_work(conn, NOW, NOW + timedelta(days=1), after)
    rates = {row.department: row.numbers.rate for row in work.departments}
    assert (work.notices.rate, work.orders.rate, rates) == (50, None, {"后勤保障处": 0, "保卫处": 100})


def test_a_link_is_signed_replaced_spent_once_and_ends(tmp_path: Path) -> None:
    """Only our own, newest, unused and unexpired link opens a slip."""
    engine = a_store(tmp_path)
    slip = sent(engine)
    with engine.begin() as conn:
        old = LINKS.renew(conn, slip, NOW)
        token = LINKS.renew(conn, slip, NOW)
        assert LINKS.address(conn, slip.id, NOW) == f"https://tocsin.school.example/r/{token}"
        assert isinstance(LINKS.read(conn, old, NOW), Refused)
        assert isinstance(LINKS.read(conn, forge(token), NOW), Refused)
        assert isinstance(ReplyLinks(b"another key of another house, long").read(conn, token, NOW), Refused)
        assert isinstance(LINKS.read(conn, token, slip.due + timedelta(days=7)), Refused)
        found = LINKS.read(conn, token, NOW)
        assert isinstance(found, tuple)
        assert [LINKS.spend(conn, found[1], NOW), LINKS.spend(conn, found[1], NOW)] == [True, False]
        assert isinstance(LINKS.read(conn, token, NOW), Refused)
        assert LINKS.address(conn, slip.id, NOW) is None


def word_text(data: bytes | Refused) -> str:
    assert isinstance(data, bytes), data
    return whole_text(Document(io.BytesIO(data)))


@pytest.mark.parametrize("kind", ["notice", "order"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_word_document_says_everything_and_nothing_private(tmp_path: Path, kind: str, lang: str) -> None:
    """Number, department, matter, counts, own words, deadline, reply part and the line on authors; no post, no link."""
    slip = sent(a_store(tmp_path), kind=kind, lang=lang, words="请核实 <b>留样</b> & {{ 7 * 7 }}\n并答复。")
    head = Letterhead("清河理工学院", ZONE, lang)
    text = word_text(fill_template(kind, lang, slip_fields(slip, head)))
    for part in (
        slip.name,
        "后勤保障处",
        "二食堂有关情况" if lang == "zh" else "Canteen, 二食堂",
        "<5",
        "{{ 7 * 7 }}",
        "<b>留样</b> & ",
        "2026-11-24 21:30",
    ):
        assert part in text, part
    assert ("不掌握、不保存任何发帖人信息" if lang == "zh" else "no information about any author") in text
    assert ("回 执" if lang == "zh" else "Reply") in text
    assert POST[:12] not in text


def test_shipped_templates_are_what_the_script_makes(tmp_path: Path) -> None:
    """The Word files in the package come from the script, paragraph by paragraph."""
    for made in make_all(tmp_path):
        ours = Document(str(FOLDER / made.name))
        assert whole_text(ours) == whole_text(Document(str(made))), made.name


@pytest.mark.parametrize(
    ("change", "said"),
    [(("{{ due }}", "soon"), "lacks the field due"), (("{{ place }}", "{{ poster }}"), "asks for the field poster"),
     (("不掌握、不保存任何发帖人信息", "已备案"), "has lost the line"), (("{{ words }}", "{% if %}{{ words }}"), "cannot be used")],
)  # fmt: skip
def test_a_schools_own_template_wins_and_is_checked(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    """A copy in the data folder is taken; what it lacks or should not ask for is said in one sentence."""
    slip = sent(a_store(tmp_path))
    own = Document(str(FOLDER / "notice.zh.docx"))
    own.add_paragraph("本校抬头")
    own.save(str(tmp_path / "notice.zh.docx"))
    assert "本校抬头" in word_text(fill_template("notice", "zh", slip_fields(slip, HEAD), tmp_path))
    edit_runs(own, *change)
    own.save(str(tmp_path / "notice.zh.docx"))
    refused = fill_template("notice", "zh", slip_fields(slip, HEAD), tmp_path)
    assert isinstance(refused, Refused)
    assert said in refused.why
    (tmp_path / "notice.zh.docx").write_bytes(b"no document")
    assert isinstance(fill_template("notice", "zh", slip_fields(slip, HEAD), tmp_path), Refused)


def edit_runs(document: object, old: str, new: str) -> None:
    """Replace a piece of text wherever it stands."""
    cells = [c for t in document.tables for r in t.rows for c in r.cells]  # type: ignore[attr-defined]
    for paragraph in [*document.paragraphs, *(p for cell in cells for p in cell.paragraphs)]:  # type: ignore[attr-defined]
        for run in paragraph.runs:
            run.text = run.text.replace(old, new) if old in run.text else run.text


def test_no_slip_is_stored_when_it_is_refused(tmp_path: Path) -> None:
    """A refusal leaves no row."""
    engine = a_store(tmp_path)
    assert isinstance(send(engine, words=POST), Refused)
    with engine.connect() as conn:
        assert conn.scalar(select(func.count()).select_from(slips)) == 0
        assert read_slip(conn, "none") is None
    assert isinstance(sent(engine), Slip)


def test_a_name_that_an_officer_typed_is_masked_too(tmp_path: Path) -> None:
    """Officers and students appear by role: a bare name or a room is not in a slip, a public link stays."""
    made = sent(a_store(tmp_path), words=f"请联系学生张小明（桃园3栋502）了解情况，报道见 {LINK}")
    assert "张小明" not in made.words
    assert "502" not in made.words
    assert LINK in made.words


@pytest.mark.parametrize(
    ("place", "topic", "lang", "title"),
    [("二食堂", "canteen", "zh", "二食堂有关情况"), ("五号楼", "dorms", "zh", "五号楼宿舍有关情况"), (None, "fees", "zh", "收费有关情况"),
     ("操场", "wellbeing", "zh", "关怀"), ("二食堂", "canteen", "en", "Canteen, 二食堂"), ("操场", "wellbeing", "en", "Wellbeing")],
)  # fmt: skip
def test_a_slip_calls_the_matter_neutrally(place: str | None, topic: str, lang: str, title: str) -> None:
    """Place and kind, no headline and no verdict; of a wellbeing matter only that it is one."""
    assert neutral_title(place, topic, lang) == title


ASKS = Path(__file__).parent / "data" / "asks"


def test_the_refused_asks_make_no_slip_and_the_ordinary_ones_do(tmp_path: Path) -> None:
    """All golden refused texts are refused as a slip, all ordinary ones are numbered in a row."""
    engine = a_store(tmp_path)
    refused = (ASKS / "refused.txt").read_text(encoding="utf-8").splitlines()
    ordinary = (ASKS / "ordinary.txt").read_text(encoding="utf-8").splitlines()
    assert min(len(refused), len(ordinary)) >= 60
    assert [text for text in refused if not isinstance(send(engine, words=text), Refused)] == []
    assert [sent(engine, words=text).number for text in ordinary] == list(range(1, len(ordinary) + 1))
