"""What telling needs besides: taps that can be undone, digests"""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Nothing yet."""
