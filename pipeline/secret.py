"""Where a secret comes from, never the secret itself."""

import os
from pathlib import Path

import msgspec


class Secret(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a secret comes from, never the secret itself: `{ env = "NAME" }` or `{ file = "PATH" }`."""

    env: str = ""
    file: str = ""

    def reveal(self) -> str:
        """The value, read at each use. Raises LookupError naming the variable or file, not the value."""
        if self.env and self.env in os.environ:
            return os.environ[self.env]
        if self.file and Path(self.file).is_file():
            return Path(self.file).read_text(encoding="utf-8").strip()
        raise LookupError(f"the secret {self.env or self.file or '(nothing)'} is not set")

    def __str__(self) -> str:
        return "********"
