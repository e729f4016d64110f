"""`via = "inbox"`: items that a tool brings by signed POST. Pure but for the door behind it.

    X-Tocsin-Timestamp: seconds    X-Tocsin-Nonce: 16 to 64 letters and digits    X-Tocsin-Signature: v1=<hex>
    signature = HMAC-SHA256(key, "v1:" + timestamp + ":" + nonce + ":" + body)

A post is good for five minutes and once. What an item is (news, forum …) and whose it is comes from the configuration,
never from the item; fields that are not listed in `Pushed`, an author among them, are not even read.
"""

import hashlib
import hmac
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec

from crawlers.dates import parse_date, zone_named
from crawlers.door import Screener
from crawlers.entries import voice_of
from crawlers.feed_json import read_json
from crawlers.identity import absolute, item_id, local_id
from crawlers.settings import SourceSpec
from pipeline.model import TOPICS, Label, RawItem, Screened

WINDOW = timedelta(minutes=5)
MAX_ITEMS = 500
MAX_TEXT = 100_000
FAR = timedelta(days=3650)
_RE_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")


class GivenTone(msgspec.Struct, frozen=True):
    """What the sender's own tagger or a person said."""

    label: Label


class Pushed(msgspec.Struct, frozen=True):
    """One item as it may be brought; everything else in it is ignored. `voice` is turned into a token at the door."""

    url: str = ""
    title: str | None = None
    text: str | None = None
    html: str | None = None
    published: str | int | float | None = None
    id: str | int | None = None
    lang: str | None = None
    voice: str | int | None = None
    sentiment: GivenTone | None = None
    topics: list[str] | None = None


class InboxStore(Protocol):
    """Takes what was brought; one transaction."""

    def push(
        self, source: Mapping[str, Any], nonce: str, screened: Sequence[Screened], now: datetime
    ) -> list[bool] | None:
        """For each item whether it is new or edited; None when this post was seen before."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sender is told: an HTTP status and a JSON body."""

    status: int
    body: Mapping[str, object]


class Inbox:
    """Checks, screens and stores posts. May be called from several threads."""

    def __init__(self, specs: Sequence[SourceSpec], store: InboxStore, screen: Screener) -> None:
        self._specs = {spec.id: spec for spec in specs if spec.via == "inbox"}
        self._store = store
        self._screen = screen
        self._lock = threading.Lock()

    def take(self, source: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Answer:
        """The verdict on a post. An unknown inbox and a wrong signature are answered alike."""
        spec = self._specs.get(source)
        refusal = check_signature(key_of(spec), headers, body, now)
        if spec is None or refusal:
            return _refuse(401, refusal or "the signature does not fit")
        found = read_batch(body)
        if isinstance(found, Answer):
            return found
        with self._lock:
            return self._store_all(spec, headers["x-tocsin-nonce"], [read_item(spec, one, now) for one in found], now)

    def _store_all(self, spec: SourceSpec, nonce: str, raws: Sequence[RawItem | str], now: datetime) -> Answer:
        results = [raw if isinstance(raw, str) else self._screen_one(raw, now) for raw in raws]
        good = [one for one in results if isinstance(one, Screened)]
        fresh = self._store.push(source_row(spec, bool(good), now), nonce, good, now)
        if fresh is None:
            return _refuse(409, "this post was received before")
        told = iter(fresh)
        verdicts = [
            _verdict(one.document.id, "taken" if next(told) else "known") if isinstance(one, Screened) else _no(one)
            for one in results
        ]
        counts = {name: sum(v["verdict"] == name for v in verdicts) for name in ("taken", "known", "refused")}
        return Answer(200, {**counts, "items": verdicts})

    def _screen_one(self, raw: RawItem, now: datetime) -> Screened | str:
        try:
            answer = self._screen.screen(raw, now)
        except Exception:  # one odd item must not cost the others; its text is not repeated
            return "the item could not be read (a fault of ours)"
        return answer if isinstance(answer, Screened) else getattr(answer, "reason").text  # noqa: B009  # Refused


def key_of(spec: SourceSpec | None) -> bytes:
    """The shared key, empty when there is none (then nothing fits)."""
    try:
        return spec.key.reveal().encode() if spec and spec.key else b""
    except LookupError:
        return b""


def sign(key: bytes, timestamp: str, nonce: str, body: bytes) -> str:
    """The signature of a post, as it stands in its header."""
    return "v1=" + hmac.new(key, f"v1:{timestamp}:{nonce}:".encode() + body, hashlib.sha256).hexdigest()


def check_signature(key: bytes, headers: Mapping[str, str], body: bytes, now: datetime) -> str | None:
    """Why a post is not believed, or None. Header names in lower case."""
    timestamp, nonce = headers.get("x-tocsin-timestamp", ""), headers.get("x-tocsin-nonce", "")
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        return "X-Tocsin-Timestamp must be the time in seconds"
    if not _RE_NONCE.fullmatch(nonce):
        return "X-Tocsin-Nonce must be 16 to 64 letters and digits"
    if abs(now.timestamp() - int(timestamp)) > WINDOW.total_seconds():
        return "the post is older than five minutes, or a clock is wrong"
    given = headers.get("x-tocsin-signature", "")
    fits = hmac.compare_digest(sign(key, timestamp, nonce, body).encode(), given.encode("utf-8", "replace"))
    return None if key and fits else "the signature does not fit"


def read_batch(body: bytes) -> list[Any] | Answer:
    """The items of a post: `{"items": […]}`, a list, or one item."""
    data = read_json(body.decode("utf-8", "replace"))
    if isinstance(data, dict):
        data = data["items"] if isinstance(data.get("items"), list) else [data]
    if not isinstance(data, list):
        return _refuse(400, "the body is not JSON with items")
    if len(data) > MAX_ITEMS:
        return _refuse(413, f"a post may bring {MAX_ITEMS} items, this one has {len(data)}")
    return data


def read_item(spec: SourceSpec, given: Any, now: datetime) -> RawItem | str:
    """The item as it goes to the door, or what is wrong with it."""
    try:
        one = msgspec.convert(given, Pushed)
    except msgspec.ValidationError as error:
        return f"this is not an item: {str(error)[:200]}"
    link = absolute(one.url.strip(), "")
    if one.url and not link:
        return "the address is not an http or https address"
    name = str(one.id) if one.id is not None else f"{one.title}\n{(one.text or one.html or '')[:500]}"
    return RawItem(
        id=item_id(link) if link else local_id(spec.id, name), source=spec.id, source_kind=spec.kind, url=link, seen=now,
        title=one.title, text=(one.text or "")[:MAX_TEXT] or None, html=(one.html or "")[:MAX_TEXT] or None,
        published=parse_date(one.published, now, zone_named(spec.timezone)), reach=spec.reach, lang=one.lang,
        voice=voice_of(spec, str(one.voice) if one.voice is not None else None),
        sentiment=one.sentiment.label if one.sentiment else None,
        topics=tuple(topic for topic in one.topics or () if topic in TOPICS) or None,
    )  # fmt: skip


def source_row(spec: SourceSpec, brought: bool, now: datetime) -> dict[str, Any]:
    """The state of an inbox after a post."""
    row: dict[str, Any] = {
        "id": spec.id, "next_due": now + FAR, "interval_s": 0, "last_run": now, "health": "healthy", "failures": 0,
        "said": "Others bring its items.",
    }  # fmt: skip
    return row | ({"last_ok": now, "last_new": now} if brought else {})


def _verdict(item: str, verdict: str, reason: str = "") -> dict[str, str]:
    return {"id": item, "verdict": verdict, **({"reason": reason} if reason else {})}


def _no(reason: object) -> dict[str, str]:
    return _verdict("", "refused", str(reason))


def _refuse(status: int, sentence: str) -> Answer:
    return Answer(status, {"error": sentence})
