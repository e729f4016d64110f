"""What was sent to Elasticsearch"""

import sqlalchemy as sa
from alembic import op

from pipeline.store.schema import Moment

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """How far the projection is, what it could not take, and where a document was that has gone."""
    op.create_table(
        "projection",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("moved", Moment, nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("since", Moment),
    )
    op.create_table(
        "parked",
        sa.Column("kind", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("change", sa.Integer, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    with op.batch_alter_table("changes") as table:
        table.add_column(sa.Column("month", sa.String(7)))
