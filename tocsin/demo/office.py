"""The made-up college's office: a roster, and what it did about the matters of the last ninety days.

Everything is entered through the functions that the pages call, at the times at which the office would have done it.
"""

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from alerts.cases import close_case, open_case, record_statement
from alerts.duty.entries import RotationPlan, add_rotation
from alerts.duty.people import By, add_officer
from alerts.response.facts import put_fact
from alerts.response.log import write_line
from alerts.response.register import enter_missing
from alerts.response.slips import Order, Slip, decide_answer, issue_slip, take_answer
from alerts.response.wording import Pen
from alerts.settings import ChannelSpec
from alerts.taps import Refused
from dashboards.auth import add_user
from pipeline.model import Event, Severity
from pipeline.store.engine import writing
from pipeline.store.rows import read_event
from pipeline.store.schema import events
from tocsin.house import House
from tocsin.wiring import build_masker

Made = TypeVar("Made")
OFFICE = (("值班员甲", "officer"), ("值班员乙", "officer"), ("值班组长", "leader"), ("运维员", "operator"))
LEAST_STORIES, MOST_CASES = 3, 5


class Work(NamedTuple):
    """What is done about a topic: by whom, asked in which words, answered how, with which outcome."""

    department: str
    asked: str
    answered: str
    outcome: str


WORKS: dict[str, Work] = {
    "dorms": Work("后勤管理处", "请核实住宿区的情况，说明处理时间并告知住宿同学。", "已检修完毕，当晚恢复正常，已在楼下张贴说明。", "repaired"),
    "fees": Work("财务处", "请说明收费依据，并公布退费办法。", "收费依据已在官网公布，重复扣款已全部退回。", "clarified"),
    "facilities": Work("后勤管理处", "请核实情况，说明原因与处理时间。", "已查明原因并处理完毕，说明已贴在官网。", "repaired"),
    "teaching": Work("教务处", "请核实情况并答复同学关心的问题。", "已调整安排并通知相关学院。", "answered"),
    "safety": Work("保卫处", "请现场查看，说明隐患与整改时间。", "已增设减速带和照明，交警部门复核通过。", "repaired"),
    "canteen": Work("后勤管理处", "请核实出品问题并公布整改结果。", "涉事窗口停业整改，检测结果已公布。", "corrected"),
}  # fmt: skip
ORDINARY = Work("校长办公室", "请核实情况并答复。", "已核实并在官网答复。", "answered")


def furnish(house: House) -> str:
    """Enter the roster, and cases, slips, facts and log lines for the largest matters of the past; returns the password
    of an account `demo` that may do everything."""
    pen = Pen(build_masker(house.config), tuple(house.config.school.names))
    zone, now = ZoneInfo(house.config.school.timezone), house.clock()
    with writing(house.engine) as connection:
        enter_roster(connection, house.config.channels, zone, now)
        for event in past_matters(connection, now):
            answer_matter(connection, event, pen, zone)
        enter_missing(connection, now.astimezone(zone).year, now, zone)
        password = secrets.token_urlsafe(9)
        add_user(connection, "demo", password, "operator", now)
    return password


def enter_roster(connection: Connection, channels: Sequence[ChannelSpec], zone: ZoneInfo, now: datetime) -> None:
    """Two officers change every Monday at nine; a leader and an operator stand behind them."""
    by = By("demo", now - timedelta(days=90))
    ids = [made(add_officer(connection, name, role, {"terminal": name}, channels, by)) for name, role in OFFICE]
    begins = (now - timedelta(days=91)).astimezone(zone).date()
    made(add_rotation(connection, RotationPlan((ids[0], ids[1]), begins, 0, time(9), 7, zone, name="轮班"), by))


def past_matters(connection: Connection, now: datetime) -> Iterator[Event]:
    """The largest negative matters that ended more than a week ago, the earliest first."""
    query = select(events).where(
        events.c.stories >= LEAST_STORIES, events.c.negative * 3 >= events.c.stories,
        events.c.last_seen < now - timedelta(days=7), events.c.merged_into.is_(None),
    )  # fmt: skip
    largest = connection.execute(query.order_by(events.c.stories.desc(), events.c.id).limit(MOST_CASES)).mappings()
    yield from sorted(map(read_event, largest), key=lambda event: event.first_seen)


def answer_matter(connection: Connection, event: Event, pen: Pen, zone: ZoneInfo) -> None:
    """From the first note to the closed case, within a day and a half of the first post."""
    work, role, begin = WORKS.get(event.topic, ORDINARY), "officer", event.first_seen + timedelta(hours=2)
    case = made(open_case(connection, event.id, work.department, Severity.NOTICE, begin, who=role))
    made(put_fact(connection, event.id, "情况属实，影响范围正在核实。", work.department, "confirmed", role, pen, begin))
    write_line(connection, f"已联系{work.department}，当日答复。", role, pen, begin, event.id)
    order = Order("notice", event.id, work.department, work.asked, begin + timedelta(hours=24), case=case)
    slip: Slip = made(issue_slip(connection, order, pen, begin + timedelta(minutes=20), zone))
    answered = begin + timedelta(hours=19)
    take_answer(connection, slip.id, work.answered, work.outcome, "office", pen, answered)
    decide_answer(connection, slip.id, "accepted", "", pen, answered + timedelta(minutes=30))
    record_statement(
        connection, case, work.answered, "", answered + timedelta(hours=1), role, answered + timedelta(hours=1)
    )
    close_case(connection, case, work.outcome, work.answered, role, answered + timedelta(hours=2))


def made(answer: Made | Refused) -> Made:
    """What a function of the office made. Raises ValueError with the sentence when it refused: the demo's words are wrong."""
    if isinstance(answer, Refused):
        raise ValueError(answer.why)  # noqa: TRY004 - not a type, an answer
    return answer
