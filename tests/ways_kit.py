"""A dashboard with an inbox and a report form over a fresh store, for the tests of the ways in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from dash_client import Reader, fresh_engine
from dash_seed import NOW, SECRET, make_context
from sqlalchemy import select
from ways_door import SEAL, a_screen

from crawlers.inbox import Inbox, sign
from crawlers.reported import ReportDesk, ReportReader
from crawlers.settings import CrawlPolicy, SourceSpec
from dashboards.report_link import link_token
from pipeline.ingest import Waiting
from pipeline.secret import Secret
from pipeline.store.engine import reading
from pipeline.store.schema import audit, private_links
from pipeline.store.store import SqlStore

KEY = b"a key that both sides know"
VENDOR = SourceSpec(id="vendor", url="https://vendor.example", kind="news", via="inbox", key=Secret(env="INBOX_KEY"))
BOARD = SourceSpec(id="board", url="https://vendor.example", kind="forum", via="inbox", key=Secret(env="INBOX_KEY"))


@dataclass(frozen=True)
class Ways:
    """The parts that a test talks to."""

    reader: Reader
    store: SqlStore
    policy: CrawlPolicy
    specs: tuple[SourceSpec, ...]

    def post(self, source: str, body: object, nonce: str = "n" * 20, at: float = 0, **headers: str) -> object:
        """A signed post; `at` is how many seconds its clock is off. Returns the answer."""
        raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
        stamp = str(int(NOW.timestamp() + at))
        given = {
            "X-Tocsin-Timestamp": stamp,
            "X-Tocsin-Nonce": nonce,
            "X-Tocsin-Signature": sign(KEY, stamp, nonce, raw),
        }
        return self.reader.post(f"/inbox/{source}", content=raw, headers=given | headers)

    def queue(self) -> list[Waiting]:
        """What waits for the worker."""
        return self.store.waiting(1000)

    def token(self) -> str:
        """The token of the office's link."""
        with reading(self.store.engine) as connection:
            return link_token(connection, SECRET)

    def read_reports(self) -> int:
        """Let the collector read what was reported."""
        return ReportReader(self.store, a_screen(), SEAL, self.policy, self.specs, lambda: NOW).step()

    def audit(self) -> list[tuple[str, str, str]]:
        """Who did what with what."""
        with reading(self.store.engine) as connection:
            rows = connection.execute(select(audit.c.who, audit.c.what, audit.c.target).order_by(audit.c.n))
            return [tuple(row) for row in rows]  # type: ignore[misc]

    def links(self) -> list[str | None]:
        """The sealed links of private voices that were written, opened."""
        with reading(self.store.engine) as connection:
            return [SEAL.open(one) for one in connection.scalars(select(private_links.c.sealed))]


@contextmanager
def ways(folder: Path, policy: CrawlPolicy | None = None, specs: tuple[SourceSpec, ...] = ()) -> Iterator[Ways]:
    """The dashboard over the seeded database, with an empty queue."""
    policy = policy or CrawlPolicy()
    with fresh_engine(folder) as engine:
        store = SqlStore(engine)
        context = replace(
            make_context(engine, folder),
            inbox=Inbox([VENDOR, BOARD], store, a_screen()),
            reports=ReportDesk(store, a_screen(), SEAL, policy),
        )
        yield Ways(Reader(context), store, policy, specs)
