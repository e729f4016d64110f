"""`kill -9` of the whole service at any moment loses nothing and tells nobody twice unmarked."""

from pathlib import Path

import pytest
from crash_faults import KINDS
from crash_rig import run_kills

KILLS = 20
STEADY = tuple(kind for kind in KINDS if kind != "clock jump")  # jumps of the clock are in `make soak`


@pytest.mark.timeout(900)
def test_kills_lose_nothing_and_repeat_only_what_was_in_flight(tmp_path: Path) -> None:
    """After twenty kills, with failing chats, lost answers, a full disk and a locked database between, every published
    item is stored once and every matter was told; a repeat says that it may be one."""
    tally = run_kills(tmp_path, KILLS, seed=20261124, faults=STEADY, longest=1.0)
    assert tally.matters > 0
    assert tally.faults
    assert tally.clean, tally
