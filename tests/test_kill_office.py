"""kill -9 while the office works: papers are numbered without gap or double, a post is taken once or not at all, a roster
comes in whole or not at all, and the configuration file is always a whole one."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
import tomllib
from contextlib import closing
from pathlib import Path

import pytest
from response_kit import a_store

KILLS = 10


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_the_office_is_killed_anywhere(tmp_path: Path) -> None:
    """Ten kills at random moments; what was said to be done is there, and nothing is there by half."""
    a_store(tmp_path).dispose()
    file = tmp_path / "papers.db"
    (tmp_path / "tocsin.toml").write_text('[school]\nname = "澜川学院"\n', encoding="utf-8")
    rng = random.Random(20261124)
    said: set[tuple[str, str]] = set()
    for kill in range(KILLS):
        said |= work_until_killed(file, kill * 10_000, rng.uniform(0.02, 1.2))
    check(file, said)
    assert tomllib.loads((tmp_path / "tocsin.toml").read_text("utf-8"))["school"]["name"] == "澜川学院"
    assert len(list(tmp_path.glob(".tocsin.toml*"))) <= 1


def work_until_killed(file: Path, begin: int, seconds: float) -> set[tuple[str, str]]:
    """Let a process work for so long after its first deed; what it said was done."""
    out = file.with_name("said.txt")
    with out.open("wb") as stream:
        command = [sys.executable, str(Path(__file__).with_name("office_child.py")), str(file), str(begin)]
        child = subprocess.Popen(command, stdout=stream, env=dict(os.environ))
    end = time.monotonic() + 60
    while not out.stat().st_size and child.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    time.sleep(seconds)
    assert child.poll() is None
    child.send_signal(signal.SIGKILL)
    child.wait(30)
    lines = [line.split() for line in out.read_text().splitlines() if line.count(" ") == 1]
    tomllib.loads(file.with_name("tocsin.toml").read_text("utf-8"))
    return {(what, n) for what, n in lines}


def check(file: Path, said: set[tuple[str, str]]) -> None:
    """The invariants, from the bytes of the database."""
    with closing(sqlite3.connect(file)) as database:
        numbers = [row[0] for row in database.execute("SELECT number FROM slips ORDER BY number")]
        last = database.execute("SELECT last FROM paper_numbers WHERE kind = 'notice'").fetchone()[0]
        words = {row[0] for row in database.execute("SELECT words FROM slips")}
        nonces = {int(row[0]) for row in database.execute("SELECT nonce FROM inbox_nonces")}
        items = [row[0] for row in database.execute("SELECT item FROM intake")]
        groups = [
            row[0]
            for row in database.execute("SELECT count(*) FROM officers GROUP BY substr(id, 1, instr(id, '-') - 1)")
        ]
        assert database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    done = {what: {int(n) for kind, n in said if kind == what} for what in ("slip", "post", "roster")}
    print({what: len(found) for what, found in done.items()}, "slips", len(numbers), "posts", len(items))
    assert min(len(found) for found in done.values()) > 0
    assert numbers == list(range(1, len(numbers) + 1))
    assert last == len(numbers)
    assert {f"请核实第{n}项。" for n in done["slip"]} <= words
    assert done["post"] <= nonces
    assert len(items) == len(set(items)) == len(nonces)
    assert groups
    assert set(groups) == {5}
