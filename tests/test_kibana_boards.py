"""The boards themselves: compiled as committed, linted, in both languages, and private voices never as rows."""

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from kibana_panels import all_panels, raw_panels, resolve, saved
from service_kit import need

from dashboards.i18n import load_words
from dashboards.kibana.files import read_files
from dashboards.kibana.views import LINK, saved_objects
from pipeline.model import PRIVATE_KINDS, TOPICS
from pipeline.store.elastic.names import VIEWS

ROOT = Path(__file__).parent.parent
START = datetime(2026, 11, 24, 4, tzinfo=UTC)  # noon at school
KIBANA = ROOT / ".make" / "kibana" / "bin"
BOARDS = ROOT / "dashboards" / "kibana" / "boards"
COMPILED = ROOT / "dashboards" / "kibana" / "compiled"
HAN = re.compile("[\u4e00-\u9fff]")
LATIN = re.compile("[A-Za-z]{3}")
ASKED_FOR = ["watch", "tone", "events", "sources", "response", "quarter"]
# What a private voice may be counted by: topic, tone, platform and its kind, language, event, hour and day.
COUNTED_BY = {
    "tocsin.topic", "tocsin.label", "tocsin.source", "tocsin.source_kind", "tocsin.lang", "tocsin.event", "tocsin.hour",
    "tocsin.weekday", "tocsin.quarter", "@timestamp",
}  # fmt: skip
MEASURED = {"___records___", "tocsin.source", "tocsin.event", "tocsin.negative"}


def kibana_tool(name: str) -> str:
    """A program of the compiling environment."""
    return need(KIBANA / name, "compile or lint the Kibana boards (it needs Python 3.12)")


# ---------------------------------------------------------------- compiling


def test_committed_files_are_what_the_boards_compile_to(tmp_path: Path) -> None:
    """Compiled again, each board gives the committed import file, byte for byte."""
    compiler = [kibana_tool("python"), str(ROOT / "tools" / "kibana" / "compile.py"), str(BOARDS), str(tmp_path)]
    subprocess.run(compiler, check=True, timeout=100)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_bytes() for path in COMPILED.iterdir() if path.name != "views.ndjson"}
    assert sorted(path.stem for path in BOARDS.iterdir()) == sorted(ASKED_FOR)


def test_committed_data_views_are_what_our_catalogs_say() -> None:
    """Made again from our words, data views and saved search are those of the committed file."""
    assert read_files()[0].saved == json.loads(json.dumps(saved_objects()))


@pytest.mark.parametrize("board", ASKED_FOR)
def test_boards_are_linted(board: str) -> None:
    """The linter finds nothing, not even a hint, with the two rules left out that tools/kibana/lint.yaml explains."""
    lint = [kibana_tool("kb-dashboard-lint"), "check", "--config", str(ROOT / "tools" / "kibana" / "lint.yaml")]
    done = subprocess.run(
        [*lint, "--severity-threshold", "info", "--input-file", str(BOARDS / f"{board}.yaml")],
        capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_a_metric_with_a_filter_is_refused(tmp_path: Path) -> None:
    """The compiler would leave out a metric's own filter and show a wrong number: compiling ends with the panel's name."""
    boards = tmp_path / "boards"
    shutil.copytree(BOARDS, boards)
    text = (boards / "watch.yaml").read_text(encoding="utf-8")
    spoiled = text.replace(
        "primary: {aggregation: count, label: 负面 Negative}",
        "primary: {aggregation: count, label: 负面 Negative, filter: {kql: 'a : b'}}",
    )
    assert spoiled != text
    (boards / "watch.yaml").write_text(spoiled, encoding="utf-8")
    compiler = [kibana_tool("python"), str(ROOT / "tools" / "kibana" / "compile.py"), str(boards), str(tmp_path)]
    done = subprocess.run(compiler, capture_output=True, text=True, timeout=100)
    assert done.returncode == 1
    assert done.stderr == "watch.yaml: panel watch-negative: filter the panel; the metric's own filter is lost\n"


@pytest.mark.parametrize(("ci", "status"), [("", 0), ("true", 1)])
def test_without_a_python_that_is_new_enough_it_is_said(tmp_path: Path, ci: str, status: int) -> None:
    """On a machine that has none the boards are taken as committed, and that is said; in CI it is a failure."""
    shutil.copytree(ROOT / "tools" / "kibana", tmp_path / "tools" / "kibana")
    (tmp_path / "bin").mkdir()
    for program in ("bash", "dirname"):
        (tmp_path / "bin" / program).symlink_to(need(program, "run the script"))
    given = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path), "CI": ci}
    script = [str(tmp_path / "bin" / "bash"), str(tmp_path / "tools" / "kibana" / "environment.sh")]
    done = subprocess.run(script, env=given, capture_output=True, text=True, timeout=60)
    assert done.returncode == status, done.stderr
    assert done.stdout == "no Python 3.12 or newer: the Kibana boards are neither recompiled nor linted\n"


def test_nothing_invented_is_committed() -> None:
    """No user name, time or version that the compiler makes up stands in the import files."""
    whole = "".join(file.text for file in read_files())
    assert not re.search(r'"(created|updated)_(at|by)"|admin|2023-', whole)


# ---------------------------------------------------------------- private voices


def test_rows_come_from_news_and_official_items() -> None:
    """Every panel with rows is a saved search on the outlets' alias with the filter on top, and shows no masked text."""
    searches = saved("search")
    rows = [panel for _, panel in raw_panels() if panel["type"] not in ("lens", "links")]
    assert rows
    for panel in rows:
        assert panel["type"] == "search", "a new kind of panel needs a look at what it lists"
        search = searches[panel["embeddableConfig"]["savedObjectId"]]
        assert [ref["id"] for ref in search["references"]] == ["tocsin-outlets"]
        source = json.loads(search["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
        filters = [one for one in source["filter"] if not one["meta"]["disabled"] and not one["meta"]["negate"]]
        assert {"match_phrase": {"tocsin.private": False}} in [one["query"] for one in filters]
        assert "message" not in search["attributes"]["columns"]


def test_the_outlets_alias_excludes_private_voices() -> None:
    """The alias behind the rows is filtered on the server itself, whatever a reader of Kibana types."""
    (outlets,) = [view for view in VIEWS if view.name == "outlets"]
    assert {"term": {"tocsin.private": False}} in (outlets.only or {})["bool"]["filter"]


def test_private_voices_are_counted_only() -> None:
    """On all items a panel groups by what may be counted and measures nothing else: no title, text, link, id or exact time."""
    items = [panel for panel in all_panels() if panel.view == "tocsin-items"]
    assert len(items) > 15
    for panel in items:
        assert {column.field for column in panel.buckets} <= COUNTED_BY, panel.id
        assert {column.field for column in panel.metrics} <= MEASURED, panel.id
        assert all(column.operation != "last_value" for column in panel.asks)


def test_no_board_reads_what_is_kept_for_searching() -> None:
    """Data views are the counted and listed aliases; the one that shows all texts has none, and no field is a text."""
    assert set(saved("index-pattern")) == {f"tocsin-{view.name}" for view in VIEWS} - {"tocsin-search"}
    assert not [
        panel.id for panel in all_panels() for column in panel.asks if column.field in ("message", "tocsin.title")
    ]


# ---------------------------------------------------------------- words and links


def named_things() -> list[str]:
    """Everything that a person reads on the boards."""
    found = []
    for board, panel in raw_panels():
        found.append(board["attributes"]["title"])
        found.append(board["attributes"]["description"])
        attributes: dict[str, Any] = panel["embeddableConfig"].get("attributes", {})
        found += [attributes[key] for key in ("title", "description") if attributes.get(key)]
        layers = attributes.get("state", {}).get("datasourceStates", {}).get("formBased", {}).get("layers", {})
        found += [column["label"] for layer in layers.values() for column in layer["columns"].values()]
        found += [link["label"] for link in attributes.get("links", []) if link["label"] != "Tocsin"]
    return found


def test_chinese_comes_first_and_english_second() -> None:
    """Each title, description, axis and link begins with Chinese and says it again in English."""
    for text in named_things():
        han, latin = HAN.search(text), LATIN.search(text)
        assert han, text
        assert latin, text
        assert han.start() < latin.start(), text


def test_codes_are_shown_as_words() -> None:
    """Every topic, tone and kind has the words of our own pages, in both languages."""
    words = load_words()
    items = json.loads(saved("index-pattern")["tocsin-items"]["attributes"]["fieldFormatMap"])
    shown = {one["key"]: one["value"] for one in items["tocsin.topic"]["params"]["lookupEntries"]}
    assert set(shown) == set(TOPICS)
    for topic, text in shown.items():
        assert text == f"{words['zh'].name('topic', topic)} {words['en'].name('topic', topic)}"
    for view in saved("index-pattern").values():
        for form in json.loads(view["attributes"]["fieldFormatMap"]).values():
            for entry in form["params"].get("lookupEntries", []):
                assert HAN.search(entry["value"]), entry
    assert {one["key"] for one in items["tocsin.source_kind"]["params"]["lookupEntries"]} > PRIVATE_KINDS


def test_matters_lead_to_our_page() -> None:
    """A matter's number is a link to its page in every data view, and tables of matters open it by a click as well."""
    for view in saved("index-pattern").values():
        form = json.loads(view["attributes"]["fieldFormatMap"])["tocsin.event"]
        assert form["params"]["urlTemplate"] == f"{LINK}/events/{{{{value}}}}"
    drills = [
        (panel["panelIndex"], one["action"]["config"]["url"]["template"])
        for _, panel in raw_panels()
        for one in panel["embeddableConfig"].get("enhancements", {}).get("dynamicActions", {}).get("events", [])
    ]
    assert drills == [(name, f"{LINK}/events/{{{{event.value}}}}") for name in ("events-table", "watch-events")][::-1]


def test_boards_lead_to_each_other() -> None:
    """Each board begins with links to all six and to the product."""
    boards = saved("dashboard")
    assert set(boards) == {f"tocsin-{name}" for name in ASKED_FOR}
    for board in boards.values():
        assert {ref["id"] for ref in board["references"] if ref["type"] == "dashboard"} == set(boards)
        assert f"{LINK}/" in board["attributes"]["panelsJSON"]


def test_each_board_opens_at_its_own_time() -> None:
    """Watch shows today at school; quarters show fifteen months from their first day."""
    times = {
        name: (one["attributes"]["timeFrom"], one["attributes"]["timeTo"]) for name, one in saved("dashboard").items()
    }
    assert all(one["attributes"]["timeRestore"] for one in saved("dashboard").values())
    assert resolve(times["tocsin-watch"][0], START).isoformat() == "2026-11-24T00:00:00+08:00"
    assert resolve(times["tocsin-tone"][0], START).isoformat() == "2026-08-26T00:00:00+08:00"
    assert resolve(times["tocsin-quarter"][0], START).isoformat() == "2025-08-01T00:00:00+08:00"
    assert {to for _, to in times.values()} == {"now"}


def test_panels_have_names_of_their_own() -> None:
    """No two panels of all boards share a name, so that links and tests can speak of one."""
    names = [panel.id for panel in all_panels()]
    assert len(names) == len(set(names)) > 60
    assert all(re.fullmatch(r"[a-z]+-[a-z-]+", name) for name in names)
