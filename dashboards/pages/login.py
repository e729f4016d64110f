"""Logging in and out, the first user, and the language."""

from urllib.parse import urlsplit

from starlette.responses import RedirectResponse, Response

from dashboards import auth
from dashboards.call import Call, View, missing
from dashboards.csrf import safe_next
from dashboards.door import LANG_COOKIE, client_address, session_cookie, set_cookie
from dashboards.i18n import LANGUAGES
from pipeline.store.audit import append_audit
from pipeline.store.engine import writing


def show_login(call: Call) -> View:
    """The login form."""
    return login_form(call, "", safe_next(call.asked("next", "/")))


def login_form(call: Call, problem: str, target: str, status: int = 200) -> View:
    """The form with what went wrong."""
    oidc = call.context.loaded.server.oidc
    provider = (oidc.name or urlsplit(oidc.issuer).hostname) if oidc.on else ""
    any_user = auth.count_users(call.conn) > 0
    return View("login.html", {"problem": problem, "next": target, "any_user": any_user, "provider": provider}, status)


def log_in(call: Call) -> View | Response:
    """Check the password; a new session id each time. Ten wrong tries in 15 minutes, then wait."""
    name, target = call.form.get("name", "")[:40], safe_next(call.form.get("next", "/"))
    keys = auth.guess_keys(name, client_address(call.context.loaded.server, call.request))
    if auth.is_guessing(call.conn, keys, call.now):
        return login_form(call, "Too many attempts. Please wait 15 minutes.", target, 429)
    user = auth.check_password(call.conn, name, call.form.get("password", ""))
    if user is None:
        with writing(call.context.engine) as conn:
            auth.note_failure(conn, keys, call.now)
        return login_form(call, "This name and password do not fit together.", target, 401)
    return begin_session(call, user, target, "login")


def begin_session(call: Call, user: auth.User, target: str, what: str) -> Response:
    """A fresh session for `user`; an older one of this browser ends."""
    server = call.context.loaded.server
    name = session_cookie(server, call.request)
    with writing(call.context.engine) as conn:
        auth.close_session(conn, call.request.cookies.get(name, ""))
        cookie = auth.open_session(conn, user.name, call.now, server.session_hours)
        append_audit(conn, call.now, user.name, what, "", "")
    response = RedirectResponse(target, 303)
    set_cookie(call, response, name, cookie, int(server.session_hours * 3600))
    return response


def log_out(call: Call) -> Response:
    """End the session."""
    name = session_cookie(call.context.loaded.server, call.request)
    with writing(call.context.engine) as conn:
        auth.close_session(conn, call.request.cookies.get(name, ""))
        append_audit(conn, call.now, call.who, "logout", "", "")
    response = RedirectResponse("/login", 303)
    response.delete_cookie(name, path="/", secure=name.startswith("__Host-"), httponly=True, samesite="lax")
    return response


def show_setup(call: Call) -> View:
    """The form for the first user, while its one-time link is good."""
    check_setup(call)
    return View("setup.html", {"problem": ""})


def set_up(call: Call) -> View | Response:
    """Make the first user, an operator, and log in. The link is spent."""
    check_setup(call)
    name, password = call.form.get("name", ""), call.form.get("password", "")
    if password != call.form.get("again", ""):
        return View("setup.html", {"problem": "The two passwords differ."}, 400)
    with writing(call.context.engine) as conn:
        if not auth.is_setup_token(conn, call.path("token"), call.now):
            missing("this link has been used or has expired")
        refusal = auth.add_user(conn, name, password, "operator", call.now)
        if refusal is None:
            auth.spend_setup_token(conn)
    if refusal is not None:
        return View("setup.html", {"problem": refusal}, 400)
    return begin_session(call, auth.User(name, "operator"), "/", "setup")


def check_setup(call: Call) -> None:
    """404 unless the link in the address may make the first user."""
    if not auth.is_setup_token(call.conn, call.path("token"), call.now):
        missing("this link has been used or has expired")


def choose(call: Call) -> Response:
    """Remember the language in a cookie and go back."""
    response = RedirectResponse(safe_next(call.form.get("next", "/")), 303)
    lang = call.form.get("lang", "")
    if lang in LANGUAGES:
        set_cookie(call, response, LANG_COOKIE, lang, 365 * 86400)
    return response
