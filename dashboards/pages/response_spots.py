"""The addresses of the office's papers."""

from dashboards.call import Spot
from dashboards.pages import response_notes as notes
from dashboards.pages import response_office as office
from dashboards.pages import response_reply as reply
from dashboards.pages import response_reports as reports
from dashboards.pages import response_slips as slips

RESPONSE_SPOTS: tuple[Spot, ...] = (
    Spot("/slips", slips.show_slips),
    Spot("/slips/{id}", slips.show_slip),
    Spot("/slips/{id}/paper", slips.send_paper, "officer", twin=False),
    Spot("/slips/{id}/link", slips.renew_link, "officer", "POST"),
    Spot("/slips/{id}/answer", slips.type_answer, "officer", "POST"),
    Spot("/slips/{id}/decide", slips.decide_answer, "officer", "POST"),
    Spot("/events/{id}/slip", slips.new_slip, "officer", twin=False),
    Spot("/events/{id}/slip", slips.issue_slip, "officer", "POST"),
    Spot("/events/{id}/report", reports.draft_report, "officer", "POST"),
    Spot("/events/{id}/facts", notes.show_facts),
    Spot("/events/{id}/facts", notes.put_fact, "officer", "POST"),
    Spot("/events/{id}/note", notes.note_line, "officer", "POST"),
    Spot("/reports", reports.show_reports),
    Spot("/reports/{id}", reports.show_report),
    Spot("/reports/{id}", reports.edit_report, "officer", "POST"),
    Spot("/reports/{id}/issue", reports.issue_report, "officer", "POST"),
    Spot("/reports/{id}/drop", reports.drop_report, "officer", "POST"),
    Spot("/reports/{id}/paper/{name}", reports.send_paper, twin=False),
    Spot("/log", notes.show_log),
    Spot("/log", notes.write_line, "officer", "POST"),
    Spot("/log/paper/{name}", notes.send_log, twin=False),
    Spot("/handovers", notes.hand_over, "officer", "POST"),
    Spot("/handovers/{number}", notes.show_handover),
    Spot("/handovers/{number}/paper/{name}", notes.send_handover, twin=False),
    Spot("/playbooks", office.show_playbooks),
    Spot("/playbooks/{name}", office.show_playbook),
    Spot("/playbooks/{name}", office.write_playbook, "editor", "POST"),
    Spot("/register", office.show_register),
    Spot("/register/enter", office.enter_matters, "officer", "POST"),
    Spot("/register/columns", office.choose_columns, "editor", "POST"),
    Spot("/register/fill", office.fill_cells, "officer", "POST"),
    Spot("/register/sheet", office.send_register, twin=False),
    Spot("/register/sheet", office.take_sheet, "officer", "POST", upload=True),
    Spot("/a/{token}/note", notes.note_by_link, "link", "POST"),
    Spot("/r/{token}", reply.show_slip, "link", twin=False),
    Spot("/r/{token}", reply.answer_slip, "link", "POST"),
)
