"""The ten-minute review on a phone: one item, two taps, the next one."""

from starlette.responses import RedirectResponse, Response

from dashboards.briefing.review import TONES, answer_item, read_review
from dashboards.call import Call, View, missing
from dashboards.pages.briefings import read_period
from pipeline.model import TOPICS
from pipeline.store.engine import writing


def show_review(call: Call) -> View:
    """The next item of the sample, how far we are, and what was found so far."""
    period = read_period(call, call.path("period"))
    if period is None:
        missing("there is no such period")
    names = {one.id: one.name or one.id for one in call.context.loaded.sources}
    data = {"review": read_review(call.conn, period), "tones": TONES, "topics": TOPICS, "source_names": names}
    return View("briefing_review.html", {**data, "done": call.asked("done")})


def answer_review(call: Call) -> Response:
    """Keep an answer and go on to the next item. Audited; wrong ones become corrections."""
    period = read_period(call, call.path("period"))
    if period is None:
        missing("there is no such period")
    form = call.form
    with writing(call.context.engine) as conn:
        refused = answer_item(
            conn, period, form.get("document", ""), form.get("tone", ""), form.get("topic", ""), call.who, call.now
        )
    return RedirectResponse(f"/briefings/review/{period.name}{'?done=refused' if refused else ''}", 303)
