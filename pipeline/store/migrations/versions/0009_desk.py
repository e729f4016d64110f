"""Saved searches, special watches and what the desk edits"""

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Nothing yet."""
