"""Every address of the briefings and who may come there."""

from dashboards.call import Spot
from dashboards.pages import briefing_review, briefings

BRIEFING_SPOTS: tuple[Spot, ...] = (
    Spot("/briefings", briefings.show_briefings),
    Spot("/briefings/make", briefings.make_briefing, "editor", "POST"),
    Spot("/briefings/job/{id}", briefings.show_job, "editor"),
    Spot("/briefings/edition/{id}", briefings.show_edition),
    Spot("/briefings/edition/{id}/edit", briefings.edit_words, "editor", "POST"),
    Spot("/briefings/edition/{id}/step", briefings.step_edition, "editor", "POST"),
    Spot("/briefings/edition/{id}/propose", briefings.propose, "editor", "POST"),
    Spot("/briefings/edition/{id}/draft", briefings.draft_summary, "editor", "POST"),
    Spot("/briefings/edition/{id}/{file}", briefings.send_document, twin=False),
    Spot("/briefings/review/{period}", briefing_review.show_review, "officer"),
    Spot("/briefings/review/{period}", briefing_review.answer_review, "officer", "POST"),
    Spot("/briefings/{name}", briefings.send_file, twin=False),
)
