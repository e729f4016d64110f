"""A server of many feeds on many loopback addresses, with entity tags; a process of its own, so that its CPU is not counted.

    python -m bench.feed_server FEEDS ITEMS        prints its port

`GET /N.xml` is a feed, `/site/N` the page of its site with an icon (readers like Miniflux look for one); `/mode/mixed`,
`/mode/same` and `/mode/changed` begin a new round in which 70 %, all or none of the feeds are unchanged; `/seen` tells
requests and bytes since then, or since `/again`.
"""

import asyncio
import json
import sys
from hashlib import sha256

from bench.corpus import Writer, make_feeds

SHARES = {"mixed": 0.3, "same": 0.0, "changed": 1.0}
ROBOTS = b"User-agent: *\nAllow: /\n"
ICON = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8cfc0f01f00050001ffa1f3f5c30000"
    "000049454e44ae426082"
)
SITE = (
    b'<!DOCTYPE html><html><head><title>site</title><link rel="icon" href="/icon.png"></head><body>site</body></html>'
)


class Feeds:
    """The bodies of this round and what was asked for."""

    def __init__(self, count: int, items: int) -> None:
        self._older = make_feeds(count, items)
        self._newer = [grow(body, more) for body, more in zip(self._older, make_more(count), strict=True)]
        self.bodies = list(self._older)
        self.tags = [tag_of(body) for body in self.bodies]
        self.requests = self.unchanged = self.sent = 0

    def begin(self, mode: str) -> None:
        """Exchange the feeds that change in this round; nothing was asked for yet."""
        changing = int(SHARES[mode] * len(self.bodies))
        for number in range(changing):
            body = self._newer[number] if self.bodies[number] == self._older[number] else self._older[number]
            self.bodies[number], self.tags[number] = body, tag_of(body)
        self.requests = self.unchanged = self.sent = 0

    def answer(self, path: str, tag: str) -> bytes:
        """The whole response."""
        if path.startswith("/mode/"):
            self.begin(path.removeprefix("/mode/"))
            return respond(b"ok")
        if path == "/again":
            self.requests = self.unchanged = self.sent = 0
            return respond(b"ok")
        if path == "/seen":
            seen = {"requests": self.requests, "unchanged": self.unchanged, "bytes": self.sent}
            return respond(json.dumps(seen).encode())
        name = path.strip("/").removesuffix(".xml")
        self.requests += 1
        if not name.isdigit():
            said = respond_other(path)
        elif tag == self.tags[int(name)]:
            self.unchanged += 1
            said = f"HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n".encode()
        else:
            said = respond(self.bodies[int(name)], tag=self.tags[int(name)])
        self.sent += len(said)
        return said


def make_more(count: int) -> list[bytes]:
    """Three further items for each feed."""
    writer = Writer(11)
    return [writer.feed(count + number, 3) for number in range(count)]


def grow(body: bytes, more: bytes) -> bytes:
    """A feed with the items of `more` before its own."""
    items = more[more.index(b"<item>") : more.rindex(b"</item>") + len(b"</item>")]
    return body.replace(b"<item>", items + b"<item>", 1)


def tag_of(body: bytes) -> str:
    """A strong entity tag."""
    return f'"{sha256(body).hexdigest()[:20]}"'


def respond_other(path: str) -> bytes:
    """What else a site has."""
    if path == "/robots.txt":
        return respond(ROBOTS, kind="text/plain")
    if path == "/icon.png":
        return respond(ICON, kind="image/png")
    return respond(SITE, kind="text/html") if path.startswith("/site/") else respond(b"", 404)


def respond(body: bytes, status: int = 200, tag: str = "", kind: str = "application/rss+xml") -> bytes:
    """An HTTP/1.1 response that keeps the connection."""
    head = f"HTTP/1.1 {status} OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return (head + (f"ETag: {tag}\r\n" if tag else "") + "\r\n").encode() + body


async def serve(feeds: Feeds) -> None:
    """On every loopback address, until killed."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {key.lower(): value for key, _, value in (line.partition(": ") for line in lines[1:])}
                writer.write(feeds.answer(lines[0].split(" ")[1], headers.get("if-none-match", "")))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(talk, "0.0.0.0", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Feeds(int(sys.argv[1]), int(sys.argv[2]))))
