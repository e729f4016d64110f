"""Shapes of addresses with a person in the path, and the same page without.

Facts about public sites, seen in their own links; a shape that a site has dropped does no harm.
"""

import re

Shape = tuple[re.Pattern[str], str]


def _shape(pattern: str, form: str) -> Shape:
    """A whole-path pattern and the person-free path it becomes."""
    return re.compile(pattern), form


# Host suffix -> paths with a person in them and the same page without. An empty form means there is none:
# the address is a person's page, and only the site itself remains.
SHAPES: dict[str, tuple[Shape, ...]] = {
    "weibo.com": (
        _shape(r"/\d{5,}/(\w{6,20})", "/detail/{1}"),
        _shape(r"/(?:u|n)/[^/]+.*|/p/\d+.*", ""),
        _shape(r"/\d{5,}", ""),
    ),
    "m.weibo.cn": (
        _shape(r"/\d{5,}/(\w{6,20})", "/status/{1}"),
        _shape(r"/(?:u|n|profile|p)/[^/]+.*", ""),
    ),
    "x.com": (
        _shape(r"/(?!i/)\w{1,20}/status/(\d+).*", "/i/status/{1}"),
        _shape(r"/(?!i/|hashtag|search)\w{1,20}", ""),
    ),
    "twitter.com": (
        _shape(r"/(?!i/)\w{1,20}/status/(\d+).*", "/i/status/{1}"),
        _shape(r"/(?!i/|hashtag|search)\w{1,20}", ""),
    ),
    "instagram.com": (
        _shape(r"/[\w.]+/(p|reel|tv)/([\w-]+)", "/{1}/{2}"),
        _shape(r"/(?!p/|reel/|tv/|explore)[\w.]+", ""),
    ),
    "tiktok.com": (_shape(r"/@[\w.-]*/(video|photo)/(\d+)", "/@/{1}/{2}"), _shape(r"/@[\w.-]+", "")),
    "threads.net": (_shape(r"/@[\w.]+/post/([\w-]+)", "/t/{1}"), _shape(r"/@[\w.]+", "")),
    "reddit.com": (
        _shape(r"/(?:user|u)/[\w-]+/comments/(\w+).*", "/comments/{1}"),
        _shape(r"/(?:user|u)/[\w-]+.*", ""),
    ),
    "medium.com": (_shape(r"/@[\w.-]+/(?:.*-)?([0-9a-f]{8,14})", "/p/{1}"), _shape(r"/@[\w.-]+.*", "")),
    "facebook.com": (
        _shape(r"/[^/]+/(?:posts|videos|photos)/(?:[^/]+/)?(\d+)", "/{1}"),
        _shape(r"/(?:people/.+|profile\.php)", ""),
    ),
    "youtube.com": (_shape(r"/(?:@[^/]+|user/[^/]+|c/[^/]+|channel/[^/]+).*", ""),),
    "space.bilibili.com": (_shape(r"/\d+.*", ""),),
    "xiaohongshu.com": (
        _shape(r"/user/profile/\w+/(\w{16,})", "/explore/{1}"),
        _shape(r"/user/profile/\w+", ""),
    ),
    "douyin.com": (_shape(r"/user/[^/]+/(?:video|note)/(\d+)", "/video/{1}"), _shape(r"/user/[^/]+", "")),
    "iesdouyin.com": (_shape(r"/share/user/.+", ""),),
    "kuaishou.com": (_shape(r"/profile/.+", ""),),
    "zhihu.com": (_shape(r"/(?:people|org)/[^/]+.*", ""),),
    "douban.com": (
        _shape(r"/people/[^/]+/status/(\d+)", "/doubanapp/dispatch/status/{1}"),
        _shape(r"/people/[^/]+.*", ""),
    ),
    "tieba.baidu.com": (_shape(r"/home/.+", ""),),
    "jianshu.com": (_shape(r"/u/\w+", ""),),
    "juejin.cn": (_shape(r"/user/.+", ""),),
    "v2ex.com": (_shape(r"/member/.+", ""),),
    "linkedin.com": (
        _shape(r"/in/.+", ""),
        _shape(r"/posts/[^/]*?-(?:activity|ugcPost|share)-(\d+)-?.*", "/feed/update/urn:li:activity:{1}"),
    ),
    "bsky.app": (_shape(r"/profile/[^/]+", ""),),
    "t.me": (_shape(r"/(?!s/|c/)\w+", ""),),
}  # fmt: skip
# Software that many hosts run: a person's page is recognised by its path alone.
ANY_HOST = (
    _shape(r"/@[\w.-]+(?:@[\w.-]+)?/(\d{6,})", "/web/statuses/{1}"),
    _shape(r"/users/[\w.-]+/statuses/(\d{6,})", "/web/statuses/{1}"),
    _shape(r"/(?:@[\w.-]+(?:@[\w.-]+)?)", ""),
    _shape(r"/space-(?:uid|username)-[^/]+\.html", ""),
    _shape(
        r"/(?:u|users?|members?|people|profiles?|author)/[^/]+(?:/(?:summary|activity|posts|topics|badges|discussions))*",
        "",
    ),
)
