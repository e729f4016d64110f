"""Tables: what was sent to Elasticsearch. The way and the words of `schema.py`.

Both are outside backups: a restored database fills a fresh set of indices instead of going on where another one was.
"""

from sqlalchemy import Column, Integer, String, Table, Text

from pipeline.store.schema import Moment, metadata

projection = Table(
    "projection", metadata,
    Column("name", String, primary_key=True),               # elastic
    Column("generation", Integer, nullable=False),          # the set of indices in use
    Column("position", Integer, nullable=False),            # the last change that has arrived there
    Column("moved", Moment, nullable=False),                # when it last got further
    Column("said", Text, nullable=False, default=""),       # why it stands still, in a sentence
    Column("since", Moment),                                # since when it stands still; NULL: it does not
)  # fmt: skip

parked = Table(                                             # what the server refused; it blocks nobody
    "parked", metadata,
    Column("kind", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("change", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("reason", Text, nullable=False),                 # the kind of error and the field, never a value
)  # fmt: skip
