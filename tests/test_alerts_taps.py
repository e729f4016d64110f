"""A tap says what it stops and can be undone for ten minutes: exactly, once, audited. On the desk and on the phone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from bell import Bell, local, staffed
from dash_client import Reader, reader, visible
from dash_seed import DESK, NOW
from sqlalchemy import Table, func, select, update

from alerts.settings import SeverityWords
from alerts.taps import KINDS, LATE, LATER, Refused, describe_done, describe_tap, find_tap
from alerts.words import load_catalogue
from pipeline.model import Severity
from pipeline.store.audit import verify_audit
from pipeline.store.engine import reading, writing
from pipeline.store.merging import merge_events
from pipeline.store.schema import acks, alerts, audit, cases, events, notifications, silences
from pipeline.store.schema_telling import taps

EVENT = "/events/e-canteen"


@pytest.fixture
def bell(tmp_path: Path) -> Bell:
    """An office with one officer on duty, another who follows, and a leader; one alert was sent at ten."""
    made = staffed(tmp_path)
    made.alert("10:00")
    made.run("10:02")
    return made


def undo(bell: Bell, event: str = "e1") -> Refused | None:
    """Take the newest tap back, also when its time is over."""
    with writing(bell.engine) as conn:
        tap = conn.scalar(select(taps.c.id).where(taps.c.event == event).order_by(taps.c.at.desc()).limit(1))
        return bell.desk.undo(conn, event, str(tap), "li", bell.now)


def snapshot(bell: Bell) -> dict[str, list[tuple[object, ...]]]:
    """What decides about telling: acts that hold, silences that last, states of alerts and of messages."""

    def rows(table: Table, *names: str) -> list[tuple[object, ...]]:
        with reading(bell.engine) as conn:
            return [tuple(row) for row in conn.execute(select(*(table.c[name] for name in names)))]

    return {
        "acts": [row[:-1] for row in rows(acks, "event", "what", "who", "expires", "undone") if row[-1] is None],
        "silences": [row for row in rows(silences, "event", "begins", "ends") if row[1] < row[2]],  # type: ignore[operator]
        "alerts": rows(alerts, "id", "state", "severity"),
        "messages": [row for row in rows(notifications, "id", "state", "step") if row[2] < 1000],  # type: ignore[operator]
    }


# ------------------------------------------------------------------ what it says


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("what", KINDS)
def test_each_tap_says_what_it_stops_until_when_for_whom(language: str, what: str) -> None:
    """In both languages, before and after; what has an end names it."""
    before = describe_tap(language, what, "23:44")  # type: ignore[arg-type]
    after = describe_done(language, what, "li", "23:44", "20:10")  # type: ignore[arg-type]
    assert before
    assert "{" not in before + after
    assert "20:10" in after
    ends = what in ("taken", "handed_over", "silence")
    assert ("23:44" in before) is ends
    stops = "不停止" if language == "zh" else "Stops nothing"
    assert (stops in before) is (what in ("released", "case", "correction"))
    rise = "级别升高" if language == "zh" else "rise in level"
    assert (rise in before) is (what in ("taken", "handed_over", "false_alarm", "silence"))
    assert set(load_catalogue("zh")["tap"]) == set(load_catalogue("en")["tap"])


# ------------------------------------------------------------------ undoing


def take(bell: Bell) -> None:
    bell.act("taken")


def hand_over(bell: Bell) -> None:
    bell.act("handed_over", "wang")


def call_false(bell: Bell) -> None:
    bell.act("false_alarm")


def silence(bell: Bell) -> None:
    with writing(bell.engine) as conn:
        assert isinstance(bell.desk.silence(conn, "e1", "li", "known", bell.now), str)


@pytest.mark.parametrize("tap", [take, hand_over, call_false, silence])
def test_undone_is_as_if_it_never_was(bell: Bell, tap: Callable[[Bell], None]) -> None:
    """After an undo the state is the one from before, field by field, also with the sender's round between."""
    before = snapshot(bell)
    tap(bell)
    bell.run("10:03")
    assert snapshot(bell) != before
    assert undo(bell) is None
    bell.run("10:04")
    assert snapshot(bell) == before


def test_undoing_goes_back_to_the_one_who_had_it(bell: Bell) -> None:
    """Li's hold is there again, with its old end, after Wang's was undone."""
    bell.act("taken", "li")
    with reading(bell.engine) as conn:
        end = conn.scalar(select(acks.c.expires))
    bell.now += timedelta(minutes=1)
    bell.act("handed_over", "wang")
    assert undo(bell) is None
    with reading(bell.engine) as conn:
        row = conn.execute(select(acks).where(acks.c.undone.is_(None))).one()
    assert (row.who, row.expires) == ("li", end)


@pytest.mark.parametrize(("after", "refused"), [("10:11:59", None), ("10:12", LATE), ("11:00", LATE)])
def test_ten_minutes_and_not_one_more(bell: Bell, after: str, refused: str | None) -> None:
    """An undo after the ten minutes says so and changes nothing."""
    bell.act("taken")
    bell.now = local(after)
    before = snapshot(bell)
    said = undo(bell)
    assert (said.why if said else None) == refused
    assert (snapshot(bell) == before) is (refused is not None)


def test_it_is_undone_once(bell: Bell) -> None:
    """A second undo finds nothing to undo."""
    bell.act("taken")
    assert undo(bell) is None
    assert undo(bell) == Refused("it was undone already")


def test_what_another_did_since_is_undone_first(bell: Bell) -> None:
    """Li cannot pull the rug from under Wang."""
    bell.act("taken", "li")
    with reading(bell.engine) as conn:
        first = find_tap(conn, "e1", bell.now)
    bell.now += timedelta(seconds=30)
    bell.act("taken", "wang")
    assert first is not None
    with writing(bell.engine) as conn:
        assert bell.desk.undo(conn, "e1", first.id, "li", bell.now) == Refused(LATER)


def test_a_tap_of_another_event_is_not_there(bell: Bell) -> None:
    """A link opens one event; its taps are that event's."""
    bell.act("taken")
    with reading(bell.engine) as conn:
        tap = find_tap(conn, "e1", bell.now)
    assert tap is not None
    bell.event("e2")
    with writing(bell.engine) as conn:
        assert bell.desk.undo(conn, "e2", tap.id, "li", bell.now) == Refused("there is nothing to undo")


def test_a_false_alarm_never_mutes_a_rise(bell: Bell) -> None:
    """Called false at 10:02, red at 10:20: told at once."""
    bell.act("false_alarm")
    bell.alert("10:20", severity="critical", kind="severity")
    bell.run("10:21")
    assert bell.chat.headlines[-1].startswith("【红】")


def test_a_tap_on_a_merged_event_can_be_undone_on_the_kept_one(bell: Bell) -> None:
    """The event was merged meanwhile; the old link still undoes."""
    bell.act("taken")
    bell.event("e9")
    with reading(bell.engine) as conn:
        tap = find_tap(conn, "e1", bell.now)
    assert tap is not None
    with writing(bell.engine) as conn:
        merge_events(conn, "e9", ["e1"])
        assert bell.desk.undo(conn, "e1", tap.id, "li", bell.now) is None


# ------------------------------------------------------------------ pages


def tap_of(client: Reader, page: str) -> str:
    """The id in the undo form of a page."""
    text = client.get(page).text
    return text.split('name="tap" value="')[1].split('"')[0]


@pytest.mark.parametrize("place", ["desk", "phone"])
def test_the_page_says_it_before_and_after_and_undoes_it(tmp_path: Path, place: str) -> None:
    """Before: until when; after: what was done and until when it can be undone; undone: as before, audited."""
    with reader(tmp_path, "officer" if place == "desk" else None) as client:
        link = f"/a/{DESK.links.make('e-canteen', '值班一', 'a-e-canteen', NOW)}"
        page, target = (EVENT, f"{EVENT}/act") if place == "desk" else (link, link)
        assert "停止催办与电话" in visible(client.get(page).text)
        client.submit(page, target, act="false_alarm")
        after = visible(client.get(page).text)
        assert "已标为误报" in after
        assert "可以撤销" in after
        tap = tap_of(client, page)
        answer = client.submit(page, target, act="undo", tap=tap)
        assert "done=undone" in answer.headers["location"]  # type: ignore[attr-defined]
        assert "恢复到操作之前" in visible(client.get(answer.headers["location"]).text)  # type: ignore[attr-defined]
        with reading(client.context.engine) as conn:
            assert verify_audit(conn) is None
            assert conn.scalars(select(audit.c.what).order_by(audit.c.n.desc()).limit(2)).all() == [
                "undo",
                "false_alarm",
            ]
            assert conn.scalar(select(func.count()).where(acks.c.what == "false_alarm", acks.c.undone.is_(None))) == 0


def test_a_late_undo_is_told_on_the_page(tmp_path: Path) -> None:
    """Eleven minutes later the button is gone, and a stale form says why nothing happened."""
    with reader(tmp_path, "officer") as client:
        client.submit(EVENT, f"{EVENT}/act", act="take")
        tap = tap_of(client, EVENT)
        with writing(client.context.engine) as conn:
            conn.execute(update(taps).values(at=NOW - timedelta(minutes=11), ends=NOW - timedelta(minutes=1)))
        assert 'name="tap"' not in client.get(EVENT).text
        answer = client.submit(EVENT, f"{EVENT}/act", act="undo", tap=tap)
        assert "已超过十分钟" in visible(client.get(answer.headers["location"]).text)  # type: ignore[attr-defined]
        assert "在处理" in visible(client.get(EVENT).text)


def test_a_case_that_was_just_opened_can_be_undone(tmp_path: Path) -> None:
    """Opened by mistake and undone: no case is left."""
    with reader(tmp_path, "officer") as client:
        with reading(client.context.engine) as conn:
            before = conn.scalar(select(func.count()).select_from(cases))
        client.submit(EVENT, f"{EVENT}/case", department="后勤处", hours="")
        assert "已开立个案" in visible(client.get(EVENT).text)
        client.submit(EVENT, f"{EVENT}/act", act="undo", tap=tap_of(client, EVENT))
        with reading(client.context.engine) as conn:
            assert conn.scalar(select(func.count()).select_from(cases)) == before


def test_a_wellbeing_page_is_neutral_and_carries_the_card(tmp_path: Path) -> None:
    """On desk and phone the title is a word of care, no term stands there, and the national line does."""
    with reader(tmp_path, "officer") as client:
        with writing(client.context.engine) as conn:
            conn.execute(
                update(events).where(events.c.id == "e-canteen").values(topic="wellbeing", title="新校区 想不开")
            )
        link = f"/a/{DESK.links.make('e-canteen', '值班一', 'a-e-canteen', NOW)}"
        for page in (EVENT, link, "/"):
            text = client.get(page).text
            assert "想不开" not in text
        with writing(client.context.engine) as conn:
            word = {"code": "watchword", "text": "contains 想不开", "phrases": ["想不开"]}
            conn.execute(update(alerts).where(alerts.c.event == "e-canteen").values(reason=word))
            conn.execute(update(events).where(events.c.id == "e-canteen").values(said=word, terms=["想不开"]))
        for page in (EVENT, link):
            assert "想不开" not in client.get(page).text
            assert 'href="tel:12356"' in client.get(page).text
        for page in (EVENT, link):
            assert "12356" in visible(client.get(page).text)
            assert "不向班级、宿舍发函" in visible(client.get(page).text)


def test_own_names_of_levels_are_on_the_pages(tmp_path: Path) -> None:
    """A school that calls orange Ⅱ reads Ⅱ on the dashboard too."""
    with reader(tmp_path, "officer") as client:
        loaded = client.context.loaded
        alerting = msgspec.structs.replace(loaded.alerting, severities={Severity.SERIOUS: SeverityWords("Ⅱ级")})
        object.__setattr__(client.context, "loaded", replace(loaded, alerting=alerting))
        assert "Ⅱ级" in visible(client.get(EVENT).text)
