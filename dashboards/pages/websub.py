"""The callback for WebSub hubs. Outside the door: no cookie, no form; the address is unguessable and a delivery signed.

It says nothing about the school to anybody, and shows nothing of what it was given.
"""

from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from dashboards.context import DashContext


def make_websub(context: DashContext) -> Callable[[Request], Awaitable[Response]]:
    """GET: the hub asks whether we mean it. POST: the hub delivers."""

    async def answer(request: Request) -> Response:
        desk, token = context.hubs, str(request.path_params["token"])[:64]
        if desk is None:
            return PlainTextResponse("", 404)
        if request.method == "POST":
            body = await request.body()
            return PlainTextResponse(
                "", await run_in_threadpool(desk.take, token, request.headers, body, context.now())
            )
        asked = {name: value[:2000] for name, value in request.query_params.items()}
        status, said = await run_in_threadpool(desk.confirm, token, asked, context.now())
        return PlainTextResponse(said, status)

    return answer
