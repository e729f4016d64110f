"""What came of a run of kills: what was published against what was stored and told, from the bytes of the database and
what the two chats took.

How often a message may be repeated at the webhook: once for each time that it was in flight at a kill (its row was
`sending` in the database then) or that its answer was lost (the receiver never answered, or the service says in its
log that it got none). `hook_repeats_unexplained` counts what is beyond that.
"""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crash_site import WORDS, Publisher
from fake_hook import FakeHook
from fake_slack import FakeSlack

Flight = tuple[str, int]  # a message and the number of its attempt


@dataclass(frozen=True)
class Tally:
    """The counts. `matters` counts those that were published; each has to be told by an alert of its own event."""

    kills: int
    published: int
    at_rest: bool
    missing: int
    stored_twice: int
    alerts: int
    matters: int
    matters_untold: int
    undelivered: int
    slack_in_flight: int
    slack_repeats: int
    hook_in_flight: int
    hook_repeats: int
    hook_repeats_unmarked: int
    hook_repeats_unexplained: int
    hook_repeats_of_one: int
    faults: dict[str, int] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """Nothing lost; no repeat where the channel can be read, elsewhere at most one, marked, for each time in flight."""
        return self.at_rest and not (
            self.missing or self.stored_twice or self.matters_untold or self.undelivered or self.slack_repeats
            or self.hook_repeats_unmarked or self.hook_repeats_unexplained
        )  # fmt: skip


@dataclass(frozen=True)
class Ledger:
    """What the database holds."""

    urls: Counter[str]
    alerts: dict[str, str]
    told: set[str]
    matters: dict[str, str]
    notices: dict[str, tuple[str, str, int]]


def find_in_flight(folder: Path) -> set[Flight]:
    """What was being sent when the service died."""
    if not (folder / "tocsin.db").exists():
        return set()
    with closing(sqlite3.connect(folder / "tocsin.db", timeout=30)) as database:
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'notifications'").fetchone():
            return set()
        return {
            (row[0], row[1])
            for row in database.execute("SELECT id, attempts FROM notifications WHERE state = 'sending'")
        }


def read_ledger(folder: Path) -> Ledger:
    """Documents, alerts (each with the one that carries it: itself, or the digest that it went into) and messages."""
    carrier = "CASE WHEN json_extract(note, '$.code') = 'in_digest' THEN json_extract(note, '$.digest') ELSE id END"
    speaking = "kind IN ('first','severity','reach') AND state != 'stale'"
    with closing(sqlite3.connect(folder / "tocsin.db", timeout=30)) as database:
        titled = database.execute("SELECT title, event FROM documents WHERE title LIKE '%：%'").fetchall()
        return Ledger(
            urls=Counter(row[0] for row in database.execute("SELECT url FROM documents")),
            alerts=dict(database.execute(f"SELECT id, {carrier} FROM alerts WHERE {speaking}").fetchall()),
            told={row[0] for row in database.execute("SELECT event FROM alerts WHERE kind = 'first'")},
            matters={word: event for title, event in titled if (word := title.split("：")[0]) in WORDS},
            notices={
                row[0]: (row[1], row[2], row[3])
                for row in database.execute("SELECT id, alert, channel, step FROM notifications")
            },
        )


def find_lost_answers(log: Path, ledger: Ledger) -> Counter[str]:
    """How often the service says of a message that it got no answer."""
    names = {told: notice for notice, told in ledger.notices.items()}
    lost: Counter[str] = Counter()
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        if '"message"' in line and "could not be reached" in line:
            said: dict[str, Any] = json.loads(line)
            lost[names.get((said["alert"], said["channel"], said["step"]), "")] += 1
    return lost


def count(
    folder: Path, publisher: Publisher, slack: FakeSlack, hook: FakeHook, flights: set[Flight], kills: int, at_rest: bool,
    faults: dict[str, int],
) -> Tally:  # fmt: skip
    """Compare."""
    ledger, flown = read_ledger(folder), Counter(name for name, _ in flights)
    posts = Counter(post["metadata"]["event_payload"]["key"] for post in slack.posts)
    takes = Counter(body["tocsin"]["key"] for body in hook.taken)
    marked = Counter(body["tocsin"]["key"] for body in hook.taken if "重复" in json.dumps(body, ensure_ascii=False))
    lost, unheard = (
        find_lost_answers(folder / "out.txt", ledger),
        Counter(body["tocsin"]["key"] for body in hook.unanswered),
    )
    allowed = Counter({key: flown[key] + max(lost[key], unheard[key]) for key in takes})
    expected = {publisher.link(number) for number in range(len(publisher.texts))}
    published = {text.split("：")[0] for text in publisher.texts} & set(WORDS)
    return Tally(
        kills=kills, published=len(expected), at_rest=at_rest, missing=len(expected - set(ledger.urls)),
        stored_twice=sum(number > 1 for number in ledger.urls.values()), alerts=len(ledger.alerts),
        matters=len(published),
        matters_untold=sum(ledger.matters.get(word, "") not in ledger.told for word in published),
        undelivered=count_undelivered(ledger, {"chat": posts, "hook": takes}),
        slack_in_flight=sum(flown[key] + lost[key] for key in posts),
        slack_repeats=sum(number - 1 for number in posts.values()),
        hook_in_flight=sum(allowed.values()), hook_repeats=sum(number - 1 for number in takes.values()),
        hook_repeats_unmarked=sum(max(0, number - 1 - marked[key]) for key, number in takes.items()),
        hook_repeats_unexplained=sum(max(0, number - 1 - allowed[key]) for key, number in takes.items()),
        hook_repeats_of_one=max(takes.values(), default=1) - 1, faults=faults,
    )  # fmt: skip


def count_undelivered(ledger: Ledger, arrived: dict[str, Counter[str]]) -> int:
    """Alerts that one of the channels never got, by themselves or in their digest."""
    by_channel = {
        channel: {ledger.notices[key][0] for key in keys if key in ledger.notices} for channel, keys in arrived.items()
    }
    return sum(carrier not in told for carrier in ledger.alerts.values() for told in by_channel.values())
