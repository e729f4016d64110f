"""Briefings that were written into the data folder are copies, too: after a deletion the ones that cite a deleted item go.

They can be made again from the stored edition or with `tocsin brief`, then without it. Files elsewhere are beyond reach.
"""

from collections.abc import Collection
from pathlib import Path

import msgspec

from pipeline.store.redact import redact_data

MOST_BYTES = 64 * 1024 * 1024
ENDS = ("", "-leader", "-own")  # of one period: briefing-2026Q3.pdf, briefing-2026Q3-leader.docx


def drop_saved(folder: Path, gone: Collection[str]) -> list[str]:
    """Delete every saved briefing whose data cite or quote one of the items `gone`; returns the names of the files."""
    if not folder.is_dir() or not gone:
        return []
    dropped: list[str] = []
    for data in sorted(folder.glob("*.json")):
        if data.is_symlink() or data.stat().st_size > MOST_BYTES or not _cites(data, gone):
            continue
        mine = {data.stem + end for end in ENDS}
        for file in [one for one in sorted(folder.iterdir()) if one.stem in mine and one.is_file()]:
            file.unlink()
            dropped.append(file.name)
    return dropped


def _cites(file: Path, gone: Collection[str]) -> bool:
    """True when frozen data in a file cite or quote an item; False for a file of another kind."""
    try:
        return redact_data(msgspec.json.decode(file.read_bytes()), gone) > 0
    except (OSError, msgspec.DecodeError, KeyError, TypeError):
        return False
