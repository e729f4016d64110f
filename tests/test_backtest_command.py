"""`tocsin backtest` as an operator meets it: rule files, two side by side, labels, JSON, and what is wrong with a file."""

import json
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert, select
from test_alerts_timeline import CALM
from test_backtest import RULES, WEEK, live

from pipeline.store.engine import reading, writing
from pipeline.store.schema import acks, events
from tocsin.commands.backtest import backtest
from tocsin.config import ConfigError

CONFIG = """
[school]
name = "海川学院"
aliases = ["海川", "海院"]
[store]
folder = "."
[alerting]
group_wait = "0s"
"""
WORDS = """
[[rules]]
id = "word"
kind = "watchword"
severity = "serious"
phrases = ["中毒"]
"""
MONEY = """
[[rules]]
id = "money"
kind = "first_seen"
severity = "notice"
topics = ["fees"]
"""


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, datetime]:
    """A week that was watched with all rules, and when it ended."""
    folder = tmp_path_factory.mktemp("watched")
    stage = live(folder, *WEEK, alerting=CALM, rules=RULES)
    stage.engine.dispose()
    return folder, stage.now


@pytest.fixture
def house(watched: tuple[Path, datetime], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That week with two files of rules; "now" is its end."""
    folder, end = watched
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / "tocsin.toml").write_text(CONFIG + WORDS, encoding="utf-8")
    (tmp_path / "words.toml").write_text(WORDS, encoding="utf-8")
    (tmp_path / "money.toml").write_text(MONEY, encoding="utf-8")
    monkeypatch.setattr("tocsin.house.open_house.__defaults__", (lambda: end,))
    return tmp_path


def run(house: Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        backtest, ["--config", str(house / "tocsin.toml"), *(arguments)], catch_exceptions=False
    )  # fmt: skip


def test_a_file_of_rules_is_tried_and_shown(house: Path) -> None:
    """Alerts a week, by level, rule and week; what was really sent stands beside it."""
    said = run(house, "--rules", str(house / "words.toml")).output
    for words in ("items about the school", "a week", "really sent in these days", "word", "week of", "2026-08-31"):
        assert words in said, said


def test_two_files_stand_side_by_side(house: Path) -> None:
    """The matters that only one of the two tells are named."""
    said = run(house, "--rules", str(house / "words.toml"), "--against", str(house / "money.toml")).output
    assert "only with words.toml: 1" in said, said
    assert "only with money.toml: 1" in said, said


def test_json_has_everything(house: Path) -> None:
    """Both backtests with every alert, and the difference."""
    found = run(house, "--rules", str(house / "words.toml"), "--against", str(house / "money.toml"), "--json").output
    data = json.loads(found)
    one, other = data["backtests"]
    assert one["alerts"] == len(one["told"]) > 0
    assert {told["rule"] for told in other["told"]} == {"money"}
    assert [told["rule"] for told in data["difference"]["only_after"]] == ["money"]


def test_the_offices_words_are_labels(house: Path) -> None:
    """Taken is worth telling, a false alarm is not: recall and precision follow."""
    from pipeline.store.engine import open_engine

    engine = open_engine(f"sqlite:///{house / 'tocsin.db'}")
    with reading(engine) as conn:
        canteen, fees = conn.scalars(select(events.c.id).order_by(events.c.first_seen)).all()[:2]
        seen = conn.scalar(select(events.c.first_seen))
    with writing(engine) as conn:
        for event, what in ((canteen, "taken"), (fees, "false_alarm")):
            conn.execute(insert(acks).values(event=event, at=seen, who="li", what=what))
    data = json.loads(run(house, "--rules", str(house / "words.toml"), "--json").output)
    labelled = data["backtests"][0]["labelled"]
    assert (labelled["recall"], labelled["precision"], labelled["delay_items"]) == (1.0, 1.0, 1)
    data = json.loads(run(house, "--rules", str(house / "money.toml"), "--json").output)
    labelled = data["backtests"][0]["labelled"]
    assert (labelled["recall"], labelled["precision"]) == (0.0, 0.0)


def test_a_truth_file_may_name_items(house: Path) -> None:
    """An item stands for its matter; the delay counts from the label's own time."""
    truth = house / "truth.jsonl"
    truth.write_text('{"item": "i0002", "alert": true, "at": "2026-09-05T09:30:00+08:00"}\n', encoding="utf-8")
    said = run(house, "--rules", str(house / "words.toml"), "--truth", str(truth), "--json").output
    labelled = json.loads(said)["backtests"][0]["labelled"]
    assert (labelled["found"], labelled["delay_minutes"]) == (1, 30.0)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "bad.toml line 1: there is no [[rules]] in it"),
        ("[[rules]\n", "bad.toml line 1: this is not TOML"),
        (WORDS.replace("watchword", "watchwork"), "bad.toml line 4:"),
        (WORDS.replace("中毒", "13812345678"), "bad.toml line 6:"),
        (WORDS + 'window = "soon"\n', "bad.toml line 7:"),
        (WORDS + "storys = 3\n", "there is no setting 'storys'"),
    ],
    ids=["empty", "no TOML", "kind", "a number of a person", "window", "unknown setting"],
)
def test_a_bad_file_of_rules_is_one_sentence(house: Path, text: str, sentence: str) -> None:
    """File, line and what is wrong."""
    (house / "bad.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        run(house, "--rules", str(house / "bad.toml"))
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{}", "truth.jsonl line 1: this is not a label"),
        ('{"alert": true}', "truth.jsonl line 1: a label names an 'event' or an 'item'"),
        ('{"event": "nothing", "alert": true}', "truth.jsonl line 1: there is no event 'nothing'"),
        ('{"item": "i0001", "alert": true, "at": "2026-09-05T09:30:00"}', "needs its offset"),
    ],
)
def test_a_bad_label_is_one_sentence(house: Path, line: str, sentence: str) -> None:
    """File, line and what is wrong."""
    (house / "truth.jsonl").write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        run(house, "--truth", str(house / "truth.jsonl"))
    assert sentence in str(caught.value)


def test_nothing_is_stored_by_it(house: Path) -> None:
    """The database is the same before and after."""
    before = (house / "tocsin.db").read_bytes()
    run(house, "--rules", str(house / "words.toml"))
    run(house, "--rules", str(house / "words.toml"))
    after = (house / "tocsin.db").read_bytes()
    assert len(before) == len(after)
