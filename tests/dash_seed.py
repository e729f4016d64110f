"""A small invented school with ninety days of history, stored through the real store, for the dashboard's tests."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dash_matters import CHATTER, MATTERS, PRIVATE, PUBLIC, RULES, SCHOOL, SPECS, TONE, Matter
from sqlalchemy import Engine, insert, update

from alerts.acks import AckDesk, Links
from alerts.settings import Alerting, ChannelSpec
from dashboards.auth import add_user
from dashboards.context import DashContext, Loaded
from dashboards.settings import ServerSettings
from pipeline.model import (
    Alert,
    Copy,
    Decision,
    Disposition,
    Document,
    Event,
    Mention,
    Outcome,
    Placement,
    Reason,
    Sentiment,
    Tags,
    TopicScore,
)  # fmt: skip
from pipeline.seal import LinkSeal
from pipeline.store.audit import append_audit
from pipeline.store.engine import open_engine, writing
from pipeline.store.migrate import upgrade
from pipeline.store.schema import acks, alerts, cases, notifications, officers, private_links, shifts, sources
from pipeline.store.search import SqliteSearch
from pipeline.store.store import SqlStore

NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)  # a Tuesday, 16:30 in Shanghai
SEAL = LinkSeal(b"a key for the tests only, 32 byte")
SECRET = b"form secret of the tests"
DESK = AckDesk(Links(b"link key of the tests"), 4)
PASSWORD = "correct horse battery"
WHY = Reason("made", "made for a test")


def make_database(folder: Path) -> Engine:
    """A migrated SQLite file in `folder`, filled."""
    engine = open_engine(f"sqlite:///{folder / 'dash.db'}")
    upgrade(engine)
    fill_database(engine)
    return engine


def fill_database(engine: Engine) -> None:
    """Chatter, matters, what was told of them, the roster and the sources."""
    store = SqlStore(engine)
    store.save(list(chatter(random.Random(7))), (), NOW)
    outcomes = sorted((o for m in MATTERS for o in matter_outcomes(m)), key=lambda o: o.document.seen)
    store.save(outcomes, (), NOW)
    links = [{"document": o.document.id, "sealed": o.sealed_link, "expires": NOW + timedelta(days=9)} for o in outcomes]
    with writing(engine) as conn:
        conn.execute(insert(private_links), [row for row in links if row["sealed"]])
        for matter in MATTERS:
            tell_matter(conn, matter)
        fill_office(conn)
        fill_sources(conn)


def chatter(dice: random.Random) -> Iterator[Outcome]:
    """Ninety days of ordinary talk, about nine items a day, fewer at weekends."""
    for day in range(90, -1, -1):
        for k in range(dice.randint(5, 13)):
            seen = NOW - timedelta(
                days=day, hours=dice.choice((0.5, 1, 3, 4, 6, 7, 10, 14)), minutes=dice.randint(0, 59)
            )
            topic = dice.choice(list(CHATTER))
            source = dice.choice(PUBLIC if topic in {"awards", "notices"} else PRIVATE)
            bad = dice.random() < TONE.get(topic, 0.3)
            label = "negative" if bad else ("positive" if topic == "awards" else "neutral")
            text = f"{dice.choice(CHATTER[topic])}（{day}-{k}）"
            yield outcome(f"c{day:02d}{k:02d}", source, seen, label, topic, None, text, None, None)


def outcome(
    item: str, source: str, seen: datetime, label: str, topic: str, title: str | None, text: str,
    root: str | None, event: Event | None, decision: Decision | None = None,
) -> Outcome:  # fmt: skip
    """One item as the worker would hand it to the store."""
    spec = next(s for s in SPECS if s.id == source)
    public = spec.kind in {"news", "official"}
    document = Document(
        id=item, source=source, source_kind=spec.kind, reach=spec.reach,
        url=f"https://{source}.example/{item}" if public else None, title=title, text=text, lang="zh",
        published=seen - timedelta(minutes=4), seen=seen, mention=Mention(True, ("清河理工学院",), "its full name"),
        fingerprint=f"f{item}"[:16],
    )  # fmt: skip
    scores = {"negative": (0.8, 0.15, 0.05), "neutral": (0.1, 0.8, 0.1), "positive": (0.03, 0.17, 0.8)}[label]
    tags = Tags(Sentiment(label, *scores), (TopicScore(topic, 0.9),), "test-1")  # type: ignore[arg-type]
    place = Placement(event.id, root is None, (), event.terms, event.place, WHY) if event else None
    sealed = None if public else SEAL.seal(f"https://{source}.example/thread/{item}")
    return Outcome(
        document,
        Copy(root, WHY),
        tags,
        place,
        Disposition("merge" if root else "keep", WHY),
        event,
        decision,
        (),
        sealed,
    )


def matter_outcomes(matter: Matter) -> Iterator[Outcome]:
    """The stories of a matter with their copies; the event snapshot is the final one from the start."""
    event, told = snapshot(matter), matter.severity is not None
    for k, (ago, source, label, title, text, copies) in enumerate(matter.stories):
        seen = NOW - timedelta(hours=ago)
        item = f"{matter.id}-{k}"
        decision = alert_decision(matter, item, seen) if told and k == 1 else Decision(None, WHY)
        yield outcome(item, source, seen, label, matter.topic, title, text, None, event, decision)
        for c in range(copies):
            other = ("national", "bureau", "city-paper")[c % 3] if source in PUBLIC else ("city-forum", "micro")[c % 2]
            later = seen + timedelta(minutes=20 + 7 * c)
            yield outcome(f"{item}c{c}", other, later, label, matter.topic, title, text, item, event)


def snapshot(matter: Matter) -> Event:
    """The event as it stands in the end."""
    seen = [NOW - timedelta(hours=s[0]) for s in matter.stories]
    outlets = {s[1] for s in matter.stories if s[1] in PUBLIC}
    reaches = [s.reach for s in SPECS if s.id in outlets and s.reach]
    return Event(
        id=matter.id, title=matter.title, status=matter.status, first_seen=min(seen), last_seen=max(seen),  # type: ignore[arg-type]
        items=len(seen) + sum(s[5] for s in matter.stories), stories=len(seen), outlets=len(outlets),
        sources=len({s[1] for s in matter.stories}), voices_met=matter.voices,
        negative=sum(s[2] == "negative" for s in matter.stories), topic=matter.topic,
        reach=next((r for r in ("national", "regional", "local") if r in reaches), None), place=matter.place,
        terms=tuple(matter.title.split()) + ("校医院", "窗口")[: 2 if matter.id == "e-canteen" else 0], severity=matter.severity,
    )  # fmt: skip


def alert_decision(matter: Matter, item: str, at: datetime) -> Decision:
    """The first alert of a matter."""
    assert matter.severity is not None
    reason = Reason("threshold", "2 stories by 2 voices in 24 hours, 100 % negative", {"stories": 2, "voices": 2})
    alert = Alert(f"a-{matter.id}", at, "first", matter.id, "safety-first", matter.severity, (item,), reason)
    return Decision(alert, reason)


def tell_matter(conn: object, matter: Matter) -> None:
    """Messages of the alert, as the dispatcher leaves them."""
    if matter.severity is None:
        return
    at = NOW - timedelta(hours=matter.stories[1][0])
    where = alerts.c.id == f"a-{matter.id}"
    conn.execute(update(alerts).where(where).values(state="routed", to=["duty"], note={}))  # type: ignore[attr-defined]
    rows = [("duty", "slack", "sent", at + timedelta(seconds=95)), ("duty", "email", "dead", None)]
    for receiver, channel, state, sent in rows[: 2 if matter.id == "e-scam" else 1]:
        conn.execute(insert(notifications).values(  # type: ignore[attr-defined]
            id=f"n-{matter.id}-{channel}", alert=f"a-{matter.id}", receiver=receiver, channel=channel, state=state, due=at,
            attempts=1 if sent else 5, sent=sent, said="" if sent else "the mail server refused the recipient",
        ))  # fmt: skip


def fill_office(conn: object) -> None:
    """Officers, shifts, acts, a case and a trail."""
    run = conn.execute  # type: ignore[attr-defined]
    people = (("o1", "值班一", "officer"), ("o2", "值班二", "officer"), ("o3", "分管校领导", "leader"))
    for officer, name, role in people:
        phone = {"phone": f"+86-10-5550-010{officer[1]}"} if role == "leader" else {}
        run(insert(officers).values(id=officer, name=name, role=role, addresses=phone))
    run(
        insert(shifts).values(
            id="s1", officer="o1", begins=NOW - timedelta(hours=8), ends=NOW + timedelta(hours=16), kind="duty"
        )
    )
    run(
        insert(acks).values(
            event="e-water", alert="a-e-water", at=NOW - timedelta(hours=29), who="值班二", what="taken"
        )
    )
    run(insert(cases).values(
        id="case1", event="e-water", opened=NOW - timedelta(hours=28), department="后勤保障处", owner_role="officer",
        due=NOW - timedelta(hours=4), status="open", note="请答复维修时间",
    ))  # fmt: skip
    append_audit(conn, NOW - timedelta(hours=29), "值班二", "taken", "e-water")  # type: ignore[arg-type]


def fill_sources(conn: object) -> None:
    """Six sources read a few minutes ago, one blind since this morning, one silent."""
    for k, spec in enumerate(SPECS):
        blind, silent = spec.id == "city-forum", spec.id == "bureau"
        ok = NOW - timedelta(hours=7, minutes=20) if blind else NOW - timedelta(minutes=2 + 3 * k)
        conn.execute(insert(sources).values(  # type: ignore[attr-defined]
            id=spec.id, next_due=NOW + timedelta(minutes=5 + k), interval_s=3600, last_run=NOW - timedelta(minutes=2 + 3 * k),
            last_ok=ok, last_new=NOW - timedelta(days=9) if silent else ok, failures=11 if blind else 0,
            health="failing" if blind else ("silent" if silent else "healthy"),
            said="HTTP 503 from the server" if blind else "",
        ))  # fmt: skip


def make_context(engine: Engine, folder: Path, server: ServerSettings | None = None, lang: str = "zh") -> DashContext:
    """A context over the seeded database."""
    channels = (
        ChannelSpec("duty-chat", "slack", target="C1"),
        ChannelSpec("ops-mail", "email", to=["ops@example.org"]),
    )
    loaded = Loaded(
        school=SCHOOL, server=server or ServerSettings(), alerting=Alerting(language=lang), rules=RULES,  # type: ignore[arg-type]
        sources=SPECS, channels=channels, file="tocsin.toml", tagger="test-1",
    )  # fmt: skip
    return DashContext(
        engine=engine, loaded=loaded, now=lambda: NOW, secret=SECRET, version="0.0.test", acks=DESK, opener=SEAL,
        search=SqliteSearch(engine),
        briefing_dir=folder,
    )  # fmt: skip


def add_people(engine: Engine) -> None:
    """One user of each role, all with PASSWORD."""
    with writing(engine) as conn:
        for role in ("viewer", "officer", "editor", "operator"):
            assert add_user(conn, role, PASSWORD, role, NOW) is None


def with_server(context: DashContext, **values: object) -> DashContext:
    """The same context with other server settings."""
    return replace(context, loaded=replace(context.loaded, server=ServerSettings(**values)))  # type: ignore[arg-type]
