"""What the public page and the impact assessment say is true of this copy."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from dash_client import Reader, fresh_engine, visible
from dash_seed import make_context

from crawlers.settings import SourceSpec
from pipeline.secret import Secret
from pipeline.store.schema import OUTSIDE_BACKUP
from pipeline.store.tables import metadata

ROOT = Path(__file__).parent.parent
PAPER = (ROOT / "docs" / "impact-assessment.md").read_text(encoding="utf-8")


def test_every_table_has_a_retention() -> None:
    """The table of retention names every table of the store, and none that there is not."""
    part = PAPER.partition("## 4.")[2].partition("## 5.")[0]
    named = {
        name
        for line in part.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    assert named == set(metadata.tables)


def test_what_is_outside_backups_is_called_transient() -> None:
    """Each table that no backup has is said to be transient, to be hashes, or to be the place of Elasticsearch."""
    part = PAPER.partition("## 4.")[2].partition("## 5.")[0]
    for name in OUTSIDE_BACKUP - {"tombstones", "projection", "parked"}:
        line = next(line for line in part.splitlines() if line.startswith("| `") and f"`{name}`" in line.split("|")[1])
        assert "transient" in line, name


def test_every_proof_exists() -> None:
    """Each test that the assessment names is there and has tests in it."""
    named = set(re.findall(r"`(test_\w+\.py)`", PAPER))
    assert len(named) >= 25
    for name in named:
        assert "def test_" in (ROOT / "tests" / name).read_text(encoding="utf-8"), name


@pytest.mark.parametrize(("language", "words"), [
    ("zh", ("学校邮箱", "合约服务", "教职工上报", "导入的表格", "证据副本", "Elasticsearch", "单位自己写的材料")),
    ("en", ("a mailbox of the school", "contracted service", "what staff report", "tables that the office", "Evidence of a news",
            "Elasticsearch", "What the office writes")),
])  # fmt: skip
def test_the_public_page_names_every_way_in(tmp_path: Path, language: str, words: tuple[str, ...]) -> None:
    """With mailbox, inbox and Elasticsearch configured, strangers read about each; without, about what there is."""
    box = SourceSpec("box", "imaps://mail.example/INBOX", "complaint", via="mailbox", user="u", key=Secret(env="X"))
    inbox = SourceSpec("in", "https://vendor.example", "news", via="inbox", key=Secret(env="X"))
    with fresh_engine(tmp_path) as engine:
        plain = make_context(engine, tmp_path)
        loaded = replace(plain.loaded, sources=(*plain.loaded.sources, box, inbox))
        headers = {"accept-language": language}
        full = visible(Reader(replace(plain, loaded=loaded, mirrored=True)).get("/about", headers=headers).text)
        bare = visible(Reader(plain).get("/about", headers=headers).text)
    assert [word for word in words if word not in full] == []
    assert words[0] not in bare
    assert "Elasticsearch" not in bare
