"""Compiles the boards of dashboards/kibana to Kibana's import files. Runs in an environment of its own (`make kibana`).

    python tools/kibana/compile.py BOARDS TO     each BOARDS/*.yaml becomes TO/*.ndjson

What the compiler adds of itself is taken out or put right here: who and when it invents, settings that it would drop
without a word, and the order of calendar fields.
"""

import json
import sys
from pathlib import Path
from typing import Any

import yaml
from kb_dashboard_core import load, render

INVENTED = ("created_at", "created_by", "updated_at", "updated_by", "version", "managed")
CALENDAR = {"tocsin.hour", "tocsin.weekday", "tocsin.quarter"}


def refuse_lost(board: Path) -> None:
    """End with one sentence when a metric has a filter: the compiler leaves it out, and the number would be wrong."""
    for panel in (panel for one in yaml.safe_load(board.read_text("utf-8"))["dashboards"] for panel in one["panels"]):
        lens = panel.get("lens", {})
        for metric in [*lens.get("metrics", []), lens.get("primary", {}), lens.get("metric", {})]:
            if "filter" in metric or "formula" in metric:
                sys.exit(f"{board.name}: panel {panel.get('id')}: filter the panel; the metric's own filter is lost")


def put_right(saved: dict[str, Any]) -> dict[str, Any]:
    """A compiled dashboard without inventions, calendar fields in their own order."""
    kept = {name: value for name, value in saved.items() if name not in INVENTED}
    panels = json.loads(kept["attributes"]["panelsJSON"])
    for panel in panels:
        for column in columns_of(panel):
            if column["operationType"] == "terms" and column["sourceField"] in CALENDAR:
                column["params"] |= {"orderBy": {"type": "alphabetical", "fallback": False}, "orderDirection": "asc"}
    kept["attributes"]["panelsJSON"] = json.dumps(panels, ensure_ascii=False, separators=(",", ":"))
    return kept


def columns_of(panel: dict[str, Any]) -> list[dict[str, Any]]:
    """The columns of a Lens panel; none for other panels."""
    state = panel["embeddableConfig"].get("attributes", {}).get("state", {})
    layers = state.get("datasourceStates", {}).get("formBased", {}).get("layers", {})
    return [column for layer in layers.values() for column in layer["columns"].values()]


def main(boards: Path, to: Path) -> None:
    """Compile every board."""
    for board in sorted(boards.glob("*.yaml")):
        refuse_lost(board)
        lines = [json.loads(render(one).model_dump_json(by_alias=True)) for one in load(str(board))]
        text = "".join(json.dumps(put_right(line), ensure_ascii=False, sort_keys=True) + "\n" for line in lines)
        (to / f"{board.stem}.ndjson").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
