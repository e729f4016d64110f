"""How far the projection is: read by the pages, the doctor and the metrics; written by the one who follows."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, tuple_, update

from pipeline.store.changes import note_changes
from pipeline.store.elastic.delivery import Delivered
from pipeline.store.elastic.records import KINDS
from pipeline.store.schema import changes, keep
from pipeline.store.schema_projection import parked, projection
from pipeline.store.statements import in_chunks, insert_or_skip, insert_or_update

NAME = "elastic"
STORE_KEY = "store_id"
KIND_OF = {part: kind for kind, part in KINDS.items()}


@dataclass(frozen=True, slots=True)
class Standing:
    """`behind` are changes that have not arrived yet; `said` is why it stands still (empty: it does not), `since` since
    when; `parked` are documents that the server refused. Generation 0: nothing was sent yet."""

    generation: int
    position: int
    behind: int
    parked: int
    said: str = ""
    since: datetime | None = None
    moved: datetime | None = None

    def sentence(self) -> str:
        """One line for a person."""
        lag = "up to date" if not self.behind else f"{self.behind} changes behind"
        refused = f", {self.parked} documents refused" if self.parked else ""
        return f"Elasticsearch is {lag}{refused}{': ' + self.said if self.said else ''}"


def read_standing(connection: Connection) -> Standing:
    """How it stands now."""
    row = connection.execute(select(projection).where(projection.c.name == NAME)).mappings().first()
    last = connection.scalar(select(func.max(changes.c.n))) or 0
    refused = connection.scalar(select(func.count()).select_from(parked)) or 0
    if row is None:
        return Standing(0, 0, last, refused)
    return Standing(
        row["generation"], row["position"], max(0, last - row["position"]), refused, row["said"], row["since"],
        row["moved"],
    )  # fmt: skip


def why_parked(connection: Connection, most: int = 3) -> list[tuple[str, int]]:
    """The most frequent reasons for which documents were refused, with their number; no reason has a value in it."""
    count = func.count()
    query = select(parked.c.reason, count).group_by(parked.c.reason).order_by(count.desc(), parked.c.reason).limit(most)
    return [(reason, number) for reason, number in connection.execute(query)]


def write_position(connection: Connection, generation: int, position: int, now: datetime) -> None:
    """Everything up to `position` has arrived."""
    row = {"name": NAME, "generation": generation, "position": position, "moved": now, "said": "", "since": None}
    insert_or_update(connection, projection, [row])


def write_stall(connection: Connection, said: str, now: datetime) -> None:
    """It stands still, and why; `since` stays what it was while it does. Before anything was sent it is a row, too."""
    fresh = {"name": NAME, "generation": 0, "position": 0, "moved": now, "said": said, "since": now}
    insert_or_skip(connection, projection, [fresh])
    mine = projection.c.name == NAME
    begun = connection.scalar(select(projection.c.since).where(mine))
    connection.execute(update(projection).where(mine).values(said=said, since=begun or now))


def clear_stall(connection: Connection) -> None:
    """It works again."""
    connection.execute(update(projection).where(projection.c.name == NAME).values(said="", since=None))


def park(connection: Connection, refused: Iterable[Delivered], now: datetime) -> None:
    """Take documents aside that the server refused."""
    rows = [
        {"kind": KIND_OF[one.operation.part], "id": one.operation.id, "change": one.operation.version, "at": now,
         "reason": one.reason}
        for one in refused
    ]  # fmt: skip
    insert_or_update(connection, parked, rows)


def unpark(connection: Connection, arrived: Iterable[Delivered]) -> None:
    """What arrives is parked no longer, and neither is what has gone."""
    if not connection.scalar(select(func.count()).select_from(parked)):
        return
    for chunk in in_chunks((KIND_OF[one.operation.part], one.operation.id) for one in arrived):
        connection.execute(delete(parked).where(tuple_(parked.c.kind, parked.c.id).in_(chunk)))


def retry_parked(connection: Connection) -> int:
    """Put parked documents among the changes again; returns how many."""
    rows = connection.execute(select(parked.c.kind, parked.c.id)).all()
    for kind, key in rows:
        note_changes(connection, kind, [key])
    return len(rows)


def store_id(connection: Connection) -> str:
    """Who this store is, for a projection that must not be filled by two; made at first use."""
    insert_or_skip(connection, keep, [{"key": STORE_KEY, "value": secrets.token_hex(8)}])
    return str(connection.scalar(select(keep.c.value).where(keep.c.key == STORE_KEY)))
