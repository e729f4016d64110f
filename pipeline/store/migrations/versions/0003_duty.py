"""The duty roster, the working calendar and the case clock"""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Nothing yet."""
