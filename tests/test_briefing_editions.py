"""Editions: draft, reviewed, signed, locked; edits kept apart; deletion reaches signed data; the ten-minute review."""

import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dash_client import fresh_engine
from dash_seed import NOW, SCHOOL
from sqlalchemy import Engine, select

from dashboards.briefing.assemble import make_outline
from dashboards.briefing.editions import edit_sentence, find_edition, read_frozen, read_issue, store_draft, take_step
from dashboards.briefing.figures import freeze, hash_of
from dashboards.briefing.paper import ENDINGS, Style, make_document
from dashboards.briefing.period import parse_period
from dashboards.briefing.proposals import add_proposal, answer_proposal
from dashboards.briefing.review import answer_item, draw_sample, read_review
from dashboards.briefing.values import BriefData
from pipeline.store.audit import verify_audit
from pipeline.store.engine import reading, writing
from pipeline.store.forget import forget_items
from pipeline.store.schema import audit, corrections
from pipeline.store.schema_briefing import briefings

ZONE = ZoneInfo("Asia/Shanghai")
PERIOD = parse_period(f"{NOW.astimezone(ZONE):%Y}Q4", ZONE, NOW)


def frozen(engine: Engine) -> BriefData:
    """The data of the running quarter."""
    with reading(engine) as connection:
        return freeze(connection, PERIOD, SCHOOL.name, [SCHOOL.name], NOW)


def drafted(engine: Engine) -> str:
    """A draft in the store."""
    data = frozen(engine)
    with writing(engine) as connection:
        return store_draft(connection, data, "zh", "plain", "editor", NOW)


def step(engine: Engine, edition: str, *steps: str) -> str | None:
    """Take steps one after the other; the answer to the last."""
    refused = None
    for one in steps:
        with writing(engine) as connection:
            refused = take_step(connection, edition, one, "editor", "editor", NOW)
    return refused


def reword(engine: Engine, edition: str, key: str, text: str) -> str | None:
    """An editor's words for a sentence."""
    with writing(engine) as connection:
        data = read_frozen(connection, edition)
        outline = make_outline(data, "zh", read_issue(connection, edition, ZONE))
        sentence = next(one for one in outline.sentences if one.key == key)
        return edit_sentence(connection, edition, sentence, text, (), "editor", NOW)


def document(engine: Engine, edition: str, ending: str = "html") -> bytes:
    """A document of an edition."""
    with reading(engine) as connection:
        data, issue = read_frozen(connection, edition), read_issue(connection, edition, ZONE)
    return make_document(data, ending, Style(), issue)


def test_the_way_is_draft_reviewed_signed_locked(tmp_path: Path) -> None:
    """Steps are taken in order only, each is in the trail, and a signed edition says by which role."""
    with fresh_engine(tmp_path) as engine:
        edition = drafted(engine)
        assert "not due" in (step(engine, edition, "sign") or "")
        assert step(engine, edition, "review", "sign", "lock") is None
        assert "not due" in (step(engine, edition, "review") or "")
        assert "已签发并锁定（编辑" in document(engine, edition).decode()
        with reading(engine) as connection:
            acts = list(connection.scalars(select(audit.c.what).where(audit.c.target == edition)))
            assert verify_audit(connection) is None
    assert acts == ["briefing_draft", "briefing_review", "briefing_sign", "briefing_lock"]


def test_an_edit_is_kept_apart_and_marked(tmp_path: Path) -> None:
    """The rule's sentence stays in the annex; a reviewed edition is a draft again; after signing nothing changes."""
    with fresh_engine(tmp_path) as engine:
        edition = drafted(engine)
        rule = next(one.text for one in make_outline(frozen(engine), "zh").sentences if one.key == "f_tone")
        step(engine, edition, "review")
        assert reword(engine, edition, "f_tone", "负面总体平稳。") is None
        with reading(engine) as connection:
            assert find_edition(connection, edition).state == "draft"  # type: ignore[union-attr]
        html = document(engine, edition).decode()
        assert "<mark>负面总体平稳。†</mark>" in html
        assert rule in html
        step(engine, edition, "review", "sign")
        assert "signed" in (reword(engine, edition, "f_tone", "改一改") or "")
        assert "改一改" not in document(engine, edition).decode()


def test_a_signed_edition_renders_to_the_same_bytes(tmp_path: Path) -> None:
    """Whatever happens in the store afterwards, every document of a signed edition is the same, and so is its hash."""
    with fresh_engine(tmp_path) as engine:
        edition = drafted(engine)
        step(engine, edition, "review", "sign")
        before = {ending: document(engine, edition, ending) for ending in ENDINGS}
        with writing(engine) as connection:
            connection.exec_driver_sql("DELETE FROM hourly")
            connection.exec_driver_sql("UPDATE events SET title = 'other'")
        assert {ending: document(engine, edition, ending) for ending in ENDINGS} == before
        with reading(engine) as connection:
            data = read_frozen(connection, edition)
            assert hash_of(data) == data.hash == find_edition(connection, edition).hash  # type: ignore[union-attr]


def test_new_data_after_signing_is_a_new_edition(tmp_path: Path) -> None:
    """An open edition takes new data; a signed one keeps its own, and changes since the draft are said."""
    with fresh_engine(tmp_path) as engine:
        edition = drafted(engine)
        with writing(engine) as connection:
            connection.exec_driver_sql("UPDATE hourly SET items = items + 1 WHERE topic = 'canteen'")
        assert drafted(engine) == edition
        assert "自草稿以来变化的数字" in document(engine, edition).decode()
        step(engine, edition, "review", "sign")
        assert drafted(engine) == edition.removesuffix("1") + "2"


def test_deletion_on_request_reaches_a_signed_briefing(tmp_path: Path) -> None:
    """Id, headline, link and quotation of a deleted item are in no edition any more, not even in its bytes."""
    with fresh_engine(tmp_path) as engine:
        edition = drafted(engine)
        step(engine, edition, "review", "sign")
        with reading(engine) as connection:
            cited = next(one for one in read_frozen(connection, edition).cited if one.title)
        forget_items(engine, [cited.id], [], NOW)
        with reading(engine) as connection:
            row = connection.execute(select(briefings).where(briefings.c.id == edition)).mappings().one()
        html, raw = document(engine, edition).decode(), document(engine, edition, "json").decode()
        assert row["redacted"] > 0
        for gone in (cited.id, cited.title, cited.url):
            assert gone
            assert not re.search(re.escape(gone) + r"(?!\w)", html + raw), gone


def test_proposals_are_followed_up(tmp_path: Path) -> None:
    """What a period proposed stands in the next one's briefing with what came of it."""
    with fresh_engine(tmp_path) as engine:
        before = PERIOD.before().name
        with writing(engine) as connection:
            assert add_proposal(connection, before, "食堂公开留样记录", "editor", NOW) is None
            assert add_proposal(connection, before, "  ", "editor", NOW) is not None
        number = frozen(engine).followed[0].number
        with writing(engine) as connection:
            assert answer_proposal(connection, number, "done", "已上墙公示", "editor", NOW) is None
            assert answer_proposal(connection, number, "eaten", "", "editor", NOW) is not None
        assert "已上墙公示" in make_document(frozen(engine), "html", Style()).decode()


def test_ten_minutes_of_taps_give_the_error_rate(tmp_path: Path) -> None:
    """Wrong answers become corrections; the briefing states the rate with its interval; the sample is nobody's choice."""
    with fresh_engine(tmp_path) as engine:
        with reading(engine) as connection:
            sample = draw_sample(connection, PERIOD)
            assert sample == draw_sample(connection, PERIOD)
        assert len(sample) == len(set(sample)) == 100
        for place in range(10):
            with writing(engine) as connection:
                item = read_review(connection, PERIOD).item
                assert item is not None
                wrong = "positive" if item.label != "positive" else "negative"
                answer = (wrong if place < 2 else "right", "right")
                assert (
                    answer_item(connection, PERIOD, item.id, *answer, "officer", NOW + timedelta(seconds=place)) is None
                )
        checked = frozen(engine).scope.checked
        assert checked is not None
        assert (checked.looked, checked.tone_wrong, checked.topic_wrong) == (10, 2, 0)
        assert (checked.tone_low, checked.tone_high) == (5.7, 51.0)
        with reading(engine) as connection:
            assert len(connection.execute(select(corrections).where(corrections.c.field == "label")).all()) == 2


@pytest.mark.parametrize(("tone", "topic"), [("", "right"), ("angry", "right"), ("right", "nonsense")])
def test_an_answer_that_is_none_is_refused(tmp_path: Path, tone: str, topic: str) -> None:
    """Only tones and topics that exist are taken."""
    with fresh_engine(tmp_path) as engine, writing(engine) as connection:
        sample = draw_sample(connection, PERIOD)
        assert answer_item(connection, PERIOD, sample[0], tone, topic, "officer", NOW)
        assert answer_item(connection, PERIOD, "not-in-it", "right", "right", "officer", NOW)
