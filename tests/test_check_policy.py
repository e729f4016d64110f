"""`tocsin check` says where a sample of each level goes, which season holds, and what covers what."""

from datetime import UTC, datetime

from tocsin.commands.policy_lines import describe_policy
from tocsin.config import parse_config

NOW = datetime(2026, 11, 24, tzinfo=UTC)
SCHOOL = '[school]\nname = "澜川学院"\ncampuses = ["新校区"]\n'
RULE = '[[rules]]\nid = "crowd"\nkind = "threshold"\nstories = 5\nseverity = "serious"\n'


def lines(text: str) -> list[str]:
    """What check says of a file."""
    return list(describe_policy(parse_config(SCHOOL + RULE + text, "t.toml"), NOW))


def test_the_defaults_are_said() -> None:
    """Without any of these tables the reader still learns what happens."""
    said = "\n".join(lines(""))
    for part in (
        "no routes",
        "same topic and campus",
        "5 min those on duty",
        "10 by call",
        "30 the leaders",
        "digest: none",
    ):
        assert part in said


def test_each_level_goes_somewhere() -> None:
    """A sample of every level and topic names its route, a campus where it makes a difference."""
    said = lines(
        '[[routes]]\nid = "red"\nto = ["leader"]\nseverities = ["critical"]\ncontinue = true\n'
        '[[routes]]\nid = "new"\nto = ["duty"]\ncampuses = ["新校区"]\ntopics = ["fees"]\n'
    )
    assert "critical: fees on 新校区 -> red (leader) and new (duty)" in said
    assert "info: fees on 新校区 -> new (duty)" in said
    assert "info: every topic -> the usual way" in said


def test_a_season_says_what_it_changes_and_whether_it_holds() -> None:
    """Ten instead of five, and whether today."""
    window = (
        '[[calendar.windows]]\nid = "w"\nname = "招生季"\nbegins = "{}"\nends = "{}"\nfactor = {{ admissions = 2.0 }}\n'
    )
    assert "window 招生季 (11-01 to 12-20), holds today: admissions in rule crowd: 10 instead of 5" in lines(
        window.format("11-01", "12-20")
    )
    assert any("does not hold today" in line for line in lines(window.format("01-01", "02-20")))


def test_no_inhibition_and_own_steps_are_said() -> None:
    """An empty `inhibit` and written steps stand there as written."""
    said = lines('[[alerting.wake]]\nafter = "2m"\nby = ["voice"]\n')
    assert "when nobody takes it: 2m same by voice" in said
    config = parse_config("inhibit = []\n" + SCHOOL + RULE, "t.toml")
    assert "no matter covers another" in list(describe_policy(config, NOW))
