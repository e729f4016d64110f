"""Looking again: withdrawn and corrected articles are marked with an evidence copy, private posts that are gone go."""

import gzip
import hashlib
import io
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hostile_server import Site, Sites, conditional, open_sites, redirect, reply
from store_kit import a_document, a_store, an_event, bytes_on_disk, kept, rows_of, screened, source_row
from test_crawl_collector import Crawls
from warcio.archiveiterator import ArchiveIterator

from crawlers.collector import Collector
from crawlers.kinds import SOURCES
from crawlers.settings import CrawlPolicy, SourceSpec
from crawlers.withdrawal import Again, says_deleted
from pipeline.mask import Masker
from pipeline.match import Matcher
from pipeline.model import Document
from pipeline.recheck import EVERY, Look, judge_look, next_look
from pipeline.school import School
from pipeline.screen import Screen
from pipeline.seal import LinkSeal
from pipeline.store.engine import reading
from pipeline.store.forget import forget_items
from pipeline.store.rechecks import SqlRechecks, read_fates
from pipeline.store.retain import purge
from pipeline.store.scrub import scrub
from pipeline.voices import SeededSecrets, VoiceKeys

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SEAL = LinkSeal(b"a key of a test, long enough")
PARSERS = {str(via): source for via, source in SOURCES.items()}
BODY = "云川大学第二食堂今日中午停止供餐，学校称将于本周五前完成检修，期间学生可到第一食堂就餐，菜价不变。"


def article(text: str, title: str = "云川大学第二食堂停餐检修", views: int = 10) -> bytes:
    page = f"""<html><head><title>{title}-晚报</title></head><body><nav>首页 新闻</nav><h1>{title}</h1>
    <p>浏览次数：{views}</p><div class="article-content"><p>{text}</p><p>记者从后勤处获悉，检修涉及排烟与冷库。</p></div>
    </body></html>"""
    return page.encode()


class House:
    """A store with one paper and one board on one site, and a collector that looks again at given times."""

    def __init__(self, site: Site, folder: Path | None = None) -> None:
        self.site = site
        self.store = a_store(folder or Path(tempfile.mkdtemp(prefix="tocsin-look-")))  # a file: several threads write
        school = School("云川大学")
        keys = VoiceKeys(SeededSecrets(b"a seed of tests, long enough"))
        self.screen = Screen(school, Masker([school.name]), Matcher(school), keys, SEAL)
        self.policy = CrawlPolicy(allow_private=[site.netloc], host_delay=0.0, timeout=3.0)
        feed = {"via": "feed", "minutes": 100_000.0}
        self.specs = [
            SourceSpec("paper", site.url("/feed"), "news", **feed),  # type: ignore[arg-type]
            SourceSpec("bbs", site.url("/bbs"), "forum", **feed),  # type: ignore[arg-type]
        ]

    def news(self, path: str = "/a", **given: Any) -> Document:
        """A stored article in an open event."""
        values = {"url": self.site.url(path), "source": "paper", "source_kind": "news", "seen": NOW}
        document = a_document(path, BODY[:30], title="云川大学第二食堂停餐检修", **(values | given))
        self.store.enqueue(source_row("paper"), [screened(document)], NOW)
        self.store.save([kept(document)], [one.n for one in self.store.waiting(99)])
        return document

    def post(self, path: str = "/thread-1", title: str = "二食堂又停了吗") -> Document:
        """A stored post of the board, with its sealed link."""
        document = a_document(path, "二食堂今天又没开门", title=title, source="bbs", seen=NOW)
        self.store.enqueue(source_row("bbs"), [screened(document, (), SEAL.seal(self.site.url(path)))], NOW)
        self.store.save([kept(document)], [one.n for one in self.store.waiting(9)])
        return document

    def look(self, hours: float) -> None:
        """One round so many hours later; the sources themselves are not due."""
        for spec in self.specs:
            row = source_row(spec.id, next_due=NOW + timedelta(days=99), memory={"asked": spec.url})
            self.store.put_source(row | {"last_ok": NOW})
        again = Again(SqlRechecks(self.store.engine), SEAL.open)
        collector = Collector(
            self.specs, self.policy, self.store, self.screen, lambda: NOW, Crawls(), PARSERS, again=again
        )
        collector.collect_once(NOW + timedelta(hours=hours))

    def row(self, document: Document) -> dict[str, Any] | None:
        """The stored document."""
        return next((row for row in rows_of(self.store.engine, "documents") if row["id"] == document.id), None)

    def copies(self) -> list[dict[str, Any]]:
        """The evidence, oldest first."""
        return sorted(rows_of(self.store.engine, "evidence"), key=lambda row: row["at"])


@pytest.fixture(scope="module")
def sites() -> Iterator[Sites]:
    with open_sites() as opened:
        yield opened


@pytest.fixture
def house(sites: Sites) -> House:
    return House(sites.open())


def test_a_withdrawn_article_is_marked_and_its_first_copy_is_kept(house: House) -> None:
    """Looked at once, then gone (410): marked withdrawn, the copy of what it said is a readable WARC with its hash."""
    paper = house.news()
    house.site.on("/a", reply(article(BODY), Content_Type="text/html; charset=utf-8", Set_Cookie="sid=1234"))
    house.look(1)
    house.site.on("/a", reply(status=410))
    house.look(9)
    row = house.row(paper)
    assert row is not None
    assert row["withdrawn"].startswith("2026-09-01T21:00")
    first, gone = house.copies()
    assert (first["why"], first["status"], gone["why"], gone["status"]) == ("first", 200, "withdrawn", 410)
    record = next(iter(ArchiveIterator(io.BytesIO(first["warc"]))))
    assert record.rec_type == "conversion"
    assert record.rec_headers["WARC-Target-URI"] == house.site.url("/a")
    assert record.rec_headers["WARC-Date"] == "2026-09-01T13:00:00Z"
    assert record.rec_headers["Tocsin-Answer-SHA256"] == first["sha256"]
    assert first["sha256"] == hashlib.sha256(article(BODY)).hexdigest()
    said = record.content_stream().read().decode()
    assert BODY[:20] in said
    assert "<" not in said
    assert b"sid=1234" not in gzip.decompress(first["warc"])
    with reading(house.store.engine) as conn:
        assert [(one[1], one[2]) for one in read_fates(conn, "e1")] == [("paper", "withdrawn")]
    changed = [(row["kind"], row["gone"]) for row in rows_of(house.store.engine, "changes")]
    assert changed[-2:] == [("document", 0), ("event", 0)]


def test_a_missing_article_is_withdrawn_only_at_the_second_look(house: House) -> None:
    """One 404 may be a hiccup; two an hour apart are a withdrawal, and a page that is back is no longer withdrawn."""
    paper = house.news()
    house.site.on("/a", reply(article(BODY)))
    house.look(1)
    house.site.on("/a", reply(status=404))
    house.look(9)
    assert house.row(paper)["withdrawn"] is None  # type: ignore[index]
    house.look(11)
    assert house.row(paper)["withdrawn"]  # type: ignore[index]
    house.site.on("/a", reply(article(BODY)))
    house.look(20)
    assert house.row(paper)["withdrawn"] is None  # type: ignore[index]


def test_a_corrected_article_is_a_new_version(house: House) -> None:
    """Another text at the address is handed to the worker as an edit; counters and white space are no change."""
    paper = house.news()
    house.site.on("/a", reply(article(BODY)))
    house.look(1)
    house.site.on("/a", reply(article(BODY, views=99)))
    house.look(9)
    assert house.store.waiting(9) == []
    house.site.on("/a", reply(article(BODY.replace("本周五", "下周三"), views=120)))
    house.look(17)
    (waiting,) = house.store.waiting(9)
    assert waiting.document.id == paper.id
    assert "下周三" in waiting.document.text
    assert waiting.document.title == paper.title
    house.store.save([kept(waiting.document)], [waiting.n])
    row = house.row(paper)
    assert row is not None
    assert row["version"] == 2
    assert [one["text"] for one in rows_of(house.store.engine, "versions")] == [paper.text]
    assert [one["why"] for one in house.copies()] == ["first", "corrected"]
    feed = screened(paper)
    assert house.store.enqueue(source_row("paper"), [feed], NOW + 18 * HOUR) == 0  # its excerpt is no edit
    house.look(25)
    assert len(house.copies()) == 2


def test_an_unchanged_article_costs_a_conditional_request(house: House) -> None:
    """The validators of the page come back byte for byte, and a 304 is a look."""
    house.news()
    house.site.on("/a", conditional(article(BODY), 'W/"p1"'))
    for hours in (1, 9, 17):
        house.look(hours)
    sent = [request.headers.get("if-none-match") for request in house.site.asked("/a")]
    assert sent == [None, 'W/"p1"', 'W/"p1"']
    assert len(house.copies()) == 1


@pytest.mark.parametrize(
    "answer",
    [
        reply(status=404),
        reply(status=410),
        reply("<html><title>提示信息</title><p>抱歉，指定的主题不存在或已被删除或正在被审核</p></html>".encode()),
        reply("<html><body>该帖已被删除</body></html>".encode("gbk"), Content_Type="text/html; charset=gbk"),
        redirect("/forum.php"),
    ],
    ids=["404", "410", "discuz", "gbk", "sent-home"],
)
def test_a_private_post_that_is_gone_twice_is_erased_and_nobody_is_told(sites: Sites, answer: Any) -> None:
    """The first miss changes nothing; the second, hours later, takes the post and its link; the count stays."""
    house = House(sites.open())
    post = house.post()
    house.site.on("/forum.php", reply(b"<html>home</html>"))
    house.site.on("/thread-1", answer)
    house.look(7)
    assert house.row(post)
    assert len(rows_of(house.store.engine, "private_links")) == 1
    house.look(12)
    assert house.row(post) is None
    assert rows_of(house.store.engine, "private_links") == []
    assert rows_of(house.store.engine, "rechecks") == []
    assert rows_of(house.store.engine, "hourly")[0]["items"] == 1
    assert rows_of(house.store.engine, "alerts") == []
    last = [row for row in rows_of(house.store.engine, "changes") if row["kind"] == "document"][-1]
    assert (last["id"], last["gone"]) == (post.id, 1)
    again = screened(post, (), SEAL.seal(house.site.url("/thread-1")))
    assert house.store.enqueue(source_row("bbs"), [again], NOW + 13 * HOUR) == 0


def test_gone_within_a_day_of_its_deletion_in_the_worst_case() -> None:
    """Deleted right after a look: the next look misses it, the one after erases it, and the bytes are scrubbed."""
    look = Look("ffff", "bbs", "forum", None, None)
    deleted = NOW
    missed = next_look(look, "same", deleted)
    erased = next_look(look, "missing", missed)
    assert judge_look(Look("ffff", "bbs", "forum", None, None, missed=missed), "absent", None, erased) == "erased"
    assert erased - deleted + timedelta(hours=6) < timedelta(hours=24)


@pytest.mark.parametrize(
    "answer",
    [
        reply(status=503),
        reply(status=403),
        redirect("/member.php?mod=logging&action=login"),
        reply("<html><body><h1>二食堂又停了吗</h1><p>上一楼说该帖已被删除，并没有。</p></body></html>".encode()),
        reply(status=429),
    ],
    ids=["503", "403", "login", "title-still-there", "429"],
)
def test_what_the_site_cannot_answer_erases_nothing(sites: Sites, answer: Any) -> None:
    """Trouble of the site, a login, or a page that still shows the post say nothing about it."""
    house = House(sites.open())
    post = house.post()
    house.site.on("/thread-1", answer).on("/member.php?mod=logging&action=login", reply(b"<html>log in</html>"))
    for hours in (7, 14, 21, 28):
        house.look(hours)
    assert house.row(post)


def test_robots_txt_holds_for_looking_again_too(house: House) -> None:
    """A page that robots.txt closes is not asked for."""
    house.news()
    house.site.on("/robots.txt", reply(b"User-agent: *\nDisallow: /a"))
    house.site.on("/a", reply(article(BODY)))
    house.look(1)
    assert house.site.asked("/a") == []
    assert house.copies() == []


def test_a_host_is_asked_for_two_items_a_round(house: House) -> None:
    """Thirty items of one host in open events are spread over the rounds, the never looked at first."""
    for number in range(30):
        house.news(f"/n{number}")
        house.site.on(f"/n{number}", reply(article(BODY)))
    house.look(1)
    house.look(1.1)
    asked = [request.path for request in house.site.requests if request.path != "/robots.txt"]
    assert len(asked) == len(set(asked)) == 4


def test_closed_events_history_and_young_posts_are_left_alone(house: House) -> None:
    """Only items inside open events are looked at, and a post that was read just now was there just now."""
    closed = a_document("/c", BODY, source="paper", source_kind="news", url=house.site.url("/c"))
    house.store.save([kept(closed, "e9", snapshot=an_event("e9", status="closed"))], [])
    house.news("/h", history=True)
    house.post()
    house.look(1)
    assert [request.path for request in house.site.requests if request.path != "/robots.txt"] == []


def test_copies_go_with_their_document_and_with_its_text(tmp_path: Path, sites: Sites) -> None:
    """Deletion on request takes the copy, bytes included; retention takes the copy with the text, hash and time stay."""
    house = House(sites.open(), tmp_path)
    one, other = house.news("/a"), house.news("/b")
    for path in ("/a", "/b"):
        house.site.on(path, reply(article(BODY)))
    house.look(1)
    assert len(house.copies()) == 2
    warc = next(row["warc"] for row in house.copies() if row["document"] == one.id)
    forget_items(house.store.engine, {one.id}, {one.fingerprint}, NOW)
    scrub(house.store.engine)
    assert [row["document"] for row in house.copies()] == [other.id]
    assert warc not in bytes_on_disk(tmp_path)
    purge(house.store.engine, NOW + timedelta(days=200))
    (left,) = house.copies()
    assert left["warc"] is None
    assert len(left["sha256"]) == 64


def test_copies_stay_within_their_size(house: House) -> None:
    """The oldest copies go first; their hash and time stay."""
    for number, hours in enumerate((1, 2, 3)):
        house.news(f"/n{number}")
        house.site.on(f"/n{number}", reply(article(BODY)))
        house.look(hours)
    size = max(len(row["warc"]) for row in house.copies())
    assert SqlRechecks(house.store.engine).trim_evidence(2 * size + 10) == 1
    assert [row["warc"] is None for row in house.copies()] == [True, False, False]


def test_private_voices_have_no_copy(house: House) -> None:
    """Whatever becomes of a post, no page of it is ever kept."""
    house.post()
    house.site.on("/thread-1", reply(article("二食堂今天又没开门", "二食堂又停了吗")))
    house.look(7)
    house.look(14)
    assert [row["warc"] for row in house.copies()] == []


@pytest.mark.parametrize(
    "shown",
    ["该帖已被删除", "抱歉，指定的主题不存在或已被删除", "内容已被作者删除", "此微博已被作者删除。", "该内容已被发布者删除", "帖子不存在",
     "This topic has been deleted by its author", "您访问的页面不存在", "本文章已删除", "该问题已被管理员屏蔽", "topic not found"],
)  # fmt: skip
def test_the_words_of_a_deletion_are_known(shown: str) -> None:
    """The forums' own sentences, alone on a short page."""
    assert says_deleted(f"提示信息 {shown} 返回首页", "二食堂又停了吗")


@pytest.mark.parametrize(
    "shown",
    ["二食堂又停了吗 楼上的帖子已被删除 大家怎么看", "二食堂又停了吗 本帖最后编辑于昨天", "学校删除了通知，大家注意"],
)
def test_the_words_alone_are_no_deletion(shown: str) -> None:
    """A page that shows the title is there, and talk of deleting is talk."""
    assert not says_deleted(shown, "二食堂又停了吗")


def test_an_item_without_configured_source_is_left_alone(house: House) -> None:
    """A source that was taken out of the configuration is not asked any more."""
    house.news(source="other")
    house.site.on("/a", reply(article(BODY)))
    house.look(1)
    assert house.site.asked("/a") == []


def test_looks_are_hours_apart() -> None:
    """No item is asked for more often than once in six hours, unless a miss has to be made sure."""
    look = Look("0abc", "paper", "news", None, None)
    assert next_look(look, "same", NOW) - NOW >= EVERY
    assert next_look(look, "missing", NOW) - NOW >= HOUR


def test_an_evidence_copy_names_nobody(house: House) -> None:
    """By-line, readers' comments, a telephone number in the text and the account in the address are not in the copy."""
    paper = house.news()
    page = article(BODY + "咨询电话13812345678，联系人微信lovecat_991。").decode()
    page = page.replace(
        "<h1>", "<meta name=author content=zhangxiaoyu77><p class=author><a href=/u/88001234>zhangxiaoyu77</a></p><h1>"
    )
    page = page.replace(
        "</body>", "<div class=comments><p><a href=/u/99005678>momo5566</a>：电话13987654321</p></div></body>"
    )
    house.site.on("/a", reply(page.encode(), Content_Type="text/html; charset=utf-8"))
    house.look(1)
    warc = next(row["warc"] for row in house.copies() if row["document"] == paper.id)
    said = gzip.decompress(warc).decode()
    assert BODY[:20] in said
    planted = ("13812345678", "lovecat_991", "zhangxiaoyu77", "88001234", "momo5566", "13987654321")
    assert [one for one in planted if one in said] == []
