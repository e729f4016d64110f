"""What becomes of a row: pure functions, without a server."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from elastic_transport import TransportError
from hypothesis import example, given
from hypothesis import strategies as st
from service_kit import free_port
from sqlalchemy import select
from store_kit import NOON, a_document, a_store, an_alert, at, kept

from pipeline.store.elastic.connection import Address, connect
from pipeline.store.elastic.delivery import CHUNK, THREADS, Operation, deliver_many, explain, judge
from pipeline.store.elastic.documents import Lens, Telling, checksum_of, make_alert, make_case, make_item, make_source
from pipeline.store.elastic.indices import Indices
from pipeline.store.elastic.names import PARTS, Names, month_end, month_in, month_of
from pipeline.store.elastic.records import read_all
from pipeline.store.elastic.templates import field_types, flatten
from pipeline.store.engine import reading
from pipeline.store.fulltext import split_words, write_words
from pipeline.store.schema import alerts, documents

DOCS = (Path(__file__).parent.parent / "docs" / "elasticsearch.md").read_text(encoding="utf-8")


def test_every_field_is_documented() -> None:
    """Each field of each part stands in docs/elasticsearch.md."""
    for part in PARTS:
        assert [name for name in field_types(part) if f"`{name}`" not in DOCS] == []


def test_documents_have_only_mapped_fields() -> None:
    """Every field that is written is in the mapping of its part."""
    store = a_store()
    voice, paper = a_document("a", title="题"), a_document("b", source_kind="news", reach="local", seen=at(1))
    store.save([kept(voice), kept(paper, alert=an_alert())], [], NOON)
    store.put_source({"id": "bbs", "next_due": at(1), "interval_s": 3600})
    with reading(store.engine) as connection:
        for part in PARTS:
            for one in read_all(connection, part, None, 10, Lens())[0]:
                assert set(dotted(one.body)) <= field_types(part).keys()
                assert one.checksum == checksum_of(one.body)


def dotted(body: dict[str, Any], above: str = "") -> list[str]:
    """Names of all values."""
    found = []
    for name, value in body.items():
        found += dotted(value, f"{above}{name}.") if isinstance(value, dict) else [above + name]
    return found


def test_who_was_told_who_acted_and_what_was_written_stay_here() -> None:
    """Receivers of an alert, notes and statements of a case are in no document."""
    store = a_store()
    store.save([kept(a_document("a"), alert=an_alert(to=("officer-li",)))], [])
    with reading(store.engine) as connection:
        row = connection.execute(select(alerts)).mappings().one()
    case = {
        "id": "c1", "event": "e1", "opened": NOON, "department": "后勤处", "owner_role": "officer", "due": at(1), "status": "closed",
        "outcome": "answered", "note": "SECRET", "severity": "serious", "allowed_s": 3600, "round": 1, "closed": at(2),
        "statement": "SECRET", "carried": "SECRET", "statement_url": "SECRET",
    }  # fmt: skip
    made = make_case(case, "canteen", Lens())
    written = json.dumps([make_alert(row, Telling(), Lens()).body, made.body])
    assert "officer-li" not in written
    assert "SECRET" not in written
    assert made.body["tocsin"]["late"] is True
    assert (made.body["tocsin"]["took_hours"], made.body["tocsin"]["allowed_hours"]) == (2.0, 1.0)


def test_times_of_private_voices_are_hours_and_the_calendar_is_the_schools() -> None:
    """12:34 UTC on a Tuesday is 20 o'clock in Shanghai; an article keeps its minute."""
    store = a_store()
    when = NOON.replace(minute=34)
    store.save(
        [
            kept(a_document("a", seen=when, published=when)),
            kept(a_document("b", source_kind="news", seen=when, published=when)),
        ],
        [],
    )
    with reading(store.engine) as connection:
        rows = connection.execute(select(documents).order_by(documents.c.n)).mappings().all()
    voice, paper = (make_item(row, Lens()).body for row in rows)
    assert voice["@timestamp"] == voice["event"]["ingested"] == "2026-09-01T12:00:00.000000Z"
    assert paper["@timestamp"] == "2026-09-01T12:34:00.000000Z"
    assert (voice["tocsin"]["hour"], voice["tocsin"]["weekday"], voice["tocsin"]["quarter"]) == (20, 2, "2026Q3")


def test_a_source_is_called_as_configured() -> None:
    """Name and kind come from the configuration; one that is no longer there keeps its id."""
    row = {
        "id": "bbs", "next_due": NOON, "interval_s": 60, "last_run": None, "last_ok": None, "last_new": None, "failures": 0,
        "health": "new",
    }  # fmt: skip
    named = make_source(row, Lens(sources={"bbs": ("校园论坛", "forum")})).body["tocsin"]
    assert (named["source_name"], named["source_kind"]) == ("校园论坛", "forum")
    assert make_source(row, Lens()).body["tocsin"]["source_name"] == "bbs"


def test_what_the_server_says_is_judged_item_by_item() -> None:
    """Busy means again, a newer version means arrived, a wrong field means refused, and no value is in the reason."""
    operation = Operation("items", "a", "i", 3, 3, {})
    known = {("i", "a"): operation}
    reason = "failed to parse field [tocsin.n] of type [long] in document with id 'a'. Preview of field's value: '张三'"
    table = [
        (429, "es_rejected_execution_exception", "", "again"), (503, "unavailable_shards_exception", "", "again"),
        (403, "cluster_block_exception", "", "again"), (409, "version_conflict_engine_exception", "", "arrived"),
        (400, "document_parsing_exception", reason, "refused"), (404, "index_not_found_exception", "", "again"),
    ]  # fmt: skip
    for status, kind, said, verdict in table:
        answer = {"index": {"_index": "i", "_id": "a", "status": status, "error": {"type": kind, "reason": said}}}
        judged = judge(known, False, answer)
        assert judged.verdict == verdict
        assert "张三" not in judged.reason
    assert judge(known, False, {"delete": {"_index": "i", "_id": "a", "status": 404}}).verdict == "arrived"
    assert explain("document_parsing_exception", reason) == "document_parsing_exception: field tocsin.n"


def test_a_rebuild_that_meets_nobody_ends_at_once() -> None:
    """With nobody at the address the first error ends it: what is left of a hundred thousand is neither made nor sent."""
    made: list[int] = []

    def operations() -> Iterator[Operation]:
        for n in range(100_000):
            made.append(n)
            yield Operation("items", str(n), "i", 1, 1, {"n": n})

    client = connect(Address((f"http://127.0.0.1:{free_port()}",)))
    with pytest.raises(TransportError):
        list(deliver_many(client, operations()))
    assert len(made) <= CHUNK * (2 * THREADS + 1)
    client.close()


def test_names_and_months() -> None:
    """A month is in UTC, and its index says so."""
    names = Names("school")
    assert names.index("items", 2, month_of(NOON)) == "school-items-v1-g2-2026.09"
    assert month_in("school-items-v1-g2-2026.09") == "2026-09"
    assert month_in("school-events-v1-g2") is None
    assert month_end("2026-12").isoformat() == "2027-01-01T00:00:00+00:00"


class FakeServer:
    """A server with index lifecycle management, which the minimal distribution does not have. Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.indices = self.cluster = self.ilm = self

    def options(self, **_given: Any) -> "FakeServer":
        """The same for every option."""
        return self

    @property
    def body(self) -> dict[str, Any]:
        """What it answers."""
        return {"operation_mode": "RUNNING"}

    def __getattr__(self, name: str) -> Any:
        def note(**given: Any) -> "FakeServer":
            self.told.append((name, given))
            return self

        return note


def test_where_the_server_has_ilm_it_drops_old_months() -> None:
    """The policy's age counts from the end of the month: a rebuild makes every index today."""
    server = FakeServer()
    indices = Indices(server, Names(), keep_days=365)  # type: ignore[arg-type]
    indices.put_templates()
    policy = dict(server.told)["put_lifecycle"]
    assert policy["policy"]["phases"]["delete"]["min_age"] == "365d"
    indices._there = set()
    indices.ensure("items", 1, "2026-09", live=True)
    made = dict(server.told)["create"]
    assert made["settings"]["index"] == {
        "lifecycle.name": policy["name"], "lifecycle.origination_date": int(month_end("2026-09").timestamp() * 1000),
    }  # fmt: skip


def test_no_field_is_for_a_person() -> None:
    """In every form of the templates, whatever the analyzer."""
    for analyzer in ("standard", "smartcn", "ik"):
        for part in PARTS:
            names = field_types(part, analyzer)
            assert not [
                name for name in names if re.search(r"author|user|handle|nick|account|token|avatar|receiver", name)
            ]
    assert flatten({"a": {"properties": {"b": {"type": "keyword"}}}}) == {"a.b": "keyword"}


@given(st.text(max_size=60))
@example("ΟΔΟΣ ΟΔΟΣ_Σ İstanbul ß 食堂WiFi_6")
def test_words_are_those_of_the_index(text: str) -> None:
    """Cut at once or one by one, the words are the same."""
    assert write_words(text).split() == [word.text for word in split_words(text)]
