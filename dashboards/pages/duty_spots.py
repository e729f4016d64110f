"""The addresses of the roster and of single cases."""

from dashboards.call import Spot
from dashboards.pages import cases, roster

DUTY_SPOTS: tuple[Spot, ...] = (
    Spot("/roster", roster.show_roster, "officer"),
    Spot("/roster/file", roster.take_file, "editor", "POST", upload=True),
    Spot("/roster/file/{kind}", roster.send_file, "officer", twin=False),
    Spot("/cases/file/xlsx", cases.send_cases, "officer", twin=False),
    Spot("/cases/{id}", cases.show_case),
    Spot("/cases/{id}/{act}", cases.act_on_case, "officer", "POST"),
    Spot("/roster/{what}", roster.change_roster, "editor", "POST"),
)
