"""Officers of the roster: who can be on duty and where a message reaches them. Each change is audited."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import get_args

from sqlalchemy import Connection, delete, select

from alerts.plain import plain
from alerts.roster import Role
from alerts.settings import ChannelSpec
from alerts.taps import Refused
from pipeline.store.audit import append_audit
from pipeline.store.schema import officers, shifts
from pipeline.store.schema_duty import rotations
from pipeline.store.statements import insert_or_update

ROLES: tuple[str, ...] = get_args(Role)
PHONE = "phone"
MOST_OFFICERS = 200
_MAIL = re.compile(r"[^\s@<>,;:\"]{1,64}@[\w\-]+(\.[\w\-]+)+")
_NUMBER = re.compile(r"\+?[0-9][0-9 \-]{4,24}")
_USER = re.compile(r"[\w.@+:\-]{1,100}")
_SLUG = re.compile(r"[a-z0-9][a-z0-9._\-]{0,39}")
NUMBERED = ("aliyun", "tencent", "twilio")


@dataclass(frozen=True, slots=True)
class By:
    """Who changes the roster, and when."""

    who: str
    now: datetime


def add_officer(
    conn: Connection, name: str, role: str, addresses: Mapping[str, str], channels: Sequence[ChannelSpec], by: By,
    key: str = "",
) -> str | Refused:  # fmt: skip
    """Put somebody on the roster, or change who is there already (same id, else same name); returns the id.

    `name` is what the office calls them: a role or a short name. `addresses` are by channel id, or `phone`; those that
    are not given stay, an empty one goes.
    """
    short, known = plain(name, 40), {row.id: row.name for row in conn.execute(select(officers.c.id, officers.c.name))}
    made = key or find_id(known, short) or _new_id(short, role, known)
    wrong = _check_officer(short, role, made, known) or check_addresses(addresses, channels)
    if wrong:
        return Refused(wrong)
    before = conn.scalar(select(officers.c.addresses).where(officers.c.id == made)) or {}
    kept = {name: plain(value, 100) for name, value in {**before, **addresses}.items() if value.strip()}
    insert_or_update(conn, officers, [{"id": made, "name": short, "role": role, "addresses": kept}])
    append_audit(conn, by.now, by.who, "roster_officer", made, f"{role}; {', '.join(sorted(kept)) or 'no address'}")
    return made


def _check_officer(name: str, role: str, key: str, known: Mapping[str, str]) -> str | None:
    if not name:
        return "an officer needs a name: a role or a short name"
    if role not in ROLES:
        return f"'{plain(role, 40)}' is not a role; there are {', '.join(ROLES)}"
    if not _SLUG.fullmatch(key):
        return f"the id '{plain(key, 40)}' may have small letters, digits, dots, - and _ only"
    if any(other == name and one != key for one, other in known.items()):
        return f"there is another officer called '{name}'"
    if key not in known and len(known) >= MOST_OFFICERS:
        return f"the roster has room for {MOST_OFFICERS} officers"
    return None


def _new_id(name: str, role: str, known: Mapping[str, str]) -> str:
    """The name itself where it can be an id, else the role with the next number: what pages and logs show."""
    slug = name.lower().replace(" ", "-")
    if _SLUG.fullmatch(slug) and slug not in known:
        return slug
    return next(made for number in count(1) if (made := f"{role}-{number}") not in known)


def find_id(known: Mapping[str, str], said: str) -> str | None:
    """The officer that `said` names, by id or by name; None when there is none."""
    if said in known:
        return said
    return next((key for key, name in known.items() if name == said), None)


def check_addresses(addresses: Mapping[str, str], channels: Sequence[ChannelSpec]) -> str | None:
    """What is wrong with the addresses in one sentence: a channel that is not configured, or one that cannot be read."""
    kinds = {channel.id: channel.kind for channel in channels}
    for channel, value in addresses.items():
        if channel != PHONE and channel not in kinds:
            return f"there is no channel '{plain(channel, 40)}'; there are {', '.join([*kinds, PHONE])}"
        wrong = value.strip() and check_address(PHONE if channel == PHONE else kinds[channel], value.strip())
        if wrong:
            return f"{channel}: {wrong}"
    return None


def check_address(kind: str, value: str) -> str | None:
    """What is wrong with one address of a channel of this kind."""
    if kind == "email":
        return None if _MAIL.fullmatch(value) else f"'{plain(value, 40)}' is not a mail address"
    if kind == PHONE or kind in NUMBERED:
        return None if _NUMBER.fullmatch(value) else f"'{plain(value, 40)}' is not a telephone number"
    return None if _USER.fullmatch(value) else f"'{plain(value, 40)}' is not an id of a user there"


def remove_officer(conn: Connection, key: str, why: str, by: By) -> Refused | None:
    """Take somebody off the roster; refused while a rotation still counts on them, and without a reason."""
    if not why:
        return Refused("say why")
    if conn.scalar(select(officers.c.id).where(officers.c.id == key)) is None:
        return Refused("there is no such officer")
    for row in conn.execute(select(rotations.c.name, rotations.c.members)):
        if key in row.members:
            return Refused(f"still in the rotation '{row.name}'; end or delete that one first")
    conn.execute(delete(shifts).where((shifts.c.officer == key) | (shifts.c.substitute == key)))
    conn.execute(delete(officers).where(officers.c.id == key))
    append_audit(conn, by.now, by.who, "roster_remove_officer", key, why)
    return None
