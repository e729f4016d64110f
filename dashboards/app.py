"""The dashboard as an ASGI application: every address in one list, one door in front of all of them.

`SPOTS` names who may come where; the door in `dashboards/door.py` checks it, so that no page can forget to.
"""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from dashboards.call import Spot
from dashboards.context import DashContext
from dashboards.door import make_endpoint, show_error
from dashboards.headers import BodyLimit, SecurityHeaders
from dashboards.openapi import twin_path
from dashboards.pages import SPOTS
from dashboards.pages.assets import serve_static
from dashboards.pages.inbox import make_inbox
from dashboards.pages.live import make_live
from dashboards.pages.slack_actions import make_slack_actions
from dashboards.pages.websub import make_websub
from dashboards.warm import warming


def build_app(context: DashContext) -> Starlette:
    """The application over `context`. Opens nothing and starts nothing by itself."""
    routes = [route for spot in SPOTS for route in spot_routes(context, spot)]
    routes.append(Route("/live", make_live(context), methods=["GET"], name="live"))
    routes.append(Route("/websub/{token}", make_websub(context), methods=["GET", "POST"], name="websub"))
    routes.append(Route("/inbox/{source}", make_inbox(context), methods=["POST"], name="inbox"))
    routes.append(Route("/slack/actions", make_slack_actions(context), methods=["POST"], name="slack_actions"))
    routes.append(Route("/static/{name}", serve_static, methods=["GET"], name="static"))
    app = Starlette(
        routes=routes,
        lifespan=warming(context),
        middleware=[Middleware(SecurityHeaders), Middleware(BodyLimit)],
        exception_handlers={HTTPException: show_error(context), 500: show_error(context)},
    )
    app.state.context = context
    return app


def spot_routes(context: DashContext, spot: Spot) -> list[Route]:
    """The route of a spot, preceded by its JSON twin so that `{id}` does not swallow `.json`."""
    routes = [Route(spot.path, make_endpoint(context, spot, twin=False), methods=[spot.method])]
    if spot.twin and spot.method == "GET":
        routes.insert(0, Route(twin_path(spot), make_endpoint(context, spot, twin=True), methods=["GET"]))
    return routes
