"""Making a briefing in the background: its steps are rows in the store, so that any process can show the bar.

A job whose last sign is older than STALE died with its process; the page says so, and it can be begun again.
"""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, Engine, delete, insert, select, update

from dashboards.briefing.editions import store_draft
from dashboards.briefing.figures import STEPS, Progress
from dashboards.briefing.values import BriefData
from pipeline.store.engine import writing
from pipeline.store.schema_briefing import briefing_jobs

log = structlog.get_logger()
STALE = timedelta(minutes=10)
KEPT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Job:
    """How far a briefing is. `state`: running, done, failed."""

    id: str
    period: str
    step: str
    done: int
    total: int
    state: str
    said: str
    briefing: str | None
    touched: datetime

    def dead(self, now: datetime) -> bool:
        """True when nothing was heard of a running job for too long."""
        return self.state == "running" and now - self.touched > STALE


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made: how the data is read, in which language and layout it is shown, for whom."""

    period: str
    read: Callable[[Progress], BriefData]
    language: str
    layout: str
    who: str


def find_job(connection: Connection, job: str) -> Job | None:
    """The job called `job`."""
    row = connection.execute(select(briefing_jobs).where(briefing_jobs.c.id == job)).first()
    return Job(*row) if row else None


def running_job(connection: Connection, period: str, now: datetime) -> Job | None:
    """The living job of a period, so that two taps make one briefing."""
    mine = (briefing_jobs.c.period == period) & (briefing_jobs.c.state == "running")
    rows = [Job(*row) for row in connection.execute(select(briefing_jobs).where(mine))]
    return next((job for job in rows if not job.dead(now)), None)


def begin_job(engine: Engine, order: Order, now: Callable[[], datetime]) -> str:
    """Start making a briefing and return the job's id at once."""
    job = secrets.token_hex(8)
    with writing(engine) as connection:
        living = running_job(connection, order.period, now())
        if living is not None:
            return living.id
        connection.execute(delete(briefing_jobs).where(briefing_jobs.c.touched < now() - KEPT))
        connection.execute(insert(briefing_jobs).values(
            id=job, period=order.period, step=STEPS[0], done=0, total=len(STEPS) + 1, state="running", said="",
            briefing=None, touched=now(),
        ))  # fmt: skip
    threading.Thread(target=run_job, args=(engine, order, now, job), name="briefing", daemon=True).start()
    return job


def run_job(engine: Engine, order: Order, now: Callable[[], datetime], job: str) -> None:
    """Make it, noting each step; what goes wrong is noted, too, and logged by its kind."""
    try:
        data = order.read(lambda step: _note(engine, job, now(), step=step, done=STEPS.index(step)))
        _note(engine, job, now(), step="keep", done=len(STEPS))
        with writing(engine) as connection:
            made = store_draft(connection, data, order.language, order.layout, order.who, now())
        _note(engine, job, now(), state="done", done=len(STEPS) + 1, briefing=made)
    except Exception as error:  # whatever it was, the page must not show a running bar for ever
        log.error(  # noqa: TRY400 - a traceback may hold item text
            "briefing_failed", period=order.period, error=type(error).__name__
        )
        _note(engine, job, now(), state="failed", said=type(error).__name__)


def _note(engine: Engine, job: str, at: datetime, **values: object) -> None:
    with writing(engine) as connection:
        connection.execute(update(briefing_jobs).where(briefing_jobs.c.id == job).values(touched=at, **values))
