"""What each kind of channel needs, and which settings mean nothing to it: a setting without effect is a mistake."""

import re
from collections.abc import Callable, Iterator

import msgspec

from alerts.settings import ChannelKind, ChannelSpec
from crawlers.mailbox import read_address
from tocsin.problem import Problem

EVERY = frozenset({"id", "kind", "audience", "fallback"})
HOOK, ROBOT = frozenset({"url"}), frozenset({"url", "key", "keyword"})
APP = frozenset({"app", "app_token", "target", "base_url"})
PHONE = frozenset({"user", "password", "sender", "to", "voice", "base_url"})
USES: dict[ChannelKind, frozenset[str]] = {
    "terminal": frozenset(), "slack": frozenset({"token", "target", "url", "base_url", "app_token", "signing_key"}),
    "email": frozenset({"host", "port", "tls", "user", "password", "sender", "to", "mailbox"}),
    "webhook": frozenset({"url", "key"}), "wecom": HOOK, "dingtalk": ROBOT | APP, "feishu": ROBOT | APP, "teams": HOOK,
    "apprise": HOOK, "aliyun": PHONE | {"template"}, "tencent": PHONE | {"template", "app"}, "twilio": PHONE,
}  # fmt: skip


def check_channel(path: str, channel: ChannelSpec) -> Iterator[Problem]:
    """What a channel lacks, and what is written there in vain."""
    yield from NEEDS[channel.kind](path, channel)
    for field in msgspec.structs.fields(ChannelSpec):
        name = field.name
        idle = name not in EVERY and name not in USES[channel.kind]
        if idle and getattr(channel, name) != _default_of(field):
            yield Problem(f"{path}.{name}", f"{name} means nothing to the {channel.kind} channel '{channel.id}'")


def _default_of(field: msgspec.structs.FieldInfo) -> object:
    factory = field.default_factory
    return field.default if factory is msgspec.NODEFAULT else factory()


def _needs_nothing(_path: str, _channel: ChannelSpec) -> Iterator[Problem]:
    return iter(())


def _needs_slack(path: str, channel: ChannelSpec) -> Iterator[Problem]:
    if channel.token is None and channel.url is None:
        yield Problem(path, f"the slack channel '{channel.id}' needs a token (bot) or a url (incoming webhook)")
    if channel.token is not None and not channel.target:
        yield Problem(path, f"the slack channel '{channel.id}' needs target, the id of the conversation")
    for name in ("app_token", "signing_key"):
        if getattr(channel, name) is not None and channel.token is None:
            yield Problem(
                f"{path}.{name}", f"the slack channel '{channel.id}' needs a token (bot) to show what was pressed"
            )


def _needs_email(path: str, channel: ChannelSpec) -> Iterator[Problem]:
    for name in ("host", "sender", "to"):
        if not getattr(channel, name):
            yield Problem(path, f"the email channel '{channel.id}' needs {name}")
    if channel.password and channel.tls == "none":
        yield Problem(f"{path}.tls", f"the email channel '{channel.id}' would send its password unencrypted")
    if channel.mailbox and read_address(channel.mailbox) is None:
        schemes = "imaps://host/Folder, or imap:// (STARTTLS)"
        yield Problem(
            f"{path}.mailbox", f"the mailbox of channel '{channel.id}' needs {schemes}, without user and password"
        )
    if channel.mailbox and not (channel.user and channel.password):
        yield Problem(f"{path}.mailbox", f"the mailbox of channel '{channel.id}' is opened with user and password")


def _needs_url(path: str, channel: ChannelSpec) -> Iterator[Problem]:
    if channel.url is None:
        yield Problem(path, f"the {channel.kind} channel '{channel.id}' needs a url")


def _needs_lock(path: str, channel: ChannelSpec) -> Iterator[Problem]:
    """Robots of these kinds cannot be made without a lock; a list of addresses is one that we cannot see. An app of the
    school's own has id, secret and group instead of an address."""
    if channel.app or channel.app_token:
        yield from _needs_app(path, channel)
        return
    yield from _needs_url(path, channel)
    if channel.keyword and len(channel.keyword.strip()) < 2:
        yield Problem(f"{path}.keyword", f"the keyword of channel '{channel.id}' is too short")


def _needs_app(path: str, channel: ChannelSpec) -> Iterator[Problem]:
    for name in ("app", "app_token", "target"):
        if not getattr(channel, name):
            yield Problem(path, f"the {channel.kind} channel '{channel.id}' with an app of your own needs {name}")
    for name in ("url", "key", "keyword"):
        if getattr(channel, name):
            yield Problem(
                f"{path}.{name}", f"{name} belongs to a group robot, channel '{channel.id}' has an app: choose one"
            )


def _needs_phone(path: str, channel: ChannelSpec) -> Iterator[Problem]:
    names = ["user", "password", *({"aliyun": ["template"], "tencent": ["template", "app"]}.get(channel.kind, []))]
    optional = channel.voice and channel.kind != "twilio"  # the clouds have numbers of their own to call from
    for name in [*names, *([] if optional else ["sender"])]:
        if not getattr(channel, name):
            yield Problem(path, f"the {channel.kind} channel '{channel.id}' needs {name}")
    for number in channel.to:
        if not re.fullmatch(r"\+?[\d \-]{7,20}", number):
            yield Problem(f"{path}.to", f"'{number}' is not a telephone number")


NEEDS: dict[str, Callable[[str, ChannelSpec], Iterator[Problem]]] = {
    "terminal": _needs_nothing, "slack": _needs_slack, "email": _needs_email, "webhook": _needs_url,
    "wecom": _needs_url, "dingtalk": _needs_lock, "feishu": _needs_lock, "teams": _needs_url, "apprise": _needs_url,
    "aliyun": _needs_phone, "tencent": _needs_phone, "twilio": _needs_phone,
}  # fmt: skip
