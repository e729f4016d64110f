"""The connections that bring presses of buttons, kept by `tocsin run` and `tocsin alert`. A vendor is one line here."""

import threading
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from alerts.acks import AckDesk, Links
from alerts.buttons.codes import Codes
from alerts.buttons.desk import PressDesk
from alerts.buttons.dingtalk import DingTalkWire
from alerts.buttons.feishu import FeishuWire
from alerts.buttons.line import Line, Wire
from alerts.buttons.mail_desk import Batch, MailDesk, ReadBox
from alerts.buttons.offer import Buttons, answers_by_itself, keeps_line
from alerts.buttons.slack import SlackRequests, SlackWire
from alerts.buttons.standing import note_standing
from alerts.compose import Composer
from alerts.message import Style
from alerts.notify.base import Failed
from alerts.notify.mail import Email
from alerts.policy import Policy
from alerts.settings import ChannelKind, ChannelSpec
from crawlers.base import ParseFailed
from crawlers.mail_text import own_words, read_mail
from crawlers.mailbox import BoxClosedError, read_address, read_raw, try_box
from crawlers.settings import CrawlPolicy, SourceSpec
from pipeline.store.engine import StoreUnavailable, open_engine, writing
from tocsin.clock import wall_clock
from tocsin.config import Config
from tocsin.house import House
from tocsin.service import Part, loop

MakeWire = Callable[[ChannelSpec, PressDesk, Callable[[], datetime], Composer | None], Wire]
WIRES: dict[ChannelKind, MakeWire] = {
    "slack": lambda spec, desk, now, _: SlackWire(spec, desk, now),
    "feishu": FeishuWire,
    "dingtalk": lambda spec, desk, now, _: DingTalkWire(spec, desk, now),
}
REPLIES_EVERY_S, BOX_S = 30.0, 20.0
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


def press_parts(house: House, composer: Composer) -> dict[str, Part]:
    """A part for each connection and each mailbox, by a name for the log. `composer` writes messages as the sender does."""
    desk, specs = build_press_desk(house), wired(house.config)
    mails = {f"replies {one.id}": reply_part(house, one, desk) for one in specs if one.mailbox}
    wires = [WIRES[one.kind](one, desk, house.clock, composer) for one in specs if one.kind in WIRES]
    return mails | {f"buttons {wire.channel}": line_part(house, wire) for wire in wires}


def line_part(house: House, wire: Wire) -> Part:
    """A part that keeps one connection."""

    def part(stop: threading.Event) -> None:
        Line(wire, note_of(house, wire.channel)).run(stop)

    return part


def note_of(house: House, channel: str) -> Callable[[str], None]:
    """Writes down how a channel's connection stands."""

    def note(said: str) -> None:
        try:
            with writing(house.engine) as conn:
                note_standing(conn, channel, said, house.clock())
        except StoreUnavailable:  # the next minute says it again
            log.warning("line not noted", channel=channel)

    return note


def reply_part(house: House, spec: ChannelSpec, desk: PressDesk) -> Part:
    """A part that reads replies with a code while somebody may answer."""
    mails = MailDesk(spec, desk, Email(spec), read_box(spec), words_of)
    note = note_of(house, spec.id)
    return loop(lambda: note(mails.poll(house.clock())), REPLIES_EVERY_S, f"replies {spec.id}")


def box_of(spec: ChannelSpec) -> tuple[SourceSpec, CrawlPolicy]:
    """A channel's mailbox as the reader of mailboxes is given it. The mail server is the school's own and may stand on a
    private address."""
    place = read_address(spec.mailbox)
    policy = CrawlPolicy(allow_private=[f"{place.host}:{place.port}"] if place else [], timeout=BOX_S)
    return SourceSpec(
        id=spec.id, url=spec.mailbox, kind="other", via="mailbox", user=spec.user, key=spec.password
    ), policy  # fmt: skip


def try_line(spec: ChannelSpec) -> Failed | None:
    """Whether presses could reach us: an address to connect to is asked for, or the mailbox is opened. Nobody sees it."""
    if spec.mailbox:
        try:
            try_box(*box_of(spec))
        except BoxClosedError as closed:
            return Failed(str(closed))
        return None
    acks, buttons = AckDesk(Links(b""), 0.0), Buttons(Codes(b""))
    desk = PressDesk(open_engine("sqlite://"), acks, buttons, Style("en", ZoneInfo("UTC")))
    opened = WIRES[spec.kind](spec, desk, wall_clock, None).open()
    return opened if isinstance(opened, Failed) else None


def read_box(spec: ChannelSpec) -> ReadBox:
    """Reads the channel's mailbox as mailboxes of sources are read: bounded, over TLS, nothing changed there."""
    box, policy = box_of(spec)

    def read(position: str, now: datetime) -> Batch | Failed:
        try:
            return Batch(*read_raw(box, position, policy, now))
        except BoxClosedError as closed:
            return Failed(str(closed))

    return read


def words_of(raw: bytes) -> str:
    """The writer's own words in a mail, without quotations and signature."""
    mail = read_mail(raw, wall_clock())
    return "" if isinstance(mail, ParseFailed) else own_words(mail)
