"""One contract for every search: a list in memory, the SQLite file and the real Elasticsearch give the same answers."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from elastic_kit import Pair
from elastic_rig import Cluster
from memory_search import MemorySearch
from sqlalchemy import update
from store_kit import NOON, a_document, a_store, at, kept, tags_of

from pipeline.person import person_check
from pipeline.school import School
from pipeline.store.elastic.connection import Address
from pipeline.store.elastic.names import Names
from pipeline.store.elastic.search import ElasticSearchIndex, StandingIn
from pipeline.store.engine import writing
from pipeline.store.query import QueryError
from pipeline.store.schema import documents
from pipeline.store.search import Found, Query, SearchIndex, SqliteSearch
from pipeline.store.store import SqlStore

pytestmark = [pytest.mark.service, pytest.mark.timeout(300)]
TEXTS = (
    "二食堂涨价了，排队 20 分钟", "一食堂不错，价格公道", "宿舍没有热水 WiFi_6 坏了", "Food safety first, says 学院",
    "食堂\n食堂 食堂", "food_safety 3.5 分", "老鼠！食堂里有老鼠？", "图书馆ａｂｃ全角", "的的的 食价 堂食", "A-B C.D it's 食堂",
    "カタカナ と 食堂 の 価格", "𠮷野家 在 二食堂 二楼", "超长" * 90 + "食堂" + "x" * 300, "", "3.5 元 20分钟",
)  # fmt: skip
TITLES = (None, "食堂公告", "Food", "二食堂 关于涨价的说明", "")
KINDS = ("forum", "news", "social", "official", "complaint", "other")
TOPICS, LABELS = ("canteen", "dorms", "fees"), ("negative", "neutral", "positive", "unknown")
QUERIES = (
    "", "食堂", "堂", "食价", "二食堂", "食堂 涨价", "食堂 OR 宿舍", "食堂 NOT 涨价", "-食堂 -宿舍", "NOT 食堂", "宿舍 OR NOT 食堂",
    "(食堂 OR 宿舍) AND NOT 涨价", '"food safety"', "“safety food”", "SAFETY", "safe", "wifi", "6", "food_safety", "3.5",
    "食，堂", "NOT (NOT 食堂)", '"20 分钟"', "二食堂 二楼", "𠮷野家", "カタカナ", "ａｂｃ", "a-b", "it's", "公告 OR first", "x" * 300,
    "关于", '"公告 二食堂"', "超长超长",
)  # fmt: skip


def fill_store(store: SqlStore) -> SqlStore:
    """90 items of all kinds, some copies, some of one moment, one that the office called not ours."""
    chance = random.Random(8)
    outcomes = []
    for n in range(90):
        kind = KINDS[n % len(KINDS)]
        document = a_document(
            str(n), TEXTS[n % len(TEXTS)], title=TITLES[n % len(TITLES)], source_kind=kind, source=f"{kind}-{n % 2}",
            published=None if n % 11 == 0 else NOON - timedelta(hours=n * 7 % 40, microseconds=n % 3),
            seen=NOON + timedelta(days=n // 3, minutes=n),
        )  # fmt: skip
        root = a_document(str(n - 15)).id if n > 20 and chance.random() < 0.3 else None
        outcomes.append(kept(document, f"e{n % 4}", tags_of(LABELS[n % 4 if n % 4 < 3 else 0], TOPICS[n % 3]), root))
    store.save(outcomes, [])
    with writing(store.engine) as connection:
        reason = {"code": "office_not_ours", "text": "."}
        connection.execute(update(documents).where(documents.c.n == 7).values(event=None, reason=reason))
    return store


@pytest.fixture(scope="module")
def pair(elastic: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """A filled store in a file, and its projection."""
    made = Pair(elastic, fill_store(a_store(tmp_path_factory.mktemp("store"))))
    made.sync()
    yield made
    made.drop()


@pytest.fixture(params=["sqlite", "elastic"])
def index(request: pytest.FixtureRequest, pair: Pair) -> SearchIndex:
    """The implementations that a dashboard can have."""
    return SqliteSearch(pair.store.engine) if request.param == "sqlite" else pair.search


@pytest.fixture(scope="module")
def model(pair: Pair) -> MemorySearch:
    """What the answers are compared with."""
    return MemorySearch.of(pair.store.engine)


@pytest.mark.parametrize("text", QUERIES)
def test_every_index_finds_marks_and_counts_the_same(text: str, index: SearchIndex, model: MemorySearch) -> None:
    """Hits in their order, marked spans, snippets, the total, the facets: equal to reading everything."""
    for order in ("arrived", "published"):
        query = Query(text, order=order, facets=True, limit=13)
        assert index.search(query) == model.search(query)


FILTERS = (
    {"source_kinds": ("news",)}, {"source_kinds": ("news", "forum"), "topics": ("fees",)}, {"labels": ("negative",)},
    {"events": ("e1", "e2")}, {"sources": ("forum-0",)}, {"outlets_only": True}, {"stories_only": True},
    {"since": at(-20)}, {"until": at(-20)}, {"since": at(-30), "until": at(-5), "stories_only": True},
    {"since": NOON - timedelta(hours=7, microseconds=1)}, {"until": NOON - timedelta(hours=7, microseconds=1)},
)  # fmt: skip


@pytest.mark.parametrize("given", FILTERS, ids=str)
def test_every_index_narrows_the_same(given: dict[str, object], index: SearchIndex, model: MemorySearch) -> None:
    """Each filter, with and without words, to the microsecond."""
    for text in ("", "食堂", "NOT 食堂"):
        query = Query(text, facets=True, limit=50, **given)  # type: ignore[arg-type]
        assert index.search(query) == model.search(query)


@pytest.mark.parametrize("order", ["arrived", "published"])
def test_pages_follow_each_other_and_can_be_mixed(order: str, pair: Pair, model: MemorySearch) -> None:
    """Every page of every index is the same, also when the next page is asked of another one: a page begun in
    Elasticsearch goes on in SQLite."""
    indexes: list[SearchIndex] = [pair.search, SqliteSearch(pair.store.engine), model]
    for text in ("食堂", ""):
        cursor, seen, turn = None, [], 0
        while True:
            query = Query(text, order=order, after=cursor, limit=4, facets=True)  # type: ignore[arg-type]
            pages = [one.search(query) for one in indexes]
            assert pages[0] == pages[1] == pages[2]
            seen += [hit.n for hit in pages[turn % 3].hits]
            cursor, turn = pages[turn % 3].next, turn + 1
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == model.search(Query(text, facets=True)).total


def test_a_made_up_page_and_a_wrong_query_are_one_sentence(index: SearchIndex) -> None:
    """Neither reaches a database or a server as a language."""
    for order, cursor in (("arrived", "'; --"), ("arrived", "9" * 30), ("published", "2026~x")):
        with pytest.raises(QueryError, match="This page does not exist"):
            index.search(Query("食堂", order=order, after=cursor))  # type: ignore[arg-type]
    with pytest.raises(QueryError, match="closing parenthesis"):
        index.search(Query("食堂)"))


def test_what_reads_as_a_person_finds_no_private_voice(index: SearchIndex) -> None:
    """As the search page asks it: outlets only, also in the counts."""
    school = School("澜川学院")
    assert not person_check("张伟", school).ok
    page = index.search(Query("食堂", outlets_only=True, facets=True, limit=90))
    assert page.total
    assert {kind for kind, _ in page.facets["source_kind"]} <= {"news", "official"}
    assert {hit.source_kind for hit in page.hits} <= {"news", "official"}


CHARS = "食堂价二，。 ab1_\n.A-"


def test_random_texts_and_queries_agree(elastic: Cluster) -> None:
    """100 random questions over 150 random texts: the same places, whatever punctuation does to words."""
    chance = random.Random(20261124)

    @cache
    def text(n: int, longest: int) -> str:
        return "".join(chance.choice(CHARS) for _ in range(chance.randint(1, longest)))

    pair = Pair(elastic)
    pair.store.save(
        [kept(a_document(str(n), text(n, 30), title=text(-n, 9) if n % 2 else None)) for n in range(150)], []
    )
    pair.sync()
    search, own, asked = pair.search, SqliteSearch(pair.store.engine), 0
    for n in range(1000, 1100):
        query = Query(f'"{text(n, 4)}"', limit=200, facets=True)
        found = [answer(one, query) for one in (search, own)]
        assert found[0] == found[1], query.text
        asked += bool(found[0] and found[0].total)
    assert asked > 30
    pair.drop()


def answer(index: SearchIndex, query: Query) -> Found | None:
    """What it finds; None when it refuses."""
    try:
        return index.search(query)
    except QueryError:
        return None


def test_more_than_it_counts_is_counted_alike(elastic: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond COUNTED matches both count the newest ones only, and sort by publication among these."""
    monkeypatch.setattr("pipeline.store.elastic.search.COUNTED", 20)
    monkeypatch.setattr("pipeline.store.search.COUNTED", 20)
    pair = Pair(elastic)
    outcomes = [
        kept(a_document(str(n), "食堂", published=at(-n), source_kind=KINDS[n % 6]), f"e{n % 7}") for n in range(55)
    ]
    pair.store.save(outcomes, [])
    pair.sync()
    for order in ("arrived", "published"):
        query = Query("食堂", order=order, facets=True, limit=30)  # type: ignore[arg-type]
        found = pair.search.search(query)
        assert found == SqliteSearch(pair.store.engine).search(query)
        assert found.total == 20
    pair.drop()


def test_looking_back_step_by_step_changes_no_answer(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words that the newest items have, that only older ones have, that none has: page by page and count by count the
    same as SQLite, when only a few items are looked at first."""
    monkeypatch.setattr("pipeline.store.elastic.search.WINDOW", 7)
    monkeypatch.setattr("pipeline.store.elastic.search.WIDER", 2)
    monkeypatch.setattr("pipeline.store.elastic.search.COUNTED", 20)
    monkeypatch.setattr("pipeline.store.search.COUNTED", 20)
    own = SqliteSearch(pair.store.engine)
    for text in ("", "食堂", "NOT 食堂", "wifi", "𠮷野家", "关于", "x" * 300, "老虎"):
        for order, facets in (("arrived", True), ("arrived", False), ("published", True), ("published", False)):
            query = Query(text, order=order, facets=facets, limit=6)  # type: ignore[arg-type]
            for _ in range(3):
                found = pair.search.search(query)
                assert found == own.search(query), query
                query = replace(query, after=found.next)
                if found.next is None:
                    break


def test_what_was_forgotten_is_never_shown(elastic: Cluster) -> None:
    """An item that has just been erased in SQL is not shown, although Elasticsearch still finds it."""
    from pipeline.store.erase import erase_documents

    pair = Pair(elastic)
    pair.store.save([kept(a_document(str(n), "食堂")) for n in range(3)], [])
    pair.sync()
    with writing(pair.store.engine) as connection:
        erase_documents(connection, [a_document("1").id])
    assert [hit.n for hit in pair.search.search(Query("食堂")).hits] == [3, 1]
    pair.drop()


class Hours:
    """A clock for pauses that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_sqlite_stands_in_while_elasticsearch_is_away(pair: Pair) -> None:
    """An answer comes all the same, says so, and is not waited for again at the next page; later it is asked again."""
    from service_kit import free_port

    own, clock = SqliteSearch(pair.store.engine), Hours()
    gone = ElasticSearchIndex(pair.store.engine, Address((f"http://127.0.0.1:{free_port()}",)), Names("none"))
    search = StandingIn(gone, own, pair.store.engine, clock)
    found = search.search(Query("食堂"))
    assert found.stand_in
    assert found.hits == own.search(Query("食堂")).hits
    search.first = pair.search
    assert search.search(Query("食堂")).stand_in
    clock.now += 31
    assert not search.search(Query("食堂")).stand_in


def test_nothing_sent_yet_means_sqlite(elastic: Cluster) -> None:
    """Before the first indices are filled the database answers, although the server does."""
    pair = Pair(elastic)
    pair.store.save([kept(a_document("a", "食堂"))], [])
    found = StandingIn(pair.search, SqliteSearch(pair.store.engine), pair.store.engine).search(Query("食堂"))
    assert (len(found.hits), found.stand_in) == (1, True)
    pair.follower.close()
