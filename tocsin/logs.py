"""Logs: one JSON object a line to standard error and, rotated, to the data folder. Control characters are escaped
by JSON, secrets of the configuration are replaced by stars wherever they turn up."""

import logging
import logging.handlers
import sys
from collections.abc import Iterable, MutableMapping
from pathlib import Path
from typing import Any

import structlog

from tocsin.config import Config

FILE_BYTES = 10 * 1024 * 1024
FILES_KEPT = 5
STARS = "********"
NOISY = ("httpx", "httpcore", "scrapy", "twisted", "apscheduler", "trafilatura", "htmldate", "alembic")


def set_up_logs(folder: Path | None, secrets: Iterable[str] = (), *, quiet: bool = False) -> None:
    """Send all logs of the process to standard error (not when `quiet`) and to `folder`/tocsin.log."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars, structlog.stdlib.add_logger_name, structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True), structlog.processors.format_exc_info,
        star_secrets([secret for secret in secrets if len(secret) >= 4]),
    ]  # fmt: skip
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(), wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # a command may set logs up anew
    )  # fmt: skip
    render = structlog.processors.JSONRenderer(ensure_ascii=False)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
    )
    root = logging.getLogger()
    for old in root.handlers:
        if isinstance(old, logging.FileHandler):
            old.close()
    root.handlers = [*_handlers(folder, formatter, quiet)]
    root.setLevel(logging.INFO)
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)


def _handlers(folder: Path | None, formatter: logging.Formatter, quiet: bool) -> list[logging.Handler]:
    handlers: list[logging.Handler] = [] if quiet else [logging.StreamHandler(sys.stderr)]
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        rotated = logging.handlers.RotatingFileHandler(
            folder / "tocsin.log", maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8"
        )
        handlers.append(rotated)
    for handler in handlers:
        handler.setFormatter(formatter)
    return handlers or [logging.NullHandler()]


_later: list[str] = []


def hide_secrets(values: list[str]) -> None:
    """Star these from now on, too: secrets that were set or named while the service ran."""
    _later.extend(value for value in values if value and value not in _later)


def star_secrets(secrets: list[str]) -> Any:
    """A processor that replaces each secret in every text value."""

    def replace_all(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        for key, value in event.items():
            if isinstance(value, str):
                for secret in (*secrets, *_later):
                    value = value.replace(secret, STARS)
                event[key] = value
        return event

    return replace_all


def secrets_of(config: Config) -> list[str]:
    """The values of all secrets that the configuration names and that are set."""
    named = [
        config.alerting.heartbeat,
        config.elastic.password,
        config.elastic.api_key,
        config.kibana.password,
        config.kibana.api_key,
    ]
    for channel in config.channels:
        named += [channel.token, channel.url, channel.key, channel.password, channel.app_token, channel.signing_key]
    named += [source.key for source in config.sources]
    found = []
    for secret in named:
        try:
            found.append(secret.reveal() if secret else "")
        except LookupError:
            continue
    return [value for value in found if value]
