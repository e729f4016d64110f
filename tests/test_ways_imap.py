"""A mailbox by IMAP, against a real server: only new mails, nothing changed there, and every refusal is a sentence."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dovecot_rig import PASSWORD, USER, Box, dovecot
from store_kit import a_store
from ways_door import a_screen

from crawlers.base import FetchFailed, Parsed
from crawlers.collector import Collector
from crawlers.kinds import SOURCES
from crawlers.mailbox import MAX_MAILS, read_mailbox
from crawlers.settings import CrawlPolicy, SourceSpec
from crawlers.spider import crawl_batch
from pipeline.secret import Secret

MAILS = Path(__file__).parent / "data" / "mail"
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[Box]:
    with dovecot() as box:
        yield box


@pytest.fixture(autouse=True)
def _trust(server: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(server.base / "cert.pem"))
    monkeypatch.setenv("BOX_PASSWORD", PASSWORD)


@pytest.fixture
def box(server: Box) -> Iterator[Box]:
    yield server
    for path in (server.base / "mail" / USER).glob("*/*"):
        path.unlink() if path.is_file() else None


def spec(place: Box, kind: str = "complaint", **more: object) -> SourceSpec:
    given = {"url": f"imaps://127.0.0.1:{place.port}/INBOX", "user": USER, "key": Secret(env="BOX_PASSWORD"), **more}
    return SourceSpec(id="box", kind=kind, via="mailbox", **given)  # type: ignore[arg-type]


def policy(place: Box) -> CrawlPolicy:
    return CrawlPolicy(allow_private=[f"127.0.0.1:{place.port}", f"127.0.0.1:{place.plain}"], timeout=20)


def read(place: Box, position: str = "", **more: object) -> Parsed | FetchFailed:
    return asyncio.run(read_mailbox(spec(place, **more), position, policy(place), NOW))  # type: ignore[arg-type]


def took(place: Box, position: str = "", **more: object) -> Parsed:
    found = read(place, position, **more)
    assert isinstance(found, Parsed), found
    return found


def failed(place: Box, **more: object) -> FetchFailed:
    found = read(place, **more)
    assert isinstance(found, FetchFailed), found
    return found


def fill(place: Box, *names: str) -> None:
    for n, name in enumerate(names):
        place.deliver((MAILS / f"{name}.eml").read_bytes(), f"{n:04d}.{name}.host")


@pytest.mark.service
def test_only_new_mails_are_read_and_nothing_is_changed(box: Box) -> None:
    """The second reading brings what came after the first; no mail is marked as read or moved."""
    fill(box, "complaint-plain", "complaint-gbk")
    first = took(box)
    assert [item.title for item in first.items] == ["关于三号宿舍楼热水的投诉", "校车迟到"]
    assert {item.url for item in first.items} == {""}
    assert took(box, first.position or "").items == ()
    box.deliver((MAILS / "complaint-false-charset.eml").read_bytes(), "0009.later.host")
    second = took(box, first.position or "")
    assert [item.title for item in second.items] == ["空调"]
    assert all(":2," not in name or name.endswith(":2,") for name in box.flags())


@pytest.mark.service
def test_nothing_of_the_writer_comes_in(box: Box) -> None:
    """No name, address, number, header or attachment of a complaint is in its item."""
    fill(box, "complaint-plain", "complaint-qq-thread", "complaint-attachments")
    items = took(box).items
    words = " ".join(f"{item}" for item in items)
    assert len(items) == 3
    for trace in ("张三", "2024001234", "13800138000", "李四", "12345678", "420106", "zhang.san", "CAF123", "Foxmail"):
        assert trace not in words
    assert all(item.voice is None for item in items)


@pytest.mark.service
def test_a_press_review_is_headlines_with_links(box: Box) -> None:
    """A clipping mailbox gives one item for each linked headline; other mails are counted, not kept."""
    fill(box, "clipping-html", "clipping-plain", "clipping-no-links")
    found = took(box, kind="news")
    assert [item.url for item in found.items] == [
        "https://news.example/a/1", "https://paper.example/2", "https://news.example/b/1", "https://news.example/b/2",
    ]  # fmt: skip
    assert found.notes == ("1 of 3 mails held nothing for this source.",)


@pytest.mark.service
def test_renumbered_mailbox_gives_the_same_items(box: Box) -> None:
    """A new UIDVALIDITY begins anew, and the same mails have the same ids, so nothing is told twice."""
    fill(box, "complaint-plain", "complaint-gbk")
    before = took(box)
    box.renumber()
    after = took(box, "1:3")
    assert sorted(item.id for item in before.items) == sorted(item.id for item in after.items)


@pytest.mark.service
def test_hostile_mails_are_bounded(box: Box) -> None:
    """50 MB, 1,000 parts inside each other, no body, broken codings: the good mail beside them still comes in."""
    fill(box, *sorted(path.stem for path in MAILS.glob("hostile-*.eml")), "complaint-empty", "complaint-plain")
    box.deliver(b"Subject: big\r\n\r\n" + b"word " * 10_000_000, "0099.big.host")
    titles = [item.title for item in took(box).items]
    assert "关于三号宿舍楼热水的投诉" in titles
    assert "big" in titles


@pytest.mark.service
def test_a_full_mailbox_is_read_in_portions(box: Box) -> None:
    """More than a hundred mails at once: the first look takes the newest hundred, later looks go on in order."""
    start = took(box).position or ""
    for n in range(MAX_MAILS + 30):
        box.deliver(f"Subject: matter {n}\r\n\r\nwords of matter {n}".encode(), f"{n:04d}.many.host")
    one = took(box, start)
    two = took(box, one.position or "")
    assert (len(one.items), len(two.items)) == (MAX_MAILS, 30)
    assert len({item.id for item in (*one.items, *two.items)}) == MAX_MAILS + 30
    assert len(took(box).items) == MAX_MAILS


@pytest.mark.service
def test_starttls_is_used_before_the_login(box: Box) -> None:
    """`imap://` speaks TLS too."""
    fill(box, "complaint-gbk")
    assert len(took(box, url=f"imap://127.0.0.1:{box.plain}/INBOX").items) == 1


@pytest.mark.service
def test_a_folder_with_a_chinese_name_is_found(box: Box) -> None:
    """Folder names are written as IMAP wants them; a folder that is not there is said."""
    box.deliver((MAILS / "clipping-plain.eml").read_bytes(), "1.host", ".&UmpipQ-")
    found = took(box, kind="news", url=f"imaps://127.0.0.1:{box.port}/%E5%89%AA%E6%8A%A5")
    assert len(found.items) == 2
    assert failed(box, url=f"imaps://127.0.0.1:{box.port}/Nowhere").code == "folder"


@pytest.mark.service
def test_refusals_are_sentences_without_secrets(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong password, a missing one, an untrusted certificate and a private address each have their own sentence."""
    monkeypatch.setenv("BOX_PASSWORD", "CANARY123")
    wrong = failed(box)
    assert (wrong.grade, wrong.code) == ("hard", "login")
    assert "CANARY123" not in wrong.sentence
    monkeypatch.delenv("BOX_PASSWORD")
    assert "BOX_PASSWORD" in failed(box).sentence
    monkeypatch.setenv("BOX_PASSWORD", PASSWORD)
    monkeypatch.delenv("SSL_CERT_FILE")
    assert failed(box).code == "tls"
    shut = asyncio.run(read_mailbox(spec(box, url="imaps://127.0.0.1/INBOX"), "", CrawlPolicy(), NOW))
    assert isinstance(shut, FetchFailed)
    assert shut.code == "unsafe_address"


@pytest.mark.service
def test_the_collector_goes_on_where_it_was(box: Box, tmp_path: Path) -> None:
    """The position is stored with the items: a new process reads only what came since, and a quiet box is well."""
    fill(box, "complaint-plain", "complaint-gbk")
    store, now = a_store(tmp_path), NOW
    for brought in (2, 0, 0):
        collector = Collector([spec(box)], policy(box), store, a_screen(), lambda: now, crawl_batch, SOURCES)  # noqa: B023
        (found,) = collector.collect_once(now)
        assert (found.health, found.new, found.said) == ("healthy", brought, "It works.")
        now += timedelta(hours=8)
    assert len(store.waiting(10)) == 2
    assert all(one.document.url is None for one in store.waiting(10))


@pytest.mark.parametrize(
    "greeting",
    [
        b"",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"* OK hi\r\n" + b"x" * 2_000_000,
        b"* BYE\r\n",
        b"* OK {999999999}\r\n",
    ],
    ids=["silence", "http", "endless line", "bye", "giant literal"],
)
def test_a_server_that_is_no_mail_server_is_answered(greeting: bytes) -> None:
    """Whatever speaks at the other end, the answer is a sentence and comes in time."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(30)
        port = listening.getsockname()[1]

        def speak() -> None:
            talk, _ = listening.accept()
            with talk:
                talk.sendall(greeting)

        threading.Thread(target=speak, daemon=True).start()
        own = CrawlPolicy(allow_private=[f"127.0.0.1:{port}"], timeout=5)
        asked = SourceSpec(
            id="b", url=f"imap://127.0.0.1:{port}/", kind="complaint", via="mailbox", user="u", key=Secret(env="PATH")
        )
        found = asyncio.run(read_mailbox(asked, "", own, NOW))
        assert isinstance(found, FetchFailed), found


@pytest.mark.parametrize("at_once", [True, False], ids=["imaps", "imap"])
def test_a_server_that_drips_is_hung_up_on(at_once: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then, and no read is ever late: the connection is ended all the same, and with it its thread."""
    monkeypatch.setattr("crawlers.mailbox.BOX_SECONDS", 1.0)
    hung_up = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(30)
        port = listening.getsockname()[1]

        def drip() -> None:
            talk, _ = listening.accept()
            with talk, suppress(OSError):
                for _ in range(600):
                    talk.sendall(b"\x16" if at_once else b"x")
                    time.sleep(0.05)
                return
            hung_up.set()

        threading.Thread(target=drip, daemon=True).start()
        own = CrawlPolicy(allow_private=[f"127.0.0.1:{port}"], timeout=20)
        scheme = "imaps" if at_once else "imap"
        asked = SourceSpec(
            id="b", url=f"{scheme}://127.0.0.1:{port}/", kind="news", via="mailbox", user="u", key=Secret(env="PATH")
        )
        found = asyncio.run(read_mailbox(asked, "", own, NOW))
        assert isinstance(found, FetchFailed), found
        assert hung_up.wait(20), "the server is still being listened to"
