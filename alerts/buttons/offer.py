"""Which buttons stand under a message on a channel that can answer by itself, and the codes behind them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from alerts.buttons.codes import Codes, mail_scope
from alerts.model import Action
from alerts.policy import Policy
from alerts.settings import ChannelSpec
from alerts.words import Language, say

OFFERED = ("taken", "false_alarm", "silence", "case")
NAMES = {"taken": "take", "undo": "undo"}  # the other acts are called as their buttons are
SENDS = "dtmd://dingtalkclient/sendMessage?content="  # DingTalk: a link that says its content to the robot


def answers_by_itself(spec: ChannelSpec, public_url: str = "") -> bool:
    """True when a press on this channel reaches us without anybody reaching us: an outbound connection, a mailbox; or,
    with a public address, Slack's signed request."""
    if spec.kind == "slack":
        return spec.token is not None and (spec.app_token is not None or bool(spec.signing_key and public_url))
    if spec.kind == "email":
        return bool(spec.mailbox)
    return spec.kind in ("dingtalk", "feishu") and spec.app_token is not None


def keeps_line(spec: ChannelSpec) -> bool:
    """True when a connection is kept (or a mailbox read) for this channel's presses."""
    return answers_by_itself(spec) and (spec.app_token is not None or bool(spec.mailbox))


@dataclass(frozen=True, slots=True)
class Buttons:
    """`specs` are the channels that can answer, by id."""

    codes: Codes
    specs: Mapping[str, ChannelSpec] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)

    def offer(
        self, channel: str, number: int, officer: str, topic: str, place: str, language: Language
    ) -> tuple[Action, ...]:
        """The buttons under an alert. `officer` is the receiver's id on the roster, "" for none. No case of a wellbeing
        matter from a chat; none either where no department is named for the topic."""
        asks = topic != "wellbeing" and self.policy.department_of(topic, self.policy.campus_of(place)) is not None
        acts = [act for act in OFFERED if act != "case" or asks]
        made = [self.make(channel, number, act, officer, language) for act in acts]
        return tuple(one for one in made if one is not None)

    def make(
        self, channel: str, number: int, act: str, officer: str, language: Language, tap: str = ""
    ) -> Action | None:
        """One button; None where the channel cannot answer, and in a mail that is nobody's own."""
        spec = self.specs.get(channel)
        if spec is None or (spec.kind == "email" and not officer):
            return None
        name = NAMES.get(act, act)
        scope = mail_scope(channel, officer) if spec.kind == "email" else channel
        code, label = self.codes.make(number, act, scope, tap), say(language, "action", name)
        return Action(name, label, _write_link(spec, number, code), code)


def _write_link(spec: ChannelSpec, number: int, code: str) -> str:
    """How a press travels where a button is a link: a mail to ourselves, a sentence to the robot. "" elsewhere."""
    if spec.kind == "email":
        return f"mailto:{spec.sender}?subject={quote(f'Re: A-{number:04d}')}&body={quote(code)}"
    return f"{SENDS}{quote(code)}" if spec.kind == "dingtalk" else ""
