"""Each promise about telling has its scenarios on simulated time, and there are enough of them."""

import ast
from pathlib import Path

import pytest

FILES = sorted(Path(__file__).parent.glob("test_alerts_timeline*.py"))
LEAST = 60
PROMISES: dict[str, tuple[str, ...]] = {
    "first time": ("one_voice_on_health_tells_at_once_even_at_night", "one_voice_on_fees_waits_for_a_second"),
    "threshold, next threshold": ("thresholds_climb_and_nothing_repeats",),
    "growth": ("an_event_that_doubles_is_told_by_growth",),
    "first regional or national outlet": ("the_first_regional_paper_is_told_once",),
    "absence to the operator": ("a_silent_source_is_the_operators_matter",),
    "spike warm-up": ("in_the_first_fortnight_the_threshold_rules_are_in_force",),
    "sensitivity": ("fewer_asks_for_half_as_many_again",),
    "school calendar, safety never raised": (
        "in_the_season_more_is_asked_and_the_reason_says_so", "outside_the_season_the_written_number_holds",
        "health_is_never_raised",
    ),
    "late item neither missed nor doubled": (
        "a_late_item_counts_when_it_is_seen", "an_item_indexed_late_is_neither_missed_nor_doubled",
    ),
    "no repeat after a restart": ("a_restart_in_the_middle_repeats_nothing", "escalation_goes_on_where_a_kill_ended_it"),
    "no repeat after a keyword edit": ("a_keyword_edit_rings_nothing_old",),
    "no repeat over midnight": ("midnight_repeats_nothing",),
    "no repeat after merging": ("two_told_events_that_are_merged_ring_no_third_time", "a_split_event_tells_nothing_by_itself"),
    "clock jumps": (
        "a_clock_that_jumps_a_day_ahead_repeats_nothing",
        "a_clock_that_was_set_back_a_day_repeats_nothing_and_delays_nothing",
        "a_message_that_waits_for_a_channel_does_not_wait_for_the_clock",
    ),
    "summer time": (
        "summer_time_ends_in_the_night_and_the_morning_message_comes_at_seven",
        "summer_time_begins_in_the_night_and_the_morning_message_comes_at_seven",
    ),
    "restored from backup": (
        "a_restored_database_repeats_nothing_where_the_chat_can_be_read",
        "after_a_restore_a_chat_that_cannot_be_read_is_told_with_the_mark",
    ),
    "severity up": ("a_second_voice_lifts_it", "a_rise_waits_for_nothing"),
    "reopened": ("reopened_after_closing_is_told_as_reopened",),
    "every non-alert explained": ("why_says_how_far_every_rule_was",),
    "duty, overrides, leave": (
        "the_duty_changes_at_noon_and_the_next_matter_finds_the_next_officer", "leave_is_filled_by_the_override",
    ),
    "grouping and updates": (
        "group_wait_is_kept", "two_alerts_seconds_apart_are_one_message",
        "an_update_that_is_no_rise_waits_for_its_interval",
    ),
    "silences": ("a_silence_ends_by_itself",),
    "quiet hours defer and never drop": ("a_notice_of_the_night_waits_for_the_morning",),
    "a severity breaks through": ("one_voice_on_health_tells_at_once_even_at_night",),
    "escalation": (
        "nobody_answers_and_the_next_person_is_asked", "taken_in_time_nobody_else_is_asked",
        "given_back_the_reminders_go_on",
    ),
    "hand-over": ("handed_over_is_said_and_nobody_else_is_asked",),
    "an acknowledgement expires": ("a_hold_that_ends_asks_again",),
    "closed tells the same people": ("it_is_over_and_the_same_people_hear", "an_untold_matter_closes_silently"),
    "false alarm never mutes a rise": ("a_false_alarm_stays_false_until_it_rises",),
    "a burst is one summary": ("a_burst_is_one_summary",),
    "a failed channel": ("a_failed_channel_hands_over_and_the_message_says_so", "a_channel_that_is_down_delivers_later"),
    "may be a repeat": (
        "an_answer_that_was_lost_elsewhere_is_repeated_with_the_mark", "an_answer_that_was_lost_is_looked_up",
        "killed_between_the_answer_and_the_note_of_it",
    ),
    "a bigger matter covers a smaller": (
        "a_bigger_matter_covers_a_smaller", "without_an_inhibition_both_are_told",
        "what_a_false_alarm_covered_is_told_after_all",
    ),
    "routes": ("a_route_leads_to_leader_and_department", "a_route_has_its_own_waits", "a_route_that_reaches_nobody_falls_back"),
    "waking someone": (
        "nobody_answers_and_the_telephone_rings", "taken_and_the_calls_stop", "a_notice_rings_nobody",
        "a_kill_in_the_middle_of_a_call_repeats_that_call_only",
    ),
    "a tap can be undone": (
        "a_tap_is_undone_as_if_it_never_was", "an_undone_false_alarm_tells_what_it_kept_silent",
        "an_undone_silence_tells_what_it_kept_silent",
    ),
    "wellbeing": ("a_wellbeing_matter_is_neutral_and_carries_help",),
    "digest and proof of watch": (
        "a_quiet_day_is_a_message_with_proof_of_watch", "a_digest_admits_that_nobody_watched",
        "a_digest_comes_once_a_day_whatever_happens", "what_the_night_put_off_is_in_the_hand_over",
    ),
    "levels have the office's names": ("levels_have_the_names_of_the_office",),
    "nobody is quoted": ("no_private_voice_is_quoted_or_linked",),
    "every alert ends": ("every_alert_comes_to_an_end_that_can_be_read",),
}  # fmt: skip


def find_scenarios() -> dict[str, str]:
    """Name and sentence of every test that plays on simulated time."""
    found: dict[str, str] = {}
    for file in FILES:
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and calls_play(node):
                assert node.name not in found, node.name
                found[node.name.removeprefix("test_")] = ast.get_docstring(node) or ""
    return found


def calls_play(node: ast.FunctionDef) -> bool:
    """True when the test runs a scenario."""
    calls = (one.func for one in ast.walk(node) if isinstance(one, ast.Call))
    return any(isinstance(one, ast.Name) and one.id == "play" for one in calls)


def test_there_are_enough_scenarios_and_each_is_a_sentence() -> None:
    """At least sixty, each with a sentence that ends with a full stop, no two alike."""
    found = find_scenarios()
    assert len(found) >= LEAST
    assert all(sentence.endswith(".") for sentence in found.values())
    assert len(set(found.values())) == len(found)


@pytest.mark.parametrize("promise", PROMISES)
def test_every_promise_has_its_scenarios(promise: str) -> None:
    """The scenarios that show it exist under these names."""
    assert [name for name in PROMISES[promise] if name not in find_scenarios()] == []
