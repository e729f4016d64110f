"""Larger models by setting: what a folder must have, what its labels mean, and what is said when it cannot be used."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from store_kit import a_document
from tone_kit import FakePipeline

from pipeline.tag import default_tagger
from pipeline.tag.folder import load_folder
from pipeline.tag.hub import load_hub
from pipeline.tag.labels import ModelUnusable, names_of, read_labels
from pipeline.tag.larger import LargerTagger, most_tokens
from pipeline.tag.own import OwnTagger
from tocsin.config import ConfigError, load_config
from tocsin.wiring import build_tagger

FOLDER = Path(__file__).parent / "data" / "tagger"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the small model that a test may spoil."""
    return Path(shutil.copytree(FOLDER, tmp_path / "tone"))


def rename(folder: Path, *names: str) -> None:
    """Write other names into id2label."""
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config["id2label"] = {str(n): name for n, name in enumerate(names)}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")


@pytest.mark.parametrize(
    ("names", "columns"),
    [
        (["negative", "neutral", "positive"], (0, 1, 2)),
        (["POS", "NEG", "NEU"], (2, 0, 1)),
        (["正面", "负面", "中性"], (2, 0, 1)),
        (["消极", "积极"], (0, 2)),
        (["negative (stars 1, 2 and 3)", "positive (stars 4 and 5)"], (0, 2)),
        (["1 star", "2 stars", "3 stars", "4 stars", "5 stars"], (0, 0, 1, 2, 2)),
        (["Very Negative", "Negative", "Neutral", "Positive", "Very Positive"], (0, 0, 1, 2, 2)),
    ],
)
def test_names_of_outputs_are_understood(names: list[str], columns: tuple[int, ...]) -> None:
    """English, Chinese, abbreviations, stars and five steps lead to the three tones."""
    assert read_labels(names).columns == columns


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["LABEL_0", "LABEL_1", "LABEL_2"], "only numbered"),
        (["joy", "anger"], "'joy' is none of"),
        (["negative", "neutral"], "one for positive"),
    ],
)
def test_names_that_say_nothing_are_refused(names: list[str], said: str) -> None:
    """A guess would turn praise into complaint; the sentence says what to write."""
    with pytest.raises(ModelUnusable, match=said):
        read_labels(names)


@pytest.mark.parametrize("held", [{}, {"id2label": {}}, {"id2label": {"a": "x"}}, {"id2label": {"1": "x"}}])
def test_a_config_without_a_list_of_names_is_refused(held: dict[str, object]) -> None:
    """Missing, empty, or not numbered from 0 on."""
    with pytest.raises(ModelUnusable, match="id2label"):
        names_of(held)


def test_the_folder_gives_the_tone_and_the_shipped_tagger_the_topic() -> None:
    """What the model sees decides the tone; topics are those of the shipped tagger."""
    tagger = LargerTagger(load_folder(FOLDER), default_tagger())
    bad, good, plain = tagger.tag([a_document(text=text) for text in ("食堂的饭难吃", "宿舍好", "图书馆闭馆通知")])
    assert [one.sentiment.label for one in (bad, good, plain)] == ["negative", "positive", "neutral"]
    assert bad.topics == default_tagger().tag([a_document(text="食堂的饭难吃")])[0].topics


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "config.json"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    """The operator reads which file is missing."""
    (folder / name).unlink()
    with pytest.raises(ModelUnusable, match=f"no {name}"):
        load_folder(folder)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "config.json"])
def test_a_damaged_file_is_named(folder: Path, name: str) -> None:
    """Bytes that are no model are refused at the start, in one line."""
    (folder / name).write_bytes(b"\x00not this")
    with pytest.raises(ModelUnusable, match=name) as refusal:
        load_folder(folder)
    assert "\n" not in str(refusal.value)


def test_names_and_outputs_must_be_as_many(folder: Path) -> None:
    """A config.json of another model is found out by the first text."""
    rename(folder, "negative", "positive")
    with pytest.raises(ModelUnusable, match="for 2 names"):
        load_folder(folder)


def test_the_version_follows_the_files(folder: Path) -> None:
    """A changed file is another version, so that re-tagging knows."""
    before = load_folder(folder).version
    rename(folder, "negative", "neutral", "positive")
    assert load_folder(folder).version != before
    assert before.startswith("onnx:tone+")


@pytest.mark.parametrize("nested", [False, True])
def test_a_pipeline_may_wrap_its_answer_or_not(nested: bool) -> None:
    """Versions of transformers differ in one list; scores come back in the order of id2label."""
    model = load_hub(FOLDER, make=lambda *_: FakePipeline(nested=nested))
    assert model.read("难吃").tolist() == pytest.approx([0.8, 0.1, 0.1])
    assert model.read("真好").tolist() == pytest.approx([0.1, 0.1, 0.8])


def test_texts_are_read_one_at_a_time_and_empty_ones_never() -> None:
    """A pipeline gets cleaned, non-empty texts only, in order."""
    fake = FakePipeline()
    tagger = LargerTagger(load_hub(FOLDER, make=lambda *_: fake), default_tagger())
    tagger.tag([a_document(text=text) for text in ("宿舍好", "😡", "食堂  难吃")])
    assert fake.asked[1:] == ["宿舍好", "食堂 难吃"]


def test_a_model_of_two_tones_leaves_neutral_to_the_shipped_tagger(folder: Path) -> None:
    """What the shipped tagger calls neutral stays so; the rest is divided by the model."""
    rename(folder, "负面", "正面")
    model = load_hub(folder, make=lambda *_: FakePipeline(("负面", "正面")))
    document = a_document(text="学校食堂的饭难吃死了")
    (ours,), (theirs,) = default_tagger().tag([document]), LargerTagger(model, default_tagger()).tag([document])
    assert theirs.sentiment.neutral == pytest.approx(ours.sentiment.neutral, abs=1e-3)
    left = 1 - theirs.sentiment.neutral
    assert theirs.sentiment.negative == pytest.approx(0.8 * left, abs=1e-3)


def test_without_torch_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """`kind = "transformers"` needs an extra; the refusal names it."""
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ModelUnusable, match=r"tocsin\[torch\]"):
        load_hub(FOLDER)


def test_positions_bound_the_length() -> None:
    """RoBERTa numbers places from 2 on, so two of them are no room for text."""
    assert [most_tokens(held) for held in ({"max_position_embeddings": 130}, {}, {"max_position_embeddings": 8192})] == [
        128, 512, 512,
    ]  # fmt: skip


def write_config(folder: Path, lines: str) -> Path:
    """A configuration beside the model folder."""
    path = folder / "tocsin.toml"
    path.write_text(f'[school]\nname = "澜川学院"\n[tagger]\n{lines}\n', encoding="utf-8")
    return path


def test_the_configuration_chooses_the_model(folder: Path) -> None:
    """`path` is relative to the file, and what is built answers with that model."""
    loaded = load_config(write_config(folder.parent, 'kind = "onnx"\npath = "tone"'))
    tagger = build_tagger(loaded.config.tagger, loaded.folder)
    assert not isinstance(tagger, OwnTagger)
    assert tagger.version.startswith("onnx:tone+")


def test_a_model_that_cannot_be_used_stops_the_start_in_one_sentence(folder: Path) -> None:
    """What is wrong with the folder is a configuration error: one sentence, exit status 2."""
    rename(folder, "LABEL_0", "LABEL_1", "LABEL_2")
    loaded = load_config(write_config(folder.parent, 'kind = "onnx"\npath = "tone"'))
    with pytest.raises(ConfigError, match="cannot be used: its outputs are only numbered"):
        build_tagger(loaded.config.tagger)
