"""Saved searches, special watches and what the desk edits"""

import sqlalchemy as sa
from alembic import op

from pipeline.store.schema import Moment

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Five tables; accounts can be disabled."""
    op.create_table(
        "saved_searches",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("made", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_saved_searches_who", "saved_searches", ["who"])
    make_watches()
    op.create_table(
        "invites",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("user", sa.String()),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("expires", Moment(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "regroupings",
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("gone", sa.String()),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("undone", Moment()),
        sa.PrimaryKeyConstraint("n"),
    )
    op.create_index("ix_regroupings_event", "regroupings", ["event"])
    op.create_table(
        "former_tags",
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("held", sa.JSON(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("n"),
    )
    op.create_index("ix_former_tags_document", "former_tags", ["document"])
    with op.batch_alter_table("users") as batch:
        batch.add_column(sa.Column("disabled", Moment(), nullable=True))


def make_watches() -> None:
    """Special watches."""
    op.create_table(
        "special_watches",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("event", sa.String()),
        sa.Column("occasion", sa.String()),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("begins", Moment(), nullable=False),
        sa.Column("ends", Moment(), nullable=False),
        sa.Column("made", Moment(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("paused", Moment()),
        sa.Column("renewed", Moment()),
        sa.Column("renewed_by", sa.String()),
        sa.Column("renewed_why", sa.Text()),
        sa.Column("ended_by", sa.String()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_special_watches_event", "special_watches", ["event"])
    op.create_index("ix_special_watches_ends", "special_watches", ["ends"])
