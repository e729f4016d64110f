"""A backtest as JSON values: what `tocsin backtest --json` writes and the twin of the page gives."""

from collections.abc import Mapping
from datetime import datetime, tzinfo

from alerts.backtest import Backtest, Told
from alerts.backtest_score import Difference, Score


def as_json(backtest: Backtest, zone: tzinfo, score: Score | None = None) -> dict[str, object]:
    """Everything about one backtest; times in `zone`."""
    return {
        "begin": _clock(backtest.begin, zone),
        "end": _clock(backtest.end, zone),
        "items": backtest.items,
        "history": backtest.history,
        "events": backtest.events,
        "alerts": len(backtest.told),
        "per_week": round(backtest.per_week, 2),
        "closed": backtest.closed,
        "really_sent": backtest.sent,
        "exact_from": None if backtest.exact_from is None else _clock(backtest.exact_from, zone),
        "weeks": {monday.isoformat(): count for monday, count in backtest.by_week(zone).items()},
        "severities": {level.value: count for level, count in backtest.by_severity().items()},
        "rules": [
            {"rule": one.rule, "alerts": one.alerts, "approximate": list(one.approximate), "guessed": one.guessed}
            for one in backtest.rules
        ],
        "told": [told_json(one, zone) for one in backtest.told],
        "labelled": None if score is None else score_json(score),
    }


def told_json(told: Told, zone: tzinfo) -> dict[str, object]:
    """One alert."""
    return {
        "at": _clock(told.at, zone), "kind": told.kind, "event": told.event, "title": told.title, "rule": told.rule,
        "severity": told.severity.value, "items": told.items, "minutes": round(told.waited.total_seconds() / 60, 1),
        "approximate": list(told.approximate),
    }  # fmt: skip


def score_json(score: Score) -> Mapping[str, object]:
    """How it does on labelled events."""
    return {
        "worth": score.worth, "found": score.found, "told": score.told, "right": score.right,
        "recall": _share(score.recall), "precision": _share(score.precision), "delay_items": score.delay_items,
        "delay_minutes": None if score.delay_minutes is None else round(score.delay_minutes, 1),
        "missed": list(score.missed), "false_alarms": list(score.wrong),
    }  # fmt: skip


def difference_json(difference: Difference, zone: tzinfo) -> dict[str, object]:
    """The events that only one of the two tells."""
    return {
        "only_before": [told_json(one, zone) for one in difference.only_before],
        "only_after": [told_json(one, zone) for one in difference.only_after],
    }


def _share(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _clock(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds")
