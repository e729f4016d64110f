"""The list of events."""

from dashboards.call import Call, View
from dashboards.queries.events import Filter, list_events
from pipeline.model import TOPICS, Severity

SIZE = 50
STATUSES = ("open", "closed")


def show_events(call: Call) -> View:
    """Events by their last sign of life, narrowed by status, topic and severity."""
    asked = read_filter(call)
    rows = list_events(call.conn, asked, call.now, call.page(), SIZE)
    return View(
        "events.html",
        {
            "events": rows[:SIZE],
            "filter": asked,
            "page": call.page(),
            "more": len(rows) > SIZE,
            "topics": TOPICS,
            "severities": tuple(str(s) for s in reversed(Severity)),
            "statuses": STATUSES,
        },
    )


def read_filter(call: Call) -> Filter:
    """The filter from the address; unknown values count as not asked."""
    status, topic, severity = call.asked("status"), call.asked("topic"), call.asked("severity")
    known = {str(s) for s in Severity} | {"any"}
    return Filter(
        status=status if status in STATUSES else "",
        topic=topic[:40],
        severity=severity if severity in known else "",
    )
