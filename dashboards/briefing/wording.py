"""The words of a briefing in Chinese and English, and the findings: sentences made by rules from the figures."""

from collections.abc import Mapping

from dashboards.briefing.values import BriefData, Count

ZH: Mapping[str, str] = {
    "title": "{school}舆情简报", "period": "统计期间：{begin} 至 {end}（{period}）", "findings": "一、主要发现",
    "scope": "二、范围与方法", "volume": "三、声量与倾向", "events": "四、重点事件", "topics": "五、主题", "channels": "六、渠道与来源",
    "response": "七、响应与处置", "cited": "附：引用条目", "hash": "数据校验值（sha256）：{hash}",
    "items": "条目", "stories": "独立内容", "negative": "负面", "share": "负面占比", "before": "上期", "change": "环比", "name": "名称",
    "day": "日期", "event": "事件", "topic": "主题", "level": "级别", "first": "首次发现", "told": "预警", "taken": "受理", "outlets": "媒体",
    "sources": "来源", "status": "状态", "outcome": "结果", "id": "编号", "source": "来源", "heading": "标题", "link": "链接", "missing": "无数据",
    "open": "进行中", "closed": "已结束", "private": "（公众发言，不引用）",
    "method": "条目含转载，独立内容不含转载。按发布时间归入日期（不晚于采集时间）；倾向与主题由模型（{taggers}）判断，本期人工更正 {corrections} 处。",
    "names": "监测名称：{names}。", "watched": "本期有内容的来源 {count} 个：{sources}。", "blind": "当前读取不到的来源：{blind}。", "no_blind": "当前没有读取不到的来源。",
    "not_covered": "未覆盖：聊天群、朋友圈、仅限客户端及需登录的平台；系统不记录任何作者，发言人数少于 5 时只写“<5”。",
    "no_items": "本期没有采集到提及学校的内容。",
    "f_volume": "本期共采集提及学校的条目 {items} 条（独立内容 {stories} 条），{change}。",
    "f_volume_none": "上期无数据，不作比较", "f_volume_up": "比上期（{name}，{before} 条）增加 {percent}%",
    "f_volume_down": "比上期（{name}，{before} 条）减少 {percent}%", "f_volume_same": "与上期（{name}，{before} 条）持平",
    "f_year": "去年同期为 {before} 条。", "f_tone": "负面条目 {negative} 条，占 {share}%。",
    "f_topic": "条目最多的主题是“{topic}”（{items} 条），负面最多的主题是“{worst}”（{negative} 条）。",
    "f_event": "预警级别最高的事件是“{title}”，共 {stories} 条独立内容、{outlets} 家媒体。", "f_no_event": "本期没有达到预警条件的事件。",
    "f_response": "发出预警 {alerts} 次，涉及事件 {events} 起；从首次采集到送达的中位时间 {told} 分钟，从预警到受理的中位时间 {taken} 分钟。",
    "r_alerts": "预警次数", "r_events": "预警事件", "r_false": "判为误报的事件", "r_told": "采集到送达（中位，分钟）", "r_taken": "预警到受理（中位，分钟）",
    "r_undelivered": "未送达的预警", "r_opened": "立案", "r_closed": "办结", "r_late": "超期未办结",
}  # fmt: skip
EN: Mapping[str, str] = {
    "title": "{school}: media and opinion briefing", "period": "Period: {begin} to {end} ({period})", "findings": "1. Findings",
    "scope": "2. Scope and method", "volume": "3. Volume and tone", "events": "4. Key events", "topics": "5. Topics",
    "channels": "6. Channels and sources", "response": "7. Response", "cited": "Annex: cited items",
    "hash": "Data checksum (sha256): {hash}", "items": "Items", "stories": "Stories", "negative": "Negative", "share": "Negative share",
    "before": "Before", "change": "Change", "name": "Name", "day": "Day", "event": "Event", "topic": "Topic", "level": "Level",
    "first": "First seen", "told": "Told", "taken": "Taken", "outlets": "Outlets", "sources": "Sources", "status": "Status",
    "outcome": "Outcome", "id": "Id", "source": "Source", "heading": "Title", "link": "Link", "missing": "no data", "open": "open",
    "closed": "closed", "private": "(a private voice, not quoted)",
    "method": "Items include copies, stories do not. Days are those of publishing, never later than the hour of arrival. Tone and topic"
    " are a model's ({taggers}); {corrections} corrections were made by people in this period.",
    "names": "Names watched: {names}.", "watched": "Sources with items in this period: {count} ({sources}).",
    "blind": "Sources that cannot be read now: {blind}.", "no_blind": "No source is blind now.",
    "not_covered": "Not covered: chat groups, friend circles, app-only and login platforms. No authors are held; fewer than 5 voices are"
    " written as <5.",
    "no_items": "No item that mentions the school was collected in this period.",
    "f_volume": "{items} items that mention the school were collected ({stories} stories), {change}.",
    "f_volume_none": "there is nothing before to compare with", "f_volume_up": "{percent}% more than before ({name}: {before})",
    "f_volume_down": "{percent}% fewer than before ({name}: {before})", "f_volume_same": "as many as before ({name}: {before})",
    "f_year": "The same period of last year had {before} items.", "f_tone": "{negative} items ({share}%) are negative.",
    "f_topic": "The topic with most items is {topic} ({items}); most negative items are about {worst} ({negative}).",
    "f_event": "The event with the highest level is \u201c{title}\u201d: {stories} stories, {outlets} outlets.",
    "f_no_event": "No event met the conditions for an alert.",
    "f_response": "{alerts} alerts on {events} events; median {told} minutes from first collected to delivered, {taken} minutes from alert"
    " to taken.",
    "r_alerts": "Alerts", "r_events": "Events told", "r_false": "Events judged false alarms",
    "r_told": "Collected to delivered (median, min)", "r_taken": "Alert to taken (median, min)", "r_undelivered": "Alerts not delivered",
    "r_opened": "Cases opened", "r_closed": "Cases closed", "r_late": "Cases overdue",
}  # fmt: skip
WORDS: Mapping[str, Mapping[str, str]] = {"zh": ZH, "en": EN}
TOPICS_ZH = {
    "admissions": "招生", "teaching": "教学", "exams": "考试", "dorms": "宿舍", "canteen": "食堂", "fees": "收费", "safety": "安全",
    "health": "健康", "wellbeing": "关怀", "conduct": "师德师风", "employment": "就业", "scams": "诈骗与谣言", "facilities": "设施",
    "awards": "成果荣誉", "notices": "通知公告", "other": "其他", "news": "媒体", "official": "官方", "forum": "论坛", "social": "社交平台",
    "complaint": "投诉信箱", "info": "蓝", "notice": "黄", "serious": "橙", "critical": "红",
}  # fmt: skip


class Wording:
    """The words of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._words = WORDS[language]

    def __call__(self, key: str, **values: object) -> str:
        """The text called `key` with its fields filled."""
        return self._words[key].format(**values)

    def name(self, key: str | None) -> str:
        """The name of a topic, kind or level."""
        if key is None:
            return "—"
        return TOPICS_ZH.get(key, key) if self.language == "zh" else key

    def number(self, value: float | None) -> str:
        """A number, or the words for missing data."""
        return self("missing") if value is None else f"{value:g}"


def share(part: int, whole: int) -> str:
    """A percentage with one decimal place, or — where there is nothing to divide."""
    return f"{100 * part / whole:.1f}" if whole else "—"


def findings(data: BriefData, say: Wording) -> list[str]:
    """Three to five sentences, each from figures of the frozen data."""
    if not data.totals.items:
        return [say("no_items")]
    totals = data.totals
    lines = [say("f_volume", items=totals.items, stories=totals.stories, change=compare(data, say))]
    if data.year_ago.items:
        lines[0] += say("f_year", before=data.year_ago.items)
    lines.append(say("f_tone", negative=totals.negative, share=share(totals.negative, totals.items)))
    worst = max(data.topics, key=lambda one: one.negative)
    best = data.topics[0]
    lines.append(
        say("f_topic", topic=say.name(best.name), items=best.items, worst=say.name(worst.name), negative=worst.negative)
    )
    lines.append(_event_line(data, say))
    response = data.response
    if response.alerts:
        lines.append(
            say(
                "f_response",
                alerts=response.alerts,
                events=response.events_told,
                told=say.number(response.seen_to_told_min),
                taken=say.number(response.told_to_taken_min),
            )
        )
    return lines


def compare(data: BriefData, say: Wording) -> str:
    """The change against the period before, in words."""
    now, before, name = data.totals.items, data.before.items, data.before_name
    if not before:
        return say("f_volume_none")
    if now == before:
        return say("f_volume_same", name=name, before=before)
    percent = f"{100 * abs(now - before) / before:.0f}"
    return say("f_volume_up" if now > before else "f_volume_down", name=name, before=before, percent=percent)


def _event_line(data: BriefData, say: Wording) -> str:
    ranks = ["info", "notice", "serious", "critical"]
    told = [event for event in data.events if event.severity]
    if not told:
        return say("f_no_event")
    top = max(told, key=lambda event: (ranks.index(event.severity or "info"), event.stories))
    return say("f_event", title=top.title, stories=top.stories, outlets=top.outlets)


def change(one: Count) -> str:
    """The change against the period before as a signed percentage; `new` periods have none."""
    return f"{100 * (one.items - one.before) / one.before:+.0f}%" if one.before else "—"
