"""Every newer way in, filled with people: APIs, hub deliveries, signed posts, tables, mails, reports and officers' words.

Each way has its own accounts and identities, kept in `Plants`; what looks like a field for a person is filled in too.
"""

import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from html import escape
from pathlib import Path
from typing import Any

from hostile_server import Site, reply
from mask_plants import digits, disguised, mail, mobile, person_name, planted_identities, planted_names, word
from planted_site import MATTERS, Plants

EACH = 24  # items of each way; each has two identities, and private voices a name
PERSON_FIELDS = (
    "author", "author_name", "account", "user", "username", "screen_name", "nickname", "uid", "user_id", "avatar", "from",
    "reply_to", "creator", "poster", "phone", "email", "lang", "reach_note",
)  # fmt: skip


class PlantedWays:
    """Makes payloads, and remembers what was planted in them."""

    def __init__(self, site: Site, seed: int) -> None:
        self.site, self.plants, self.rng = site, Plants(), random.Random(seed)
        self._sentences = planted_identities(seed, 5_000)
        self._names = planted_names(seed, 400)
        self._count = 0
        self.now = datetime.now(UTC) - timedelta(minutes=9)

    # -------------------------------------------------------------- parts

    def sentence(self) -> str:
        """A sentence with an identity in it."""
        text, secret = next(self._sentences)
        self.plants.identities.append(secret)
        return f"{self.rng.choice(MATTERS)}出了问题，{text}"

    def named(self) -> str:
        """A sentence that names somebody."""
        text, name = next(self._names)
        self.plants.names.append(name)
        return text

    def account(self) -> tuple[str, str]:
        """A handle and a number of an account."""
        pair = f"{word(self.rng)}{digits(self.rng, 7)}", "8" + digits(self.rng, 10)
        self.plants.accounts += pair
        return pair

    def link(self, way: str) -> str:
        """An address with somebody's number in it."""
        uid = "7" + digits(self.rng, 10)
        self.plants.link_users.append(uid)
        self._count += 1
        return self.site.url(f"/{way}/{self._count}.html?uid={uid}&fromuid={uid}")

    def person(self) -> dict[str, Any]:
        """All that an API tells of somebody."""
        handle, uid = self.account()
        face = self.site.url(f"/avatar/{uid}.png")
        return {
            "id": uid,
            "name": handle,
            "username": handle,
            "acct": f"{handle}@x.example",
            "avatar": face,
            "url": face,
        }

    def item(self, way: str, private: bool) -> dict[str, Any]:
        """An item of our own contract with every field that a person could hide in."""
        handle, uid = self.account()
        phone = mobile(self.rng)
        self.plants.identities.append(phone)
        text = f"澜川学院{self.sentence()}。{self.named() if private else ''}"
        extra: dict[str, Any] = dict.fromkeys(PERSON_FIELDS, handle)
        return {
            **extra, "url": self.link(way), "title": f"澜川学院{self.sentence()}", "text": text, "voice": uid,
            "id": f"{handle}/{phone}", "lang": f"zh-{handle}", "topics": [handle, "canteen"],
            "published": self.now.isoformat(), "seen": self.now.isoformat(),
        }  # fmt: skip

    # -------------------------------------------------------------- the site

    def fill_site(self) -> None:
        """JSON API, Mastodon, Ghost, WordPress, JSON Feed and a page that staff report."""
        self.serve("/api.json", {"data": {"list": [self.api_row() for _ in range(EACH)], "user": self.person()}})
        self.serve("/api/v1/timelines/tag/lanchuan?limit=40", [self.toot(n) for n in range(EACH)])
        self.serve("/?rest_route=/wp/v2/posts&per_page=50", [self.wordpress_post(n) for n in range(EACH)])
        self.serve("/feed.json", self.json_feed())
        posts = {"posts": [self.ghost_post(n) for n in range(EACH)], "meta": {"pagination": {"next": None}}}
        for tail in ("&key=a-content-key", ""):
            wanted = "id,title,url,html,excerpt,published_at,updated_at,visibility"
            self.serve(f"/ghost/api/content/posts/?limit=50&fields={wanted}{tail}", posts)
            self.serve(f"/ghost/api/content/posts/?limit=50&fields={wanted.replace(',', '%2C')}{tail}", posts)
        self.reported = self.link("seen")
        path = self.reported.removeprefix(self.site.url(""))
        self.site.on(path, reply(self.article().encode(), Content_Type="text/html; charset=utf-8"))

    def serve(self, path: str, value: object) -> None:
        """Answer JSON at a path."""
        body = json.dumps(value, ensure_ascii=False).encode()
        self.site.on(path, reply(body, Content_Type="application/json; charset=utf-8"))

    def api_row(self) -> dict[str, Any]:
        """One row of a foreign API."""
        row = self.item("api", True)
        return row | {"user": self.person(), "comments": [{"user": self.person(), "text": self.named()}]}

    def toot(self, n: int) -> dict[str, Any]:
        """A public post of Mastodon."""
        who = self.person()
        mention = f'<a class="u-url mention" href="https://x.example/@{who["name"]}">@<span>{who["name"]}</span></a>'
        return {
            "id": str(110_000_000 + n), "created_at": self.now.isoformat(), "visibility": "public", "reblog": None,
            "account": who, "url": f"https://x.example/@{who['name']}/{n}", "uri": f"https://x.example/users/{who['name']}",
            "spoiler_text": "", "content": f"<p>澜川学院{escape(self.sentence())} {mention}</p><p>{escape(self.named())}</p>",
            "mentions": [who], "media_attachments": [{"description": self.sentence(), "url": who["avatar"]}],
        }  # fmt: skip

    def wordpress_post(self, n: int) -> dict[str, Any]:
        """A post of a WordPress site."""
        who = self.person()
        body = f"<p>澜川学院{escape(self.sentence())}</p><p class='author'>@{who['name']}</p>"
        return {
            "id": n + 1, "status": "publish", "link": self.link("wp"), "date_gmt": self.now.strftime("%Y-%m-%dT%H:%M:%S"),
            "author": who["id"], "_embedded": {"author": [who]}, "title": {"rendered": f"澜川学院{self.sentence()}"},
            "content": {"rendered": body},
        }  # fmt: skip

    def ghost_post(self, n: int) -> dict[str, Any]:
        """A post of a Ghost site."""
        who = self.person()
        return {
            "id": f"{n:024x}", "url": self.link("ghost"), "title": f"澜川学院{self.sentence()}", "visibility": "public",
            "html": f"<p>澜川学院{escape(self.sentence())}</p>", "published_at": self.now.isoformat(), "authors": [who],
            "primary_author": who,
        }  # fmt: skip

    def json_feed(self) -> dict[str, Any]:
        """A JSON Feed of a board."""
        rows = []
        for _ in range(EACH):
            who = self.person()
            rows.append({
                "id": f"urn:{who['id']}", "url": self.link("jf"), "title": f"澜川学院{self.sentence()}",
                "content_text": f"{self.sentence()}。{self.named()}", "authors": [who], "author": who,
                "date_published": self.now.isoformat(),
            })  # fmt: skip
        return {"version": "https://jsonfeed.org/version/1.1", "title": "板", "authors": [self.person()], "items": rows}

    def article(self) -> str:
        """A page with a by-line, comments and an author in its head."""
        who, other = self.person(), self.person()
        paragraphs = "".join(
            f"<p>澜川学院{escape(self.sentence())}，学校有关部门正在了解情况，将及时公布。</p>" for _ in range(6)
        )
        return (
            f"<!doctype html><html><head><title>澜川学院{escape(self.sentence())}</title>"
            f"<meta name='author' content='{who['name']}'></head><body><article><h1>澜川学院二食堂的饭</h1>"
            f"<div class='author'><a href='/u/{who['id']}'>{who['name']}</a></div>{paragraphs}</article>"
            f"<div class='comments'><div class='comment'><a href='/u/{other['id']}'>{other['name']}</a>：是的</div></div>"
            "</body></html>"
        )

    # -------------------------------------------------------------- what is brought

    def rss(self) -> bytes:
        """What a hub delivers."""
        rows = []
        for n in range(EACH):
            handle, uid = self.account()
            rows.append(
                f"<item><title>澜川学院{escape(self.sentence())}</title><link>{escape(self.link('hub'))}</link>"
                f"<author>{handle}@example.edu ({handle})</author><guid>{n}-{uid}</guid>"
                f"<description>{escape(self.sentence())} {escape(self.named())}</description></item>"
            )
        head = '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>板</title>'
        return f"{head}{''.join(rows)}</channel></rss>".encode()

    def mail(self, n: int) -> bytes:
        """A complaint as it comes by mail, with everything that says who wrote it."""
        handle, uid = self.account()
        message = EmailMessage()
        message["From"] = f"{handle} <{handle}@stu.example.edu>"
        message["Reply-To"] = f"{uid}@qq.com"
        message["To"], message["Message-ID"] = "box@example.edu", f"<{uid}@stu.example.edu>"
        message["X-Originating-User"], message["Subject"] = handle, f"澜川学院{self.sentence()}"
        message["Date"] = self.now.strftime("%a, %d %b %Y %H:%M:%S +0000")
        quoted = f"> {handle} 写道：\n> {uid}"
        message.set_content(f"{self.sentence()}。\n{self.named()}。\n\n此致\n敬礼\n{handle}\n电话：{uid}\n\n{quoted}\n")
        message.add_attachment(f"{handle},{uid},{n}".encode(), maintype="text", subtype="csv", filename=f"{handle}.csv")
        return message.as_bytes()

    def items(self, way: str, private: bool) -> list[dict[str, Any]]:
        """Items for a signed post or a table."""
        return [self.item(way, private) for _ in range(EACH)]

    def write_tables(self, folder: Path) -> list[Path]:
        """The same kind of items as .csv, .xlsx and .jsonl."""
        import openpyxl

        columns = [
            "标题",
            "正文",
            "链接",
            "来源",
            "来源类型",
            "发布时间",
            "作者",
            "用户昵称",
            "手机号",
            "编号",
            "话题",
            "语言",
        ]
        files = [folder / f"brought.{kind}" for kind in ("csv", "xlsx", "jsonl")]
        rows = [[self.cells(row) for row in self.items(kind, True)] for kind in ("csv", "xlsx")]
        lines = [columns, *rows[0]]
        files[0].write_text("\n".join(",".join(f'"{c}"' for c in line) for line in lines), encoding="utf-8-sig")
        book = openpyxl.Workbook()
        for line in [columns, *rows[1]]:
            book.active.append(line)
        book.save(files[1])
        made = [row | {"source": "吧", "source_kind": "forum"} for row in self.items("jsonl", True)]
        files[2].write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in made), encoding="utf-8")
        return files

    def cells(self, item: dict[str, Any]) -> Sequence[str]:
        """An item as a line of a vendor's table."""
        who = item["author"]
        return [item["title"], item["text"], item["url"], "吧", "论坛", "2026-11-24 08:00", who, who, item["phone"],
                item["id"], f"{who} canteen", item["lang"]]  # fmt: skip

    def words(self, start: str = "") -> str:
        """What an officer types in haste: numbers and a name in it, in words that no post has."""
        phone, box, name = disguised(self.rng, mobile(self.rng)), mail(self.rng), person_name(self.rng)
        self.plants.identities += [phone, box]
        self.plants.names.append(name)
        return f"{start}电话{phone}，学生{name}，邮箱{box}"
