"""The addresses of what the office edits: words on items, merges and splits."""

from dashboards.call import Spot
from dashboards.pages import corrections

OFFICE_SPOTS: tuple[Spot, ...] = (
    Spot("/corrections", corrections.correct_item, "officer", "POST"),
    Spot("/events/{id}/regroup", corrections.show_regroup, "officer"),
    Spot("/events/{id}/regroup", corrections.regroup_event, "officer", "POST"),
    Spot("/events/{id}/merge", corrections.show_merge, "officer"),
    Spot("/events/{id}/split", corrections.show_split, "officer"),
)
