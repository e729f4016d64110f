"""Requests to delete: asked on the public page, decided here by an editor."""

from starlette.responses import RedirectResponse, Response

from alerts.plain import plain
from dashboards import auth
from dashboards.call import Call, View, missing
from dashboards.door import client_address
from dashboards.pages.about import about_page
from dashboards.wishes import drop_wish, find_wish, list_wishes, make_wish, put_wish
from pipeline.mask import Masker
from pipeline.store.audit import append_audit
from pipeline.store.engine import writing
from pipeline.store.forget import forget_items


def take_request(call: Call) -> View:
    """A request by address or text; the answer is the same whether anything is stored or not."""
    key = (auth.digest(f"forget {client_address(call.context.loaded.server, call.request)}")[:32],)
    if auth.is_guessing(call.conn, key, call.now):
        return about_page(call, "", "Too many attempts. Please wait 15 minutes.", 429)
    school, sources = call.context.loaded.school, call.context.loaded.sources
    names = [school.name, school.english, *school.aliases, *(s.name for s in sources if s.name)]
    url, text = call.form.get("url", "").strip()[:2000], call.form.get("text", "").strip()
    wish = make_wish(call.context.engine, url, text, names, call.now)
    with writing(call.context.engine) as conn:
        auth.note_failure(conn, key, call.now)
        if isinstance(wish, str):
            return about_page(call, "", wish, 400)
        put_wish(conn, wish)
        append_audit(conn, call.now, "public page", "forget_asked", wish.number)
    return about_page(call, wish.number, "")


def show_requests(call: Call) -> View:
    """Open requests, oldest first."""
    names = {s.id: s.name or s.id for s in call.context.loaded.sources}
    return View("wishes.html", {"wishes": list_wishes(call.conn), "source_names": names, "done": call.asked("done")})


def decide_request(call: Call) -> Response:
    """Delete everywhere, or decline; both audited, the request itself is dropped."""
    wish = find_wish(call.conn, call.path("number"))
    if wish is None:
        missing("there is no such request")
    act = call.form.get("act", "")
    call.conn.rollback()  # a snapshot that is still open would keep the erased bytes from leaving the file
    if act == "delete":
        receipt = forget_items(call.context.engine, ids=wish.items, fingerprints=wish.fingerprints, now=call.now)
        call.context.on_forget()
        note = f"{receipt.number}, {receipt.items} items"
    elif act == "decline":
        names = call.context.loaded.school
        note = plain(Masker([names.name, names.english]).mask(call.form.get("note", ""), private=True), 200)
    else:
        missing("there is no such action")
    with writing(call.context.engine) as conn:
        drop_wish(conn, wish.number)
        append_audit(conn, call.now, call.who, f"forget_{act}", wish.number, note)
    return RedirectResponse(f"/requests?done=forget_{act}", 303)
