"""What the made-up sites publish and when: the data file, placed on the demo's clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources

import msgspec


class Line(msgspec.Struct, frozen=True):
    """One line of posts.jsonl; see the README beside it."""

    n: int
    site: str
    at: int
    event: str | None
    account: str | None
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Post:
    """A published page of a made-up site."""

    n: int
    site: str
    published: datetime
    event: str | None
    account: str | None
    title: str
    text: str


def load_posts(start: datetime) -> list[Post]:
    """All posts in the order of publishing, with times around `start` (the demo's first moment)."""
    data = resources.files("tocsin.demo").joinpath("data/posts.jsonl").read_bytes()
    decoder = msgspec.json.Decoder(Line)
    lines = [decoder.decode(line) for line in data.splitlines() if line.strip()]
    posts = [
        Post(one.n, one.site, start + timedelta(minutes=one.at), one.event, one.account, one.title, one.text)
        for one in lines
    ]
    return sorted(posts, key=lambda post: (post.published, post.n))
