"""Checks of the calendar, routes, departments, inhibitions, waking, digest, help card and names of levels."""

from collections.abc import Iterator

from alerts.policy import (
    Fault,
    find_care_faults,
    find_department_faults,
    find_digest_faults,
    find_inhibit_faults,
    find_route_faults,
    find_severity_faults,
    find_wake_faults,
)
from alerts.season import find_calendar_faults
from tocsin.config import Config
from tocsin.problem import Problem


def check_calendar(config: Config) -> Iterator[Problem]:
    """Windows of the school's year can be read, and none makes safety or health quieter."""
    for index, setting, sentence in find_calendar_faults(config.calendar):
        yield Problem(f"$.calendar.windows[{index}].{setting}", sentence)


def check_policy(config: Config) -> Iterator[Problem]:
    """Everything about who is told when: what is named exists, what is graver is never hidden."""
    for path, sentence in _find_faults(config):
        yield Problem(f"$.{path}", sentence)


def _find_faults(config: Config) -> Iterator[Fault]:
    campuses = config.school.campuses
    for table, ids in (
        ("routes", [one.id for one in config.routes]),
        ("departments", [one.id for one in config.departments]),
    ):
        for index, name in enumerate(ids):
            if name in ids[:index]:
                yield f"{table}[{index}].id", f"two {table} have the id '{name}'"
    yield from find_route_faults(config.routes, config.departments, config.channels, campuses)
    yield from find_department_faults(config.departments, config.channels, campuses)
    yield from find_inhibit_faults(config.inhibit)
    yield from find_wake_faults(config.alerting.wake or ())
    yield from find_digest_faults(config.digest)
    yield from find_care_faults(config.care)
    yield from find_severity_faults({level.value: one for level, one in config.alerting.severities.items()})
