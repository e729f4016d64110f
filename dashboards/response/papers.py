"""What stands in each paper: stored values in, fields of a template or lines of text out. Nothing is drawn here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from alerts.response.log import Entry, Handover
from alerts.response.numbering import name_paper
from alerts.response.report_words import load_words, word
from alerts.response.reports import Report
from alerts.response.slips import Slip

OFFICES = {"zh": "新闻舆情工作办公室", "en": "communications office"}
HEADS = {"zh": "舆情快报", "en": "Situation report"}
FOOT = {"zh": "供内部使用 · 不含任何发帖人信息", "en": "For internal use · holds no information about any author"}
TURNS = {"zh": "{kind}（第 {turn} 次） · {school} · {when}", "en": "{kind} (no. {turn}) · {school} · {when}"}
COUNTS = {
    "zh": "{stories} 条不同内容（含转载 {items} 条），{voices} 人发声，{outlets} 家媒体报道",
    "en": "{stories} distinct stories ({items} items with copies), {voices} voices, {outlets} outlets",
}
TIMES = {"zh": "{first} 首次发现，最近 {last}", "en": "first seen {first}, last {last}"}


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Whose paper it is, in which language and zone times are written."""

    school: str
    zone: ZoneInfo
    lang: str = "zh"

    def moment(self, when: datetime | str | None) -> str:
        """`2026-11-24 16:30` in the school's zone; empty for None."""
        if not when:
            return ""
        value = datetime.fromisoformat(when) if isinstance(when, str) else when
        return value.astimezone(self.zone).strftime("%Y-%m-%d %H:%M")

    def short(self, when: datetime) -> str:
        """`11月24日 16:30` or `11-24 16:30`: the year stands in the head of the paper."""
        local = when.astimezone(self.zone)
        return f"{local.month}月{local.day}日 {local:%H:%M}" if self.lang == "zh" else f"{local:%m-%d %H:%M}"


def slip_fields(slip: Slip, head: Letterhead, link: str = "", pressed: str = "") -> dict[str, Any]:
    """The fields of a notice slip or an order; `pressed` is the name of the slip an order presses for."""
    figures, last = slip.figures, slip.answers[-1] if slip.answers else None
    times = TIMES[head.lang].format(first=head.moment(figures["first_seen"]), last=head.moment(figures["last_seen"]))
    counts = COUNTS[head.lang].format(**{k: figures[k] for k in ("stories", "items", "voices", "outlets")})
    if figures["topic"] == "wellbeing":  # of a wellbeing matter not even how many speak of it
        times, counts = head.moment(figures["first_seen"])[:10], "–"
    return {
        "number": name_paper(slip.kind, slip.year, slip.number, head.lang), "department": slip.department,
        "matter": slip.matter, "place": slip.place or "–", "times": times, "counts": counts, "words": slip.words,
        "due": head.moment(slip.due), "school": head.school, "office": OFFICES[head.lang], "issued": head.moment(slip.issued),
        "follows": pressed, "link": link,
        "outcome": word("outcome", head.lang, last.outcome) if last else "", "answer": last.words if last else "",
        "answered": head.moment(last.at) if last else "",
    }  # fmt: skip


def report_fields(report: Report, head: Letterhead) -> dict[str, Any]:
    """The fields of the Word template of a report."""
    sections = [{"heading": heading, "text": text} for heading, text in _sections(report, head.lang)]
    return {
        "number": name_paper("report", report.year, report.number, head.lang), "title": report.title,
        "kind": word("kind", head.lang, report.kind), "turn": report.turn, "school": head.school,
        "issued": head.moment(report.issued or report.made), "sections": sections,
    }  # fmt: skip


def report_page(report: Report, head: Letterhead) -> dict[str, Any]:
    """The report as the one-page sheet wants it."""
    fields = report_fields(report, head)
    under = TURNS[head.lang].format(kind=fields["kind"], turn=report.turn, school=head.school, when=fields["issued"])
    sections = [{"heading": one["heading"], "lines": one["text"].split("\n")} for one in fields["sections"]]
    return {
        "head": HEADS[head.lang], "number": fields["number"], "title": report.title, "under": under,
        "foot": FOOT[head.lang], "lang": head.lang, "sections": sections,
    }  # fmt: skip


def report_text(report: Report, head: Letterhead) -> str:
    """The report as plain text for a chat: no markup, one heading a line in brackets."""
    fields = report_fields(report, head)
    lines = [f"{fields['number']} {fields['kind']}", report.title, f"{head.school} {fields['issued']}", ""]
    for one in fields["sections"]:
        lines += [f"【{one['heading']}】" if head.lang == "zh" else f"[{one['heading']}]", one["text"]]
    return "\n".join(lines).strip() + "\n"


def _sections(report: Report, lang: str) -> list[tuple[str, str]]:
    names = load_words(lang)["headings"]
    return [(names[name], text) for name, text in report.sections().items()]


def log_fields(day: date, entries: Sequence[Entry], head: Letterhead) -> dict[str, Any]:
    """The duty log of one day."""
    lines = [_log_line(entry, head) for entry in entries]
    none = load_words(head.lang)["lines"]["none"]
    return {
        "day": day.isoformat(), "school": head.school, "head": "",
        "parts": [{"heading": load_words(head.lang)["lines"]["entries"], "lines": lines or [none]}],
    }  # fmt: skip


def _log_line(entry: Entry, head: Letterhead) -> str:
    matter = f" [{entry.title}]" if entry.title else ""
    return f"{head.moment(entry.at)[11:]} {word('role', head.lang, entry.role)}{matter} {entry.words}"


def handover_fields(record: Handover, head: Letterhead) -> dict[str, Any]:
    """A hand-over: open matters, cases, slips overdue, silences, who was told, the log since the last one."""
    lines, body = load_words(head.lang)["lines"], record.body
    who = lines["from_to"].format(role=word("role", head.lang, record.role), next=record.next)
    parts = [(lines[f"part_{name}"], [make(row, head) for row in body.get(name, [])]) for name, make in PARTS.items()]
    said = record.words.split("\n") if record.words else []
    shown = [(lines["part_words"], said), *parts] if said else parts
    return {
        "span": f"{head.moment(record.since)} – {head.moment(record.at)}", "school": head.school, "head": who,
        "parts": [{"heading": heading, "lines": rows or [lines["none"]]} for heading, rows in shown],
    }  # fmt: skip


def _matter_line(row: Sequence[str], head: Letterhead) -> str:
    held = word("act", head.lang, row[3]) if row[3] else load_words(head.lang)["lines"]["nobody"]
    return f"{row[0]} · {word('severity', head.lang, row[1])} · {head.moment(row[2])} · {held}"


def _case_line(row: Sequence[str], head: Letterhead) -> str:
    late = f" · {load_words(head.lang)['lines']['late']}" if row[4] else ""
    return f"{row[0]} · {row[1]} · {word('state', head.lang, row[2])} · {head.moment(row[3])}{late}"


def _told_line(row: Sequence[str], head: Letterhead) -> str:
    roles = "、".join(word("role", head.lang, one) for one in row[3].split("、")) if row[3] else "–"
    taken = f" · {word('act', head.lang, row[4])}" if row[4] else ""
    return f"{head.moment(row[0])} · {word('severity', head.lang, row[1])} · {row[2]} → {roles}{taken}"


PARTS: Mapping[str, Any] = {
    "matters": _matter_line, "cases": _case_line,
    "slips": lambda row, head: f"{row[0]} · {row[1]} · {head.moment(row[2])}",
    "silences": lambda row, head: f"{row[0]} · {head.moment(row[1])} · {row[2]}",
    "told": _told_line,
    "log": lambda row, head: f"{head.moment(row[0])} {word('role', head.lang, row[1])} {row[2]}",
}  # fmt: skip


def list_text(title: str, fields: Mapping[str, Any]) -> str:
    """A log or a hand-over as plain text."""
    lines = [title, str(fields.get("day") or fields.get("span")), str(fields["head"])]
    for part in fields["parts"]:
        lines += ["", str(part["heading"]), *(f"- {line}" for line in part["lines"])]
    return "\n".join(line for line in lines if line is not None).replace("\n\n\n", "\n\n").strip() + "\n"
