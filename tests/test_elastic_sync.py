"""What changes in SQL is the same in Elasticsearch a moment later: written, moved, deleted, parked, rebuilt, compared."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from elastic_kit import LATER, Pair, same, two_items
from elastic_rig import Cluster
from service_kit import wait_for
from sqlalchemy import update
from store_kit import NOON, a_document, an_event, at, kept

from alerts.acks import AckDesk, Links
from alerts.cases import close_case, open_case
from alerts.outbox import mark, owe
from alerts.route import Target
from pipeline.model import Severity
from pipeline.store.elastic.names import PARTS
from pipeline.store.elastic.templates import field_types, flatten
from pipeline.store.engine import writing
from pipeline.store.forget import forget_items
from pipeline.store.retain import purge
from pipeline.store.schema import changes, documents
from pipeline.store.search import Query
from pipeline.tag.corrections import record_correction

pytestmark = [pytest.mark.service, pytest.mark.timeout(300)]


@pytest.fixture
def pair(elastic: Cluster) -> Iterator[Pair]:
    """An empty store and its projection."""
    made = Pair(elastic)
    yield made
    made.drop()


# ---------------------------------------------------------------- what is kept


def test_no_mapping_has_a_field_for_a_person(pair: Pair) -> None:
    """On the live mappings: every field is one of the documented ones, strictly, and none is for who wrote, was told or acted."""
    two_items(pair)
    pair.sync()
    person = re.compile(
        r"author|user|handle|profile|nick|account|voice_|token|avatar|receiver|officer|email|phone|who\b|name"
    )
    for part in PARTS:
        mapping = pair.mapping(part)
        fields = flatten(mapping["properties"])
        assert fields == field_types(part)
        assert mapping["dynamic"] == mapping["properties"]["tocsin"]["dynamic"] == "strict"
        assert [name for name in fields if person.search(name)] == (["tocsin.source_name"] if part == "sources" else [])


def test_a_field_that_is_not_named_is_refused(pair: Pair) -> None:
    """The server itself does not take an author."""
    import elasticsearch

    two_items(pair)
    pair.sync()
    index = pair.follower.indices.of("items", 1)[0]
    for body in ({"author": "x"}, {"tocsin": {"nickname": "x"}}, {"user": {"name": "x"}}, {"url": {"username": "x"}}):
        with pytest.raises(elasticsearch.BadRequestError, match="strict"):
            pair.follower.client.index(index=index, document=body)


def test_a_private_voice_is_masked_text_without_link_or_minute(pair: Pair) -> None:
    """It is found by its words; no byte of the document is a link, a token or an exact time that boards could show."""
    two_items(pair)
    pair.sync()
    found = pair.sources()[a_document("post").id]
    assert found["message"] == "二食堂吃出虫子"
    assert "url" not in found
    assert {found["@timestamp"][11:], found["event"]["created"][11:], found["event"]["ingested"][11:]} <= {
        "11:00:00.000000Z", "12:00:00.000000Z",
    }  # fmt: skip
    everything = json.dumps([pair.sources(view) for view in ("search", "events", "alerts", "cases", "sources")])
    assert "feedface" not in everything
    assert pair.sources()[a_document("paper").id]["url"] == {
        "full": "https://paper.example/paper", "domain": "paper.example",
    }  # fmt: skip


def test_fewer_than_five_voices_are_not_counted_out(pair: Pair) -> None:
    """An event of three voices says few, one of five says five."""
    pair.store.save([kept(a_document("a"), "few", snapshot=an_event("few", voices_met=3))], [])
    pair.store.save([kept(a_document("b"), "many", snapshot=an_event("many", voices_met=5))], [])
    pair.sync()
    events = pair.sources("events")
    assert "voices" not in events["few"]["tocsin"]
    assert events["few"]["tocsin"]["few_voices"] is True
    assert events["many"]["tocsin"]["voices"] == 5


def test_aliases_show_what_they_promise(pair: Pair) -> None:
    """Counts leave out what the office called not ours, rows leave out private voices, the search has everything."""
    two_items(pair)
    pair.store.save([kept(a_document("third", "与学院无关", seen=at(2)))], [])
    with writing(pair.store.engine) as connection:
        assert record_correction(connection, "editor", a_document("third").id, "school", "no", at(3)) is None
    pair.sync()
    assert (pair.count("search"), pair.count("items"), pair.count("outlets")) == (3, 2, 1)


def test_chinese_is_found_as_substring_with_the_standard_analyzer(pair: Pair) -> None:
    """`match_phrase` on `message`, as Kibana asks it, finds parts of words and nothing else; keywords ignore case."""
    two_items(pair)
    pair.sync()

    def count(query: dict[str, object]) -> int:
        return int(pair.follower.client.count(index=pair.names.alias("items"), query=query).body["count"])

    assert [count({"match_phrase": {"message": text}}) for text in ("食堂吃", "堂", "食吃", "学院回应")] == [1, 2, 0, 1]
    assert count({"term": {"tocsin.topic": "CANTEEN"}}) == 2


# ---------------------------------------------------------------- following


def test_everything_that_happens_to_a_matter_arrives(pair: Pair) -> None:
    """Alert, delivery, acknowledgement, case, correction, merger: after each, SQL and Elasticsearch are the same."""
    two_items(pair)
    desk, engine = AckDesk(Links(b"secret", "https://tocsin.example"), 4.0), pair.store.engine
    with writing(engine) as connection:
        owe(connection, "alert-1", [Target("li", "chat")], 0, at(1))
    pair.store.put_source({"id": "bbs", "next_due": at(1), "interval_s": 3600, "last_run": NOON, "health": "healthy"})
    same(pair)
    with writing(engine) as connection:
        notice = connection.exec_driver_sql("SELECT id FROM notifications").scalar_one()
        mark(connection, notice, "sent", sent=NOON + timedelta(seconds=120))
    same(pair)
    with writing(engine) as connection:
        assert desk.act(connection, "e1", "taken", "li", "", NOON + timedelta(seconds=600)) is None
        case = open_case(connection, "e1", "后勤处", Severity.SERIOUS, at(1))
    same(pair)
    alert = pair.sources("alerts")["alert-1"]["tocsin"]
    assert (alert["messages"], alert["sent_after_s"], alert["taken_after_s"], alert["outcome"]) == (
        1,
        30.0,
        480.0,
        "taken",
    )
    assert "li" not in json.dumps(pair.sources("alerts"))
    with writing(engine) as connection:
        assert close_case(connection, str(case), "answered", "已答复") is None
        assert record_correction(connection, "editor", a_document("paper").id, "topic", "fees", at(3)) is None
    same(pair)
    assert "已答复" not in json.dumps(pair.sources("cases"), ensure_ascii=False)
    other = kept(a_document("x", "另一件事", seen=at(2)), "e2")
    pair.store.save([other], [])
    pair.store.save([kept(a_document("y", "原来是一件事", seen=at(3)), "e1", absorbed=("e2",))], [])
    same(pair)
    assert pair.count("events") == 1


def test_an_edit_replaces_and_an_older_state_never_does(pair: Pair) -> None:
    """The new text is found and the old one is not; an older version that comes late is not taken."""
    two_items(pair)
    pair.sync()
    article = replace(
        a_document("paper", source_kind="news", source="paper", seen=at(1)), text="学院更正了说明", fingerprint="f" * 16
    )
    pair.store.save([kept(article)], [])
    pair.sync()
    assert [len(pair.search.search(Query(text)).hits) for text in ("更正", "回应")] == [1, 0]
    index = pair.follower.indices.of("items", 1)[0]
    answer = pair.follower.client.options(ignore_status=409).index(
        index=index, id=article.id, document={"message": "旧"}, version=1, version_type="external_gte"
    )
    assert answer.meta.status == 409


def test_a_deletion_request_reaches_elasticsearch(pair: Pair) -> None:
    """After the next round the text is in no document of any index; a repeated round changes nothing."""
    two_items(pair)
    pair.sync()
    with writing(pair.store.engine) as connection:
        gone = connection.execute(documents.select().where(documents.c.id == a_document("post").id)).mappings().one()
    forget_items(pair.store.engine, [gone["id"]], [gone["fingerprint"]], at(5))
    pair.sync()
    pair.sync()
    assert set(pair.sources()) == {a_document("paper").id}
    same(pair)


@pytest.mark.slow
def test_the_bytes_of_a_deleted_text_leave_the_index(pair: Pair) -> None:
    """What runs every night leaves no deleted document in any segment, once the server lets go of it (half a minute)."""
    two_items(pair)
    pair.sync()
    forget_items(pair.store.engine, [a_document("post").id], [], at(5))
    pair.sync()
    (index,) = pair.follower.indices.of("items", 1)

    def is_clean() -> bool:
        pair.follower.indices.expunge(1)
        docs = pair.follower.client.indices.stats(index=index, metric="docs").body["_all"]["primaries"]["docs"]
        return bool((docs["count"], docs["deleted"]) == (1, 0))

    wait_for("no deleted document is left", is_clean, 90)


def test_a_deletion_without_a_month_finds_its_document(pair: Pair) -> None:
    """Rows of the change table from before months were noted delete in every month."""
    pair.store.save([kept(a_document(str(n), seen=at(days=31 * n))) for n in range(3)], [])
    pair.sync()
    forget_items(pair.store.engine, [a_document("1").id], [], at(5))
    with writing(pair.store.engine) as connection:
        connection.execute(update(changes).values(month=None))
    pair.sync()
    assert set(pair.sources()) == {a_document("0").id, a_document("2").id}


def test_a_copy_that_becomes_the_story_is_one_there_too(pair: Pair) -> None:
    """When the original is deleted, its first copy tells the story from then on, in both."""
    first = a_document("first")
    pair.store.save(
        [kept(first), kept(a_document("copy"), root=first.id), kept(a_document("copy2"), root=first.id)], []
    )
    pair.sync()
    forget_items(pair.store.engine, [first.id], [], at(5))
    same(pair)
    stories = {key: body["tocsin"]["story"] for key, body in pair.sources().items()}
    assert sorted(stories.values()) == [False, True]


def test_retention_of_sql_reaches_elasticsearch(pair: Pair) -> None:
    """Texts that expire expire there: private voices go, an article keeps its headline."""
    two_items(pair)
    pair.sync()
    purge(pair.store.engine, at(days=200))
    same(pair)
    (left,) = pair.sources().values()
    assert "message" not in left or left["message"] == ""
    assert left["url"]["full"] == "https://paper.example/paper"


def test_old_months_are_dropped_and_stay_away(elastic: Cluster) -> None:
    """Whole months beyond `keep_days` go; an edit of an item of such a month does not bring it back."""
    pair = Pair(elastic, keep_days=60)
    pair.store.save([kept(a_document(str(n), seen=at(days=-31 * n))) for n in range(4)], [])
    for step in range(2):
        assert not pair.follower.step(LATER).said
        assert pair.follower.indices.drop_old(1, LATER) == []
        months = [name[-7:] for name in pair.follower.indices.of("items", 1)]
        assert months == ["2026.08", "2026.09"]
        with writing(pair.store.engine) as connection:
            record_correction(connection, "editor", a_document("3").id, "label", "neutral", at(step))
    dropped = pair.follower.indices.drop_old(1, LATER + timedelta(days=31))
    assert [name[-7:] for name in dropped] == ["2026.08"]
    pair.drop()
