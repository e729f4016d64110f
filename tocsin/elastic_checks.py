"""What is wrong with `[elastic]`, beyond types."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from tocsin.config import Config
from tocsin.problem import Problem

# https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-create: what a name may hold
PREFIX = re.compile(r"^[a-z0-9][a-z0-9_\-]{0,40}$")


def check_elastic(config: Config) -> Iterator[Problem]:
    """Addresses without logins in them, one way to log in, a CA that is there, no longer kept than in SQL."""
    elastic = config.elastic
    for url in elastic.urls:
        yield from _check_url(url)
    if elastic.api_key and (elastic.user or elastic.password):
        yield Problem("$.elastic.api_key", "give either api_key or user and password for Elasticsearch, not both")
    if bool(elastic.user) != bool(elastic.password):
        yield Problem("$.elastic.user", "user and password for Elasticsearch belong together")
    if elastic.ca and not Path(elastic.ca).is_file():
        yield Problem("$.elastic.ca", f"there is no certificate file {elastic.ca}")
    if not PREFIX.match(elastic.prefix):
        yield Problem(
            "$.elastic.prefix", f"'{elastic.prefix}' cannot begin the name of an index: a-z, 0-9, - and _ only"
        )
    cap = config.retention.headline_days
    if not 1 <= elastic.retention_days <= max(cap, 730):
        yield Problem(
            "$.elastic.retention_days", f"retention_days must be from 1 to 730, it is {elastic.retention_days}"
        )
    if elastic.timeout <= 0:
        yield Problem("$.elastic.timeout", "timeout must be more than 0")


def _check_url(url: str) -> Iterator[Problem]:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        yield Problem("$.elastic.urls", f"'{url}' is not an http or https address of Elasticsearch")
    elif parts.username or parts.password:
        yield Problem(
            "$.elastic.urls", "an address of Elasticsearch has a login in it; give user and password, or api_key"
        )
