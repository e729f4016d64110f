"""Pages for members only: what they look like, so that they are refused as such and not read as a list that broke."""

import re
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawlers.tree import line_of, select

SENTENCE = "The page wants a login or an invitation; only public pages are read."
_RE_ADDRESS = re.compile(
    r"/(?:login|signin|sign-in|passport|cas|sso|logon)(?:\.[a-z]{2,5})?(?=[/?])|[?&]mod=logging", re.IGNORECASE
)
_RE_WORDS = re.compile(
    r"(?:您|你)?(?:需要|必须|请)先?(?:登录|登陆|登入|注册)(?:后|才|之后|以后)|仅限(?:会员|登录用户|本站用户)|(?:凭|需要?)邀请码|"
    r"没有权限访问(?:该|本)?(?:版块|板块)|无权(?:访问|查看)(?:该|本)?(?:版块|板块)|"
    r"(?:you (?:must|need to) (?:be logged in|log in|sign in)|members only|invitation (?:only|code)|login required)",
    re.IGNORECASE,
)
_ENOUGH = 3_000  # a page with more words than this shows something beside its wall


def is_login_address(url: str) -> bool:
    """True for the address of a login page."""
    parts = urlsplit(url)
    return bool(_RE_ADDRESS.search(f"{parts.path}?{parts.query}"))


def is_wall(tree: HtmlElement, url: str) -> bool:
    """True when a page shows a login instead of what it was asked for."""
    if is_login_address(url):
        return True
    text = line_of(tree)
    asks = bool(select(tree, "input[type='password']")) or bool(_RE_WORDS.search(text))
    return asks and len(text) < _ENOUGH
