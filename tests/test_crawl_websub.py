"""WebSub: a hub tells at once, polling is the safety net, and nobody else can tell us anything."""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from hostile_server import Answer, Site, Sites, drip, drip_headers, hang, huge, open_sites, reply
from hub_server import Hub, fetch
from service_kit import join_thread
from starlette.applications import Starlette
from starlette.routing import Route
from store_kit import a_store, rows_of
from test_crawl_collector import Crawls

from crawlers.collector import Collector
from crawlers.door import Door
from crawlers.kinds import SOURCES
from crawlers.schedule import next_due
from crawlers.settings import CrawlPolicy, SourceSpec
from crawlers.state import Attempt, begin_state
from crawlers.websub import HubDesk, Hubs, fits_signature, read_lease
from dashboards.pages.websub import make_websub
from pipeline.mask import Masker
from pipeline.match import Matcher
from pipeline.school import School
from pipeline.screen import Screen
from pipeline.seal import LinkSeal
from pipeline.store.hubs import SqlHubs
from pipeline.voices import SeededSecrets, VoiceKeys

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
PARSERS = {str(via): source for via, source in SOURCES.items()}
SCHOOL = School("云川大学")


def feed(hub: str, *titles: str) -> bytes:
    items = "".join(f"<item><title>{t}</title><link>http://news.example.cn/{t}</link></item>" for t in titles)
    return (
        '<?xml version="1.0"?><rss version="2.0" xmlns:a="http://www.w3.org/2005/Atom"><channel><title>报</title>'
        f'<a:link rel="hub" href="{hub}"/><a:link rel="self" href="http://news.example.cn/feed.xml"/>{items}</channel></rss>'
    ).encode()


class Rig:
    """A site, a hub, the callback on a real port, and a collector; all on loopback."""

    def __init__(self, site: Site, hub: Hub, **policy: Any) -> None:
        self.site, self.hub = site, hub
        self.store = a_store(Path(tempfile.mkdtemp(prefix="tocsin-hub-")))  # a file: several threads write
        self.clock = datetime.now(UTC)
        allowed = policy.pop("allow_private", [site.netloc, hub.netloc])
        self.policy = CrawlPolicy(allow_private=allowed, host_delay=0.0, timeout=5.0, **policy)
        self.spec = SourceSpec("paper", site.url("/feed.xml"), "news", name="晚报")
        keys = VoiceKeys(SeededSecrets(b"a seed of tests, long enough"))
        self.screen = Screen(
            SCHOOL, Masker([SCHOOL.name]), Matcher(SCHOOL), keys, LinkSeal(b"a key of a test, long enough")
        )
        self.shelf = SqlHubs(self.store.engine)
        specs = {self.spec.id: self.spec}
        self.desk = HubDesk(self.shelf, specs, PARSERS, lambda: Door(self.store, self.screen, self.policy))
        self.public_url = ""

    def now(self) -> datetime:
        return self.clock

    def __enter__(self) -> "Rig":
        rig = self

        class Context:
            hubs = rig.desk
            now = rig.now

        app = Starlette(routes=[Route("/websub/{token}", make_websub(Context), methods=["GET", "POST"])])  # type: ignore[arg-type]
        config = uvicorn.Config(app, "127.0.0.1", 0, log_level="error", lifespan="off")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        wait_for(lambda: self.server.started)
        port = self.server.servers[0].sockets[0].getsockname()[1]
        self.public_url = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        join_thread(self.thread, "the dashboard's part for hubs")

    def round(self, hours: float = 0.0) -> None:
        """What is due at that time, once; twice, because a hub is known only after the first reading."""
        self.clock = self.clock + timedelta(hours=hours)
        hubs = Hubs(self.shelf, self.public_url)
        Collector(
            [self.spec], self.policy, self.store, self.screen, self.now, Crawls(), PARSERS, hubs=hubs
        ).collect_once(self.clock)

    def subscribe(self) -> None:
        """Read the feed, subscribe, be verified."""
        self.round()
        self.round()
        wait_for(lambda: self.row()["state"] == "live" and len(self.hub.confirmed) > 0)

    def row(self) -> dict[str, Any]:
        """The subscription."""
        rows = rows_of(self.store.engine, "hubs")
        return rows[0] if rows else {"state": "none"}

    def queued(self) -> int:
        """Items stored so far."""
        return len(rows_of(self.store.engine, "intake"))

    def source(self) -> dict[str, Any]:
        """The stored state of the source."""
        return next(row for row in self.store.source_rows() if row["id"] == "paper")


def wait_for(true: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def sites() -> Iterator[Sites]:
    with open_sites() as opened:
        yield opened


@pytest.fixture
def hub() -> Iterator[Hub]:
    one = Hub()
    yield one
    one.close()


@pytest.fixture
def rig(sites: Sites, hub: Hub) -> Iterator[Rig]:
    site = sites.open()
    site.on("/feed.xml", reply(feed(hub.url, "旧闻"), Content_Type="application/rss+xml"))
    with Rig(site, hub) as made:
        yield made


def test_what_a_hub_publishes_is_stored_at_once(rig: Rig) -> None:
    """Found in the feed, subscribed, verified, delivered: the item is in the queue when the hub has its answer."""
    rig.subscribe()
    form = rig.hub.asked[0]
    assert form["hub.mode"] == "subscribe"
    assert form["hub.topic"] == "http://news.example.cn/feed.xml"
    assert len(form["hub.secret"]) == 64
    assert form["hub.callback"].startswith(rig.public_url + "/websub/")
    before, delays = rig.queued(), []
    for number in range(10):
        started = time.monotonic()
        assert rig.hub.publish(feed(rig.hub.url, f"云川大学新闻{number}")) == 202
        assert rig.queued() == before + number + 1
        delays.append(time.monotonic() - started)
    print(f"publish -> stored: median {sorted(delays)[5]:.3f} s, worst {max(delays):.3f} s")
    assert rig.row()["pushes"] == 10


def test_a_wrong_signature_is_answered_and_ignored(rig: Rig) -> None:
    """Forged, unsigned, or signed in a way nobody knows: 2xx, nothing stored; every allowed hash is believed."""
    rig.subscribe()
    before = rig.queued()
    assert rig.hub.publish(feed(rig.hub.url, "假的"), secret="guessed") == 202
    callback = rig.hub.asked[-1]["hub.callback"]
    assert fetch(callback, feed(rig.hub.url, "没有签名"))[0] == 202
    assert fetch(callback, b"x", {"X-Hub-Signature": "md5=abc"})[0] == 202
    assert fetch(callback, b"x", {"X-Hub-Signature": "=\x00"})[0] in (202, 400)
    assert rig.queued() == before
    for number, method in enumerate(("sha1", "sha256", "sha384", "sha512")):
        assert rig.hub.publish(feed(rig.hub.url, f"真的{number}"), method=method) == 202
    assert rig.queued() == before + 4


def test_strangers_get_nothing(rig: Rig) -> None:
    """Unknown callbacks, another topic, an unsubscription we did not ask for: 404 or 410, and nothing changes."""
    rig.subscribe()
    callback = rig.hub.asked[-1]["hub.callback"]
    base = f"{rig.public_url}/websub/{'0' * 32}"
    assert fetch(f"{base}?hub.mode=subscribe&hub.topic=x&hub.challenge=c")[0] == 404
    assert fetch(base, b"<rss/>")[0] == 410
    assert fetch(f"{callback}?hub.mode=subscribe&hub.topic=http://evil.example/&hub.challenge=c")[0] == 404
    topic = "http%3A%2F%2Fnews.example.cn%2Ffeed.xml"
    assert fetch(f"{callback}?hub.mode=unsubscribe&hub.topic={topic}&hub.challenge=c")[0] == 404
    assert rig.row()["state"] == "live"


def test_polling_is_slower_while_the_hub_is_live_and_normal_when_it_is_silent(rig: Rig) -> None:
    """Live: six hours. When polling finds what the hub did not tell: an hour at most, until the hub tells again."""
    rig.subscribe()
    rig.hub.lease = 30 * 86400
    rig.round(hours=2)
    wait_for(lambda: len(rig.hub.confirmed) > 1)  # the renewal
    rig.round(hours=8)
    slow = rig.source()["next_due"] - rig.clock
    assert slow > timedelta(hours=5)
    rig.site.on("/feed.xml", reply(feed(rig.hub.url, "旧闻", "漏掉的"), Content_Type="application/rss+xml"))
    rig.hub.confirmed.clear()
    rig.round(hours=7)
    assert rig.queued() == 2


def test_a_hub_that_misses_something_is_doubted(sites: Sites) -> None:
    """Polling finds a new item although the hub is live: it is silent, until its next delivery."""
    hub = Hub(lease=30 * 86400)
    site = sites.open()
    site.on("/feed.xml", reply(feed(hub.url, "旧闻")))
    with Rig(site, hub) as rig:
        rig.subscribe()
        rig.round(hours=7)
        site.on("/feed.xml", reply(feed(hub.url, "旧闻", "漏掉的")))
        rig.round(hours=7)
        assert rig.row()["state"] == "silent"
        assert rig.source()["next_due"] - rig.clock < timedelta(hours=2)
        hub.publish(feed(hub.url, "又说了"))
        assert rig.row()["state"] == "live"
    hub.close()


def test_a_subscription_is_renewed_before_its_lease_ends(rig: Rig) -> None:
    """At eight tenths of the lease the hub is asked again, with the same callback and secret."""
    rig.subscribe()
    rig.clock += timedelta(minutes=47)
    rig.round()
    assert len(rig.hub.asked) == 1
    rig.clock += timedelta(minutes=2)
    rig.round()
    rig.site.on("/feed.xml", reply(feed(rig.hub.url, "旧闻", "再来")))
    rig.round(hours=1)
    wait_for(lambda: len(rig.hub.asked) >= 2)
    assert rig.hub.asked[0] == rig.hub.asked[-1]


def test_a_hub_on_a_private_address_is_not_asked(sites: Sites) -> None:
    """Where `allow_private` does not name it, a hub on loopback or on a metadata address gets no connection."""
    hub = Hub()
    for address in (hub.url, "http://169.254.169.254/hub", "http://127.0.0.1:1/hub", "file:///etc/passwd"):
        site = sites.open()
        site.on("/feed.xml", reply(feed(address, "旧闻")))
        with Rig(site, hub, allow_private=[site.netloc]) as rig:
            rig.round()
            rig.round(hours=2)
            assert rig.row()["state"] in ("asked", "none")
            assert "not asked" in rig.row().get("said", "not asked")
    assert hub.asked == []
    hub.close()


def test_a_hub_that_refuses_is_asked_again_later(sites: Sites) -> None:
    """Its answer is kept as a sentence, and polling goes on as without it."""
    hub = Hub(refuse=True)
    site = sites.open()
    site.on("/feed.xml", reply(feed(hub.url, "旧闻")))
    with Rig(site, hub) as rig:
        rig.round()
        rig.round(hours=2)
        rig.round(hours=2)
        assert len(hub.asked) == 1
        assert rig.row()["said"] == "The hub answers 400."
        assert rig.source()["next_due"] - rig.clock < timedelta(hours=4)
    hub.close()


def test_a_denied_subscription_is_noted(rig: Rig) -> None:
    """`hub.mode=denied` ends the waiting for a week."""
    rig.subscribe()
    callback = rig.hub.asked[-1]["hub.callback"]
    topic = "http%3A%2F%2Fnews.example.cn%2Ffeed.xml"
    assert fetch(f"{callback}?hub.mode=denied&hub.topic={topic}&hub.reason=no")[0] == 200
    assert rig.row()["state"] == "denied"


def test_a_delivery_that_is_no_feed_changes_nothing(rig: Rig) -> None:
    """Signed garbage, an entity bomb, an empty body: answered, nothing stored, the source unharmed."""
    rig.subscribe()
    before, source = rig.queued(), rig.source()
    bomb = b'<!DOCTYPE r [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><rss><channel><item><title>&b;</title></item></channel></rss>'
    for body in (b"", b"\x00\xff", b"<html>", bomb, b"{}"):
        assert rig.hub.publish(body) == 202
    assert rig.queued() == before
    assert rig.source() == source


def test_without_a_public_address_nothing_is_subscribed(rig: Rig) -> None:
    """A hub could not reach us: it is not asked."""
    Collector([rig.spec], rig.policy, rig.store, rig.screen, rig.now, Crawls(), PARSERS).collect_once(rig.clock)
    Collector([rig.spec], rig.policy, rig.store, rig.screen, rig.now, Crawls(), PARSERS).collect_once(rig.clock)
    assert rig.hub.asked == []


@pytest.mark.parametrize(
    ("given", "good"),
    [("sha256=", False), ("", False), ("sha256", False), ("md5=00", False), ("SHA256={}", True), ("sha256={}", True)],
)
def test_signatures(given: str, good: bool) -> None:
    """Only a full HMAC by one of the four hashes counts."""
    import hashlib
    import hmac

    digest = hmac.new(b"s", b"body", hashlib.sha256).hexdigest()
    assert fits_signature("s", given.format(digest), b"body") is good


@pytest.mark.parametrize(
    ("text", "days"), [("864000", 10), ("", 10), ("-1", 10), ("1", 300 / 86400), ("9999999999", 10), ("99999999", 90)]
)
def test_leases(text: str, days: float) -> None:
    """What the hub says, within five minutes and ninety days; ours when it says nothing usable."""
    assert read_lease(text) == timedelta(days=days)


def test_a_live_hub_lengthens_only_a_quiet_answer() -> None:
    """With something new the pause is the ordinary one."""
    spec, policy = SourceSpec("s", "http://a.example/f", "news"), CrawlPolicy()
    state = begin_state(spec, timedelta(hours=1), NOW)
    quiet = next_due(state, spec, Attempt(items=5, hub_live=True), policy, NOW)
    loud = next_due(state, spec, Attempt(items=5, new=3, hub_live=True), policy, NOW)
    assert (quiet.reason.code, quiet.interval >= timedelta(hours=5)) == ("hub", True)
    assert loud.interval < timedelta(hours=2)


@pytest.mark.parametrize(
    "answer", [hang, drip, drip_headers, huge(64)], ids=["silent", "drip", "endless head", "64 MB"]
)
def test_an_odd_hub_costs_nobody_anything(sites: Sites, answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub that never finishes its answer is given up in time, and the feed is read as without a hub."""
    monkeypatch.setattr("crawlers.websub.ASK_SECONDS", 0.5)
    odd, site = sites.open().on("/hub", answer), sites.open()
    site.on("/feed.xml", reply(feed(odd.url("/hub"), "a")))
    hub = Hub()
    try:
        with Rig(site, hub, allow_private=[site.netloc, odd.netloc]) as rig:
            rig.round()
            rig.round()
            assert odd.asked("/hub")
            assert rig.row()["state"] == "asked"
            assert rig.source()["health"] == "healthy"
    finally:
        hub.close()
