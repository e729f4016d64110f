"""From `[[channels]]` to notifiers: one line a kind."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from alerts.notify.apprise import LongTail
from alerts.notify.base import Notifier
from alerts.notify.dingtalk import DingTalk
from alerts.notify.feishu import Feishu
from alerts.notify.mail import Email
from alerts.notify.slack import SlackBot
from alerts.notify.slack_hook import SlackHook
from alerts.notify.teams import Teams
from alerts.notify.terminal import Terminal
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
    "dingtalk": DingTalk,
    "feishu": Feishu,
    "teams": Teams,
    "apprise": LongTail,
}


def open_channels(specs: Sequence[ChannelSpec]) -> tuple[Channel, ...]:
    """A notifier for each configured channel, in their order. Reaches out to nothing yet."""
    return tuple(Channel(spec, MAKERS[spec.kind](spec)) for spec in specs)
