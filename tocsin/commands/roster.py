"""`tocsin roster`: who is on duty, entering it, files in and out, and how good it is."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sqlalchemy import Connection, select

from alerts.duty.calendar_days import load_calendar
from alerts.duty.entries import (
    RotationPlan,
    ShiftPlan,
    add_rotation,
    add_shift,
    add_swap,
    delete_entry,
    drop_old,
)  # fmt: skip
from alerts.duty.moments import read_clock, read_weekday
from alerts.duty.people import ROLES, By, add_officer, remove_officer
from alerts.duty.quality import FAIR_DAYS, NEAR_DAYS, rate_roster, say_finding
from alerts.roster import load_roster
from alerts.taps import Refused
from pipeline.store.engine import reading, writing
from pipeline.store.schema_duty import rotations
from tocsin.commands.options import CONFIG
from tocsin.commands.roster_desk import (
    change,
    list_entries,
    make_shelf,
    need_day,
    need_moment,
    need_officer,
    open_office,
    print_stretches,
    say_why,
)

if TYPE_CHECKING:
    pass

WHO = click.option("--as", "who", default=lambda: os.environ.get("USER", "operator"), help="Who says so.")
WHY = click.option("--why", default="", help="The reason; masked before it is kept.")


@click.group()
def roster() -> None:
    """The duty roster: who is told, now and in the next days."""


@roster.command()
@CONFIG
@click.option("--days", type=click.IntRange(1, 120), default=NEAR_DAYS, show_default=True)
@click.option("--entries", is_flag=True, help="Also list what was entered, with the ids that `delete` takes.")
def show(config_path: Path, days: int, entries: bool) -> None:
    """Who is on duty now and in the next days."""
    office = open_office(config_path)
    with reading(office.house.engine) as conn:
        found = load_roster(conn)
        listed = list_entries(conn, office.zone) if entries else []
    if not found.officers:
        click.echo(
            "nobody is on the roster: every duty channel gets every alert; begin with `tocsin roster add-officer`"
        )
    else:
        print_stretches(found, office.now, days, office.zone)
    for line in listed:
        click.echo(line)


@roster.command("add-officer")
@CONFIG
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="officer", show_default=True)
@click.option("--address", "addresses", multiple=True, metavar="CHANNEL=ADDRESS", help="Repeat for each channel.")
@click.option("--id", "key", default="", help="A short id; made from the name when not given.")
@WHO
def add_officer_command(
    config_path: Path, name: str, role: str, addresses: tuple[str, ...], key: str, who: str
) -> None:
    """Put NAME (a role or a short name) on the roster, or change who is there already."""
    office = open_office(config_path)
    pairs = [one.partition("=") for one in addresses]
    if any(not middle for _, middle, _ in pairs):
        raise click.UsageError("an address is written CHANNEL=ADDRESS, for instance duty-mail=li@example.org")
    given = {channel.strip(): value for channel, _, value in pairs}
    channels, by = office.house.config.channels, By(who, office.now)
    click.echo(change(office, lambda conn: add_officer(conn, name, role, given, channels, by, key)))


@roster.command()
@CONFIG
@click.argument("members", metavar="MEMBERS")
@click.option("--handover", required=True, help="'Mon 08:30' for weeks, '08:30' for days.")
@click.option("--start", required=True, help="The first day, for instance 2026-11-30.")
@click.option("--end", "last", default="", help="The day of the last handover; none when not given.")
@click.option("--length", type=click.Choice(["week", "day"]), default="week", show_default=True)
@click.option("--name", default="", help="What the office calls it.")
@click.option("--replace", is_flag=True, help="The rotations in force end where this one begins.")
@WHO
def rotation(
    config_path: Path, members: str, handover: str, start: str, last: str, length: str, name: str, replace: bool,
    who: str,
) -> None:  # fmt: skip
    """Officers take turns: MEMBERS are names in order, separated by commas."""
    office = open_office(config_path)
    day, _, clock = handover.strip().rpartition(" ")
    at, weekday = read_clock(clock), read_weekday(day) if day else 0
    if at is None or weekday is None or (length == "week" and not day):
        raise click.UsageError(f"'{handover}' is not a handover such as 'Mon 08:30' (weeks) or '08:30' (days)")

    def act(conn: Connection) -> str | Refused:
        people = tuple(need_officer(conn, one) for one in members.split(",") if one.strip())
        plan = RotationPlan(
            people, need_day(start), weekday, at, 7 if length == "week" else 1, office.zone, name,
            need_day(last) if last else None,
        )  # fmt: skip
        return add_rotation(conn, plan, By(who, office.now), replace)

    click.echo(change(office, act))


@roster.command()
@CONFIG
@click.argument("officer")
@click.argument("begins")
@click.argument("ends")
@WHY
@WHO
def override(config_path: Path, officer: str, begins: str, ends: str, why: str, who: str) -> None:
    """OFFICER takes over from BEGINS to ENDS, whoever is on duty then."""
    enter_shift(config_path, "override", officer, begins, ends, why, "", who)


@roster.command()
@CONFIG
@click.argument("officer")
@click.argument("begins")
@click.argument("ends")
@click.option("--substitute", default="", help="Who stands in.")
@WHY
@WHO
def leave(config_path: Path, officer: str, begins: str, ends: str, substitute: str, why: str, who: str) -> None:
    """OFFICER is away from BEGINS to ENDS and is not told then."""
    enter_shift(config_path, "leave", officer, begins, ends, why, substitute, who)


def enter_shift(
    config_path: Path, kind: str, officer: str, begins: str, ends: str, why: str, substitute: str, who: str
) -> None:
    """Store an override or a leave and say its id."""
    office = open_office(config_path)
    reason = say_why(office, why)

    def act(conn: Connection) -> str | Refused:
        stands_in = need_officer(conn, substitute) if substitute else ""
        first, last = need_moment(begins, office.zone), need_moment(ends, office.zone)
        plan = ShiftPlan(kind, need_officer(conn, officer), first, last, reason, stands_in)  # type: ignore[arg-type]
        return add_shift(conn, plan, By(who, office.now))

    click.echo(change(office, act))


@roster.command()
@CONFIG
@click.argument("first")
@click.argument("second")
@click.option("--rotation", "key", default="", help="Which one, when there are several.")
@WHY
@WHO
def swap(config_path: Path, first: str, second: str, key: str, why: str, who: str) -> None:
    """The turns that begin on the days FIRST and SECOND change hands."""
    office = open_office(config_path)
    reason = say_why(office, why)

    def act(conn: Connection) -> str | Refused:
        known = list(conn.scalars(select(rotations.c.id)))
        if not key and len(known) != 1:
            return Refused(f"say --rotation: {'there are ' + ', '.join(known) if known else 'there is none yet'}")
        return add_swap(conn, key or known[0], need_day(first), need_day(second), reason, By(who, office.now))

    click.echo(change(office, act))


@roster.command()
@CONFIG
@click.argument("what", type=click.Choice(["officer", "rotation", "shift", "swap"]))
@click.argument("key")
@click.option("--why", required=True, help="The reason; masked before it is kept.")
@WHO
def delete(config_path: Path, what: str, key: str, why: str, who: str) -> None:
    """Take an entry back. A shift is also an override or a leave; `show --entries` lists the ids."""
    office = open_office(config_path)
    reason, by = say_why(office, why), By(who, office.now)
    if what == "officer":
        change(office, lambda conn: remove_officer(conn, key, reason, by))
    else:
        change(office, lambda conn: delete_entry(conn, what, key, reason, by))


@roster.command("check")
@CONFIG
def check_command(config_path: Path) -> None:
    """How good the roster is: gaps, two at once, nobody reachable, unfair shares."""
    office = open_office(config_path)
    config = office.house.config
    with reading(office.house.engine) as conn:
        found, calendar = load_roster(conn), load_calendar(conn, config.calendar, office.zone)
    quality = rate_roster(found, [channel.id for channel in config.channels], calendar, office.now)
    click.echo(f"score {quality.score} of 100; {quality.covered:.0%} of the next {NEAR_DAYS} days are covered")
    for finding in quality.findings:
        click.echo(f"{'!! ' if finding.serious else '   '} {say_finding(finding, calendar)}")
    click.echo(f"hours in the next {FAIR_DAYS} days: all, by night, on days off, above the mean")
    for one in quality.shares:
        click.echo(f"    {one.name}: {one.hours:g}, {one.night:g}, {one.off:g}, {one.deviation:+d} %")
    if any(finding.serious for finding in quality.findings):
        raise click.exceptions.Exit(1)


@roster.command("import")
@CONFIG
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@WHO
def import_file(config_path: Path, file: Path, who: str) -> None:
    """Read a roster from an XLSX or iCalendar FILE; all of it or nothing."""
    from alerts.duty.files import MOST_BYTES, take_body

    office = open_office(config_path)
    if file.stat().st_size > MOST_BYTES:
        raise click.UsageError(f"{file.name} is larger than {MOST_BYTES // 1_000_000} MB")
    with writing(office.house.engine) as conn:
        drop_old(conn, office.now)
        stored, faults = take_body(conn, file.read_bytes(), file.name, make_shelf(office), By(who, office.now))
        if faults:
            raise click.UsageError(f"{file.name}, nothing was stored: " + "\n  ".join(faults))
    click.echo(f"{stored} entries are on the roster")


@roster.command("export")
@CONFIG
@click.option("--ics", "kind", flag_value="ics", default=True, help="Who is on duty when, for calendars.")
@click.option("--xlsx", "kind", flag_value="xlsx", help="Everything that was entered, to edit and import again.")
@click.option("--days", type=click.IntRange(1, 400), default=FAIR_DAYS, show_default=True, help="How far, for --ics.")
@click.option("--to", "target", type=click.Path(path_type=Path), help="The file; default: roster.ics or roster.xlsx.")
def export_file(config_path: Path, kind: str, days: int, target: Path | None) -> None:
    """Write the roster as iCalendar or XLSX."""
    from alerts.duty.files import make_body

    office = open_office(config_path)
    with reading(office.house.engine) as conn:
        body = make_body(conn, kind, make_shelf(office), office.now, days)
    chosen = target or Path(f"roster.{kind}")
    chosen.write_bytes(body)
    click.echo(chosen)
