"""Copies, groups and first alerts on labelled streams: ours, the plain way, and an alert for everything."""

import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from first_alert import Row, Score, score_stream
from make_stream import KNOWN, Scene, as_lines, make_stream
from plain_groups import PlainGroups

from pipeline.chain import Chain
from pipeline.tag import KeywordTagger
from tocsin.config import Config, parse_config
from tocsin.simulate import replay_stream
from tocsin.wiring import build_chain, replay_screen

HERE = Path(__file__).parent
SEEDS = (1, 2, 3)
Stream = tuple[list[Any], list[Any]]
Way = Literal["shipped", "plain centroid", "alert on everything"]


def made_streams(scene: Scene = KNOWN) -> list[Stream]:
    """The committed streams, made anew from their seeds."""
    return [as_lines(make_stream(seed, scene)) for seed in SEEDS]


def given_streams(folder: Path) -> Iterator[Stream]:
    """Streams in sub-folders of `folder`/events, each with stream.jsonl and truth.jsonl."""
    for path in sorted((folder / "events").glob("*/stream.jsonl")):
        yield read_lines(path), read_lines(path.with_name("truth.jsonl"))


def read_lines(path: Path) -> list[Any]:
    """JSON Lines."""
    return [json.loads(line) for line in path.read_text("utf8").splitlines() if line.strip()]


def read_config(path: Path | None = None) -> Config:
    """The configuration under which streams are replayed; without a path that of the made-up school."""
    path = path or HERE / "lanchuan.toml"
    return parse_config(path.read_text("utf8"), path.name)


def replay(stream: Sequence[Row], config: Config, chain: Chain) -> tuple[list[Row], list[Row]]:
    """Items and alerts as `tocsin replay` writes them. Tones are given with the items, so rules are tagger enough."""
    items, alerts = io.BytesIO(), io.BytesIO()
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in stream)
    zone = ZoneInfo(config.school.timezone)
    replay_stream(io.BytesIO(lines.encode()), items, alerts, replay_screen(config), chain, zone, refuse)
    return [json.loads(line) for line in items.getvalue().splitlines()], [
        json.loads(line) for line in alerts.getvalue().splitlines()
    ]


def refuse(sentence: str) -> None:
    """A line that cannot be read is a mistake of the stream."""
    raise ValueError(sentence)


def build(config: Config, way: Way) -> Chain:
    """The chain as shipped, or with the plain grouper in it."""
    chain = build_chain(config, KeywordTagger(), tag_all=True)
    if way == "plain centroid":
        chain.grouper = PlainGroups()
    return chain


def alert_on_everything(stream: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Every item is an event of its own and rings."""
    items = [{"id": row["id"], "event": None, "duplicate_of": None} for row in stream]
    return items, [{"at": row["seen"], "kind": "first", "rule": "R1", "items": [row["id"]]} for row in stream]


def score(streams: Sequence[Stream], config: Config, way: Way) -> Score:
    """All streams together."""
    total = Score()
    for stream, truth in streams:
        if way == "alert on everything":
            items, alerts = alert_on_everything(stream)
        else:
            items, alerts = replay(stream, config, build(config, way))
        total.add(score_stream(stream, truth, items, alerts))
    return total
