"""Special watches (专题): for some days, one event or one planned occasion is watched more closely.

It needs an event or a window of the school's year, a topic, and items that are about the school (nothing else is ever
stored). Terms and name are of matters, never of persons. It ends within 30 days; a second user may renew it once, with
a reason. While it follows one voice only it is paused: then it is a person that is watched, not a matter.
"""

import secrets
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, RowMapping, func, insert, or_, select, update

from alerts.taps import Refused
from pipeline.model import PRIVATE_KINDS, TOPICS
from pipeline.person import check_rule_phrase
from pipeline.school import School
from pipeline.store.audit import append_audit
from pipeline.store.regrouping import resolve_event
from pipeline.store.schema import documents, events, voice_tokens
from pipeline.store.schema_desk import special_watches

MOST_DAYS, MOST_TERMS, MOST_SOURCES = 30, 10, 20
CARE = "wellbeing"
BY_ITSELF = "special watch"


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody asks for: an `event` or an `occasion` (id of a calendar window), a topic, and how long."""

    name: str
    topic: str
    terms: tuple[str, ...]
    days: int
    event: str = ""
    occasion: str = ""


@dataclass(frozen=True, slots=True)
class SpecialWatch:
    """One watch. `state`: running, paused or ended. `event` is what it became part of by now."""

    id: str
    name: str
    event: str | None
    occasion: str | None
    topic: str
    terms: tuple[str, ...]
    sources: tuple[str, ...]
    begins: datetime
    ends: datetime
    made_by: str
    state: str
    paused: datetime | None
    renewed: datetime | None
    renewed_by: str | None
    renewed_why: str | None


@dataclass(frozen=True, slots=True)
class Following:
    """What a watch follows: items, distinct voices (of the busiest day) and outlets."""

    items: int
    voices: int
    outlets: int

    @property
    def one_voice(self) -> bool:
        """There is something, and all of it comes from one private voice."""
        return self.items > 0 and not self.outlets and self.voices <= 1


def begin_watch(
    conn: Connection, ask: Ask, school: School, occasions: Collection[str], who: str, now: datetime
) -> str | Refused:
    """Begin a watch; its id, or why not. Audited. `conn` is a writing transaction."""
    refusal = refuse_ask(ask, school, occasions)
    event = resolve_event(conn, ask.event) if ask.event else None
    refusal = refusal or (refuse_event(conn, event) if event else "")
    if refusal:
        return Refused(refusal)
    key = secrets.token_hex(8)
    terms = list(dict.fromkeys(term.strip() for term in ask.terms))
    row = {
        "id": key, "name": ask.name.strip(), "event": event, "occasion": ask.occasion or None, "topic": ask.topic,
        "terms": terms, "begins": now, "ends": now + timedelta(days=ask.days), "made": now, "made_by": who,
    }  # fmt: skip
    conn.execute(insert(special_watches).values(**row, sources=sources_concerned(conn, event, ask.topic, now)))
    append_audit(conn, now, who, "begin_watch", key, f"{event or ask.occasion} {ask.topic} {ask.days}")
    return key


def refuse_ask(ask: Ask, school: School, occasions: Collection[str]) -> str:
    """Why what is asked for cannot be, empty when it can."""
    if bool(ask.event) == bool(ask.occasion):
        return "a special watch needs an event or an occasion of the calendar"
    if ask.occasion and ask.occasion not in occasions:
        return "there is no such occasion in the calendar"
    if ask.topic not in TOPICS:
        return "a special watch needs a topic"
    if ask.topic == CARE:
        return "what is about somebody's wellbeing is put under no special watch"
    if not 1 <= ask.days <= MOST_DAYS:
        return "a special watch lasts 1 to 30 days"
    return refuse_words(ask, school)


def refuse_words(ask: Ask, school: School) -> str:
    """Why its name or a term cannot be, empty when they can."""
    if not 2 <= len(ask.name.strip()) <= 60:
        return "a special watch needs a name of 2 to 60 characters"
    if len(ask.terms) > MOST_TERMS or any(not 2 <= len(term.strip()) <= 30 for term in ask.terms):
        return "a special watch has at most 10 terms of 2 to 30 characters"
    for phrase in (ask.name, *ask.terms):
        if not check_rule_phrase(phrase, school).ok:
            return f"'{phrase}' reads as a person, an account, a number or a belief: that is not watched"
    return ""


def refuse_event(conn: Connection, event: str) -> str:
    """Why an event cannot be put under a watch, empty when it can."""
    row = conn.execute(select(events).where(events.c.id == event)).mappings().first()
    if row is None or not row["items"]:
        return "there is no such event"
    if row["topic"] == CARE:
        return "what is about somebody's wellbeing is put under no special watch"
    if row["voices_met"] <= 1 and not row["outlets"]:
        return "it follows one voice only: that would be watching a person"
    taken = select(special_watches.c.id).where(special_watches.c.event == event, special_watches.c.ended_by.is_(None))
    newest = conn.execute(taken.where(special_watches.c.ends > row["last_seen"]).limit(1)).first()
    return "this event is under a special watch already" if newest else ""


def sources_concerned(conn: Connection, event: str | None, topic: str, now: datetime) -> list[str]:
    """Sources that carry the event, or that were busiest on the topic in the last 30 days."""
    query = select(documents.c.source).group_by(documents.c.source).order_by(func.count().desc())
    if event is not None:
        query = query.where(documents.c.event == event)
    else:
        query = query.where(documents.c.topic == topic, documents.c.seen > now - timedelta(days=30))
    return list(conn.scalars(query.limit(MOST_SOURCES)))


# ------------------------------------------------------------------ its life


def renew_watch(conn: Connection, key: str, why: str, who: str, now: datetime) -> Refused | None:
    """Let it go on for as long as it was given first, once, by another user than the one who began it. `why` has been
    masked. Audited."""
    watch = find_watch(conn, key, now)
    if watch is None or watch.state == "ended":
        return Refused("this special watch has ended")
    if watch.renewed is not None:
        return Refused("a special watch is renewed once only")
    if watch.made_by == who:
        return Refused("somebody else must renew it than the one who began it")
    if len(why.strip()) < 4:
        return Refused("say why it must go on")
    span = min(watch.ends - watch.begins, timedelta(days=MOST_DAYS))
    values = {"ends": watch.ends + span, "renewed": now, "renewed_by": who, "renewed_why": why.strip()[:200]}
    conn.execute(update(special_watches).where(special_watches.c.id == key).values(values))
    append_audit(conn, now, who, "renew_watch", key)
    return None


def end_watch(conn: Connection, key: str, who: str, now: datetime) -> Refused | None:
    """End it now. Audited."""
    watch = find_watch(conn, key, now)
    if watch is None or watch.state == "ended":
        return Refused("this special watch has ended")
    conn.execute(update(special_watches).where(special_watches.c.id == key).values(ends=now, ended_by=who))
    append_audit(conn, now, who, "end_watch", key)
    return None


def look_after_watches(conn: Connection, now: datetime) -> int:
    """Pause what follows one voice only, let go on what no longer does, end what turned out to be about somebody's
    wellbeing; how many changed. Audited."""
    changed = 0
    for watch in list_watches(conn, now):
        if watch.state == "ended":
            continue
        if watch.event and conn.scalar(select(events.c.topic).where(events.c.id == watch.event)) == CARE:
            end_watch(conn, watch.id, BY_ITSELF, now)
            changed += 1
            continue
        single = measure_watch(conn, watch).one_voice
        if single == (watch.paused is not None):
            continue
        paused = now if single else None
        conn.execute(update(special_watches).where(special_watches.c.id == watch.id).values(paused=paused))
        append_audit(conn, now, BY_ITSELF, "pause_watch" if single else "resume_watch", watch.id, "one voice only")
        changed += 1
    return changed


def list_watches(conn: Connection, now: datetime) -> list[SpecialWatch]:
    """All of them, the one that ends last on top."""
    rows = conn.execute(select(special_watches).order_by(special_watches.c.ends.desc()).limit(200)).mappings().all()
    return [_make(conn, row, now) for row in rows]


def find_watch(conn: Connection, key: str, now: datetime) -> SpecialWatch | None:
    """One watch."""
    row = conn.execute(select(special_watches).where(special_watches.c.id == key)).mappings().first()
    return _make(conn, row, now) if row else None


def watched_sources(conn: Connection, now: datetime) -> frozenset[str]:
    """Sources that are read more often because of a watch that runs."""
    s = special_watches.c
    rows = conn.scalars(select(s.sources).where(s.ends > now, s.begins <= now, s.paused.is_(None)))
    return frozenset(source for sources in rows for source in sources)


def _make(conn: Connection, row: RowMapping, now: datetime) -> SpecialWatch:
    state = "ended" if row["ends"] <= now else "paused" if row["paused"] else "running"
    names = ("id", "name", "occasion", "topic", "begins", "ends", "made_by", "paused", "renewed", "renewed_by")
    return SpecialWatch(
        **{name: row[name] for name in (*names, "renewed_why")}, state=state, terms=tuple(row["terms"]),
        sources=tuple(row["sources"]), event=resolve_event(conn, row["event"]) if row["event"] else None,
    )  # fmt: skip


# ------------------------------------------------------------------ what it follows


def belongs_to(watch: SpecialWatch) -> ColumnElement[bool]:
    """Which rows of `documents` a watch follows: its event's, and since it began what is on its topic with one of its
    terms (an occasion without terms: all on its topic). Rows that were taken out as not about the school have no
    event any more and are left out by `reason`."""
    text = or_(*(_holds(term) for term in watch.terms)) if watch.terms else None
    since = (documents.c.charted >= watch.begins) & (documents.c.charted <= watch.ends)
    on_topic = since & (documents.c.topic == watch.topic) & documents.c.event.is_not(None)
    matched = on_topic & text if text is not None else on_topic
    if watch.event is None:
        return matched
    mine = documents.c.event == watch.event
    return or_(mine, matched) if text is not None else mine


def _holds(term: str) -> ColumnElement[bool]:
    return documents.c.text.contains(term, autoescape=True) | documents.c.title.contains(term, autoescape=True)


def measure_watch(conn: Connection, watch: SpecialWatch) -> Following:
    """Items, voices and outlets of what it follows. Voices are counted by their tokens of one day, as everywhere; of
    days whose tokens have gone the events of the items keep their counts; a private source counts for one at least."""
    mine = belongs_to(watch)
    private = documents.c.source_kind.in_(PRIVATE_KINDS)
    items = conn.scalar(select(func.count()).select_from(documents).where(mine)) or 0
    outlets = conn.scalar(select(func.count(documents.c.source.distinct())).where(mine, ~private)) or 0
    tokens = select(func.count(voice_tokens.c.token.distinct())).join(
        documents, documents.c.id == voice_tokens.c.document
    )
    days = conn.scalars(tokens.where(mine).group_by(voice_tokens.c.day)).all()
    sources = conn.scalar(select(func.count(documents.c.source.distinct())).where(mine, private)) or 0
    met = conn.scalar(
        select(func.max(events.c.voices_met)).where(events.c.id.in_(select(documents.c.event).where(mine)))
    )
    return Following(items, max([*days, sources, met or 0]), outlets)


def tones_by_day(conn: Connection, watch: SpecialWatch, zone: ZoneInfo) -> Mapping[str, Mapping[str, int]]:
    """Distinct stories by local day (2026-11-24) and tone."""
    hour = func.substr(documents.c.charted, 1, 13)
    counted = select(hour, documents.c.label, func.count()).where(belongs_to(watch), documents.c.duplicate_of.is_(None))
    found: dict[str, Counter[str]] = {}
    for when, label, number in conn.execute(counted.group_by(hour, documents.c.label).order_by(hour)):
        day = datetime.fromisoformat(str(when)[:13]).replace(tzinfo=UTC).astimezone(zone).date().isoformat()
        found.setdefault(day, Counter())[label] += number
    return found


def outlets_of(conn: Connection, watch: SpecialWatch) -> Sequence[tuple[str, int]]:
    """Outlets and official pages with their items, the busiest first."""
    public = documents.c.source_kind.not_in(PRIVATE_KINDS)
    counted = select(documents.c.source, func.count().label("n")).where(belongs_to(watch), public)
    rows = conn.execute(counted.group_by(documents.c.source).order_by(func.count().desc()).limit(20)).all()
    return [(row.source, row.n) for row in rows]
