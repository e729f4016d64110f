"""`[elastic]` in TOML: where Elasticsearch is and how we log in."""

from typing import Literal

import msgspec

from alerts.settings import Secret


class ElasticSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[elastic]`. Without `urls` there is no Elasticsearch. `ca`: file with the authority's certificate (relative to
    the configuration). Either `user` with `password`, or `api_key`, or neither. `analyzer`: of the texts, as boards see
    them; `prefix`: of all names; `retention_days`: items seen longer ago are dropped by whole months."""

    urls: list[str] = []
    ca: str = ""
    user: str = ""
    password: Secret | None = None
    api_key: Secret | None = None
    analyzer: Literal["standard", "smartcn", "ik"] = "standard"
    prefix: str = "tocsin"
    retention_days: int = 730
    timeout: float = 10.0
