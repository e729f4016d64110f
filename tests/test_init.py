"""`tocsin init` and `tocsin check`: from a school's name to a usable configuration."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from tocsin.commands.check import check
from tocsin.commands.init import init
from tocsin.config import load_config


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("name", "english"), [("澜川学院", "Lanchuan College"), ('引号"大学', ""), ("江城理工职业技术学院", "")]
)
def test_a_starter_is_usable_as_it_is(tmp_path: Path, name: str, english: str, language: str) -> None:
    """What `init` writes loads without a complaint, in both languages, whatever the name."""
    target = tmp_path / "tocsin.toml"
    arguments = [
        "--name",
        name,
        "--english",
        english,
        "--contact",
        "a@example.org",
        "--used",
        "微信群，小红书",
        "--language",
        language,
    ]
    done = CliRunner().invoke(init, [*arguments, "--to", str(target)], catch_exceptions=False)
    assert done.exit_code == 0
    config = load_config(target).config
    assert config.school.name == name
    assert {rule.kind for rule in config.rules} >= {"first_seen", "threshold", "spike", "reach", "watchword"}
    assert config.coverage.used == ["wechat_groups", "xiaohongshu"]
    assert "balanced" in done.output


def test_an_existing_file_is_not_replaced(tmp_path: Path) -> None:
    """Nobody loses a configuration by asking twice."""
    target = tmp_path / "tocsin.toml"
    target.write_text("mine", encoding="utf-8")
    done = CliRunner().invoke(
        init, ["--name", "澜川学院", "--english", "", "--contact", "", "--used", "", "--to", str(target)]
    )
    assert done.exit_code == 2
    assert target.read_text(encoding="utf-8") == "mine"


def test_check_says_what_is_missing(tmp_path: Path) -> None:
    """A starter without sources is told so, and the status is 1: it ran, and something is wrong."""
    target = tmp_path / "tocsin.toml"
    CliRunner().invoke(
        init, ["--name", "澜川学院", "--english", "", "--contact", "", "--used", "", "--to", str(target)]
    )
    done = CliRunner().invoke(check, ["--config", str(target), "--offline"])
    assert done.exit_code == 1
    assert "nothing is watched" in done.output
