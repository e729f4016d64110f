"""The optional summary: a real HTTP model that invents; what it invents is dropped, and without it nothing is missing."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dash_seed import NOW, make_database

from dashboards.briefing.assemble import Issue, make_outline
from dashboards.briefing.checker import find_unsupported, hold, read_han
from dashboards.briefing.draft_model import Drafted, DraftFailed, Fact, HttpDrafter, check_draft, list_facts
from dashboards.briefing.figures import freeze
from dashboards.briefing.period import parse_period
from dashboards.briefing.settings import BriefingSettings
from dashboards.briefing.values import BriefData
from dashboards.briefing.wording import Sentence
from pipeline.secret import Secret
from pipeline.store.engine import reading

ZONE = ZoneInfo("Asia/Shanghai")
FACTS = (
    Fact("F1", "本期共采集提及学校的条目 247 条（独立内容 243 条）。", ("items",)),
    Fact("F2", "重点事件 — 事件: 食堂通报; 首次发现: 11-24 21:32; 独立内容: 13; 媒体: 3", ("event:e1",)),
    Fact("F3", "事件 1：晚报（2026-11-24）“校方：已送医并封存留样”〔x1〕", ("id:x1",)),
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> BriefData:
    engine = make_database(tmp_path_factory.mktemp("model"))
    with reading(engine) as connection:
        return freeze(connection, parse_period("2026Q4", ZONE, NOW), "清河理工学院", ["清河理工学院"], NOW)


@contextmanager
def model(answer: str, status: int = 200) -> Iterator[tuple[str, list[dict[str, object]]]]:
    """An OpenAI-compatible server on loopback that says `answer`; what it was asked is listed."""
    asked: list[dict[str, object]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            asked.append({"auth": self.headers.get("authorization"), **body})
            content = json.dumps({"choices": [{"message": {"content": answer}}]}).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/chat/completions", asked
    finally:
        server.shutdown()
        server.server_close()


def said(*lines: tuple[str, list[str]]) -> str:
    """A model's answer, in the fence that models like."""
    return (
        "```json\n"
        + json.dumps({"sentences": [{"text": t, "cites": c} for t, c in lines]}, ensure_ascii=False)
        + "\n```"
    )


def test_invented_numbers_and_quotations_are_dropped() -> None:
    """Of a lying model's sentences only those stay whose every number, date and quotation stands in the cited facts."""
    answer = said(
        ("本期共采集 247 条内容，其中独立内容 243 条。", ["F1"]),
        ("本期共采集 312 条内容。", ["F1"]),  # an invented number
        ("有三家媒体报道，独立内容十三条。", ["F2"]),
        ("有十三家媒体报道。", ["F1"]),  # a number of another fact
        ("一名学生说“食堂一直如此”。", ["F3"]),  # an invented quotation
        ("校方称“已送医并封存留样”。", ["F3"]),
        ("本期总体平稳。", []),  # no citation
    )  # fmt: skip
    with model(answer) as (url, _):
        drafted = HttpDrafter(BriefingSettings(drafter_url=url, drafter_model="m")).draft(FACTS, "zh")
    kept = check_draft(drafted, FACTS)
    assert [line["text"] for line in kept.lines] == [
        "本期共采集 247 条内容，其中独立内容 243 条。", "有三家媒体报道，独立内容十三条。", "校方称“已送医并封存留样”。",
    ]  # fmt: skip
    assert kept.lines[1]["refs"] == ["event:e1"]
    assert len(kept.dropped) == 3


@pytest.mark.parametrize(
    "lie",
    ["过半内容为负面。", "较上期翻番。", "About a dozen items.", "二百四十八条内容。", "11月25日达到峰值。", "21:33 首次发现。", "占 24.7%。",
     "24 条内容。", "３１２条。", "“已送医”与“已道歉”。", "「没有的话」", "负面 -5 条。"],
)  # fmt: skip
def test_lies_in_many_forms_are_seen(lie: str) -> None:
    """Numbers in digits of any width, in Chinese, in English, in dates and in disguise."""
    held = hold(fact.text for fact in FACTS)
    assert find_unsupported(lie, held), lie


@pytest.mark.parametrize(
    "text", ["247 条", "二百四十三条", "2026年11月24日", "11月24日21:32", "“已送医并封存留样”", "thirteen stories"]
)
def test_what_the_data_holds_passes(text: str) -> None:
    """The same figures in another form are no lies."""
    assert find_unsupported(text, hold(fact.text for fact in FACTS)) == ()


@pytest.mark.parametrize(
    ("text", "number"), [("十三", 13), ("二百四十七", 247), ("一万二千", 12000), ("二〇二六", 2026), ("两千零五", 2005)]
)
def test_chinese_numerals_are_read(text: str, number: int) -> None:
    """Numerals with units and digit by digit."""
    assert read_han(text) == number


def test_a_sentence_with_a_person_is_dropped() -> None:
    """A model cannot bring a name into the briefing."""
    kept = check_draft([Drafted("张伟明表示本期共采集 247 条。", ("F1",))], FACTS)
    assert kept.lines == ()


def test_a_model_outside_gets_counts_and_press_only(data: BriefData) -> None:
    """No word of a private voice, no link and no author leaves for a remote model; a local one gets short quotations."""
    private = [quote.text for event in data.events for quote in event.quotes if quote.private]
    assert private
    outside = json.dumps([fact.text for fact in list_facts(data, "zh", local=False)], ensure_ascii=False)
    inside = json.dumps([fact.text for fact in list_facts(data, "zh", local=True)], ensure_ascii=False)
    assert not [text for text in private if text in outside]
    assert "http" not in outside
    assert any(text in inside for text in private)


def test_the_key_goes_to_the_model_only(data: BriefData, tmp_path: Path) -> None:
    """The key is read from its file, sent as a bearer token and printed nowhere."""
    (tmp_path / "key").write_text("s3cret-key\n")
    with model(said(("本期内容。", ["F1"]))) as (url, asked):
        settings = BriefingSettings(drafter_url=url, drafter_model="m", drafter_key=Secret(file=str(tmp_path / "key")))
        HttpDrafter(settings).draft(list_facts(data, "zh", local=False), "zh")
    assert asked[0]["auth"] == "Bearer s3cret-key"
    assert asked[0]["temperature"] == 0
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize(("answer", "status"), [("no json at all", 200), ('{"sentences": 3}', 200), ("{}", 500)])
def test_a_broken_model_is_a_sentence_not_a_crash(answer: str, status: int) -> None:
    """Whatever the model answers, the briefing goes on without it."""
    with model(answer, status) as (url, _), pytest.raises(DraftFailed):
        HttpDrafter(BriefingSettings(drafter_url=url)).draft(FACTS, "zh")
    with pytest.raises(DraftFailed, match="could not be asked"):
        HttpDrafter(BriefingSettings(drafter_url="http://127.0.0.1:9/")).draft(FACTS, "zh")


def test_without_a_model_nothing_is_missing(data: BriefData) -> None:
    """The summary of a model is one more section, marked; the findings by rule are there with and without it."""
    plain = make_outline(data, "zh")
    drafted = make_outline(data, "zh", Issue(1, "draft", drafted=(Sentence("model.1", "本期平稳。", ("items",)),)))
    assert [one.key for one in drafted.sections] == ["summary", *(one.key for one in plain.sections)]
    assert "语言模型" in drafted.sections[0].sentences[0].text
