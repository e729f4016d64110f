"""Accounts as an operator looks after them: invitations and new passwords by one-time link, roles, disabling.

The last operator who can log in is never demoted, disabled or removed. A link is 192 random bits of which only the
hash is stored; it is good for three days and once.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, update

from dashboards.auth import ROLES, Role, add_user, digest, set_password
from pipeline.store.schema import sessions, users
from pipeline.store.schema_desk import invites

INVITE_LIFE = timedelta(days=3)
LAST_OPERATOR = "this is the last operator who can log in; make another one first"
UNKNOWN = "there is no such account"


@dataclass(frozen=True, slots=True)
class Account:
    """One account. `sessions` are open browsers; `disabled` since when nobody can log in with it."""

    name: str
    role: str
    made: datetime
    disabled: datetime | None
    sessions: int


@dataclass(frozen=True, slots=True)
class Invite:
    """What a one-time link allows: a new account of `role`, or a new password for `user`."""

    role: Role
    user: str | None
    expires: datetime


def list_accounts(conn: Connection, now: datetime) -> list[Account]:
    """All accounts by name."""
    open_now = (
        select(sessions.c.user, func.count().label("n")).where(sessions.c.expires > now).group_by(sessions.c.user)
    )
    counted = open_now.subquery()
    query = select(users, func.coalesce(counted.c.n, 0).label("n")).outerjoin(counted, counted.c.user == users.c.name)
    return [Account(r.name, r.role, r.made, r.disabled, r.n) for r in conn.execute(query.order_by(users.c.name))]


def make_invite(conn: Connection, role: str, user: str | None, by: str, now: datetime) -> str | None:
    """A token for a new account of `role`, or for a new password of `user`; None for an unknown role or user. An
    earlier link for the same password is void."""
    if role not in ROLES or (user is not None and role_of(conn, user) is None):
        return None
    token = secrets.token_urlsafe(24)
    stale = invites.c.expires < now
    conn.execute(delete(invites).where(stale if user is None else stale | (invites.c.user == user)))
    row = {"user": user, "role": role, "expires": now + INVITE_LIFE, "made_by": by}
    conn.execute(insert(invites).values(id=digest(token), **row))
    return token


def read_invite(conn: Connection, token: str, now: datetime) -> Invite | None:
    """What a link allows; None when it was used, withdrawn or has expired."""
    row = conn.execute(select(invites).where(invites.c.id == digest(token), invites.c.expires > now)).first()
    return Invite(row.role, row.user, row.expires) if row else None


def accept_invite(conn: Connection, token: str, name: str, password: str, now: datetime) -> str | None:
    """Make the account or set the password, and spend the link; a sentence when it cannot be."""
    invite = read_invite(conn, token, now)
    if invite is None:
        return "this link has been used or has expired"
    old = invite.user
    refusal = set_password(conn, old, password) if old else add_user(conn, name, password, invite.role, now)
    if refusal is None:
        conn.execute(delete(invites).where(invites.c.id == digest(token)))
    return refusal


def count_invites(conn: Connection, now: datetime) -> int:
    """Links for new accounts that were not used yet."""
    query = select(func.count()).select_from(invites).where(invites.c.expires > now, invites.c.user.is_(None))
    return conn.scalar(query) or 0


def withdraw_invites(conn: Connection) -> int:
    """Make all links for new accounts void; returns how many."""
    return conn.execute(delete(invites).where(invites.c.user.is_(None))).rowcount


def role_of(conn: Connection, name: str) -> str | None:
    """The role of an account, None without one."""
    return conn.scalar(select(users.c.role).where(users.c.name == name))


def is_last_operator(conn: Connection, name: str) -> bool:
    """True when nobody else who can log in is an operator."""
    able = (users.c.role == "operator") & users.c.disabled.is_(None)
    names = conn.scalars(select(users.c.name).where(able)).all()
    return list(names) == [name]


def change_role(conn: Connection, name: str, role: str) -> str | None:
    """Give an account another role; a sentence when it cannot be."""
    if role_of(conn, name) is None:
        return UNKNOWN
    if role not in ROLES:
        return f"{role} is not a role: {', '.join(ROLES)}"
    if role != "operator" and is_last_operator(conn, name):
        return LAST_OPERATOR
    conn.execute(update(users).where(users.c.name == name).values(role=role))
    return None


def disable(conn: Connection, name: str, now: datetime) -> str | None:
    """Nobody logs in with it any more; open sessions and links end. Acts keep its name."""
    if role_of(conn, name) is None:
        return UNKNOWN
    if is_last_operator(conn, name):
        return LAST_OPERATOR
    conn.execute(update(users).where(users.c.name == name).values(disabled=now))
    conn.execute(delete(invites).where(invites.c.user == name))
    end_sessions(conn, name)
    return None


def enable(conn: Connection, name: str) -> str | None:
    """It can be used again, with its old password."""
    changed = conn.execute(update(users).where(users.c.name == name).values(disabled=None))
    return None if changed.rowcount else UNKNOWN


def end_sessions(conn: Connection, name: str) -> int:
    """Every browser of an account is logged out; returns how many."""
    return conn.execute(delete(sessions).where(sessions.c.user == name)).rowcount
