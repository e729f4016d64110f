"""The door: a raw item comes in, a document without persons goes on.

    clean -> match (unmasked, in memory) -> mask -> voice tokens -> sealed link -> Document

Nothing behind this point sees unmasked text, an account or the link of a private voice.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.clean import Clean, clean_text
from pipeline.links import host_of, person_free
from pipeline.mask import Masker
from pipeline.match import Matcher
from pipeline.model import Document, RawItem, Reason, Screened, VoiceToken
from pipeline.normal import normalise
from pipeline.school import School
from pipeline.seal import LinkSeal
from pipeline.voices import VoiceKeys

# A first fetch brings the past along; what is older than this, or of unknown age, is history and never alerts.
HISTORY_AGE = timedelta(hours=48)
# No source knows the future; a date further ahead is a mistake and is dropped.
MAX_AHEAD = timedelta(hours=24)
_NOISE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Refused:
    """An item that is not taken in, and why. Carries no text."""

    id: str
    source: str
    reason: Reason


class Screen:
    """Everything an item passes before it may be written. One per process; keeps only today's voice keys."""

    def __init__(self, school: School, masker: Masker, matcher: Matcher, keys: VoiceKeys, seal: LinkSeal) -> None:
        self._school = school
        self._masker = masker
        self._matcher = matcher
        self._keys = keys
        self._seal = seal

    def screen(self, raw: RawItem, now: datetime | None = None) -> Screened | Refused:
        """What may be stored of `raw`. `now` chooses the voice keys; without it `raw.seen` does."""
        link = person_free(raw.url)
        if not link and (raw.url or not raw.private):  # a mail or a report of a private voice has no address
            return _refuse(raw, "bad_url", "The address is not an http or https address.")
        clean = clean_text(raw.title, raw.text, raw.html, raw.lang)
        if not clean.text and not clean.title:
            return _refuse(raw, "no_text", "There is neither a title nor text.")
        document = self._document(raw, clean, None if raw.private else link)
        voices = self._voices(raw, now or raw.seen)
        return Screened(document, voices, self._seal.seal(link) if raw.private and link else None)

    def _document(self, raw: RawItem, clean: Clean, link: str | None) -> Document:
        mention = self._matcher.match(clean.title, clean.text, raw.source, raw.source_kind)
        title = self._masker.mask(clean.title, raw.private) if clean.title else None
        text = self._masker.mask(clean.text, raw.private) if clean.text else ""
        published = _believable(raw.published, raw.seen)
        return Document(
            id=raw.id, source=raw.source, source_kind=raw.source_kind, reach=raw.reach, url=link,
            title=title, text=text, lang=clean.lang, published=published, seen=raw.seen, mention=mention,
            fingerprint=fingerprint(title, text), history=_is_history(raw, published),
            given_label=raw.sentiment, given_topics=raw.topics,
        )  # fmt: skip

    def _voices(self, raw: RawItem, now: datetime) -> tuple[VoiceToken, ...]:
        """Tokens of whoever speaks, when the source says; an item without voice is counted by its source later on."""
        if not raw.voice or not raw.voice.strip():
            return ()
        return self._keys.tokens_for(host_of(raw.url) or raw.source, raw.voice, now)


def fingerprint(title: str | None, text: str) -> str:
    """16 hex digits of sha256 over the masked title and text in the one spelling, without white space."""
    body = _NOISE.sub("", normalise(f"{title or ''}\n{text}"))
    return hashlib.sha256(body.encode("utf-8", "replace")).hexdigest()[:16]


def _believable(published: datetime | None, seen: datetime) -> datetime | None:
    """`published`, unless it lies more than a day ahead of `seen`."""
    return None if published is None or published > seen + MAX_AHEAD else published


def _is_history(raw: RawItem, published: datetime | None) -> bool:
    return raw.first_fetch and (published is None or published < raw.seen - HISTORY_AGE)


def _refuse(raw: RawItem, code: str, text: str) -> Refused:
    return Refused(raw.id, raw.source, Reason(code, text))
