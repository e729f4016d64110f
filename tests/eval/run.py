"""All figures of understanding in one table, beside baselines, goals and floors; writes docs/quality.md.

    python tests/eval/run.py                                what is in the repository
    python tests/eval/run.py --data DIR [--config FILE]     also development sets outside of it

DIR may hold events/*/stream.jsonl with truth.jsonl (replayed under FILE), counts/counts.csv with truth.json, and the
training texts. Exit status 1 when a figure falls below its floor in baseline.json.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(ROOT)]

import door_eval  # noqa: E402
import events_eval  # noqa: E402
import make_stream  # noqa: E402
import spike_eval  # noqa: E402
from quality_page import write_page  # noqa: E402
from test_match_labelled import SCHOOLS  # noqa: E402

LESS_IS_BETTER = (
    "repeats", "delay", "false", "items_", "identities_left", "sentences_damaged", "numbers_damaged", "office_refused", "calibration",
)  # fmt: skip
GOALS: dict[str, float] = {
    "match precision": 0.98, "match recall": 0.97, "mask identities_left": 0.0, "mask names_masked": 0.95,
    "mask sentences_damaged": 0.01, "mask numbers_damaged": 0.01, "mask persons_refused": 1.0, "mask office_refused": 0.01,
    "events recall": 0.92, "events on_time": 0.85, "events precision": 0.95, "events repeats": 0.02,
    "events delay_median": 0.0, "events delay_p90": 4.0, "events false_a_week": 0.05, "events copies_precision": 0.99,
    "events copies_recall": 0.98, "events bcubed_f1": 0.90, "spikes recall_40": 0.93, "spikes items_40": 14.0,
    "spikes recall_20": 0.55, "tone macro_f1": 0.87, "tone negative_recall": 0.92, "tone calibration_error": 0.05, "topic lenient": 0.84,
}  # fmt: skip
MORE_STREAMS = ("others", "unseen")  # the same goals as for events
Figures = Mapping[str, float]


@dataclass(frozen=True)
class Line:
    """One figure: what is shipped, and what others reach on the same data."""

    part: str
    data: str
    name: str
    value: float
    others: Mapping[str, float] = field(default_factory=dict)
    floor: float | None = None

    @property
    def goal(self) -> float | None:
        """What is aimed at on data nobody has seen."""
        part = "events" if self.part in MORE_STREAMS else self.part
        return GOALS.get(f"{part} {self.name}")

    @property
    def is_short(self) -> bool:
        """True when the goal is not reached."""
        return self.goal is not None and not reaches(self.name, self.value, self.goal)

    @property
    def has_fallen(self) -> bool:
        """True when the figure is below its floor."""
        return self.floor is not None and not reaches(self.name, self.value, self.floor)


def reaches(name: str, value: float, wanted: float) -> bool:
    """Whether `value` is as good as `wanted`, to the third place that is shown."""
    less = name.startswith(LESS_IS_BETTER)
    return value <= wanted + 0.0005 if less else value >= wanted - 0.0005


def make_lines(part: str, data: str, shipped: Figures, others: Mapping[str, Figures], floors: Figures) -> list[Line]:
    """A line for each figure; figures that a baseline does not have are left out there."""
    return [
        Line(
            part,
            data,
            name,
            value,
            {who: found[name] for who, found in others.items() if name in found},
            floors.get(name),
        )
        for name, value in shipped.items()
    ]


def measure_committed(floors: Mapping[str, Figures], tone: bool = True) -> Iterator[Line]:
    """Everything that needs nothing but the repository."""
    for language in SCHOOLS:
        plain = {"a name occurs": door_eval.match_plain(language)}
        yield from make_lines("match", f"{language} texts", door_eval.match_figures(language), plain, floors["match"])
    yield from make_lines(
        "mask", "planted", door_eval.mask_figures(), {"plain pattern": door_eval.mask_plain()}, floors["mask"]
    )
    if tone:
        yield from measure_tone("check list", floors["tag"])
    config, streams = events_eval.read_config(), events_eval.made_streams()
    yield from measure_events("events", "made-up streams", streams, config, floors["events"])
    others = events_eval.made_streams(make_stream.OTHER)
    yield from measure_events("others", "made-up streams, other matters", others, config, floors["others"])
    unseen = events_eval.made_streams(make_stream.THIRD)
    yield from measure_events("unseen", "made-up streams, third scene", unseen, config, floors["unseen"])
    yield from measure_spikes("made-up counts", spike_eval.made_counts(), floors["spikes"])


def measure_events(
    part: str, data: str, streams: Sequence[events_eval.Stream], config: events_eval.Config, floors: Figures
) -> Iterator[Line]:
    """First alerts, copies and groups: ours, the plain grouper, and an alert for everything."""
    plain = events_eval.score(streams, config, "plain centroid").figures()
    loud = events_eval.score(streams, config, "alert on everything").figures()
    shipped = events_eval.score(streams, config, "shipped").figures()
    yield from make_lines(part, data, shipped, {"plain centroid": plain, "alert on all": loud}, floors)


def measure_spikes(data: str, counts: spike_eval.Counts, floors: Figures) -> Iterator[Line]:
    """Spikes at a quarter of a false alarm a week, beside EARS C2."""
    shipped = spike_eval.score_detector(spike_eval.score_shipped, counts)
    ears = spike_eval.score_detector(spike_eval.score_ears, counts)
    yield from make_lines("spikes", data, shipped, {"EARS C2": ears}, floors)


def measure_tone(data: str, floors: Figures, folder: Path | None = None) -> Iterator[Line]:
    """Tone on the check lists, or on held-out rows of `folder`."""
    import tone_eval

    judges = tone_eval.find_judges()
    for held in tone_eval.held_out(folder) if folder else tone_eval.check_lists():
        said = {name: tone_eval.measure(held, judge) for name, judge in judges.items()}
        said["majority"] = tone_eval.majority(held)
        pinned = {name: floors[f"{held.name}_{name}"] for name in said["shipped"] if f"{held.name}_{name}" in floors}
        yield from make_lines("tone", f"{data}: {held.name}", said.pop("shipped"), said, pinned)
    if folder:
        topics = tone_eval.topic_figures(folder)
        yield from make_lines("topic", "campus rows (seen in training)", topics.pop("shipped"), topics, {})


def measure_given(folder: Path, config: Path | None) -> Iterator[Line]:
    """Development sets outside the repository."""
    if (folder / "events").is_dir():
        streams = list(events_eval.given_streams(folder))
        yield from measure_events("events", "development streams", streams, events_eval.read_config(config), {})
    if (folder / "counts").is_dir():
        yield from measure_spikes("development counts", spike_eval.given_counts(folder), {})
    if (folder / "understanding").is_dir():
        yield from measure_tone("held out", {}, folder / "understanding")


def read_floors() -> dict[str, dict[str, float]]:
    """The pinned floors by part."""
    held: dict[str, dict[str, float]] = json.loads((HERE / "baseline.json").read_text("utf8"))
    return {part: held.get(part, {}) for part in ("match", "mask", "tag", "events", "others", "unseen", "spikes")}


def show(line: Line) -> str:
    """A line of the printed table."""
    goal = f"{line.goal:.3f}" if line.goal is not None else ""
    floor = f"{line.floor:.3f}" if line.floor is not None else ""
    mark = "FELL" if line.has_fallen else "short" if line.is_short else ""
    others = "  ".join(f"{who} {value:.3f}" for who, value in line.others.items())
    return f"{line.part:7s}{line.data:26s}{line.name:20s}{line.value:8.3f} {goal:>7s} {floor:>7s} {mark:6s}{others}"


def main() -> int:
    """Measure, print, write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--config", type=Path, help="the configuration of the streams in DIR")
    parser.add_argument("--packages", type=Path, help="where the peers (snownlp, cnsenti) are installed")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "quality.md")
    asked = parser.parse_args()
    if asked.packages:
        sys.path.append(str(asked.packages))
    print(f"{'part':7s}{'data':26s}{'figure':20s}{'shipped':>8s} {'goal':>7s} {'floor':>7s} {'':6s}baselines")
    lines = []
    for line in (*measure_committed(read_floors()), *(measure_given(asked.data, asked.config) if asked.data else ())):
        print(show(line), flush=True)
        lines.append(line)
    asked.page.write_text(write_page(lines), encoding="utf8")
    return int(any(line.has_fallen for line in lines))


if __name__ == "__main__":
    sys.exit(main())
