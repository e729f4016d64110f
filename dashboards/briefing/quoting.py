"""Cited items and quotations. An outlet's headline and link may be cited; of a private voice only id, platform and
day, and at most 20 characters of its masked text."""

from datetime import tzinfo

from sqlalchemy import Connection, RowMapping, select

from dashboards.briefing.period import Period
from dashboards.briefing.values import Cited, Quote
from pipeline.model import PRIVATE_KINDS
from pipeline.store.schema import documents
from pipeline.store.shown import is_story

CITED = 60
QUOTED = 20
ENDS = "。！？!?；;\n"
SEPARATORS = ENDS + "，,、 "


def read_cited(connection: Connection, period: Period, chosen: list[str]) -> list[Cited]:
    """The stories behind the key events, outlets first."""
    if not chosen:
        return []
    private = documents.c.source_kind.in_(sorted(PRIVATE_KINDS))
    query = (
        select(documents)
        .where(documents.c.event.in_(chosen), is_story())
        .order_by(private, documents.c.seen, documents.c.id)
        .limit(CITED)
    )
    return [_cite(row, period.begin.tzinfo) for row in connection.execute(query).mappings()]


def _cite(row: RowMapping, zone: tzinfo | None) -> Cited:
    local = row["charted"].astimezone(zone)
    hidden = row["source_kind"] in PRIVATE_KINDS
    return Cited(
        id=row["id"], event=row["event"], source=row["source"], day=local.date().isoformat(),
        time=None if hidden else local.strftime("%H:%M"), title=None if hidden else row["title"],
        url=None if hidden else row["url"], fingerprint=row["fingerprint"],
    )  # fmt: skip


def read_quotes(connection: Connection, event: str) -> list[Quote]:
    """The first headline of an outlet, and some words of the first voice, of an event."""
    stories = select(documents.c.id, documents.c.title, documents.c.text, documents.c.source_kind, documents.c.topic)
    rows = connection.execute(
        stories.where(documents.c.event == event, is_story()).order_by(documents.c.n).limit(200)
    ).all()
    outlet = next((row for row in rows if row.source_kind not in PRIVATE_KINDS and row.title), None)
    voice = next((row for row in rows if row.source_kind in PRIVATE_KINDS and _may_quote(row.topic, row.text)), None)
    quotes = [Quote(outlet.id, outlet.title[:80], private=False)] if outlet else []
    return quotes + ([Quote(voice.id, shorten(voice.text), private=True)] if voice else [])


def _may_quote(topic: str, text: str) -> bool:
    """Words about somebody's wellbeing are never quoted; neither is what holds a mask, which points to a person."""
    part = shorten(text)
    return topic not in {"wellbeing", "conduct"} and len(part) >= 4 and not set("[]【】*<>《》") & set(part)


def shorten(text: str) -> str:
    """The first sentence of a masked text in at most 20 characters, cut at a separator where there is one."""
    sentence = text.strip()
    cut = next((place for place, letter in enumerate(sentence) if letter in ENDS and place >= 4), len(sentence))
    sentence = sentence[:cut]
    if len(sentence) <= QUOTED:
        return sentence.rstrip(SEPARATORS)
    ends = [place for place in range(4, QUOTED) if sentence[place] in SEPARATORS]
    return sentence[: ends[-1] if ends else QUOTED].rstrip(SEPARATORS)
