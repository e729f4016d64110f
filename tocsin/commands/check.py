"""`tocsin check`: is the configuration usable, what would be watched, what cannot be reached, who is on duty."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import httpx
from rich.console import Console
from rich.table import Table

from alerts.duty.calendar_days import load_calendar
from alerts.duty.quality import NEAR_DAYS, rate_roster, say_finding
from alerts.notify.opening import open_channels
from alerts.roster import load_roster
from alerts.workdays import unknown_year
from crawlers.collector import Collector
from crawlers.spider import crawl_batch
from pipeline.seal import LinkSeal
from pipeline.store.engine import open_engine, reading
from pipeline.store.migrate import upgrade
from pipeline.store.store import SqlStore
from pipeline.voices import FreshSecrets, VoiceKeys
from tocsin.buttons import try_line, wired
from tocsin.clock import wall_clock
from tocsin.commands.options import CONFIG
from tocsin.commands.policy_lines import describe_policy
from tocsin.config import Config, Loaded, load_config
from tocsin.house import open_house
from tocsin.logs import set_up_logs
from tocsin.service import listen, serve_app
from tocsin.wiring import asked_sources, build_dashboard, build_screen, readers


@dataclass(frozen=True, slots=True)
class Line:
    """One finding for the person who runs the check."""

    good: bool
    text: str


@click.command()
@CONFIG
@click.option("--offline", is_flag=True, help="Only the file; reach out to nothing.")
def check(config_path: Path, offline: bool) -> None:
    """Validate the configuration, try each source and channel, and say who is on duty for 14 days."""
    loaded = load_config(config_path)
    set_up_logs(None, quiet=True)
    console = Console()
    lines = [*describe(loaded.config), *check_keys(loaded.config)]
    lines += [Line(True, text) for text in describe_policy(loaded.config, wall_clock())]
    if not offline:
        lines += [*try_sources(loaded.config, console), *try_channels(loaded.config), *try_phone(loaded)]
        lines += [*check_roster(loaded)]
    for line in lines:
        console.print(f"{'ok ' if line.good else '!! '} {line.text}", markup=False, highlight=False, soft_wrap=True)
    if not all(line.good for line in lines):
        raise click.exceptions.Exit(1)


def describe(config: Config) -> Iterator[Line]:
    """What the file says, in sentences."""
    school, alerting = config.school, config.alerting
    short = [one.name for one in school.ambiguous]
    yield Line(True, f"school: {school.name} {school.english}; also {', '.join(school.aliases) or 'no other names'}")
    yield Line(True, f"short names that need context: {', '.join(short) or 'none'}")
    yield Line(
        bool(config.rules),
        f"{len(config.rules)} rules: {', '.join(rule.id for rule in config.rules) or 'nothing would ever be told'}",
    )
    yield Line(True, f"quiet hours: {', '.join(alerting.quiet_hours) or 'none'}; group wait {alerting.group_wait}")
    private = ", ".join(config.crawl.allow_private)
    yield Line(True, f"private addresses that may be read: {private or 'none'}")
    yield Line(
        bool(config.sources), f"{len(config.sources)} sources" if config.sources else "no source: nothing is watched"
    )


def check_keys(config: Config) -> Iterator[Line]:
    """Secrets of sources that are not set."""
    for source in config.sources:
        try:
            _ = source.key and source.key.reveal()
        except LookupError as error:
            yield Line(False, f"source {source.id}: {error}")


def try_sources(config: Config, console: Console) -> Iterator[Line]:
    """Read every source once into a store that is thrown away, by the code that collects."""
    if not asked_sources(config):
        return
    engine = open_engine("sqlite://")
    upgrade(engine)
    store = SqlStore(engine)
    screen = build_screen(config, VoiceKeys(FreshSecrets()), LinkSeal(LinkSeal.new_key()))
    collector = Collector(asked_sources(config), config.crawl, store, screen, wall_clock, crawl_batch, readers())
    with console.status("reading each source once"):
        summaries = collector.collect_once(wall_clock())
    waiting = store.waiting(100_000)
    table = Table("source", "items", "about us", "what happened")
    for one in summaries:
        ours = sum(1 for item in waiting if item.document.source == one.id and item.document.mention.is_ours)
        table.add_row(one.id, str(one.items), str(ours), one.said)
    console.print(table)
    for one in summaries:
        if one.health != "healthy":
            yield Line(False, f"source {one.id}: {one.said}")


def try_channels(config: Config) -> Iterator[Line]:
    """Ask each channel whether it would take a message; nothing is sent."""
    if not config.channels:
        yield Line(False, "no channel: alerts would only be printed where Tocsin runs")
    for channel in open_channels(config.channels):
        failed = channel.notifier.probe()
        yield Line(failed is None, f"channel {channel.id}: {failed.said if failed else 'answers'}")
    for spec in wired(config):
        broken = try_line(spec)
        said = broken.said if broken else "can be connected, without a public address"
        yield Line(broken is None, f"buttons of channel {spec.id}: {said}")


def try_phone(loaded: Loaded) -> Iterator[Line]:
    """Fetch `public_url` back, starting the dashboard for a moment when it does not run."""
    server = loaded.config.server
    if not server.public_url:
        own = ", ".join(one.id for one in wired(loaded.config))
        where = f"of {own} work without it, all others" if own else "in messages work"
        yield Line(bool(own), f"no public_url: the buttons {where} on this machine only")
        return
    stop = threading.Event()
    if not listens(server.host, server.port):
        place = listen(server.host, server.port)
        part = serve_app(build_dashboard(open_house(loaded)), place)
        threading.Thread(target=part, args=[stop], daemon=True).start()
        for _ in range(100):
            if listens(server.host, server.port):
                break
            stop.wait(0.1)
    try:
        answer = httpx.get(f"{server.public_url.rstrip('/')}/healthz", timeout=10, follow_redirects=False)
        good = answer.status_code in (200, 503) and "tocsin" in answer.text.lower()
        said = "answers: the buttons work" if good else f"answered {answer.status_code}, and not as Tocsin does"
    except httpx.HTTPError as error:
        good, said = False, f"cannot be reached ({type(error).__name__})"
    finally:
        stop.set()
    hint = "" if good else "; the buttons in messages will not work on phones (docs/operating.md shows a proxy)"
    yield Line(good, f"public_url {server.public_url} {said}{hint}")


def listens(host: str, port: int) -> bool:
    """True when somebody accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((host, port)) == 0


def check_roster(loaded: Loaded) -> Iterator[Line]:
    """Who is on duty, when nobody is, and whether the working calendar is known."""
    house, config = open_house(loaded), loaded.config
    zone, now = ZoneInfo(config.school.timezone), wall_clock()
    with reading(house.engine) as connection:
        roster, calendar = load_roster(connection), load_calendar(connection, config.calendar, zone)
    year = unknown_year(calendar, now)
    if year is not None:
        yield Line(True, f"calendar: the days off and make-up days of {year} are not decreed or not known yet")
    if not roster.officers:
        yield Line(True, "no roster: every channel with audience duty gets every alert")
        return
    duty = ", ".join(officer.name for officer in roster.on_duty(now)) or "nobody"
    yield Line(bool(roster.on_duty(now)), f"on duty now: {duty}")
    quality = rate_roster(roster, [channel.id for channel in config.channels], calendar, now)
    yield Line(True, f"roster: score {quality.score} of 100, {quality.covered:.0%} of {NEAR_DAYS} days covered")
    for finding in quality.findings:
        yield Line(not finding.serious, say_finding(finding, calendar))
