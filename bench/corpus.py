"""Feeds for the benchmarks: made-up Chinese and English items, no two alike, the same for every run of a seed."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape

from tocsin.demo.script import load_posts

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class Writer:
    """Writes texts that look like the demo's: a second-order chain over their characters."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._next: dict[str, list[str]] = defaultdict(list)
        for post in load_posts(START):
            text = f"{post.title}。{post.text}"
            for place in range(len(text) - 2):
                self._next[text[place : place + 2]].append(text[place + 2])
        self._starts = sorted(self._next)

    def text(self, length: int) -> str:
        """About `length` characters."""
        out = self.random.choice(self._starts)
        while len(out) < length:
            out += self.random.choice(self._next.get(out[-2:]) or self._starts)
        return out[:length]

    def feed(self, number: int, items: int, named: float = 0.0) -> bytes:
        """An RSS feed of `items` items, 40 to 400 characters each; a share of `named` mentions the school."""
        rows = []
        for index in range(items):
            link = f"https://site{number}.example/a/{index}.html"
            when = format_datetime(START - timedelta(minutes=self.random.randrange(60 * 24)))
            title, body = self.text(self.random.randrange(10, 30)), self.text(self.random.randrange(40, 400))
            if self.random.random() < named:
                body = f"澜川学院{body}"
            rows.append(
                f"<item><title>{escape(title)}</title><link>{link}</link><guid>{link}</guid><pubDate>{when}</pubDate>"
                f"<description>&lt;p&gt;{escape(escape(body))}&lt;/p&gt;</description></item>"
            )
        head = f"<title>Site {number}</title><link>https://site{number}.example/</link><description>bench</description>"
        return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{"".join(rows)}</channel></rss>'.encode()


def make_feeds(count: int, items: int = 27, seed: int = 7, named: float = 0.0) -> list[bytes]:
    """`count` feeds; 200 of 27 are 5,400 items."""
    writer = Writer(seed)
    return [writer.feed(number, items, named) for number in range(count)]
