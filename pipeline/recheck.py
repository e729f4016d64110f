"""Looking again at what was already read: is it still there, does it still say the same. Values and one pure judgement.

News and official items that are gone are marked withdrawn, changed ones are kept as a new version; both have an
evidence copy. A private voice that is gone at two looks hours apart is erased, and nobody is told.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pipeline.model import PRIVATE_KINDS, Screened, SourceKind

EVERY = timedelta(hours=6)
CONFIRM_PRIVATE = timedelta(hours=4)  # with EVERY: gone for good at most ten hours after it went
CONFIRM_OUTLET = timedelta(hours=1)

Found = Literal["there", "gone", "absent", "unclear"]
Fate = Literal["same", "first", "corrected", "missing", "withdrawn", "erased", "back", "unknown"]


@dataclass(frozen=True, slots=True)
class Look:
    """One stored item whose turn it is. `url` of an outlet's item, `sealed` of a private voice.

    `missed` is since when it has not been there, `page_hash` what its page said at the last good look. `since` is when its
    turn came (when it was read, for one that was never looked at), `waiting` how many of its source and kind are due.
    """

    document: str
    source: str
    source_kind: SourceKind
    title: str | None
    published: datetime | None
    url: str | None = None
    sealed: bytes | None = None
    withdrawn: datetime | None = None
    missed: datetime | None = None
    page_hash: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    corrected: datetime | None = None
    since: datetime | None = None
    waiting: int = 1

    @property
    def private(self) -> bool:
        """True for a private voice."""
        return self.source_kind in PRIVATE_KINDS


@dataclass(frozen=True, slots=True)
class EvidenceCopy:
    """What an address answered: `sha256` and `size` are of the body, `warc` is one gzip WARC response or None."""

    status: int
    sha256: str
    size: int
    warc: bytes | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of the item, and when it is looked at again. `edit` is its new text as the worker takes it."""

    fate: Fate
    due: datetime
    page_hash: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    evidence: EvidenceCopy | None = None
    edit: Screened | None = None


def judge_look(look: Look, found: Found, page_hash: str | None, now: datetime) -> Fate:
    """What an answer means for the item. `page_hash` is None where nothing could be compared."""
    if found == "unclear":
        return "unknown"
    if found == "there":
        return _judge_present(look, page_hash)
    if look.withdrawn is not None:
        return "same"
    if look.private:
        return "erased" if _missed_for(look, CONFIRM_PRIVATE, now) else "missing"
    sure = found == "gone" or _missed_for(look, CONFIRM_OUTLET, now)
    return "withdrawn" if sure else "missing"


def _judge_present(look: Look, page_hash: str | None) -> Fate:
    if look.withdrawn is not None:
        return "back"
    if page_hash is None or look.private:
        return "same"
    if look.page_hash is None:
        return "first"
    return "same" if page_hash == look.page_hash else "corrected"


def _missed_for(look: Look, least: timedelta, now: datetime) -> bool:
    return look.missed is not None and now - look.missed >= least


def next_look(look: Look, fate: Fate, now: datetime) -> datetime:
    """When to look again: sooner while it has to be made sure that something is gone; spread by the item's own id."""
    spread = timedelta(minutes=int(look.document[:4] or "0", 16) % 45) if _is_hex(look.document[:4]) else timedelta(0)
    if fate == "missing":
        return now + (CONFIRM_PRIVATE if look.private else CONFIRM_OUTLET) + spread / 10
    return now + EVERY + spread


def _is_hex(text: str) -> bool:
    return bool(text) and all(char in "0123456789abcdef" for char in text)
