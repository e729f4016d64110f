"""The roster as an iCalendar file: who is on duty when, one event for each stretch, in UTC so that no clock change
moves it. Officers appear as the office calls them; no address leaves the store."""

from collections.abc import Sequence
from datetime import datetime

from alerts.roster import Officer, Stretch

DOMAIN = "tocsin"


def write_ical(stretches: Sequence[Stretch], officers: Sequence[Officer], title: str, now: datetime) -> bytes:
    """An iCalendar file of the stretches in which somebody is on duty."""
    from icalendar import Calendar, Event

    names = {officer.id: officer.name for officer in officers}
    calendar = Calendar()
    for key, value in (("prodid", "-//Tocsin//duty roster//"), ("version", "2.0"), ("x-wr-calname", title)):
        calendar.add(key, value)
    for stretch in stretches:
        for officer in stretch.officers:
            event = Event()
            event.add("uid", f"{stretch.begins:%Y%m%dT%H%M%SZ}-{officer}@{DOMAIN}")
            event.add("dtstamp", now)
            event.add("dtstart", stretch.begins)
            event.add("dtend", stretch.ends)
            event.add("summary", names[officer])
            event.add("x-tocsin-officer", officer)
            calendar.add_component(event)
    found: bytes = calendar.to_ical()
    return found
