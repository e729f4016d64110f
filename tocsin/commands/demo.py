"""`tocsin demo`: a made-up college on a local site, crawled over HTTP by the code that crawls the internet."""

import contextlib
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from importlib import resources
from pathlib import Path

import click
from sqlalchemy import func, select

from alerts.pack import default_pack
from pipeline.store.engine import reading
from pipeline.store.schema import alerts, documents, events
from tocsin.clock import FastClock, wall_clock
from tocsin.commands.run import send_part, serve_part, work_part
from tocsin.config import Loaded, load_config
from tocsin.demo.office import furnish
from tocsin.demo.script import load_posts
from tocsin.demo.site import DemoSite
from tocsin.house import House, open_house
from tocsin.logs import set_up_logs
from tocsin.service import listen, run_parts, serve_app, stop_on_signals
from tocsin.wiring import build_collector, build_worker

SCHOOL = "澜川学院"
SPEED = 40.0
LIVE_HOUR = timedelta(minutes=62)


@click.command()
@click.option("--folder", type=click.Path(path_type=Path), default=Path("demo-data"), show_default=True)
@click.option("--port", type=int, default=8600, show_default=True, help="Of the dashboard.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Of the messages.")
@click.option("--exit", "leave", is_flag=True, help="End after the live hour instead of keeping the dashboard open.")
def demo(folder: Path, port: int, language: str, leave: bool) -> None:
    """A made-up school on a local site: crawl it, alert to the terminal, dashboard with 90 days of history."""
    make_folder(folder)
    set_up_logs(folder / "logs", quiet=True)
    clock = FastClock(wall_clock(), SPEED)
    with local_site(clock) as site_port:
        house = open_house(write_config(folder, site_port, free_port(port), language), clock)
        click.echo(f"澜川学院 Lanchuan College (made up) is published on http://127.0.0.1:{site_port}/forum/")
        password = learn(house)
        clock.wind_up()
        play(house, clock, password, leave)


def make_folder(folder: Path) -> None:
    """A fresh folder; an earlier demo's is emptied, and nothing else ever is. Raises UsageError."""
    if folder.exists() and not is_ours(folder):
        raise click.UsageError(f"{folder} holds something else than a demo; name another folder")
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)


def is_ours(folder: Path) -> bool:
    """True for an empty folder and for one that a demo wrote (its configuration names the made-up school)."""
    if not folder.is_dir():
        return False
    config = folder / "tocsin.toml"
    try:
        return not any(folder.iterdir()) or SCHOOL in config.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False


@contextlib.contextmanager
def local_site(clock: FastClock) -> Iterator[int]:
    """The made-up sites on a free loopback port, as long as the context lasts."""
    place, stop = listen("127.0.0.1", 0), threading.Event()
    port = int(place.getsockname()[1])
    app = DemoSite(load_posts(clock.start), clock, f"http://127.0.0.1:{port}").app()
    thread = threading.Thread(target=serve_app(app, place), args=[stop], daemon=True)
    thread.start()
    try:
        yield port
    finally:
        stop.set()
        thread.join(10)


def free_port(wanted: int) -> int:
    """`wanted` when it is free on loopback, else one that is."""
    for port in (wanted, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise click.ClickException("no port of this machine's loopback address is free")


def write_config(folder: Path, site_port: int, port: int, language: str) -> Loaded:
    """The demo's tocsin.toml, with the default rule pack that `tocsin init` writes."""
    text = resources.files("tocsin.demo").joinpath("demo.toml").read_text(encoding="utf-8")
    base = f"http://127.0.0.1:{site_port}"
    for name, value in {"site_port": site_port, "base": base, "port": port, "language": language}.items():
        text = text.replace(f"{{{name}}}", str(value))
    path = folder / "tocsin.toml"
    path.write_text(f"{text}\n{default_pack()}", encoding="utf-8")
    return load_config(path)


def learn(house: House) -> str:
    """The first look: 90 days of history, collected over HTTP and placed in order. Returns the password of the account
    `demo`."""
    click.echo("collecting 90 days of history over HTTP …")
    began = time.monotonic()
    build_collector(house).collect_once(house.clock())
    worker = build_worker(house)
    worker.learn_history()
    worker.release()
    password = furnish(house)
    with reading(house.engine) as connection:
        items = connection.scalar(select(func.count()).select_from(documents))
        matters = connection.scalar(select(func.count()).select_from(events).where(events.c.stories >= 3))
    seconds = time.monotonic() - began
    click.echo(f"{items} items, {matters} matters of three stories or more, in {seconds:.0f} s; none of it rings")
    return password


def play(house: House, clock: FastClock, password: str, leave: bool) -> None:
    """The live hour in a minute and a half; afterwards the dashboard stays open until Ctrl-C."""
    server = house.config.server
    click.echo(f"dashboard: http://127.0.0.1:{server.port}/   ·   log in to act: demo, {password}")
    click.echo("now an hour passes in a minute and a half\n")
    stop = threading.Event()
    stop_on_signals(stop)
    threading.Thread(target=close_show, args=[house, clock, stop, leave], daemon=True).start()
    run_parts({
        "collect": build_collector(house, clock.elapsed).run, "work": work_part(house), "alert": send_part(house),
        "serve": serve_part(house),
    }, stop)  # fmt: skip


def close_show(house: House, clock: FastClock, stop: threading.Event, leave: bool) -> None:
    """Say at the end of the hour what was shown and how to go on; `leave` ends the demo there."""
    while clock() < clock.start + LIVE_HOUR and not stop.wait(0.25):
        pass
    if stop.is_set():
        return
    clock.slow_down()
    with reading(house.engine) as connection:
        told = connection.scalar(select(func.count()).select_from(alerts))
        items = connection.scalar(select(func.count()).select_from(documents))
    click.echo(
        f"\nThe hour is over: {items} items, {told} alerts."
        f"\n  dashboard          http://127.0.0.1:{house.config.server.port}/"
        f"\n  a real school      tocsin init, tocsin check, tocsin run"
        f"\n  this demo's files  {house.loaded.folder}"
    )
    if leave:
        stop.set()
    else:
        click.echo("  Ctrl-C ends the demo.")
