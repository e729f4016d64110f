"""What an officer typed, before it is stored: cleaned, masked, and refused where it asks for a person or repeats one.

The same check stands before slips, orders, answers, reports, facts and the log: all of them leave the office.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from alerts.asks import refuse_ask
from alerts.plain import cut, plain
from alerts.taps import Refused
from pipeline.mask import Masker
from pipeline.model import PRIVATE_KINDS
from pipeline.quoting import find_shared
from pipeline.store.schema import documents, events

LONGEST = 2_000
SCANNED = 2_000
QUOTED = "these words repeat a private post; write what is the matter in your own words"
LINKED = "only links to news or official items of this event may stand here"
_LINK = re.compile(r"(?:https?://|www\.)[^\s，。；、）)】》\"']+", re.IGNORECASE)
_BARE = re.compile(
    r"(?<![\w@.])(?:[a-z0-9-]+\.)+(?:com|cn|net|org|edu|gov|io|me|top|cc|example)/[^\s，。；、）)]+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Pen:
    """How this office's words are checked: its masker, and its own names, which may be said by anybody."""

    masker: Masker = field(default_factory=Masker)
    names: tuple[str, ...] = ()

    def read(self, conn: Connection, text: str, event: str | None = None, limit: int = LONGEST) -> str | Refused:
        """`text` as it may be stored, or why not."""
        words = clean_lines(self._mask(text), limit)
        refusal = refuse_ask(text) or (self._refuse_copy(conn, text, event) if event else None)
        if refusal is None and not event and _LINK.search(text):
            refusal = LINKED
        return Refused(refusal) if refusal else words

    def _mask(self, text: str) -> str:
        """As strictly as a private voice's text, names and rooms included; links of outlets stay."""
        parts, done = [], 0
        for found in _LINK.finditer(text):
            parts += [
                self.masker.mask(text[done : found.start()], private=True),
                self.masker.mask(found[0], private=False),
            ]
            done = found.end()
        return "".join([*parts, self.masker.mask(text[done:], private=True)])

    def _refuse_copy(self, conn: Connection, text: str, event: str) -> str | None:
        public = set(conn.scalars(select(documents.c.url).where(documents.c.event.in_(family(conn, event)))))
        found = [
            *_LINK.findall(text),
            *(link for link in _BARE.findall(text) if link not in "".join(_LINK.findall(text))),
        ]
        if any(link.rstrip(".") not in public for link in found):
            return LINKED
        return QUOTED if find_shared(text, private_texts(conn, event), self.names) else None


def clean_lines(text: str, limit: int = LONGEST) -> str:
    """`text` line by line without control or direction-changing characters, at most `limit` characters."""
    lines = [plain(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return cut(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip(), limit)


def private_texts(conn: Connection, event: str) -> Iterator[str]:
    """The masked texts and titles of the private voices of an event and of what was merged into it."""
    private = documents.c.source_kind.in_(sorted(PRIVATE_KINDS))
    query = select(documents.c.title, documents.c.text).where(documents.c.event.in_(family(conn, event)), private)
    for title, text in conn.execute(query.order_by(documents.c.n.desc()).limit(SCANNED)):
        yield text
        if title:
            yield title


def family(conn: Connection, event: str) -> Sequence[str]:
    """The event and those that were merged into it."""
    return [event, *conn.scalars(select(events.c.id).where(events.c.merged_into == event))]
