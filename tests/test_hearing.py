"""A running worker follows what people did to stored items: corrections move its numbers, deletions leave its memory."""

from pathlib import Path

import pytest
from sqlalchemy import func, select
from test_regroup import CONFIG, WATER, event_of, item_of, row_of, work
from test_worker import Clock

from pipeline.model import Document, Sentiment, Tags, TopicScore
from pipeline.store.engine import writing
from pipeline.store.forget import find_items, forget_items
from pipeline.store.schema import corrections
from pipeline.tag.corrections import record_correction, undo_correction
from pipeline.worker import Worker
from tocsin.config import Loaded, parse_config
from tocsin.house import House, open_house
from tocsin.wiring import build_worker


class AngryTagger:
    """Calls everything a negative matter of dorms."""

    version = "angry"

    def tag(self, documents: list[Document]) -> list[Tags]:
        """One answer for all."""
        return [
            Tags(Sentiment("negative", 1.0, 0.0, 0.0), (TopicScore("dorms", 1.0),), self.version) for _ in documents
        ]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return open_house(Loaded(parse_config(CONFIG, "c"), tmp_path / "tocsin.toml", CONFIG), Clock())


@pytest.fixture
def worker(house: House) -> Worker:
    return build_worker(house, AngryTagger())  # type: ignore[arg-type]


def correct(house: House, text: str, field: str, value: str) -> None:
    with writing(house.engine) as connection:
        assert record_correction(connection, "officer", item_of(house, text), field, value, house.clock()) is None


def test_a_corrected_tone_stays_when_the_next_item_of_the_event_comes(house: House, worker: Worker) -> None:
    """The worker counts on from the corrected numbers; it does not write its old ones back."""
    work(house, worker, *WATER[:3])
    event = event_of(house, WATER[0])
    correct(house, WATER[0], "label", "neutral")
    assert row_of(house, event)["negative"] == 2
    work(house, worker, WATER[3])
    assert (row_of(house, event)["stories"], row_of(house, event)["negative"]) == (4, 3)
    assert [story.label for story in worker.chain.book.get(event).stories].count("neutral") == 1


def test_a_corrected_topic_reaches_the_rules(house: House, worker: Worker) -> None:
    """What a judge is asked next has the topic of the office, and the event is named by it once most stories have it."""
    work(house, worker, *WATER[:2])
    event = event_of(house, WATER[0])
    correct(house, WATER[0], "topic", "facilities")
    correct(house, WATER[1], "topic", "facilities")
    work(house, worker, WATER[2])
    assert row_of(house, event)["topic"] == "facilities"
    assert [story.topics[0] for story in worker.chain.book.get(event).stories] == ["facilities", "facilities", "dorms"]


def test_an_item_that_is_not_about_the_school_leaves_the_numbers_for_good(house: House, worker: Worker) -> None:
    """The next item of its event does not count it again; taken back, it is counted again."""
    work(house, worker, *WATER[:2])
    event = event_of(house, WATER[0])
    correct(house, WATER[1], "school", "no")
    work(house, worker, WATER[2])
    assert (row_of(house, event)["items"], row_of(house, event)["stories"]) == (2, 2)
    correct(house, WATER[1], "school", "yes")
    work(house, worker, WATER[3])
    assert (row_of(house, event)["items"], row_of(house, event)["stories"]) == (4, 4)


def test_a_word_that_was_undone_is_heard_as_well(house: House, worker: Worker) -> None:
    """After an undo the worker counts on from what was before the word, and hears the next word."""
    work(house, worker, WATER[0])
    event = event_of(house, WATER[0])
    correct(house, WATER[0], "label", "neutral")
    said = house.clock()
    work(house, worker, WATER[1])
    with writing(house.engine) as connection:
        number = connection.scalar(select(func.max(corrections.c.n)))
        assert undo_correction(connection, "officer", number or 0, said) is None
    work(house, worker, WATER[2])
    assert (row_of(house, event)["stories"], row_of(house, event)["negative"]) == (3, 3)
    correct(house, WATER[0], "label", "neutral")
    work(house, worker, WATER[3])
    assert (row_of(house, event)["stories"], row_of(house, event)["negative"]) == (4, 3)


def test_a_deleted_item_leaves_the_memory_of_a_running_worker(house: House, worker: Worker) -> None:
    """Its hashes and words are gone before the next item is read; what was told and counted stays."""
    work(house, worker, *WATER[:3])
    item, event = item_of(house, WATER[0]), event_of(house, WATER[0])
    assert worker.chain.grouper.holds(item)
    targets = find_items(house.engine, item=item)
    forget_items(house.engine, [one.item for one in targets], [one.fingerprint for one in targets], house.clock())
    work(house, worker, WATER[3])
    assert not worker.chain.grouper.holds(item)
    assert event_of(house, WATER[3]) == event
    assert row_of(house, event)["items"] == 4


def test_memory_is_kept_when_nothing_in_it_was_deleted(house: House, worker: Worker) -> None:
    """Retention of old items, and the worker's own saving, cost no rebuilding."""
    work(house, worker, *WATER[:2])
    before = worker.chain
    work(house, worker, WATER[2])
    assert worker.chain is before
