"""`POST /slack/actions`: presses as Slack tells them when it can reach us. The signature is the door; no session, no form."""

from collections.abc import Awaitable, Callable

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dashboards.context import DashContext
from dashboards.door import check_host
from pipeline.store.engine import StoreUnavailable


def make_slack_actions(context: DashContext) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint. 200 when the press is in the ledger (within three seconds); the words for people follow."""

    async def answer(request: Request) -> Response:
        check_host(context.loaded.server, request)
        if context.slack is None:
            return JSONResponse({"error": "the signature does not fit"}, 401)
        body = await request.body()
        try:
            work = await run_in_threadpool(context.slack.take, request.headers, body, context.now())
        except StoreUnavailable:
            return JSONResponse({"error": "the database cannot be written just now, press again"}, 503)
        if work is None:
            return JSONResponse({"error": "the signature does not fit"}, 401)
        return Response(status_code=200, background=BackgroundTask(work))

    return answer
