"""The addresses of the roster."""

from dashboards.call import Spot
from dashboards.pages import roster

DUTY_SPOTS: tuple[Spot, ...] = (
    Spot("/roster", roster.show_roster, "officer"),
    Spot("/roster/file", roster.take_file, "editor", "POST", upload=True),
    Spot("/roster/file/{kind}", roster.send_file, "officer", twin=False),
    Spot("/roster/{what}", roster.change_roster, "editor", "POST"),
)
