"""Editing the configuration file from the pages, and how a running service takes it up."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from dash_client import BASE, Reader, fresh_engine, visible
from dash_seed import make_context
from sqlalchemy import func, select

from alerts.dispatch import Dispatcher
from pipeline.model import RawItem, Screened
from pipeline.store.engine import reading
from pipeline.store.schema import alerts, audit, documents
from tocsin.config import load_config
from tocsin.editing import FileSettingsDesk
from tocsin.house import House, open_house
from tocsin.reload import DECIDING, LiveSender, SourceWatch
from tocsin.wiring import build_dispatcher, build_worker, live_screen

NOW = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
CONFIG = """# Our file.
[school]
name = "清河理工学院"   # the long one

[alerting]
group_wait = "0s"
quiet_hours = []   # we never sleep

[[channels]]
id = "duty-chat"
kind = "slack"
token = { env = "VERY_SECRET_NAME" }
target = "C1"

[tagger]
kind = "rules"

[[rules]]
id = "safety-first"  # the first one
kind = "threshold"
severity = "serious"
stories = 2
"""


class Office:
    """A dashboard over a configuration file in a folder."""

    def __init__(self, reader: Reader, file: Path) -> None:
        self.reader, self.file = reader, file

    def form(self, path: str) -> dict[str, str]:
        """What the edit form of a page holds."""
        page = self.reader.get(path).text.partition('<form method="post" action="/settings/')[2].partition("</form>")[0]
        found = dict(re.findall(r'<input (?:type="hidden" )?name="([\w.]+)" value="([^"]*)"', page))
        found |= {
            n: v.replace("&#34;", '"') for n, v in re.findall(r'<textarea name="(\w+)"[^>]*>([^<]*)</textarea>', page)
        }
        found |= dict.fromkeys(re.findall(r'type="checkbox" name="([\w.]+)" value="yes" checked', page), "yes")
        for name, options in re.findall(r'<select name="(\w+)">(.*?)</select>', page, re.DOTALL):
            found[name] = (re.findall(r'value="([^"]*)" selected', options) or re.findall(r'value="([^"]*)"', options))[
                0
            ]
        return found

    def send(self, path: str, act: str = "look", **changed: str) -> Any:
        """Change some fields of the form and send it."""
        fields = {k: v for k, v in self.form(path).items() if k != "csrf"} | changed
        data = {"csrf": self.reader.token(path), "act": act, **fields}
        return self.reader.post(path.partition("?")[0], data=data, headers={"origin": BASE})

    def write(self, path: str, **changed: str) -> Any:
        """Look, then write what was shown."""
        shown = self.send(path, **changed).text
        stamp = shown.partition('name="stamp" value="')[2].partition('"')[0]
        return self.send(path, "write", stamp=stamp, **changed)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    file = tmp_path / "tocsin.toml"
    file.write_text(CONFIG, encoding="utf-8")
    with fresh_engine(tmp_path) as engine:
        context = replace(make_context(engine, tmp_path), editing=FileSettingsDesk(file))
        yield Office(Reader(context).as_role("operator"), file)


def test_one_changed_field_is_one_changed_line(office: Office) -> None:
    """The difference is shown first; comments, order and everything else stay; it is audited by the section."""
    path = "/settings/rules?entry=safety-first"
    shown = office.send(path, stories="3")
    assert "-stories = 2" in shown.text
    assert "+stories = 3" in shown.text
    assert office.file.read_text("utf-8") == CONFIG
    answer = office.write(path, stories="3")
    assert answer.headers["location"] == "/rules?done=settings_live"
    assert office.file.read_text("utf-8") == CONFIG.replace("stories = 2", "stories = 3")
    with reading(office.reader.context.engine) as conn:
        row = conn.execute(
            select(audit.c.what, audit.c.target, audit.c.detail).order_by(audit.c.n.desc()).limit(1)
        ).one()
    assert tuple(row) == ("edit_settings", "rules safety-first", "stories")


def test_a_rule_is_added_and_taken_out(office: Office) -> None:
    """A new rule stands at the end and is one that loads; taken out, the file is as it was."""
    new = {"id": "water", "kind": "watchword", "severity": "notice", "phrases": "停水\n停电", "sensitivity": "balanced"}
    assert office.write("/settings/rules?entry=new", **new).status_code == 303
    added = load_config(office.file).config.rules[-1]
    assert (added.id, added.phrases, added.stories) == ("water", ["停水", "停电"], None)
    office.write("/settings/rules?entry=water", remove="yes")
    assert [rule.id for rule in load_config(office.file).config.rules] == ["safety-first"]
    assert "# the first one" in office.file.read_text("utf-8")


@pytest.mark.parametrize(
    ("path", "fields", "said"),
    [
        ("/settings/rules?entry=safety-first", {"window": "soon"}, "is not a length of time"),
        ("/settings/rules?entry=safety-first", {"stories": "many"}, "要求填数字"),
        ("/settings/alerting", {"quiet_hours": "night"}, "quiet"),
        ("/settings/school", {"aliases": "王小明"}, "王小明"),
        ("/settings/school", {"campuses": "13800138000"}, "reads as a person"),
        ("/settings/school", {"name": ""}, "name is empty"),
        ("/settings/retention", {"text_days": "9999"}, "text_days"),
        ("/settings/calendar.windows?entry=new", {"id": "w", "begins": "13-45", "ends": "13-46"}, "tocsin.toml line"),
    ],
)  # fmt: skip
def test_broken_input_is_refused_in_the_words_of_the_check(
    office: Office, path: str, fields: dict[str, str], said: str
) -> None:
    """One sentence, nothing to write, the file untouched; also when somebody posts the writing step at once."""
    shown = office.send(path, **fields)
    assert shown.status_code == 400
    assert said in shown.text
    assert "写入配置文件" not in visible(shown.text)
    office.send(path, "write", stamp="x", **fields)
    assert office.file.read_text("utf-8") == CONFIG


def test_a_file_that_changed_meanwhile_is_not_overwritten(office: Office) -> None:
    """The old page answers 409 and shows the difference anew."""
    path = "/settings/alerting"
    stamp = office.send(path, escalate_after="20m").text.partition('name="stamp" value="')[2].partition('"')[0]
    other = CONFIG.replace("stories = 2", "stories = 5")
    office.file.write_text(other, encoding="utf-8")
    assert office.send(path, "write", stamp=stamp, escalate_after="20m").status_code == 409
    assert office.file.read_text("utf-8") == other


def test_secrets_are_never_shown(office: Office) -> None:
    """A difference beside a secret does not name where it is."""
    text = CONFIG.replace(
        "[[channels]]", '[[calendar.windows]]\nid = "w"\nbegins = "06-01"\nends = "06-02"\nvolume = 2.0\n\n[[channels]]'
    )
    office.file.write_text(text, encoding="utf-8")
    pages = [office.reader.get("/settings").text, office.send("/settings/calendar.windows?entry=w", ends="06-03").text]
    assert "+ends" in pages[-1]
    assert not any("VERY_SECRET_NAME" in page for page in pages)


def test_rules_are_tried_before_they_hold(office: Office) -> None:
    """Both numbers of alerts a week come from the stored history; asking for much more stories tells less."""
    shown = office.send("/settings/rules?entry=safety-first", "try", stories="500", days="90")
    numbers = re.search(r"现行规则每周 ([\d.]+) 条提醒，改后 ([\d.]+) 条", visible(shown.text))
    assert numbers
    assert float(numbers[1]) > float(numbers[2])
    assert office.file.read_text("utf-8") == CONFIG


def test_only_operators_edit(office: Office) -> None:
    """An editor sees neither the form nor its result."""
    office.reader.as_role("editor")
    assert office.reader.get("/settings/rules?entry=safety-first").status_code == 403
    assert "/settings/rules" not in office.reader.get("/rules").text


# ------------------------------------------------------------------ taking it up


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    file = tmp_path / "tocsin.toml"
    file.write_text(CONFIG.partition("[[channels]]")[0] + CONFIG.partition('target = "C1"\n')[2], encoding="utf-8")
    made = open_house(load_config(file), lambda: NOW)
    yield made
    made.engine.dispose()


WATER = [
    f"清河理工学院二食堂多名学生就餐后呕吐送医，{part}。"
    for part in ("校医院已接诊", "家长到校了解情况", "窗口暂停供餐", "检测结果待公布")
]


class Tick:
    """A monotonic clock that is always three seconds later."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 3.0
        return self.now


def bring(house: House, *numbers: int) -> None:
    """Items at the door, each another story of the same matter."""
    screen = live_screen(house)
    for number in numbers:
        raw = RawItem(f"i{number}", "paper", "news", f"https://paper.example/{number}", NOW, None, WATER[number])
        screened = screen.screen(raw)
        assert isinstance(screened, Screened)
        row = {"id": "paper", "next_due": NOW, "interval_s": 3600}
        house.store.enqueue(row, [screened], NOW)


def rung(house: House) -> list[tuple[str, str]]:
    """Kind and rule of each alert."""
    with reading(house.engine) as conn:
        return [(row.kind, row.rule) for row in conn.execute(select(alerts).order_by(alerts.c.n))]


def rewrite(house: House, old: str, new: str) -> None:
    """Change the file; its size or time tells the service."""
    text = house.loaded.path.read_text("utf-8")
    assert old in text
    house.loaded.path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_worker_takes_up_rules_between_batches(house: House) -> None:
    """What waits is judged by the new rule, nothing is lost, what was told is not told again, and a broken file
    changes nothing."""
    watch = SourceWatch(house, Tick(), DECIDING)
    worker = build_worker(house, watch=watch)
    bring(house, 0, 1)
    worker.work_once()
    assert rung(house) == [("first", "safety-first")]
    bring(house, 2)
    rewrite(house, "stories = 2", "stories = 4")
    worker.work_once()
    assert watch.house.config.rules[0].stories == 4
    rewrite(house, "stories = 4", "stories = four")
    bring(house, 3)
    worker.work_once()
    with reading(house.engine) as conn:
        assert conn.scalar(select(func.count()).select_from(documents)) == 4
    assert rung(house) == [("first", "safety-first")]
    assert house.store.waiting(10) == []


def test_a_rule_that_is_lowered_tells_with_the_next_item_once(house: House) -> None:
    """Under the old rule nothing was told; under the new one the next item tells, and once only."""
    rewrite(house, "stories = 2", "stories = 50")
    made = replace(house, loaded=load_config(house.loaded.path))
    worker = build_worker(made, watch=SourceWatch(made, Tick(), DECIDING))
    bring(made, 0, 1)
    worker.work_once()
    assert rung(made) == []
    rewrite(made, "stories = 50", "stories = 2")
    bring(made, 2)
    worker.work_once()
    bring(made, 3)
    worker.work_once()
    assert rung(made) == [("first", "safety-first")]


def test_the_sender_goes_on_with_its_lease(house: House) -> None:
    """New quiet hours hold from the next round; the lease and what was sent lately are the old one's."""
    built: list[Dispatcher] = []

    def build(current: House) -> Dispatcher:
        built.append(build_dispatcher(current))
        return built[-1]

    sender = LiveSender(house, build, Tick())
    sender.tick(NOW)
    built[0].sent_lately["terminal"] = [NOW]
    rewrite(house, "quiet_hours = []", 'quiet_hours = ["22:00-06:00"]')
    sender.tick(NOW)
    assert len(built) == 2
    assert built[1].office.alerting.quiet_hours == ["22:00-06:00"]
    assert (built[1].fence, built[1].sent_lately) == (built[0].fence, {"terminal": [NOW]})
    rewrite(house, 'name = "清河理工学院"', 'name = "别的学院"')
    sender.tick(NOW)
    assert len(built) == 2
