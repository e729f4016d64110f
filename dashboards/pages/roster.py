"""The duty roster: fourteen days, who now, how good it is, and forms for everything that can be entered or taken back."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from alerts.duty.calendar_days import clear_day, list_days, load_calendar, set_day
from alerts.duty.entries import RotationPlan, ShiftPlan, add_rotation, add_shift, add_swap, delete_entry, drop_old
from alerts.duty.moments import read_clock, read_day, read_moment
from alerts.duty.people import PHONE, ROLES, By, add_officer, find_id, remove_officer
from alerts.duty.quality import FAIR_DAYS, NEAR_DAYS, rate_roster
from alerts.free_text import make_clean
from alerts.roster import load_roster
from alerts.taps import Refused
from alerts.workdays import unknown_year
from dashboards.call import Call, View, missing
from dashboards.queries.roster import coming_turns, list_entries, strip_of
from dashboards.refusals import say_refusal
from pipeline.store.engine import writing

if TYPE_CHECKING:
    from alerts.duty.files import Shelf  # openpyxl and icalendar are loaded when a file is asked for

Answer = str | Refused | None
WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def show_roster(call: Call) -> View:
    """The page."""
    return roster_page(call)


def roster_page(call: Call, problems: tuple[str, ...] = ()) -> View:
    """The page, with the sentences of a refusal when there was one."""
    conn, now, loaded = call.conn, call.now, call.context.loaded
    roster, zone = load_roster(conn), zone_of(call)
    calendar = load_calendar(conn, loaded.calendar, zone)
    channels = [channel.id for channel in loaded.channels]
    today = now.astimezone(zone).date()
    data = {
        "on_duty": [one.name for one in roster.on_duty(now)],
        "next_up": [one.name for one in roster.next_up(now)],
        "officers": [
            {"id": one.id, "name": one.name, "role": one.role, "channels": sorted(one.addresses)}
            for one in roster.officers
        ],
        "days": strip_of(roster, calendar, now),
        "quality": rate_roster(roster, channels, calendar, now),
        "near_days": NEAR_DAYS, "fair_days": FAIR_DAYS,
        "entries": list_entries(conn, roster, now),
        "turns": coming_turns(roster, now),
        "own_days": list_days(conn, today),
        "unknown_year": unknown_year(calendar, now),
        "roles": ROLES, "channels": [channel for channel in channels if channel != PHONE], "week": WEEK,
        "today": today, "done": call.asked("done"), "problems": problems,
    }  # fmt: skip
    return View("roster.html", data, 400 if problems else 200)


def zone_of(call: Call) -> ZoneInfo:
    """The school's zone."""
    return ZoneInfo(call.context.loaded.school.timezone)


def cleaner(call: Call) -> Callable[[str, int], "str | Refused"]:
    """The cleaner of what people type."""
    school, sources = call.context.loaded.school, call.context.loaded.sources
    return make_clean([school.name, school.english, *school.aliases, *(one.name for one in sources if one.name)])


def change_roster(call: Call) -> View | Response:
    """Enter something or take it back; a refusal shows the page again with its sentence. Audited."""
    what = call.path("what")
    act = ACTS.get(what)
    if act is None:
        missing("there is no such action")
    with writing(call.context.engine) as conn:
        answer = act(conn, call, By(call.who, call.now))
        if isinstance(answer, Refused):
            conn.rollback()
    if isinstance(answer, Refused):
        return roster_page(call, (say_refusal(call.words, answer.why),))
    return RedirectResponse(f"/roster?done=roster_{what}", 303)


def enter_officer(conn: Connection, call: Call, by: By) -> Answer:
    """Somebody new, or other addresses for somebody known (an empty field keeps what is there)."""
    form, channels = call.form, call.context.loaded.channels
    given = {name: form.get(f"address-{name}", "").strip() for name in [*(one.id for one in channels), PHONE]}
    written = {channel: value for channel, value in given.items() if value}
    return add_officer(conn, form.get("name", ""), form.get("role", "officer"), written, channels, by)


def enter_rotation(conn: Connection, call: Call, by: By) -> Answer:
    """Officers in order, from a day on."""
    form = call.form
    members = named_officers(conn, form.get("members", ""))
    starts, clock = read_day(form.get("starts", "")), read_clock(form.get("clock", ""))
    if isinstance(members, Refused):
        return members
    if starts is None or clock is None:
        return Refused("a rotation needs its first day and the hour of the handover")
    weekday = WEEK.index(form["weekday"]) if form.get("weekday") in WEEK else 0
    days = 1 if form.get("days") == "1" else 7
    plan = RotationPlan(members, starts, weekday, clock, days, zone_of(call), form.get("name", ""))
    return add_rotation(conn, plan, by, form.get("replaces") == "yes")


def named_officers(conn: Connection, text: str) -> tuple[str, ...] | Refused:
    """Ids of officers named in order, separated by commas of any kind."""
    known = {one.id: one.name for one in load_roster(conn).officers}
    said = [one.strip() for one in text.replace("，", ",").replace("、", ",").split(",") if one.strip()]
    found = [(one, find_id(known, one)) for one in said]
    unknown = next((one for one, key in found if key is None), None)
    return Refused(f"there is no officer '{unknown}'") if unknown else tuple(key for _, key in found if key)


def enter_shift(conn: Connection, call: Call, by: By) -> Answer:
    """A duty, an override or a leave."""
    form, zone, why = call.form, zone_of(call), cleaner(call)(call.form.get("why", ""), 200)
    begins, ends = read_moment(form.get("begins", ""), zone), read_moment(form.get("ends", ""), zone)
    if isinstance(why, Refused):
        return why
    if begins is None or ends is None:
        return Refused("give begin and end with date and hour")
    kind = call.path("what")
    stands_in = form.get("substitute", "") if kind == "leave" else ""
    plan = ShiftPlan(kind, form.get("officer", ""), begins, ends, why, stands_in)  # type: ignore[arg-type]
    return add_shift(conn, plan, by)


def enter_swap(conn: Connection, call: Call, by: By) -> Answer:
    """Two turns of one rotation."""
    why = cleaner(call)(call.form.get("why", ""), 200)
    pairs = [call.form.get(name, "").partition("|") for name in ("first", "second")]
    days = [read_day(day) for _, _, day in pairs]
    if isinstance(why, Refused):
        return why
    if days[0] is None or days[1] is None or pairs[0][0] != pairs[1][0]:
        return Refused("choose two turns of the same rotation")
    return add_swap(conn, pairs[0][0], days[0], days[1], why, by)


def enter_day(conn: Connection, call: Call, by: By) -> Answer:
    """A day that the office opens or closes, or leaves to the public calendar again."""
    why, day = cleaner(call)(call.form.get("why", ""), 200), read_day(call.form.get("day", ""))
    if isinstance(why, Refused):
        return why
    if day is None:
        return Refused("give a date")
    if call.form.get("worked") == "clear":
        return clear_day(conn, day, why, by)
    return set_day(conn, day, call.form.get("worked") == "yes", why, by)


def take_back(conn: Connection, call: Call, by: By) -> Answer:
    """Delete an entry, with its reason."""
    why, what, key = cleaner(call)(call.form.get("why", ""), 200), call.form.get("entry", ""), call.form.get("id", "")
    if isinstance(why, Refused):
        return why
    return remove_officer(conn, key, why, by) if what == "officer" else delete_entry(conn, what, key, why, by)


ACTS: Mapping[str, Callable[[Connection, Call, By], Answer]] = {
    "officer": enter_officer, "rotation": enter_rotation, "override": enter_shift, "leave": enter_shift,
    "swap": enter_swap, "day": enter_day, "delete": take_back,
}  # fmt: skip


# ------------------------------------------------------------------ files


def take_file(call: Call) -> View | Response:
    """A roster as XLSX or iCalendar: all of it or nothing. Audited entry by entry."""
    from alerts.duty.files import take_body

    name = "roster.xlsx" if call.upload[:2] == b"PK" else "roster.ics"
    with writing(call.context.engine) as conn:
        drop_old(conn, call.now)
        stored, faults = take_body(conn, call.upload, name, shelf_of(call), By(call.who, call.now))
        if faults:
            conn.rollback()
    if faults:
        return roster_page(call, tuple(faults))
    return RedirectResponse(f"/roster?done=roster_{'file' if stored else 'nothing'}", 303)


def send_file(call: Call) -> Response:
    """The roster as a file."""
    from alerts.duty.files import KINDS, make_body

    kind = call.path("kind")
    if kind not in KINDS:
        missing("there is no such file")
    body = make_body(call.conn, kind, shelf_of(call), call.now, FAIR_DAYS)
    headers = {"Content-Disposition": f'attachment; filename="roster.{kind}"'}
    return Response(body, 200, headers, media_type=KINDS[kind])


def shelf_of(call: Call) -> "Shelf":
    """What files need to know of the office."""
    from alerts.duty.files import Shelf

    loaded = call.context.loaded
    return Shelf(zone_of(call), loaded.channels, loaded.duty.headings, cleaner(call), loaded.school.name)
