"""`[kibana]` in TOML: where Kibana is and how we log in; and what can be wrong with it beyond types."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from pipeline.secret import Secret
from tocsin.problem import Problem

if TYPE_CHECKING:
    from tocsin.config import Config

SPACE = re.compile(r"^[a-z0-9_\-]+$")  # what Kibana lets a space's id be


class KibanaSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[kibana]`, for `tocsin kibana install`. `space`: empty is the default one. Either `user` with `password`, or
    `api_key`, or neither. `ca`: file with the authority's certificate (relative to the configuration)."""

    url: str = ""
    space: str = ""
    user: str = ""
    password: Secret | None = None
    api_key: Secret | None = None
    ca: str = ""
    timeout: float = 60.0


def check_kibana(config: "Config") -> Iterator[Problem]:
    """An address without a login in it, a space that can be one, one way to log in, a CA that is there."""
    kibana = config.kibana
    parts = urlsplit(kibana.url)
    if kibana.url and (parts.scheme not in ("http", "https") or not parts.hostname):
        yield Problem("$.kibana.url", f"'{kibana.url}' is not an http or https address of Kibana")
    if parts.username or parts.password:
        yield Problem("$.kibana.url", "the address of Kibana has a login in it; give user and password, or api_key")
    if kibana.space and not SPACE.match(kibana.space):
        yield Problem("$.kibana.space", f"'{kibana.space}' cannot be the id of a space: a-z, 0-9, - and _ only")
    if kibana.api_key and (kibana.user or kibana.password):
        yield Problem("$.kibana.api_key", "give either api_key or user and password for Kibana, not both")
    if bool(kibana.user) != bool(kibana.password):
        yield Problem("$.kibana.user", "user and password for Kibana belong together")
    if kibana.ca and not Path(kibana.ca).is_file():
        yield Problem("$.kibana.ca", f"there is no certificate file {kibana.ca}")
    if kibana.timeout <= 0:
        yield Problem("$.kibana.timeout", "timeout must be more than 0")
