"""`tag` and `replay`: the contracts that people script against."""

import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pipeline.store.schema import metadata

CONFIG = """
[school]
name = "澜川学院"
english = "Lanchuan College"
own_sources = ["board"]
[alerting]
group_wait = "90s"
quiet_hours = []
close_after = "48h"
[tagger]
kind = "rules"
[[rules]]
id = "R1"
kind = "threshold"
stories = 3
voices = 3
negative_share = 0.5
severity = "serious"
[[rules]]
id = "R2"
kind = "threshold"
stories = 6
voices = 5
severity = "critical"
"""
BEGIN = datetime.fromisoformat("2026-03-02T12:00:00+08:00")
CANTEEN = [
    "二食堂的鸡腿饭有异味，吃完肚子疼", "中午在二食堂吃了鸡腿饭，回来就拉肚子", "二食堂鸡腿饭是不是坏了，我们寝室三个都不舒服",
    "二食堂今天的鸡腿饭真的酸了", "校医院排队的都是吃了二食堂鸡腿饭的", "二食堂鸡腿饭到底怎么回事，给个说法",
    "吃二食堂鸡腿饭拉肚子的来报个到",
]  # fmt: skip


def item(number: int, text: str, **more: object) -> dict[str, object]:
    seen = (BEGIN + timedelta(minutes=7 * number)).isoformat()
    base = {
        "id": f"i{number}", "source": "board", "source_kind": "forum", "url": f"https://bbs.example/t{number}",
        "title": None, "text": text, "published": seen, "seen": seen, "voice": f"u{number}", "unknown": 1,
        "sentiment": {"label": "negative"},
    }  # fmt: skip
    return {**base, **more}


@pytest.fixture(scope="module")
def stream() -> list[dict[str, object]]:
    """A canteen matter among chatter, a copy, an item about another school, an empty one; then silence, then it comes up again."""
    lines = [item(k, text) for k, text in enumerate(CANTEEN)]
    lines.insert(2, item(50, "今天操场夜跑的人真多", sentiment={"label": "neutral"}, seen=lines[2]["seen"]))
    lines.insert(4, item(51, CANTEEN[0], voice="u90", seen=lines[4]["seen"]))
    lines.insert(5, item(52, "某某大学食堂涨价了", source="paper", source_kind="news", seen=lines[5]["seen"]))
    lines.insert(6, item(53, "", seen=lines[6]["seen"], url="", sentiment=None))
    late = (BEGIN + timedelta(days=4)).isoformat()
    lines.append(item(60, "四天后操场又有人夜跑", seen=late, sentiment={"label": "neutral"}))
    return lines


def run(folder: Path, lines: list[dict[str, object]], name: str, hash_seed: str = "") -> tuple[list[str], list[str]]:
    (folder / "c.toml").write_text(CONFIG, encoding="utf-8")
    source = folder / f"{name}.jsonl"
    source.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    items, alerts = folder / f"{name}.items", folder / f"{name}.alerts"
    command = [
        "replay",
        str(source),
        "--config",
        str(folder / "c.toml"),
        "--items",
        str(items),
        "--alerts",
        str(alerts),
    ]
    subprocess.run([sys.executable, "-m", "tocsin.cli", *command], check=True, capture_output=True)
    return items.read_text("utf-8").splitlines(), alerts.read_text("utf-8").splitlines()


def test_replay_answers_each_item_once_in_order(tmp_path: Path, stream: list[dict[str, object]]) -> None:
    """One line out for one in, empty ones included; copies, events and alerts as the contract says."""
    items, alerts = run(tmp_path, stream, "whole")
    found = [json.loads(line) for line in items]
    assert [one["id"] for one in found] == [line["id"] for line in stream]
    by_id = {one["id"]: one for one in found}
    assert by_id["i51"]["duplicate_of"] == "i0"
    assert not by_id["i52"]["mention"]
    assert by_id["i53"]["text_masked"] == ""
    assert all(one["url"] is None for one in found if one["id"] != "i52")
    assert len({by_id[f"i{k}"]["event"] for k in range(7)}) == 1
    told = [json.loads(line) for line in alerts]
    assert [(one["kind"], one["rule"], one["severity"]) for one in told] == [
        ("first", "R1", "serious"), ("severity", "R2", "critical"), ("closed", None, "critical"),
    ]  # fmt: skip
    assert told[0]["at"] == (BEGIN + timedelta(minutes=14, seconds=90)).isoformat()
    assert told[0]["items"] == ["i0", "i1", "i2"]
    assert told[0]["to"] == []


def test_the_output_for_a_prefix_is_a_prefix_of_the_output(tmp_path: Path, stream: list[dict[str, object]]) -> None:
    """What is said of an item depends only on items before it."""
    whole = run(tmp_path, stream, "whole")
    for length in (1, 4, 8, len(stream) - 1):
        part = run(tmp_path, stream[:length], f"part{length}")
        for some, every in zip(part, whole, strict=True):
            assert every[: len(some)] == some


def test_the_same_input_gives_the_same_output(tmp_path: Path, stream: list[dict[str, object]]) -> None:
    """Two runs differ in no byte, whatever the hash seed of the interpreter."""
    assert run(tmp_path, stream, "one", "1") == run(tmp_path, stream, "two", "2") == run(tmp_path, stream, "three")


def test_tag_masks_matches_and_tags_everything(tmp_path: Path) -> None:
    """`tag` answers on standard output; a bad line is said on standard error and passed over; tone and topics are never null."""
    (tmp_path / "c.toml").write_text(CONFIG, encoding="utf-8")
    lines = [
        item(1, "澜川学院二食堂电话13812345678"),
        item(2, "🙂🙂", sentiment=None),
        item(3, "某某大学的事", source="x"),
    ]
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\nnot json\n"
    command = [sys.executable, "-m", "tocsin.cli", "tag", "--config", str(tmp_path / "c.toml")]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=True)
    found = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert [one["id"] for one in found] == ["i1", "i2", "i3"]
    assert "13812345678" not in done.stdout.decode()
    assert found[1]["sentiment"]["label"] == "unknown"
    assert all(one["topics"] and one["event"] is None and one["duplicate_of"] is None for one in found)
    assert "line 4" in done.stderr.decode()


def test_missing_ids_follow_from_source_and_link(tmp_path: Path) -> None:
    """An item without id gets the same one in every run; another link gets another one."""
    lines = [item(1, "一"), item(2, "二"), item(3, "三", url="https://bbs.example/t1")]
    for line in lines:
        del line["id"]
    items, _ = run(tmp_path, lines, "ids")
    ids = [json.loads(line)["id"] for line in items]
    assert ids[0] == ids[2] != ids[1]
    assert all(len(one) == 16 for one in ids)


@pytest.mark.parametrize("arguments", [["replay"], ["nothing"], ["tag", "--config", "no.toml"], ["brief", "--period"]])
def test_unusable_arguments_leave_with_two(arguments: list[str], tmp_path: Path) -> None:
    """Exit status 2 and a sentence on standard error."""
    command = [sys.executable, "-m", "tocsin.cli", *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, input=b"")
    assert done.returncode == 2
    assert done.stderr


def test_no_table_has_a_column_for_people() -> None:
    """No column of the state of record could hold an author, a handle or a profile."""
    names = {f"{table.name}.{column.name}" for table in metadata.tables.values() for column in table.columns}
    words = ("author", "handle", "nick", "avatar", "profile", "account", "signature", "phone", "ip")
    assert not {name for name in names for word in words if word in name.split(".")[1].split("_")}
