"""Accounts, for operators: who there is, invitations by one-time link, roles, disabling, new passwords, sessions."""

from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from dashboards import accounts, auth
from dashboards.call import Call, View, missing
from dashboards.pages.login import begin_session
from dashboards.refusals import say_refusal
from pipeline.store.audit import append_audit
from pipeline.store.engine import writing

ACTS = ("role", "disable", "enable", "sessions", "reset", "invite", "withdraw")


def show_users(call: Call) -> View:
    """The page."""
    return users_page(call)


def users_page(call: Call, problem: str = "", link: str = "", whom: str = "") -> View:
    """The list; with a one-time `link` it is shown this once and nowhere else."""
    data = {
        "accounts": accounts.list_accounts(call.conn, call.now),
        "invited": accounts.count_invites(call.conn, call.now),
        "roles": auth.ROLES, "problem": problem, "link": link, "whom": whom, "days": accounts.INVITE_LIFE.days,
        "done": call.asked("done"),
    }  # fmt: skip
    return View("users.html", data, 400 if problem else 200)


def change_users(call: Call) -> View | Response:
    """One act on one account. Audited; the link itself is stored and logged nowhere."""
    act, name = call.path("act"), call.form.get("name", "")[:40]
    if act not in ACTS:
        missing("there is no such action")
    call.conn.rollback()
    if act in ("reset", "invite"):
        return hand_out_link(call, act, name)
    with writing(call.context.engine) as conn:
        refusal, detail = do(conn, call, act, name)
        if refusal is None:
            append_audit(conn, call.now, call.who, f"user_{act}", name, detail)
    if refusal:
        return users_page(call, say_refusal(call.words, refusal))
    return RedirectResponse(f"/users?done=user_{act}", 303)


def do(conn: Connection, call: Call, act: str, name: str) -> tuple[str | None, str]:
    """The refusal (None when done) and what the audit trail says of it."""
    role = call.form.get("role", "")
    if act == "role":
        return accounts.change_role(conn, name, role), role
    if act == "disable":
        return accounts.disable(conn, name, call.now), ""
    if act == "enable":
        return accounts.enable(conn, name), ""
    if act == "withdraw":
        return None, str(accounts.withdraw_invites(conn))
    return None, str(accounts.end_sessions(conn, name))


def hand_out_link(call: Call, act: str, name: str) -> View:
    """The page with a one-time link: for somebody new of a role, or for a new password."""
    user = name if act == "reset" else None
    with writing(call.context.engine) as conn:
        role = accounts.role_of(conn, name) if user is not None else call.form.get("role", "")
        token = accounts.make_invite(conn, role or "", user, call.who, call.now)
        if token is not None:
            append_audit(conn, call.now, call.who, f"user_{act}", name if user else "", role or "")
    if token is None:
        return users_page(call, say_refusal(call.words, accounts.UNKNOWN))
    base = call.context.loaded.server.public_url or str(call.request.base_url)
    return users_page(call, link=f"{base.rstrip('/')}/invite/{token}", whom=name if user else "")


# ------------------------------------------------------------------ behind the link


def show_invite(call: Call) -> View:
    """The form behind a one-time link."""
    return invite_page(invite_of(call))


def invite_page(invite: accounts.Invite, problem: str = "") -> View:
    """The form with what went wrong."""
    return View("invite.html", {"invite": invite, "problem": problem}, 400 if problem else 200)


def invite_of(call: Call) -> accounts.Invite:
    """What the link allows; 404 when it was used or has expired."""
    invite = accounts.read_invite(call.conn, call.path("token"), call.now)
    if invite is None:
        missing("this link has been used or has expired")
    return invite


def take_invite(call: Call) -> View | Response:
    """Make the account (or set the password) and log in. The link is spent. Audited."""
    invite, password = invite_of(call), call.form.get("password", "")
    name = invite.user or call.form.get("name", "")
    if password != call.form.get("again", ""):
        return invite_page(invite, "The two passwords differ.")
    call.conn.rollback()
    with writing(call.context.engine) as conn:
        refusal = accounts.accept_invite(conn, call.path("token"), name, password, call.now)
        if refusal is None:
            append_audit(conn, call.now, name, "set_password" if invite.user else "joined", name, invite.role)
    if refusal:
        return invite_page(invite, refusal)
    return begin_session(call, auth.User(name, invite.role), "/", "login")
