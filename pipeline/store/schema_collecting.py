"""Tables: withdrawals, evidence and hub subscriptions. The way and the words of `schema.py`."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, Text

from pipeline.store.schema import Moment, metadata

rechecks = Table(                                  # looking again at items of open events and at private voices
    "rechecks", metadata,
    Column("document", String, primary_key=True),
    Column("due", Moment, nullable=False, index=True),
    Column("looked", Moment, nullable=False),
    Column("missed", Moment),                      # since when it is not there any more
    Column("page_hash", String(16)),               # of title and main text of its page; None: never read
    Column("etag", Text),
    Column("last_modified", Text),
    Column("corrected", Moment),                   # when another text was last found at its address
)  # fmt: skip

evidence = Table(                                  # what an address answered, and when; private voices: hash and time
    "evidence", metadata,
    Column("id", String(32), primary_key=True),
    Column("document", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("why", String, nullable=False),         # first, corrected, withdrawn
    Column("status", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),  # of the body as it came
    Column("size", Integer, nullable=False),       # of the body, in bytes
    Column("warc", LargeBinary),                   # gzip WARC of one response; None: hash and time only
    Index("ix_evidence_document", "document", "at"),
    Index("ix_evidence_at", "at"),
)  # fmt: skip

hubs = Table(                                      # transient: WebSub subscriptions are made anew after a restore
    "hubs", metadata,
    Column("source", String, primary_key=True),
    Column("hub", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("token", String(32), nullable=False, unique=True),  # the last part of the callback address
    Column("secret", String(64), nullable=False),
    Column("state", String, nullable=False),       # asked, live, silent, denied
    Column("due", Moment, nullable=False),         # when to ask (again)
    Column("verified", Moment),
    Column("lease_until", Moment),
    Column("last_push", Moment),
    Column("pushes", Integer, nullable=False, default=0),
    Column("said", Text, nullable=False, default=""),
)  # fmt: skip

source_orders = Table(                             # what the operator answered about a source that is gone (410)
    "source_orders", metadata,
    Column("source", String, primary_key=True),
    Column("url", Text, nullable=False),           # the address the answer is about
    Column("order", String, nullable=False),       # keep, stop
    Column("at", Moment, nullable=False),
)  # fmt: skip
