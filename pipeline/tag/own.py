"""The office's own correction on top of the tagger: loaded from the data folder, applied to every text.

An artifact is one numpy archive without pickle: weights over the embedding and the tagger's log-probabilities, and JSON
about where they come from. It holds no text, no word and no id. It belongs to the version of the tagger it was fitted
on; under another version it is left aside until `tocsin train` is run again.
"""

import hashlib
import io
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray

from pipeline.ingest import Tagger
from pipeline.model import TOPICS, Document, Tags
from pipeline.tag.answer import TONES, name_tone, name_topics, use_given
from pipeline.tag.fit import Correction
from pipeline.tag.prepare import tagging_text

Floats = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Floats]
FORMAT = 1
KEPT = 5
LEAST = 1e-3
SCALE = 4.0
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OwnHeads:
    """What was learned: a correction for tone, for topics, or for both. `mean` (384,) is taken from embeddings first;
    `base` is the version of the tagger it corrects, `about` says when and from how much it was made."""

    base: str
    mean: Floats
    tone: Correction | None
    topics: Correction | None
    about: dict[str, Any]

    @property
    def mark(self) -> str:
        """Eight hex digits over all weights."""
        digest = hashlib.sha256(self.mean.tobytes())
        for name, head in (("tone", self.tone), ("topics", self.topics)):
            if head is not None:
                digest.update(name.encode() + head.weights.tobytes() + head.bias.tobytes())
        return digest.hexdigest()[:8]


class OwnTagger:
    """Implements `pipeline.ingest.Tagger`: another tagger's answers, corrected. Reads the encoder for every text."""

    def __init__(self, base: Tagger, embed: Embed, heads: OwnHeads) -> None:
        self._base, self._embed, self._heads = base, embed, heads

    @property
    def version(self) -> str:
        """The tagger's version and the mark of the weights."""
        return f"{self._base.version}+own-{self._heads.mark}"

    def tag(self, documents: Sequence[Document]) -> list[Tags]:
        """One `Tags` per document, same order."""
        found = [replace(tags, version=self.version) for tags in self._base.tag(documents)]
        texts = [tagging_text(document) for document in documents]
        asked = [n for n, text in enumerate(texts) if text]
        if asked:
            for n, embedding in zip(asked, self._embed([texts[n] for n in asked]), strict=True):
                found[n] = use_given(documents[n], self._correct(found[n], embedding[None]))
        return found

    def _correct(self, tags: Tags, embedding: Floats) -> Tags:
        """One text at a time, so that no rounding depends on the neighbours."""
        heads = self._heads
        if heads.tone is not None and tags.sentiment.label != "unknown":
            said = tone_row(tags)[None]
            tags = replace(tags, sentiment=name_tone(heads.tone.apply(said, features(said, embedding, heads.mean))[0]))
        if heads.topics is not None:
            said = topic_row(tags)[None]
            tags = replace(tags, topics=name_topics(heads.topics.apply(said, features(said, embedding, heads.mean))[0]))
        return tags


def tone_row(tags: Tags) -> Floats:
    """(3,) the tagger's probabilities of negative, neutral and positive."""
    return np.array([getattr(tags.sentiment, name) for name in TONES], np.float32)


def topic_row(tags: Tags) -> Floats:
    """(16,) the named topics as given; what is left over is shared by the others."""
    named = {one.topic: one.score for one in tags.topics}
    left = max(0.0, 1 - sum(named.values())) / (len(TOPICS) - len(named))
    return np.array([named.get(topic, left) for topic in TOPICS], np.float32)


def features(said: Floats, embeddings: Floats, mean: Floats) -> Floats:
    """(rows, 384 + classes): where a text lies (length 1), and how the tagger leans."""
    centred = embeddings - mean
    centred = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), LEAST)
    logs = np.log(np.maximum(said, LEAST))
    return np.concatenate([centred, (logs - logs.mean(axis=1, keepdims=True)) / SCALE], axis=1).astype(np.float32)


# ---------------------------------------------------------------- the folder


def save_heads(folder: Path, heads: OwnHeads, now: datetime) -> Path:
    """Write a new version beside the old ones (the five latest stay). Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {"mean": heads.mean}
    for name, head in (("tone", heads.tone), ("topics", heads.topics)):
        if head is not None:
            arrays |= {f"{name}_weights": head.weights.astype(np.float32), f"{name}_bias": head.bias}
    about = {"format": FORMAT, "base": heads.base, "made": now.isoformat(timespec="seconds"), **heads.about}
    packed = io.BytesIO()
    np.savez_compressed(packed, allow_pickle=False, about=np.frombuffer(json.dumps(about).encode(), np.uint8), **arrays)
    target = folder / f"own-{now.astimezone(UTC):%Y%m%dT%H%M%S}.npz"
    fresh = target.with_suffix(".new")
    with open(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        file.write(packed.getvalue())
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(target)
    for old in list_heads(folder)[:-KEPT]:
        old.unlink()
    return target


def list_heads(folder: Path) -> list[Path]:
    """The versions in a folder, oldest first; the last one is in force."""
    return sorted(folder.glob("own-*.npz"))


def undo_heads(folder: Path) -> tuple[Path, Path | None] | None:
    """Set the version in force aside (`undone-…`); returns it and the one in force now. None when there is none."""
    there = list_heads(folder)
    if not there:
        return None
    last = there.pop()
    aside = last.with_name(last.name.replace("own-", "undone-", 1))
    last.replace(aside)
    return aside, there[-1] if there else None


def read_heads(path: Path) -> OwnHeads:
    """An artifact. Raises ValueError naming the file when it is none of ours or damaged."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as held:
            arrays = {name: held[name] for name in held.files}
        about = json.loads(arrays.pop("about").tobytes())
        heads = OwnHeads(about["base"], arrays["mean"], _head(arrays, "tone"), _head(arrays, "topics"), about)
        _check_heads(heads)
    except Exception as error:  # zipfile, zlib, json and numpy raise a dozen kinds of errors for damaged bytes
        raise ValueError(f"{path.name} is not an own model of this version: {error}") from error
    return heads


def _head(arrays: dict[str, Floats], name: str) -> Correction | None:
    if f"{name}_weights" not in arrays:
        return None
    return Correction(arrays[f"{name}_weights"], arrays[f"{name}_bias"])


def _check_heads(heads: OwnHeads) -> None:
    if heads.about["format"] != FORMAT:
        raise ValueError(f"format {heads.about['format']}")
    for head, classes in ((heads.tone, len(TONES)), (heads.topics, len(TOPICS))):
        if head is not None and head.weights.shape != (len(heads.mean) + classes, classes):
            raise ValueError(f"weights of shape {head.weights.shape}")


def with_own(base: Tagger, embed: Embed, folder: Path) -> Tagger:
    """`base` with the newest own model of `folder`; `base` itself when there is none that fits (the log says why)."""
    there = list_heads(folder)
    if not there:
        return base
    try:
        heads = read_heads(there[-1])
    except ValueError as error:
        log.warning("own model left aside", said=str(error))
        return base
    if heads.base != base.version:
        log.warning(
            "own model left aside", said="it was fitted on another version; run `tocsin train`", file=there[-1].name
        )
        return base
    return OwnTagger(base, embed, heads)
