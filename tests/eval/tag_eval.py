"""Figures of the understanding model beside its baselines.

    python tests/eval/tag_eval.py                 the committed check lists, held against tests/eval/baseline.json
    python tests/eval/tag_eval.py --data DIR      also the held-out parts of the training data in DIR

Baselines: character TF-IDF alone, and the keyword tagger.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent))

from pipeline.model import TOPICS, Document, Mention  # noqa: E402
from pipeline.tag import KeywordTagger, default_tagger  # noqa: E402
from pipeline.tag.answer import TONES  # noqa: E402
from pipeline.tag.blend import log_blend  # noqa: E402
from pipeline.tag.prepare import tagging_text  # noqa: E402

Floats = NDArray[np.float64]
Rater = Callable[[Sequence[Document]], Floats]
SIGNS = {"-": 0, "0": 1, "+": 2}
LANGUAGES = ("zh", "en")
POSTS = HERE.parent.parent / "tocsin" / "demo" / "data" / "posts.jsonl"
BINS = 10


@dataclass(frozen=True)
class Case:
    """One check: a text, what it should be called, and what ability it asks for."""

    capability: str
    phenomenon: str
    expected: int
    text: str


def read_cases(language: str) -> list[Case]:
    """The committed check list of a language."""
    lines = (HERE / f"tone_{language}.tsv").read_text("utf8").splitlines()
    parts = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return [Case(ability, kind, SIGNS[sign], text) for ability, kind, sign, text in parts]


def read_held_back(language: str) -> list[tuple[str, int]]:
    """Own sentences on hard phenomena that were kept out of training, to choose the blend by."""
    lines = (HERE / f"tone_more_{language}.tsv").read_text("utf8").splitlines()
    parts = (line.split("\t") for line in lines if not line.startswith("#"))
    return [(text, SIGNS[sign]) for sign, text in parts]


def read_chatter() -> list[tuple[Document, int]]:
    """Everyday forum posts of the demo with the tone a communications officer would give them."""
    posts = {post["n"]: post for post in map(json.loads, POSTS.read_text("utf8").splitlines())}
    golds = map(json.loads, (HERE / "demo_tone.jsonl").read_text("utf8").splitlines())
    return [(as_document(posts[g["n"]]["text"], posts[g["n"]]["title"]), TONES.index(g["tone"])) for g in golds]


def as_document(text: str, title: str | None = None) -> Document:
    """A made-up post."""
    mention = Mention(True, (), "")
    return Document(
        "0", "s", "forum", None, None, title, text, "zh", None, datetime(2026, 9, 1, tzinfo=UTC), mention, "f"
    )


def rate_full(documents: Sequence[Document]) -> Floats:
    """(n, 3) probabilities of the shipped tagger."""
    tags = default_tagger().tag(documents)
    return np.array([[t.sentiment.negative, t.sentiment.neutral, t.sentiment.positive] for t in tags])


def rate_grams(documents: Sequence[Document]) -> Floats:
    """(n, 3) probabilities of TF-IDF alone."""
    judgement = default_tagger().judgement
    evidence = judgement.look([tagging_text(document) for document in documents])
    return np.asarray(log_blend([evidence.tone], judgement.tone_mix.alone, judgement.tone_mix.alone_bias), float)


def rate_keywords(documents: Sequence[Document]) -> Floats:
    """(n, 3) guesses of the keyword tagger."""
    tags = KeywordTagger().tag(documents)
    return np.array([[t.sentiment.negative, t.sentiment.neutral, t.sentiment.positive] for t in tags])


RATERS: dict[str, Rater] = {"shipped": rate_full, "tf-idf": rate_grams, "keywords": rate_keywords}


def macro_f1(truth: NDArray[np.int64], said: NDArray[np.int64]) -> float:
    """Mean F1 over the classes that occur in `truth`."""
    scores = []
    for label in np.unique(truth):
        hits = int(((truth == label) & (said == label)).sum())
        scores.append(2 * hits / max(1, int((truth == label).sum() + (said == label).sum())))
    return float(np.mean(scores))


def recall_of(truth: NDArray[np.int64], said: NDArray[np.int64], label: int) -> float:
    """Share of texts of `label` that are called so."""
    return float((said[truth == label] == label).mean())


def calibration_error(truth: NDArray[np.int64], rated: Floats) -> float:
    """Expected calibration error of the named label, ten bins."""
    sure, right = rated.max(axis=1), rated.argmax(axis=1) == truth
    places = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = [abs(sure[places == b].mean() - right[places == b].mean()) * (places == b).mean() for b in np.unique(places)]
    return float(sum(gaps))


def only_polar(rated: Floats) -> Floats:
    """Negative against positive, for sets without neutral."""
    kept = rated * np.array([1.0, 0.0, 1.0])
    return np.asarray(kept / np.maximum(kept.sum(axis=1, keepdims=True), 1e-9), float)


def check_figures() -> dict[str, float]:
    """Accuracy, macro-F1 and negative recall of the shipped tagger on both check lists."""
    figures = {}
    for language in LANGUAGES:
        cases = read_cases(language)
        truth = np.array([case.expected for case in cases])
        said = rate_full([as_document(case.text) for case in cases]).argmax(axis=1)
        figures[f"checks_{language}_accuracy"] = float((said == truth).mean())
        figures[f"checks_{language}_macro_f1"] = macro_f1(truth, said)
        figures[f"checks_{language}_negative_recall"] = recall_of(truth, said, 0)
    return {**figures, **chatter_figures()}


def chatter_figures() -> dict[str, float]:
    """How everyday posts fare: false alarms come from neutral ones called negative."""
    documents, golds = zip(*read_chatter(), strict=True)
    truth, said = np.array(golds), rate_full(documents).argmax(axis=1)
    return {
        "demo_chatter_macro_f1": macro_f1(truth, said),
        "demo_chatter_negative_precision": float((truth[said == 0] == 0).mean()),
        "demo_chatter_negative_recall": recall_of(truth, said, 0),
        "demo_chatter_neutral_not_negative": float((said[truth == 1] != 0).mean()),
    }


def read_floors() -> dict[str, float]:
    """The pinned floors of this part."""
    held: dict[str, dict[str, float]] = json.loads((HERE / "baseline.json").read_text("utf8"))
    return held["tag"]


def print_checks() -> None:
    """Accuracy by capability, shipped and baselines."""
    for language in LANGUAGES:
        cases = read_cases(language)
        documents = [as_document(case.text) for case in cases]
        truth = np.array([case.expected for case in cases])
        right = {name: rate(documents).argmax(axis=1) == truth for name, rate in RATERS.items()}
        print(f"\nchecks, {language}: {len(cases)} cases, share right")
        print(f"{'capability':12s} {'n':>4s} " + " ".join(f"{name:>9s}" for name in RATERS))
        for name, rows in group_rows(cases).items():
            print(f"{name:12s} {len(rows):4d} " + " ".join(f"{right[r][rows].mean():9.3f}" for r in RATERS))
        print(f"{'all':12s} {len(cases):4d} " + " ".join(f"{right[r].mean():9.3f}" for r in RATERS))


def group_rows(cases: Sequence[Case]) -> dict[str, list[int]]:
    """Row numbers by capability."""
    found: dict[str, list[int]] = defaultdict(list)
    for n, case in enumerate(cases):
        found[case.capability].append(n)
    return found


def print_mistakes() -> None:
    """Every check that the shipped tagger gets wrong."""
    for language in LANGUAGES:
        cases = read_cases(language)
        rated = rate_full([as_document(case.text) for case in cases])
        for case, row in zip(cases, rated, strict=True):
            if row.argmax() != case.expected:
                said, meant = TONES[row.argmax()], TONES[case.expected]
                print(f"{case.capability}/{case.phenomenon}: {said}, not {meant}: {case.text}")


def print_public(folder: Path) -> None:
    """Accuracy, macro-F1 and calibration error on held-out public rows, and topics of the labelled ones."""
    from training.rows import read_campus, read_labelled, split_sentiment

    _, held = split_sentiment(folder)
    print(f"\n{'held-out set':14s} {'n':>5s} " + " ".join(f"{name:>9s}  F1   ECE " for name in RATERS))
    for source in sorted({row.source for row in held}):
        rows = [row for row in held if row.source == source]
        documents = [as_document(row.text) for row in rows]
        truth = np.array([row.label for row in rows])
        cells = []
        for rate in RATERS.values():
            rated = rate(documents) if rows[0].ternary else only_polar(rate(documents))
            said = rated.argmax(axis=1)
            cells.append(
                f"{(said == truth).mean():9.3f} {macro_f1(truth, said):.3f} {calibration_error(truth, rated):.3f}"
            )
        print(f"{source:14s} {len(rows):5d} " + " ".join(cells))
    for name, rows in (("campus", read_campus(folder)), ("labelled", read_labelled(folder))):
        tags = default_tagger().tag([as_document(row.text) for row in rows])
        hits = [t.topics[0].topic in row.topics for t, row in zip(tags, rows, strict=True)]
        print(f"topics, {name} (seen in training): lenient {np.mean(hits):.3f} of {len(rows)}, {len(TOPICS)} topics")


def main() -> int:
    """Print the figures; exit status 1 when one lies under its floor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--mistakes", action="store_true")
    asked = parser.parse_args()
    print_checks()
    if asked.mistakes:
        print_mistakes()
    if asked.data:
        print_public(asked.data)
    figures, floors = check_figures(), read_floors()
    print()
    for name, floor in floors.items():
        print(f"{name:28s} {figures[name]:.3f}  floor {floor:.3f}{'' if figures[name] >= floor else '  FELL'}")
    return int(any(figures[name] < floor for name, floor in floors.items()))


if __name__ == "__main__":
    sys.exit(main())
