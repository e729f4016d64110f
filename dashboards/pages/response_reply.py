"""The page behind the link of a slip: a department reads it and answers once, without login.

GET only shows, because previewers fetch links; POST answers and spends the link. No event, no list, no other slip.
"""

from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from alerts.cases import OUTCOMES
from alerts.response.slips import Slip, take_answer
from alerts.taps import Refused
from dashboards.call import Call, View
from dashboards.pages.response import do, letterhead, links_of, pen_of, say_refusal
from dashboards.response.papers import slip_fields

USED = "this link was used already"


def show_slip(call: Call, refused: object = None) -> View:
    """The slip of the link with a form, or why there is none any more."""
    found = links_of(call).read(call.conn, call.path("token"), call.now)
    if isinstance(found, Refused):
        done = call.asked("done") if found.why == USED else ""
        return View("response_gone.html", {"reason": say_refusal(call, found), "done": done}, 200 if done else 404)
    slip, _ = found
    data = {
        "slip": slip, "fields": slip_fields(slip, letterhead(call, slip.lang)), "outcomes": OUTCOMES,
        "action": f"/r/{call.path('token')}", "refused": say_refusal(call, refused),
        "form": {name: call.form.get(name, "") for name in ("words", "outcome")},
    }  # fmt: skip
    return View("response_reply.html", data, 400 if refused else 200)


def answer_slip(call: Call) -> View | Response:
    """Take the answer and spend the link in one transaction; the trail names the department's way in, no person."""
    found = links_of(call).read(call.conn, call.path("token"), call.now)
    if isinstance(found, Refused):
        return View("response_gone.html", {"reason": say_refusal(call, found), "done": ""}, 404)
    slip, nonce = found
    result = do(call, "answer_slip", slip.id, lambda conn: store_answer(call, conn, slip, nonce), "department, by link")
    if isinstance(result, Refused):
        return show_slip(call, result)
    return RedirectResponse(f"/r/{call.path('token')}?done=answered", 303)


def store_answer(call: Call, conn: Connection, slip: Slip, nonce: str) -> Refused | None:
    """The answer, when nobody was faster."""
    refused = take_answer(
        conn, slip.id, call.form.get("words", ""), call.form.get("outcome", ""), "link", pen_of(call), call.now
    )
    if refused is None and not links_of(call).spend(conn, nonce, call.now):
        return Refused(USED)
    return refused
