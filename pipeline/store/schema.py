"""Every table of the state of record, in one place. SQLAlchemy Core; SQLite by default, PostgreSQL by URL.

Migrations (pipeline/store/migrations) create exactly this; a test compares the two. Times are UTC ISO 8601
text through `Moment`, so that they sort and read the same in both databases. There is no author, handle,
profile or raw page in any table. Tables marked *transient* are left out of backups, exports and projection.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)  # fmt: skip
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class Moment(TypeDecorator[datetime]):
    """An aware datetime, stored as UTC text of fixed width (`2026-11-24T08:00:00.000000Z`)."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Aware datetime to text; a naive one is a programming error."""
        return None if value is None else write_moment(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Text back to an aware datetime."""
        return None if value is None else datetime.fromisoformat(value)


def write_moment(value: datetime) -> str:
    """`value` in the stored form. Raises ValueError when it has no time zone."""
    if value.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored")
    return value.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


metadata = MetaData()

# sqlite_autoincrement: readers follow by number, so none is given twice, even when the highest row was deleted.

# ------------------------------------------------------------------ collecting

sources = Table(
    "sources", metadata,
    Column("id", String, primary_key=True),
    Column("next_due", Moment, nullable=False, index=True),
    Column("interval_s", Integer, nullable=False),
    Column("url_now", Text),                       # after a remembered 301
    Column("etag", Text),
    Column("last_modified", Text),
    Column("content_hash", String(64)),
    Column("last_run", Moment),
    Column("last_ok", Moment),
    Column("last_new", Moment),
    Column("last_full", Moment),                   # last unconditional fetch
    Column("failures", Integer, nullable=False, default=0),
    Column("health", String, nullable=False, default="new"),   # new, healthy, failing, silent, refused
    Column("said", Text, nullable=False, default=""),          # one sentence for a person
    Column("memory", JSON, nullable=False, default=dict),      # small per-kind state (moved_to, gaps …)
)  # fmt: skip

robots = Table(
    "robots", metadata,
    Column("origin", String, primary_key=True),
    Column("fetched", Moment, nullable=False),
    Column("status", Integer),                     # None: unreachable
    Column("body", Text, nullable=False, default=""),
    Column("unreachable_since", Moment),
)  # fmt: skip

sightings = Table(                                 # every item ever seen, kept or dropped
    "sightings", metadata,
    Column("item", String, primary_key=True),
    Column("source", String, primary_key=True),
    Column("fingerprint", String(16), nullable=False),
    Column("seen", Moment, nullable=False),
    Index("ix_sightings_source", "source", "seen"),
)  # fmt: skip

intake = Table(                                    # screened items waiting for the worker
    "intake", metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("item", String, nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),   # msgspec JSON of a Screened without its tokens
    Column("history_at", Moment, index=True),      # when history was published; NULL for what is new
    Column("parked", Text),                        # why the worker could not take it; it blocks nobody
    sqlite_autoincrement=True,
)  # fmt: skip

# ------------------------------------------------------------------ what was said

documents = Table(
    "documents", metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),  # ingest sequence
    Column("id", String, nullable=False, unique=True),
    Column("source", String, nullable=False),
    Column("source_kind", String, nullable=False),
    Column("reach", String),
    Column("url", Text),                           # NULL for private voices
    Column("title", Text),
    Column("text", Text, nullable=False),          # masked
    Column("lang", String, nullable=False),
    Column("published", Moment),
    Column("seen", Moment, nullable=False),
    Column("charted", Moment, nullable=False),     # published, capped at seen
    Column("history", Boolean, nullable=False),
    Column("matched", JSON, nullable=False),
    Column("mention_reason", Text, nullable=False),
    Column("fingerprint", String(16), nullable=False),
    Column("label", String, nullable=False),
    Column("negative", Float, nullable=False),
    Column("neutral", Float, nullable=False),
    Column("positive", Float, nullable=False),
    Column("topic", String, nullable=False),       # the best one
    Column("topics", JSON, nullable=False),
    Column("tagger", String, nullable=False),
    Column("duplicate_of", String),
    Column("event", String),
    Column("reason", JSON, nullable=False),
    Column("withdrawn", Moment),
    Column("version", Integer, nullable=False, default=1),
    Index("ix_documents_seen", "seen"),
    Index("ix_documents_charted", "charted"),
    Index("ix_documents_event", "event", "n"),
    Index("ix_documents_root", "duplicate_of"),
    Index("ix_documents_source", "source", "seen"),
    sqlite_autoincrement=True,
)  # fmt: skip

versions = Table(                                  # earlier texts, news and official only
    "versions", metadata,
    Column("document", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("seen", Moment, nullable=False),
    Column("title", Text),
    Column("text", Text, nullable=False),
)  # fmt: skip

private_links = Table(                             # transient: sealed, short-lived, opened by an audited POST
    "private_links", metadata,
    Column("document", String, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("expires", Moment, nullable=False, index=True),
)  # fmt: skip

voice_keys = Table(                                # transient
    "voice_keys", metadata,
    Column("day", String(10), primary_key=True),
    Column("secret", LargeBinary, nullable=False),
)  # fmt: skip

voice_tokens = Table(                              # transient
    "voice_tokens", metadata,
    Column("document", String, primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("token", String(16), nullable=False),
    Column("event", String, index=True),
    Column("seen", Moment, nullable=False),
    Index("ix_voice_tokens_day", "day"),
)  # fmt: skip

tombstones = Table(                                # what was asked to be forgotten; outside backups
    "tombstones", metadata,
    Column("item", String, primary_key=True),      # id or fingerprint, never a link
    Column("at", Moment, nullable=False),
    Column("receipt", String, nullable=False),
)  # fmt: skip

# ------------------------------------------------------------------ matters

events = Table(
    "events", metadata,
    Column("id", String, primary_key=True),
    Column("title", Text, nullable=False),
    Column("status", String, nullable=False),      # open, closed
    Column("first_seen", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False, index=True),
    Column("items", Integer, nullable=False),
    Column("stories", Integer, nullable=False),
    Column("outlets", Integer, nullable=False),
    Column("sources", Integer, nullable=False),
    Column("voices_met", Integer, nullable=False),
    Column("negative", Integer, nullable=False),
    Column("topic", String, nullable=False),
    Column("reach", String),
    Column("place", String),
    Column("terms", JSON, nullable=False),
    Column("severity", String),
    Column("merged_into", String, index=True),
    Column("said", JSON, nullable=False, default=dict),   # the last Reason why (not) told
)  # fmt: skip

hourly = Table(                                    # counts for good, kept in the saving transaction
    "hourly", metadata,
    Column("hour", Moment, primary_key=True),      # of `charted`
    Column("source", String, primary_key=True),
    Column("topic", String, primary_key=True),
    Column("label", String, primary_key=True),
    Column("source_kind", String, nullable=False),
    Column("items", Integer, nullable=False),
    Column("stories", Integer, nullable=False),
)  # fmt: skip

arrivals = Table(                                  # stories by hour of `seen`, for the spike rule
    "arrivals", metadata,
    Column("hour", Moment, primary_key=True),
    Column("stories", Integer, nullable=False),
)  # fmt: skip

# ------------------------------------------------------------------ telling

alerts = Table(                                    # ledger and outbox in one: an unrouted row is a message owed
    "alerts", metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("at", Moment, nullable=False),
    Column("made", Moment, nullable=False),
    Column("kind", String, nullable=False),
    Column("event", String),
    Column("rule", String),
    Column("severity", String, nullable=False),
    Column("items", JSON, nullable=False),
    Column("reason", JSON, nullable=False),
    Column("to", JSON, nullable=False, default=list),
    Column("state", String, nullable=False, default="pending"),  # pending, deferred, silenced, inhibited, routed, stale
    Column("due", Moment, nullable=False),
    Column("note", JSON, nullable=False, default=dict),          # the Reason of the state
    Column("drill", Boolean, nullable=False, default=False),
    Index("ix_alerts_state", "state", "due"),
    Index("ix_alerts_event", "event"),
    sqlite_autoincrement=True,
)  # fmt: skip

notifications = Table(
    "notifications", metadata,
    Column("id", String, primary_key=True),
    Column("alert", String, ForeignKey("alerts.id"), nullable=False, index=True),
    Column("receiver", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("step", Integer, nullable=False, default=0),          # of the escalation
    Column("state", String, nullable=False),                     # queued, sending, sent, dead, stopped
    Column("due", Moment, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("claimed", Moment),
    Column("sent", Moment),
    Column("receipt", Text),                                     # what the channel answered (a message id)
    Column("said", Text, nullable=False, default=""),            # why not, in a sentence
    Column("maybe_repeat", Boolean, nullable=False, default=False),
    UniqueConstraint("alert", "receiver", "channel", "step", name="uq_notification_once"),
    Index("ix_notifications_state", "state", "due"),
)  # fmt: skip

acks = Table(
    "acks", metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("event", String, nullable=False, index=True),
    Column("alert", String),
    Column("at", Moment, nullable=False),
    Column("who", String, nullable=False),          # role or user name of the office
    Column("what", String, nullable=False),         # taken, handed_over, false_alarm, released
    Column("expires", Moment),
    Column("note", Text, nullable=False, default=""),
    Column("undone", Moment),                       # taken back within ten minutes: it never held
)  # fmt: skip

silences = Table(
    "silences", metadata,
    Column("id", String, primary_key=True),
    Column("event", String),
    Column("topic", String),
    Column("begins", Moment, nullable=False),
    Column("ends", Moment, nullable=False),
    Column("who", String, nullable=False),
    Column("why", Text, nullable=False),
)  # fmt: skip

officers = Table(
    "officers", metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),          # shown to the office only
    Column("role", String, nullable=False),          # officer, leader, operator
    Column("addresses", JSON, nullable=False),       # {channel: address}
)  # fmt: skip

shifts = Table(                                      # a rotation or an override
    "shifts", metadata,
    Column("id", String, primary_key=True),
    Column("officer", String, ForeignKey("officers.id"), nullable=False),
    Column("begins", Moment, nullable=False),
    Column("ends", Moment, nullable=False),
    Column("kind", String, nullable=False),          # duty, override, leave
    Column("substitute", String),                    # of a leave: who stands in for the officer
    Column("why", Text, nullable=False, default=""),  # masked
    Column("made", Moment),
)  # fmt: skip

cases = Table(
    "cases", metadata,
    Column("id", String, primary_key=True),
    Column("event", String, nullable=False, index=True),
    Column("opened", Moment, nullable=False),
    Column("department", String, nullable=False),
    Column("owner_role", String, nullable=False),
    Column("due", Moment, nullable=False),
    Column("status", String, nullable=False),        # open, paused, closed
    Column("outcome", String),
    Column("note", Text, nullable=False, default=""),
    Column("severity", String),                      # at opening; its deadline is `allowed_s`
    Column("allowed_s", Integer),                    # NULL in old rows: from opened to due
    Column("working", Boolean, nullable=False, default=False),   # the clock runs in working hours only
    Column("round", Integer, nullable=False, default=1),
    Column("began", Moment),                         # the clock of this round; NULL in old rows: opened
    Column("statement", Text, nullable=False, default=""),       # the school's own words
    Column("statement_url", Text),
    Column("statement_at", Moment),
    Column("carried", Text, nullable=False, default=""),         # who carried it, said by hand
    Column("closed", Moment),
    Column("closed_n", Integer),                     # the last alert at closing: a later one reopens
)  # fmt: skip

corrections = Table(                                 # an officer's word, kept apart from the machine's value
    "corrections", metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("who", String, nullable=False),
    Column("document", String, index=True),
    Column("event", String, index=True),
    Column("field", String, nullable=False),         # label, topic, school, undo (of one of them), merge, split, false_alarm
    Column("machine", Text, nullable=False),
    Column("office", Text, nullable=False),
)  # fmt: skip

# ------------------------------------------------------------------ the house

users = Table(
    "users", metadata,
    Column("name", String, primary_key=True),
    Column("password", Text, nullable=False),        # argon2id
    Column("role", String, nullable=False),          # viewer, officer, editor, operator
    Column("made", Moment, nullable=False),
    Column("disabled", Moment),                      # since when nobody can log in with it
)  # fmt: skip

sessions = Table(
    "sessions", metadata,
    Column("id", String(64), primary_key=True),      # sha256 of the cookie
    Column("user", String, nullable=False, index=True),
    Column("expires", Moment, nullable=False),
)  # fmt: skip

attempts = Table(                                    # logins that failed, for the rate limit
    "attempts", metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("key", String, nullable=False, index=True),
    Column("at", Moment, nullable=False),
)  # fmt: skip

audit = Table(                                       # every human action; each row carries the hash of the one before
    "audit", metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("who", String, nullable=False),
    Column("what", String, nullable=False),
    Column("target", String, nullable=False, default=""),
    Column("detail", Text, nullable=False, default=""),
    Column("chain", String(64), nullable=False),
    sqlite_autoincrement=True,
)  # fmt: skip

changes = Table(                                     # followed by projections; one row per changed record
    "changes", metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("kind", String, nullable=False),          # document, event, alert, case, source
    Column("id", String, nullable=False),
    Column("gone", Boolean, nullable=False, default=False),
    Column("month", String(7)),                      # of what has gone: when it was seen (2026-09), to find its copies
    sqlite_autoincrement=True,
)  # fmt: skip

leases = Table(                                      # one worker, one sender; `fence` only grows
    "leases", metadata,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("until", Moment, nullable=False),
)  # fmt: skip

keep = Table(                                        # small facts: schema owner, last digest, link key
    "keep", metadata,
    Column("key", String, primary_key=True),
    Column("value", Text, nullable=False),
)  # fmt: skip

TRANSIENT: frozenset[str] = frozenset(
    {
        "private_links",
        "voice_keys",
        "voice_tokens",
        "intake",
        "sessions",
        "attempts",
        "hubs",
        "inbox_nonces",
        "staff_reports",
        "invites",
        "regroupings",
        "former_tags",
    }
)
OUTSIDE_BACKUP: frozenset[str] = TRANSIENT | {"tombstones", "projection", "parked"}
