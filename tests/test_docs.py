"""Documentation is tested: a setting, rule kind, source kind or command that nobody documented fails here."""

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from alerts.settings import ChannelKind, RuleKind
from crawlers.settings import Selectors, Via
from tocsin.cli import COMMANDS
from tocsin.config import Config

ROOT = Path(__file__).parent.parent
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
EVERYTHING = "\n".join(path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


def settings_of(kind: object) -> list[str]:
    inner = (getattr(kind, "__args__", None) or (kind,))[0]
    return [field.encode_name for field in msgspec.structs.fields(inner)]  # type: ignore[arg-type]


@pytest.mark.parametrize("table", list(msgspec.structs.fields(Config)), ids=lambda field: field.name)
def test_every_setting_is_documented(table: msgspec.structs.FieldInfo) -> None:
    """Each setting stands in docs/configuration.md, in code type."""
    missing = [
        name for name in settings_of(table.type) if not re.search(rf"`(?:{table.name}\.)?{name}`", CONFIGURATION)
    ]
    assert not missing


def test_every_selector_and_kind_is_documented() -> None:
    """Selectors, rule kinds, channel kinds and ways of reading have a word in the documentation."""
    names = [*settings_of(Selectors), *get_args(RuleKind), *get_args(Via)]
    assert not [name for name in names if f"`{name}`" not in EVERYTHING]
    assert not [name for name in get_args(ChannelKind) if name not in EVERYTHING.lower()]


def test_every_command_is_documented() -> None:
    """Each command is named in the documentation."""
    assert not [name for name in COMMANDS if not re.search(rf"tocsin {name}\b", EVERYTHING)]


def test_every_link_between_documents_leads_somewhere() -> None:
    """Relative links of README and docs exist."""
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
