"""What the office writes: slips and their answers, reports, facts, the log, playbooks and the register.

Nothing in here is a post, a link or a quotation of a private voice: what officers type is compared with them before it
is stored (`alerts/response/wording.py`), masked, and taken out again with an item that it cites (`response_erase.py`).
"""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from pipeline.store.schema import Moment, metadata

paper_numbers = Table(                             # the last number given, one row a kind and year
    "paper_numbers", metadata,
    Column("kind", String, primary_key=True),      # notice, order, report, register
    Column("year", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
)  # fmt: skip

slips = Table(                                     # notice slips and supervision orders
    "slips", metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),        # notice, order
    Column("year", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("event", String, nullable=False, index=True),
    Column("case", String),
    Column("follows", String, index=True),         # the slip that an order presses for
    Column("department", String, nullable=False),
    Column("matter", Text, nullable=False),        # neutral
    Column("place", String),
    Column("figures", JSON, nullable=False),       # counts and times at the moment of issue
    Column("words", Text, nullable=False),         # the officer's own
    Column("issued", Moment, nullable=False, index=True),
    Column("due", Moment, nullable=False),
    Column("state", String, nullable=False),       # sent, answered, accepted, returned
    Column("lang", String, nullable=False),
    UniqueConstraint("kind", "year", "number", name="uq_slip_number"),
)  # fmt: skip

slip_answers = Table(
    "slip_answers", metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("slip", String, ForeignKey("slips.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("way", String, nullable=False),         # link, office
    Column("words", Text, nullable=False),
    Column("outcome", String, nullable=False),     # one of the fixed outcomes
    Column("late", Boolean, nullable=False),       # after the deadline that held when it came
    Column("decision", String),                    # accepted, returned
    Column("decided", Moment),
    Column("note", Text, nullable=False, default=""),
    sqlite_autoincrement=True,
)  # fmt: skip

slip_links = Table(                                # single use; the token itself is signed with a key outside
    "slip_links", metadata,
    Column("nonce", String(32), primary_key=True),
    Column("slip", String, ForeignKey("slips.id"), nullable=False, index=True),
    Column("expires", Moment, nullable=False),
    Column("used", Moment),
)  # fmt: skip

reports = Table(                                   # situation reports: first, update, final
    "reports", metadata,
    Column("id", String, primary_key=True),
    Column("event", String, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("year", Integer),                       # number and year are given when it is issued
    Column("number", Integer),
    Column("turn", Integer, nullable=False),       # which report on this event, from 1
    Column("follows", String),
    Column("made", Moment, nullable=False),
    Column("issued", Moment, index=True),
    Column("next_due", Moment),
    Column("lang", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("figures", JSON, nullable=False),       # what the draft was made from, for the next one's differences
    Column("drafted", JSON, nullable=False),       # {section: text} by the rules
    Column("edited", JSON, nullable=False),        # {section: text} by the office, kept apart
    Column("cited", JSON, nullable=False),         # [{item, source, title}] news and official items only
    UniqueConstraint("year", "number", name="uq_report_number"),
)  # fmt: skip

facts = Table(                                     # append-only: the newest row of a fact is the fact
    "facts", metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("fact", String, nullable=False, index=True),
    Column("event", String, nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("role", String, nullable=False),
    Column("status", String, nullable=False),      # unconfirmed, confirmed, denied
    Column("words", Text, nullable=False),
    Column("source", String, nullable=False),      # who says so, an office or outlet
    Column("happened", Moment),
    sqlite_autoincrement=True,
)  # fmt: skip

duty_log = Table(
    "duty_log", metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False, index=True),
    Column("role", String, nullable=False),
    Column("event", String, index=True),
    Column("words", Text, nullable=False),
    sqlite_autoincrement=True,
)  # fmt: skip

handovers = Table(
    "handovers", metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("since", Moment, nullable=False),
    Column("role", String, nullable=False),        # who hands over
    Column("next", String, nullable=False),        # to whom, by role
    Column("words", Text, nullable=False),
    Column("body", JSON, nullable=False),          # what was open then
    sqlite_autoincrement=True,
)  # fmt: skip

playbooks = Table(                                 # what an editor changed; without a row the shipped one holds
    "playbooks", metadata,
    Column("topic", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("role", String, nullable=False),
    Column("text", Text),                          # NULL: back to the shipped one
)  # fmt: skip

register_rows = Table(
    "register_rows", metadata,
    Column("year", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("event", String, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("year", "event", name="uq_register_event"),
)  # fmt: skip

register_columns = Table(
    "register_columns", metadata,
    Column("key", String, primary_key=True),       # a key of ours, or own1, own2 …
    Column("place", Integer, nullable=False),
    Column("title", String, nullable=False, default=""),
    Column("shown", Boolean, nullable=False),
)  # fmt: skip

register_cells = Table(                            # filled by hand
    "register_cells", metadata,
    Column("year", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("key", String, primary_key=True),
    Column("words", Text, nullable=False),
    Index("ix_register_cells_key", "key"),
)  # fmt: skip
