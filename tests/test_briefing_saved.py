"""A briefing that lies in the data folder is a copy, too."""

from pathlib import Path

import msgspec

from dashboards.briefing.saved import drop_saved


def test_saved_briefings_that_cite_a_deleted_item_go(tmp_path: Path) -> None:
    """All documents of its period go, those of others stay, and what is no briefing is left alone."""
    for period, item in (("2026", "gone"), ("2026-11", "kept"), ("2026Q3", "quoted")):
        (tmp_path / f"briefing-{period}.json").write_bytes(msgspec.json.encode(frozen(item)))
        for end in (".docx", ".pdf", ".html", ".xlsx", "-leader.docx", "-own.docx"):
            (tmp_path / f"briefing-{period}{end}").write_bytes(b"words")
    (tmp_path / "notes.json").write_text("[1, 2]", encoding="utf-8")
    dropped = drop_saved(tmp_path, {"gone", "quoted"})
    assert len(dropped) == 14
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {
        f"briefing-2026-11{end}" for end in (".json", ".docx", ".pdf", ".html", ".xlsx", "-leader.docx", "-own.docx")
    } | {"notes.json"}
    assert drop_saved(tmp_path, {"gone"}) == []
    assert drop_saved(tmp_path / "none", {"gone"}) == []


def frozen(item: str) -> dict[str, object]:
    """Data that cite an item, or quote it."""
    quotes = [{"id": item, "text": "窗口说没事", "private": True}] if item == "quoted" else []
    cited = [] if quotes else [{"id": item, "title": "二食堂被指食品安全问题"}]
    return {
        "cited": cited, "events": [{"title": "二食堂", "quotes": quotes}], "carried": [], "seasons": [],
        "trace": {"rows": [[item, 1]], "before": [], "year_ago": [], "lists": {}},
    }  # fmt: skip
