"""Calendar-like jobs of a running service: voice keys every hour, retention, scrubbing and backup every night.

Due times of collecting and sending are in the store, not here. APScheduler would skip a late run silently by default;
here a late run is made up for once (`misfire_grace_time=None`, `coalesce=True`).
"""

import threading
from collections.abc import Callable
from pathlib import Path

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from alerts.special_watch import look_after_watches
from pipeline.store.backup import make_backup
from pipeline.store.engine import writing
from pipeline.store.rechecks import SqlRechecks
from pipeline.store.retain import purge, purge_short_lived
from pipeline.store.scrub import scrub
from tocsin.elastic import tidy_elastic
from tocsin.house import House
from tocsin.service import Part
from tocsin.wiring import after_forgetting

BACKUPS_KEPT = 14
log = structlog.get_logger()


def forget_voices(house: House) -> None:
    """Delete voice tokens with their dead keys, and links and sessions that have run out."""
    links, tokens = purge_short_lived(house.engine, house.clock())
    log.info("short-lived things deleted", links=links, tokens=tokens)


def keep_retention(house: House) -> None:
    """Delete what is older than the configured days, and its bytes."""
    retention = house.config.retention
    purged = purge(house.engine, house.clock(), retention.text_days, retention.headline_days)
    if purged.private or purged.texts or purged.headlines:
        scrub(house.engine)
    log.info("retention kept", private=purged.private, texts=purged.texts, headlines=purged.headlines)


def scrub_gone(house: House) -> None:
    """Private posts that are gone at their source leave the bytes of the file too, within the day."""
    if SqlRechecks(house.engine).take_scrub():
        after_forgetting(house)


def trim_copies(house: House) -> None:
    """Keep evidence copies within their size; hash and time of the oldest stay."""
    dropped = SqlRechecks(house.engine).trim_evidence(house.config.retention.evidence_mb * 2**20)
    log.info("evidence kept within its size", dropped=dropped)


def mind_watches(house: House) -> None:
    """Pause special watches that follow one voice only; let the others go on."""
    with writing(house.engine) as connection:
        changed = look_after_watches(connection, house.clock())
    if changed:
        log.info("special watches paused or going on", changed=changed)


def write_backup(house: House) -> Path:
    """A backup of this moment in the data folder; the oldest beyond fourteen go."""
    folder = house.loaded.folder / "backups"
    folder.mkdir(exist_ok=True)
    target = folder / f"tocsin-{house.clock():%Y%m%d-%H%M%S}.zip"
    make_backup(house.engine, house.loaded.text, target, house.clock())
    for old in sorted(folder.glob("tocsin-*.zip"))[:-BACKUPS_KEPT]:
        old.unlink()
    return target


def calendar_part(house: House) -> Part:
    """A part that runs the jobs at their hours in the school's time zone."""
    zone = house.config.school.timezone
    jobs: tuple[tuple[Callable[[House], object], CronTrigger], ...] = (
        (forget_voices, CronTrigger(minute=7, timezone=zone)),
        (mind_watches, CronTrigger(minute="*/5", timezone=zone)),
        (scrub_gone, CronTrigger(hour="1,7,13,19", minute=35, timezone=zone)),
        (trim_copies, CronTrigger(hour=3, minute=15, timezone=zone)),
        (keep_retention, CronTrigger(hour=3, minute=20, timezone=zone)),
        (write_backup, CronTrigger(hour=3, minute=50, timezone=zone)),
        (tidy_elastic, CronTrigger(hour=4, minute=20, timezone=zone)),
    )

    def part(stop: threading.Event) -> None:
        scheduler = BackgroundScheduler(timezone=zone)
        for job, trigger in jobs:
            scheduler.add_job(job, trigger, [house], misfire_grace_time=None, coalesce=True, max_instances=1)
        scheduler.start()
        stop.wait()
        scheduler.shutdown(wait=False)

    return part
