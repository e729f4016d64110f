"""What each way of reading needs, and which settings mean nothing to it: a setting without effect is a mistake."""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import msgspec

from crawlers.json_api import refuse_expression
from crawlers.mailbox import PORTS, read_address
from crawlers.mastodon import tag_of
from crawlers.rsshub import refuse_instance, refuse_route
from crawlers.settings import Fields, SourceSpec
from pipeline.model import PRIVATE_KINDS
from pipeline.person import check_source
from tocsin.problem import Problem

# Settings that belong to some kinds only, and to which.
OWN: dict[str, frozenset[str]] = {
    "items": frozenset({"json"}),
    "fields": frozenset({"json"}),
    "next_page": frozenset({"json"}),
    "page_param": frozenset({"json"}),
    "key": frozenset({"ghost", "inbox", "mailbox"}),
    "user": frozenset({"mailbox"}),
}
NO_PAGES = frozenset({"mailbox", "inbox"})


def check_way(path: str, source: SourceSpec) -> Iterator[Problem]:
    """The address and the settings of a source, by its kind."""
    yield from _check_address(path, source)
    for name, kinds in OWN.items():
        idle = getattr(source, name) != _default_of(name) and source.via not in kinds
        if idle:
            wanted = " and ".join(sorted(kinds))
            yield Problem(f"{path}.{name}", f"{name} is for {wanted} sources; '{source.id}' is read via {source.via}")
    yield from NEEDS.get(source.via, _needs_nothing)(path, source)


def _default_of(name: str) -> object:
    field = next(one for one in msgspec.structs.fields(SourceSpec) if one.name == name)
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def _check_address(path: str, source: SourceSpec) -> Iterator[Problem]:
    parts = urlsplit(source.url)
    if source.via == "mailbox":
        return
    if parts.scheme not in ("http", "https") or not parts.hostname:
        yield Problem(f"{path}.url", f"source '{source.id}' needs an http or https address")
    elif parts.username or parts.password:
        yield Problem(f"{path}.url", f"source '{source.id}' has a login in its address; only public pages are read")
    else:
        verdict = check_source(source.url, source.organisation)
        reason = verdict.reason[:1].lower() + verdict.reason[1:].rstrip(".")
        if not verdict.ok:
            yield Problem(f"{path}.url", f"source '{source.id}' is refused: {reason}")
        elif hosted := refuse_instance(source.url):
            yield Problem(f"{path}.url", f"source '{source.id}' is refused: {hosted}")


def _needs_nothing(_path: str, _source: SourceSpec) -> Iterator[Problem]:
    return iter(())


def _needs_json(path: str, source: SourceSpec) -> Iterator[Problem]:
    for name in ("items", "next_page"):
        yield from _check_expression(f"{path}.{name}", source, name, getattr(source, name), of_field=False)
    for name in (field.name for field in msgspec.structs.fields(Fields)):
        yield from _check_expression(f"{path}.fields.{name}", source, name, getattr(source.fields, name))
    if source.pages > 1 and not (source.next_page or source.page_param):
        yield Problem(f"{path}.pages", f"source '{source.id}' wants {source.pages} pages: give next_page or page_param")


def _check_expression(
    path: str, source: SourceSpec, name: str, expression: str, *, of_field: bool = True
) -> Iterator[Problem]:
    refusal = refuse_expression(expression, of_field) if expression else None
    if refusal:
        yield Problem(path, f"{name} of source '{source.id}' cannot be used: {refusal}")


def _needs_ghost(path: str, source: SourceSpec) -> Iterator[Problem]:
    if source.key is None:
        yield Problem(path, f"the ghost source '{source.id}' needs key, the secret with the site's content key")
    if "key=" in urlsplit(source.url).query:
        yield Problem(f"{path}.url", f"source '{source.id}' has its key in the address: give it as key, a secret")


def _needs_mastodon(path: str, source: SourceSpec) -> Iterator[Problem]:
    if not tag_of(source.url):
        yield Problem(f"{path}.url", f"source '{source.id}' is no tag: give https://SERVER/tags/NAME")
    if source.kind not in PRIVATE_KINDS:
        yield Problem(f"{path}.kind", f"a tag timeline is people talking: '{source.id}' must be social, forum or other")


def _needs_rsshub(path: str, source: SourceSpec) -> Iterator[Problem]:
    if refusal := refuse_route(source.url):
        yield Problem(f"{path}.url", f"source '{source.id}' is refused: {refusal}")


def _needs_mailbox(path: str, source: SourceSpec) -> Iterator[Problem]:
    if read_address(source.url) is None:
        schemes = " or ".join(f"{scheme}://HOST/FOLDER" for scheme in PORTS)
        yield Problem(f"{path}.url", f"the mailbox '{source.id}' needs {schemes}, without user and password")
    if not source.user or source.key is None:
        yield Problem(path, f"the mailbox '{source.id}' needs user and key, the secret with its password")
    if source.follow or source.pages != 1:
        yield Problem(path, f"follow and pages mean nothing to the mailbox '{source.id}'")


def _needs_inbox(path: str, source: SourceSpec) -> Iterator[Problem]:
    if source.key is None:
        yield Problem(path, f"the inbox '{source.id}' needs key, the secret that its sender signs with")
    if source.follow or source.pages != 1 or source.minutes is not None:
        yield Problem(
            path, f"follow, pages and minutes mean nothing to the inbox '{source.id}': others bring its items"
        )


NEEDS: dict[str, Callable[[str, SourceSpec], Iterator[Problem]]] = {
    "json": _needs_json, "ghost": _needs_ghost, "mastodon": _needs_mastodon, "rsshub": _needs_rsshub,
    "mailbox": _needs_mailbox, "inbox": _needs_inbox,
}  # fmt: skip
