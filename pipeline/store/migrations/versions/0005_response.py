"""Slips, orders, reports, facts, the log and playbooks"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "duty_log",
        sa.Column("n", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("n"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("duty_log", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_duty_log_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_duty_log_event"), ["event"], unique=False)

    op.create_table(
        "facts",
        sa.Column("n", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("fact", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("happened", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("n"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("facts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_facts_event"), ["event"], unique=False)
        batch_op.create_index(batch_op.f("ix_facts_fact"), ["fact"], unique=False)

    op.create_table(
        "handovers",
        sa.Column("n", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("since", sa.String(length=27), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("next", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("n"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "paper_numbers",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "year"),
    )
    op.create_table(
        "playbooks",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("topic", "version"),
    )
    op.create_table(
        "register_cells",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("year", "number", "key"),
    )
    with op.batch_alter_table("register_cells", schema=None) as batch_op:
        batch_op.create_index("ix_register_cells_key", ["key"], unique=False)

    op.create_table(
        "register_columns",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "register_rows",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("year", "number"),
        sa.UniqueConstraint("year", "event", name="uq_register_event"),
    )
    op.create_table(
        "reports",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("follows", sa.String(), nullable=True),
        sa.Column("made", sa.String(length=27), nullable=False),
        sa.Column("issued", sa.String(length=27), nullable=True),
        sa.Column("next_due", sa.String(length=27), nullable=True),
        sa.Column("lang", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("drafted", sa.JSON(), nullable=False),
        sa.Column("edited", sa.JSON(), nullable=False),
        sa.Column("cited", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("year", "number", name="uq_report_number"),
    )
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reports_event"), ["event"], unique=False)
        batch_op.create_index(batch_op.f("ix_reports_issued"), ["issued"], unique=False)

    op.create_table(
        "slips",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("case", sa.String(), nullable=True),
        sa.Column("follows", sa.String(), nullable=True),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("issued", sa.String(length=27), nullable=False),
        sa.Column("due", sa.String(length=27), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("lang", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "year", "number", name="uq_slip_number"),
    )
    with op.batch_alter_table("slips", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slips_event"), ["event"], unique=False)
        batch_op.create_index(batch_op.f("ix_slips_follows"), ["follows"], unique=False)
        batch_op.create_index(batch_op.f("ix_slips_issued"), ["issued"], unique=False)

    op.create_table(
        "slip_answers",
        sa.Column("n", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("slip", sa.String(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("decided", sa.String(length=27), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["slip"],
            ["slips.id"],
        ),
        sa.PrimaryKeyConstraint("n"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("slip_answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slip_answers_slip"), ["slip"], unique=False)

    op.create_table(
        "slip_links",
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("slip", sa.String(), nullable=False),
        sa.Column("expires", sa.String(length=27), nullable=False),
        sa.Column("used", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(
            ["slip"],
            ["slips.id"],
        ),
        sa.PrimaryKeyConstraint("nonce"),
    )
    with op.batch_alter_table("slip_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slip_links_slip"), ["slip"], unique=False)
