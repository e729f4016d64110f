"""Playbooks (处置卡), one a topic: Markdown that an editor may change. Versions are kept; "reset" goes back to ours.

A text holds both languages; a line `<!-- en -->` begins the English half. The shipped ones are in `playbooks/`.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, insert, select

from alerts.asks import refuse_ask
from alerts.response.wording import clean_lines
from alerts.taps import Refused
from pipeline.model import TOPICS
from pipeline.store.schema_response import playbooks

FOLDER = Path(__file__).parent / "playbooks"
BORDER = "<!-- en -->"
LONGEST = 9_000


@dataclass(frozen=True, slots=True)
class Playbook:
    """The playbook of a topic. Version 0 is the shipped one."""

    topic: str
    version: int
    text: str
    at: datetime | None
    role: str
    shipped: bool

    def half(self, lang: str) -> str:
        """The Markdown of one language; the whole when there is no border."""
        chinese, border, english = self.text.partition(BORDER)
        return (english if lang == "en" and border else chinese).strip()


def read_playbook(conn: Connection, topic: str) -> Playbook:
    """The playbook in force for `topic`; an office's own topic without one gets that of `other`."""
    query = select(playbooks).where(playbooks.c.topic == topic).order_by(playbooks.c.version.desc()).limit(1)
    row = conn.execute(query).mappings().first()
    if row is not None and row["text"] is not None:
        return Playbook(topic, row["version"], row["text"], row["at"], row["role"], False)
    return Playbook(topic, row["version"] if row else 0, shipped_text(topic), row["at"] if row else None, "", True)


def shipped_text(topic: str) -> str:
    """What we ship for `topic`."""
    name = topic if topic in TOPICS else "other"
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def write_playbook(
    conn: Connection, topic: str, text: str | None, seen: int, role: str, now: datetime
) -> Refused | None:
    """A new version; None as text goes back to the shipped one. `seen` is the version the editor had before them:
    somebody else's change in between is not overwritten."""
    before = read_playbook(conn, topic)
    if before.version != seen:
        return Refused("somebody else changed this playbook meanwhile; open it again")
    if text is not None:
        refusal = refuse_ask(text)
        if refusal:
            return Refused(refusal)
        text = _clean_markdown(text)
        if not text:
            return Refused("an empty playbook helps nobody; use the reset button for the shipped one")
    row = {"topic": topic, "version": before.version + 1, "at": now, "role": role, "text": text}
    conn.execute(insert(playbooks).values(row))
    return None


def list_versions(conn: Connection, topic: str) -> list[Playbook]:
    """Every version of a topic, the newest first."""
    query = select(playbooks).where(playbooks.c.topic == topic).order_by(playbooks.c.version.desc())
    rows = conn.execute(query).mappings().all()
    return [
        Playbook(topic, row["version"], row["text"] or shipped_text(topic), row["at"], row["role"], row["text"] is None)
        for row in rows
    ]


def _clean_markdown(text: str) -> str:
    """Indentation is Markdown and stays; control and direction-changing characters go."""
    lines = []
    for line in text.replace("\r\n", "\n").split("\n"):
        indent = len(line) - len(line.lstrip(" "))
        lines.append(" " * min(indent, 12) + clean_lines(line, 1_000))
    return "\n".join(lines).strip()[:LONGEST]
