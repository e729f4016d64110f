"""Labelled rows from the data folder and from our own sentences, as one shape."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

LABELS = ("negative", "neutral", "positive")
TERNARY = ("smp_usual", "smp_virus", "campus", "weak", "own", "chatter", "phenomena")
OWN = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Row:
    """One text. `label` indexes LABELS or is None; `topics` are ids, the first one best."""

    text: str
    source: str
    label: int | None
    topics: tuple[str, ...] = ()

    @property
    def ternary(self) -> bool:
        """Whether the source has neutral at all; a binary one must not teach "never neutral"."""
        return self.source in TERNARY


SHORT_TOPICS = {
    "adm": "admissions", "tea": "teaching", "exa": "exams", "dor": "dorms", "can": "canteen", "fee": "fees",
    "saf": "safety", "hea": "health", "wel": "wellbeing", "con": "conduct", "emp": "employment", "sca": "scams",
    "fac": "facilities", "awa": "awards", "not": "notices", "oth": "other",
}  # fmt: skip


def read_lines(path: Path) -> Iterator[dict[str, object]]:
    """The objects of a JSON Lines file."""
    with path.open(encoding="utf8") as lines:
        for line in lines:
            yield json.loads(line)


def label_index(value: object) -> int | None:
    """Position in LABELS, None for anything else."""
    return LABELS.index(value) if value in LABELS else None


def read_public(folder: Path, name: str, source: str) -> list[Row]:
    """Rows of one public sentiment file, empty texts left out."""
    found = [
        Row(str(line["text"]), source, label_index(line.get("label", line.get("weak_label"))))
        for line in read_lines(folder / f"{name}.jsonl")
    ]
    return [row for row in found if row.text.strip()]


def read_campus(folder: Path) -> list[Row]:
    """The labelled campus rows, with topics: best first, then also acceptable ones."""
    found = []
    for line in read_lines(folder / "campus_dev.jsonl"):
        first, accepted = str(line["topic"]), cast("list[str]", line["topics_ok"])
        topics = tuple(SHORT_TOPICS[name] for name in [first, *(t for t in accepted if t != first)])
        found.append(Row(str(line["text"]), "campus", label_index(line["sentiment"]), topics))
    return found


def read_own(folder: Path = OWN) -> list[Row]:
    """The sentences written for this project, all `*.jsonl` in `folder`; `chatter-*` and `phenomena-*` are own sources."""
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        begin = path.name.split("-")[0]
        source = begin if begin in ("chatter", "phenomena") else "own"
        for line in read_lines(path):
            topics = tuple(str(line.get("topics", "")).split())
            found.append(Row(str(line["text"]), source, label_index(line.get("sentiment")), topics))
    return found


SIGNS = {"-": 0, "0": 1, "+": 2}
LABELLED_FILES = (
    "sentiment_smp_usual_train", "sentiment_weibo2018_train", "sentiment_smp_virus_train", "topic_thuc10_fewshot",
    "topic_tnews15_fewshot", "residents_messages_weak",
)  # fmt: skip


def read_labelled(folder: Path, path: Path = OWN / "labels.txt") -> list[Row]:
    """Public rows that we labelled by hand; the label file holds ids only, the texts stay in `folder`."""
    texts = {
        str(line["id"]).removeprefix("sentiment_"): line
        for name in LABELLED_FILES
        for line in read_lines(folder / f"{name}.jsonl")
    }
    found = []
    for entry in path.read_text("utf8").splitlines():
        if entry.startswith("#"):
            continue
        row, sign, *topics = entry.split()
        line = texts[row]
        label = SIGNS.get(sign, label_index(line.get("label")))
        source = "own" if sign in SIGNS else row.rsplit("_train", 1)[0]
        found.append(Row(str(line["text"]), source, label, tuple(topics)))
    return found


SENTIMENT_FILES = {
    "sentiment_smp_usual_train": "smp_usual",
    "sentiment_smp_virus_train": "smp_virus",
    "sentiment_weibo2018_train": "weibo2018",
    "sentiment_os10_train": "os10",
    "sentiment_htl_train": "htl",
    "residents_messages_weak": "weak",
}
DEV_FILES = {"sentiment_smp_usual_dev": "smp_usual", "sentiment_smp_virus_dev": "smp_virus"}
HELD_ROWS = 500
SPLIT_SEED = 3


def is_trusted(row: Row) -> bool:
    """Weak labels call every request neutral; a request that tells of a problem is not. Only questions stay."""
    return row.label != 1 or "咨询" in row.text[:12] or "请问" in row.text[:12]


def split_sentiment(folder: Path) -> tuple[list[Row], list[Row]]:
    """Training rows and held-out rows of the public sets: the dev files, and 500 rows of those without a dev file."""
    rng = random.Random(SPLIT_SEED)
    learn: list[Row] = []
    held: list[Row] = []
    for name, source in SENTIMENT_FILES.items():
        rows = read_public(folder, name, source)
        rows = [row for row in rows if source != "weak" or is_trusted(row)]
        rng.shuffle(rows)
        count = HELD_ROWS if source in ("weibo2018", "os10") else 0
        held += rows[:count]
        learn += rows[count:]
    for name, source in DEV_FILES.items():
        held += read_public(folder, name, source)
    return learn, held
