"""Channels by the people who use them: add, change, take out, and try with a marked message. Secrets are written, never shown."""

import re
from collections.abc import Mapping

from starlette.responses import RedirectResponse, Response

from dashboards.call import Call, View, missing
from dashboards.editing import Field
from dashboards.editing_channels import FORMS, KINDS, ChannelChange, ChannelDesk, ChannelEntry, HeldSecret
from dashboards.pages.settings_edit import NEW, read_value
from pipeline.store.audit import append_audit
from pipeline.store.engine import writing


def show_channels(call: Call) -> View:
    """Every channel of the file: how it stands, a trial, and the kinds that can be added."""
    desk = desk_of(call)
    return View(
        "channels.html",
        {"entries": desk.entries(), "kinds": KINDS, "done": call.asked("done"), "said": "", "tried": ""},
    )


def show_channel(call: Call) -> View:
    """The form of one channel, or of a new one of `kind`."""
    return form_page(call, entry_of(call, call.path("id"), call.asked("kind")))


def form_page(call: Call, entry: ChannelEntry, problem: str = "") -> View:
    """The form; after a refusal with what was typed, secrets apart."""
    desk, form = desk_of(call), FORMS[entry.kind]
    known = call.path("id") != NEW
    data = {
        "entry": entry, "known": known, "fields": form.fields, "more_fields": form.more_fields,
        "secrets": form.secrets, "more_secrets": form.more_secrets, "stamp": desk.stamp(), "problem": problem,
        "lines": desk.lines(entry.id) if known else "", "audience": form.every_field[-2], "done": call.asked("done"),
        "others": [one.id for one in desk.entries() if one.id != entry.id],
    }  # fmt: skip
    return View("channel.html", data, 400 if problem else 200)


def change_channel(call: Call) -> View | Response:
    """Save, try or take out. Audited by the names of what was written."""
    call.conn.rollback()
    act = call.form.get("act", "save")
    if act == "try":
        return try_channel(call)
    entry = entry_of(call, call.path("id"), call.form.get("kind", ""))
    if act == "remove":
        return remove_channel(call, entry)
    change = read_channel(entry, call.path("id") == NEW, call.form)
    if change is None:
        return form_page(call, entry, call.words.say("A field that asks for a number holds something else."))
    problem = desk_of(call).write(change, call.form.get("stamp", ""))
    if problem:
        typed = ChannelEntry(change.id, entry.kind, change.values, entry.secrets)
        return form_page(call, typed, explain(call, problem))
    note(call, "edit_settings", change.id, written(entry, change))
    return RedirectResponse(f"/settings/channels/{change.id}?done=channel_saved", 303)


def remove_channel(call: Call, entry: ChannelEntry) -> View | Response:
    """Only with the tick."""
    if call.form.get("sure") != "yes":
        return form_page(call, entry, call.words.say("Tick the box to take the channel out."))
    problem = desk_of(call).remove(entry.id, call.form.get("stamp", ""))
    if problem:
        return form_page(call, entry, explain(call, problem))
    note(call, "edit_settings", entry.id, "removed")
    return RedirectResponse("/settings/channels?done=channel_removed", 303)


def try_channel(call: Call) -> View | Response:
    """Send the test message now; what the service answered is said on the page. Audited."""
    entry = entry_of(call, call.path("id"), "")
    problem = desk_of(call).try_out(entry.id, call.now)
    note(call, "try_channel", entry.id, "refused" if problem else "accepted")
    if problem:
        data = {"entries": desk_of(call).entries(), "kinds": KINDS, "done": "", "said": problem, "tried": entry.id}
        return View("channels.html", data, 502)
    return RedirectResponse("/settings/channels?done=channel_tried", 303)


def explain(call: Call, problem: str) -> str:
    """The usual refusals in the reader's language; others in the words of the check, with file and line."""
    say, text = call.words.say, re.sub(r"^\S+ line \d+: ", "", problem)
    asked = re.search(
        r"^(\w+) of channel '[^']*' begins with|channel '[^']*' (?:.*)needs (?:a |an )?(\w+)|^(\w+) of channel .* one line",
        text,
    )
    name = call.words.name("setting", next((one for one in (asked.groups() if asked else ()) if one), ""))
    if asked and asked[1]:
        return say("{setting} begins with https:// (http:// on this machine only).", setting=name)
    if asked and asked[2]:
        return say("{setting} is missing.", setting=name)
    if asked:
        return say("{setting} is one line without spaces, at most 2,000 characters.", setting=name)
    if "no id of a channel" in text:
        return say("An id has letters, digits, - and _, and is not 'new'.")
    if "already" in text:
        return say("There is a channel of this id already.")
    if "falls back to" in text:
        return say("A channel falls back to one that would not be there, or to itself.")
    if "has changed meanwhile" in text:
        return say("The file has changed meanwhile; this is how it stands now.")
    return problem


# ------------------------------------------------------------------ reading the form


def read_channel(entry: ChannelEntry, fresh: bool, form: Mapping[str, str]) -> ChannelChange | None:
    """What the form asks for, None when a number cannot be read. An empty secret stays as it is."""
    kind = FORMS[entry.kind]
    try:
        values = {field.name: read_value(field, form) for field in kind.every_field}
    except ValueError:
        return None
    secrets = {name: form.get(name, "").strip() for name in kind.every_secret}
    dropped = tuple(name for name in kind.every_secret if form.get(f"drop.{name}") == "yes")
    given = {name: value for name, value in secrets.items() if value}
    return ChannelChange(
        form.get("id", "").strip()[:64] if fresh else entry.id, entry.kind, fresh, values, given, dropped
    )


def written(entry: ChannelEntry, change: ChannelChange) -> str:
    """The names of what was written, secrets marked."""
    plain = [name for name, value in change.values.items() if value not in (entry.values.get(name), "", [], None)]
    return " ".join([*plain, *(f"{name} (secret)" for name in (*change.secrets, *change.dropped))]) or "-"


def entry_of(call: Call, channel: str, kind: str) -> ChannelEntry:
    """The channel of the address; an empty one of `kind` for a new one; 404 for neither."""
    if channel == NEW and kind in FORMS:
        form = FORMS[kind]  # type: ignore[index]
        blank = {field.name: blank_of(field) for field in form.every_field}
        return ChannelEntry("", kind, blank, {name: HeldSecret() for name in form.every_secret})  # type: ignore[arg-type]
    found = next((one for one in desk_of(call).entries() if one.id == channel), None)
    if found is None:
        missing("there is no such entry")
    return found


def blank_of(field: Field) -> str | None:
    """What an empty form shows of a field."""
    return field.choices[0] if field.choices else None if field.kind == "number" else ""


def note(call: Call, what: str, channel: str, detail: str) -> None:
    """The line in the audit trail."""
    with writing(call.context.engine) as conn:
        append_audit(conn, call.now, call.who, what, f"channels {channel}", detail)


def desk_of(call: Call) -> ChannelDesk:
    """Who writes; 404 where the configuration is not a file of ours."""
    if call.context.channels is None:
        missing("there is no such action")
    return call.context.channels
