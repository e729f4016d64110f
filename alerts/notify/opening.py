"""From `[[channels]]` to notifiers: one line a kind."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.notify.aliyun import Aliyun
from alerts.notify.apprise import LongTail
from alerts.notify.base import Budget, Notifier
from alerts.notify.dingtalk import DingTalk
from alerts.notify.dingtalk_app import DingTalkApp
from alerts.notify.feishu import Feishu
from alerts.notify.feishu_app import FeishuApp
from alerts.notify.mail import Email
from alerts.notify.slack import SlackBot
from alerts.notify.slack_hook import SlackHook
from alerts.notify.teams import Teams
from alerts.notify.tencent import Tencent
from alerts.notify.terminal import Terminal
from alerts.notify.twilio import Twilio
from alerts.notify.webhook import Webhook
from alerts.notify.wecom import WeCom
from alerts.settings import ChannelKind, ChannelSpec


@dataclass(frozen=True, slots=True)
class Channel:
    """A configured channel and what sends by it."""

    spec: ChannelSpec
    notifier: Notifier

    @property
    def id(self) -> str:
        """Its name in the configuration."""
        return self.spec.id


MAKERS: Mapping[ChannelKind, Callable[[ChannelSpec], Notifier]] = {
    "terminal": lambda _: Terminal(),
    "slack": lambda spec: SlackBot(spec) if spec.token else SlackHook(spec),
    "email": Email,
    "webhook": Webhook,
    "wecom": WeCom,
    "dingtalk": lambda spec: DingTalkApp(spec) if spec.app_token else DingTalk(spec),
    "feishu": lambda spec: FeishuApp(spec) if spec.app_token else Feishu(spec),
    "teams": Teams,
    "apprise": LongTail,
    "aliyun": Aliyun,
    "tencent": Tencent,
    "twilio": Twilio,
}

# What a service takes, less a reserve: WeCom and DingTalk allow 20 a minute (and DingTalk is deaf for ten minutes
# afterwards), Feishu 5 a second and 100 a minute. What is over waits in the queue.
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
USUAL = (Budget(12, MINUTE),)
BUDGETS: Mapping[ChannelKind, tuple[Budget, ...]] = {"feishu": (Budget(5, SECOND), Budget(80, MINUTE))}


def is_spent(spec: ChannelSpec | None, moments: Sequence[datetime], now: datetime) -> bool:
    """True when a channel that sent at `moments` had its share. One that is not configured any more has the usual."""
    budgets = BUDGETS.get(spec.kind, USUAL) if spec else USUAL
    return any(budget.is_spent(moments, now) for budget in budgets)


def open_channels(specs: Sequence[ChannelSpec]) -> tuple[Channel, ...]:
    """A notifier for each configured channel, in their order. Reaches out to nothing yet."""
    return tuple(Channel(spec, MAKERS[spec.kind](spec)) for spec in specs)
