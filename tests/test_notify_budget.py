"""No channel is sent more than its service takes, whoever the sender is and however much is owed."""

from datetime import UTC, datetime, timedelta

import pytest
from bell import Bell, FakeChannel

from alerts.notify.base import Budget
from alerts.notify.opening import BUDGETS, USUAL, is_spent
from alerts.settings import ChannelSpec

NOW = datetime(2026, 9, 5, 15, 0, tzinfo=UTC)
ALLOWED = {"wecom": (20, 60), "dingtalk": (20, 60), "feishu": (100, 60), "slack": (60, 60), "teams": (240, 60)}


def make_bell(folder, kind: str) -> Bell:
    bell = Bell(folder, {"chat": FakeChannel()})
    bell.specs["chat"] = ChannelSpec("chat", kind, target="C1")
    bell.restart()
    return bell


def ring(bell: Bell, clock: str, letter: str) -> None:
    for number in range(8):
        bell.alert(clock, event=f"{letter}{number}", severity="critical")


def test_feishu_gets_five_a_second(tmp_path):
    """Five messages in one second, the rest in the next ones; none is lost."""
    bell = make_bell(tmp_path, "feishu")
    ring(bell, "10:00", "a")
    bell.run("10:00")
    assert len(bell.chat.taken) == 5
    bell.run("10:00:01", step=timedelta(seconds=1))
    assert len(bell.chat.taken) == 8
    for letter in "bcd":
        ring(bell, "10:00:02", letter)
    bell.run("10:00:10", step=timedelta(seconds=1))
    assert len(bell.chat.taken) == 32


@pytest.mark.parametrize("kind", ["wecom", "dingtalk"])
def test_a_robot_of_twenty_gets_twelve_a_minute(tmp_path, kind):
    """The group robots get twelve in a minute, also when the sender is started anew in the middle of it."""
    bell = make_bell(tmp_path, kind)
    ring(bell, "10:00", "a")
    bell.run("10:00")
    assert len(bell.chat.taken) == 8
    bell.restart()
    ring(bell, "10:00:10", "b")
    bell.run("10:00:40", step=timedelta(seconds=5))
    assert len(bell.chat.taken) == 12
    bell.run("10:01:30")
    assert len(bell.chat.taken) == 16


@pytest.mark.parametrize("kind", ALLOWED)
def test_every_budget_is_below_what_the_service_takes(kind):
    """Two sliding minutes side by side never hold more than the documented limit."""
    count, seconds = ALLOWED[kind]
    budgets = BUDGETS.get(kind, USUAL)
    assert any(one.per == timedelta(seconds=seconds) and one.count < count for one in budgets)


def test_a_budget_is_of_the_span_before_now():
    """What is older than the span does not count; a channel that is gone has the usual budget."""
    budget = Budget(2, timedelta(seconds=10))
    moments = [NOW - timedelta(seconds=age) for age in (11, 10, 9)]
    assert not budget.is_spent(moments, NOW)
    assert budget.is_spent([*moments, NOW], NOW)
    assert is_spent(None, [NOW] * 12, NOW)
