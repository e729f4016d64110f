"""Notice slips (提示函) and supervision orders (督办单): from an event to a department, with a deadline and an answer.

    sent -> answered -> accepted
                     -> returned -> answered …

A slip says what, where, when and how much, and the officer's own words. An order presses for a slip that was not
answered in time, or is given by decision. Wellbeing matters are never put before a class or a dormitory.
"""

import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, insert, select, update

from alerts.cases import OUTCOMES
from alerts.plain import plain
from alerts.response.numbering import local_year, name_paper, take_number
from alerts.response.wording import Pen, family
from alerts.taps import Refused
from pipeline.store.schema import events
from pipeline.store.schema_response import slip_answers, slips
from pipeline.store.shown import title_of
from pipeline.titles import TOPIC_NAMES

SlipKind = Literal["notice", "order"]
LONGEST_SPAN = timedelta(days=60)
TWICE = timedelta(minutes=2)
_NEAR_STUDENTS = re.compile(
    r"班级|[一二三四五六七八九十\d]班|年级|宿舍|寝室|公寓|舍区|[一二三四五六七八九十\d]号?楼|辅导员群|"
    r"\bclass(?:es|mates)?\b|\bdorm(?:s|itory|itories)?\b|\bresidence hall\b|\bhall of residence\b|\broom\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Order:
    """What an officer asks for: to whom, in which words, by when. `follows` is the slip an order presses for."""

    kind: SlipKind
    event: str
    department: str
    words: str
    due: datetime
    matter: str = ""
    place: str = ""
    lang: str = "zh"
    case: str | None = None
    follows: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the department said, in which way it came, and what the office made of it."""

    n: int
    at: datetime
    way: str
    words: str
    outcome: str
    late: bool
    decision: str | None
    decided: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class Slip:
    """A slip or an order as it stands."""

    id: str
    kind: str
    year: int
    number: int
    event: str
    case: str | None
    follows: str | None
    department: str
    matter: str
    place: str | None
    figures: Mapping[str, Any]
    words: str
    issued: datetime
    due: datetime
    state: str
    lang: str
    answers: tuple[Answer, ...] = field(default=())

    @property
    def name(self) -> str:
        """`提示〔2026〕7号`."""
        return name_paper(self.kind, self.year, self.number, self.lang)

    def is_overdue(self, now: datetime) -> bool:
        """Waiting for an answer after the deadline."""
        return self.state in ("sent", "returned") and self.due <= now

    def first_answer(self) -> datetime | None:
        """When the first answer came."""
        return self.answers[0].at if self.answers else None


def issue_slip(conn: Connection, order: Order, pen: Pen, now: datetime, zone: ZoneInfo) -> Slip | Refused:
    """Number and store a slip; the caller's transaction makes number and slip one."""
    row = conn.execute(select(events).where(events.c.id == order.event)).mappings().first()
    if row is None:
        return Refused("this event is not kept any more")
    department = pen.read(conn, plain(order.department), order.event, 80)
    if isinstance(department, Refused):
        return department
    refused = _refuse_frame(conn, order, department, row["topic"], now)
    words = pen.read(conn, order.words, order.event)
    matter = pen.read(conn, order.matter or neutral_title(row["place"], row["topic"], order.lang), order.event, 120)
    place = pen.read(conn, order.place or row["place"] or "", order.event, 80)
    for said in (refused, words, matter, place):
        if isinstance(said, Refused):
            return said
    if row["topic"] == "wellbeing":  # nothing of the matter but that it is one
        matter, place = neutral_title(None, "wellbeing", order.lang), ""
    key, year = secrets.token_hex(6), local_year(now, zone)
    conn.execute(insert(slips).values(
        id=key, kind=order.kind, year=year, number=take_number(conn, order.kind, year), event=order.event,
        case=order.case, follows=order.follows, department=department, matter=matter, place=place or None,
        figures=count_matter(row), words=words, issued=now, due=order.due, state="sent", lang=order.lang,
    ))  # fmt: skip
    return read_slip(conn, key) or Refused("the slip was not stored")


def find_twin(conn: Connection, order: Order, pen: Pen, now: datetime) -> Slip | None:
    """The very same slip, issued within two minutes: a form that was sent twice."""
    words = pen.read(conn, order.words, order.event)
    return next(
        (
            slip
            for slip in list_slips(conn, order.event)
            if (slip.kind, slip.department, slip.words, slip.due) == (order.kind, order.department, words, order.due)
            and now - slip.issued < TWICE
        ),
        None,
    )


def _refuse_frame(conn: Connection, order: Order, department: str, topic: str, now: datetime) -> Refused | None:
    """What is wrong with the slip apart from its words."""
    if not department or not order.words.strip():
        return Refused("a slip needs a department and a sentence of what is asked")
    if not now < order.due <= now + LONGEST_SPAN:
        return Refused("the deadline has to lie within the next 60 days")
    if topic == "wellbeing" and _NEAR_STUDENTS.search(department):
        return Refused("a wellbeing matter is not put before a class or a dormitory; speak to the counselling centre")
    if order.kind == "notice" and order.follows:
        return Refused("only an order presses for an earlier slip")
    if order.follows and read_slip(conn, order.follows) is None:
        return Refused("the slip that this order presses for is not kept any more")
    return None


def neutral_matter(event: RowMapping) -> str:
    """What the matter is called on a paper: the event's title, which is never a private voice's; neutral for wellbeing."""
    return title_of(event["topic"], str(event["title"]))


def neutral_title(place: str | None, topic: str, lang: str = "zh") -> str:
    """What a slip calls the matter as long as the officer writes nothing else: place and kind, no headline, no verdict."""
    if lang == "en":
        name = topic.capitalize()
        return f"{name}, {place}" if place and topic != "wellbeing" else name
    name = TOPIC_NAMES.get(topic, topic)
    if not place or topic == "wellbeing":
        return name if topic == "wellbeing" else f"{name}有关情况"
    return f"{place}有关情况" if name in place else f"{place}{name}有关情况"


def count_matter(event: RowMapping) -> dict[str, Any]:
    """Times and counts of an event as a paper may show them; voices under five are "<5"."""
    voices = int(event["voices_met"])
    return {
        "first_seen": event["first_seen"].isoformat(), "last_seen": event["last_seen"].isoformat(),
        "items": event["items"], "stories": event["stories"], "outlets": event["outlets"], "sources": event["sources"],
        "negative": event["negative"], "voices": "<5" if voices < 5 else str(voices), "topic": event["topic"],
        "reach": event["reach"], "severity": event["severity"], "place": event["place"],
    }  # fmt: skip


def take_answer(
    conn: Connection, slip: str, words: str, outcome: str, way: Literal["link", "office"], pen: Pen, now: datetime
) -> Refused | None:
    """Store a department's answer. Its words are held to the same rules: no post is quoted back, nobody is named."""
    found = read_slip(conn, slip)
    if found is None or found.state not in ("sent", "returned"):
        return Refused("this slip does not wait for an answer")
    if outcome not in OUTCOMES:
        return Refused("choose one of the listed outcomes")
    if not words.strip():
        return Refused("an answer needs a sentence")
    said = pen.read(conn, words, found.event)
    if isinstance(said, Refused):
        return said
    row = {"slip": slip, "at": now, "way": way, "words": said, "outcome": outcome, "late": now > found.due}
    conn.execute(insert(slip_answers).values(note="", **row))
    conn.execute(update(slips).where(slips.c.id == slip).values(state="answered"))
    return None


def decide_answer(
    conn: Connection, slip: str, decision: Literal["accepted", "returned"], note: str, pen: Pen, now: datetime,
    due: datetime | None = None,
) -> Refused | None:  # fmt: skip
    """Accept the last answer, or return it with a note and, where given, a new deadline."""
    found = read_slip(conn, slip)
    if found is None or found.state != "answered":
        return Refused("there is no answer to decide on")
    said = pen.read(conn, note, found.event, 500)
    if isinstance(said, Refused):
        return said
    if decision == "returned" and not said:
        return Refused("say what is missing in the answer")
    last = slip_answers.c.n == found.answers[-1].n
    conn.execute(update(slip_answers).where(last).values(decision=decision, decided=now, note=said))
    later = due if due is not None and now < due <= now + LONGEST_SPAN else found.due
    conn.execute(update(slips).where(slips.c.id == slip).values(state=decision, due=later))
    return None


def read_slip(conn: Connection, slip: str) -> Slip | None:
    """One slip with its answers."""
    row = conn.execute(select(slips).where(slips.c.id == slip)).mappings().first()
    return make_slips(conn, [row])[0] if row else None


def list_slips(conn: Connection, event: str = "", limit: int = 300) -> list[Slip]:
    """Slips and orders, the newest first; of one event when it is named."""
    query = select(slips).order_by(slips.c.issued.desc(), slips.c.id).limit(limit)
    query = query.where(slips.c.event.in_(family(conn, event))) if event else query
    return make_slips(conn, conn.execute(query).mappings().all())


def slips_of(conn: Connection, known: Collection[str]) -> list[Slip]:
    """Every slip and order of the events `known`, the oldest first."""
    query = select(slips).where(slips.c.event.in_(list(known))).order_by(slips.c.issued, slips.c.id.desc())
    return make_slips(conn, conn.execute(query).mappings().all())


def overdue_slips(conn: Connection, now: datetime) -> list[Slip]:
    """Those that wait for an answer after their deadline, the longest first."""
    query = select(slips).where(slips.c.state.in_(("sent", "returned")), slips.c.due <= now).order_by(slips.c.due)
    return make_slips(conn, conn.execute(query).mappings().all())


def is_pressed(conn: Connection, slip: str) -> bool:
    """True when an order already presses for `slip`."""
    return conn.scalar(select(slips.c.id).where(slips.c.follows == slip).limit(1)) is not None


def make_slips(conn: Connection, rows: Any) -> list[Slip]:
    """Stored rows of `slips` with their answers."""
    ids = [row["id"] for row in rows]
    found: dict[str, list[Answer]] = {}
    names = [slip_answers.c[name] for name in Answer.__slots__]
    query = select(slip_answers.c.slip, *names).where(slip_answers.c.slip.in_(ids)).order_by(slip_answers.c.n)
    for slip, *values in conn.execute(query):
        found.setdefault(slip, []).append(Answer(*values))
    return [Slip(**row, answers=tuple(found.get(row["id"], ()))) for row in rows]
