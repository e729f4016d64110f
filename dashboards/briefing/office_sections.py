"""The sections about the office: its statements, its response, what lies ahead, what it proposes."""

from dashboards.briefing.outline import Section, Table
from dashboards.briefing.values import BriefData, Carried
from dashboards.briefing.wording import Sentence, Wording
from dashboards.briefing.world_sections import short


def pull(data: BriefData, say: Wording) -> Section:
    """Which of our own statements outlets carried, and how soon."""
    heading = say.section("pull")
    if not data.carried:
        return Section("pull", heading, (Sentence("no_pull", say("no_pull")),))
    own = set(data.trace.lists.get("statements", ()))
    refs = tuple("statements" if one.id in own else f"id:{one.id}" for one in data.carried)
    line = Sentence(
        "pull",
        say("pull", count=data.statements, carried=data.statements_carried),
        ("kind:official&story", *(["statements"] if own else [])),
    )
    noted = any(one.by_hand for one in data.carried)
    names = ("statement", "time", "copies", "outlets_count", "after", *(["noted"] if noted else []))
    rows = tuple(_pulled(one, say)[: len(names)] for one in data.carried)
    table = Table(say("t_pull"), tuple(say(name) for name in names), rows, frozenset({2, 3, 4}), refs)
    return Section("pull", heading, (line,), (table,))


def _pulled(one: Carried, say: Wording) -> tuple[str, ...]:
    """A statement whose words are past their time is still counted."""
    return (
        one.title or say("missing"), short(one.at), str(one.copies), str(one.outlets),
        say.number(one.first_after_min) if one.outlets else "—", say.join(one.by_hand),
    )  # fmt: skip


def response(data: BriefData, say: Wording) -> Section:
    """Alerts, precision, the way from publishing to closing, deadlines, slips and orders."""
    one = data.response
    figures: tuple[tuple[str, float | None, str], ...] = (
        ("r_alerts", one.alerts, "alerts"), ("r_events", one.events_told, "told"),
        ("r_false", one.false_alarms, "false_alarms"), ("r_precision", one.precision, "told"),
        ("r_seen", one.published_to_seen_min, "told"), ("r_told", one.seen_to_told_min, "told"),
        ("r_taken", one.told_to_taken_min, "told"), ("r_answered", one.issued_to_answered_min, "slips"),
        ("r_closed_min", one.opened_to_closed_min, "cases"), ("r_undelivered", one.undelivered, "alerts"),
        ("r_opened", one.cases_opened, "cases"), ("r_closed", one.cases_closed, "cases"),
        ("r_late", one.cases_late, "cases"), ("r_due", one.deadlines_due, "deadlines"),
        ("r_met", one.deadlines_met, "deadlines"), ("r_slips", one.slips, "slips"), ("r_orders", one.orders, "orders"),
    )  # fmt: skip
    rows = tuple((say(key), say.number(value)) for key, value, _ in figures)
    refs = tuple(ref for _, _, ref in figures)
    table = Table(say("t_response"), (say("name"), say("value")), rows, frozenset({1}), refs)
    return Section("response", say.section("response"), (), (table,))


def season(data: BriefData, say: Wording) -> Section:
    """Windows of the next period with their matters of a year ago."""
    if not data.seasons:
        return Section("season", say.section("season"), (Sentence("no_season", say("no_season")),))
    rows = tuple(
        (
            say.name(one.key), f"{one.begin} – {one.end[5:]}", say.join([say.name(topic) for topic in one.topics]),
            say.join([matter.title + say.aside(matter.day, matter.stories) for matter in one.matters]),
        )
        for one in data.seasons
    )  # fmt: skip
    header = (say("name"), say("window"), say("topic"), say("last_year"))
    return Section("season", say.section("season"), (), (Table(say("t_season"), header, rows),))


def proposals(data: BriefData, say: Wording) -> Section:
    """What is proposed now, and what came of what was proposed before."""
    lines = proposal_lines(data, say) or [Sentence("no_proposals", say("no_proposals"))]
    if not data.followed:
        lines.append(Sentence("no_followed", say("no_followed")))
        return Section("proposals", say.section("proposals"), tuple(lines))
    header = (say("number"), say("proposal"), say("status"), say("reply"))
    rows = tuple(
        (str(place), one.text, say("open_p" if one.status == "open" else one.status), one.reply or "—")
        for place, one in enumerate(data.followed, 1)
    )
    return Section("proposals", say.section("proposals"), tuple(lines), (Table(say("t_followed"), header, rows),))


def proposal_lines(data: BriefData, say: Wording) -> list[Sentence]:
    """The proposals as numbered sentences."""
    return [
        Sentence(f"proposal.{one.number}", say("p_line", number=place, text=one.text))
        for place, one in enumerate(data.proposals, 1)
    ]
