"""A roster for tests: a store in memory, officers by name, wall times of a zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from store_kit import a_store

from alerts.duty.entries import RotationPlan, ShiftPlan, add_rotation, add_shift, add_swap
from alerts.duty.files import Shelf, make_body, take_body
from alerts.duty.people import By, add_officer
from alerts.free_text import make_clean
from alerts.roster import Roster, load_roster
from alerts.settings import ChannelSpec
from alerts.taps import Refused
from pipeline.store.engine import reading, writing

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
CHANNELS = (ChannelSpec("mail", "email", to=["duty@h.example"]), ChannelSpec("chat", "slack", target="C1"))
NAMES = ("li", "wang", "zhao")
MONDAY = date(2026, 11, 23)


def wall(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    """A wall time of a zone, as a moment."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


class Rota:
    """An office that enters things; every verb returns the id, or the sentence of the refusal."""

    def __init__(self, zone: ZoneInfo = SHANGHAI, names: tuple[str, ...] = NAMES) -> None:
        self.engine, self.zone = a_store().engine, zone
        self.by = By("li", wall("2026-11-20 12:00", zone))
        self.shelf = Shelf(zone, CHANNELS, {}, make_clean(["海川学院"]), "海川学院")
        for name in names:
            self.officer(name, mail=f"{name}@h.example")

    def officer(self, name: str, role: str = "officer", key: str = "", **addresses: str) -> str:
        return self._do(lambda conn: add_officer(conn, name, role, addresses, CHANNELS, self.by, key))

    def rotation(self, *members: str, starts: date = MONDAY, clock: time = time(8, 30), days: int = 7,
                 weekday: int = 0, replaces: bool = False, **more: object) -> str:  # fmt: skip
        plan = RotationPlan(members or NAMES, starts, weekday, clock, days, self.zone, **more)  # type: ignore[arg-type]
        return self._do(lambda conn: add_rotation(conn, plan, self.by, replaces))

    def shift(self, kind: str, officer: str, begins: str, ends: str, substitute: str = "") -> str:
        plan = ShiftPlan(kind, officer, wall(begins, self.zone), wall(ends, self.zone), "", substitute)  # type: ignore[arg-type]
        return self._do(lambda conn: add_shift(conn, plan, self.by))

    def swap(self, rotation: str, first: date, second: date) -> str:
        return self._do(lambda conn: add_swap(conn, rotation, first, second, "", self.by))

    def take(self, body: bytes, name: str) -> tuple[int, list[str]]:
        """Read a file as the command does: nothing stays when something is wrong."""
        with self.engine.connect() as conn:
            stored, faults = take_body(conn, body, name, self.shelf, self.by)
            if faults:
                conn.rollback()
            else:
                conn.commit()
        return stored, faults

    def make(self, kind: str, now: datetime, days: int = 84) -> bytes:
        with reading(self.engine) as conn:
            return make_body(conn, kind, self.shelf, now, days)

    def roster(self) -> Roster:
        with reading(self.engine) as conn:
            return load_roster(conn)

    def on_duty(self, text: str) -> list[str]:
        """Who is on duty at a wall time."""
        return [one.id for one in self.roster().on_duty(wall(text, self.zone))]

    def _do(self, act: object) -> str:
        with writing(self.engine) as conn:
            answer = act(conn)  # type: ignore[operator]
        return answer.why if isinstance(answer, Refused) else answer or ""


__all__ = ["BERLIN", "CHANNELS", "MONDAY", "NAMES", "SHANGHAI", "Rota", "timedelta", "wall"]
