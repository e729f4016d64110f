"""The baseline behind `spike` rules: the last 24 hours against what the hour of the week leads one to expect."""

from collections.abc import Sequence

from alerts.baseline import ALARM, gauge_volume
from alerts.rulekinds.spike import Surge
from pipeline.model import Volume


def read_surge(volume: Volume, factors: Sequence[float] = ()) -> Surge:
    """The volume as it stands now; the alarm is the baseline's own, floors are the rule's. `factors` are the
    calendar's, one an hour."""
    gauge = gauge_volume(volume, factors)
    return Surge(gauge.score >= ALARM, gauge.count_day, gauge.expected_day, gauge.is_warm)
