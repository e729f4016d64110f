"""The duty roster, the working calendar and the case clock"""

import sqlalchemy as sa
from alembic import op

from pipeline.store.schema import Moment

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Four tables, and what shifts and cases did not know before."""
    op.create_table(
        "rotations",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("members", sa.JSON, nullable=False),
        sa.Column("starts", sa.String(10), nullable=False),
        sa.Column("ends", sa.String(10)),
        sa.Column("weekday", sa.Integer, nullable=False),
        sa.Column("clock", sa.String(5), nullable=False),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("span_min", sa.Integer, nullable=False),
        sa.Column("zone", sa.String, nullable=False),
        sa.Column("made", Moment, nullable=False),
    )
    op.create_table(
        "swaps",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("rotation", sa.String, nullable=False, index=True),
        sa.Column("first", sa.String(10), nullable=False),
        sa.Column("second", sa.String(10), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("made", Moment, nullable=False),
    )
    op.create_table(
        "calendar_days",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("worked", sa.Boolean, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("made", Moment, nullable=False),
    )
    op.create_table(
        "case_steps",
        sa.Column("n", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("case", sa.String, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("what", sa.String, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("once", sa.String, unique=True),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_case_steps_case", "case_steps", ["case", "n"])
    _widen_shifts()
    _widen_cases()


def _widen_shifts() -> None:
    with op.batch_alter_table("shifts") as shifts:
        shifts.add_column(sa.Column("substitute", sa.String))
        shifts.add_column(sa.Column("why", sa.Text, nullable=False, server_default=""))
        shifts.add_column(sa.Column("made", Moment))


def _widen_cases() -> None:
    with op.batch_alter_table("cases") as cases:
        cases.add_column(sa.Column("severity", sa.String))
        cases.add_column(sa.Column("allowed_s", sa.Integer))
        cases.add_column(sa.Column("working", sa.Boolean, nullable=False, server_default=sa.false()))
        cases.add_column(sa.Column("round", sa.Integer, nullable=False, server_default="1"))
        cases.add_column(sa.Column("began", Moment))
        cases.add_column(sa.Column("statement", sa.Text, nullable=False, server_default=""))
        cases.add_column(sa.Column("statement_url", sa.Text))
        cases.add_column(sa.Column("statement_at", Moment))
        cases.add_column(sa.Column("carried", sa.Text, nullable=False, server_default=""))
        cases.add_column(sa.Column("closed", Moment))
        cases.add_column(sa.Column("closed_n", sa.Integer))
