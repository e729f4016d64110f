"""Tables: briefings as drafts that are reviewed and signed. The way and the words of `schema.py`."""

from sqlalchemy import JSON, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from pipeline.store.schema import Moment, metadata

briefings = Table(                                 # one edition; `data` is what all its documents are made from
    "briefings", metadata,
    Column("id", String, primary_key=True),        # period and edition: 2026Q3-1
    Column("period", String, nullable=False),
    Column("edition", Integer, nullable=False),
    Column("state", String, nullable=False),       # draft, reviewed, signed, locked
    Column("language", String, nullable=False),
    Column("layout", String, nullable=False),      # plain, official
    Column("hash", String(64), nullable=False),    # of the frozen data
    Column("data", LargeBinary, nullable=False),   # zlib of its JSON
    Column("first", JSON, nullable=False),         # headline figures of the first draft, to say what changed since
    Column("sentences", JSON),                     # the words as signed; NULL before
    Column("drafted", JSON),                       # what a model drafted and the checker let through
    Column("made", Moment, nullable=False),
    Column("reviewed", Moment),
    Column("reviewer_role", String),
    Column("signed", Moment),
    Column("signer_role", String),
    Column("locked", Moment),
    Column("redacted", Integer, nullable=False, default=0),  # cited items taken out on request after freezing
    UniqueConstraint("period", "edition", name="uq_briefing_edition"),
)  # fmt: skip

briefing_edits = Table(                            # an editor's wording, kept apart from the rule's sentence
    "briefing_edits", metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("briefing", String, nullable=False, index=True),
    Column("sentence", String, nullable=False),
    Column("rule_text", Text, nullable=False),
    Column("text", Text, nullable=False),          # masked; equal to rule_text when taken back
    Column("unsupported", JSON, nullable=False),   # numbers and quotations that the data does not hold
    Column("at", Moment, nullable=False),
    Column("who", String, nullable=False),
)  # fmt: skip

briefing_proposals = Table(                        # what a briefing proposed, and what came of it
    "briefing_proposals", metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("period", String, nullable=False, index=True),
    Column("text", Text, nullable=False),          # masked
    Column("status", String, nullable=False),      # open, doing, done, dropped
    Column("reply", Text, nullable=False, default=""),
    Column("at", Moment, nullable=False),
    Column("who", String, nullable=False),
)  # fmt: skip

briefing_checks = Table(                           # the ten-minute review: was the machine right about this item?
    "briefing_checks", metadata,
    Column("period", String, primary_key=True),
    Column("document", String, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("who", String, nullable=False),
    Column("tone_right", Boolean, nullable=False),
    Column("topic_right", Boolean, nullable=False),
)  # fmt: skip

briefing_counts = Table(                           # counts from old spreadsheets; `school` is empty for our own
    "briefing_counts", metadata,
    Column("school", String, primary_key=True),
    Column("period", String, primary_key=True),    # 2025Q3 or 2025
    Column("topic", String, primary_key=True),
    Column("source", String, primary_key=True),
    Column("items", Integer, nullable=False),
    Column("negative", Integer),
    Column("file", String, nullable=False),
    Column("at", Moment, nullable=False),
)  # fmt: skip

briefing_jobs = Table(                             # a briefing being made, for the progress bar
    "briefing_jobs", metadata,
    Column("id", String, primary_key=True),
    Column("period", String, nullable=False),
    Column("step", String, nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("state", String, nullable=False),       # running, done, failed
    Column("said", Text, nullable=False, default=""),
    Column("briefing", String),
    Column("touched", Moment, nullable=False),
    Index("ix_briefing_jobs_touched", "touched"),
)  # fmt: skip
