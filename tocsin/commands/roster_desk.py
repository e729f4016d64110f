"""What the subcommands of `tocsin roster` share: the opened house, reading what people write, and listing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click
from sqlalchemy import Connection, select

from alerts.duty.moments import read_day, read_moment, write_moment
from alerts.duty.people import find_id
from alerts.free_text import Clean, make_clean
from alerts.roster import Roster, list_stretches
from alerts.taps import Refused
from pipeline.store.engine import writing
from pipeline.store.schema import officers, shifts
from pipeline.store.schema_duty import rotations, swaps
from tocsin.config import load_config
from tocsin.house import House, open_house

if TYPE_CHECKING:
    from alerts.duty.files import Shelf


@dataclass(frozen=True, slots=True)
class Office:
    """An opened house with what every subcommand needs."""

    house: House
    zone: ZoneInfo
    clean: Clean

    @property
    def now(self) -> datetime:
        """The house's clock."""
        return self.house.clock()


def open_office(config_path: Path) -> Office:
    """Open the house. Raises ConfigError."""
    house = open_house(load_config(config_path))
    names = [*house.config.school.names, *(one.name for one in house.config.sources if one.name)]
    return Office(house, ZoneInfo(house.config.school.timezone), make_clean(names))


def change(office: Office, act: Callable[[Connection], str | Refused | None]) -> str:
    """Do it in one transaction. Raises UsageError with the sentence when it is refused; nothing is changed then."""
    with writing(office.house.engine) as conn:
        answer = act(conn)
        if isinstance(answer, Refused):
            raise click.UsageError(answer.why)
    return answer or ""


def say_why(office: Office, text: str) -> str:
    """The reason as it may be kept. Raises UsageError for what is refused."""
    cleaned = office.clean(text, 200)
    if isinstance(cleaned, Refused):
        raise click.UsageError(cleaned.why)
    return cleaned


def need_officer(conn: Connection, said: str) -> str:
    """The id of the officer that `said` names. Raises UsageError."""
    known = {row.id: row.name for row in conn.execute(select(officers.c.id, officers.c.name))}
    found = find_id(known, said.strip())
    if found is None:
        raise click.UsageError(f"there is no officer '{said}'; there are {', '.join(known.values()) or 'none yet'}")
    return found


def need_moment(text: str, zone: ZoneInfo) -> datetime:
    """A local time. Raises UsageError."""
    found = read_moment(text, zone)
    if found is None:
        raise click.UsageError(f"'{text}' is not a time such as '2026-11-24 08:30'")
    return found


def need_day(text: str) -> date:
    """A date. Raises UsageError."""
    found = read_day(text)
    if found is None:
        raise click.UsageError(f"'{text}' is not a date such as 2026-11-24")
    return found


def print_stretches(found: Roster, now: datetime, days: int, zone: ZoneInfo) -> None:
    """Who is on duty now, then each stretch of the coming days."""
    names = {officer.id: officer.name for officer in found.officers}
    click.echo(f"on duty now: {', '.join(one.name for one in found.on_duty(now)) or 'nobody'}")
    for one in list_stretches(found, now, now + timedelta(days=days)):
        who = ", ".join(names[key] for key in one.officers) or "-- nobody --"
        click.echo(f"  {write_moment(one.begins, zone)}  {write_moment(one.ends, zone)}  {who}")


def list_entries(conn: Connection, zone: ZoneInfo) -> list[str]:
    """Every officer, rotation, shift and swap in one line."""
    lines = [f"officer   {row.id}  {row.name}  {row.role}  {', '.join(sorted(row.addresses)) or 'no address'}"
             for row in conn.execute(select(officers).order_by(officers.c.id))]  # fmt: skip
    for row in conn.execute(select(rotations).order_by(rotations.c.starts)):
        rule = f"from {row.starts}{f' to {row.ends}' if row.ends else ''} at {row.clock}, every {row.days} days"
        lines.append(f"rotation  {row.id}  {row.name}  {rule}: {', '.join(one or '-' for one in row.members)}")
    for row in conn.execute(select(shifts).order_by(shifts.c.begins)):
        span = f"{write_moment(row.begins, zone)} to {write_moment(row.ends, zone)}"
        stands_in = f", {row.substitute} stands in" if row.substitute else ""
        lines.append(f"{row.kind:9} {row.id}  {row.officer}  {span}{stands_in}")
    changed = conn.execute(select(swaps).order_by(swaps.c.made))
    return [*lines, *(f"swap      {row.id}  {row.first} for {row.second} in {row.rotation}" for row in changed)]


def make_shelf(office: Office) -> "Shelf":
    """What the roster's files need to know."""
    from alerts.duty.files import Shelf

    config = office.house.config
    return Shelf(office.zone, config.channels, config.duty.headings, office.clean, config.school.name)
