"""The addresses of what the office edits: words on items, merges and splits."""

from dashboards.call import Spot
from dashboards.pages import (
    channels,
    corrections,
    export,
    search_extras,
    settings_edit,
    silences,
    topics,
    users,
    watch_special,
)

OFFICE_SPOTS: tuple[Spot, ...] = (
    Spot("/corrections", corrections.correct_item, "officer", "POST"),
    Spot("/corrections/undo", corrections.undo_word, "officer", "POST"),
    Spot("/events/{id}/regroup", corrections.show_regroup, "officer"),
    Spot("/events/{id}/regroup", corrections.regroup_event, "officer", "POST"),
    Spot("/events/{id}/merge", corrections.show_merge, "officer"),
    Spot("/events/{id}/split", corrections.show_split, "officer"),
    Spot("/silences/{id}/end", silences.end_silence, "officer", "POST"),
    Spot("/users", users.show_users, "operator"),
    Spot("/users/{act}", users.change_users, "operator", "POST"),
    Spot("/invite/{token}", users.show_invite, "link", twin=False),
    Spot("/invite/{token}", users.take_invite, "link", "POST"),
    Spot("/settings/channels", channels.show_channels, "operator"),
    Spot("/settings/channels/{id}", channels.show_channel, "operator"),
    Spot("/settings/channels/{id}", channels.change_channel, "operator", "POST"),
    Spot("/settings/{section}", settings_edit.show_edit, "operator"),
    Spot("/settings/{section}", settings_edit.take_edit, "operator", "POST"),
    Spot("/topics/words", topics.show_terms),
    Spot("/searches", search_extras.save_search, "viewer", "POST"),
    Spot("/searches/{id}/drop", search_extras.drop_search, "viewer", "POST"),
    Spot("/export/{what}/{kind}", export.send_list, "officer", twin=False),
    Spot("/watches", watch_special.show_watches),
    Spot("/watches", watch_special.begin, "officer", "POST"),
    Spot("/watches/{id}", watch_special.show_board),
    Spot("/watches/{id}/brief/{kind}", watch_special.send_brief, "officer", twin=False),
    Spot("/watches/{id}/{act}", watch_special.change_watch, "officer", "POST"),
)
