"""Data of one school are never mixed with another's."""

from pathlib import Path

import pytest

from tocsin.config import ConfigError, Loaded, parse_config
from tocsin.house import House, open_house


def open_as(folder: Path, school: str) -> House:
    text = f"[school]\n{school}\n"
    return open_house(Loaded(parse_config(text, "c"), folder / "tocsin.toml", text))


def test_another_school_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    """One sentence names the folder, both schools and what to do."""
    open_as(tmp_path, 'name = "澜川学院"')
    with pytest.raises(ConfigError, match=r"holds the data of 澜川学院, but \[school\] names 岭东学院; .*aliases if"):
        open_as(tmp_path, 'name = "岭东学院"')


def test_a_school_may_be_renamed(tmp_path: Path) -> None:
    """With its old name among the aliases the data go on, and from then on belong to the new name."""
    open_as(tmp_path, 'name = "澜川学院"')
    open_as(tmp_path, 'name = "澜川大学"\naliases = ["澜川学院"]')
    with pytest.raises(ConfigError, match="holds the data of 澜川大学"):
        open_as(tmp_path, 'name = "澜川学院"')
