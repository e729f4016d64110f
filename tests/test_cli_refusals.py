"""What an operator meets when something is wrong: one sentence, the right exit status, nothing half-started."""

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import click
import pytest

from tocsin.commands.demo import make_folder
from tocsin.config import ConfigError
from tocsin.house import read_key
from tocsin.service import listen
from tocsin.sheets import read_table

CONFIG = """
[school]
name = "澜川学院"
[crawl]
contact = "test@example.org"
allow_private = ["127.0.0.1:{site}"]
ports = [{site}]
[server]
port = {port}
[tagger]
kind = "rules"
[[sources]]
id = "news"
url = "http://127.0.0.1:{site}/feed.xml"
kind = "official"
"""


class Site:
    """A site that counts who asks."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                self.send_error(404)

            def log_message(self, *_words: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def site() -> Iterator[Site]:
    """A counting site on loopback."""
    made = Site()
    yield made
    made.server.shutdown()
    made.server.server_close()


def tocsin(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """The command as an operator types it."""
    return subprocess.run(
        [sys.executable, "-m", "tocsin.cli", *words], cwd=folder, capture_output=True, text=True, timeout=120,
        check=False, env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
    )  # fmt: skip


def write_config(folder: Path, site: int = 1, port: int = 8600) -> None:
    """A small valid configuration."""
    (folder / "tocsin.toml").write_text(CONFIG.format(site=site, port=port), encoding="utf-8")


def assert_refused(done: "subprocess.CompletedProcess[str]", status: int, words: str) -> None:
    """One line with `words` on standard error, and this status."""
    assert done.returncode == status, done.stderr
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_run_on_a_taken_port_starts_nothing(tmp_path: Path, site: Site) -> None:
    """`run` says in one sentence that the port is taken, with status 2, before any site is asked."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        write_config(tmp_path, site.server.server_address[1], port)
        done = tocsin(tmp_path, "run")
    assert_refused(done, 2, f"cannot listen on 127.0.0.1:{port}")
    assert site.asked == []


@pytest.mark.parametrize("key", [b"", b"abc"])
def test_a_cut_off_key_is_refused(tmp_path: Path, key: bytes) -> None:
    """An emptied key file would let anyone forge links: no command works with it."""
    write_config(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret.key").write_bytes(key)
    assert_refused(tocsin(tmp_path, "run"), 2, "is cut off")
    with pytest.raises(ConfigError):
        read_key(tmp_path / "data" / "secret.key", lambda: b"x" * 32)


def test_a_new_key_is_written_whole_and_privately(tmp_path: Path) -> None:
    """A fresh key is readable by its owner only, is kept, and nothing lies beside it."""
    path = tmp_path / "secret.key"
    assert read_key(path, lambda: b"k" * 32) == b"k" * 32
    assert read_key(path, lambda: b"n" * 32) == b"k" * 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["secret.key"]


def test_commands_on_an_empty_house_say_so(tmp_path: Path) -> None:
    """`doctor` before the first run is one sentence, not a missing table."""
    write_config(tmp_path)
    assert_refused(tocsin(tmp_path, "doctor"), 2, "nothing is stored")


@pytest.mark.parametrize(("revision", "words"), [("9999", "schema 9999"), ("0001", "`tocsin run` upgrades it")])
def test_another_schema_is_refused_by_every_command(tmp_path: Path, revision: str, words: str) -> None:
    """A command leaves a newer version's database alone, and one that `run` has not upgraded yet."""
    write_config(tmp_path)
    (tmp_path / "data").mkdir()
    with sqlite3.connect(tmp_path / "data" / "tocsin.db") as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES (?)", [revision])
    assert_refused(tocsin(tmp_path, "backup"), 2, words)


def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    """A damaged database is told as such, with status 1."""
    write_config(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "tocsin.db").write_bytes(b"not a database at all, " * 100)
    assert_refused(tocsin(tmp_path, "doctor"), 1, "not a database")


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """A data folder that is a file, and an export into a folder that is not there."""
    write_config(tmp_path)
    (tmp_path / "data").write_text("a file")
    assert_refused(tocsin(tmp_path, "run"), 2, "the data folder")
    assert_refused(tocsin(tmp_path, "init", "--name", "澜川学院", "--english", "", "--contact", "", "--used", "", "--to", "no/x.toml"),
                   1, "no/x.toml")  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_table_from_a_chinese_excel_is_read(tmp_path: Path, encoding: str) -> None:
    """UTF-8 with its mark and GB 18030 say the same; what is neither is one sentence."""
    table = tmp_path / "items.csv"
    table.write_bytes("标题,正文\n食堂,涨价\n".encode(encoding))
    assert read_table(table) == "标题,正文\n食堂,涨价\n"
    table.write_bytes(b"a,b\n\xff\xff\xff")
    with pytest.raises(click.UsageError):
        read_table(table)


def test_an_impossible_port_is_a_sentence() -> None:
    """What the system refuses is told with its reason."""
    with pytest.raises(ConfigError, match="cannot listen on 192"):
        listen("192.0.2.1", 80)


def test_the_demo_empties_its_own_folder_only(tmp_path: Path) -> None:
    """A folder with anything else in it is refused and stays as it is."""
    mine, other = tmp_path / "mine", tmp_path / "other"
    make_folder(mine)
    (mine / "tocsin.toml").write_text('[school]\nname = "澜川学院"\n', encoding="utf-8")
    make_folder(mine)
    assert list(mine.iterdir()) == []
    other.mkdir()
    (other / "thesis.docx").write_bytes(b"years of work")
    with pytest.raises(click.UsageError):
        make_folder(other)
    assert (other / "thesis.docx").exists()
