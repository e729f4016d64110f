"""Server-sent events: one small message whenever something was stored, so that open pages reload themselves."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from dashboards.context import DashContext
from dashboards.door import check_host, find_user
from dashboards.queries.watch import last_change
from pipeline.store.engine import StoreUnavailable, reading

PAUSE_S, LIFE_S, MOST_STREAMS = 2.0, 240.0, 50
Live = Callable[[Request], Awaitable[Response]]


def make_live(context: DashContext) -> Live:
    """The endpoint of the stream. A stream ends after four minutes; the browser comes back by itself."""
    streams = {"open": 0}

    async def live(request: Request) -> Response:
        check_host(context.loaded.server, request)
        if not await run_in_threadpool(is_reader, context, request):
            raise HTTPException(401, "login needed")
        if streams["open"] >= MOST_STREAMS:
            raise HTTPException(503, "too many live pages are open")
        return StreamingResponse(follow(context, request, streams), media_type="text/event-stream")

    return live


async def follow(context: DashContext, request: Request, streams: dict[str, int]) -> AsyncIterator[str]:
    """A `change` message for each new number in the change table, a comment otherwise."""
    streams["open"] += 1
    try:
        begun, last = time.monotonic(), -1
        yield "retry: 3000\n\n"
        while time.monotonic() - begun < LIFE_S and not await request.is_disconnected():
            number = await run_in_threadpool(read_change, context)
            yield f"event: change\ndata: {number}\n\n" if number != last else ": still here\n\n"
            last = number
            await asyncio.sleep(PAUSE_S)
    finally:
        streams["open"] -= 1


def is_reader(context: DashContext, request: Request) -> bool:
    """True when the request may read the dashboard."""
    with reading(context.engine) as conn:
        return find_user(context, conn, request) is not None


def read_change(context: DashContext) -> int:
    """The last change number; -1 while the store cannot be read, so that the stream survives it."""
    try:
        with reading(context.engine) as conn:
            return last_change(conn)
    except StoreUnavailable:
        return -1
