"""A tagger whose tone comes from a larger model of the operator's choice, and its topics from another tagger."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.ingest import Tagger
from pipeline.model import Document, Tags
from pipeline.tag.answer import is_settled, name_tone, use_given
from pipeline.tag.labels import LabelMap, ModelUnusable
from pipeline.tag.own import tone_row
from pipeline.tag.prepare import tagging_text

Floats = NDArray[np.float32]
LONGEST = 512
SPARE = 2


class ToneModel(Protocol):
    """Reads one text at a time, so that no answer depends on the neighbours."""

    @property
    def version(self) -> str:
        """Changes when the model does."""

    @property
    def labels(self) -> LabelMap:
        """What its outputs mean."""

    def read(self, text: str) -> Floats:
        """(outputs,) probabilities of a cleaned, non-empty text. Raises only when the model itself is broken."""


class LargerTagger:
    """Implements `pipeline.ingest.Tagger`. A model without a neutral output divides between complaint and praise what
    `rest` (the tagger that gives the topics) does not call neutral."""

    def __init__(self, model: ToneModel, rest: Tagger) -> None:
        self._model, self._rest = model, rest

    @property
    def version(self) -> str:
        """Both parts."""
        return f"{self._model.version}/{self._rest.version}"

    def tag(self, documents: Sequence[Document]) -> list[Tags]:
        """One `Tags` per document, same order."""
        found = self._rest.tag(documents)
        return [self._say(document, tags) for document, tags in zip(documents, found, strict=True)]

    def _say(self, document: Document, tags: Tags) -> Tags:
        tags = replace(tags, version=self.version)
        text = "" if is_settled(document) else tagging_text(document)
        if not text:
            return tags
        tone = self._model.labels.fold(self._model.read(text)[None])[0]
        if not self._model.labels.has_neutral:
            tone = self._share(tone, tags)
        return use_given(document, replace(tags, sentiment=name_tone(tone)))

    @staticmethod
    def _share(tone: Floats, tags: Tags) -> Floats:
        neutral = tone_row(tags)[1]
        return np.array([tone[0] * (1 - neutral), neutral, tone[2] * (1 - neutral)], np.float32)


def read_config(folder: Path) -> dict[str, Any]:
    """The config.json of a model folder. Raises ModelUnusable."""
    try:
        held = json.loads((folder / "config.json").read_text("utf-8"))
    except FileNotFoundError:
        raise ModelUnusable("it has no config.json") from None
    except (OSError, ValueError) as error:
        raise ModelUnusable(f"its config.json cannot be read: {error}") from None
    if not isinstance(held, dict):
        raise ModelUnusable("its config.json is no object")
    return held


def most_tokens(config: Mapping[str, Any]) -> int:
    """How long a text may be; two places are spared, because RoBERTa models number theirs from 2 on."""
    held = config.get("max_position_embeddings")
    return min(LONGEST, held - SPARE) if isinstance(held, int) and held > SPARE + 1 else LONGEST


def folder_version(kind: str, folder: Path) -> str:
    """Name of the folder and eight hex digits over all its files (a second or two for a large model)."""
    digest = hashlib.sha256()
    for path in sorted(one for one in folder.iterdir() if one.is_file()):
        with path.open("rb") as file:
            digest.update(path.name.encode() + b"\n" + hashlib.file_digest(file, "sha256").digest())
    return f"{kind}:{folder.name}+{digest.hexdigest()[:8]}"
