"""What can be said of a channel on the pages: the settings of its kind, its secrets (written, never shown), a trial."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from alerts.settings import ChannelKind
from dashboards.editing import Field, Value

KINDS: tuple[ChannelKind, ...] = (
    "wecom", "dingtalk", "feishu", "email", "aliyun", "tencent", "twilio", "slack", "teams", "webhook", "apprise",
    "terminal",
)  # fmt: skip
AUDIENCE = Field("audience", "choice", ("duty", "operator"), "audience")
USER, SENDER, TO = Field("user"), Field("sender"), Field("to", "list")
TEMPLATE, APP, VOICE = Field("template"), Field("app"), Field("voice", "yes")


@dataclass(frozen=True, slots=True)
class ChannelForm:
    """The fields and secrets of one kind; `more_…` are those that most offices leave empty."""

    fields: tuple[Field, ...] = ()
    secrets: tuple[str, ...] = ()
    more_fields: tuple[Field, ...] = ()
    more_secrets: tuple[str, ...] = ()

    @property
    def every_field(self) -> tuple[Field, ...]:
        """All that is no secret."""
        return (*self.fields, *self.more_fields, AUDIENCE, Field("fallback"))

    @property
    def every_secret(self) -> tuple[str, ...]:
        """All that is never shown."""
        return (*self.secrets, *self.more_secrets)


HOOK = ChannelForm(secrets=("url",))
ROBOT = ChannelForm((Field("keyword"),), ("url", "key"), (APP, Field("target")), ("app_token",))
FORMS: Mapping[ChannelKind, ChannelForm] = {
    "wecom": HOOK, "dingtalk": ROBOT, "feishu": ROBOT, "teams": HOOK, "apprise": HOOK, "terminal": ChannelForm(),
    "slack": ChannelForm((Field("target"),), ("token", "url"), (), ("app_token", "signing_key")),
    "webhook": ChannelForm((), ("url", "key")),
    "email": ChannelForm(
        (Field("host"), Field("port", "number"), Field("tls", "choice", ("starttls", "tls", "none"), "tls"), USER, SENDER, TO),
        ("password",), (Field("mailbox"),),
    ),
    "aliyun": ChannelForm((USER, SENDER, TEMPLATE, TO, VOICE), ("password",)),
    "tencent": ChannelForm((USER, SENDER, TEMPLATE, APP, TO, VOICE), ("password",)),
    "twilio": ChannelForm((USER, SENDER, TO, VOICE), ("password",)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class HeldSecret:
    """Where a secret comes from (`env`, `file`; "" when none is configured) and whether it is there now."""

    place: Literal["", "env", "file"] = ""
    there: bool = False


@dataclass(frozen=True, slots=True)
class ChannelEntry:
    """A channel as the file has it now. No secret is in it."""

    id: str
    kind: ChannelKind
    values: Mapping[str, Value] = field(default_factory=dict)
    secrets: Mapping[str, HeldSecret] = field(default_factory=dict)

    @property
    def unset(self) -> list[str]:
        """Secrets that are configured and not there."""
        return [name for name, held in self.secrets.items() if held.place and not held.there]


@dataclass(frozen=True, slots=True)
class ChannelChange:
    """What a form asks for. `secrets` are new values by name (what is not named stays), `dropped` those that go."""

    id: str
    kind: ChannelKind
    fresh: bool = False
    values: Mapping[str, Value] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    dropped: tuple[str, ...] = ()


class ChannelDesk(Protocol):
    """Reads, writes and tries the channels of the configuration file."""

    def entries(self) -> Sequence[ChannelEntry]:
        """Every channel, in the file's order."""

    def stamp(self) -> str:
        """The state of the file that a form was made from."""

    def lines(self, channel: str) -> str:
        """The channel's lines in the file, the places of secrets as stars; empty for none."""

    def write(self, change: ChannelChange, stamp: str) -> str:
        """Write the channel, and its new secrets where they are kept; the problem in one sentence, empty when done."""

    def remove(self, channel: str, stamp: str) -> str:
        """Take the channel out, and the secrets that were kept for it; the problem in one sentence."""

    def try_out(self, channel: str, now: datetime) -> str:
        """Send a marked test message by it; the problem in one sentence, empty when it was accepted."""
