"""`tocsin import`: tables as monitoring services and spreadsheets write them, and what of them is never read."""

import json
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from pipeline.store.engine import open_engine
from pipeline.store.store import SqlStore
from tocsin.commands.items import import_items

CONFIG = '[school]\nname = "清石学院"\naliases = ["清石"]\n'
HEAD = ["序号", "标题", "正文", "链接", "发布时间", "媒体名称", "媒体类型", "情感倾向", "作者", "粉丝数"]
ROW = [
    "1", "清石学院食堂涨价", "每份上涨两元，联系 13800138000。", "https://paper.example/a/1", "2026/11/23 08:30", "清石日报",
    "新闻", "负面", "王小明CANARY", "88",
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tocsin.toml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def run(folder: Path, file: str, *more: str) -> Result:
    """The command over a file in the folder."""
    return CliRunner().invoke(import_items, [str(folder / file), "--config", str(folder / "tocsin.toml"), *more])


def waiting(folder: Path) -> list[object]:
    """What waits for the worker."""
    engine = open_engine(f"sqlite:///{folder / 'data' / 'tocsin.db'}")
    found = [one.document for one in SqlStore(engine).waiting(1000)]
    engine.dispose()
    return found  # type: ignore[return-value]


def write_csv(folder: Path, rows: list[list[str]], encoding: str = "utf-8", mark: str = ",") -> str:
    text = "\r\n".join(mark.join(f'"{cell}"' for cell in row) for row in rows)
    (folder / "items.csv").write_bytes(text.encode(encoding))
    return "items.csv"


def write_xlsx(folder: Path, rows: list[list[object]], name: str = "items.xlsx") -> str:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(folder / name)
    return name


@pytest.mark.parametrize(("encoding", "mark"), [("utf-8", ","), ("utf-8-sig", ";"), ("gb18030", ","), ("utf-16", "\t")])
def test_a_table_of_a_monitoring_service_is_read(folder: Path, encoding: str, mark: str) -> None:
    """Chinese headings, kinds and tones are understood in every encoding that Excel writes."""
    result = run(folder, write_csv(folder, [HEAD, ROW], encoding, mark))
    assert result.exit_code == 0, result.output
    (one,) = waiting(folder)
    assert (one.title, one.source, one.source_kind, one.given_label) == (
        "清石学院食堂涨价",
        "清石日报",
        "news",
        "negative",
    )  # type: ignore[attr-defined]
    assert one.url == "https://paper.example/a/1"  # type: ignore[attr-defined]
    assert one.published.isoformat() == "2026-11-23T00:30:00+00:00"  # type: ignore[attr-defined]
    assert "13800138000" not in one.text  # type: ignore[attr-defined]


def test_columns_that_name_people_are_never_read(folder: Path) -> None:
    """They are named, not stored; asking for them is refused."""
    file = write_csv(folder, [HEAD, ROW])
    result = run(folder, file)
    assert "never read, because they name people: 作者, 粉丝数" in result.output
    stored = b"".join(path.read_bytes() for path in (folder / "data").glob("tocsin.db*"))
    assert b"CANARY" not in stored
    refused = run(folder, file, "--map", "作者=title")
    assert refused.exit_code == 2
    assert "names people" in refused.output


def test_an_excel_table_is_read_without_computing_anything(folder: Path) -> None:
    """Dates are dates, numbers have no decimal point, and a formula that was never computed is an empty cell."""
    when = datetime(2026, 11, 23, 8, 30)  # Excel knows no zones
    rows: list[list[object]] = [
        ["标题", "链接", "发布时间", "内容", "来源"],
        ["清石学院校庆", "https://paper.example/b/1", when, '=HYPERLINK("http://evil.example","点")', "清石日报"],
    ]
    result = run(folder, write_xlsx(folder, rows), "--kind", "news")
    assert result.exit_code == 0, result.output
    (one,) = waiting(folder)
    assert one.published.isoformat() == "2026-11-23T08:30:00+08:00"  # type: ignore[attr-defined]
    assert one.text == ""  # type: ignore[attr-defined]


def test_a_dry_run_stores_nothing(folder: Path) -> None:
    """It says what the columns are and how much would come in; no database is made."""
    result = run(folder, write_csv(folder, [HEAD, ROW]), "--dry-run")
    assert result.exit_code == 0
    assert "标题 = title" in result.output
    assert "1 items would be read, 0 refused, 1 about the school" in result.output
    assert not (folder / "data").exists()


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("媒体名称", "张伟", "line 3: the source '张伟' is refused"),
        ("媒体名称", "@xiaohong", "reads as a person, a handle or a number"),
        ("发布时间", "不知道", "line 3: published '不知道' is not a time"),
        ("媒体类型", "传单", "line 3: '传单' is no kind of source"),
        ("情感倾向", "愤怒", "line 3: this is not an item"),
        ("链接", "javascript:alert(1)", "not an http or https address"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(folder: Path, column: str, value: str, words: str) -> None:
    """One bad line costs the others nothing."""
    bad = [value if name == column else cell for name, cell in zip(HEAD, ROW, strict=True)]
    result = run(folder, write_csv(folder, [HEAD, ROW, bad]))
    assert result.exit_code == 1
    assert words in result.output
    assert "1 refused" in result.output
    assert len(waiting(folder)) == 1


def test_own_headings_are_mapped(folder: Path) -> None:
    """`--map`, `--source` and `--kind` say what a table leaves open."""
    file = write_csv(folder, [["说了什么", "在哪"], ["清石学院停水", "https://bbs.example/t/1"]])
    assert run(folder, file).exit_code == 1
    result = run(folder, file, "--map", "说了什么=text", "--map", "在哪=url", "--source", "bbs", "--kind", "forum")
    assert result.exit_code == 0, result.output
    (one,) = waiting(folder)
    assert (one.text, one.url) == ("清石学院停水", None)  # type: ignore[attr-defined]


def test_a_second_import_brings_nothing_new(folder: Path) -> None:
    """The same file twice is the same items."""
    file = write_csv(folder, [HEAD, ROW])
    assert "1 new" in run(folder, file).output
    assert "0 new" in run(folder, file).output


def test_json_lines_are_read_as_before(folder: Path) -> None:
    """The item contract; a source that reads as a person is refused there too."""
    item = {
        "source": "清石日报",
        "source_kind": "news",
        "url": "https://paper.example/1",
        "title": "清石学院",
        "seen": "2026-11-24T08:00:00+08:00",
    }
    lines = [item, item | {"source": "李老师", "url": "https://paper.example/2"}, {"source": 1}]
    (folder / "items.jsonl").write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    result = run(folder, "items.jsonl")
    assert result.exit_code == 1
    assert "1 items read, 1 new, 2 refused" in result.output
    assert "item 2: the source '李老师' is refused" in result.output


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.xlsx", b"no zip", "must be saved as .xlsx first"),
        ("a.xlsx", b"", "not an Excel table"),
        ("a.csv", b"\x80\xff\xfe\x81\xff", "neither UTF-8 nor GB 18030"),
    ],
)
def test_what_is_no_table_is_said_in_a_sentence(folder: Path, name: str, data: bytes, words: str) -> None:
    """Exit status 2 and one sentence, never a traceback."""
    (folder / name).write_bytes(data)
    result = run(folder, name, "--source", "x", "--kind", "news")
    assert result.exit_code == 2
    assert words in result.output


def test_an_empty_table_is_no_mistake(folder: Path) -> None:
    """A heading without lines reads nothing."""
    assert "0 items read" in run(folder, write_csv(folder, [HEAD])).output
    (folder / "b.csv").write_bytes(b"")
    assert run(folder, "b.csv").exit_code == 0


def test_the_other_sheet_is_named(folder: Path) -> None:
    """`--sheet`, and a sentence that lists the sheets when it is not there."""
    result = run(folder, write_xlsx(folder, [["标题"]]), "--sheet", "十一月")
    assert result.exit_code == 2
    assert "it has Sheet" in result.output
