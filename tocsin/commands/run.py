"""`tocsin run` and its parts: `crawl`, `work`, `alert`, `serve`."""

import threading
import time
from collections.abc import Mapping
from pathlib import Path

import click
from rich.console import Console

from dashboards.auth import count_users, make_setup_token
from dashboards.settings import refuse_binding
from pipeline.store.engine import StoreUnavailable, reading, writing
from pipeline.store.migrate import SchemaTooNew
from tocsin.buttons import press_parts, wired
from tocsin.chores import calendar_part
from tocsin.commands.options import CONFIG
from tocsin.config import ConfigError, load_config
from tocsin.elastic import elastic_part
from tocsin.first_look import first_look, look_first
from tocsin.heartbeat import heartbeat_part
from tocsin.house import House, open_house
from tocsin.logs import secrets_of, set_up_logs
from tocsin.progress import final_table, show_table, sum_up
from tocsin.reload import ANSWERING, DECIDING, LiveApp, LiveSender, SourceWatch, collecting, following
from tocsin.service import Part, listen, loop, run_parts, serve_app, stop_on_signals
from tocsin.wiring import (
    build_collector,
    build_dashboard,
    build_dispatcher,
    build_report_reader,
    build_worker,
    public_url,
    watched_now,
)

SEND_EVERY_S = 1.0
REPORTS_EVERY_S = 3.0


def open_for_service(config_path: Path) -> House:
    """Configuration, logs, store. Raises ConfigError (one sentence) when anything is not usable."""
    loaded = load_config(config_path)
    try:
        set_up_logs(loaded.folder / "logs", secrets_of(loaded.config))
        return open_house(loaded)
    except (SchemaTooNew, StoreUnavailable) as error:
        raise ConfigError(str(error)) from None
    except OSError as error:
        raise ConfigError(f"the data folder {loaded.folder} cannot be used: {error.strerror}") from None


def collect_part(house: House) -> Part:
    """Reads the sources; those that are added to the file meanwhile, too."""
    return collecting(house, lambda current, stop: build_collector(current).run(stop), watched_now)


def report_part(house: House) -> Part:
    """Reads the addresses that staff reported."""
    return loop(build_report_reader(house).step, REPORTS_EVERY_S, "reports")


def work_part(house: House) -> Part:
    """Decides about what was read."""
    return build_worker(house, watch=SourceWatch(house, parts=DECIDING)).run


def send_part(house: House) -> Part:
    """Sends what is owed."""
    sender = LiveSender(house, build_dispatcher)
    return loop(lambda: sender.tick(house.clock()), SEND_EVERY_S, "alert")


def answer_parts(house: House) -> dict[str, Part]:
    """Bring presses of buttons, where channels have them; channels that are added meanwhile, too."""

    def build(current: House) -> dict[str, Part]:
        return press_parts(current, build_dispatcher(current).composer) if wired(current.config) else {}

    return {"buttons": following(house, build, ANSWERING)}


def serve_part(house: House) -> Part:
    """Serves the dashboard. Listens at once; raises ConfigError when it must not or cannot listen there."""
    server = house.config.server
    with reading(house.engine) as connection:
        refusal = refuse_binding(server, count_users(connection))
    if refusal:
        raise ConfigError(refusal)
    return serve_app(LiveApp(house, build_dashboard), listen(server.host, server.port))


def say_where(house: House) -> None:
    """Where the dashboard is, and the one-time link for the first user when there is none."""
    server = house.config.server
    click.echo(f"dashboard: http://{server.host}:{server.port}/")
    with writing(house.engine) as connection:
        token = make_setup_token(connection, house.clock())
    if token:
        base = public_url(house.config) or f"http://{server.host}:{server.port}"
        click.echo(f"first user (once, one hour): {base}/setup/{token}")


def run_house(house: House, parts: Mapping[str, Part]) -> None:
    """Run parts until a signal; leaves with status 1 when one broke."""
    stop = threading.Event()
    stop_on_signals(stop)
    status = run_parts(parts, stop)
    house.engine.dispose()
    if status:
        raise click.exceptions.Exit(status)


@click.command()
@CONFIG
def run(config_path: Path) -> None:
    """Everything in one process: collect, decide, alert, and serve the dashboard."""
    house = open_for_service(config_path)
    mirror = elastic_part(house)
    serve_it = serve_part(house)
    say_where(house)
    beat = heartbeat_part(house)
    parts = {
        "collect": collect_part(house), "reports": report_part(house), "work": work_part(house), "alert": send_part(house), "serve": serve_it,
        "calendar": calendar_part(house), **({"heartbeat": beat} if beat else {}), **answer_parts(house),
        **({"elastic": mirror} if mirror else {}),
    }  # fmt: skip
    run_house(house, look_first(parts, lambda stop: first_look(house, stop)))


@click.command()
@CONFIG
@click.option("--once", is_flag=True, help="Read every source that is due, once, and print how each stands.")
def crawl(config_path: Path, once: bool) -> None:
    """Only collect."""
    house = open_for_service(config_path)
    if not once:
        run_house(house, {"collect": collect_part(house), "reports": report_part(house)})
        return
    console, begun = Console(), time.monotonic()
    with show_table(len(house.config.sources), console) as note:
        summaries = build_collector(house).collect_once(house.clock(), note)
    console.print(final_table(summaries))
    console.print(sum_up(summaries, time.monotonic() - begun), highlight=False)
    if any(one.health in ("failing", "silent", "refused") for one in summaries):
        raise click.exceptions.Exit(1)


@click.command()
@CONFIG
def work(config_path: Path) -> None:
    """Only decide about what was collected."""
    house = open_for_service(config_path)
    mirror = elastic_part(house)
    parts = {"work": work_part(house), "calendar": calendar_part(house)}
    run_house(house, {**parts, **({"elastic": mirror} if mirror else {})})


@click.command()
@CONFIG
def alert(config_path: Path) -> None:
    """Only send what is owed, remind and escalate, take presses of buttons, and ping the heartbeat."""
    house = open_for_service(config_path)
    beat = heartbeat_part(house)
    run_house(house, {"alert": send_part(house), **answer_parts(house), **({"heartbeat": beat} if beat else {})})


@click.command()
@CONFIG
def serve(config_path: Path) -> None:
    """Only serve the dashboard."""
    house = open_for_service(config_path)
    part = serve_part(house)
    say_where(house)
    run_house(house, {"serve": part})
