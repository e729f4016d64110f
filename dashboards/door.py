"""The one door: who is there, may they come in, did they mean it (CSRF); then the page is made in a thread.

address -> host check -> session -> access -> form token -> page -> HTML or JSON
"""

import secrets
import traceback
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from dashboards.auth import User, count_users, find_able, read_session
from dashboards.call import Call, Spot, View
from dashboards.clocks import Clock
from dashboards.context import DashContext
from dashboards.csrf import fits_token, is_own_origin, make_token
from dashboards.headers import FIXED
from dashboards.i18n import choose_language, load_words
from dashboards.render import load_templates, render_html, render_json, static_url
from dashboards.settings import LOOPBACK, ServerSettings
from pipeline.store.engine import StoreUnavailable, reading

log = structlog.get_logger()
FORM_COOKIE, LANG_COOKIE = "tocsin-form", "tocsin-lang"


def make_endpoint(context: DashContext, spot: Spot, twin: bool) -> Callable[[Request], Awaitable[Response]]:
    """The ASGI endpoint of a spot; `twin` answers JSON."""

    async def endpoint(request: Request) -> Response:
        form = await read_form(request, spot.upload) if spot.method == "POST" else {}
        return await run_in_threadpool(answer, context, spot, request, form, twin)

    return endpoint


async def read_form(request: Request, upload: bool = False) -> Mapping[str, str]:
    """The text fields of a form. A file is taken only where the spot says so; the limit of a body (1 MB) is its limit."""
    async with request.form(max_files=1 if upload else 0, max_fields=50) as form:
        for value in form.values():
            if not isinstance(value, str):
                request.state.upload = await value.read()
        return {name: value[:10_000] for name, value in form.items() if isinstance(value, str)}


def answer(context: DashContext, spot: Spot, request: Request, form: Mapping[str, str], twin: bool) -> Response:
    """Check the door, call the page, render it. Raises HTTPException for what is refused, 503 without a store."""
    check_host(context.loaded.server, request)
    try:
        return open_door(context, spot, request, form, twin)
    except StoreUnavailable as error:
        log.warning("store_unavailable", path=spot.path, error=str(error))
        raise HTTPException(503, "the database cannot be read just now; nothing is lost, try again") from error


def open_door(context: DashContext, spot: Spot, request: Request, form: Mapping[str, str], twin: bool) -> Response:
    """The page, for those who may see it."""
    with reading(context.engine) as conn:
        call = make_call(context, conn, request, form)
        refusal = check_access(call, spot, twin)
        if refusal is not None:
            return refusal
        if spot.method == "POST":
            check_form(call)
        return finish(call, spot.handler(call), twin)


def make_call(context: DashContext, conn: Connection, request: Request, form: Mapping[str, str]) -> Call:
    """Everything a page may want to know about the request."""
    loaded, now = context.loaded, context.now()
    accepted = request.headers.get("accept-language", "")
    lang = choose_language(request.cookies.get(LANG_COOKIE), accepted, loaded.alerting.language)
    words = load_words()[lang].with_levels({level.value: one.name for level, one in loaded.alerting.severities.items()})
    clock = Clock(now, ZoneInfo(loaded.school.timezone), words)
    cookie = form_cookie(loaded.server, request) or secrets.token_urlsafe(18)
    user = find_user(context, conn, request)
    call = Call(context, request, conn, user, words, clock, form, make_token(context.secret, cookie))
    request.state.form_cookie = cookie
    return call


def find_user(context: DashContext, conn: Connection, request: Request) -> User | None:
    """Whom a trusted proxy names; else the session's user; on an open loopback without users an anonymous reader;
    else None."""
    named = proxy_user(context.loaded.server, request)
    if named is not None:
        return find_able(conn, named)
    cookie = request.cookies.get(session_cookie(context.loaded.server, request))
    user = read_session(conn, cookie, context.now()) if cookie else None
    if user is None and is_open(context.loaded.server, request) and count_users(conn) == 0:
        return User("", "viewer", anonymous=True)
    return user


def proxy_user(server: ServerSettings, request: Request) -> str | None:
    """The name in `[server] proxy_header`, when a trusted proxy sent it; None otherwise. Sent twice it names nobody ("")."""
    client = request.client.host if request.client else ""
    if not server.proxy_header or client not in server.trusted_proxies:
        return None
    named = request.headers.getlist(server.proxy_header)
    return None if not named else named[0].strip() if len(named) == 1 else ""


def is_open(server: ServerSettings, request: Request) -> bool:
    """True when the demo's open door applies: asked for, on loopback, and not through a proxy."""
    return server.open_on_loopback and server.on_loopback and is_direct(request)


def is_direct(request: Request) -> bool:
    """True when the request came from this machine and was not passed on by a proxy."""
    client = request.client.host if request.client else ""
    return client in LOOPBACK and "x-forwarded-for" not in request.headers and "forwarded" not in request.headers


def check_host(server: ServerSettings, request: Request) -> None:
    """Refuse foreign Host names on loopback, so that no web page can rebind its name to us."""
    named = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    own = LOOPBACK | {urlsplit(server.public_url).hostname or "localhost"}
    if server.on_loopback and named not in own:
        raise HTTPException(421, "unknown host name")


def check_access(call: Call, spot: Spot, twin: bool) -> Response | None:
    """None when the caller may come in; a way to the login for people, 401 for programs. Raises 403."""
    if spot.needs in {"public", "link"} or (spot.needs == "machine" and is_direct(call.request)):
        return None
    if call.user is None:
        return ask_login(call, twin or spot.method == "POST" or spot.path.endswith(".json"))
    role = "viewer" if spot.needs == "machine" else spot.needs
    if not call.user.may(role):  # type: ignore[arg-type]  # public and link were handled above
        raise HTTPException(403, "your role may not do this")
    return None


def ask_login(call: Call, plainly: bool) -> Response:
    """401 as JSON, or the login page with the way back."""
    if plainly:
        return JSONResponse({"error": "login needed"}, 401)
    url = call.request.url
    target = url.path + (f"?{url.query}" if url.query else "")
    return RedirectResponse(f"/login?next={quote(target)}", 303)


def check_form(call: Call) -> None:
    """Refuse a POST that did not come from our own page."""
    headers, server = call.request.headers, call.context.loaded.server
    own = is_own_origin(headers.get("origin"), headers.get("referer"), headers.get("host", ""), server.public_url)
    given = call.form.get("csrf", "")
    if not own or not fits_token(call.context.secret, form_cookie(server, call.request), given):
        raise HTTPException(403, "this form was not sent from our own page; open the page again")


def finish(call: Call, result: View | Response, twin: bool) -> Response:
    """The answer, with the form cookie for browsers that have neither session nor form cookie."""
    if isinstance(result, Response):
        return result
    if twin:
        return render_json(result)
    response = render_html(call, result)
    if not form_cookie(call.context.loaded.server, call.request):
        set_cookie(call, response, FORM_COOKIE, call.request.state.form_cookie)
    return response


def form_cookie(server: ServerSettings, request: Request) -> str:
    """The cookie a form token is bound to: the session's, else the one made for forms, else empty."""
    return request.cookies.get(session_cookie(server, request)) or request.cookies.get(FORM_COOKIE) or ""


def is_secure(server: ServerSettings, request: Request) -> bool:
    """True when the browser reached us over https: by our public address or as a trusted proxy says."""
    client = request.client.host if request.client else ""
    told = request.headers.get("x-forwarded-proto") if client in server.trusted_proxies else None
    public = urlsplit(server.public_url)
    by_name = public.scheme == "https" and request.headers.get("host") == public.netloc
    return (told or request.url.scheme) == "https" or by_name


def session_cookie(server: ServerSettings, request: Request) -> str:
    """The session cookie's name; over https the prefix ties it to this host alone."""
    return "__Host-tocsin" if is_secure(server, request) else "tocsin"


def client_address(server: ServerSettings, request: Request) -> str:
    """The reader's address, for the limit on guessing; X-Forwarded-For counts only from trusted proxies."""
    client = request.client.host if request.client else ""
    if client not in server.trusted_proxies:
        return client
    told = [part.strip() for part in request.headers.get("x-forwarded-for", "").split(",") if part.strip()]
    return next((a for a in reversed(told) if a not in server.trusted_proxies), client)


def set_cookie(call: Call, response: Response, name: str, value: str, seconds: int | None = None) -> None:
    """A cookie that scripts cannot read and other sites do not send."""
    secure = is_secure(call.context.loaded.server, call.request)
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=secure, path="/")


def show_error(context: DashContext) -> Callable[[Request, Exception], Response]:
    """The handler for refusals (their own words) and surprises (logged; the reader sees no detail)."""

    def handle(request: Request, exc: Exception) -> Response:
        known = isinstance(exc, HTTPException)
        status = exc.status_code if isinstance(exc, HTTPException) else 500
        detail = exc.detail if isinstance(exc, HTTPException) else "something went wrong here; it has been logged"
        if not known:
            log.error("page_failed", path=route_pattern(request), error=type(exc).__name__, at=list_frames(exc))
        return error_page(context, request, status, detail)

    return handle


def list_frames(exc: Exception) -> list[str]:
    """Where it happened, as file, line and function; no values, because those may be item text or a link."""
    return [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(exc.__traceback__)][-12:]


def route_pattern(request: Request) -> str:
    """The pattern of the address, never the address itself: it may hold a signed link."""
    return str(getattr(request.scope.get("route"), "path", ""))


def error_page(context: DashContext, request: Request, status: int, detail: str) -> Response:
    """A small page, or JSON for a twin."""
    if request.url.path.endswith(".json"):
        return JSONResponse({"error": detail}, status, dict(FIXED))
    accepted = request.headers.get("accept-language", "")
    lang = choose_language(request.cookies.get(LANG_COOKIE), accepted, context.loaded.alerting.language)
    words = load_words()[lang]
    template = load_templates().get_template("error.html")
    html = template.render(status=status, detail=words.say(detail), lang=lang, _=words.say, static=static_url)
    return Response(html, status, dict(FIXED), media_type="text/html")
