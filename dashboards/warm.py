"""What the first reader of a day would otherwise wait for: templates, catalogs and the added-up days of half a year."""

import gc
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from zoneinfo import ZoneInfo

import structlog
from starlette.applications import Starlette

from dashboards.context import DashContext
from dashboards.i18n import load_words
from dashboards.queries.volume import read_days
from dashboards.render import load_static, load_templates
from pipeline.store.engine import StoreUnavailable, reading

log = structlog.get_logger()
DAYS = 180  # the longest look back of the topics page: 90 days beside the 90 before


def warming(context: DashContext) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """The start of the server: it answers at once while the caches fill beside it."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:  # noqa: ARG001 - the framework's signature
        threading.Thread(target=warm_and_settle, args=(context,), name="warm", daemon=True).start()
        yield

    return lifespan


def warm_and_settle(context: DashContext) -> None:
    """Fill the caches; what lives until the end of the process is then left alone by the collector of garbage, which
    otherwise walks through all of it in the middle of somebody's page."""
    warm(context)
    gc.collect()
    gc.freeze()


def warm(context: DashContext) -> None:
    """Fill the caches, the newest days first. A store that cannot be read now is only said."""
    load_words()
    load_static()
    for name in load_templates().list_templates():
        load_templates().get_template(name)
    zone, now = ZoneInfo(context.loaded.school.timezone), context.now()
    try:
        for days in (14, 60, DAYS):
            with reading(context.engine) as conn:
                read_days(conn, context.cubes, zone, days, now)
    except StoreUnavailable as error:
        log.warning("not_warmed", error=str(error))
