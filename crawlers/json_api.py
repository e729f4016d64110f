"""A public HTTP API that answers JSON, mapped by JMESPath: where the items are, and what of an item is what.

    items = "data.list"    fields = {title = "title", url = "link", text = "content", published = "ctime"}

Nothing names a person here: there is no field for an author, and an expression that reads one is refused.
Numbers are taken as text; times go through the one date cascade, in the zone of the source.
"""

import re
from collections.abc import Mapping
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

from crawlers.base import Fetched, Parsed, ParseFailed
from crawlers.dates import parse_date, zone_named
from crawlers.decode import decode
from crawlers.entries import Entry, build_items
from crawlers.feed_json import read_json
from crawlers.guard import MAX_ITEMS
from crawlers.identity import absolute
from crawlers.lists import FeedReader, Listed
from crawlers.markup import title_text
from crawlers.settings import SourceSpec

MAX_EXPRESSION = 300
MAX_TEXT = 200_000
# Parts of field names that are a person: `author_name`, `createdBy`, `nick`.
_PERSONS = frozenset(
    {
        "author", "authors", "user", "users", "username", "userid", "uid", "openid", "nick", "nickname", "screen",
        "account", "acct", "avatar", "poster", "creator", "createdby", "owner", "member", "profile", "sender", "byline",
        "realname", "mobile", "phone", "email", "uploader", "publisherid", "作者", "用户", "用户名", "昵称", "账号", "发帖人", "姓名", "楼主",
    }
)  # fmt: skip
_RE_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[\u4e00-\u9fff]+")
_RE_HTML = re.compile(r"</?[a-zA-Z][^<>]{0,300}>|&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]{2,8});")


class JsonSource:
    """`via = "json"`."""

    def parse(self, spec: SourceSpec, fetched: Fetched, seen: datetime) -> Parsed | ParseFailed:
        """The items of one answer, in its order, at most `MAX_ITEMS`."""
        rows = find_rows(spec, read_answer(fetched))
        if isinstance(rows, ParseFailed):
            return rows
        zone = zone_named(spec.timezone)
        entries = [_entry(spec, row, seen, zone) for row in rows[:MAX_ITEMS] if isinstance(row, dict)]
        items = build_items(spec, entries, fetched.final_url, seen)
        if rows and not items:
            return ParseFailed("The answer has items, but none of them has the fields that the source names.")
        note = f"Only the first {MAX_ITEMS} of {len(rows)} items were read."
        return Parsed(items, notes=(note,) if len(rows) > MAX_ITEMS else ())


class JsonReader(FeedReader):
    """The same as a list: with its next page, and the page behind each item when the source is followed."""

    def read_list(self, spec: SourceSpec, fetched: Fetched, seen: datetime) -> Listed | ParseFailed:
        """The items, and the address of the next page."""
        listed = super().read_list(spec, fetched, seen)
        if isinstance(listed, ParseFailed) or not listed.leads:
            return listed
        return Listed(listed.leads, next_address(spec, read_answer(fetched), fetched.final_url), listed.notes)


def read_answer(fetched: Fetched) -> Any:
    """The JSON value, None for anything else."""
    return read_json(decode(fetched.body, fetched.headers.get("content-type", "")).text.strip())


def find_rows(spec: SourceSpec, data: Any) -> list[Any] | ParseFailed:
    """The list at `items` (the answer itself when that is empty)."""
    if data is None:
        return ParseFailed("The answer is not JSON.")
    rows = ask(spec.items, data) if spec.items else data
    if isinstance(rows, list):
        return rows
    if rows is None and isinstance(data, dict) and data:
        return ParseFailed(f"The answer has nothing at '{spec.items}'.")
    return ParseFailed(f"The answer has no list at '{spec.items or 'its top'}'.")


def next_address(spec: SourceSpec, data: Any, current: str) -> tuple[str, ...]:
    """The next page on the same host: a link in the answer, a mark in it, or the next number."""
    found = ask(spec.next_page, data) if spec.next_page else None
    said = _text(found)
    if spec.next_page and not said:
        return ()
    if spec.page_param:
        address = with_parameter(current, spec.page_param, said or str(_page_of(current, spec.page_param) + 1))
    else:
        address = absolute(said, current) if said else ""
    same = urlsplit(address).netloc == urlsplit(current).netloc
    return (address,) if address and same and address != current else ()


def ask(expression: str, data: Any) -> Any:
    """What `expression` finds; None for nothing, and where it does not fit the data."""
    from jmespath.exceptions import JMESPathError

    try:
        return _compiled(expression).search(data)
    except (JMESPathError, RecursionError, TypeError, ValueError, OverflowError):
        return None


def refuse_expression(expression: str, of_field: bool = True) -> str | None:
    """Why an expression cannot be used, in one sentence without a full stop, or None."""
    from jmespath.exceptions import JMESPathError

    if len(expression) > MAX_EXPRESSION:
        return f"it is longer than {MAX_EXPRESSION} characters"
    try:
        tree = _compiled(expression).parsed
    except (JMESPathError, RecursionError) as error:
        said = str(error).splitlines()[0].strip() if str(error) else "it cannot be read"
        return f"it is not JMESPath: {said[:1].lower()}{said[1:].rstrip(':.')}"
    person = next((name for name in _fields_in(tree) if names_person(name)), "") if of_field else ""
    return f"'{person}' is a person, and no author or account is ever read" if person else None


def names_person(name: str) -> bool:
    """True when a field of an API is called like an author or account."""
    parts = [part.lower() for part in _RE_PART.findall(name)]
    whole = "".join(parts)
    return whole in _PERSONS or any(part in _PERSONS for part in parts)


def with_parameter(url: str, name: str, value: str) -> str:
    """`url` with one query parameter set."""
    parts = urlsplit(url)
    pairs = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != name]
    return urlunsplit(parts._replace(query=urlencode([*pairs, (name, value)])))


@lru_cache(maxsize=256)
def _compiled(expression: str) -> Any:
    import jmespath  # only sources of this kind need it

    return jmespath.compile(expression)


def _fields_in(tree: Mapping[str, Any]) -> list[str]:
    """The names of all fields in a parsed expression."""
    names, rest = [], [tree]
    while rest:
        node = rest.pop()
        if node.get("type") == "field":
            names.append(str(node.get("value")))
        rest += [child for child in node.get("children", ()) if isinstance(child, dict)]
    return names


def _entry(spec: SourceSpec, row: Mapping[str, Any], seen: datetime, zone: tzinfo) -> Entry:
    fields = spec.fields
    body = _pick(fields.text, row)[:MAX_TEXT]
    marked = bool(_RE_HTML.search(body))
    return Entry(
        link=_pick(fields.url or "url", row),
        name=_pick(fields.id or "id", row),
        title=title_text(_pick(fields.title or "title", row)),
        html=body if body and marked else None,
        text=body if body and not marked else None,
        published=parse_date(_scalar(ask(fields.published, row)) if fields.published else None, seen, zone),
    )


def _pick(expression: str, row: Mapping[str, Any]) -> str:
    return _text(ask(expression, row)) if expression else ""


def _text(value: Any) -> str:
    """Text of a string, a number, or a list of them (lines); empty for everything else."""
    if isinstance(value, list):
        return "\n".join(filter(None, (_text(one) for one in value[:200] if not isinstance(one, list))))
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _scalar(value: Any) -> str | int | float | None:
    return value if isinstance(value, str | int | float) and not isinstance(value, bool) else None


def _page_of(url: str, name: str) -> int:
    said = parse_qs(urlsplit(url).query).get(name, ["1"])[0]
    return int(said) if said.isdigit() and len(said) < 9 else 1
