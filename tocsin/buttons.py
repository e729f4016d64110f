"""The connections that bring presses of buttons, kept by `tocsin run` and `tocsin alert`. A vendor is one line here."""

import threading
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from alerts.acks import AckDesk, Links
from alerts.buttons.codes import Codes
from alerts.buttons.desk import PressDesk
from alerts.buttons.line import Line, Wire
from alerts.buttons.offer import Buttons, answers_by_itself, keeps_line
from alerts.buttons.slack import SlackRequests, SlackWire
from alerts.buttons.standing import note_standing
from alerts.message import Style
from alerts.policy import Policy
from alerts.settings import ChannelKind, ChannelSpec
from pipeline.store.engine import StoreUnavailable, writing
from tocsin.config import Config
from tocsin.house import House
from tocsin.service import Part

WIRES: dict[ChannelKind, Callable[[ChannelSpec, PressDesk, Callable[[], datetime]], Wire]] = {
    "slack": SlackWire,
}
log = structlog.get_logger()


def answering(config: Config) -> dict[str, ChannelSpec]:
    """The channels whose buttons are answered by the channel itself, by id."""
    return {one.id: one for one in config.channels if answers_by_itself(one, config.server.public_url)}


def wired(config: Config) -> list[ChannelSpec]:
    """Those of them for which a connection is kept."""
    return [one for one in config.channels if keeps_line(one)]


def build_press_desk(house: House) -> PressDesk:
    """What every vendor's part calls. Its acts are those of the phone link."""
    config = house.config
    style = Style(config.alerting.language, ZoneInfo(config.school.timezone))
    policy = Policy(departments=tuple(config.departments), campuses=tuple(config.school.campuses))
    buttons = Buttons(Codes(house.secret), answering(config), policy)
    acks = AckDesk(Links(house.secret), config.alerting.ack_hours)
    return PressDesk(house.engine, acks, buttons, style, config.cases, config.calendar)


def build_slack_requests(house: House) -> SlackRequests | None:
    """Slack's signed requests; None when no channel has a signing key."""
    specs = [one for one in answering(house.config).values() if one.kind == "slack" and one.signing_key]
    return SlackRequests(specs, build_press_desk(house)) if specs else None


def press_parts(house: House) -> dict[str, Part]:
    """A part for each connection, by a name for the log."""
    desk = build_press_desk(house)
    return {
        f"buttons {one.id}": line_part(house, WIRES[one.kind](one, desk, house.clock))
        for one in wired(house.config)
        if one.kind in WIRES
    }


def line_part(house: House, wire: Wire) -> Part:
    """A part that keeps one connection."""

    def note(said: str) -> None:
        try:
            with writing(house.engine) as conn:
                note_standing(conn, wire.channel, said, house.clock())
        except StoreUnavailable:  # the next minute says it again
            log.warning("line not noted", channel=wire.channel)

    def part(stop: threading.Event) -> None:
        Line(wire, note).run(stop)

    return part
