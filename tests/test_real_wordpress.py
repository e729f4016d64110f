"""Input that we did not write: a real WordPress is read in three ways, and a real mail server gets the alert."""

import html
import os
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fake_slack import CHANNEL, TOKEN, FakeSlack
from mailpit_rig import Mailpit, open_mailpit
from service_kit import answers, free_port, running, wait_for
from wordpress_rig import AUTHOR, Post, WordPress, open_wordpress

from alerts.pack import default_pack
from crawlers.base import Fetched, Parsed
from crawlers.identity import item_id
from crawlers.kinds import READERS, SOURCES
from crawlers.lists import Listed
from crawlers.settings import SourceSpec

NAMES = frozenset({"rss", "rest", "map"})
CONFIG = """
[school]
name = "澜川学院"
[crawl]
contact = "test@example.org"
allow_private = ["{blog}"]
host_delay = 0.0
[alerting]
group_wait = "1s"
quiet_hours = []
escalate_after = "7d"
[server]
port = {port}
open_on_loopback = true
[store]
folder = "."
[[channels]]
id = "chat"
kind = "slack"
token = {{ env = "TEST_SLACK" }}
target = "{channel}"
base_url = "{slack}"
[[channels]]
id = "post"
kind = "email"
host = "127.0.0.1"
port = {smtp}
tls = "none"
sender = "tocsin@lanchuan.example"
to = ["duty@lanchuan.example"]
"""
SOURCE = """
[[sources]]
id = "{name}"
name = "澜川晚报"
url = "http://{blog}/{path}"
via = "{via}"
kind = "news"
reach = "regional"
minutes = {minutes}
consent = true
"""
WAYS = (
    ("rss", "?feed=rss2", "feed"),
    ("rest", "?rest_route=/wp/v2/posts", "wordpress"),
    ("map", "?sitemap=index", "sitemap"),
)
PHONE = "13812345678"
CANTEEN = "澜川学院二食堂疑似食物中毒"
CANTEEN_TEXT = (
    f"<p>今天中午，澜川学院二食堂多名学生就餐后呕吐腹痛，被送医检查。知情者电话 {PHONE}。</p><!--more-->"
    "<p>市场监管部门已封存留样，食堂暂停营业，校方称原因正在调查。</p>"
)


@dataclass(frozen=True)
class House:
    """A running `tocsin run` with the folder in which it keeps its things."""

    folder: Path
    port: int

    def rows(self, query: str, *given: object) -> list[dict[str, Any]]:
        """What the database says, read beside the running service."""
        with closing(sqlite3.connect(self.folder / "tocsin.db", timeout=30)) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(query, given)]

    def document(self, post: Post) -> dict[str, Any] | None:
        """The one document of a post."""
        found = self.rows("SELECT * FROM documents WHERE id = ?", item_id(post.link))
        return found[0] if found else None

    def sightings(self, post: Post) -> dict[str, str]:
        """The text (as fingerprint) that each source has read of a post."""
        found = self.rows("SELECT source, fingerprint FROM sightings WHERE item = ?", item_id(post.link))
        return {row["source"]: row["fingerprint"] for row in found}

    def is_read_by_all(self, post: Post) -> bool:
        """True when every source has read the text that is stored, and nothing waits."""
        stored, seen = self.document(post), self.sightings(post)
        fits = stored is not None and set(seen) == NAMES and set(seen.values()) == {stored["fingerprint"]}
        return fits and not self.rows("SELECT n FROM intake")

    def is_sighted_by_all(self, post: Post) -> bool:
        """True when every source has brought the post, kept or not, and nothing waits."""
        return set(self.sightings(post)) == NAMES and not self.rows("SELECT n FROM intake")

    def alerts(self) -> list[dict[str, Any]]:
        return self.rows("SELECT * FROM alerts ORDER BY n")


@contextmanager
def open_house(folder: Path, blog: WordPress, mailpit: Mailpit, slack: FakeSlack) -> Iterator[House]:
    """Write the configuration and run the product as a person would."""
    folder.mkdir()
    house = House(folder, free_port())
    text = CONFIG.format(
        blog=blog.netloc, port=house.port, channel=CHANNEL, slack=slack.base_url, smtp=mailpit.smtp
    ) + default_pack()  # fmt: skip
    for name, path, via in WAYS:
        text += SOURCE.format(name=name, blog=blog.netloc, path=path, via=via, minutes=0.02)
    (folder / "tocsin.toml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "tocsin.cli", "run", "--config", str(folder / "tocsin.toml")]
    with running(command, folder / "out.txt", {**os.environ, "TEST_SLACK": TOKEN}) as child:
        wait_for("the dashboard answers", lambda: answers(house.port) or child.poll() is not None, 120)
        assert child.poll() is None, (folder / "out.txt").read_text()[-3000:]
        yield house
        assert child.poll() is None, (folder / "out.txt").read_text()[-3000:]


def publish_before(blog: WordPress) -> tuple[Post, Post, Post]:
    """What was on the blog before anybody watched it: an old scandal, a piece of praise, and somebody else's matter."""
    then = datetime.now(UTC) - timedelta(days=10)
    old = blog.publish(
        "澜川学院宿舍楼起火", "<p>澜川学院三号宿舍楼昨晚起火，两名学生送医，起火原因正在调查。</p>",
        post_date=f"{then:%Y-%m-%d %H:%M:%S}", post_date_gmt=f"{then:%Y-%m-%d %H:%M:%S}",
    )  # fmt: skip
    praise = blog.publish("澜川学院学子获全国数学建模一等奖", "<p>澜川学院代表队在全国竞赛中获得一等奖，师生欢庆。</p>")
    other = blog.publish("青石大学食堂涨价", "<p>青石大学食堂今起涨价一成，学生有意见。</p>")
    return old, praise, other


@pytest.mark.service
@pytest.mark.timeout(400)
def test_a_real_blog_is_one_document_a_post_and_one_alert_a_matter(tmp_path: Path) -> None:
    """By RSS, REST and sitemap each post is one document; an edit is its version 2; the alert comes once, by mail and
    chat, and its link shows the matter on the phone and takes it only by a POST."""
    with FakeSlack() as slack, open_mailpit(tmp_path) as mailpit, open_wordpress(tmp_path) as blog:
        old, praise, other = publish_before(blog)
        with open_house(tmp_path / "house", blog, mailpit, slack) as house:
            check_first_look(house, old, praise, other)
            canteen = blog.publish(CANTEEN, CANTEEN_TEXT)
            check_alert(house, canteen, mailpit, slack)
            blog.edit(canteen, content=CANTEEN_TEXT + "<p>更正：送医学生为六人，均已返校。</p>")
            blog.edit(praise, title="澜川学院学子获全国数学建模特等奖")
            check_edits(house, canteen, praise)
            check_untold(house, mailpit, slack)
            check_phone(house, mailpit)
        check_files(tmp_path / "house")


def check_addresses(blog: WordPress) -> None:
    """Whatever shape a blog's addresses have, feed, API and sitemap name the same posts."""
    before = blog.order(do="read")["shape"]
    for shape in ("", "/archives/%post_id%", before):
        blog.use_permalinks(shape)
        feed, posts, pages = (found_ids(blog, name, path, via) for name, path, via in WAYS)
        assert len(feed) == 4
        assert feed == posts
        assert feed <= pages


def found_ids(blog: WordPress, name: str, path: str, via: str) -> set[str]:
    """The ids of the items that one way of reading gives, sitemaps of an index included."""
    spec, found = SourceSpec(name, blog.url(path), "news", via=via), set()  # type: ignore[arg-type]
    waiting = [spec.url]
    while waiting:
        answer = httpx.get(waiting.pop(), follow_redirects=True, timeout=60)
        fetched = Fetched(spec.url, str(answer.url), 200, dict(answer.headers), answer.content, 0.1)
        parsed = SOURCES[via].parse(spec, fetched, datetime.now(UTC))
        assert isinstance(parsed, Parsed), parsed
        found |= {item.id for item in parsed.items}
        listed = READERS[via].read_list(spec, fetched, datetime.now(UTC)) if via == "sitemap" else None
        waiting += listed.more if isinstance(listed, Listed) else ()
    return found


def check_files(folder: Path) -> None:
    """Neither the author of the posts nor the telephone number is in any byte of any file."""
    for file in folder.rglob("*"):
        data = file.read_bytes() if file.is_file() else b""
        assert [word for word in (AUTHOR, PHONE) if word.encode() in data] == [], file


def check_first_look(house: House, old: Post, praise: Post, other: Post) -> None:
    """Old and new posts are documents, another school's matter is none, and nobody is told of the past."""
    wait_for("the praise is read in three ways", lambda: house.is_read_by_all(praise), 120)
    wait_for("the old post is read in three ways", lambda: house.is_read_by_all(old), 120)
    wait_for("the other school's post is read in three ways", lambda: house.is_sighted_by_all(other), 120)
    assert house.document(other) is None
    before, after = house.document(old), house.document(praise)
    assert before is not None
    assert after is not None
    assert (before["history"], after["history"]) == (1, 0)
    assert after["label"] != "negative"
    assert after["topic"] == "awards"
    assert house.alerts() == []


def check_alert(house: House, canteen: Post, mailpit: Mailpit, slack: FakeSlack) -> None:
    """The matter is told once, by both channels, in words that name it and without the telephone number."""
    wait_for("the mail has come", mailpit.mails, 120)
    wait_for("the chat message has come", lambda: slack.posts, 60)
    wait_for("the post is read in three ways", lambda: house.is_read_by_all(canteen), 120)
    stored = house.document(canteen)
    assert stored is not None
    assert (stored["label"], stored["url"], stored["version"]) == ("negative", canteen.link, 1)
    assert stored["topic"] in ("health", "safety", "canteen")
    assert PHONE not in stored["text"]
    (alert,) = house.alerts()
    (mail,) = mailpit.mails()
    assert (alert["kind"], alert["event"]) == ("first", stored["event"])
    check_mail(mailpit, mail, slack.posts[0])


def check_mail(mailpit: Mailpit, mail: dict[str, Any], post: dict[str, Any]) -> None:
    """The subject is the headline, both parts say the same, the receiver is the configured one."""
    text_lines = mail["Text"].splitlines()
    assert mail["Subject"] == text_lines[0].strip()
    assert mail["Subject"].startswith("【")
    assert "食物中毒" in mail["Subject"][:40]
    assert html.escape(mail["Subject"]) in mail["HTML"]
    assert [one["Address"] for one in mail["To"]] == ["duty@lanchuan.example"]
    assert mailpit.headers_of(mail)["Auto-Submitted"] == ["auto-generated"]
    assert PHONE not in mail["Text"] + mail["HTML"] + str(post)
    assert find_link(mail["Text"]) == find_link(html.unescape(mail["HTML"]))
    assert "食物中毒" in post["text"]


def check_edits(house: House, *posts: Post) -> None:
    """Each edited post is version 2 of the same document, however many sources have seen the edit, and says it."""
    for post in posts:
        wait_for("the edit is read in three ways", lambda post=post: is_edited(house, post), 120)
        stored = house.document(post)
        assert stored is not None
        assert stored["version"] == 2
        assert "更正" in stored["text"] or "特等奖" in stored["title"]
        kept = house.rows("SELECT version, title, text FROM versions WHERE document = ?", stored["id"])
        assert [(row["version"], "更正" in row["text"] or "特等奖" in row["title"]) for row in kept] == [(1, False)]


def is_edited(house: House, post: Post) -> bool:
    """True when version 2 is stored and every source has read it."""
    stored = house.document(post)
    return stored is not None and stored["version"] > 1 and house.is_read_by_all(post)


def check_untold(house: House, mailpit: Mailpit, slack: FakeSlack) -> None:
    """After reading on for some rounds there is one alert, one mail, one message and one document a post."""
    first = house.rows("SELECT max(last_run) AS last FROM sources")[0]["last"]
    wait_for("every source was read again", lambda: all_read_since(house, first))
    assert [row["kind"] for row in house.alerts()] == ["first"]
    assert (len(mailpit.mails()), len(slack.posts)) == (1, 1)
    assert len(house.rows("SELECT url FROM documents")) == len(house.rows("SELECT DISTINCT url FROM documents"))
    states = house.rows("SELECT id, health, failures FROM sources")
    assert {(row["id"], row["health"], row["failures"]) for row in states} == {(name, "healthy", 0) for name in NAMES}


def all_read_since(house: House, moment: str) -> bool:
    """True when each source had a run after `moment`."""
    return len(house.rows("SELECT id FROM sources WHERE last_run > ?", moment)) == len(NAMES)


def find_link(text: str) -> str:
    """The signed link in a message."""
    found = re.search(r"http://127\.0\.0\.1:\d+/a/[\w.\-]+", text)
    assert found, text
    return found.group(0)


def check_phone(house: House, mailpit: Mailpit) -> None:
    """The link of the mail opens the matter; looking changes nothing, however often; a POST takes it."""
    link = find_link(mailpit.mails()[0]["Text"])
    assert f":{house.port}/a/" in link
    with httpx.Client(timeout=60) as phone:
        for _ in range(3):
            page = phone.get(link)
            assert page.status_code == 200
        assert "食物中毒" in page.text
        assert PHONE not in page.text
        assert house.rows("SELECT * FROM acks") == []
        token = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
        assert token
        taken = phone.post(link, data={"csrf": token.group(1), "act": "take"}, headers={"Origin": link.split("/a/")[0]})
        assert taken.status_code == 303
    (ack,) = house.rows("SELECT * FROM acks")
    assert (ack["what"], ack["event"]) == ("taken", house.alerts()[0]["event"])
