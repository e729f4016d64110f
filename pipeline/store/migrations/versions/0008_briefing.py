"""Briefings as drafts that are reviewed and signed"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

TEXT, MOMENT = sa.String(), sa.String(length=27)


def upgrade() -> None:
    """Editions with their frozen data, edits, proposals, checks, imported counts, progress."""
    _briefings()
    _words()
    _counts()


def _briefings() -> None:
    op.create_table(
        "briefings",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("period", TEXT, nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("language", TEXT, nullable=False),
        sa.Column("layout", TEXT, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("first", sa.JSON(), nullable=False),
        sa.Column("sentences", sa.JSON(), nullable=True),
        sa.Column("drafted", sa.JSON(), nullable=True),
        sa.Column("made", MOMENT, nullable=False),
        sa.Column("reviewed", MOMENT, nullable=True),
        sa.Column("reviewer_role", TEXT, nullable=True),
        sa.Column("signed", MOMENT, nullable=True),
        sa.Column("signer_role", TEXT, nullable=True),
        sa.Column("locked", MOMENT, nullable=True),
        sa.Column("redacted", sa.Integer(), nullable=False),
        sa.UniqueConstraint("period", "edition", name="uq_briefing_edition"),
    )


def _words() -> None:
    op.create_table(
        "briefing_edits",
        sa.Column("n", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("briefing", TEXT, nullable=False),
        sa.Column("sentence", TEXT, nullable=False),
        sa.Column("rule_text", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("unsupported", sa.JSON(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("who", TEXT, nullable=False),
    )
    op.create_index("ix_briefing_edits_briefing", "briefing_edits", ["briefing"])
    op.create_table(
        "briefing_proposals",
        sa.Column("n", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("period", TEXT, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("who", TEXT, nullable=False),
    )
    op.create_index("ix_briefing_proposals_period", "briefing_proposals", ["period"])


def _counts() -> None:
    op.create_table(
        "briefing_checks",
        sa.Column("period", TEXT, primary_key=True),
        sa.Column("document", TEXT, primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("who", TEXT, nullable=False),
        sa.Column("tone_right", sa.Boolean(), nullable=False),
        sa.Column("topic_right", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "briefing_counts",
        sa.Column("school", TEXT, primary_key=True),
        sa.Column("period", TEXT, primary_key=True),
        sa.Column("topic", TEXT, primary_key=True),
        sa.Column("source", TEXT, primary_key=True),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("negative", sa.Integer(), nullable=True),
        sa.Column("file", TEXT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "briefing_jobs",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("period", TEXT, nullable=False),
        sa.Column("step", TEXT, nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("briefing", TEXT, nullable=True),
        sa.Column("touched", MOMENT, nullable=False),
    )
    op.create_index("ix_briefing_jobs_touched", "briefing_jobs", ["touched"])
