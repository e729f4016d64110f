"""What the committed sets and made-up streams say of the shipped parts: no pinned figure may fall."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

EVAL = Path(__file__).parent / "eval"
sys.path.insert(0, str(EVAL))

import events_eval  # noqa: E402
import first_alert  # noqa: E402
import make_stream  # noqa: E402
import run  # noqa: E402
import spike_eval  # noqa: E402

pytestmark = pytest.mark.slow
PINNED = [(part, name) for part, floors in run.read_floors().items() if part != "tag" for name in floors]


@pytest.fixture(scope="module")
def lines() -> dict[tuple[str, str], run.Line]:
    """Everything measured once, the worst of a figure that is measured on several sets; tone has its own test."""
    measured = sorted(run.measure_committed(run.read_floors(), tone=False), key=lambda line: not line.has_fallen)
    return {(line.part, line.name): line for line in reversed(measured)}


def test_floors_are_pinned_for_all_parts() -> None:
    """An emptied baseline would let everything pass."""
    parts = [part for part, _ in PINNED]
    assert {part: parts.count(part) for part in parts} == {
        "match": 2,
        "mask": 6,
        "events": 10,
        "others": 10,
        "unseen": 10,
        "spikes": 5,
    }


@pytest.mark.parametrize(("part", "name"), PINNED)
def test_no_figure_falls_below_its_floor(lines: dict[tuple[str, str], run.Line], part: str, name: str) -> None:
    """A change of any part may not lower a pinned figure silently."""
    line = lines[part, name]
    assert line.floor is not None
    assert not line.has_fallen, f"{name} is {line.value:.3f}, pinned {line.floor}"


def test_the_floors_are_above_the_baselines(lines: dict[tuple[str, str], run.Line]) -> None:
    """The plain ways would not pass: neither the plain grouper nor an alert for everything, nor EARS C2."""
    recall, precision = lines["events", "recall"], lines["events", "precision"]
    assert recall.others["plain centroid"] < (recall.floor or 0)
    assert precision.others["alert on all"] < 0.1
    spikes = lines["spikes", "recall_20"]
    assert spikes.others["EARS C2"] < (spikes.floor or 0)


def test_the_same_seed_gives_the_same_stream() -> None:
    """And another seed another one."""
    one = make_stream.as_lines(make_stream.make_stream(1))
    assert one == make_stream.as_lines(make_stream.make_stream(1))
    assert one != make_stream.as_lines(make_stream.make_stream(2))


def test_streams_hold_all_kinds_copies_and_near_matters() -> None:
    """Ten kinds, English too, copies, matters below the threshold, and more than 30 that are due."""
    due = near = 0
    for stream, truth in events_eval.made_streams():
        matters = first_alert.read_matters(stream, truth)
        due, near = due + len(matters.due), near + len(matters.near - set(matters.due))
        assert len({name.split("-")[0] for name in matters.members}) == 10
        assert sum(row["dup_of"] is not None for row in truth) > 200
        assert any(row["lang"] == "en" and matters.event_of[row["id"]] for row in stream)
    assert due > 30
    assert near >= 5


def answers(stream: list[first_alert.Row], truth: list[first_alert.Row]) -> list[first_alert.Row]:
    """What a pipeline that knows the truth would say of the items."""
    said = {row["id"]: row for row in truth}
    return [
        {"id": row["id"], "event": said[row["id"]]["event"], "duplicate_of": said[row["id"]]["dup_of"]}
        for row in stream
    ]


def test_the_truth_scores_best() -> None:
    """True groups and copies, and an alert at each due item, reach every figure."""
    stream, truth = events_eval.made_streams()[0]
    matters = first_alert.read_matters(stream, truth)
    alerts = [
        {"at": stream[place]["seen"], "kind": "first", "rule": "R1", "items": [stream[place]["id"]]}
        for place in matters.due.values()
    ]
    figures = first_alert.score_stream(stream, truth, answers(stream, truth), alerts).figures()
    best = {"recall", "on_time", "precision", "copies_precision", "copies_recall", "bcubed_f1"}
    assert {name: value for name, value in figures.items() if name in best} == dict.fromkeys(best, pytest.approx(1.0))
    assert {figures[name] for name in figures if name not in best} == {0.0}


def test_late_repeated_and_wrong_alerts_are_counted() -> None:
    """An alert at the end of a matter is late, a second one a repeat, one of chatter is false."""
    stream, truth = events_eval.made_streams()[0]
    matters = first_alert.read_matters(stream, truth)
    event = max(matters.due, key=lambda name: len(matters.members[name]))
    last = stream[matters.members[event][-1]]
    chatter = next(row for row in stream if matters.event_of[row["id"]] is None)
    alerts = [{"at": row["seen"], "kind": "first", "rule": "R1", "items": [row["id"]]} for row in (chatter, last, last)]
    score = first_alert.score_stream(stream, truth, answers(stream, truth), alerts)
    assert (score.found, score.on_time, score.repeated, score.wrong) == (1, 0, 1, 1)


def test_an_oracle_of_bursts_scores_best() -> None:
    """A detector that knows where bursts begin finds all of them at once, one that knows nothing none."""
    given = spike_eval.made_counts(weeks=30)
    begins = {burst.begin for burst in given.bursts}
    oracle = spike_eval.score_detector(
        lambda counts: [float(hour in begins) for hour in range(len(counts.counts))], given
    )
    assert {value for name, value in oracle.items() if name.startswith("recall")} == {1.0}
    flat = spike_eval.score_detector(lambda counts: [0.0] * len(counts.counts), given)
    assert {value for name, value in flat.items() if name.startswith("recall")} == {0.0}


def test_the_page_is_made_by_the_run() -> None:
    """docs/quality.md names every pinned figure with the floor that is pinned now."""
    page = (EVAL.parent.parent / "docs" / "quality.md").read_text("utf8")
    pinned = run.read_floors()
    for part, name in PINNED:
        assert any(f"`{name}`" in row and f"{pinned[part][name]:.3f}" in row for row in page.splitlines()), name


def test_modules_are_the_ones_of_this_folder() -> None:
    """Short names such as `run` are not taken from elsewhere."""
    modules: list[ModuleType] = [run, first_alert, make_stream, events_eval, spike_eval]
    assert {Path(module.__file__ or "").parent for module in modules} == {EVAL}
