"""Codes behind buttons and in mails: the alert's number, what to do, and a seal that only this house can make.

    A42-take-PSGVL7QDTT5Q3XNE        A42-undo-0f3c9a1e5b7d2c48-QX3M…

A code belongs to one channel (in mails to one officer too), so that it opens nothing elsewhere; the time is that of
the alert, so that nothing has to be remembered. Short enough to be typed, sealed by 80 bits.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

ACTS = {"take": "taken", "false": "false_alarm", "mute": "silence", "case": "case", "undo": "undo"}
WORDS = {act: word for word, act in ACTS.items()}
CODE = re.compile(r"\bA-?(\d{1,9})-(take|false|mute|case|undo)(?:-([0-9a-f]{16}))?-([A-Z2-7]{16})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Coded:
    """What a sealed code says: the alert's number, the act as in `ACTS`, the tap to undo."""

    number: int
    act: str
    tap: str = ""


class Codes:
    """Makes and reads codes. `scope` is the channel's id, in mails with the officer's behind it."""

    def __init__(self, key: bytes) -> None:
        self.key = hmac.digest(key, b"tocsin.button", "sha256")

    def make(self, number: int, act: str, scope: str, tap: str = "") -> str:
        """The code for one act on one alert."""
        word = WORDS[act]
        return f"A{number}-{word}{f'-{tap}' if tap else ''}-{self._seal(number, word, scope, tap)}"

    def read(self, text: str, scope: str) -> Coded | None:
        """What a code says; None when it is not one of ours, or not for this scope."""
        found = CODE.fullmatch(text.strip())
        if found is None:
            return None
        number, word, tap = int(found[1]), found[2].lower(), (found[3] or "").lower()
        seal = self._seal(number, word, scope, tap)
        if not hmac.compare_digest(seal, found[4].upper()) or (word == "undo") != bool(tap):
            return None
        return Coded(number, ACTS[word], tap)

    def _seal(self, number: int, word: str, scope: str, tap: str) -> str:
        said = f"{number}\n{word}\n{scope}\n{tap}".encode()
        return base64.b32encode(hmac.new(self.key, said, hashlib.sha256).digest()[:10]).decode()


def find_codes(text: str) -> list[str]:
    """Every distinct code in a text, in order; whether it is one of ours is not known yet."""
    found = (one[0] for one in CODE.finditer(text))
    return list({one.lower(): one for one in found}.values())


def mail_scope(channel: str, officer: str) -> str:
    """The scope of a code that stands in one officer's mail."""
    return f"{channel}\n{officer}"
