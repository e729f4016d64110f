"""The local website of the made-up college and its city: six public sites in the shapes that real ones have.

Each is served under its own path and shows only what is published by the demo's clock. The forum's pages carry
account numbers and signatures as real forums do; nothing of these may be found in Tocsin afterwards.
"""

from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from html import escape
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from tocsin.demo.script import Post

ZONE = ZoneInfo("Asia/Shanghai")
PAGE_SIZE = 20
NAMES = {
    "school": "澜川学院新闻网", "paper": "澜川晚报", "national": "华夏教育网（演示）",
    "forum": "澜院论坛", "notices": "澜川学院通知公告", "mailbox": "澜川市民信箱",
}  # fmt: skip
FEED_SIZE = {"school": 60, "national": 20, "mailbox": 40}


class DemoSite:
    """Builds the pages. `clock` is the demo's; `base` is the address it is served under, without a slash."""

    def __init__(self, posts: list[Post], clock: Callable[[], datetime], base: str) -> None:
        self._posts, self._clock, self._base = posts, clock, base

    def app(self) -> Starlette:
        """The six sites as one application."""
        return Starlette(routes=[
            Route("/robots.txt", self._robots),
            Route("/school/feed.xml", self._rss), Route("/national/feed.xml", self._rss),
            Route("/mailbox/feed.xml", self._atom),
            Route("/paper/news-sitemap.xml", self._sitemap),
            Route("/forum/", self._forum), Route("/notices/", self._notices),
            Route("/forum/thread-{n:int}.html", self._thread),
            Route("/{site}/a/{n:int}.html", self._article),
        ])  # fmt: skip

    def _published(self, site: str) -> list[Post]:
        """Newest first."""
        now = self._clock()
        return [post for post in reversed(self._posts) if post.site == site and post.published <= now]

    def _link(self, post: Post) -> str:
        if post.site == "forum":
            return f"{self._base}/forum/thread-{post.n}.html?authorid={post.account}"
        return f"{self._base}/{post.site}/a/{post.n}.html"

    def _robots(self, _request: Request) -> Response:
        return PlainTextResponse("User-agent: *\nDisallow: /admin/\n")

    def _rss(self, request: Request) -> Response:
        site = request.url.path.split("/")[1]
        items = "".join(
            f"<item><title>{escape(post.title)}</title><link>{escape(self._link(post))}</link>"
            f"<guid>{escape(self._link(post))}</guid><pubDate>{format_datetime(post.published)}</pubDate>"
            f"<description><![CDATA[<p>{escape(post.text)}</p>]]></description></item>"
            for post in self._published(site)[: FEED_SIZE[site]]
        )
        head = f"<title>{NAMES[site]}</title><link>{self._base}/{site}/</link><ttl>1</ttl>"
        return _xml(f'<rss version="2.0"><channel>{head}{items}</channel></rss>')

    def _atom(self, _request: Request) -> Response:
        entries = "".join(
            f"<entry><title>{escape(post.title)}</title><id>{escape(self._link(post))}</id>"
            f'<link href="{escape(self._link(post))}"/><updated>{post.published.isoformat()}</updated>'
            f"<author><name>市民{post.account}</name></author><summary>{escape(post.text)}</summary></entry>"
            for post in self._published("mailbox")[: FEED_SIZE["mailbox"]]
        )
        return _xml(f'<feed xmlns="http://www.w3.org/2005/Atom"><title>{NAMES["mailbox"]}</title>{entries}</feed>')

    def _sitemap(self, _request: Request) -> Response:
        urls = "".join(
            f"<url><loc>{escape(self._link(post))}</loc><news:news><news:publication><news:name>{NAMES['paper']}"
            f"</news:name><news:language>zh</news:language></news:publication>"
            f"<news:publication_date>{post.published.isoformat()}</news:publication_date>"
            f"<news:title>{escape(post.title)}</news:title></news:news></url>"
            for post in self._published("paper")
        )
        spaces = (
            'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
            'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
        )
        return _xml(f"<urlset {spaces}>{urls}</urlset>")

    def _forum(self, request: Request) -> Response:
        posts, page, more = _page_of(self._published("forum"), request)
        rows = "".join(
            f'<tr class="thread"><td><a class="subject" href="thread-{post.n}.html?authorid={post.account}">'
            f'{escape(post.title)}</a></td><td><a class="author" href="space-uid-{post.account}.html">'
            f'用户{post.account}</a></td><td class="date">{_local(post)}</td></tr>'
            for post in posts
        )
        following = f'<a class="nxt" href="?page={page + 1}">下一页</a>' if more else ""
        return _html(NAMES["forum"], f'<table id="threads">{rows}</table>{following}')

    def _thread(self, request: Request) -> Response:
        post = self._find(request)
        if post is None:
            return PlainTextResponse("404", status_code=404)
        body = (
            f'<h1 class="subject">{escape(post.title)}</h1><div class="post first"><a class="author" '
            f'href="space-uid-{post.account}.html">用户{post.account}</a> <span class="date">{_local(post)}</span>'
            f'<div class="message">{escape(post.text)}</div>'
            f'<div class="signature">签名：QQ {post.account}88866</div></div>'
        )
        return _html(post.title, body)

    def _notices(self, request: Request) -> Response:
        posts, page, more = _page_of(self._published("notices"), request)
        rows = "".join(
            f'<li><a href="a/{post.n}.html" title="{escape(post.title)}">{escape(post.title)}</a>'
            f"<span>{post.published.astimezone(ZONE):%Y-%m-%d}</span></li>"
            for post in posts
        )
        following = f'<a class="next" href="?page={page + 1}">下页</a>' if more else ""
        return _html(NAMES["notices"], f'<ul class="list">{rows}</ul>{following}')

    def _article(self, request: Request) -> Response:
        post = self._find(request)
        if post is None:
            return PlainTextResponse("404", status_code=404)
        paragraphs = f"<p>{escape(post.text)}</p>"
        body = (
            f"<article><h1>{escape(post.title)}</h1><time>{_local(post)}</time>"
            f'<div class="content">{paragraphs}</div></article><footer>版权所有 {NAMES[post.site]}</footer>'
        )
        return _html(post.title, body)

    def _find(self, request: Request) -> Post | None:
        number, now = request.path_params["n"], self._clock()
        return next((post for post in self._posts if post.n == number and post.published <= now), None)


def _page_of(posts: list[Post], request: Request) -> tuple[list[Post], int, bool]:
    """The asked page of a list, its number, and whether there are more."""
    asked = request.query_params.get("page", "1")
    page = int(asked) if asked.isdigit() else 1
    begin = (page - 1) * PAGE_SIZE
    return posts[begin : begin + PAGE_SIZE], page, len(posts) > begin + PAGE_SIZE


def _local(post: Post) -> str:
    return f"{post.published.astimezone(ZONE):%Y-%m-%d %H:%M}"


def _xml(body: str) -> Response:
    return Response(f'<?xml version="1.0" encoding="UTF-8"?>{body}', media_type="application/xml")


def _html(title: str, body: str) -> Response:
    return HTMLResponse(
        f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>{escape(title)}</title></head>'
        f"<body>{body}</body></html>"
    )
