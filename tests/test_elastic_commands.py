"""`tocsin elastic …` and the pages, as an operator and a reader meet them."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path

import pytest
from elastic_kit import a_prefix
from elastic_rig import Cluster
from service_kit import free_port
from sqlalchemy import insert
from starlette.testclient import TestClient
from store_kit import NOON, a_document, a_store, at, kept

from dashboards.auth import add_user, open_session
from pipeline.store.engine import writing
from pipeline.store.schema import changes
from pipeline.store.schema_projection import parked
from pipeline.store.store import SqlStore
from tocsin.cli import main
from tocsin.config import load_config
from tocsin.elastic import tidy_elastic
from tocsin.house import open_house
from tocsin.wiring import build_dashboard

pytestmark = [pytest.mark.service, pytest.mark.timeout(240)]
REASON = "document_parsing_exception: field tocsin.version"
CONFIG = """
[school]
name = "澜川学院"
[store]
folder = "."
[server]
open_on_loopback = true
[elastic]
urls = ["{url}"]
prefix = "{prefix}"
timeout = 5.0
{more}
"""


class Desk:
    """A folder with a configuration and a store, and the commands in it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.prefix = folder, a_prefix()
        self.configure(url)
        self.store: SqlStore = a_store(folder)

    def configure(self, url: str, more: str = "") -> None:
        """Write the configuration."""
        text = CONFIG.format(url=url, prefix=self.prefix, more=more)
        (self.folder / "tocsin.toml").write_text(text, encoding="utf-8")

    def run(self, *order: str) -> tuple[int, str]:
        """Status and everything it says. In this process: a new one takes longer to start than the command to run."""
        said = io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(said):
            patch.setattr(sys, "argv", ["tocsin", *order, "--config", str(self.folder / "tocsin.toml")])
            with pytest.raises(SystemExit) as left:
                main()
        return int(left.value.code or 0), said.getvalue()

    def client(self) -> TestClient:
        """The dashboard, from this machine."""
        house = open_house(load_config(self.folder / "tocsin.toml"))
        return TestClient(build_dashboard(house), base_url="http://127.0.0.1:8600", client=("127.0.0.1", 5000))


@pytest.fixture
def desk(tmp_path: Path, elastic: Cluster) -> Iterator[Desk]:
    """Three items, not sent yet."""
    made = Desk(tmp_path, elastic.url)
    made.store.save([kept(a_document(str(n), f"二食堂涨价 {n}", source_kind="news", seen=at(n))) for n in range(3)], [])
    yield made
    found = [one["index"] for one in elastic.ask("GET", f"_cat/indices/{made.prefix}-*?format=json")]
    for name in found:
        elastic.ask("DELETE", name)
    made.store.engine.dispose()


def test_the_four_commands(desk: Desk, elastic: Cluster) -> None:
    """Set up twice, verify finds what is not there, sync brings it, verify is content; a deletion is found and healed."""
    assert desk.run("elastic", "setup")[0] == 0
    assert desk.run("elastic", "setup")[0] == 0
    status, said = desk.run("elastic", "verify")
    assert (status, "3 missing" in said) == (1, True), said
    status, said = desk.run("elastic", "sync")
    assert (status, "up to date" in said) == (0, True), said
    status, said = desk.run("elastic", "verify", "--deep")
    assert (status, "everything is the same" in said) == (0, True), said
    elastic.ask("DELETE", f"{desk.prefix}-items-v1-g1-2026.09/_doc/{a_document('1').id}?refresh=true")
    status, said = desk.run("elastic", "verify")
    assert (status, a_document("1").id in said) == (1, True), said
    assert desk.run("elastic", "rebuild")[0] == 0
    assert desk.run("elastic", "verify")[0] == 0
    status, said = desk.run("forget", "https://paper.example/2", "--yes")
    assert (status, "1 items deleted; Elasticsearch is up to date" in said) == (0, True), said
    assert elastic.ask("POST", f"{desk.prefix}-search/_refresh")
    assert elastic.ask("GET", f"{desk.prefix}-search/_count")["count"] == 2


def test_an_analyzer_that_the_server_does_not_have_is_named(desk: Desk, elastic: Cluster) -> None:
    """One sentence that says which plug-in to install."""
    desk.configure(elastic.url, 'analyzer = "smartcn"')
    status, said = desk.run("elastic", "setup")
    assert status == 1
    assert "analysis-smartcn" in said
    assert said.count("\n") == 1


def test_without_elasticsearch_the_commands_say_so(tmp_path: Path) -> None:
    """A configuration without it is no error anywhere else."""
    a_store(tmp_path).engine.dispose()
    (tmp_path / "tocsin.toml").write_text('[school]\nname = "澜川学院"\n[store]\nfolder = "."\n', encoding="utf-8")
    order = [sys.executable, "-m", "tocsin.cli", "elastic", "sync", "--config", str(tmp_path / "tocsin.toml")]
    done = subprocess.run(order, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr.decode()) == (
        2, "there is no Elasticsearch in the configuration: write urls under [elastic]\n",
    )  # fmt: skip


def test_the_page_searches_there_and_says_when_it_could_not(desk: Desk, elastic: Cluster) -> None:
    """The same hits either way; with nobody at the address a note, the health answer and the numbers say so."""
    assert desk.run("elastic", "sync")[0] == 0
    subprocess_url = f"http://127.0.0.1:{free_port()}"
    client = desk.client()
    assert elastic.ask("POST", f"{desk.prefix}-search/_refresh")
    there = client.get("/search.json", params={"q": "食堂", "count": "1"}).json()
    assert (there["stand_in"], there["total"]) == (False, 3)
    assert client.get("/healthz").json()["elastic"] == "up to date"
    desk.configure(subprocess_url)
    with writing(desk.store.engine) as connection:
        connection.execute(insert(changes).values(kind="document", id=a_document("1").id))
    away = desk.client()
    page = away.get("/search.json", params={"q": "食堂", "count": "1"}).json()
    assert page["stand_in"] is True
    assert page["hits"] == there["hits"]
    assert "数据库" in away.get("/search", params={"q": "食堂"}).text
    assert away.get("/healthz").json()["elastic"] == "behind"
    assert "tocsin_elastic_lag_changes 1.0" in away.get("/metrics").text
    status, said = desk.run("elastic", "sync")
    assert (status, "cannot be reached" in said) == (1, True)
    assert away.get("/healthz").json()["elastic"] == "stalled"
    assert "Elasticsearch" in away.get("/sources").text
    status, said = desk.run("doctor")
    assert "Elasticsearch is 1 changes behind" in said


def test_a_query_for_a_person_finds_no_private_voice_there(desk: Desk, elastic: Cluster) -> None:
    """The page guards the query before it reaches any index."""
    desk.store.save(
        [
            kept(a_document("p", "张伟老师真讨厌", seen=at(9))),
            kept(a_document("n", "张伟老师获奖", source_kind="news", seen=at(9))),
        ],
        [],
    )
    assert desk.run("elastic", "sync")[0] == 0
    client = desk.client()
    assert elastic.ask("POST", f"{desk.prefix}-search/_refresh")
    found = client.get("/search.json", params={"q": "张伟", "count": "1"}).json()
    assert found["guarded"] is True
    assert [hit["source_kind"] for hit in found["hits"]] == ["news"]
    assert json.dumps(found).count("forum") == json.dumps(client.get("/search.json", params={"q": "zzz"}).json()).count(
        "forum"
    )


def test_a_refused_document_is_said_where_people_look(desk: Desk) -> None:
    """The page of sources names how many, why and what to do; the health answer, the numbers and the doctor have it, too."""
    rows = [{"kind": "document", "id": str(n), "change": n, "at": NOON, "reason": REASON} for n in range(2)]
    with writing(desk.store.engine) as connection:
        connection.execute(insert(parked), rows)
        assert add_user(connection, "operator", "a long word for it", "operator", datetime.now(UTC)) is None
        session = open_session(connection, "operator", datetime.now(UTC), 12)
    client = desk.client()
    client.cookies.set("tocsin", session, domain="127.0.0.1")
    page = client.get("/sources").text
    assert "其中 2 条被拒收" in page
    assert f"{REASON} × 2" in page
    assert "tocsin elastic sync --parked" in page
    assert client.get("/healthz").json()["elastic_refused"] == 2
    assert "tocsin_elastic_parked 2.0" in client.get("/metrics").text
    assert "2 documents refused" in desk.run("doctor")[1]


def test_old_months_go_at_night(desk: Desk, elastic: Cluster) -> None:
    """What the scheduler calls where the server has no ILM: the month that is over since longer than `retention_days` is
    dropped on the real server, the others stay; a server that is away keeps nothing else from running."""
    desk.store.save([kept(a_document("late", "三食堂开业", source_kind="news", seen=at(days=62)))], [])
    assert desk.run("elastic", "sync")[0] == 0
    desk.configure(elastic.url, "retention_days = 60")
    tidy_elastic(open_house(load_config(desk.folder / "tocsin.toml"), lambda: at(days=95)))
    left = [one["index"][-7:] for one in elastic.ask("GET", f"_cat/indices/{desk.prefix}-items-*?format=json")]
    assert left == ["2026.11"]
    assert elastic.ask("GET", f"{desk.prefix}-search/_count")["count"] == 1
    desk.configure(f"http://127.0.0.1:{free_port()}", "retention_days = 60")
    tidy_elastic(open_house(load_config(desk.folder / "tocsin.toml"), lambda: at(days=95)))
