"""Boards for members only are refused as such; a login form in the corner of an open board is no wall."""

from datetime import UTC, datetime

import pytest

from crawlers.base import Fetched, ParseFailed
from crawlers.kinds import READERS
from crawlers.lists import Listed
from crawlers.settings import SourceSpec
from crawlers.walls import SENTENCE, is_login_address

SEEN = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
ROWS = "".join(
    f"<tbody id='normalthread_{n}'><tr><th><a class='s xst' href='thread-{n}-1-1.html'>二食堂第{n}次涨价了</a></th>"
    f"<td class='by'><em>2026-11-2{n}</em></td></tr></tbody>"
    for n in range(1, 4)
)


def read(body: str, url: str = "https://bbs.example/forum-2-1.html") -> Listed | ParseFailed:
    spec = SourceSpec(id="b", url=url, kind="forum", via="forum")
    page = f"<html><head><meta charset='utf-8'></head><body>{body}</body></html>"
    return READERS["forum"].read_list(spec, Fetched(url, url, 200, {}, page.encode(), 0.1), SEEN)


@pytest.mark.parametrize(
    "body",
    [
        "<div id='messagetext'><p>抱歉，您需要登录后才可以查看本版块</p></div>",
        "<p>本站仅限会员访问</p>",
        "<p>注册需要邀请码</p>",
        "<p>You must be logged in to view this forum.</p>",
        "<form action='/x'><input name='u'><input type='password' name='p'></form>",
        "<p>抱歉，您没有权限访问该版块</p>",
    ],
)
def test_a_wall_is_said_to_be_one(body: str) -> None:
    """The sentence tells the operator that this board is not public."""
    found = read(body)
    assert isinstance(found, ParseFailed)
    assert found.sentence == SENTENCE


def test_an_open_board_with_a_login_form_is_read() -> None:
    """Every board offers a login; what counts is whether threads are shown."""
    found = read(f"<form><input type='password'></form><p>请先登录后才能发帖</p><table>{ROWS}</table>")
    assert isinstance(found, Listed)
    assert len(found.leads) == 3


def test_another_page_is_just_no_list() -> None:
    """A page without threads and without a login is not called a wall."""
    found = read("<p>本版块暂无主题</p>")
    assert isinstance(found, ParseFailed)
    assert found.sentence != SENTENCE


@pytest.mark.parametrize(
    ("url", "login"),
    [("https://x.example/login?next=/a", True), ("https://cas.example/cas/login", True),
     ("https://x.example/login.aspx", True), ("https://bbs.example/member.php?mod=logging&action=login", True),
     ("https://x.example/news/login-problems.html", False), ("https://x.example/thread-1-1-1.html", False)],
)  # fmt: skip
def test_login_pages_are_known_by_their_address(url: str, login: bool) -> None:
    """A redirect there means that the page behind it is not public."""
    assert is_login_address(url) == login
