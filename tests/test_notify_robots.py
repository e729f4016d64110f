"""Robots of chat services: nothing is cut unsaid, nobody is rung by crawled words, every refusal is called by its name."""

import json
import re
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from fake_dingtalk import SECRET, FakeDingTalk
from fake_feishu import FakeFeishu
from fake_hook import FakeHook
from fake_teams import FakeTeams
from fake_wecom import FakeWeCom
from hypothesis import given, settings
from hypothesis import strategies as st
from test_notify_contract import HOSTILE, LINK, MESSAGE, NOW, delivery

from alerts.notify import dingtalk, feishu, teams, wecom
from alerts.notify.apprise import LongTail
from alerts.notify.base import Failed, Sent
from alerts.notify.dingtalk import DingTalk
from alerts.notify.feishu import Feishu
from alerts.notify.teams import Teams
from alerts.notify.wecom import WeCom
from alerts.notify.wording import fit_lines, tame, weigh
from alerts.settings import ChannelSpec, Secret

URL = "https://news.example/2026/09/canteen-report.html?id=12345"
HUGE = replace(MESSAGE, lines=tuple(f"第{n}行 😀 {'食堂门口排起了长队' * 350} {URL} 尾" for n in range(11)))
BODIES = {
    "wecom": lambda message, address="": wecom.write_body(message, address),
    "dingtalk": lambda message, address="": dingtalk.write_body(message, address, "值班"),
    "feishu": lambda message, address="": feishu.write_body(message, address, "值班"),
    "teams": lambda message, address="": teams.write_body(message, address),
}
LIMITS = {"dingtalk": 20_000, "feishu": 20_000, "teams": 28_000}
LEGACY = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Apprise loads modules that Python is about to drop
Words = st.text(max_size=400) | st.sampled_from([URL, f"见 {URL} 。", '"' * 300, "😀" * 90, "字" * 700, "\\" * 500])


def size_of(body: object) -> int:
    return len(json.dumps(body, ensure_ascii=False).encode())


def set_url(monkeypatch, url: str) -> Secret:
    monkeypatch.setenv("T_ROBOT", url)
    return Secret(env="T_ROBOT")


# ---------------------------------------------------------------- what fits


@given(st.lists(Words.map(tame), min_size=1, max_size=14), st.integers(300, 5000))
@settings(max_examples=300, deadline=None)
def test_lines_fit_and_what_is_missing_is_counted(lines, limit):
    """The lines are within the limit in bytes, whole lines stay as they are, and the last line counts the others."""
    kept = fit_lines(lines, limit, LINK)
    assert weigh("\n".join(kept)) <= limit
    if kept == lines:
        return
    rest = re.fullmatch(r"… 另有 (\d+) 行未显示 / \1 more lines not shown: (.*)", kept[-1])
    assert rest[2] == LINK
    begun = len(kept) - 1 - (len(lines) - int(rest[1]))
    assert begun in (0, 1)
    whole = kept[: len(lines) - int(rest[1])]
    assert whole == lines[: len(whole)]
    if begun:
        piece = kept[-2]
        assert piece.endswith("…")
        assert lines[len(whole)].startswith(piece[:-1])


@pytest.mark.parametrize("room", range(300, 700, 7))
def test_a_link_is_never_cut(room):
    """Wherever the limit falls, a link is whole or not there."""
    kept = fit_lines([f"{'字' * 40} {URL} {'字' * 100}"], room, "")
    assert [one for line in kept for one in re.findall(r"https?://\S+", line)] in ([], [URL])


@pytest.mark.parametrize("name", BODIES)
@given(lines=st.lists(Words, max_size=11), headline=Words)
@settings(max_examples=60, deadline=None)
def test_every_body_is_within_its_services_limit(name, lines, headline):
    """Whatever was crawled, the body is one that the service takes."""
    body = BODIES[name](replace(MESSAGE, headline=headline, lines=tuple(lines)), "li.lei")
    if name == "wecom":
        body = wecom.write_body(replace(MESSAGE, headline=headline, lines=tuple(lines)), "")
        assert len(body["markdown"]["content"].encode()) <= 4096
        body = wecom.write_body(replace(MESSAGE, headline=headline, lines=tuple(lines)), "lilei")
        assert len(body["text"]["content"].encode()) <= 2048
    else:
        assert size_of(body) <= LIMITS[name]


@pytest.mark.parametrize("name", BODIES)
def test_a_hundred_kilobytes_say_what_is_missing_and_where(name):
    """Of 100 KB of Chinese with emoji and links a part arrives, with whole links, a count and the page."""
    assert size_of(HUGE.lines) > 100_000
    said = json.dumps(BODIES[name](HUGE), ensure_ascii=False)
    assert re.search(r"另有 \d+ 行未显示", said)
    assert LINK in said
    assert not re.findall(r"https://news\.example(?!/2026/09/canteen-report\.html\?id=12345)", said)
    assert "\\ud" not in said


def test_a_small_message_is_not_touched():
    """Nothing is counted when everything is there."""
    assert fit_lines(["a", "b"], 100, LINK) == ["a", "b"]


# ---------------------------------------------------------------- whose words


@pytest.mark.parametrize("name", BODIES)
def test_crawled_words_are_no_markup_anywhere(name):
    """No mention, image, disguised link or tag of the crawled words is live in what is sent."""
    body = BODIES[name](replace(MESSAGE, headline=f"【橙】{HOSTILE}", lines=(HOSTILE,) * 3))
    said = json.dumps(live_parts(name, body), ensure_ascii=False)
    for sign in ("<@", "<at", "@all", "@138", "@所有人", "![", "](http://evil", "](http://t.", "<script", "`", "<!"):
        assert sign not in said, sign
    assert not [char for char in "\x1b\u202e\u200b" if char in json.dumps(body, ensure_ascii=False)]


def live_parts(name: str, body: dict) -> list[str]:
    """The texts that a service reads as markup."""
    if name in ("wecom", "dingtalk"):
        return [body["markdown"].get("content", ""), body["markdown"].get("text", ""), str(body.get("at", ""))]
    if name == "feishu":
        return [
            one["text"]["content"] for one in body["card"]["elements"] if one.get("text", {}).get("tag") == "lark_md"
        ]
    blocks = body["attachments"][0]["content"]["body"]
    return [block["text"] for block in blocks if block["type"] == "TextBlock"]


@given(st.text(alphabet="<>@[]()!*_`~#|\\& a1https://x.example?q=-", max_size=120))
@settings(max_examples=300, deadline=None)
def test_tame_words_hold_no_sign_of_markup(text):
    """Outside links there is no sign that means something to a chat service; inside them it is percent-coded."""
    said = tame(text)
    assert not set("<>[]()*_`~|\\@!") & set(said)
    assert not said.startswith(("-", "+", "=", "#"))
    assert tame(said) == said


def test_a_tame_link_still_leads_to_the_same_place():
    """Signs of markup inside an address are percent-coded, which is the same address."""
    said = tame("见 https://zh.example/wiki/A_(b)!?q=x@y。")
    assert said == "见 https://zh.example/wiki/A%5F%28b%29%21?q=x%40y。"


@pytest.mark.parametrize(
    ("name", "address", "rung"),
    [
        ("wecom", "lilei", "'mentioned_list': ['lilei']"),
        ("wecom", "13800138000", "'mentioned_mobile_list': ['13800138000']"),
        ("dingtalk", "13800138000", "'atMobiles': ['13800138000']"),
        ("dingtalk", "lilei", "'atUserIds': ['lilei']"),
        ("feishu", "ou_1a2b", "<at id=ou_1a2b></at>"),
        ("teams", "li@college.example", "'mentioned': {'id': 'li@college.example'"),
    ],
)
def test_the_person_on_duty_is_rung(name, address, rung):
    """An officer's address on the channel is mentioned in the way of the service."""
    assert rung in str(BODIES[name](MESSAGE, address))


@pytest.mark.parametrize("name", ["wecom", "dingtalk", "feishu"])
@pytest.mark.parametrize("address", ["all", "@all", "ALL", "<@all>", "a b", "x></at><at id=all", "", "'"])
def test_an_address_cannot_ring_everybody(name, address):
    """An address that is no single person's rings nobody."""
    said = str(BODIES[name](MESSAGE, address))
    assert "mentioned" not in said
    assert "<at" not in said
    assert "@" not in said.replace("'@", "")
    assert "'isAtAll': True" not in said


def test_a_line_about_who_has_it_wakes_nobody(monkeypatch):
    """An update is one line in the group, without a mention."""
    update = replace(MESSAGE, kind="update", lines=(), actions=(), link="")
    with FakeWeCom() as service, FakeFeishu(NOW, "") as other:
        WeCom(ChannelSpec("w", "wecom", url=set_url(monkeypatch, service.url))).send(delivery(update, "lilei"))
        answer = Feishu(ChannelSpec("f", "feishu", url=set_url(monkeypatch, other.url))).send(delivery(update, "ou_1a"))
    assert service.rung == []
    assert MESSAGE.headline in str(service.taken)
    assert isinstance(answer, Sent)
    assert "<at" not in str(other.taken)


def test_buttons_are_the_signed_links():
    """Each service gets every action with its own address."""
    for make in BODIES.values():
        said = json.dumps(make(MESSAGE))
        assert all(action.link in said for action in MESSAGE.actions)


def test_a_message_without_buttons_links_its_page():
    """A digest has no actions; its page is one tap away all the same."""
    for make in BODIES.values():
        assert LINK in json.dumps(make(replace(MESSAGE, actions=(), lines=())))


# ---------------------------------------------------------------- what the services answer


def test_wecom_asks_to_slow_down_and_is_obeyed(monkeypatch):
    """The twenty-first message of a minute is refused with 45009 and waits a minute."""
    with FakeWeCom() as service:
        robot = WeCom(ChannelSpec("w", "wecom", url=set_url(monkeypatch, service.url)))
        answers = [robot.send(delivery()) for _ in range(21)]
    assert [isinstance(one, Sent) for one in answers] == [True] * 20 + [False]
    assert answers[-1] == Failed("refused with errcode 45009: too many messages a minute", after=timedelta(minutes=1))
    assert len(service.taken) == 20


def test_dingtalk_is_left_alone_for_ten_minutes(monkeypatch):
    """130101 means that DingTalk hears nothing for ten minutes."""
    with FakeDingTalk(NOW) as service:
        monkeypatch.setenv("T_KEY", SECRET)
        spec = ChannelSpec("d", "dingtalk", url=set_url(monkeypatch, service.url), key=Secret(env="T_KEY"))
        service.throttle()
        answer = DingTalk(spec).send(delivery())
    assert (answer.permanent, answer.after) == (False, timedelta(minutes=10))


@pytest.mark.parametrize(
    ("case", "word"),
    [("clock", "clock"), ("key", "key"), ("no key", "key"), ("keyword", "keyword"), ("ip", "list of addresses")],
)
def test_dingtalk_says_which_lock_does_not_fit(monkeypatch, case, word):
    """310000 is explained: the clock, the key, the keyword or the list of addresses; it is for the operator."""
    ahead = timedelta(hours=2) if case == "clock" else timedelta(0)
    with FakeDingTalk(NOW + ahead, keyword="值班" if case == "keyword" else "") as service:
        monkeypatch.setenv("T_KEY", "SECother" if case == "key" else SECRET)
        key = None if case == "no key" else Secret(env="T_KEY")
        spec = ChannelSpec("d", "dingtalk", url=set_url(monkeypatch, service.url), key=key)
        service.refusal = "ip"
        if case == "ip":
            service.refuse()
        answer = DingTalk(spec).send(delivery())
    assert isinstance(answer, Failed)
    assert answer.permanent
    assert "310000" in answer.said
    assert word in answer.said
    assert "SEC" not in answer.said.replace("SEC…", "")


def test_keyword_robots_get_their_keyword(monkeypatch):
    """A robot locked by a keyword takes the message, because the configured keyword stands in it."""
    with FakeDingTalk(NOW, secret="", keyword="值班") as ding, FakeFeishu(NOW, secret="", keyword="值班") as feishu_one:
        spec = ChannelSpec("d", "dingtalk", url=set_url(monkeypatch, ding.url), keyword="值班")
        assert isinstance(DingTalk(spec).send(delivery()), Sent)
        spec = ChannelSpec("f", "feishu", url=set_url(monkeypatch, feishu_one.url), keyword="值班")
        assert isinstance(Feishu(spec).send(delivery()), Sent)
        bare = ChannelSpec("f", "feishu", url=Secret(env="T_ROBOT"))
        assert "19024" in Feishu(bare).send(delivery()).said


@pytest.mark.parametrize(
    ("code", "permanent", "after"),
    [(9499, False, None), (11232, False, timedelta(minutes=1)), (19001, True, None), (19021, True, None),
     (19022, True, None), (19024, True, None)],
)  # fmt: skip
def test_feishu_refusals_have_their_meaning(monkeypatch, code, permanent, after):
    """Any code that is not 0 is a refusal although the status is 200; which may pass is known."""
    monkeypatch.setattr(FakeFeishu, "answer", lambda self, _fault: (200, json.dumps({"code": code, "msg": "x"})))
    with FakeFeishu(NOW, secret="") as service:
        answer = Feishu(ChannelSpec("f", "feishu", url=set_url(monkeypatch, service.url))).send(delivery())
    assert isinstance(answer, Failed)
    assert str(code) in answer.said
    assert (answer.permanent, answer.after) == (permanent, after)


def test_feishu_refuses_a_wrong_clock(monkeypatch):
    """A signature older than an hour is refused with 19021, and the clock is named."""
    with FakeFeishu(NOW + timedelta(hours=2)) as service:
        monkeypatch.setenv("T_KEY", service.secret)
        spec = ChannelSpec("f", "feishu", url=set_url(monkeypatch, service.url), key=Secret(env="T_KEY"))
        answer = Feishu(spec).send(delivery())
    assert answer.permanent
    assert "clock" in answer.said


@pytest.mark.parametrize(("trick", "permanent"), [("refuse", True), ("throttle", False)])
def test_an_old_connectors_words_are_read(monkeypatch, trick, permanent):
    """An Office connector fails with status 200 and says so in words."""
    with FakeTeams(old=True) as service:
        robot = Teams(ChannelSpec("t", "teams", url=set_url(monkeypatch, service.url)))
        getattr(service, trick)()
        answer = robot.send(delivery())
        assert isinstance(answer, Failed)
        assert answer.permanent is permanent
        assert isinstance(robot.send(delivery()), Sent)


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu"])
def test_an_answer_nobody_can_read_is_unknown(monkeypatch, kind):
    """A success whose words are garbled may have been one."""
    made = {"wecom": FakeWeCom, "dingtalk": lambda: FakeDingTalk(NOW, ""), "feishu": lambda: FakeFeishu(NOW, "")}
    makers = {"wecom": WeCom, "dingtalk": DingTalk, "feishu": Feishu}
    with made[kind]() as service:
        service.garble()
        answer = makers[kind](ChannelSpec("x", kind, url=set_url(monkeypatch, service.url))).send(delivery())
    assert isinstance(answer, Failed)
    assert answer.unknown


# ---------------------------------------------------------------- the long tail


@LEGACY
def test_the_long_tail_goes_through_apprise(monkeypatch):
    """An Apprise address is served, and what its service refuses is no success and perhaps a repeat."""
    with FakeHook() as hook:
        tail = LongTail(ChannelSpec("a", "apprise", url=set_url(monkeypatch, hook.url.replace("http://", "json://"))))
        assert tail.probe() is None
        assert isinstance(tail.send(delivery()), Sent)
        assert LINK in str(hook.taken[0])
        hook.answer(500)
        refused = tail.send(delivery())
    assert isinstance(refused, Failed)
    assert (refused.unknown, refused.permanent) == (True, False)
    assert "CANARY123" not in repr(refused)


@LEGACY
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nosuch://CANARY123", "does not know"),
        ("wecombot://CANARY123", "kind wecom"),
        ("feishu://CANARY123", "kind feishu"),
    ],
)
def test_apprise_is_not_asked_for_what_we_read_ourselves(monkeypatch, url, said):
    """For services whose refusals Apprise takes for success, our own kind is named."""
    answer = LongTail(ChannelSpec("a", "apprise", url=set_url(monkeypatch, url))).send(delivery())
    assert isinstance(answer, Failed)
    assert answer.permanent
    assert said in answer.said
    assert "CANARY123" not in answer.said


def test_without_the_package_a_sentence_says_what_to_install(monkeypatch):
    """The extra is optional, and its absence is explained."""
    monkeypatch.setitem(sys.modules, "apprise", None)
    answer = LongTail(ChannelSpec("a", "apprise", url=set_url(monkeypatch, "json://127.0.0.1"))).probe()
    assert answer is not None
    assert answer.permanent
    assert "pip install 'tocsin[apprise]'" in answer.said
