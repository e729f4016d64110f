"""The full-text index (SQLite only; another database is searched in another way)"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search USING fts5(title, text, content='', columnsize=0, "
            "tokenize='unicode61 remove_diacritics 0')"
        )
