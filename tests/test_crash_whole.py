"""`kill -9` of the whole service at any moment loses nothing and tells nobody twice unmarked."""

from pathlib import Path

import pytest
from crash_faults import KINDS
from crash_rig import run_kills

KILLS = 20


@pytest.mark.timeout(900)
def test_kills_lose_nothing_and_repeat_only_what_was_in_flight(tmp_path: Path) -> None:
    """After twenty kills, with failing chats, lost answers, a full disk, a locked database and a jumping clock between,
    every published item is stored once and every matter was told; nothing is repeated where the channel can be read,
    elsewhere a message at most once, marked, for each time that it was in flight."""
    tally = run_kills(tmp_path, KILLS, seed=20261124, faults=KINDS, longest=0.6)
    assert tally.matters > 0
    assert tally.faults
    assert tally.clean, tally
