"""Scores what the pipeline made of a labelled stream: copies, groups, and above all the first alert of each matter.

A matter is *due* at the item with which the rules, run over the true labels, ask for an alert for the first time. An
alert is *about* a matter when at least 60 % of its items belong to it. Delay is counted in items of the matter between the due
item and the alert (negative: the alert came before). A matter that comes to 60 % of the smaller rule is *near*:
one alert of it is neither right nor wrong.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

Row = Mapping[str, Any]
Shingles = frozenset[str]
LATE = 5  # items after which an alert is no longer on time
ABOUT = 0.6
WEEK = timedelta(weeks=1)
KINDS = ("first", "severity", "threshold", "reach")
MARKS = re.compile(r"^(转发微博[:：]|转发[:：]|//@\S+?[:：]\s?|//|转[:：])")
NOT_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Limit:
    """A threshold rule as it is applied to true labels."""

    window: timedelta
    stories: int
    voices: int
    negative: float

    def is_met(self, stories: Sequence["Told"], now: datetime) -> bool:
        """True when the stories of the window that ends now are enough."""
        recent = [story for story in stories if story.at > now - self.window]
        if len(recent) < self.stories or len({story.voice for story in recent}) < self.voices:
            return False
        return sum(story.negative for story in recent) >= self.negative * len(recent)


SMALL = Limit(timedelta(hours=24), 5, 4, 0.5)
LARGE = Limit(timedelta(hours=24), 15, 10, 0.0)
NEAR = Limit(timedelta(hours=24), 3, 3, 0.5)


@dataclass(frozen=True)
class Told:
    """One true story of a matter."""

    at: datetime
    voice: str
    negative: bool


@dataclass
class Score:
    """What was counted in one stream or, after `add`, in several."""

    weeks: float = 0.0
    due: int = 0
    found: int = 0
    on_time: int = 0
    escalated: int = 0
    repeated: int = 0
    wrong: int = 0
    near: int = 0
    alerts: int = 0
    delays: list[int] = field(default_factory=list)
    copies_right: int = 0
    copies_wrong: int = 0
    copies_missed: int = 0
    inside: int = 0
    purity: float = 0.0
    wholeness: float = 0.0

    def add(self, other: "Score") -> None:
        """Take in what was counted in another stream."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    def figures(self) -> dict[str, float]:
        """The shares and rates that goals are set for."""
        delays, inside = sorted(self.delays), max(1, self.inside)
        precision, recall = self.purity / inside, self.wholeness / inside
        return {
            "recall": self.found / max(1, self.due),
            "on_time": self.on_time / max(1, self.due),
            "precision": (self.found + self.escalated) / max(1, self.alerts - self.near),
            "repeats": self.repeated / max(1, self.found),
            "delay_median": middle(delays),
            "delay_p90": float(delays[int(0.9 * len(delays))]) if delays else float("inf"),
            "false_a_week": self.wrong / max(1e-9, self.weeks),
            "copies_precision": self.copies_right / max(1, self.copies_right + self.copies_wrong),
            "copies_recall": self.copies_right / max(1, self.copies_right + self.copies_missed),
            "bcubed_f1": 2 * precision * recall / max(1e-9, precision + recall),
        }


def middle(ordered: Sequence[int]) -> float:
    """The median of what is sorted; infinite when there is nothing."""
    if not ordered:
        return float("inf")
    half = len(ordered) // 2
    return float(ordered[half]) if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def cut_shingles(text: str) -> Shingles:
    """Runs of three characters, without repost marks and whatever is no word."""
    plain = NOT_WORDS.sub("", MARKS.sub("", text).lower())
    return frozenset(plain[at : at + 3] for at in range(max(1, len(plain) - 2)))


def are_alike(one: Shingles, other: Shingles) -> bool:
    """True when two texts are nearly the same, or one holds nearly all of the other."""
    both, least = len(one & other), min(len(one), len(other))
    return both >= 0.6 * (len(one) + len(other) - both) or (least >= 8 and both >= 0.85 * least)


@dataclass
class Matters:
    """What is true of a stream: when each matter was due, and where its items are."""

    places: dict[str, int]
    times: list[datetime]
    event_of: dict[str, str | None]
    members: dict[str, list[int]]
    due: dict[str, int]
    near: set[str]


def read_matters(stream: Sequence[Row], truth: Sequence[Row]) -> Matters:
    """Run the rules over the true labels."""
    said = {row["id"]: row for row in truth}
    event_of = {name: row["event"] for name, row in said.items()}
    times = [datetime.fromisoformat(row["seen"]) for row in stream]
    places = {row["id"]: place for place, row in enumerate(stream)}
    found = Matters(places, times, event_of, defaultdict(list), {}, set())
    stories: dict[str, list[Told]] = defaultdict(list)
    for place, row in enumerate(stream):
        event = event_of[row["id"]]
        if event is None:
            continue
        found.members[event].append(place)
        if said[row["id"]]["dup_of"] is None:
            stories[event].append(Told(times[place], row["voice"], row["sentiment"]["label"] == "negative"))
            mark_due(found, event, stories[event], place)
    return found


def mark_due(found: Matters, event: str, stories: Sequence[Told], place: int) -> None:
    """Note whether the newest story made the matter due, or near."""
    now = found.times[place]
    if event not in found.due and (SMALL.is_met(stories, now) or LARGE.is_met(stories, now)):
        found.due[event] = place
    if NEAR.is_met(stories, now):
        found.near.add(event)


def score_stream(stream: Sequence[Row], truth: Sequence[Row], items: Sequence[Row], alerts: Sequence[Row]) -> Score:
    """Count one stream. `items` and `alerts` are lines as `tocsin replay` writes them."""
    matters, answers = read_matters(stream, truth), {row["id"]: row for row in items}
    score = Score(weeks=(matters.times[-1] - matters.times[0]) / WEEK, due=len(matters.due))
    count_alerts(score, matters, alerts)
    count_copies(score, stream, truth, answers)
    count_groups(score, matters, answers)
    return score


def count_alerts(score: Score, matters: Matters, alerts: Sequence[Row]) -> None:
    """Right, repeated, near and wrong alerts, and the delay of the right ones."""
    first: dict[str, str] = {}
    raised: set[str] = set()
    excused: set[str] = set()
    wanted = [row for row in alerts if row["kind"] in KINDS and row["rule"]]
    for alert in sorted(wanted, key=lambda row: datetime.fromisoformat(row["at"])):
        score.alerts += 1
        now = datetime.fromisoformat(alert["at"])
        event = name_matter(matters, alert, now)
        if event is None or event not in matters.due:
            neutral = event in matters.near and event not in excused
            score.near, score.wrong = score.near + neutral, score.wrong + (not neutral)
            excused.add(event or "")
        elif event not in first:
            first[event] = alert["rule"]
            note_delay(score, matters, event, now)
        elif alert["rule"] == "R2" and first[event] == "R1" and event not in raised:
            raised.add(event)
        else:
            score.repeated += 1
    score.found, score.escalated = len(first), len(raised)


def name_matter(matters: Matters, alert: Row, now: datetime) -> str | None:
    """The matter that an alert is about, by the items that had been seen by then."""
    seen = [name for name in alert["items"] if name in matters.places and matters.times[matters.places[name]] <= now]
    votes = Counter(matters.event_of[name] for name in seen)
    if not votes:
        return None
    event, most = votes.most_common(1)[0]
    return event if most >= ABOUT * len(seen) else None


def note_delay(score: Score, matters: Matters, event: str, now: datetime) -> None:
    """Items of the matter between the due one and the last one seen at the alert."""
    due = matters.due[event]
    told = max((place for place, at in enumerate(matters.times) if at <= now), default=0)
    late = sum(due < place <= told for place in matters.members[event])
    early = sum(told < place <= due for place in matters.members[event])
    score.delays.append(late - early)
    score.on_time += late - early <= LATE


def count_copies(score: Score, stream: Sequence[Row], truth: Sequence[Row], answers: Mapping[str, Row]) -> None:
    """A named original is right when it is the true one, has the same, or reads nearly the same."""
    texts = {row["id"]: row["text"] for row in stream}
    roots = {row["id"]: row["dup_of"] for row in truth}
    for name, root in roots.items():
        said = answers[name].get("duplicate_of")
        if said not in texts:
            score.copies_missed += root is not None
            continue
        right = root is not None and root in (said, roots[said])
        right = right or are_alike(cut_shingles(texts[name]), cut_shingles(texts[said]))
        score.copies_right, score.copies_wrong = score.copies_right + right, score.copies_wrong + (not right)


def count_groups(score: Score, matters: Matters, answers: Mapping[str, Row]) -> None:
    """B-cubed on the items that belong to a matter: how pure and how whole the group of each is, on average."""
    pairs = [(answers[name].get("event") or name, event) for name, event in matters.event_of.items() if event]
    groups, events, both = Counter(one for one, _ in pairs), Counter(two for _, two in pairs), Counter(pairs)
    score.inside = len(pairs)
    score.purity = sum(count * count / groups[group] for (group, _), count in both.items())
    score.wholeness = sum(count * count / events[event] for (_, event), count in both.items())
