"""A site on loopback that names people wherever a site can: in authors, titles, texts, links, avatars and signatures.

Everything planted is invented and kept in `Plants`, so that a test can look for each of them afterwards.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape

from hostile_server import Site, reply
from mask_plants import digits, planted_identities, planted_names, word

IDENTITIES, NAMES, LINKS = 500, 100, 100
THREADS, POSTS, ARTICLES = 75, 100, 75  # two identities each
MATTERS = ("二食堂的饭", "三号宿舍楼", "图书馆座位", "教务处选课", "体育馆", "校车", "奖学金名单", "军训安排")
_LINK_SHAPES = (
    "https://bbs.example.edu/forum.php?mod=viewthread&tid={n}&authorid={uid}",
    "https://bbs.example.edu/thread-{n}-1-1.html?fromuid={uid}",
    "https://weibo.com/{uid}/N{n}abc",
    "https://m.weibo.cn/{uid}/49{n}0000",
    "https://x.com/user{uid}/status/17{n}000",
    "https://www.xiaohongshu.com/explore/64f000{n}?shareRedId={uid}&appuid={uid}",
    "https://forum.example.org/t/canteen/{n}?u=user{uid}",
    "https://www.douyin.com/user/MS4w{uid}/video/71{n}000",
    "https://www.toutiao.com/article/71{n}00/?share_uid={uid}",
    "https://news.example.edu/news/{n}.html?uid={uid}&userid={uid}",
)

DRESSES: tuple[Callable[[str], str], ...] = (
    escape,
    lambda secret: "".join(f"&#{ord(letter)};" for letter in secret),
    lambda secret: "\u200b".join(escape(letter) for letter in secret),
    lambda secret: f"<b>{escape(secret[:3])}</b><i>{escape(secret[3:7])}</i>{escape(secret[7:])}",
    lambda secret: (
        f'<a href="tel:{escape(secret)}" title="{escape(secret)}" data-x="{escape(secret)}">{escape(secret)}</a>'
    ),
    lambda secret: f"{escape(secret)}<!-- {escape(secret)} --><img src='/x.png' alt='{escape(secret)}'>",
    lambda secret: f"<script>var x = '{escape(secret)}'</script><style>.a{{}}</style><span>{escape(secret)}</span>",
    lambda secret: f"&nbsp;{escape(secret)}&nbsp;",
)


@dataclass
class Plants:
    """What was planted, by kind; none of it may be found again (of `names` as few as can be)."""

    identities: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    link_users: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


class PlantedSite:
    """Fills `site` with `/forum/` (Discuz), `/posts.rss` (a forum's feed) and `/news.atom` (a paper's)."""

    def __init__(self, site: Site, seed: int) -> None:
        self.site, self.plants, self.rng = site, Plants(), random.Random(seed)
        self.sentences = planted_identities(seed, IDENTITIES)
        self.name_sentences = planted_names(seed, NAMES)
        self.links = self.told = 0
        self.now = datetime.now(UTC) - timedelta(minutes=5)
        site.on("/posts.rss", reply(self._rss().encode(), Content_Type="application/rss+xml"))
        site.on("/news.atom", reply(self._atom().encode(), Content_Type="application/atom+xml"))
        site.on("/forum/", reply(self._board().encode(), Content_Type="text/html; charset=utf-8"))

    def _sentence(self) -> str:
        sentence, secret = next(self.sentences)
        self.plants.identities.append(secret)
        return f"{self.rng.choice(MATTERS)}出了问题，{sentence}"

    def _dressed(self) -> str:
        """A sentence as HTML that carries its secret in one of the ways in which a page can."""
        sentence, secret = next(self.sentences)
        self.plants.identities.append(secret)
        if secret.isascii() and secret.isdigit() and len(secret) >= 9:
            self.plants.identities.append(secret[3:])  # what would be left of a number that was cut by a tag
        way = DRESSES[len(self.plants.identities) % len(DRESSES)]
        before, _, after = sentence.partition(secret)
        return f"{self.rng.choice(MATTERS)}出了问题，{escape(before)}{way(secret)}{escape(after)}"

    def _name_sentence(self) -> str:
        self.told += 1
        found = next(self.name_sentences, None) if self.told % 4 else None
        if found is None:
            return "大家都在说这件事"
        self.plants.names.append(found[1])
        return found[0]

    def _account(self) -> tuple[str, str]:
        """A handle and a number of an account."""
        pair = f"{word(self.rng)}{digits(self.rng, 6)}", "8" + digits(self.rng, 8)
        self.plants.accounts += pair
        return pair

    def _link(self) -> str:
        uid = "7" + digits(self.rng, 9)
        self.plants.link_users.append(uid)
        self.links += 1
        return _LINK_SHAPES[self.links % len(_LINK_SHAPES)].format(n=1000 + self.links, uid=uid)

    def _rss(self) -> str:
        return (
            '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
            'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel><title>论坛</title>'
            f"<managingEditor>{self._mail()}</managingEditor>{''.join(self._rss_item(n) for n in range(POSTS))}"
            "</channel></rss>"
        )

    def _mail(self) -> str:
        handle, _ = self._account()
        return f"{handle}@example.edu ({handle})"

    def _rss_item(self, n: int) -> str:
        handle, uid = self._account()
        link = self._link() if n < LINKS // 2 else self.site.url(f"/forum.php?mod=viewthread&tid={5000 + n}")
        text = f"<p>{self._dressed()}。</p><p>{escape(self._name_sentence())}。</p><p>见 {escape(self._link())}</p>"
        avatar = f'<img src="{self.site.url(f"/uc_server/avatar.php?uid={uid}")}" alt="{handle}">'
        return (
            f"<item><title>{escape(self._sentence())}</title><link>{escape(link)}</link><dc:creator>{handle}</dc:creator>"
            f"<author>{self._mail()}</author><itunes:author>{handle}</itunes:author><guid>post-{n}-{uid}</guid>"
            f"<pubDate>{format_datetime(self.now - timedelta(minutes=n))}</pubDate>"
            f"<description>{escape(avatar + text)}</description></item>"
        )

    def _atom(self) -> str:
        entries = "".join(self._atom_entry(n) for n in range(ARTICLES))
        return (
            '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>晚报</title>'
            f"<id>urn:x</id><author><name>{self._account()[0]}</name></author>{entries}</feed>"
        )

    def _atom_entry(self, n: int) -> str:
        handle, uid = self._account()
        link = self._link() if n < LINKS // 2 else self.site.url(f"/news/{n}.html?uid={uid}")
        body = f"<p>澜川学院：{self._dressed()}。</p><p>原文 <a href='{escape(self._link())}'>在此</a></p>"
        return (
            f"<entry><title>澜川学院{escape(self._sentence())}</title><link href='{escape(link)}'/><id>urn:{n}:{uid}</id>"
            f"<author><name>{handle}</name><email>{handle}@example.edu</email><uri>https://weibo.com/u/{uid}</uri></author>"
            f"<updated>{(self.now - timedelta(minutes=n)).isoformat()}</updated>"
            f"<content type='html'>{escape(body)}</content></entry>"
        )

    def _board(self) -> str:
        rows = "".join(self._row(n) for n in range(THREADS))
        return f"<!doctype html><html><head><title>版块</title></head><body><table>{rows}</table></body></html>"

    def _row(self, n: int) -> str:
        (handle, uid), (other, _) = self._account(), self._account()
        title, tid = self._sentence(), 9000 + n
        path = f"/forum.php?mod=viewthread&tid={tid}&authorid={uid}"
        self.site.on(path, reply(self._thread(title, handle, uid).encode(), Content_Type="text/html; charset=utf-8"))
        when = (self.now - timedelta(minutes=n)).astimezone().strftime("%Y-%m-%d %H:%M")
        return (
            f'<tbody id="normalthread_{tid}"><tr><th><a class="s xst" href="{escape(path)}">{escape(title)}</a></th>'
            f'<td class="by"><cite><a href="/space-uid-{uid}.html" c="1">{handle}</a></cite><em><span>{when}</span></em></td>'
            f'<td class="by"><cite><a href="/space-username-{other}.html">{other}</a></cite></td></tr></tbody>'
        )

    def _thread(self, title: str, handle: str, uid: str) -> str:
        other, other_uid = self._account()
        return f"""<!doctype html><html><head><title>{escape(title)} - {handle}的主题</title>
<meta name="author" content="{handle}"></head><body>
<div id="post_1"><div class="avatar"><a href="/space-uid-{uid}.html"><img src="/uc_server/avatar.php?uid={uid}"></a></div>
<div class="authi"><a href="/space-uid-{uid}.html" class="xw1">{handle}</a></div>
<table><tr><td class="t_f" id="postmessage_1"><i class="pstatus"> 本帖最后由 {handle} 编辑 </i>
{self._dressed()}。<br>{escape(self._name_sentence())}。
<div class="quote"><blockquote>{other} 发表于昨天：是的</blockquote></div></td></tr></table>
<div class="signature">QQ {other_uid} {handle}</div></div>
<div id="post_2"><div class="authi"><a href="/space-uid-{other_uid}.html">{other}</a></div>
<table><tr><td class="t_f" id="postmessage_2">顶，我是 {other}</td></tr></table></div></body></html>"""
