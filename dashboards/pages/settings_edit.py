"""Editing the configuration file: a form for a table or one entry, the difference, for rules a trial, then writing it."""

import re
from collections.abc import Mapping

from sqlalchemy import func, select
from starlette.responses import RedirectResponse, Response

from dashboards.call import Call, View, missing
from dashboards.context import DashContext
from dashboards.editing import SECTIONS, Change, Field, Section, SettingsDesk, Trial, Value
from dashboards.sourcing import Draft
from pipeline.store.audit import append_audit
from pipeline.store.engine import writing
from pipeline.store.schema import documents

DAYS = {"14": 14, "30": 30, "90": 90}
MOST = 200_000  # items a page tries rules on; above that the command does it
NEW = "new"


def show_edit(call: Call) -> View:
    """The form, as the file has it now."""
    section, desk = section_of(call), desk_of(call.context)
    entry = call.asked("entry")
    values = find_values(section, desk, entry)
    return edit_page(call, section, entry, values)


def find_values(section: Section, desk: SettingsDesk, entry: str) -> Mapping[str, Value]:
    """The values of the table or entry; empty ones for a new entry."""
    if section.many and entry == NEW and section.grows:
        return {field.name: "" for field in section.fields}
    found = [values for name, values in desk.values(section.key) if name == entry or not section.many]
    if not found:
        missing("there is no such entry")
    return found[0]


def edit_page(
    call: Call, section: Section, entry: str, values: Mapping[str, Value], draft: Draft | None = None,
    trial: Trial | None = None, problem: str = "",
) -> View:  # fmt: skip
    """The page in any of its steps."""
    problem = problem or (draft.problem if draft else "")
    data = {
        "section": section.key, "fields": section.fields, "entry": entry, "values": values, "draft": draft,
        "trial": sum_up(trial) if trial else None, "problem": problem, "live": section.live,
        "can_remove": section.grows and entry not in ("", NEW), "days": call.form.get("days", "30") if call.form else "30",
        "periods": tuple(DAYS), "given": dict(call.form) if draft else {},
    }  # fmt: skip
    return View("settings_edit.html", data, 400 if problem else 200)


def take_edit(call: Call) -> View | Response:
    """Look, try or write. What is written is audited by the names of the settings."""
    section, desk = section_of(call), desk_of(call.context)
    entry, act = call.form.get("entry", "")[:80], call.form.get("act", "look")
    change = read_change(section, entry, call.form)
    if change is None:
        problem = call.words.say("A field that asks for a number holds something else.")
        return edit_page(call, section, entry, find_values(section, desk, entry), problem=problem)
    draft = desk.draft(change)
    if act == "write" and not draft.problem:
        return write(call, section, desk, change)
    trial = try_out(call, desk, change) if act == "try" and not draft.problem else None
    problem = trial if isinstance(trial, str) else ""
    shown = change.values or find_values(section, desk, entry)
    return edit_page(call, section, entry, shown, draft, trial if isinstance(trial, Trial) else None, problem)


def write(call: Call, section: Section, desk: SettingsDesk, change: Change) -> View | Response:
    """Write what was shown. A file that changed meanwhile is refused (409) with the fresh difference."""
    call.conn.rollback()
    held = {} if change.fresh else find_values(section, desk, change.entry)
    problem = desk.write(change, call.form.get("stamp", ""))
    if problem:
        view = edit_page(call, section, call.form.get("entry", ""), change.values, desk.draft(change), None, problem)
        return View(view.template, view.data, 409)
    detail = (
        "removed"
        if change.remove
        else " ".join(sorted(name for name, value in change.values.items() if held.get(name) != value))
    )
    with writing(call.context.engine) as conn:
        append_audit(conn, call.now, call.who, "edit_settings", f"{section.key} {change.entry}".strip(), detail)
    done = "settings_live" if section.live else "settings_restart"
    return RedirectResponse(f"/{'rules' if section.key == 'rules' else 'settings'}?done={done}", 303)


def try_out(call: Call, desk: SettingsDesk, change: Change) -> Trial | str:
    """The rules before and after on the stored history, unless there is too much of it for a page."""
    days = DAYS.get(call.form.get("days", ""), 30)
    kept = call.conn.scalar(select(func.max(documents.c.n) - func.min(documents.c.n))) or 0
    if kept > MOST:
        return call.words.say("There are too many items to try this on a page; use tocsin backtest.")
    return desk.try_rules(call.conn, change, call.now, days)


def sum_up(trial: Trial) -> Mapping[str, object]:
    """Both sides in numbers, and which events only one of them tells."""
    one, other = trial.before.first_told(), trial.after.first_told()
    return {
        "before": round(trial.before.per_week, 1), "after": round(trial.after.per_week, 1),
        "told_before": len(trial.before.told), "told_after": len(trial.after.told), "seen": trial.after.items,
        "lost": [told for event, told in one.items() if event not in other][:20],
        "gained": [told for event, told in other.items() if event not in one][:20],
        "guessed": any(told.approximate for told in (*trial.before.told, *trial.after.told)),
    }  # fmt: skip


# ------------------------------------------------------------------ reading the form


def read_change(section: Section, entry: str, form: Mapping[str, str]) -> Change | None:
    """What the form asks for, None when a number cannot be read."""
    if form.get("remove") == "yes" and section.grows:
        return Change(section.key, {}, entry, remove=True)
    values: dict[str, Value] = {}
    for field in section.fields:
        try:
            values[field.name] = read_value(field, form)
        except ValueError:
            return None
    return Change(section.key, values, "" if entry == NEW else entry, fresh=entry == NEW)


def read_value(field: Field, form: Mapping[str, str]) -> Value:
    """One field. Raises ValueError for a number that is none."""
    text = form.get(field.name, "").strip()
    if field.kind == "number":
        return read_number(text)
    if field.kind == "list":
        return [one.strip()[:200] for one in re.split(r"[\n]", text.replace("\r", "")) if one.strip()]
    if field.kind == "many":
        return [one for one in field.choices if form.get(f"{field.name}.{one}") == "yes"]
    if field.kind == "yes":
        return text == "yes"
    if field.kind == "choice":
        return text if text in field.choices else None
    return text[:300]


def read_number(text: str) -> Value:
    """An integer where it is one, else a fraction; None for nothing. Raises ValueError."""
    if not text:
        return None
    return int(text) if re.fullmatch(r"-?\d{1,9}", text) else float(text[:20])


def section_of(call: Call) -> Section:
    """The section of the address; 404 for none of ours."""
    found = SECTIONS.get(call.path("section"))
    if found is None:
        missing("there is no such entry")
    return found


def desk_of(context: DashContext) -> SettingsDesk:
    """Who writes; 404 where the configuration is not a file of ours."""
    if context.editing is None:
        missing("there is no such action")
    return context.editing
