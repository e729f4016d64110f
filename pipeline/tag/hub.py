"""A tone model as a local Hugging Face folder, read by a `transformers` pipeline (extra `tocsin[torch]`).

Nothing is downloaded: only the folder is opened, only safetensors (no pickle), and no code that lies in it is run.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.tag.labels import LabelMap, ModelUnusable, names_of, read_labels
from pipeline.tag.larger import folder_version, most_tokens, read_config

Floats = NDArray[np.float32]
Answer = Sequence[Mapping[str, Any]]
Pipeline = Callable[[str], Any]
PROBE = "学校食堂 school canteen"


class HubFolder:
    """Implements `ToneModel` over a text-classification pipeline that answers with every label and its score."""

    def __init__(self, pipeline: Pipeline, names: Sequence[str], version: str) -> None:
        self._pipeline, self._names = pipeline, list(names)
        self.labels: LabelMap = read_labels(names)
        self.version = version

    def read(self, text: str) -> Floats:
        """(outputs,) probabilities, in the order of id2label."""
        scores = {str(one["label"]): float(one["score"]) for one in unwrap(self._pipeline(text))}
        return np.array([scores[name] for name in self._names], np.float32)


def unwrap(answer: Any) -> Answer:
    """The labels of one text; some versions of transformers put them into one more list."""
    return answer[0] if answer and isinstance(answer[0], list) else answer


def load_hub(folder: Path, threads: int = 2, make: "Callable[[Path, int, int], Pipeline] | None" = None) -> HubFolder:
    """Open a folder and read one text with it; `make(folder, longest, threads)` builds the pipeline. Raises
    ModelUnusable."""
    config = read_config(folder)
    names = names_of(config)
    read_labels(names)
    pipeline = (make or make_pipeline)(folder, most_tokens(config), threads)
    model = HubFolder(pipeline, names, folder_version("transformers", folder))
    try:
        answer = model.read(PROBE)
    except Exception as error:  # whatever torch and transformers raise
        raise ModelUnusable(f"it cannot read a text: {_first_line(error)}") from error
    if not np.isfinite(answer).all():
        raise ModelUnusable("its answers are not numbers")
    return model


def make_pipeline(folder: Path, longest: int, threads: int) -> Pipeline:
    """A pipeline over the folder's own files. Raises ModelUnusable."""
    try:
        import torch
        from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline
    except ImportError:
        raise ModelUnusable("transformers and torch are not installed; `pip install 'tocsin[torch]'` does") from None
    torch.set_num_threads(threads)
    local = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), **local)
        model = AutoModelForSequenceClassification.from_pretrained(str(folder), use_safetensors=True, **local)
    except (OSError, ValueError) as error:
        raise ModelUnusable(f"transformers cannot open it: {_first_line(error)}") from error
    made = pipeline("text-classification", model=model, tokenizer=tokenizer, device=-1)

    def answer(text: str) -> Any:
        return made(text, top_k=None, truncation=True, max_length=longest)

    return answer


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
