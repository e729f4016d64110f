"""Writes tests/data/tagger: a model of a few kilobytes that looks at single characters, as an ONNX folder.

    python tests/make_tone_folder.py      (needs `onnx`, which the tests themselves do not; requirements-training.in has it)

Each known character has three numbers; the answer is their mean over the text.
"""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Regex, Tokenizer, models, pre_tokenizers

FOLDER = Path(__file__).parent / "data" / "tagger"
PARTS = {"negative": "难差坏涨停投诉骗", "positive": "好赞谢棒奖喜"}
NAMES = ("消极", "中性", "积极")
ORDER = ("negative", "neutral", "positive")


def main() -> None:
    """All three files."""
    vocabulary = {"[UNK]": 0}
    rows = [[0.0, 1.0, 0.0]]
    for tone, characters in PARTS.items():
        for character in characters:
            vocabulary[character] = len(rows)
            rows.append([12.0 if name == tone else 0.0 for name in ORDER])
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    FOLDER.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(FOLDER / "tokenizer.json"))
    config = {"id2label": {str(n): name for n, name in enumerate(NAMES)}, "max_position_embeddings": 514}
    (FOLDER / "config.json").write_text(json.dumps(config, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    onnx.save(build_graph(np.array(rows, np.float32)), FOLDER / "model.onnx")


def build_graph(rows: np.ndarray) -> onnx.ModelProto:
    """input_ids and attention_mask (1, n) -> logits (1, 3)."""
    shape = ["one", "length"]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name in ("input_ids", "attention_mask")]
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["one", 3])
    nodes = [
        helper.make_node("Gather", ["rows", "input_ids"], ["seen"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["wide"]),
        helper.make_node("Mul", ["seen", "wide"], ["kept"]),
        helper.make_node("ReduceMean", ["kept", "second"], ["logits"], keepdims=0),
    ]
    constants = [
        numpy_helper.from_array(rows, "rows"),
        numpy_helper.from_array(np.array([2], np.int64), "last"),
        numpy_helper.from_array(np.array([1], np.int64), "second"),
    ]
    graph = helper.make_graph(nodes, "characters", inputs, [output], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


if __name__ == "__main__":
    main()
