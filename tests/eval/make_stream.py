"""Labelled streams of a made-up school: the same seed gives the same stream.

    python tests/eval/make_stream.py 7 DIR         writes DIR/stream.jsonl and DIR/truth.jsonl

A stream is twelve weeks of chatter and some twenty matters of ten kinds, at places, of all sizes: some worth an alert, some
just below, some told by one loud voice only. Posts have openers and tails, some are in English, some only nod;
reposts come whole, cut, or with other marks. It is poorer than life, and it is meant to be: it holds floors.
"""

import json
import random
import sys
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import stream_words as words
import stream_words_other as other
import stream_words_third as third
from first_alert import Shingles, are_alike, cut_shingles

ZONE = timezone(timedelta(hours=8))
BEGIN = datetime(2026, 9, 7, tzinfo=ZONE)
WEEKS = 12
COPY_DAYS = timedelta(days=14)
CHATTER_A_DAY = 11
SIZES = (2, 3, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 22, 26, 32, 40, 55)
SOURCES = ("weibo", "tieba", "xiaohongshu", "zhihu", "douyin")


@dataclass(frozen=True)
class Post:
    """One made item: `event` and `copy_of` (index in the list it was made in) are the truth."""

    at: datetime
    text: str
    voice: str
    label: str
    event: str | None = None
    copy_of: "Post | None" = None
    title: str | None = None
    kind: str = "social"
    lang: str = "zh"


@dataclass(frozen=True)
class Talk:
    """How people speak at a school, and what of on every day."""

    openers: tuple[str, ...]
    asides: tuple[str, ...]
    tails: tuple[str, ...]
    english_tails: tuple[str, ...]
    nods: tuple[str, ...]
    chatter: tuple[str, ...]


@dataclass(frozen=True)
class Scene:
    """What happens and where. `KNOWN` and `OTHER` were looked at while the product was made, `THIRD` was not."""

    kinds: tuple[words.Kind, ...]
    places: tuple[str, ...]
    spots: tuple[str, ...]
    talk: Talk


TALK = Talk(words.OPENERS, words.ASIDES, words.TAILS, words.EN_TAILS, words.NODS, words.CHATTER)
THIRD_TALK = Talk(third.OPENERS, third.ASIDES, third.TAILS, third.EN_TAILS, third.NODS, third.CHATTER)
KNOWN = Scene(words.KINDS, words.PLACES, words.EN_PLACES, TALK)
OTHER = Scene(other.KINDS, other.PLACES, other.EN_PLACES, TALK)
THIRD = Scene(third.KINDS, third.PLACES, third.EN_PLACES, THIRD_TALK)


@dataclass(frozen=True)
class Matter:
    """What happened, where, and how many stories it makes."""

    name: str
    kind: words.Kind
    place: str
    spot: str
    size: int
    begin: datetime
    loud: bool


def make_stream(seed: int, scene: Scene = KNOWN) -> list[Post]:
    """All posts of a stream in the order in which they are seen."""
    rng = random.Random(seed)
    posts = make_chatter(rng, scene)
    for matter in plan_matters(rng, scene):
        posts += tell_matter(rng, matter, scene.talk)
    posts += repost_some(rng, posts)
    return sorted(posts, key=lambda post: post.at)


def make_chatter(rng: random.Random, scene: Scene) -> list[Post]:
    """What is said of a school on every day."""
    posts = []
    for day in range(7 * WEEKS):
        for _ in range(rng.randint(CHATTER_A_DAY - 4, CHATTER_A_DAY + 4)):
            at = BEGIN + timedelta(days=day, seconds=rng.randint(7 * 3600, 24 * 3600 - 1))
            text = fill(rng, rng.choice(scene.talk.chatter), rng.choice(scene.places), rng.choice(scene.spots))
            label = rng.choices(("neutral", "positive", "negative"), (8, 2, 1))[0]
            posts.append(Post(at, text, make_voice(rng), label, lang=language_of(text)))
    return posts


def plan_matters(rng: random.Random, scene: Scene) -> list[Matter]:
    """Every size once, kinds in turn, beginnings all over the weeks; the same kind comes back at another place."""
    kinds, places = list(scene.kinds) * 2, list(scene.places)
    rng.shuffle(kinds)
    rng.shuffle(places)
    matters = []
    for number, size in enumerate(SIZES):
        begin = BEGIN + timedelta(days=rng.uniform(7, 7 * WEEKS - 5), hours=rng.uniform(8, 20))
        place, spot = places[number % len(places)], rng.choice(scene.spots)
        loud = size in (6, 9)
        matters.append(Matter(f"{kinds[number].name}-{number}", kinds[number], place, spot, size, begin, loud))
    return matters


def tell_matter(rng: random.Random, matter: Matter, talk: Talk) -> list[Post]:
    """The stories of a matter. Most come in the first hours; a loud voice tells all of its matter alone."""
    loud, posts = make_voice(rng), []
    at = matter.begin
    told: set[str] = set()
    for number in range(matter.size):
        at += timedelta(minutes=rng.lognormvariate(3.2 + 0.02 * number, 0.9))
        post = tell_story(rng, matter, talk, at, loud if matter.loud else make_voice(rng), number)
        if post.text not in told:
            posts.append(post)
        told.add(post.text)
    return posts


def tell_story(rng: random.Random, matter: Matter, talk: Talk, at: datetime, voice: str, number: int) -> Post:
    """A post, a headline, or (once the matter is talked of) a nod."""
    chance = rng.random()
    if number > 4 and chance < 0.06:
        text = f"{rng.choice(talk.nods)}{rng.choice(('', '', '，' + matter.place))}"
        return Post(at, text, voice, label_of(rng, matter), matter.name, lang=language_of(text))
    if number > 3 and chance < 0.12:
        head = fill(rng, rng.choice(matter.kind.heads), matter.place, matter.spot)
        text = f"{head}。{fill(rng, rng.choice(matter.kind.cores), matter.place, matter.spot)}，有学生对记者说。"
        return Post(at, text, "", "neutral", matter.name, title=head, kind="news")
    english = chance > 0.9
    core = rng.choice(matter.kind.english if english else matter.kind.cores)
    said = fill(rng, core, matter.place, matter.spot)
    text = said + rng.choice(talk.english_tails) if english else dress(rng, said, matter, talk)
    return Post(at, text, voice, label_of(rng, matter), matter.name, lang="en" if english else "zh")


def dress(rng: random.Random, said: str, matter: Matter, talk: Talk) -> str:
    """The same said as another person would, often with a second sentence before or behind it."""
    chance = rng.random()
    if chance < 0.25:
        more = fill(rng, rng.choice(matter.kind.cores), matter.place, matter.spot)
        said = f"{said}。{rng.choice(talk.asides)}，{more}"
    elif chance < 0.8:
        said = f"{rng.choice(talk.asides)}，{said}" if chance < 0.5 else f"{said}，{rng.choice(talk.asides)}"
    return f"{rng.choice(talk.openers)}{said}{rng.choice(talk.tails)}"


def label_of(rng: random.Random, matter: Matter) -> str:
    """Most speak in the tone of the matter, some soberly."""
    return matter.kind.tone if rng.random() < 0.82 else "neutral"


def fill(rng: random.Random, template: str, place: str, spot: str) -> str:
    """A template with the school, a place, and an English place."""
    return template.format(s=rng.choice(words.SCHOOL), p=place, e=spot)


def repost_some(rng: random.Random, posts: list[Post]) -> list[Post]:
    """One post in eight comes again, some of them often, within two days."""
    made = []
    for post in posts:
        times = rng.choice((1, 1, 1, 2, 5)) if len(post.text) >= 14 and rng.random() < 0.12 else 0
        for _ in range(times):
            at = post.at + timedelta(minutes=rng.uniform(2, 2 * 24 * 60) ** rng.uniform(0.6, 1.0))
            again = replace(post, at=at, text=disguise(rng, post.text), voice=make_voice(rng), copy_of=post, title=None)
            made.append(replace(again, kind="social"))
    return made


def disguise(rng: random.Random, text: str) -> str:
    """A repost: whole, with a mark before or behind it, with other punctuation, or without its last words."""
    shapes = (
        text, f"转发：{text}", f"//{text}", f"{text} [图片]", text.replace("，", " ").replace("。", ""),
        f"扩！{text}", text[: max(12, int(len(text) * 0.88))],
    )  # fmt: skip
    return rng.choice(shapes)


def make_voice(rng: random.Random) -> str:
    """One of four thousand made-up account numbers."""
    return f"v{rng.randrange(4000):04d}"


def language_of(text: str) -> str:
    """English when no Chinese character is in it."""
    return "zh" if any("一" <= character <= "鿿" for character in text) else "en"


def as_lines(posts: list[Post]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The posts as `tocsin replay` reads them, and the truth beside them.

    The earliest of a story is its original. Who says by chance nearly the same as an earlier post is a copy of it.
    """
    stream, truth, first = [], [], {}
    heard: list[tuple[datetime, Shingles, str]] = []
    for number, post in enumerate(posts):
        name, origin = f"p{number:05d}", id(post.copy_of or post)
        stream.append(as_item(name, post, number))
        heard = [row for row in heard if row[0] > post.at - COPY_DAYS]
        shingles = cut_shingles(post.text)
        alike = next((root for _, other, root in heard if are_alike(shingles, other)), None)
        root = first.get(origin) or alike
        truth.append({"id": name, "event": post.event, "dup_of": root})
        first.setdefault(origin, root or name)
        heard.append((post.at, shingles, root or name))
    return stream, truth


def as_item(name: str, post: Post, number: int) -> dict[str, Any]:
    """One line of a stream."""
    source = "gazette" if post.kind == "news" else SOURCES[number % len(SOURCES)]
    moment = post.at.isoformat(timespec="seconds")
    return {
        "id": name, "source": source, "source_kind": post.kind, "voice": post.voice or source,
        "url": f"https://example.invalid/{source}/{name}", "title": post.title, "text": post.text,
        "published": moment, "seen": moment, "lang": post.lang, "sentiment": {"label": post.label},
    }  # fmt: skip


def main() -> None:
    """Write one stream."""
    seed, folder = int(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in zip(("stream", "truth"), as_lines(make_stream(seed)), strict=True):
        lines = (json.dumps(row, ensure_ascii=False) for row in rows)
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
