"""Sending documents and deletions in bulk, and judging the answer for each: arrived, to be sent again, or refused.

Each carries the number of its change as an external version, so that sending twice does no harm and an older state
never replaces a newer one (https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk).
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from pipeline.store.elastic.documents import Body
from pipeline.store.elastic.names import Part

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

CHUNK, CHUNK_BYTES = 500, 8 * 1024 * 1024
RETRIES, FIRST_PAUSE_S, LONGEST_PAUSE_S = 3, 0.5, 4.0
THREADS = 4
LONGEST_SENDING_S = 900.0  # each request has a shorter limit of its own
_FIELD = re.compile(r"(?:field|introduction of|object mapping for) \[([\w.@]{1,80})\](?: within \[([\w.@]{1,80})\])?")

Verdict = Literal["arrived", "again", "refused"]


@dataclass(frozen=True, slots=True)
class Operation:
    """A document to be written, or without `body` to be deleted. `first`: the first change that it stands for."""

    part: Part
    id: str
    index: str
    version: int
    first: int
    body: Body | None

    def as_action(self) -> dict[str, Any]:
        """The form that the client's helpers take."""
        action: dict[str, Any] = {
            "_op_type": "delete" if self.body is None else "index", "_index": self.index, "_id": self.id,
            "version": self.version, "version_type": "external_gte",
        }  # fmt: skip
        return action if self.body is None else {**action, "_source": self.body}


@dataclass(frozen=True, slots=True)
class Delivered:
    """What the server said to one operation. `reason` names the kind of error and the field, never a value."""

    operation: Operation
    verdict: Verdict
    reason: str = ""


def deliver(client: "Elasticsearch", operations: Sequence[Operation]) -> Iterator[Delivered]:
    """Send in order; what the server is too busy for is sent again, item by item, after a pause that doubles.

    Raises what the client raises when the server does not answer at all. A request that is refused as a whole is taken
    apart, so that only what is to blame is refused.
    """
    from elasticsearch import ApiError, helpers

    known = {(one.index, one.id): one for one in operations}
    try:
        answers = helpers.streaming_bulk(
            client, (one.as_action() for one in operations), chunk_size=CHUNK, max_chunk_bytes=CHUNK_BYTES,
            raise_on_error=False, max_retries=RETRIES, initial_backoff=FIRST_PAUSE_S, max_backoff=LONGEST_PAUSE_S,
        )  # fmt: skip
        for ok, answer in answers:
            judged = judge(known, ok, answer)
            del known[(judged.operation.index, judged.operation.id)]
            yield judged
    except ApiError as error:
        if error.status_code not in (400, 413):
            raise
        yield from _one_by_one(client, list(known.values()))


def deliver_many(client: "Elasticsearch", operations: Iterable[Operation]) -> Iterator[Delivered]:
    """For a rebuild: as `deliver`, by several threads at once; only what did not arrive is told. Operations are made while
    others are on their way, and no more than a few requests ahead. After an error nothing more is made or sent: the
    client's `parallel_bulk` would go through all that is left before it tells."""
    pool, sent = ThreadPoolExecutor(THREADS, "elastic-bulk"), deque[Future[list[Delivered]]]()
    try:
        for some in _slices(operations):
            sent.append(pool.submit(_deliver_some, client, some))
            if len(sent) > 2 * THREADS:
                yield from sent.popleft().result(LONGEST_SENDING_S)
        while sent:
            yield from sent.popleft().result(LONGEST_SENDING_S)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _slices(operations: Iterable[Operation]) -> Iterator[list[Operation]]:
    rest = iter(operations)
    while some := list(islice(rest, CHUNK)):
        yield some


def _deliver_some(client: "Elasticsearch", some: Sequence[Operation]) -> list[Delivered]:
    return [one for one in deliver(client, some) if one.verdict != "arrived"]


def _one_by_one(client: "Elasticsearch", operations: Sequence[Operation]) -> Iterator[Delivered]:
    from elasticsearch import helpers

    known = {(one.index, one.id): one for one in operations}
    answers = helpers.streaming_bulk(
        client, (one.as_action() for one in operations), chunk_size=1, raise_on_error=False, raise_on_exception=False
    )
    for ok, answer in answers:
        yield judge(known, ok, answer)


def judge(known: dict[tuple[str, str], Operation], ok: bool, answer: dict[str, Any]) -> Delivered:
    """What an answer of the bulk API means for its operation."""
    action, said = next(iter(answer.items()))
    operation = known[(said["_index"], said["_id"])]
    status, error = said.get("status") or 503, said.get("error") or {}
    kind = error.get("type", "") if isinstance(error, dict) else type(said.get("exception")).__name__
    if ok or status == 409 or (status == 404 and action == "delete"):  # 409: a newer state is there already
        return Delivered(operation, "arrived")
    reason = explain(kind, str(error.get("reason", "")) if isinstance(error, dict) else "")
    if status in (401, 403, 404, 408, 429) or status >= 500:
        return Delivered(operation, "again", f"status {status}, {reason}")
    return Delivered(operation, "refused", reason)


def explain(kind: str, reason: str) -> str:
    """The kind of an error and the field it speaks of; the rest of the sentence may quote the text."""
    found = _FIELD.search(reason)
    if found is None:
        return kind or "unknown error"
    field = f"{found[2]}.{found[1]}" if found[2] else found[1]
    return f"{kind}: field {field}"
