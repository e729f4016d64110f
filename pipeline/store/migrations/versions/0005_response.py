"""Slips, orders, reports, facts, the log and playbooks"""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Nothing yet."""
