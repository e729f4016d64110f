"""A backtest agrees with what was really told, and says where it cannot."""

from datetime import timedelta

import pytest
from bell import ZONE
from sqlalchemy import delete, select
from test_alerts_timeline import CALM, CROWD, FEES, FLOOD, REACH, WORD, bill, ill, press
from timeline import SCHOOL, Act, Play

from alerts.backtest import Backtest, Setting, run_backtest
from alerts.season import Seasons
from alerts.settings import Alerting
from pipeline.store.engine import reading, writing
from pipeline.store.schema import alerts, voice_tokens

RULES = (WORD, FEES, CROWD, FLOOD, REACH)
TOLD = ("first", "severity", "reach", "threshold", "reopened")
LATE = Alerting(group_wait="90s", quiet_hours=[], escalate_after="30d", close_after="72h")


def live(folder, *steps, alerting=CALM, rules=RULES, **more) -> Play:
    """A stream as it really runs; what is read of it is not the question here."""
    rounds = {"lively": timedelta(minutes=5), "calm": timedelta(minutes=30), **more}
    stage = Play(folder, tuple(rules), alerting, **rounds)
    from bell import local
    from timeline import Push

    for step in sorted(steps, key=lambda one: local(one.at)):
        if stage.count == 0:
            stage.now = local(step.at)
        stage.advance(local(step.at))
        stage.push(step.item) if isinstance(step, Push) else stage.act(step)
    stage.advance(stage.now + timedelta(minutes=5))
    return stage


def again(stage: Play, rules=RULES, days: float = 30) -> Backtest:
    """The backtest over what the play has stored."""
    setting = Setting(stage.alerting, Seasons((), ZONE), (SCHOOL.name, *SCHOOL.aliases))
    with reading(stage.engine) as connection:
        return run_backtest(connection, rules, setting, stage.now, days)


def really(stage: Play) -> list[tuple[str, str, str, str]]:
    """What was told: event, kind, severity, minute."""
    with reading(stage.engine) as connection:
        rows = connection.execute(select(alerts).where(alerts.c.kind.in_(TOLD)).order_by(alerts.c.n)).all()
    return [(row.event, row.kind, row.severity, f"{row.at:%m-%d %H:%M}") for row in rows]


def would(backtest: Backtest) -> list[tuple[str, str, str, str]]:
    return [(one.event, one.kind, one.severity.value, f"{one.at:%m-%d %H:%M}") for one in backtest.told]


WEEK = (
    ill(0, "10:00"), ill(1, "10:05"), ill(2, "10:20"), ill(3, "11:40", source="wall"), ill(4, "13:00"), press("15:00"),
    bill(0, "18:00", "x"), bill(1, "19:30", "y"), ill(5, "+1 09:00"), bill(0, "+6 09:00", "z"), ill(0, "+7 10:00", "w"),
)  # fmt: skip


@pytest.fixture(scope="module")
def week(tmp_path_factory):
    """That week, lived once; only to be looked at."""
    return live(tmp_path_factory.mktemp("week"), *WEEK)


def test_the_same_rules_give_what_was_really_told(week):
    """A week live, with rises, an outlet, closings and returns: the backtest names the same events, kinds, levels, minutes."""
    agree(week)


def test_also_after_the_group_wait(tmp_path):
    """What is told a while after it was judged is told of the same items."""
    agree(live(tmp_path, *WEEK, alerting=LATE))


def agree(stage):
    """Nothing had to be guessed, and nothing is different."""
    found = again(stage)
    assert len(really(stage)) >= 5
    assert would(found) == really(stage)
    assert found.sent == len(found.told)
    assert not any(one.approximate for one in found.told)


def test_a_restart_in_the_middle_changes_nothing(tmp_path):
    """The store says the same whether the service was killed in between or not."""
    stage = live(tmp_path, *WEEK[:9], Act("10:10", "restart"), Act("+1 08:00", "restart"))
    assert would(again(stage)) == really(stage)


def test_when_tokens_are_gone_counts_come_from_the_hourly_maxima(tmp_path):
    """After their keys died the same alerts come out, and the rules that ask for voices say that they are approximated."""
    stage = live(tmp_path, *WEEK[:8])
    with writing(stage.engine) as connection:
        connection.execute(delete(voice_tokens))
    found = again(stage)
    assert would(found) == really(stage)
    notes = {note.rule: note.approximate for note in found.rules}
    assert notes["crowd"] == ("voices",)
    assert notes["reach"] == ()


def test_one_loud_voice_is_still_one_when_its_token_is_gone(tmp_path):
    """Four posts of one account were one voice; the kept maximum keeps them from becoming four."""
    stage = live(tmp_path, *(ill(number, f"10:0{number}", "loud") for number in range(4)))
    with writing(stage.engine) as connection:
        connection.execute(delete(voice_tokens))
    assert would(again(stage)) == really(stage)
    assert len(really(stage)) == 1
