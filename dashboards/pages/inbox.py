"""`POST /inbox/{source}`: items that a tool brings, signed. No session, no form: the signature is the door."""

from collections.abc import Awaitable, Callable

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dashboards.context import DashContext
from dashboards.door import check_host
from pipeline.store.engine import StoreUnavailable


def make_inbox(context: DashContext) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint over the context's inbox. Without one every signature is wrong."""

    async def endpoint(request: Request) -> Response:
        check_host(context.loaded.server, request)
        if context.inbox is None:
            return JSONResponse({"error": "the signature does not fit"}, 401)
        body = await request.body()
        return await run_in_threadpool(answer_post, context, request, body)

    return endpoint


def answer_post(context: DashContext, request: Request, body: bytes) -> Response:
    """The verdict as JSON; 503 while the store cannot be written, so that the sender tries again."""
    headers = {name: value for name, value in request.headers.items() if name.startswith("x-tocsin-")}
    assert context.inbox is not None
    try:
        answer = context.inbox.take(str(request.path_params["source"]), headers, body, context.now())
    except StoreUnavailable:
        return JSONResponse({"error": "the database cannot be written just now, try again"}, 503, {"Retry-After": "30"})
    return Response(msgspec.json.encode(answer.body), answer.status, media_type="application/json")
