"""Withdrawals, evidence and hub subscriptions"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Tables for looking again, evidence copies, WebSub and the operator's answers."""
    _make_rechecks()
    _make_evidence()
    _make_hubs()
    op.create_table(
        "source_orders",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("order", sa.String(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("source"),
    )


def _make_rechecks() -> None:
    op.create_table(
        "rechecks",
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("due", sa.String(length=27), nullable=False),
        sa.Column("looked", sa.String(length=27), nullable=False),
        sa.Column("missed", sa.String(length=27), nullable=True),
        sa.Column("page_hash", sa.String(length=16), nullable=True),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("corrected", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("document"),
    )
    op.create_index("ix_rechecks_due", "rechecks", ["due"])


def _make_evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("warc", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_evidence_document", "evidence", ["document", "at"])
    op.create_index("ix_evidence_at", "evidence", ["at"])


def _make_hubs() -> None:
    op.create_table(
        "hubs",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due", sa.String(length=27), nullable=False),
        sa.Column("verified", sa.String(length=27), nullable=True),
        sa.Column("lease_until", sa.String(length=27), nullable=True),
        sa.Column("last_push", sa.String(length=27), nullable=True),
        sa.Column("pushes", sa.Integer(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source"),
        sa.UniqueConstraint("token"),
    )
