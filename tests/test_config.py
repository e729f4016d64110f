"""Configuration: what is wrong is refused in one sentence with its place, before anything starts."""

import re
from pathlib import Path

import pytest

from tocsin.config import ConfigError, load_config
from tocsin.places import find_line

FOLDER = Path(__file__).parent / "data" / "config"
WRONG = sorted(FOLDER.glob("*.toml"))


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_wrong_files_are_refused_in_one_sentence_with_the_place(path: Path) -> None:
    """Each file says in its first line what the refusal must mention; the refusal names file and line."""
    expected = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# refused: ")
    with pytest.raises(ConfigError) as refusal:
        load_config(path)
    said = str(refusal.value)
    assert re.match(rf"{re.escape(path.name)} line \d+: ", said)
    assert expected in said
    assert "\n" not in said


def test_there_are_enough_wrong_files() -> None:
    """At least twenty kinds of mistakes are covered."""
    assert len(WRONG) >= 20


def test_the_line_is_the_one_that_is_wrong(tmp_path: Path) -> None:
    """The line that is named is the line of the value, also in the second table of an array."""
    text = '[school]\nname = "澜川学院"\n\n[[rules]]\nid = "A"\nkind = "threshold"\nstories = 5\nseverity = "info"\n'
    text += '\n[[rules]]\nid = "B"\nkind = "threshold"\nseverity = "info"\nstories = 0\n'
    path = tmp_path / "tocsin.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="line 14: stories of rule 'B'"):
        load_config(path)


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    """Someone who starts without a file learns of `tocsin init`."""
    with pytest.raises(ConfigError, match="tocsin init"):
        load_config(tmp_path / "tocsin.toml")


def test_bytes_that_are_not_text_are_refused(tmp_path: Path) -> None:
    """A file in GBK is refused with the place of the first wrong byte."""
    path = tmp_path / "tocsin.toml"
    path.write_bytes('[school]\nname = "澜川学院"\n'.encode("gbk"))
    with pytest.raises(ConfigError, match="not UTF-8 text"):
        load_config(path)


def test_only_the_name_is_required(tmp_path: Path) -> None:
    """A school's name alone is a usable configuration."""
    path = tmp_path / "tocsin.toml"
    path.write_text('[school]\nname = "澜川学院"\n', encoding="utf-8")
    assert load_config(path).config.school.name == "澜川学院"


def test_the_deepest_known_place_is_found() -> None:
    """A path whose last step is not written leads to its table."""
    assert find_line("[a]\nx = 1\n[[b]]\n[[b]]\ny = 2\n", "$.b[1].z") == 4
