"""A tone model as an ONNX folder (model.onnx, tokenizer.json, config.json), as `optimum-cli export onnx` writes it. No torch."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.tag.blend import softmax
from pipeline.tag.labels import LabelMap, ModelUnusable, names_of, read_labels
from pipeline.tag.larger import folder_version, most_tokens, read_config

Floats = NDArray[np.float32]
FILES = ("model.onnx", "tokenizer.json", "config.json")
KNOWN_INPUTS = ("input_ids", "attention_mask", "token_type_ids", "position_ids")
PROBE = "学校食堂 school canteen"


class OnnxFolder:
    """Implements `ToneModel`. Safe to use from several threads."""

    def __init__(self, session: Any, tokenizer: Any, labels: LabelMap, version: str) -> None:
        self._session, self._tokenizer = session, tokenizer
        self._inputs = [one.name for one in session.get_inputs()]
        self.labels, self.version = labels, version

    def read(self, text: str) -> Floats:
        """(outputs,) probabilities."""
        coded = self._tokenizer.encode(text)
        given = {
            "input_ids": coded.ids, "attention_mask": coded.attention_mask, "token_type_ids": coded.type_ids,
            "position_ids": list(range(len(coded.ids))),
        }  # fmt: skip
        feed = {name: np.array([given[name]], np.int64) for name in self._inputs}
        return softmax(np.asarray(self._session.run(None, feed)[0][0], np.float32))


def load_folder(folder: Path, threads: int = 2) -> OnnxFolder:
    """Open a folder and read one text with it. Raises ModelUnusable."""
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise ModelUnusable(f"it has no {missing[0]}")
    config = read_config(folder)
    labels = read_labels(names_of(config))
    session = _open(folder / "model.onnx", threads)
    _check_inputs([one.name for one in session.get_inputs()])
    tokenizer = _open_tokenizer(folder / "tokenizer.json", most_tokens(config))
    model = OnnxFolder(session, tokenizer, labels, folder_version("onnx", folder))
    _probe(model)
    return model


def _check_inputs(names: Sequence[str]) -> None:
    strange = [name for name in names if name not in KNOWN_INPUTS]
    if strange:
        raise ModelUnusable(f"its input '{strange[0]}' is not one of {', '.join(KNOWN_INPUTS)}")


def _probe(model: OnnxFolder) -> None:
    """What is wrong with a graph shows at the first text; it should be at the start, not at night."""
    try:
        answer = model.read(PROBE)
    except Exception as error:  # onnxruntime's errors share no class with a public name
        raise ModelUnusable(f"it cannot read a text: {_first_line(error)}") from error
    if answer.shape != (len(model.labels.columns),):
        raise ModelUnusable(f"it gives {answer.shape} numbers for {len(model.labels.columns)} names in id2label")
    if not np.isfinite(answer).all():
        raise ModelUnusable("its answers are not numbers")


def _open(path: Path, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no class with a public name
        raise ModelUnusable(f"its model.onnx cannot be opened: {_first_line(error)}") from error


def _open_tokenizer(path: Path, longest: int) -> Any:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the binding raises Exception itself
        raise ModelUnusable(f"its tokenizer.json cannot be read: {_first_line(error)}") from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(longest)
    return tokenizer


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
