"""A route of a self-hosted RSSHub: a feed, from an address of your own. Instances that others host are refused.

Why: whoever hosts it sees what a school watches, it may be gone tomorrow, and it fetches in its own name, past the
robots.txt and the pauses that hold here. The names are those of public lists of instances (domain-list-community,
`rsshub` and `rsshub-3rd`).
"""

from urllib.parse import urlsplit

HOSTED = frozenset(
    {
        "rsshub.app", "holoxx.f5.si", "hub.slarker.me", "rss.4040940.xyz", "rss.datuan.dev", "rss.littlebaby.life",
        "rss.owo.nz", "rss.wudifeixue.com", "rsshub.asailor.org", "rsshub2.asailor.org", "rsshub.email-once.com",
        "rsshub.henry.wang", "rsshub.isrss.com", "rsshub.ktachibana.party", "rsshub.pseudoyu.com", "rsshub.rss.tips",
        "rsshub.rssforever.com", "rsshub.umzzz.com", "rsshub.woodland.cafe", "yangzhi.app",
    }
)  # fmt: skip
REASON = (
    "it is an instance that somebody else hosts: it would see what you watch and may be gone tomorrow; "
    "run RSSHub yourself and give its address"
)


def refuse_instance(url: str) -> str | None:
    """Why this instance of RSSHub is not read, or None."""
    host = (urlsplit(url).hostname or "").lower().rstrip(".")
    hosted = host in HOSTED or any(host.endswith(f".{name}") for name in HOSTED)
    return REASON if hosted else None


def refuse_route(url: str) -> str | None:
    """Why this is no route (`/site/what…`), or None."""
    steps = [step for step in urlsplit(url).path.split("/") if step]
    return None if steps else "it is the front page of RSSHub; a route such as /some/site is needed"
