"""Tone and topic beside what anybody could do in an hour: the most frequent tone, thirty words, TF-IDF alone, the nearest
description without any training (zero-shot), and (where they are installed) snownlp and cnsenti."""

import importlib
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tag_eval
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ROWS = 500  # of each held-out set
BAD = re.compile("差|坏|骗|脏|臭|烂|怒|气死|恶心|垃圾|投诉|举报|无语|离谱|崩溃|失望|难吃|受伤|泄露|拖欠")
GOOD = re.compile("好|赞|喜欢|感谢|恭喜|优秀|温暖|开心|点赞|棒")
TONES_TOLD = (
    "抱怨、批评、愤怒或担心：出了问题，让人不满",
    "中性的通知、提问或陈述，没有情绪",
    "表扬、感谢或高兴：好消息，让人满意",
)  # negative, neutral, positive
TOPICS_TOLD = {
    "admissions": "招生录取、分数线、志愿填报", "teaching": "课程、教学、老师上课、选课", "exams": "考试、成绩、挂科、作弊",
    "dorms": "宿舍、寝室、住宿条件", "canteen": "食堂、饭菜、食品价格", "fees": "学费、收费、退费、奖助学金",
    "safety": "安全事故、火灾、受伤、治安", "health": "疾病、传染病、食物中毒、校医院", "wellbeing": "心理健康、压力、轻生",
    "conduct": "教职工师德师风、不当行为、腐败", "employment": "就业、招聘、实习", "scams": "诈骗、谣言、虚假信息",
    "facilities": "校园设施、网络、图书馆、水电维修", "awards": "获奖、荣誉、科研成果", "notices": "学校通知、放假、活动安排",
    "other": "闲聊、二手交易、寻物、交友",
}  # fmt: skip
SHARPNESS, GIVEN = 40.0, 260
Judge = Callable[[Sequence[str]], Floats]


@dataclass(frozen=True)
class Held:
    """Texts with their true tones; `ternary` sets have neutral."""

    name: str
    texts: tuple[str, ...]
    truth: NDArray[np.int64]
    ternary: bool


def judge_shipped(texts: Sequence[str]) -> Floats:
    """The shipped tagger."""
    return tag_eval.rate_full([tag_eval.as_document(text) for text in texts])


def judge_grams(texts: Sequence[str]) -> Floats:
    """TF-IDF alone."""
    return tag_eval.rate_grams([tag_eval.as_document(text) for text in texts])


def judge_words(texts: Sequence[str]) -> Floats:
    """Twenty bad and ten good words."""
    return np.array([weigh(len(BAD.findall(text)), len(GOOD.findall(text))) for text in texts])


def weigh(bad: float, good: float) -> tuple[float, float, float]:
    """The side with more, or neither."""
    return (float(bad > good), float(bad == good), float(good > bad))


def judge_described(texts: Sequence[str]) -> Floats:
    """Zero-shot: the tone whose description is nearest to the text's untuned embedding."""
    return nearest(texts, list(TONES_TOLD))


def nearest(texts: Sequence[str], described: Sequence[str]) -> Floats:
    """(texts, descriptions) shares: a softmax over cosines, which lie close together in this model."""
    embed = tag_eval.default_tagger().judgement.network.embed
    given = [f"query: {text[:GIVEN]}" for text in texts]
    cosines = embed(given) @ embed([f"query: {text}" for text in described]).T
    shares = np.exp((cosines - cosines.max(axis=1, keepdims=True)) * SHARPNESS)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def judge_snownlp(texts: Sequence[str]) -> Floats:
    """snownlp: under .4 is negative, over .6 positive."""
    library = importlib.import_module("snownlp")
    scores = [library.SnowNLP(text).sentiments if text.strip() else 0.5 for text in texts]
    return np.array([(float(score < 0.4), float(0.4 <= score <= 0.6), float(score > 0.6)) for score in scores])


def judge_cnsenti(texts: Sequence[str]) -> Floats:
    """cnsenti: more words of one side."""
    counter = importlib.import_module("cnsenti").Sentiment()
    counts: list[dict[str, Any]] = [counter.sentiment_count(text) for text in texts]
    return np.array([weigh(count["neg"], count["pos"]) for count in counts])


JUDGES: dict[str, tuple[str | None, Judge]] = {
    "shipped": (None, judge_shipped),
    "TF-IDF": (None, judge_grams),
    "30 words": (None, judge_words),
    "described": (None, judge_described),
    "snownlp": ("snownlp", judge_snownlp),
    "cnsenti": ("cnsenti", judge_cnsenti),
}


def find_judges() -> dict[str, Judge]:
    """Those whose library is there."""
    return {name: judge for name, (needs, judge) in JUDGES.items() if needs is None or is_there(needs)}


def is_there(module: str) -> bool:
    """True when it can be imported."""
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True


def check_lists() -> list[Held]:
    """The committed check lists, and the own sentences that were held back from training."""
    found = []
    for language in tag_eval.LANGUAGES:
        cases = tag_eval.read_cases(language)
        truth = np.array([case.expected for case in cases])
        found.append(Held(f"checks_{language}", tuple(case.text for case in cases), truth, True))
        texts, golds = zip(*tag_eval.read_held_back(language), strict=True)
        found.append(Held(f"held_back_{language}", texts, np.array(golds), True))
    return found


def held_out(folder: Path) -> list[Held]:
    """Held-out rows of the public sets, at most ROWS of each."""
    from training.rows import split_sentiment

    rows = [row for row in split_sentiment(folder)[1] if row.label is not None]
    found = []
    for source in sorted({row.source for row in rows}):
        mine = [row for row in rows if row.source == source]
        mine = random.Random(8).sample(mine, min(ROWS, len(mine)))
        truth = np.array([row.label for row in mine])
        found.append(Held(source, tuple(row.text for row in mine), truth, mine[0].ternary))
    return found


def measure(held: Held, judge: Judge) -> dict[str, float]:
    """Macro-F1, accuracy, recall of the negative ones and calibration error; sets without neutral are asked for the likelier side."""
    rated = judge(held.texts)
    rated = rated if held.ternary else tag_eval.only_polar(rated)
    said = rated.argmax(axis=1)
    return {**score_labels(held.truth, said), "calibration_error": tag_eval.calibration_error(held.truth, rated)}


def majority(held: Held) -> dict[str, float]:
    """Always the most frequent tone of this very set."""
    return score_labels(held.truth, np.full(len(held.truth), np.bincount(held.truth).argmax()))


def score_labels(truth: NDArray[np.int64], said: NDArray[np.int64]) -> dict[str, float]:
    """The three figures."""
    return {
        "macro_f1": tag_eval.macro_f1(truth, said),
        "accuracy": float((truth == said).mean()),
        "negative_recall": tag_eval.recall_of(truth, said, 0),
    }


def topic_figures(folder: Path) -> dict[str, dict[str, float]]:
    """Share of campus rows whose named topic is an accepted one: shipped, and by nearest description (zero-shot)."""
    from training.rows import read_campus

    rows = read_campus(folder)
    tags = tag_eval.default_tagger().tag([tag_eval.as_document(row.text) for row in rows])
    shares = nearest([row.text for row in rows], list(TOPICS_TOLD.values()))
    names = list(TOPICS_TOLD)
    said = {
        "shipped": [tag.topics[0].topic for tag in tags],
        "described": [names[place] for place in shares.argmax(axis=1)],
    }
    return {
        judge: {"lenient": float(np.mean([one in row.topics for one, row in zip(told, rows, strict=True)]))}
        for judge, told in said.items()
    }
