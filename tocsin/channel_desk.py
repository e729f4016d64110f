"""Channels written from the pages: their lines into the configuration file, their secrets into files of their own beside
it (`secrets/`, for the owner alone), so that no secret is ever in the file, in a page, in a difference or in a log."""

import os
import re
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from alerts.model import Message
from alerts.notify.base import Delivery, Failed
from alerts.notify.opening import MAKERS
from alerts.settings import ChannelSpec
from dashboards.editing_channels import FORMS, ChannelChange, ChannelEntry, HeldSecret
from pipeline.secret import Secret
from tocsin.config import ConfigError, parse_config, read_text
from tocsin.editing import CHANGED, fill_table, find_entries, parse_toml, problem_of, star_places
from tocsin.logs import hide_secrets
from tocsin.sourcing import stamp_of, write_whole

NAMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
TEST = {
    "zh": ("【测试】{school}提醒渠道“{channel}”的测试消息", "这不是真实事件，无需处置。收到即说明该渠道可以送达。"),
    "en": ("[Test] Test message of {school} by channel '{channel}'", "This is no real event. Reading it means that the channel works."),
}  # fmt: skip


class FileChannelDesk:
    """Implements `dashboards.editing_channels.ChannelDesk` over one TOML file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def entries(self) -> Sequence[ChannelEntry]:
        """Raises ConfigError when the file cannot be read."""
        return [read_entry(spec) for spec in self._channels(read_text(self._path))]

    def stamp(self) -> str:
        """Changes with every byte of the file."""
        return stamp_of(read_text(self._path))

    def lines(self, channel: str) -> str:
        """Its table alone."""
        import tomlkit  # only editing needs it

        found = [one for one in find_entries(parse_toml(read_text(self._path)), "channels") if one.get("id") == channel]
        return star_places("[[channels]]\n" + tomlkit.dumps(found[0]).strip()) if found else ""

    def write(self, change: ChannelChange, stamp: str) -> str:
        """Checked as a whole first; then the secrets, then the lines that name them."""
        with self._lock:
            try:
                text = read_text(self._path)
                problem = CHANGED if stamp_of(text) != stamp else self._refuse(text, change)
                if problem:
                    return problem
                places = self._places(text, change)
                after = channel_text(text, change, places)
                problem = problem_of(self._path, after)
            except ConfigError as error:
                return str(error)
            problem = problem or keep_secrets(change.secrets, places)
            return problem or (write_whole(self._path, after) if after != text else "")

    def remove(self, channel: str, stamp: str) -> str:
        """What another channel, a route or a department needs stays, by the check's own words."""
        with self._lock:
            try:
                text = read_text(self._path)
                if stamp_of(text) != stamp:
                    return CHANGED
                after = without_channel(text, channel)
                problem = problem_of(self._path, after)
            except ConfigError as error:
                return str(error)
            problem = problem or write_whole(self._path, after)
            if not problem:
                for file in self._folder.glob(f"{channel}.*"):
                    file.unlink(missing_ok=True)
            return problem

    def try_out(self, channel: str, now: datetime) -> str:
        """To the channel as such (its group, its `to`), never to one person."""
        try:
            config = parse_config(read_text(self._path), self._path.name)
        except ConfigError as error:
            return str(error)
        spec = next((one for one in config.channels if one.id == channel), None)
        if spec is None:
            return f"there is no '{channel}' in channels"
        message = write_test(spec, config.school.name, config.alerting.language)
        try:
            answer = MAKERS[spec.kind](spec).send(Delivery(message.alert, message, "", now, now))
        except LookupError as error:  # a secret that is not there
            return str(error.args[0])
        return answer.said if isinstance(answer, Failed) else ""

    @property
    def _folder(self) -> Path:
        return self._path.resolve().parent / "secrets"

    def _channels(self, text: str) -> Sequence[ChannelSpec]:
        return parse_config(text, self._path.name).channels

    def _refuse(self, text: str, change: ChannelChange) -> str:
        """What the check of the whole file could not say of the form."""
        known = {one.id: one for one in self._channels(text)}
        if not NAMED.fullmatch(change.id) or change.id == "new":
            return f"'{change.id[:40]}' is no id of a channel: letters, digits, - and _ (and not 'new')"
        if change.fresh and change.id in known:
            return f"there is a channel '{change.id}' already"
        if not change.fresh and (change.id not in known or known[change.id].kind != change.kind):
            return f"there is no '{change.id}' in channels"
        return next(refuse_secrets(change), "")

    def _places(self, text: str, change: ChannelChange) -> dict[str, Path]:
        """The file of each new secret: the one that the configuration names already, else one of ours."""
        spec = next((one for one in self._channels(text) if one.id == change.id), None)
        return {name: self._place(getattr(spec, name, None), f"{change.id}.{name}") for name in change.secrets}

    def _place(self, held: Secret | None, name: str) -> Path:
        return Path(held.file) if held is not None and held.file and not held.env else self._folder / name


# ------------------------------------------------------------------ reading


def read_entry(spec: ChannelSpec) -> ChannelEntry:
    """A channel without its secrets."""
    form = FORMS[spec.kind]
    values = {field.name: msgspec.to_builtins(getattr(spec, field.name)) for field in form.every_field}
    return ChannelEntry(
        spec.id, spec.kind, values, {name: look_at(getattr(spec, name)) for name in form.every_secret}
    )  # fmt: skip


def look_at(secret: Secret | None) -> HeldSecret:
    """Where it comes from, and whether it is there; the value is dropped at once."""
    if secret is None:
        return HeldSecret()
    try:
        there = bool(secret.reveal())
    except (LookupError, OSError, UnicodeDecodeError):
        there = False
    return HeldSecret("env" if secret.env else "file", there)


def write_test(spec: ChannelSpec, school: str, language: str) -> Message:
    """A message that says what it is in its first characters."""
    headline, line = TEST[language]
    key = f"test-{secrets.token_hex(6)}"
    number = {"zh": "测试", "en": "TEST"}[language]
    return Message(number, key, None, headline.format(school=school, channel=spec.id), (line,), severity="info")


# ------------------------------------------------------------------ refusing


def refuse_secrets(change: ChannelChange) -> Iterator[str]:
    """One line each; an address where one is asked for."""
    for name, value in change.secrets.items():
        if name not in FORMS[change.kind].every_secret:
            yield f"{name} means nothing to the {change.kind} channel '{change.id}'"
        elif not value.isprintable() or len(value) > 2000 or " " in value.strip():
            yield f"{name} of channel '{change.id}' is one line without spaces, at most 2,000 characters"
        elif name == "url" and not is_address(value, change.kind):
            yield f"url of channel '{change.id}' begins with https:// (http:// on this machine only)"


def is_address(text: str, kind: str) -> bool:
    """An address that may carry a secret: https, or this machine; for Apprise any scheme."""
    try:
        parts = urlsplit(text.strip())
        host = parts.hostname
    except ValueError:
        return False
    if kind == "apprise":
        return bool(parts.scheme and "://" in text)
    return bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and host in ("127.0.0.1", "localhost", "::1"))
    )


# ------------------------------------------------------------------ writing


def keep_secrets(values: Mapping[str, str], places: Mapping[str, Path]) -> str:
    """Each secret into its file, whole or not at all, for the owner alone; what went wrong, without the value."""
    for name, value in values.items():
        place = places[name]
        hide_secrets([value.strip()])
        fresh = place.with_name(f".{place.name}.new")
        try:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
                file.write(value.strip() + "\n")
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(place)
        except OSError as error:
            return f"the secret {name} cannot be kept in {place.parent.name}/: {error.strerror}"
    return ""


def channel_text(text: str, change: ChannelChange, places: Mapping[str, Path]) -> str:
    """`text` with the channel. Raises ConfigError when channels are written in a way that cannot be edited here."""
    import tomlkit

    document = parse_toml(text)
    entries = find_entries(document, "channels")
    if change.fresh:
        table = tomlkit.table()
        table.add("id", change.id)
        table.add("kind", change.kind)
        if len(entries) and not entries[-1].as_string().endswith("\n\n"):
            table.trivia.indent = "\n"
    else:
        table = next(one for one in entries if one.get("id") == change.id)
    fill_table(table, defaults_apart(change))
    for name in change.dropped:
        if name in table and name not in places:
            table.remove(name)
    for name, place in places.items():
        write_place(table, name, place)
    if change.fresh:
        table.add(tomlkit.nl())
        entries.append(table)
    return tomlkit.dumps(document)


def defaults_apart(change: ChannelChange) -> dict[str, Any]:
    """The values, those that a channel has anyhow as None, so that they stay unwritten."""
    bare = ChannelSpec(change.id, change.kind)
    plain = {name: 0 if name == "port" and value is None else value for name, value in change.values.items()}
    return {name: None if value in ("", [], getattr(bare, name)) else value for name, value in plain.items()}


def write_place(table: Any, name: str, place: Path) -> None:
    """`name = { file = "…" }`; one that stands there already stays as it is."""
    import tomlkit

    held = table.get(name)
    if held is not None and dict(held) == {"file": str(place)}:
        return
    inline = tomlkit.inline_table()
    inline.append("file", str(place))
    table[name] = inline


def without_channel(text: str, channel: str) -> str:
    """`text` without the channel. Raises ConfigError when it is not there."""
    import tomlkit

    document = parse_toml(text)
    entries = find_entries(document, "channels")
    found = [k for k, one in enumerate(entries) if one.get("id") == channel]
    if not found:
        raise ConfigError(f"there is no '{channel}' in channels")
    del entries[found[0]]
    return tomlkit.dumps(document)
