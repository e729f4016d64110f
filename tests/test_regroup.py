"""Officers merge and split events: in the store, in the worker's memory, and after a restart."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select
from test_worker import Clock, bring

from pipeline.regroup import request_merge, request_split
from pipeline.store.audit import verify_audit
from pipeline.store.engine import reading, writing
from pipeline.store.schema import alerts, audit, corrections, documents, events
from pipeline.worker import Worker
from tocsin.cli import tocsin
from tocsin.config import Loaded, parse_config
from tocsin.house import House, open_house
from tocsin.wiring import build_worker

CONFIG = """
[school]
name = "澜川学院"
own_sources = ["*"]
[tagger]
kind = "rules"
[[rules]]
id = "fire"
kind = "watchword"
phrases = ["着火"]
severity = "serious"
"""
WATER = [
    "澜川学院三号宿舍楼昨晚停水，洗漱都成问题", "三号宿舍楼又停水了，后勤电话打不通", "三号宿舍楼停水，洗漱成问题，后勤电话还是打不通",
    "三号宿舍楼昨晚又停水，后勤电话打不通，洗漱怎么办",
]  # fmt: skip
KITCHEN = ["三号宿舍楼的开水房着火了，一股焦味，停水和这个有关吗", "三号宿舍楼开水房着火以后围起来了，焦味很大"]
BUS = ["校车改线以后北门没有站了，早上迟到一片", "北门的校车站取消了，校车改线没有通知"]
OFFICER = "officer"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return open_house(Loaded(parse_config(CONFIG, "c"), tmp_path / "tocsin.toml", CONFIG), Clock())


def work(house: House, worker: Worker, *texts: str) -> None:
    """Each text is brought and worked half an hour after the one before."""
    for text in texts:
        house.clock.now += timedelta(minutes=30)  # type: ignore[attr-defined]
        bring(house, text)
        worker.work_once()


def event_of(house: House, text: str) -> str:
    with reading(house.engine) as connection:
        return connection.scalar(select(documents.c.event).where(documents.c.text == text)) or ""


def item_of(house: House, text: str) -> str:
    with reading(house.engine) as connection:
        return connection.scalar(select(documents.c.id).where(documents.c.text == text)) or ""


def row_of(house: House, event: str) -> dict[str, object]:
    with reading(house.engine) as connection:
        return dict(connection.execute(select(events).where(events.c.id == event)).mappings().one())


def restart(house: House, worker: Worker) -> Worker:
    """The same house with a worker that remembers nothing."""
    worker.release()
    return build_worker(house)


def merge(house: House, kept: str, gone: str) -> str:
    with writing(house.engine) as connection:
        return request_merge(connection, OFFICER, kept, gone, house.clock()).code


def split(house: House, event: str, *texts: str) -> str:
    with writing(house.engine) as connection:
        items = [item_of(house, text) for text in texts]
        return request_split(connection, OFFICER, event, items, house.clock()).code


def rung(house: House) -> list[tuple[str, str]]:
    with reading(house.engine) as connection:
        return [(row.kind, row.event) for row in connection.execute(select(alerts).order_by(alerts.c.n))]


def one_event(house: House, *texts: str) -> str:
    (event,) = {event_of(house, text) for text in texts}
    return event


@pytest.mark.parametrize("again", [False, True], ids=["running", "restarted"])
def test_merged_events_stay_one(house: House, again: bool) -> None:
    """After a merge all items are in the kept event, the old link leads there, and a later story of either joins it."""
    worker = build_worker(house)
    work(house, worker, *WATER[:2], BUS[0])
    water, bus = one_event(house, *WATER[:2]), event_of(house, BUS[0])
    assert water != bus
    assert merge(house, water, bus) == "asked"
    worker.work_once()
    assert event_of(house, BUS[0]) == water
    assert row_of(house, bus)["merged_into"] == water
    assert (row_of(house, water)["items"], row_of(house, water)["stories"]) == (3, 3)
    worker = restart(house, worker) if again else worker
    work(house, worker, BUS[1], WATER[2])
    assert one_event(house, BUS[1], WATER[2]) == water
    assert row_of(house, water)["items"] == 5


@pytest.mark.parametrize("again", [False, True], ids=["running", "restarted"])
def test_split_events_stay_two(house: House, again: bool) -> None:
    """What was taken out stays out: later stories that link the two join one of them, and pull nothing together."""
    worker = build_worker(house)
    work(house, worker, *WATER[:2], *KITCHEN[:1])
    water = one_event(house, *WATER[:2], KITCHEN[0])
    assert split(house, water, KITCHEN[0]) == "asked"
    worker.work_once()
    fire = event_of(house, KITCHEN[0])
    assert fire != water
    assert one_event(house, *WATER[:2]) == water
    assert (row_of(house, water)["items"], row_of(house, fire)["items"]) == (2, 1)
    worker = restart(house, worker) if again else worker
    work(house, worker, KITCHEN[1], *WATER[2:])
    assert event_of(house, KITCHEN[1]) == fire
    assert one_event(house, *WATER) == water
    assert row_of(house, water)["merged_into"] is None
    assert row_of(house, fire)["merged_into"] is None


def test_without_the_split_the_later_story_joins_the_one_event(house: House) -> None:
    """What the test before shows is the officers' doing: left alone, the machine takes all of it for one matter."""
    worker = build_worker(house)
    work(house, worker, *WATER[:2], *KITCHEN, *WATER[2:])
    assert one_event(house, *WATER, *KITCHEN)


def test_a_split_does_not_ring_but_the_next_story_may(house: House) -> None:
    """The alert stays with the old event. The new one was never told of: it rings with its next item, not before."""
    worker = build_worker(house)
    work(house, worker, WATER[0], KITCHEN[0], WATER[1])
    water = one_event(house, *WATER[:2], KITCHEN[0])
    assert rung(house) == [("first", water)]
    split(house, water, KITCHEN[0])
    worker.work_once()
    fire = event_of(house, KITCHEN[0])
    assert rung(house) == [("first", water)]
    assert row_of(house, fire)["severity"] is None
    work(house, worker, KITCHEN[1])
    assert rung(house) == [("first", water), ("first", fire)]


def test_a_merge_takes_what_was_told_along(house: House) -> None:
    """A matter that was told of is not told again because an officer gave it to another event."""
    worker = build_worker(house)
    work(house, worker, KITCHEN[0], BUS[0])
    fire, bus = event_of(house, KITCHEN[0]), event_of(house, BUS[0])
    merge(house, bus, fire)
    worker.work_once()
    assert rung(house) == [("first", bus)]
    assert row_of(house, bus)["severity"] == "serious"
    work(house, restart(house, worker), KITCHEN[1])
    assert rung(house) == [("first", bus)]


def test_copies_go_with_their_story(house: House) -> None:
    """Taking out a repost takes out the original and all reposts."""
    worker = build_worker(house)
    repost = "转发：" + KITCHEN[0]
    work(house, worker, *WATER[:2], KITCHEN[0], repost)
    water = one_event(house, *WATER[:2], KITCHEN[0], repost)
    split(house, water, repost)
    worker.work_once()
    fire = one_event(house, KITCHEN[0], repost)
    assert fire != water
    assert (row_of(house, fire)["items"], row_of(house, fire)["stories"]) == (2, 1)


def test_a_merge_by_hand_takes_a_split_back(house: House) -> None:
    """After it, also after a restart, the two are one again and take in new stories together."""
    worker = build_worker(house)
    work(house, worker, *WATER[:2], KITCHEN[0])
    water = event_of(house, WATER[0])
    split(house, water, KITCHEN[0])
    worker.work_once()
    merge(house, water, event_of(house, KITCHEN[0]))
    worker.work_once()
    work(house, restart(house, worker), KITCHEN[1])
    assert one_event(house, *WATER[:2], *KITCHEN) == water


def test_a_wish_waits_for_the_worker_and_is_followed_once(house: House) -> None:
    """A wish made while no worker runs is followed by the next one, before its items, and never a second time."""
    worker = build_worker(house)
    work(house, worker, *WATER[:2], KITCHEN[0])
    worker.release()
    water = event_of(house, WATER[0])
    split(house, water, KITCHEN[0])
    assert event_of(house, KITCHEN[0]) == water
    bring(house, KITCHEN[1])
    build_worker(house).work_once()
    fire = event_of(house, KITCHEN[0])
    assert event_of(house, KITCHEN[1]) == fire != water
    merge(house, water, fire)
    worker = build_worker(house)
    worker.work_once()
    restart(house, worker).work_once()
    assert one_event(house, KITCHEN[0], KITCHEN[1], WATER[0]) == water


def test_an_old_event_may_take_a_new_one_in(house: House) -> None:
    """Also an event that left memory: its matter goes on where it was."""
    worker = build_worker(house)
    work(house, worker, BUS[0])
    house.clock.now += timedelta(days=20)  # type: ignore[attr-defined]
    work(house, worker, WATER[0])
    old, new = event_of(house, BUS[0]), event_of(house, WATER[0])
    merge(house, old, new)
    worker.work_once()
    work(house, worker, WATER[1])
    assert one_event(house, BUS[0], *WATER[:2]) == old
    assert row_of(house, old)["items"] == 3


def test_wishes_that_cannot_be_are_refused(house: House) -> None:
    """The answer says why, and nothing is put on record."""
    worker = build_worker(house)
    work(house, worker, *WATER[:2], BUS[0])
    water, bus = event_of(house, WATER[0]), event_of(house, BUS[0])
    assert merge(house, water, "nothing") == "unknown_event"
    assert merge(house, water, water) == "same_event"
    assert split(house, "nothing", WATER[0]) == "unknown_event"
    assert split(house, water, BUS[0]) == "no_items"
    assert split(house, bus, BUS[0]) == "whole_event"
    with reading(house.engine) as connection:
        assert connection.scalar(select(func.count()).select_from(corrections)) == 0


def test_two_wishes_that_exclude_each_other(house: House) -> None:
    """The first is followed, the second finds nothing left to do; neither stops the worker."""
    worker = build_worker(house)
    work(house, worker, *WATER[:2], BUS[0])
    water, bus = event_of(house, WATER[0]), event_of(house, BUS[0])
    merge(house, water, bus)
    merge(house, bus, water)
    split(house, water, WATER[0])
    split(house, water, WATER[0])
    worker.work_once()
    assert one_event(house, WATER[1], BUS[0]) == water
    assert event_of(house, WATER[0]) != water


def test_every_wish_is_on_the_trail(house: House) -> None:
    """Who, what and when are in the audit chain; which items were moved is not kept once it is done."""
    worker = build_worker(house)
    work(house, worker, *WATER[:2], KITCHEN[0])
    split(house, event_of(house, WATER[0]), KITCHEN[0])
    worker.work_once()
    with reading(house.engine) as connection:
        (row,) = connection.execute(select(audit)).all()
        assert (row.who, row.what, row.detail) == (OFFICER, "split", "1")
        assert row.at.astimezone(UTC) <= datetime(2026, 3, 3, tzinfo=UTC)
        assert verify_audit(connection) is None
        kept = connection.execute(select(corrections.c.office)).scalars().one()
    assert kept == event_of(house, KITCHEN[0])


def test_the_commands_ask_and_refuse(house: House) -> None:
    """`tocsin split` and `tocsin merge` put the wish on record, or say in a sentence why it cannot be (status 2)."""
    config = house.loaded.folder.parent / "tocsin.toml"
    config.write_text(CONFIG, encoding="utf8")
    worker = build_worker(house)
    work(house, worker, *WATER[:2], KITCHEN[0])
    water, item = event_of(house, WATER[0]), item_of(house, KITCHEN[0])
    run = CliRunner().invoke
    assert run(tocsin, ["split", water, item, "--config", str(config), "--as", "desk"]).exit_code == 0
    worker.work_once()
    fire = event_of(house, KITCHEN[0])
    assert fire != water
    refused = run(tocsin, ["merge", water, water, "--config", str(config)])
    assert refused.exit_code == 2
    assert "one event already" in refused.output
    assert run(tocsin, ["merge", water, fire, "--config", str(config), "--as", "desk"]).exit_code == 0
    worker.work_once()
    assert one_event(house, *WATER[:2], KITCHEN[0]) == water
