"""Users, sessions, the one-time set-up link and the limit on guessing. All state is in SQL.

A session cookie is 256 random bits; only its sha256 is stored, so a copy of the database opens nothing.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, delete, func, insert, select, update

from pipeline.store.schema import attempts, keep, sessions, users

Role = Literal["viewer", "officer", "editor", "operator"]
ROLES: tuple[Role, ...] = ("viewer", "officer", "editor", "operator")

GUESSES, GUESS_WINDOW = 10, timedelta(minutes=15)
SETUP_LIFE = timedelta(hours=24)
PASSWORD_LENGTH = 10
_HASHER = PasswordHasher()
# An unknown user costs the same time as a wrong password: this hash is checked instead.
_NOBODY = _HASHER.hash(secrets.token_hex(16))
_USER_NAME = re.compile(r"[\w.-]{2,40}")


@dataclass(frozen=True, slots=True)
class User:
    """Who is looking. `anonymous` readers exist only on an open loopback."""

    name: str
    role: Role
    anonymous: bool = False

    def may(self, role: Role) -> bool:
        """True when this user's role includes `role` (operator > editor > officer > viewer)."""
        return ROLES.index(self.role) >= ROLES.index(role)


def count_users(conn: Connection) -> int:
    """How many people can log in."""
    return conn.scalar(select(func.count()).select_from(users)) or 0


def add_user(conn: Connection, name: str, password: str, role: Role, now: datetime) -> str | None:
    """Store a user, or say in one sentence why not."""
    refusal = _refuse_user(name, password, role)
    if refusal:
        return refusal
    if conn.scalar(select(users.c.name).where(users.c.name == name)) is not None:
        return f"a user called {name} exists already"
    conn.execute(insert(users).values(name=name, password=_HASHER.hash(password), role=role, made=now))
    return None


def set_password(conn: Connection, name: str, password: str) -> str | None:
    """Replace a password and end that user's sessions; a sentence when it cannot be done."""
    if len(password) < PASSWORD_LENGTH:
        return f"the password needs at least {PASSWORD_LENGTH} characters"
    changed = conn.execute(update(users).where(users.c.name == name).values(password=_HASHER.hash(password)))
    conn.execute(delete(sessions).where(sessions.c.user == name))
    return None if changed.rowcount else f"there is no user called {name}"


def remove_user(conn: Connection, name: str) -> bool:
    """Delete a user and their sessions; False when there was none."""
    conn.execute(delete(sessions).where(sessions.c.user == name))
    return conn.execute(delete(users).where(users.c.name == name)).rowcount > 0


def check_password(conn: Connection, name: str, password: str) -> User | None:
    """The user whose password this is. Takes the same time for an unknown name."""
    able = (users.c.name == name) & users.c.disabled.is_(None)
    row = conn.execute(select(users.c.password, users.c.role).where(able)).first()
    try:
        _HASHER.verify(row.password if row else _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return None
    return User(name, row.role) if row else None


def open_session(conn: Connection, user: str, now: datetime, hours: float) -> str:
    """A new session; returns the cookie value, of which only the hash is kept."""
    cookie = secrets.token_urlsafe(32)
    conn.execute(delete(sessions).where(sessions.c.expires < now))
    conn.execute(insert(sessions).values(id=digest(cookie), user=user, expires=now + timedelta(hours=hours)))
    return cookie


def read_session(conn: Connection, cookie: str, now: datetime) -> User | None:
    """Who the cookie belongs to, None when it is unknown or has run out."""
    row = conn.execute(
        select(users.c.name, users.c.role)
        .join(sessions, sessions.c.user == users.c.name)
        .where(sessions.c.id == digest(cookie), sessions.c.expires > now, users.c.disabled.is_(None))
    ).first()
    return User(row.name, row.role) if row else None


def find_able(conn: Connection, name: str) -> User | None:
    """The account that another door (a provider, a proxy) vouches for; None without one, or while it is disabled."""
    row = conn.execute(select(users.c.role).where(users.c.name == name, users.c.disabled.is_(None))).first()
    return User(name, row.role) if row else None


def close_sessions(conn: Connection, name: str) -> None:
    """End every session of a user."""
    conn.execute(delete(sessions).where(sessions.c.user == name))


def close_session(conn: Connection, cookie: str) -> None:
    """Forget a session."""
    conn.execute(delete(sessions).where(sessions.c.id == digest(cookie)))


def is_guessing(conn: Connection, keys: tuple[str, ...], now: datetime) -> bool:
    """True when any key failed 10 times in the last 15 minutes. No permanent lock."""
    since = now - GUESS_WINDOW
    query = select(attempts.c.key).where(attempts.c.key.in_(keys), attempts.c.at > since)
    found = query.group_by(attempts.c.key).having(func.count() >= GUESSES)
    return conn.execute(found).first() is not None


def note_failure(conn: Connection, keys: tuple[str, ...], now: datetime) -> None:
    """Remember a failed login under each key; old ones are dropped."""
    conn.execute(delete(attempts).where(attempts.c.at < now - GUESS_WINDOW))
    conn.execute(insert(attempts), [{"key": key, "at": now} for key in keys])


def guess_keys(name: str, address: str) -> tuple[str, ...]:
    """The keys a failed login counts under: this name from this address, and this address over all names."""
    return (digest(f"user {name} {address}")[:32], digest(f"address {address}")[:32])


def make_setup_token(conn: Connection, now: datetime) -> str | None:
    """A one-time token for making the first user, valid 24 h; None when a user exists. Replaces an earlier one."""
    if count_users(conn):
        return None
    token = secrets.token_urlsafe(24)
    conn.execute(delete(keep).where(keep.c.key == "setup"))
    conn.execute(insert(keep).values(key="setup", value=f"{digest(token)} {(now + SETUP_LIFE).isoformat()}"))
    return token


def is_setup_token(conn: Connection, token: str, now: datetime) -> bool:
    """True while `token` may make the first user."""
    value = conn.scalar(select(keep.c.value).where(keep.c.key == "setup"))
    if value is None or count_users(conn):
        return False
    stored, expires = value.split(" ", 1)
    return secrets.compare_digest(stored, digest(token)) and now < datetime.fromisoformat(expires)


def spend_setup_token(conn: Connection) -> None:
    """The set-up link has been used."""
    conn.execute(delete(keep).where(keep.c.key == "setup"))


def digest(text: str) -> str:
    """sha256 as hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def _refuse_user(name: str, password: str, role: str) -> str | None:
    if not _USER_NAME.fullmatch(name):
        return "a user name has 2 to 40 letters, digits, dots or hyphens"
    if len(password) < PASSWORD_LENGTH:
        return f"the password needs at least {PASSWORD_LENGTH} characters"
    if role not in ROLES:
        return f"{role} is not a role: {', '.join(ROLES)}"
    return None
