"""The rules a new school starts with, as commented TOML for `tocsin init`, and tables that say what rules do.

The tables are not written by hand: they ask the rules themselves, so they also fit an office's own file.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import get_args

from alerts.judge import RuleJudge
from alerts.rulekinds.spike import Surge
from alerts.rulekinds.window import scale_count
from alerts.settings import Alerting, RuleSpec, Sensitivity
from alerts.words import Language, say
from pipeline.model import Alert, EventFacts, Reach, SourceKind, Story, Volume

NOTES: dict[Language, dict[str, str]] = {
    "zh": {
        "head": "规则。写出的条件全部满足才提醒，没有写的条件不问。sensitivity 可写 fewer（少报，数字乘 1.5）、\n"
        "# balanced（照数字）、more（多报，数字乘 0.7）。级别：info 蓝、notice 黄、serious 橙、critical 红。",
        "critical-words": "危及生命：有媒体或第二人印证即为红色；只有一人所说时按黄色告知值班员，并注明未证实",
        "life-words": "安全与健康的必看词，规则同上，级别为橙色",
        "life-first": "安全、健康、师德主题上首次出现的负面内容",
        "rumour": "诈骗与谣言：首次出现即告知，便于及早澄清",
        "fee-words": "收费：出现这些词并有第二人、第二来源或媒体时告知",
        "crowd": "一天内 5 篇、4 个声音、半数以上为负面",
        "large-crowd": "一天内 15 篇、10 个声音",
        "growing": "3 小时内翻倍，且不少于 8 篇、4 个声音",
        "reach": "首家省级或全国媒体介入（此前已提醒过，或已有 2 篇）",
        "spike": "全校提及量明显高于此时段的通常数量（基线两周后生效），且一天不少于 20 次",
        "blind": "来源整天读不到内容：只通知运维",
        "alerting": "夜间 22:30–07:00 只发橙色、红色以及安全、健康类；其余推迟到早上汇总，不丢弃",
    },
    "en": {
        "head": "Rules. All written conditions must hold; what is not written is not asked. sensitivity is fewer\n"
        "# (numbers x 1.5), balanced (as written) or more (numbers x 0.7). Levels: info, notice, serious, critical.",
        "critical-words": "Danger to life: critical once an outlet or a second voice joins; one voice alone\n"
        "# is a notice, told to the duty officer as unconfirmed",
        "life-words": "Watchwords of safety and health, likewise, at level serious",
        "life-first": "The first negative story on safety, health or staff conduct",
        "rumour": "Scams and rumours: told at once, so that a clarification comes early",
        "fee-words": "Fees: told when a second voice, source or an outlet joins",
        "crowd": "5 stories by 4 voices in a day, at least half of them negative",
        "large-crowd": "15 stories by 10 voices in a day",
        "growing": "Doubles within 3 hours, with at least 8 stories by 4 voices",
        "reach": "The first regional or national outlet (told before, or at least 2 stories)",
        "spike": "Far more mentions than this hour of the week is used to (after two weeks), at least 20 a day",
        "blind": "A source gives nothing for a day: to the operator only",
        "alerting": "From 22:30 to 07:00 only serious, critical, safety and health; the rest waits for the morning",
    },
}

RULES = """
# {critical-words}
[[rules]]
id = "critical-words"
kind = "watchword"
phrases = ["坠楼", "跳楼", "爆炸", "踩踏", "溺水", "持刀", "explosion", "stabbing", "stampede", "drowned"]
negative_share = 0.3
severity = "critical"

# {life-words}
[[rules]]
id = "life-words"
kind = "watchword"
phrases = [
  "中毒", "集体腹泻", "上吐下泻", "拉肚子", "送医", "传染病", "诺如", "火灾", "起火", "着火", "泄漏", "塌陷", "触电",
  "food poisoning", "outbreak", "gas leak",
]
negative_share = 0.3
severity = "serious"

# {life-first}
[[rules]]
id = "life-first"
kind = "first_seen"
topics = ["safety", "health", "conduct"]
severity = "notice"

# {rumour}
[[rules]]
id = "rumour"
kind = "first_seen"
topics = ["scams"]
severity = "notice"

# {fee-words}
[[rules]]
id = "fee-words"
kind = "watchword"
phrases = ["乱收费", "违规收费", "强制收费", "退费", "不退钱", "illegal fees", "refund"]
negative_share = 0.5
severity = "notice"

# {crowd}
[[rules]]
id = "crowd"
kind = "threshold"
window = "24h"
stories = 5
voices = 4
negative_share = 0.5
severity = "serious"

# {large-crowd}
[[rules]]
id = "large-crowd"
kind = "threshold"
window = "24h"
stories = 15
voices = 10
negative_share = 0.3
severity = "critical"

# {growing}
[[rules]]
id = "growing"
kind = "growth"
window = "3h"
factor = 2.0
floor = 8
voices = 4
negative_share = 0.5
severity = "serious"

# {reach}
[[rules]]
id = "reach"
kind = "reach"
window = "72h"
stories = 2
negative_share = 0.3
severity = "serious"

# {spike}
[[rules]]
id = "spike"
kind = "spike"
window = "24h"
floor = 20
negative_share = 0.3
severity = "notice"

# {blind}
[[rules]]
id = "blind"
kind = "absence"
window = "24h"
severity = "notice"
"""

ALERTING = """# {alerting}
[alerting]
group_wait = "90s"
quiet_hours = ["22:30-07:00"]
breaks_quiet = ["serious", "critical"]
breaks_quiet_topics = ["safety", "health"]
escalate_after = "15m"
ack_hours = 4.0
language = "{language}"
"""


def default_pack(language: Language = "zh") -> str:
    """The default rules as commented TOML (tables `[[rules]]` only)."""
    return f"# {NOTES[language]['head']}\n{RULES.format_map(NOTES[language])}"


def default_alerting(language: Language = "zh") -> str:
    """The default `[alerting]` table as commented TOML."""
    return ALERTING.format_map({**NOTES[language], "language": language})


# ---------------------------------------------------------------- what the rules mean


def show_numbers(rules: Sequence[RuleSpec], language: Language = "zh") -> str:
    """A table of what fewer, balanced and more make of each rule's counts."""
    rows: list[tuple[str, ...]] = [("rule", "severity", "fewer", "balanced", "more")]
    for rule in rules:
        counts = [name for name in ("stories", "voices", "sources", "floor") if getattr(rule, name) is not None]
        if counts:
            words = [_show_counts(rule, counts, word) for word in get_args(Sensitivity)]
            rows.append((rule.id, say(language, "severity", rule.severity), *words))
    return lay_out(rows)


def _show_counts(rule: RuleSpec, counts: Sequence[str], word: Sensitivity) -> str:
    return " ".join(f"{name} {scale_count(getattr(rule, name), word)}" for name in counts)


PRIVATE = {"one voice": 1, "two voices": 2, "5 stories, 4 voices": 5, "15 stories, 10 voices": 15}
SITUATIONS = (*PRIVATE, "local paper", "regional paper")
NOON = datetime(2026, 3, 4, 4, tzinfo=UTC)


def show_severities(rules: Sequence[RuleSpec], topics: Sequence[str], language: Language = "zh") -> str:
    """A table of what a negative matter on each topic reaches, by voices and outlets, without any watchword.

    Each cell is asked of the rules themselves: the highest severity told until then, a dash when nothing is.
    """
    rows: list[tuple[str, ...]] = [("topic", *SITUATIONS)]
    for topic in topics:
        levels = [reach_severity(rules, topic, situation) for situation in SITUATIONS]
        cells = [say(language, "level", level) if level else "–" for level in levels]
        rows.append((say(language, "topic", topic), *cells))
    return lay_out(rows)


def reach_severity(rules: Sequence[RuleSpec], topic: str, situation: str) -> str:
    """The highest severity told when a matter has grown to `situation`, "" when nothing was told."""
    judge = RuleJudge(rules, Alerting(group_wait="0s"), lambda volume: Surge(False, sum(volume.hours), 0.0, True))
    told: list[Alert] = []
    stories: list[Story] = []
    for story in _grow(topic, situation):
        stories.append(story)
        decision = judge.judge(_facts(topic, tuple(stories), tuple(told)), story.seen)
        told += [decision.alert] if decision.alert else []
    best = max((alert.severity for alert in told), key=lambda level: level.rank, default=None)
    return best.value if best else ""


def _grow(topic: str, situation: str) -> Iterator[Story]:
    """The stories of a situation, ten minutes apart, each by a voice of its own."""
    private = PRIVATE.get(situation, 2)
    for number in range(private):
        yield _story(number, "forum", topic, None)
    if situation.endswith("paper"):
        yield _story(private, "news", topic, "regional" if situation.startswith("regional") else "local")


def _story(number: int, kind: SourceKind, topic: str, reach: Reach | None) -> Story:
    seen = NOON + timedelta(minutes=10 * number)
    return Story(f"s{number}", seen, kind, kind, reach, "negative", (topic,), False)


def _facts(topic: str, stories: tuple[Story, ...], told: tuple[Alert, ...]) -> EventFacts:
    now = stories[-1].seen
    return EventFacts(
        event="e", item=stories[-1].id, is_copy=False, title="", place=None, topics=(topic,), status="open",
        stories=stories, voices=lambda window: sum(now - window < one.seen <= now for one in stories), told=told,
        kin=(), phrases=(), volume=lambda: Volume(now, (len(stories),)),
    )  # fmt: skip


def lay_out(rows: Sequence[Sequence[str]]) -> str:
    """Rows as aligned columns; a Han character is two columns wide."""
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _width(text: str) -> int:
    return sum(2 if "\u1100" <= char <= "\uffef" else 1 for char in text)
