"""A state of record with its projection on a real server, for tests: saved, followed, asked."""

import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from elastic_rig import Cluster
from store_kit import NOON, a_document, a_store, an_alert, at, kept

from pipeline.model import VoiceToken
from pipeline.store.elastic.connection import Address
from pipeline.store.elastic.documents import Lens
from pipeline.store.elastic.names import Names, Part
from pipeline.store.elastic.search import ElasticSearchIndex
from pipeline.store.elastic.standing import Standing, read_standing
from pipeline.store.elastic.sync import Follower, Progress, Target, follow
from pipeline.store.elastic.verify import compare
from pipeline.store.engine import reading
from pipeline.store.store import SqlStore

LATER = NOON + timedelta(days=30)


def a_prefix() -> str:
    """A name that no other test has."""
    return f"t{secrets.token_hex(5)}"


@dataclass
class Pair:
    """A store in memory (or the given one) and its projection under a prefix of its own."""

    cluster: Cluster
    store: SqlStore = field(default_factory=a_store)
    names: Names = field(default_factory=lambda: Names(a_prefix()))
    address: Address | None = None
    keep_days: int = 730
    follower: Follower = field(init=False)

    def __post_init__(self) -> None:
        self.where = self.address or Address((self.cluster.url,))
        self.follower = self.another("test:1")

    def another(self, holder: str) -> Follower:
        """A follower as another process would be."""
        return Follower(self.store.engine, Target(self.where, self.names, keep_days=self.keep_days), Lens(), holder)

    def sync(self) -> Progress:
        """Follow to the end, and make it findable."""
        progress = self.follower.step(LATER)
        assert not progress.said, progress.said
        assert not progress.busy
        self.follower.indices.refresh(self.standing.generation)
        return progress

    @property
    def standing(self) -> Standing:
        """How it stands."""
        with reading(self.store.engine) as connection:
            return read_standing(connection)

    @property
    def search(self) -> ElasticSearchIndex:
        """Search in the projection."""
        return ElasticSearchIndex(self.store.engine, self.where, self.names)

    def sources(self, view: str = "search") -> dict[str, dict[str, Any]]:
        """Everything that an alias shows, by id."""
        answer = self.follower.client.search(index=self.names.alias(view), size=1000).body
        return {hit["_id"]: hit["_source"] for hit in answer["hits"]["hits"]}

    def count(self, view: str = "search") -> int:
        """How many documents an alias shows."""
        return int(self.follower.client.count(index=self.names.alias(view)).body["count"])

    def mapping(self, part: Part) -> Mapping[str, Any]:
        """The live mapping of a part's first index."""
        name = self.follower.indices.of(part, self.standing.generation)[0]
        answer = self.follower.client.indices.get_mapping(index=name).body
        return dict(answer[name]["mappings"])

    def drop(self) -> None:
        """Leave nothing on the server."""
        self.follower.indices.forget()
        names = [*sorted(self.follower.indices.there()), self.names.control]
        self.follower.client.options(ignore_status=404).indices.delete(index=names)
        self.follower.close()
        self.store.engine.dispose()


def two_items(pair: Pair) -> None:
    """A private voice with a link and a voice token, and an article, of one matter that was told."""
    voice = a_document("post", "二食堂吃出虫子", title="虫子", published=NOON - timedelta(minutes=7), seen=at(0.3))
    article = a_document("paper", "学院回应食堂问题", source_kind="news", source="paper", reach="local", seen=at(1))
    tokens = (VoiceToken(NOON.date(), "feedfacefeedface"),)
    pair.store.save([kept(voice, voices=tokens), kept(article, alert=an_alert())], [], NOON)


def same(pair: Pair) -> None:
    """Follow, then compare document by document, by the content that is there."""
    pair.sync()
    found = compare(pair.follower, LATER, deep=True)
    assert [month.sentence() for month in found.months if not month.same] == []
    assert sum(month.here.count for month in found.months) > 0
    assert found.behind == 0


def save(pair: Pair, first: int, count: int) -> None:
    """Items as the worker saves them."""
    pair.store.save([kept(a_document(str(n), f"食堂 {n}"), f"e{n % 5}") for n in range(first, first + count)], [])


def is_whole(pair: Pair) -> bool:
    """True when nothing is behind and every document is the same."""
    if pair.standing.behind or pair.standing.said:
        return False
    found = compare(pair.follower, LATER, deep=True)
    return found.same and not found.parked


@contextmanager
def following(pair: Pair) -> Iterator[None]:
    """A follower in a thread, as in `tocsin run`, on real time."""
    stop = threading.Event()
    thread = threading.Thread(
        target=follow, args=[pair.another("test:thread"), lambda: datetime.now(UTC), stop], daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(90)
    assert not thread.is_alive(), "a follower goes on 90 s after it was told to stop"
