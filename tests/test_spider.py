"""The crawl child against real sites on loopback: what it reads, what it leaves alone, and how it ends."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hostile_server import Site, Sites, hang, open_sites, redirect, reply
from service_kit import end_child, join_thread
from store_kit import a_store

from crawlers.base import CrawlDone, CrawlEvent, CrawlItem, CrawlJob
from crawlers.collector import Collector
from crawlers.identity import item_id
from crawlers.kinds import SOURCES
from crawlers.settings import CrawlPolicy, SourceSpec
from crawlers.spider import COMMAND, child_environment, crawl_batch, explain_death, run_child

NOW = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
HTML = "text/html; charset=utf-8"
TITLES = (
    "二食堂停业检修三天的通知",
    "北苑宿舍热水恢复供应说明",
    "图书馆考试周延长开放时间",
    "冬季长跑活动报名即将截止",
)


@pytest.fixture
def sites() -> Iterator[Sites]:
    """Sites of this test."""
    with open_sites() as opened:
        yield opened


def page(body: str) -> str:
    """A whole page."""
    return f"<html><head><title>青石学院</title></head><body>{body}</body></html>"


def serve(site: Site, path: str, body: str, kind: str = HTML) -> None:
    """Answer `path` with `body`."""
    site.on(path, reply(body.encode(), Content_Type=kind))


def serve_list(site: Site, path: str = "/", numbers: tuple[int, ...] = (0, 1, 2, 3), tail: str = "") -> None:
    """A list page with dated links, and the articles behind them."""
    rows = [f"<li><a href='/a/{n}.htm'>{TITLES[n]}</a><span>2026-11-{20 - n:02}</span></li>" for n in numbers]
    serve(site, path, page(f"<ul class='list'>{''.join(rows)}</ul>{tail}"))
    for n in numbers:
        text = f"{TITLES[n]}。详情见附件，第{n}号文件自发布之日起执行，请各单位遵照办理并告知师生。"
        serve(site, f"/a/{n}.htm", page(f"<h1>{TITLES[n]}</h1><p>{text}</p>"))


def job_of(site: Site, via: str = "listing", path: str = "/", source: str = "qs", **more: object) -> CrawlJob:
    """A job that begins at `path`."""
    fields = {key: more.pop(key) for key in ("kind", "pages", "follow") if key in more}
    spec = SourceSpec(id=source, url=site.url(path), via=via, **{"kind": "official"} | fields)  # type: ignore[arg-type]
    return CrawlJob(spec, spec.url, delay_s=0.0, **more)  # type: ignore[arg-type]


def policy_for(*sites: Site, **more: float) -> CrawlPolicy:
    """A policy that lets these loopback sites be read."""
    return CrawlPolicy(allow_private=[site.netloc for site in sites], host_delay=0.0, **{"timeout": 5.0} | more)  # type: ignore[arg-type]


def crawl(policy: CrawlPolicy, *jobs: CrawlJob) -> tuple[list[CrawlItem], dict[str, CrawlDone]]:
    """Run a batch to its end; exactly one end a job."""
    events = list(crawl_batch(jobs, policy, NOW))
    ends = [event for event in events if isinstance(event, CrawlDone)]
    assert sorted(end.source_id for end in ends) == sorted(job.spec.id for job in jobs)
    return [event for event in events if isinstance(event, CrawlItem)], {end.source_id: end for end in ends}


def asked(site: Site) -> list[str]:
    """The paths that were requested, robots.txt left out."""
    return [request.path for request in site.requests if request.path != "/robots.txt"]


def test_list_and_articles_are_read_newest_first(sites: Sites) -> None:
    """A list without selectors gives every article with title, day and text, one request each."""
    site = sites.open()
    serve_list(site)
    items, ends = crawl(policy_for(site), job_of(site))
    assert [event.item.title for event in items] == list(TITLES)
    assert all("请各单位遵照办理" in (event.item.text or "") for event in items)
    assert items[0].item.id == item_id(site.url("/a/0.htm"))
    assert items[0].item.published == datetime(2026, 11, 19, 16, tzinfo=UTC)
    assert asked(site) == ["/", "/a/0.htm", "/a/1.htm", "/a/2.htm", "/a/3.htm"]
    assert (ends["qs"].ok, ends["qs"].pages, ends["qs"].failed, ends["qs"].found) == (True, 5, 0, 4)


def test_it_says_who_it_is_and_keeps_no_cookie(sites: Sites) -> None:
    """Every request carries our User-Agent, and none a cookie or a referrer."""
    site = sites.open()
    serve_list(site)
    site.on("/", reply(site_body(site), Content_Type=HTML, Set_Cookie="sid=1; Path=/"))
    crawl(policy_for(site), job_of(site))
    assert len(site.requests) == 6
    assert all(request.headers["user-agent"].startswith("Tocsin/") for request in site.requests)
    assert not any("cookie" in request.headers or "referer" in request.headers for request in site.requests)


def site_body(_site: Site) -> bytes:
    """The list of `serve_list` again."""
    rows = [f"<li><a href='/a/{n}.htm'>{TITLES[n]}</a><span>2026-11-{20 - n:02}</span></li>" for n in range(4)]
    return page(f"<ul class='list'>{''.join(rows)}</ul>").encode()


def test_known_pages_are_left_alone_but_for_the_newest(sites: Sites) -> None:
    """What was read before is not fetched again; the three newest are, for edits."""
    site = sites.open()
    serve_list(site)
    known = frozenset(item_id(site.url(f"/a/{n}.htm")) for n in range(4))
    items, ends = crawl(policy_for(site), job_of(site, known=known))
    assert asked(site) == ["/", "/a/0.htm", "/a/1.htm", "/a/2.htm"]
    assert len(items) == 3
    assert ends["qs"].found == 4


def test_further_pages_are_read_while_they_bring_news(sites: Sites) -> None:
    """A first crawl follows the next page up to the setting; a later one stops at a page without anything new."""
    site = sites.open()
    serve_list(site, "/", (0, 1, 2), "<a href='/2.htm'>下一页</a>")
    serve_list(site, "/2.htm", (1, 2, 3), "<a href='/3.htm'>下一页</a>")
    items, _ = crawl(policy_for(site), job_of(site, pages=2))
    assert {event.item.title for event in items} == set(TITLES)
    assert "/3.htm" not in asked(site)
    site.requests.clear()
    known = frozenset(item_id(site.url(f"/a/{n}.htm")) for n in range(3))
    crawl(policy_for(site), job_of(site, pages=2, known=known))
    assert "/2.htm" not in asked(site)


def test_forum_gives_first_posts_and_accounts_as_voice_only(sites: Sites) -> None:
    """A thread is title, first post and time; the account is in `voice` and in nothing else."""
    site = sites.open()
    row = (
        "<tbody id='normalthread_7'><tr><th><a href='/thread-7-1-1.html' class='s xst'>北苑热水又停了</a></th>"
        "<td class='by'><cite><a href='space-uid-71.html'>南山小鱼</a></cite><em>昨天 22:10</em></td></tr></tbody>"
    )
    serve(site, "/forum-2-1.html", page(f"<table>{row}</table>"))
    serve(site, "/thread-7-1-1.html", page("<b>南山小鱼</b><td id='postmessage_1'>本周第二次了。</td>"))
    items, ends = crawl(policy_for(site), job_of(site, "forum", "/forum-2-1.html", kind="forum"))
    item = items[0].item
    assert (item.title, item.text, item.voice) == ("北苑热水又停了", "本周第二次了。", "space-uid-71.html")
    assert "71" not in item.url.replace(site.netloc, "")  # the port may hold these digits
    assert "小鱼" not in f"{item} {ends}"


def test_sitemap_index_leads_to_articles(sites: Sites) -> None:
    """From an index the child sitemaps are read, and from them the pages."""
    site = sites.open()
    serve_list(site)
    head = "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'"
    index = f"<sitemapindex {head}><sitemap><loc>{site.url('/posts.xml')}</loc></sitemap></sitemapindex>"
    urls = "".join(f"<url><loc>{site.url(f'/a/{n}.htm')}</loc></url>" for n in range(4))
    serve(site, "/sitemap.xml", index, "application/xml")
    serve(site, "/posts.xml", f"<urlset {head}>{urls}</urlset>", "application/xml")
    items, ends = crawl(policy_for(site), job_of(site, "sitemap", "/sitemap.xml", kind="news"))
    assert {event.item.title for event in items} == set(TITLES)
    assert ends["qs"].ok


def test_feed_with_follow_reads_whole_articles(sites: Sites) -> None:
    """A feed that only teases is followed to its pages when the source says so."""
    site = sites.open()
    serve_list(site)
    item = f"<item><title>{TITLES[0]}</title><link>/a/0.htm</link><description>摘要</description></item>"
    serve(site, "/feed", f"<rss version='2.0'><channel>{item}</channel></rss>", "text/xml")
    items, _ = crawl(policy_for(site), job_of(site, "feed", "/feed", follow=True, kind="news"))
    assert "请各单位遵照办理" in (items[0].item.text or "")


@pytest.mark.parametrize("status", [500, 503, 429])
def test_site_without_readable_robots_is_not_read(sites: Sites, status: int) -> None:
    """A robots.txt that the server cannot give closes the site (RFC 9309), and the end says so."""
    site = sites.open()
    serve_list(site)
    site.on("/robots.txt", reply(status=status))
    items, ends = crawl(policy_for(site), job_of(site))
    assert (items, asked(site)) == ([], [])
    assert (ends["qs"].ok, ends["qs"].grade) == (False, "temporary")
    assert "robots.txt" in ends["qs"].sentence


def test_disallowed_article_is_told_by_its_headline_only(sites: Sites) -> None:
    """A page that robots.txt closes is not requested; what the open list says of it is kept."""
    site = sites.open()
    serve_list(site)
    serve(site, "/robots.txt", "User-agent: *\nDisallow: /a/1.htm\n", "text/plain")
    items, _ = crawl(policy_for(site), job_of(site))
    assert "/a/1.htm" not in asked(site)
    assert [event.item.text for event in items if event.item.title == TITLES[1]] == [None]


def test_rules_that_the_service_knows_are_not_asked_again(sites: Sites) -> None:
    """robots.txt comes with the job; the child does not fetch it a second time."""
    site = sites.open()
    serve_list(site)
    robots: Mapping[str, str] = {f"http://{site.netloc}": "User-agent: *\nDisallow: /a/2.htm"}
    crawl(policy_for(site), job_of(site, robots=robots))
    assert "/robots.txt" not in [request.path for request in site.requests]
    assert "/a/2.htm" not in asked(site)


def test_links_and_redirects_cannot_be_turned_inward(sites: Sites) -> None:
    """Neither a link of a list nor a redirect reaches a private address that the operator did not name."""
    site, canary = sites.open(), sites.open()
    targets = [
        canary.url("/x"),
        f"http://localhost:{canary.port}/x",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
    ]
    rows = [f"<li><a href='{url}'>看起来正常的标题文字{n}号</a> 2026-11-20</li>" for n, url in enumerate(targets)]
    rows += ["<li><a href='/jump'>跳转到别处的标题文字一号</a> 2026-11-20</li>"]
    serve(site, "/", page(f"<ul class='list'>{''.join(rows)}</ul>"))
    site.on("/jump", redirect(canary.url("/x")))
    items, ends = crawl(policy_for(site), job_of(site))
    assert (canary.connections, items) == (0, [])
    assert ends["qs"].ok is False


def test_pause_between_two_requests_is_kept(sites: Sites) -> None:
    """Requests to one host come one at a time with the job's pause between them."""
    site = sites.open()
    serve_list(site, numbers=(0, 1, 2))
    job = job_of(site)
    paused = CrawlJob(job.spec, job.start_url, delay_s=0.3)
    crawl(policy_for(site), paused)
    moments = [request.at for request in site.requests]
    assert min(b - a for a, b in pairwise(moments)) >= 0.29


def test_three_refusals_in_a_row_end_the_job(sites: Sites) -> None:
    """After three answers 403 or 429 the rest of the pages is left alone."""
    site = sites.open()
    serve_list(site)
    for n in range(4):
        site.on(f"/a/{n}.htm", reply(status=429, Retry_After="600"))
    items, ends = crawl(policy_for(site), job_of(site))
    assert len(asked(site)) == 4
    assert items == []
    assert (ends["qs"].ok, ends["qs"].grade, ends["qs"].retry_after is not None) == (False, "temporary", True)


def test_one_bad_source_does_not_hold_up_the_others(sites: Sites) -> None:
    """A site that hangs costs its own time-out and nothing of its neighbours."""
    good, bad = sites.open(), sites.open()
    serve_list(good)
    bad.on("/", hang)
    started = time.monotonic()
    items, ends = crawl(policy_for(good, bad, timeout=2.0), job_of(bad, source="bad"), job_of(good))
    assert time.monotonic() - started < 20
    assert (len(items), ends["qs"].ok) == (4, True)
    assert (ends["bad"].ok, ends["bad"].grade) == (False, "temporary")


def test_page_that_is_no_list_is_told(sites: Sites) -> None:
    """A login page instead of a list ends the job with a sentence."""
    site = sites.open()
    serve(site, "/", page("<p>请先登录</p>"))
    items, ends = crawl(policy_for(site), job_of(site))
    assert items == []
    assert (ends["qs"].ok, ends["qs"].sentence) == (False, "No list of links was found on the page.")


# ---------------------------------------------------------------- how it ends


def test_killed_child_ends_every_job_with_a_sentence(sites: Sites) -> None:
    """When the child is killed the events so far stay, and each unfinished job is told as broken off."""
    site = sites.open()
    serve_list(site)
    site.on("/a/2.htm", hang)
    events = crawl_batch(
        [job_of(site), job_of(site, source="other", path="/nowhere")], policy_for(site, timeout=60.0), NOW
    )
    seen: list[CrawlEvent] = [next(events)]
    wait_until(lambda: "/a/2.htm" in asked(site))
    os.kill(only_child(), signal.SIGKILL)
    seen += list(events)
    ends = {event.source_id: event for event in seen if isinstance(event, CrawlDone)}
    assert ends["qs"].sentence == explain_death(-9)
    assert (ends["qs"].ok, ends["qs"].grade) == (False, "temporary")
    assert set(ends) == {"qs", "other"}


def test_closed_generator_kills_the_child(sites: Sites) -> None:
    """Who stops listening leaves no child behind."""
    site = sites.open()
    serve_list(site)
    site.on("/a/2.htm", hang)
    events = crawl_batch([job_of(site)], policy_for(site, timeout=60.0), NOW)
    next(events)
    child = only_child()
    events.close()  # type: ignore[attr-defined]
    assert not Path(f"/proc/{child}").exists()


def test_a_stopped_collector_leaves_no_child(sites: Sites, tmp_path: Path) -> None:
    """The child waits for a page that never comes, and the collector is stopped: the child is gone with it, not minutes later
    beside the child of the next one."""
    site = sites.open()
    serve_list(site)
    site.on("/a/2.htm", hang)
    spec = SourceSpec("qs", site.url("/"), "news", via="listing")
    policy = policy_for(site, timeout=300.0)
    screen = type("Nothing", (), {"screen": lambda _self, _raw, _now: "not taken"})()
    collector = Collector([spec], policy, a_store(tmp_path), screen, lambda: NOW, crawl_batch, SOURCES)  # type: ignore[arg-type]
    stop = threading.Event()
    thread = threading.Thread(target=collector.run, args=(stop,), daemon=True)
    thread.start()
    wait_until(lambda: "/a/2.htm" in asked(site), 60)
    child = only_child()
    stop.set()
    join_thread(thread, "the collector", 60)
    wait_until(lambda: not is_alive(child), 20)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's promise is Linux's")
def test_child_dies_with_its_parent(sites: Sites, tmp_path: Path) -> None:
    """A service that is killed takes its crawl child with it, at once."""
    site = sites.open()
    site.on("/", hang)
    script = tmp_path / "parent.py"
    script.write_text(
        textwrap.dedent(f"""
        from datetime import UTC, datetime
        from crawlers.base import CrawlJob
        from crawlers.settings import CrawlPolicy, SourceSpec
        from crawlers.spider import crawl_batch
        spec = SourceSpec(id="s", url={site.url("/")!r}, kind="news", via="listing")
        policy = CrawlPolicy(allow_private=[{site.netloc!r}], timeout=60.0)
        list(crawl_batch([CrawlJob(spec, spec.url)], policy, datetime.now(UTC)))
        """)
    )
    parent = subprocess.Popen([sys.executable, str(script)])
    wait_until(lambda: "/" in asked(site), 30)
    child = only_child(parent.pid)
    end_child(parent, "the parent")
    wait_until(lambda: not is_alive(child), 5)


def test_child_that_talks_nonsense_is_ended(sites: Sites) -> None:
    """A child that writes something else ends as a broken crawl, not as an exception."""
    nonsense = (sys.executable, "-c", "print('{\"item\": 7}')")
    site = sites.open()
    events = list(run_child(nonsense, [job_of(site)], policy_for(site), NOW, 5.0))
    assert [(type(event), event.ok) for event in events if isinstance(event, CrawlDone)] == [(CrawlDone, False)]


def test_crawl_ends_when_its_time_is_over(sites: Sites) -> None:
    """The child's own limit ends a crawl that would go on, and tells it."""
    site = sites.open()
    serve_list(site)
    job = job_of(site)
    slow = CrawlJob(job.spec, job.start_url, delay_s=30.0)
    started = time.monotonic()
    events = list(run_child(COMMAND, [slow], policy_for(site), NOW, 3.0))
    assert time.monotonic() - started < 20
    assert [event.source_id for event in events if isinstance(event, CrawlDone)] == ["qs"]


def test_no_job_starts_no_child() -> None:
    """An empty batch ends at once."""
    assert list(crawl_batch([], CrawlPolicy(), NOW)) == []


def test_child_gets_none_of_our_secrets() -> None:
    """Of the environment only what a program needs to start is passed on."""
    given = {"PATH": "/bin", "TOCSIN_SLACK_TOKEN": "CANARY123", "HTTPS_PROXY": "http://proxy"}
    assert child_environment(given) == {"PATH": "/bin", "PYTHONWARNINGS": "ignore"}


def wait_until(true: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait for a condition, at most `seconds`."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def only_child(parent: int | None = None) -> int:
    """The one crawl child of a process."""
    entries = [entry for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    found = [int(entry.name) for entry in entries if parent_of(entry) == (parent or os.getpid())]
    children = [pid for pid in found if b"spider_child" in read(Path(f"/proc/{pid}/cmdline"))]
    assert len(children) == 1
    return children[0]


def parent_of(entry: Path) -> int:
    """The parent of a process, 0 when it is gone."""
    fields = read(entry / "stat").rpartition(b")")[2].split()
    return int(fields[1]) if len(fields) > 1 else 0


def is_alive(pid: int) -> bool:
    """True while a process runs (one that waits to be buried does not)."""
    fields = read(Path(f"/proc/{pid}/stat")).rpartition(b")")[2].split()
    return bool(fields) and fields[0] not in (b"Z", b"X")


def read(path: Path) -> bytes:
    """A file of /proc, empty when it is gone."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_a_large_service_may_still_crawl(sites: Sites) -> None:
    """The peak memory of the process that starts the child is not taken for the child's own."""
    weight = bytearray(700 * 2**20)
    weight[::4096] = b"x" * len(weight[::4096])  # touched, so that it is resident
    del weight
    site = sites.open()
    serve_list(site)
    items, ends = crawl(policy_for(site), job_of(site))
    assert len(items) == 4
    assert ends["qs"].ok
