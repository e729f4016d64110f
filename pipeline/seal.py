"""Links of private voices, unreadable at rest.

The key lives in a secret file beside the configuration, not in the database, so a copy of the database
alone opens nothing.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken


class LinkSeal:
    """Seals and opens links with one key. The key never shows in `repr`."""

    def __init__(self, key: bytes) -> None:
        """`key` is what `new_key` made, or any secret of at least 16 bytes."""
        self._fernet = Fernet(_fernet_key(key))

    def __repr__(self) -> str:
        """Hide the key."""
        return "LinkSeal(***)"

    @staticmethod
    def new_key() -> bytes:
        """A fresh random key."""
        return Fernet.generate_key()

    def seal(self, url: str) -> bytes:
        """The link, encrypted and signed."""
        return self._fernet.encrypt(url.encode("utf-8", "replace"))

    def open(self, sealed: bytes) -> str | None:
        """The link, or None when it was sealed with another key or was changed."""
        try:
            return self._fernet.decrypt(sealed).decode("utf-8")
        except InvalidToken:
            return None


def _fernet_key(key: bytes) -> bytes:
    """`key` itself when it is a Fernet key, otherwise one derived from it."""
    if len(key) < 16:
        raise ValueError("the link key is shorter than 16 bytes")
    try:
        if len(base64.urlsafe_b64decode(key)) == 32:
            return key
    except ValueError:
        pass
    return base64.urlsafe_b64encode(hashlib.sha256(key).digest())
