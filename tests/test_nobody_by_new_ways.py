"""People who come in by the newer ways (APIs, hubs, mailbox, signed posts, tables, staff reports) or out of an officer's
own words are nowhere afterwards: no file, page, paper, message, backup or document of the projection names one."""

import gzip
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec
import pytest
from dovecot_rig import PASSWORD, USER, dovecot
from fake_hook import FakeHook
from fake_slack import CHANNEL, TOKEN, FakeSlack
from hostile_server import open_sites
from planted_ways import EACH, PlantedWays
from sqlalchemy import insert
from starlette.testclient import TestClient
from test_nobody_is_kept import find_values, open_up, read_terms

from crawlers.inbox import sign
from dashboards.auth import add_user, open_session
from pipeline.store.elastic.documents import Lens
from pipeline.store.elastic.names import PARTS
from pipeline.store.elastic.records import read_all
from pipeline.store.engine import reading, writing
from pipeline.store.schema_collecting import hubs
from tocsin.config import load_config
from tocsin.house import House, open_house
from tocsin.wiring import build_dashboard, build_dispatcher, build_report_reader, build_worker

TOCSIN = (sys.executable, "-m", "tocsin.cli")
BASE = "http://127.0.0.1:8600"
KEY = b"a key that both sides know"
NAMES_LEFT = 6  # of 290 bare names, which are found by what stands around them; every number, handle and account goes
CONFIG = """
[school]
name = "澜川学院"
own_sources = ["*"]
[crawl]
contact = "test@example.org"
allow_private = ["{site}", "127.0.0.1:{mail}"]
host_delay = 0.0
[alerting]
group_wait = "0s"
quiet_hours = []
[server]
public_url = "https://tocsin.example"
[store]
folder = "."
[tagger]
kind = "rules"
[[rules]]
id = "words"
kind = "watchword"
severity = "serious"
phrases = ["二食堂的饭", "图书馆座位", "校车"]
[[channels]]
id = "chat"
kind = "slack"
token = {{ env = "TEST_SLACK" }}
target = "{channel}"
base_url = "{slack}"
[[channels]]
id = "hook"
kind = "webhook"
url = {{ env = "TEST_HOOK" }}
[[sources]]
id = "api"
url = "http://{site}/api.json"
via = "json"
kind = "forum"
items = "data.list"
fields = {{ title = "title", url = "url", text = "text", published = "published", id = "id" }}
[[sources]]
id = "tag"
url = "http://{site}/tags/lanchuan"
via = "mastodon"
kind = "social"
[[sources]]
id = "wp"
url = "http://{site}/?rest_route=/wp/v2/posts&per_page=50"
via = "wordpress"
kind = "news"
[[sources]]
id = "ghost"
url = "http://{site}/"
via = "ghost"
kind = "news"
key = {{ env = "TEST_GHOST" }}
[[sources]]
id = "jf"
url = "http://{site}/feed.json"
kind = "forum"
[[sources]]
id = "box"
url = "imaps://127.0.0.1:{mail}/INBOX"
via = "mailbox"
kind = "complaint"
user = "{user}"
key = {{ env = "TEST_BOX" }}
[[sources]]
id = "vendor"
url = "https://vendor.example"
via = "inbox"
kind = "news"
key = {{ env = "TEST_INBOX" }}
[[sources]]
id = "pushed"
url = "https://vendor.example"
via = "inbox"
kind = "social"
key = {{ env = "TEST_INBOX" }}
"""


@dataclass
class Office:
    """The product in a folder: its dashboard with a session, and what was planted."""

    folder: Path
    house: House
    planted: PlantedWays
    client: TestClient
    said: list[bytes] = field(default_factory=list)

    def get(self, path: str) -> str:
        """A page; its bytes are kept for the search."""
        answer = self.client.get(path)
        self.said.append(answer.content)
        assert answer.status_code in (200, 303), (path, answer.status_code, answer.text[:300])
        return answer.text

    def post(self, page: str, target: str, **fields: str) -> str:
        """A form from `page`; returns where it leads."""
        token = re.search(r'name="csrf" value="([0-9a-f]{64})"', self.client.get(page).text)
        assert token, page
        answer = self.client.post(target, data={"csrf": token.group(1), **fields}, headers={"origin": BASE})
        self.said.append(answer.content)
        assert answer.status_code in (200, 303, 400), (target, answer.status_code, answer.text[:300])
        return answer.headers.get("location", "")

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Rows of the database."""
        with closing(sqlite3.connect(self.folder / "tocsin.db", timeout=30)) as database:
            return database.execute(query).fetchall()


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_nobody_is_kept_by_any_newer_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Collected, pushed, imported, reported, told, worked on and exported: of all that was planted 0 is left."""
    folder = tmp_path / "house"
    folder.mkdir()
    with open_sites() as sites, FakeSlack() as slack, FakeHook() as hook, dovecot() as box:
        planted = PlantedWays(sites.open(), seed=20261125)
        planted.fill_site()
        for n in range(EACH):
            box.deliver(planted.mail(n), f"m{n}")
        environ = {
            "TEST_SLACK": TOKEN, "TEST_HOOK": hook.url, "TEST_GHOST": "a-content-key", "TEST_BOX": PASSWORD,
            "TEST_INBOX": KEY.decode(), "SSL_CERT_FILE": str(box.base / "cert.pem"),
        }  # fmt: skip
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        text = CONFIG.format(site=planted.site.netloc, mail=box.port, user=USER, channel=CHANNEL, slack=slack.base_url)
        (folder / "tocsin.toml").write_text(text, encoding="utf-8")
        tocsin(folder, "crawl", "--once", fine=(0, 1))
        tables = tmp_path / "brought"
        tables.mkdir()
        for file in planted.write_tables(tables):
            tocsin(folder, "import", str(file))
        house = open_house(load_config(folder / "tocsin.toml"))
        office = open_office(folder, house, planted)
        bring(office)
        tell(office)
        work(office)
        (folder / "messages.json").write_text(json.dumps([slack.posts, hook.taken], ensure_ascii=False, default=str))
        assert slack.posts
        assert hook.taken
    write_everything(office)
    (folder / "answers.bin").write_bytes(b"\n".join(office.said))
    house.engine.dispose()
    check_ways(office)
    check_nobody(office, list(everything(folder)))


def tocsin(folder: Path, *order: str, fine: tuple[int, ...] = (0,)) -> None:
    """Run a command; what it says is kept beside the rest."""
    line = [*TOCSIN, order[0], "--config", str(folder / "tocsin.toml"), *order[1:]]
    done = subprocess.run(line, env=dict(os.environ), capture_output=True, timeout=180)
    assert done.returncode in fine, done.stderr.decode()[-2000:]
    with (folder / "said.txt").open("ab") as out:
        out.write(done.stdout + done.stderr)


def open_office(folder: Path, house: House, planted: PlantedWays) -> Office:
    """The dashboard over the collected store, and an operator's session."""
    app = build_dashboard(house)
    client = TestClient(app, base_url=BASE, follow_redirects=False, client=("127.0.0.1", 5000))
    with writing(house.engine) as conn:
        assert add_user(conn, "operator", "correct horse battery", "operator", house.clock()) is None
        client.cookies.set("tocsin", open_session(conn, "operator", house.clock(), 12), domain="127.0.0.1")
        conn.execute(insert(hubs).values(
            source="jf", hub="https://hub.example", topic=planted.site.url("/feed.json"), token="t" * 32, secret="s" * 64,
            state="live", due=house.clock(), pushes=0, said="",
        ))  # fmt: skip
    return Office(folder, house, planted, client)


def bring(office: Office) -> None:
    """Signed posts, a hub's delivery, and what staff report."""
    import hashlib
    import hmac

    made, client = office.planted, office.client
    for n, (source, private) in enumerate((("vendor", False), ("pushed", True))):
        body = msgspec.json.encode({"items": made.items(source, private), "user": made.person()})
        stamp, nonce = str(int(office.house.clock().timestamp())), f"{n}" * 20
        head = {
            "X-Tocsin-Timestamp": stamp, "X-Tocsin-Nonce": nonce, "X-Tocsin-Signature": sign(KEY, stamp, nonce, body),
        }  # fmt: skip
        answer = client.post(f"/inbox/{source}", content=body, headers=head)
        assert answer.json()["taken"] >= EACH - 1, answer.text[:500]
        office.said.append(answer.content)
    body = made.rss()
    mark = "sha256=" + hmac.new(b"s" * 64, body, hashlib.sha256).hexdigest()
    head = {"X-Hub-Signature": mark, "Content-Type": "application/rss+xml"}
    assert client.post("/websub/" + "t" * 32, content=body, headers=head).status_code == 202
    assert office.post("/report", "/report", url=made.reported) == "/report?done=reported"
    for _ in range(4):
        where = office.post("/report", "/report", text=made.words("澜川学院")[:200])
        assert where == "/report?done=reported"
    assert build_report_reader(office.house).step() == 1


def tell(office: Office) -> None:
    """The worker decides, the sender sends."""
    worker, sender = build_worker(office.house), build_dispatcher(office.house)
    worker.learn_history()
    while worker.work_once(200):
        pass
    worker.release()
    for _ in range(3):
        sender.tick(office.house.clock())


def work(office: Office) -> None:
    """The office writes everywhere it can, each time with somebody in it, and opens its papers."""
    say = office.planted.words
    events = [str(row[0]) for row in office.rows("SELECT id FROM events ORDER BY topic != 'canteen', id LIMIT 12")]
    for event in events:
        page = f"/events/{quote(event)}"
        office.get(page)
        office.get(f"{page}.json")
    page = f"/events/{quote(events[0])}"
    for act in ("take", "false_alarm", "silence"):
        office.post(page, f"{page}/act", act=act, note=say())
    office.post(page, f"{page}/act", act="hand_over", to=say()[:70], note=say())
    office.post(page, f"{page}/case", department=f"后勤保障处{say()}"[:70], hours="24", owner="officer")
    office.post(page, f"{page}/facts", words=say("窗口已经停用，"), source=say("后勤"), status="confirmed")
    office.post(page, f"{page}/note", words=say("已联系后勤，"))
    local = office.house.clock().astimezone(ZoneInfo("Asia/Shanghai"))
    due = (local + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M")
    slip = office.post(
        page, f"{page}/slip", department=say("后勤保障处 ")[:70], words=say("请核实窗口留样情况，"), due=due, kind="notice",
        matter=say("窗口"), place=say("二食堂"),
    )  # fmt: skip
    report = office.post(page, f"{page}/report", kind="first").partition("?")[0]
    office.post("/log", "/log", words=say("夜里无事，"))
    office.post("/log", "/handovers", next="officer", remarks=say("请留意，"))
    office.post("/register", "/register/enter", year="2026")
    office.post("/register", "/register/columns", own1=say("备注")[:30])
    cases = [f"/cases/{row[0]}" for row in office.rows("SELECT id FROM cases")]
    assert cases
    for act in ("statement", "carried", "pause"):
        office.post(cases[0], f"{cases[0]}/{act}", note=say("情况说明："), url=office.planted.link("statement"))
    office.post(cases[0], f"{cases[0]}/close", outcome="repaired", note=say("已修好，"))
    office.post("/roster", "/roster/day", day="2026-12-24", worked="no", why=say("停课，"))
    asked = office.post("/about", "/about/forget", text=say("请删除这一条："))
    assert asked == ""
    wishes = [
        str(row[0]).removeprefix("forget/") for row in office.rows("SELECT key FROM keep WHERE key LIKE 'forget/%'")
    ]
    office.post("/requests", f"/requests/{wishes[0]}", act="decline", note=say("不予删除："))
    assert slip.startswith("/slips/"), slip
    slip = slip.partition("?")[0]
    office.post(slip, f"{slip}/answer", words=say("已经整改，"), outcome="repaired")
    assert report.startswith("/reports/"), report
    office.post(report, report, **{name: say() for name in ("spread", "assessment", "done", "proposed")})
    office.post(report, f"{report}/issue")
    papers = [f"{report}/paper/report.{kind}" for kind in ("docx", "txt", "pdf")]
    for path in [
        f"{slip}/paper",
        *papers,
        "/register/sheet",
        "/cases/file/xlsx",
        "/roster/file/ics",
        "/roster/file/xlsx",
    ]:
        office.said.append(unpacked(office.client.get(path).content))
    for path in (slip, report, "/log", "/register", "/audit", "/audit.json", "/cases", cases[0], "/", "/about", "/report",
                 "/sources.json", "/search?q=二食堂", "/metrics", "/coverage", "/requests", "/playbooks"):  # fmt: skip
        office.get(path)


def unpacked(data: bytes) -> bytes:
    """A paper and what is inside it."""
    return b"\n".join(part for _, part in open_up("paper", data))


def write_everything(office: Office) -> None:
    """Briefing, exports, backup and the documents of the projection."""
    folder = office.folder
    tocsin(folder, "brief", "--period", "week", "--to", str(folder / "briefing"))
    tocsin(folder, "export", "--to", str(folder / "items.csv"))
    tocsin(folder, "export", "--to", str(folder / "items.jsonl"))
    tocsin(folder, "backup")
    with reading(office.house.engine) as conn:
        made = [one for part in PARTS for one in read_all(conn, part, None, 5_000, Lens())[0]]
    assert len(made) > EACH
    (folder / "projection.json").write_bytes(msgspec.json.encode([[one.id, one.body] for one in made]))


def everything(folder: Path) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of all files, members, packed values of the database and full-text terms."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield from open_up(str(path.relative_to(folder)), path.read_bytes())
    with closing(sqlite3.connect(folder / "tocsin.db")) as database:
        yield "terms", "\n".join(read_terms(database)).encode()
        for (packed,) in database.execute("SELECT warc FROM evidence WHERE warc IS NOT NULL"):
            yield "evidence", gzip.decompress(packed)


def check_ways(office: Office) -> None:
    """Each way brought its items: a closed door would keep nobody out."""
    counts = {
        str(source): int(str(n)) for source, n in office.rows("SELECT source, count(*) FROM documents GROUP BY source")
    }
    print(counts)
    assert {"api", "tag", "wp", "ghost", "jf", "box", "vendor", "pushed", "吧", "staff-report"} <= set(counts), counts
    for source in ("api", "tag", "wp", "ghost", "box", "vendor", "pushed"):
        assert counts[source] >= EACH - 2, counts
    assert counts["吧"] >= 3 * EACH - 5
    assert counts["jf"] >= 2 * EACH - 4


def check_nobody(office: Office, files: list[tuple[str, bytes]]) -> None:
    """Nothing planted is found, in plain or as JSON escapes it."""
    plants = office.planted.plants
    assert len(plants.identities) > 500
    assert len(plants.accounts) > 500
    wanted = sorted({*plants.identities, *plants.accounts, *plants.link_users})
    assert find_values(["澜川学院"], files)
    found = find_values(wanted, files)
    assert found == set(), sorted(found)[:40]
    left = {value for value, _ in find_values(plants.names, files)}
    print(f"{len(wanted)} identities, accounts and user ids; names left: {len(left)} of {len(plants.names)}")
    assert len(left) <= NAMES_LEFT, sorted(find_values(sorted(left), files))[:20]
