"""What `[briefing]` may not say."""

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from dashboards.settings import LOOPBACK
from tocsin.config import Config
from tocsin.problem import Problem


def check_briefing(config: Config) -> Iterator[Problem]:
    """The template is a Word file; a model has an address that keeps what is sent to it, and a name; peers are others."""
    briefing, school = config.briefing, config.school
    if briefing.template and not briefing.template.lower().endswith(".docx"):
        yield Problem("$.briefing.template", f"the template '{briefing.template}' is not a .docx file")
    if set(briefing.peers) & {school.name, school.english, *school.aliases}:
        yield Problem("$.briefing.peers", "peers are other schools; the school itself is always compared")
    if briefing.drafter_url:
        yield from _check_drafter(config)


def _check_drafter(config: Config) -> Iterator[Problem]:
    briefing = config.briefing
    parts = urlsplit(briefing.drafter_url)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host:
        yield Problem(
            "$.briefing.drafter_url", "drafter_url is not an http address such as https://…/v1/chat/completions"
        )
    elif parts.scheme == "http" and host not in LOOPBACK and not is_inside(host):
        yield Problem(
            "$.briefing.drafter_url",
            "drafter_url must begin with https:// unless the model runs in the school's own network",
        )
    elif briefing.drafter_local and host not in LOOPBACK and not is_inside(host):
        yield Problem(
            "$.briefing.drafter_local", f"drafter_local is for a model in the school; '{host}' is no private address"
        )
    if not briefing.drafter_model:
        yield Problem("$.briefing.drafter_url", "drafter_url needs drafter_model, the name of the model")


def is_inside(host: str) -> bool:
    """True for a private address, and for a name that only the own network knows (no dot, or .local, .lan, .internal)."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host or host.rsplit(".", 1)[1] in {"local", "lan", "internal"}
