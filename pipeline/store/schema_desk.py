"""Tables: saved searches, special watches and what the desk edits. The way and the words of `schema.py`."""

from sqlalchemy import JSON, Column, Integer, String, Table, Text

from pipeline.store.schema import Moment, metadata

saved_searches = Table(                            # checked and masked when saved; about matters, never persons
    "saved_searches", metadata,
    Column("id", String(16), primary_key=True),
    Column("who", String, nullable=False, index=True),
    Column("name", String(60), nullable=False),
    Column("fields", JSON, nullable=False),        # text, kind, topic, tone, begins, ends
    Column("made", Moment, nullable=False),
)  # fmt: skip

special_watches = Table(                           # a temporary watch over one event or occasion
    "special_watches", metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(60), nullable=False),
    Column("event", String, index=True),           # what it follows: an event …
    Column("occasion", String),                    # … or a window of the calendar
    Column("topic", String, nullable=False),
    Column("terms", JSON, nullable=False),
    Column("sources", JSON, nullable=False),       # ids that are read more often
    Column("begins", Moment, nullable=False),
    Column("ends", Moment, nullable=False, index=True),
    Column("made", Moment, nullable=False),
    Column("made_by", String, nullable=False),
    Column("paused", Moment),                      # by itself: it followed one voice only
    Column("renewed", Moment),
    Column("renewed_by", String),
    Column("renewed_why", Text),                   # masked
    Column("ended_by", String),
)  # fmt: skip

invites = Table(                                   # transient: one-time links for a new account or a new password
    "invites", metadata,
    Column("id", String(64), primary_key=True),    # sha256 of the token
    Column("user", String),                        # whose password; NULL for somebody new
    Column("role", String, nullable=False),
    Column("expires", Moment, nullable=False),
    Column("made_by", String, nullable=False),
)  # fmt: skip

regroupings = Table(                               # transient: what a merge or split moved, while it can be undone
    "regroupings", metadata,
    Column("n", Integer, primary_key=True, autoincrement=False),   # of the row in `corrections`
    Column("event", String, nullable=False, index=True),
    Column("gone", String),                        # of a merge
    Column("items", JSON, nullable=False),         # of `gone`, or that were split off
    Column("at", Moment, nullable=False),
    Column("who", String, nullable=False),
    Column("undone", Moment),
)  # fmt: skip

former_tags = Table(                               # transient: what an item had before an officer's word on it
    "former_tags", metadata,
    Column("n", Integer, primary_key=True, autoincrement=False),   # of the row in `corrections`
    Column("document", String, nullable=False, index=True),
    Column("held", JSON, nullable=False),          # columns of `documents`: tone, topics, tagger, reason
    Column("at", Moment, nullable=False),
)  # fmt: skip
