"""Login by the school's identity provider: to it and back. What was begun waits in a signed cookie of ten minutes."""

import base64
import hashlib
import hmac
from datetime import timedelta

import msgspec
import structlog
from sqlalchemy import Connection, insert, select, update
from starlette.responses import RedirectResponse, Response

from dashboards.auth import ROLES, Role, User, close_sessions, find_able
from dashboards.call import Call, View, missing
from dashboards.csrf import safe_next
from dashboards.door import is_secure, set_cookie
from dashboards.oidc import LoginFailed, Person, Provider, Start
from dashboards.pages.login import begin_session, login_form
from dashboards.settings import OidcSettings
from pipeline.store.audit import append_audit
from pipeline.store.engine import writing
from pipeline.store.schema import users

log = structlog.get_logger()
COOKIE, LIFE = "tocsin-oidc", timedelta(minutes=10)
NO_PASSWORD = "!"  # noqa: S105 - no hash, so that no password ever fits
_PROVIDERS: dict[str, Provider] = {}


class Begun(msgspec.Struct, frozen=True):
    """What the cookie holds of a login that was begun."""

    state: str
    nonce: str
    verifier: str
    target: str
    until: float


def go_to_provider(call: Call) -> View | Response:
    """Send the browser to the provider, which asks for the password."""
    provider, target = provider_of(call), safe_next(call.asked("next", "/"))
    try:
        start = provider.begin(address_back(call))
    except LoginFailed as error:
        return refuse(call, error)
    until = (call.now + LIFE).timestamp()
    begun = Begun(start.state, start.nonce, start.verifier, target, until)
    response = RedirectResponse(start.url, 303)
    set_cookie(call, response, COOKIE, seal(call.context.secret, begun), int(LIFE.total_seconds()))
    return response


def come_back(call: Call) -> View | Response:
    """Believe the provider's answer, or show the login page with one sentence; the cookie is spent either way."""
    provider, begun = provider_of(call), unseal(call.context.secret, call.request.cookies.get(COOKIE, ""))
    try:
        check_answer(call, provider, begun)
        assert begun is not None
        start = Start("", begun.state, begun.nonce, begun.verifier)
        code = call.request.query_params.get("code", "")
        person = provider.finish(address_back(call), code, start, call.now.timestamp())
    except LoginFailed as error:
        return refuse(call, error)
    with writing(call.context.engine) as conn:
        user = find_account(conn, provider.settings, person, call)
    if user is None:
        log.warning("login_by_provider_unknown", key=person.key)
        return login_form(
            call, "The provider knows you, but no account here is meant for you; ask the operator.", "/", 403
        )
    response = begin_session(call, user, begun.target, "login_by_provider")
    response.delete_cookie(COOKIE, path="/", secure=is_secure(call.context.loaded.server, call.request), httponly=True)
    return response


def check_answer(call: Call, provider: Provider, begun: Begun | None) -> None:
    """The answer belongs to the login that this browser began. Raises LoginFailed."""
    asked = call.request.query_params
    if begun is None or begun.until < call.now.timestamp():
        raise LoginFailed("this login was not begun here, or too long ago")
    if not hmac.compare_digest(begun.state.encode(), asked.get("state", "").encode()):
        raise LoginFailed("the answer belongs to another login")
    if asked.get("iss", provider.settings.issuer) != provider.settings.issuer:
        raise LoginFailed("the answer came from another provider")
    if asked.get("error") or not asked.get("code"):
        raise LoginFailed("the provider refused the login")


def find_account(conn: Connection, settings: OidcSettings, person: Person, call: Call) -> User | None:
    """The account meant for a person: named in `accounts`, else one of its own with the role of its claim."""
    wanted = {key.lower(): name for key, name in settings.accounts.items()}
    name = wanted.get(f"sub:{person.key}") or (wanted.get(person.email) if person.email else None)
    if name is not None:
        return find_able(conn, name)
    return account_by_role(conn, settings, person, call)


def account_by_role(conn: Connection, settings: OidcSettings, person: Person, call: Call) -> User | None:
    """An account under the hash of the person's number at the provider, with the highest role of its claim today;
    whoever lost the role is out."""
    name, given = f"sso-{person.key[:12]}", [settings.roles[one] for one in person.values if one in settings.roles]
    row = conn.execute(select(users.c.disabled).where(users.c.name == name)).first()
    if not given:
        close_sessions(conn, name)
        return None
    if row is not None and row.disabled is not None:
        return None
    role: Role = max(given, key=ROLES.index)
    if row is None:
        conn.execute(insert(users).values(name=name, password=NO_PASSWORD, role=role, made=call.now))
        append_audit(conn, call.now, name, "account_by_provider", name, role)
    else:
        conn.execute(update(users).where(users.c.name == name).values(role=role))
    return User(name, role)


def refuse(call: Call, error: LoginFailed) -> View:
    """The login page; the reason is in the log for the operator."""
    log.warning("login_by_provider_failed", why=str(error), cause=type(error.__cause__).__name__)
    return login_form(call, "The login by the provider did not work. Try again, or ask the operator.", "/", 401)


def provider_of(call: Call) -> Provider:
    """The configured provider, or 404."""
    settings = call.context.loaded.server.oidc
    if not settings.on:
        missing("no provider is configured")
    known = _PROVIDERS.get(settings.issuer)
    if known is None or known.settings != settings:
        known = _PROVIDERS[settings.issuer] = Provider(settings)
    return known


def address_back(call: Call) -> str:
    """Where the provider sends the browser: fixed by `public_url`, on this machine by the host that was asked."""
    base = call.context.loaded.server.public_url or f"http://{call.request.headers.get('host', '127.0.0.1')}"
    return f"{base.rstrip('/')}/login/oidc/back"


def seal(secret: bytes, begun: Begun) -> str:
    """The cookie: its content and a signature over it."""
    body = base64.urlsafe_b64encode(msgspec.json.encode(begun)).decode()
    return f"{body}.{sign(secret, body)}"


def unseal(secret: bytes, cookie: str) -> Begun | None:
    """What the cookie holds; None when it is not ours."""
    body, _, mark = cookie.partition(".")
    if not hmac.compare_digest(sign(secret, body).encode(), mark.encode()):
        return None
    return msgspec.json.decode(base64.urlsafe_b64decode(body), type=Begun)


def sign(secret: bytes, body: str) -> str:
    """The signature of a cookie's body."""
    return hmac.new(secret, b"login " + body.encode(), hashlib.sha256).hexdigest()
