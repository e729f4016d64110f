"""Miniflux with a PostgreSQL of its own, as a peer of bench/collect.py."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.collect import LIMIT_S, ROUNDS, Round, site_of, timed, urls


def run_miniflux(port: int, count: int, program: str, postgres: str) -> Iterator[Round | None]:
    """`miniflux -refresh-feeds` on a database of its own; its CPU and PostgreSQL's. First None: it is ready."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.chown(folder, "postgres")
        database = Postgres(Path(folder), postgres)
        with database.running():
            environment = {
                **os.environ, "DATABASE_URL": database.url, "BATCH_SIZE": str(count), "WORKER_POOL_SIZE": "16",
                "POLLING_PARSING_ERROR_LIMIT": "0", "FETCHER_ALLOW_PRIVATE_NETWORKS": "1", "LOG_LEVEL": "error",
            }  # fmt: skip
            subprocess.run([program, "-migrate"], env=environment, check=True, capture_output=True, timeout=LIMIT_S)
            database.say("INSERT INTO users (username, password, is_admin) VALUES ('bench', 'none', true)")
            database.say("INSERT INTO categories (user_id, title) VALUES (1, 'bench')")
            feeds = urls(port, count)
            listed, sites = ",".join(map(repr, feeds)), ",".join(repr(site_of(url)) for url in feeds)
            database.say(
                "INSERT INTO feeds (user_id, category_id, title, feed_url, site_url, next_check_at) SELECT 1, 1, 'f' || n, url, site, "
                f"now() + interval '1 day' FROM unnest(ARRAY[{listed}], ARRAY[{sites}]) WITH ORDINALITY AS t(url, site, n)"
            )

            def refresh() -> Round:
                before = database.cpu()
                command = [program, "-refresh-feeds"]
                found = timed(
                    lambda: subprocess.run(command, env=environment, check=True, capture_output=True, timeout=LIMIT_S)
                )
                return Round(found.wall, found.cpu + database.cpu() - before, found.memory + database.memory())

            refresh()
            start = refresh()
            print(f"miniflux starts in {start.wall:.2f} s, {start.cpu:.2f} s of CPU (taken off)", file=sys.stderr)
            yield None
            for _ in ROUNDS:
                database.say("UPDATE feeds SET next_check_at = now() - interval '1 minute'")
                found = refresh()
                yield Round(found.wall - start.wall, found.cpu - start.cpu, found.memory)
            entries = database.say("SELECT count(*), count(DISTINCT feed_id) FROM entries").strip()
            print(f"miniflux stored (entries|feeds): {entries}", file=sys.stderr)


class Postgres:
    """A PostgreSQL server in a folder, run by the user postgres, reached by a socket in the folder."""

    def __init__(self, folder: Path, programs: str) -> None:
        self._folder, self._programs = folder, Path(programs)
        self.url = f"postgres:///postgres?host={folder}&user=postgres"

    def _as_postgres(self, *command: str, told: str | None = None) -> subprocess.CompletedProcess[str]:
        words = ["runuser", "-u", "postgres", "--", str(self._programs / command[0]), *command[1:]]
        return subprocess.run(words, check=True, capture_output=True, text=True, input=told, timeout=LIMIT_S)

    @contextmanager
    def running(self) -> Iterator[None]:
        """From `initdb` to stop."""
        data = str(self._folder / "data")
        self._as_postgres("initdb", "-D", data, "-A", "trust")
        options = f"-k {self._folder} -c listen_addresses= -c max_connections=60"
        self._as_postgres("pg_ctl", "-D", data, "-o", options, "-l", str(self._folder / "log"), "-w", "start")
        try:
            yield
        finally:
            self._as_postgres("pg_ctl", "-D", data, "-m", "fast", "-w", "stop")

    def say(self, statement: str) -> str:
        """One statement."""
        return self._as_postgres("psql", "-h", str(self._folder), "-qtA", told=statement).stdout

    def _family(self) -> list[str]:
        head = (self._folder / "data" / "postmaster.pid").read_text().split()[0]
        children = subprocess.run(
            ["pgrep", "-P", head], check=False, capture_output=True, text=True, timeout=60
        ).stdout.split()
        return [head, *children]

    def cpu(self) -> float:
        """CPU seconds of the server, its children and those that have ended."""
        ticks = 0
        for place, process in enumerate(self._family()):
            stat = Path(f"/proc/{process}/stat")
            fields = stat.read_text().rpartition(")")[2].split() if stat.exists() else ["0"] * 15
            ticks += sum(map(int, fields[11 : 15 if place == 0 else 13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Proportional MB of all its processes now."""
        total = 0
        for process in self._family():
            roll = Path(f"/proc/{process}/smaps_rollup")
            lines = roll.read_text().splitlines() if roll.exists() else []
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return total / 1024
