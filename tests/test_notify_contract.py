"""One contract over every channel: what is accepted, refused, delayed or lost is called by its name."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import fake_dingtalk_app
import fake_feishu_app
import pytest
from fake_clouds import SECRET as CLOUD_SECRET
from fake_clouds import USER, FakeAliyun, FakeTencent, FakeTwilio
from fake_dingtalk import SECRET as DING_SECRET
from fake_dingtalk import FakeDingTalk
from fake_feishu import SECRET as FEISHU_SECRET
from fake_feishu import FakeFeishu
from fake_hook import FakeHook
from fake_robot import FakeRobot
from fake_slack import CHANNEL, TOKEN, FakeSlack
from fake_smtp import FakeSmtp
from fake_teams import FakeTeams
from fake_wecom import FakeWeCom
from msgspec.structs import replace as replace_struct
from rich.console import Console

from alerts.model import Action, Message
from alerts.notify.aliyun import Aliyun
from alerts.notify.apprise import LongTail
from alerts.notify.base import Delivery, Failed, Missing, Notifier, ReadBack, Sent
from alerts.notify.dingtalk import DingTalk
from alerts.notify.dingtalk_app import DingTalkApp
from alerts.notify.feishu import Feishu
from alerts.notify.feishu_app import FeishuApp
from alerts.notify.mail import Email
from alerts.notify.opening import MAKERS, open_channels
from alerts.notify.slack import SlackBot
from alerts.notify.slack_hook import SlackHook
from alerts.notify.teams import Teams
from alerts.notify.tencent import Tencent
from alerts.notify.terminal import Terminal
from alerts.notify.twilio import Twilio
from alerts.notify.webhook import Webhook
from alerts.notify.wecom import WeCom
from alerts.settings import ChannelKind, ChannelSpec, Secret

NOW = datetime(2026, 9, 5, 15, 44, tzinfo=UTC)
LINK = "https://tocsin.example/a/TOKEN"
ACTIONS = tuple(Action(name, name, f"{LINK}?do={name}") for name in ("take", "hand_over"))
MESSAGE = Message(
    "A-0001", "a1", "e1", "【橙】二食堂 疑似食物中毒", ("首次出现：23:40", "2 篇"), ACTIONS, LINK, "", "serious"
)
HOSTILE = (
    "<!channel> <!here> <@U0ALL> <!subteam^S1> <http://evil.example|https://college.edu> `code` *b* "
    '<@all> <at user_id="all"></at> <at id=all></at> @all @13800000000 @所有人 <font color="warning">x</font> '
    "![x](http://t.example/x.png) [y](http://evil.example) # h > q ~~s~~ | t | "
    "\u202egnp.exe\u200b {{ 7*7 }} <script>alert(1)</script> [bold red]x[/] \x1b[31m"
)
SECRETS = ("CANARY123",)


def delivery(message: Message = MESSAGE, address: str = "", key: str = "k1") -> Delivery:
    return Delivery(key, message, address, NOW - timedelta(minutes=2), NOW)


@dataclass
class Rig:
    """One channel with its other side: the verbs plan what happens next, `arrived` is what people would see."""

    notifier: Notifier
    arrived: Callable[[], list[str]]
    refuse: Callable[[], None] | None = None
    busy: Callable[[], None] | None = None
    slow_down: Callable[[], None] | None = None
    swallow: Callable[[], None] | None = None


@contextmanager
def slack_bot(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setenv("T_TOKEN", TOKEN)
    with FakeSlack() as slack:
        spec = ChannelSpec("chat", "slack", token=Secret(env="T_TOKEN"), target=CHANNEL, base_url=slack.base_url)
        yield Rig(
            SlackBot(spec, timeout=1), lambda: [str(post) for post in slack.posts],
            lambda: slack.refuse("channel_not_found"), slack.break_down, lambda: slack.limit(7), slack.swallow,
        )  # fmt: skip


@contextmanager
def slack_hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    with FakeSlack() as slack:
        monkeypatch.setenv("T_HOOK", slack.hook_url)
        yield Rig(
            SlackHook(ChannelSpec("hook", "slack", url=Secret(env="T_HOOK")), timeout=1),
            lambda: [str(post) for post in slack.hooks], lambda: slack.refuse("channel_is_archived"),
            slack.break_down, lambda: slack.limit(7), slack.swallow,
        )  # fmt: skip


@contextmanager
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    with FakeHook("CANARY123-key") as hook:
        monkeypatch.setenv("T_URL", hook.url)
        monkeypatch.setenv("T_KEY", hook.key)
        spec = ChannelSpec("out", "webhook", url=Secret(env="T_URL"), key=Secret(env="T_KEY"))
        yield Rig(
            Webhook(spec, timeout=1), lambda: [str(body) for body in hook.taken], lambda: hook.answer(410),
            lambda: hook.answer(503), lambda: hook.answer(429, Retry_After="7"), hook.swallow,
        )  # fmt: skip


@contextmanager
def email(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    with FakeSmtp() as smtp:
        spec = ChannelSpec(
            "mail", "email", host="127.0.0.1", port=smtp.port, tls="none", sender="bell@college.example",
            to=["duty@college.example"],
        )  # fmt: skip

        def arrived() -> list[str]:
            return [f"{mail['Subject']}\n{mail.get_body(('plain',)).get_content()}" for mail in smtp.mails]

        yield Rig(
            Email(spec, timeout=2), arrived,
            lambda: smtp.refuse_rcpt(550), lambda: smtp.refuse_data(451), None, smtp.swallow,
        )  # fmt: skip


@contextmanager
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    out = io.StringIO()
    yield Rig(Terminal(Console(file=out, width=100, no_color=True)), lambda: [out.getvalue()] if out.getvalue() else [])


def robot_rig(service: FakeRobot, notifier: Notifier) -> Rig:
    def arrived() -> list[str]:
        return [str(body) for body in service.taken]

    return Rig(notifier, arrived, service.refuse, service.break_down, service.throttle, service.swallow)


@contextmanager
def wecom(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    with FakeWeCom() as service:
        monkeypatch.setenv("T_WECOM", service.url)
        yield robot_rig(service, WeCom(ChannelSpec("w", "wecom", url=Secret(env="T_WECOM")), timeout=1))


@contextmanager
def dingtalk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    with FakeDingTalk(NOW) as service:
        monkeypatch.setenv("T_DING", service.url)
        monkeypatch.setenv("T_DING_KEY", DING_SECRET)
        spec = ChannelSpec("d", "dingtalk", url=Secret(env="T_DING"), key=Secret(env="T_DING_KEY"))
        yield robot_rig(service, DingTalk(spec, timeout=1))


@contextmanager
def feishu(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    with FakeFeishu(NOW) as service:
        monkeypatch.setenv("T_FEISHU", service.url)
        monkeypatch.setenv("T_FEISHU_KEY", FEISHU_SECRET)
        spec = ChannelSpec("f", "feishu", url=Secret(env="T_FEISHU"), key=Secret(env="T_FEISHU_KEY"))
        yield robot_rig(service, Feishu(spec, timeout=1))


@contextmanager
def teams(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    with FakeTeams() as service:
        monkeypatch.setenv("T_TEAMS", service.url)
        yield robot_rig(service, Teams(ChannelSpec("t", "teams", url=Secret(env="T_TEAMS")), timeout=1))


CLOUDS = {"aliyun": (FakeAliyun, Aliyun), "tencent": (FakeTencent, Tencent), "twilio": (FakeTwilio, Twilio)}


def make_phone(kind: str, voice: bool) -> Callable[[pytest.MonkeyPatch], Any]:
    fake, maker = CLOUDS[kind]

    @contextmanager
    def phone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
        with fake(NOW) as service:
            monkeypatch.setenv("T_CLOUD", CLOUD_SECRET)
            spec = ChannelSpec(
                "p", kind, user=USER, password=Secret(env="T_CLOUD"), sender="+8657100000000", to=["138 0013 8000"],
                template="T1", app="1400", voice=voice, base_url=service.url,
            )  # fmt: skip
            yield robot_rig(service, maker(spec, timeout=1))

    return phone


@contextmanager
def dingtalk_app(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setenv("T_APP", fake_dingtalk_app.SECRET)
    with fake_dingtalk_app.FakeDingTalkApp() as ding:
        app, secret, group = fake_dingtalk_app.APP, Secret(env="T_APP"), fake_dingtalk_app.GROUP
        made = DingTalkApp(
            ChannelSpec("d", "dingtalk", app=app, app_token=secret, target=group, base_url=ding.base_url), 1
        )
        assert made.probe() is None  # it has its token
        plan = ding.tricks.append
        yield Rig(
            made, lambda: [str(post) for post in ding.posts], lambda: plan((400, "invalidParameter.robotCode")),
            lambda: plan((503, "ServiceUnavailable")), None, lambda: plan((0, "swallow")),
        )  # fmt: skip


@contextmanager
def feishu_app(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setenv("T_APP", fake_feishu_app.SECRET)
    with fake_feishu_app.FakeFeishuApp() as feishu:
        app, secret, chat = fake_feishu_app.APP, Secret(env="T_APP"), fake_feishu_app.CHAT
        made = FeishuApp(
            ChannelSpec("f", "feishu", app=app, app_token=secret, target=chat, base_url=feishu.base_url), 1
        )
        assert made.probe() is None  # it has its token
        plan = feishu.tricks.append
        yield Rig(
            made, lambda: [str(post["card"]) for post in feishu.posts], lambda: plan(230002), lambda: plan("break"), None,
            lambda: plan("swallow"),
        )  # fmt: skip


PHONES = {f"{kind}{'_call' if voice else ''}": make_phone(kind, voice) for kind in CLOUDS for voice in (False, True)}
ROBOTS = {"wecom": wecom, "dingtalk": dingtalk, "feishu": feishu, "teams": teams, **PHONES}
RIGS = {
    "slack_bot": slack_bot, "slack_hook": slack_hook, "webhook": webhook, "email": email, "terminal": terminal, **ROBOTS,
    "dingtalk_app": dingtalk_app, "feishu_app": feishu_app,
}  # fmt: skip
REMOTE = [name for name in RIGS if name != "terminal"]


@pytest.fixture
def rig(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    with RIGS[request.param](monkeypatch) as made:
        yield made


@pytest.mark.parametrize("rig", RIGS, indirect=True)
def test_an_accepted_message_is_sent_with_a_receipt(rig):
    """What the other side took is sent, has a receipt, and can be read there."""
    answer = rig.notifier.send(delivery())
    assert isinstance(answer, Sent)
    assert answer.receipt
    assert len(rig.arrived()) == 1


@pytest.mark.parametrize("rig", REMOTE, indirect=True)
def test_no_refusal_is_taken_for_success(rig):
    """A receiver that does not exist is a permanent failure with a reason."""
    rig.refuse()
    answer = rig.notifier.send(delivery())
    assert isinstance(answer, Failed)
    assert answer.permanent
    assert answer.said
    assert rig.arrived() == []


@pytest.mark.parametrize("rig", REMOTE, indirect=True)
def test_a_busy_service_may_be_tried_again(rig):
    """A service that cannot now is no permanent failure, took nothing, and the next attempt arrives."""
    rig.busy()
    answer = rig.notifier.send(delivery())
    assert isinstance(answer, Failed)
    assert not answer.permanent
    assert not answer.unknown
    assert isinstance(rig.notifier.send(delivery()), Sent)
    assert len(rig.arrived()) == 1


@pytest.mark.parametrize("rig", ["slack_bot", "slack_hook", "webhook"], indirect=True)
def test_retry_after_is_honoured(rig):
    """A limited call says how long to wait."""
    rig.slow_down()
    answer = rig.notifier.send(delivery())
    assert isinstance(answer, Failed)
    assert answer.after == timedelta(seconds=7)
    assert not answer.permanent


@pytest.mark.parametrize("rig", ROBOTS, indirect=True)
def test_a_refusal_for_speed_in_the_body_is_tried_again(rig):
    """Too fast, said with whatever status, is neither success nor the end, and nothing has arrived."""
    rig.slow_down()
    answer = rig.notifier.send(delivery())
    assert isinstance(answer, Failed)
    assert (answer.permanent, answer.unknown) == (False, False)
    assert rig.arrived() == []


@pytest.mark.parametrize("rig", REMOTE, indirect=True)
def test_a_lost_answer_is_unknown(rig):
    """When the other side took it and the answer was lost, we say that we do not know."""
    rig.swallow()
    answer = rig.notifier.send(delivery())
    assert isinstance(answer, Failed)
    assert answer.unknown
    assert not answer.permanent
    assert len(rig.arrived()) == 1


@pytest.mark.parametrize("rig", RIGS, indirect=True)
def test_a_channel_that_works_probes_well(rig):
    """Trying a channel shows nobody anything."""
    assert rig.notifier.probe() is None
    assert rig.arrived() == []


@pytest.mark.parametrize("rig", REMOTE, indirect=True)
def test_secrets_are_in_no_answer(rig):
    """No failure names a token, an address or a key."""
    answers = []
    for plan in (rig.refuse, rig.busy, rig.swallow, rig.slow_down):
        if plan:
            plan()
            answers.append(repr(rig.notifier.send(delivery())))
    answers += [repr(rig.notifier), str(rig.notifier), repr(rig.notifier.probe())]
    assert not [secret for secret in SECRETS for answer in answers if secret in answer]


@pytest.mark.parametrize("rig", RIGS, indirect=True)
def test_crawled_words_address_nobody(rig):
    """Pings, links, markup, direction marks and control sequences in crawled text arrive as words or not at all."""
    message = replace(MESSAGE, headline=f"【橙】{HOSTILE}", lines=(HOSTILE, *MESSAGE.lines))
    assert isinstance(rig.notifier.send(delivery(message)), Sent)
    seen = rig.arrived()[0]
    assert "'type': 'mrkdwn'" not in seen
    assert not [char for char in "\x1b\u202e\u200b" if char in seen or repr(char)[1:-1] in seen]


@pytest.mark.parametrize("rig", [name for name in RIGS if name not in PHONES], indirect=True)
def test_a_huge_message_still_arrives_with_its_buttons(rig):
    """A hundred thousand characters are cut visibly; the link and the buttons stay."""
    message = replace(MESSAGE, lines=("长" * 50_000, *(["字" * 5_000] * 10)))
    assert isinstance(rig.notifier.send(delivery(message)), Sent)
    assert "TOKEN" in rig.arrived()[0] or "take" in rig.arrived()[0]


PHONE_MAKERS = [maker for _, maker in CLOUDS.values()]


@pytest.mark.parametrize("kind", get_args(ChannelKind))
def test_every_kind_of_channel_can_be_opened(kind):
    """No kind in the configuration without a sender."""
    assert kind in MAKERS
    assert open_channels([ChannelSpec("x", kind)])[0].id == "x"


@pytest.mark.parametrize(
    "maker", [SlackBot, SlackHook, Webhook, Email, WeCom, DingTalk, Feishu, Teams, LongTail, Aliyun, Tencent, Twilio]
)
def test_a_secret_that_is_not_set_is_a_permanent_failure(maker):
    """A channel whose secret is missing says which one, and sends nothing."""
    gone = Secret(env="T_NOT_SET")
    spec = ChannelSpec("x", "webhook", token=gone, url=gone, password=gone, host="127.0.0.1", sender="a@b.example")
    answer = maker(spec).send(delivery(address="13800138000" if maker in PHONE_MAKERS else "c@d.example"))
    assert isinstance(answer, Failed)
    assert answer.permanent
    assert "T_NOT_SET" in answer.said


@pytest.mark.parametrize(
    "maker", [SlackBot, SlackHook, Webhook, Email, WeCom, DingTalk, Feishu, Teams, Aliyun, Tencent, Twilio]
)
def test_nobody_at_the_other_end_is_no_doubt(maker, monkeypatch):
    """A refused connection is a failure that is known to have taken nothing."""
    monkeypatch.setenv("T_DEAD", "http://127.0.0.1:9/x")
    secret = Secret(env="T_DEAD")
    spec = ChannelSpec(
        "x", "webhook", token=secret, url=secret, host="127.0.0.1", port=9, tls="none", sender="a@b.example",
        base_url="http://127.0.0.1:9/api/", target=CHANNEL, to=["c@d.example"],
    )  # fmt: skip
    if maker in PHONE_MAKERS:
        spec = replace_struct(spec, base_url="http://127.0.0.1:9", to=["13800138000"], password=secret)
    answer = maker(spec).send(delivery())
    assert isinstance(answer, Failed)
    assert (answer.permanent, answer.unknown) == (False, False)


def test_only_the_bot_can_be_read_back(monkeypatch):
    """Read-back finds a message by its key, in the channel and in a thread, and misses what is not there."""
    monkeypatch.setenv("T_TOKEN", TOKEN)
    with FakeSlack() as slack:
        spec = ChannelSpec("chat", "slack", token=Secret(env="T_TOKEN"), target=CHANNEL, base_url=slack.base_url)
        bot = SlackBot(spec, timeout=1)
        slack.swallow()
        bot.send(delivery())
        found = bot.look_up(delivery())
        assert isinstance(found, Sent)
        inside = replace(MESSAGE, thread=found.receipt)
        slack.swallow()
        bot.send(delivery(inside, key="k2"))
        assert isinstance(bot.look_up(delivery(inside, key="k2")), Sent)
        assert isinstance(bot.look_up(delivery(key="k3")), Missing)
        slack.limit(3)
        assert isinstance(bot.look_up(delivery(key="k3")), Failed)
    assert isinstance(bot, ReadBack)
    assert not isinstance(Webhook(spec), ReadBack)
