"""What telling needs besides: taps that can be undone, stretches of watching"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Taps, the watch, and acts that were undone."""
    op.create_table(
        "taps",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("ends", sa.String(length=27), nullable=False),
        sa.Column("until", sa.String(length=27), nullable=True),
        sa.Column("act", sa.Integer(), nullable=True),
        sa.Column("target", sa.String(), nullable=True),
        sa.Column("undone", sa.String(length=27), nullable=True),
        sa.Column("undone_by", sa.String(), nullable=True),
        sa.Column("posted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_taps_event", "taps", ["event"])
    op.create_index("ix_taps_at", "taps", ["at"])
    op.create_table(
        "watch",
        sa.Column("n", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("begins", sa.String(length=27), nullable=False),
        sa.Column("ends", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("n"),
    )
    op.create_index("ix_watch_ends", "watch", ["ends"])
    op.create_table(
        "presses",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_presses_at", "presses", ["at"])
    op.create_table(
        "voice_hours",
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("hour", sa.String(length=27), nullable=False),
        sa.Column("voices", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("event", "hour"),
    )
    with op.batch_alter_table("acks", schema=None) as batch:
        batch.add_column(sa.Column("undone", sa.String(length=27), nullable=True))
