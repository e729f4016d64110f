"""Tables: ways in: mailbox, inbox and form. The way and the words of `schema.py`."""

from sqlalchemy import Column, Integer, LargeBinary, String, Table, Text

from pipeline.store.schema import Moment, metadata

inbox_nonces = Table(                              # transient: signed posts of the last minutes, so that none comes twice
    "inbox_nonces", metadata,
    Column("source", String, primary_key=True),
    Column("nonce", String(64), primary_key=True),
    Column("at", Moment, nullable=False, index=True),
)  # fmt: skip

staff_reports = Table(                                   # transient: addresses that staff reported and that wait to be read
    "staff_reports", metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("due", Moment, nullable=False, index=True),
    Column("host", String, nullable=False),        # shown; the address itself is sealed, and gone once it was read
    Column("sealed", LargeBinary),
    Column("state", String, nullable=False),       # waiting, taken, known, refused
    Column("tries", Integer, nullable=False, default=0),
    Column("said", Text, nullable=False, default=""),
    sqlite_autoincrement=True,
)  # fmt: skip
