"""The compiled import files, and what is filled in when they leave the house: our address and the prefix of the aliases."""

import json
from dataclasses import dataclass
from importlib import resources
from typing import Any

from dashboards.kibana.views import LINK, PREFIX

ORDER = ("views", "watch", "tone", "events", "sources", "response", "quarter")


@dataclass(frozen=True, slots=True)
class ImportFile:
    """One file for Kibana: JSON lines, each a saved object."""

    name: str
    text: str

    @property
    def saved(self) -> list[dict[str, Any]]:
        """The saved objects in it."""
        return [json.loads(line) for line in self.text.splitlines()]


def read_files() -> list[ImportFile]:
    """As they were compiled, data views first: what the others refer to."""
    folder = resources.files("dashboards.kibana") / "compiled"
    return [ImportFile(f"{name}.ndjson", (folder / f"{name}.ndjson").read_text(encoding="utf-8")) for name in ORDER]


def fill_files(public_url: str, prefix: str = PREFIX) -> list[ImportFile]:
    """With links to `public_url`, and data views on the aliases of `prefix`."""
    return [ImportFile(file.name, _fill(file, public_url.rstrip("/"), prefix)) for file in read_files()]


def _fill(file: ImportFile, public_url: str, prefix: str) -> str:
    lines = [json.dumps(_move(saved, prefix), ensure_ascii=False, sort_keys=True) for saved in file.saved]
    return "".join(line.replace(LINK, public_url) + "\n" for line in lines)


def _move(saved: dict[str, Any], prefix: str) -> dict[str, Any]:
    """A data view's title is the alias that it reads; ids stay, so that an import replaces what was there."""
    if saved["type"] == "index-pattern":
        saved["attributes"]["title"] = prefix + saved["attributes"]["title"].removeprefix(PREFIX)
    return saved
