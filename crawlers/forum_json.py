"""Discourse, Flarum and NodeBB as their public JSON lists tell them.

    Discourse  /latest.json, /c/<board>/<n>.json     topic_list.topics[]  -> /t/<id>.json   post_stream.posts[0].cooked
    Flarum     /api/discussions?sort=-createdAt      data[] (JSON:API)    -> first post in `included`, or its page
    NodeBB     /api/category/<id>, /api/recent       topics[]             -> /api/topic/<tid>   posts[0].content

The item's address is the page that people read, never the JSON. Account ids go to `voice` only.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from crawlers.base import ParseFailed
from crawlers.dates import parse_date, zone_named
from crawlers.entries import Entry, make_item, voice_of
from crawlers.guard import MAX_ITEMS
from crawlers.identity import absolute
from crawlers.lists import Lead, Listed
from crawlers.markup import title_text
from crawlers.settings import SourceSpec
from pipeline.model import RawItem

Json = Mapping[str, Any]
_UNKNOWN = ParseFailed("The answer is JSON but not a list of threads that is known here.")


def list_threads(spec: SourceSpec, data: Any, url: str, seen: datetime) -> Listed | ParseFailed:
    """The threads of a JSON board list."""
    if not isinstance(data, dict):
        return _UNKNOWN
    root = _root_of(url)
    topics = _dict(data.get("topic_list")).get("topics")
    if isinstance(topics, list):
        return _discourse(spec, data, topics, root, seen)
    if isinstance(data.get("data"), list):
        return _flarum(spec, data, root, seen)
    if isinstance(data.get("topics"), list):
        return _nodebb(spec, data, root, seen)
    return _UNKNOWN


def read_thread(spec: SourceSpec, item: RawItem, data: Any, seen: datetime) -> RawItem | ParseFailed:
    """The item with the first post of a JSON thread (Discourse, NodeBB)."""
    body = _dict(data)
    posts = _list(_dict(body.get("post_stream")).get("posts")) or _list(body.get("posts"))
    first = _dict(posts[0]) if posts else {}
    html = _str(first.get("cooked")) or _str(first.get("content"))
    if not html:
        return ParseFailed("The thread shows no post; it may be gone or for members only.")
    said = parse_date(first.get("created_at") or first.get("timestampISO"), seen, zone_named(spec.timezone))
    author = _str(first.get("user_id")) or _str(first.get("uid"))
    return replace(item, html=html, published=item.published or said, voice=item.voice or voice_of(spec, author))


def _discourse(spec: SourceSpec, data: Json, topics: list[Any], root: str, seen: datetime) -> Listed:
    leads = []
    for topic in map(_dict, topics[:MAX_ITEMS]):
        number, slug = _str(topic.get("id")), _str(topic.get("slug")) or "topic"
        posters = [_dict(poster) for poster in _list(topic.get("posters"))]
        opener = next((p for p in posters if "Original Poster" in _str(p.get("description"))), {})
        entry = Entry(
            title=title_text(_str(topic.get("title"))),
            published=parse_date(topic.get("created_at"), seen, zone_named(spec.timezone)),
            author=_str(opener.get("user_id")),
        )
        if number and entry.title:
            page = f"{root}/t/{slug}/{number}"
            leads.append(Lead(make_item(spec, entry, page, seen), f"{root}/t/{number}.json"))
    following = _str(_dict(data.get("topic_list")).get("more_topics_url"))
    return Listed(tuple(leads), _next(_with_json(following), root))


def _flarum(spec: SourceSpec, data: Json, root: str, seen: datetime) -> Listed:
    posts = {_str(_dict(thing).get("id")): _dict(thing) for thing in _list(data.get("included")) if _is_post(thing)}
    leads = []
    for thread in map(_dict, _list(data.get("data"))[:MAX_ITEMS]):
        said, number = _dict(thread.get("attributes")), _str(thread.get("id"))
        first = _dict(posts.get(_related(thread, "firstPost"), {}).get("attributes"))
        entry = Entry(
            title=title_text(_str(said.get("title"))),
            html=_str(first.get("contentHtml")) or None,
            published=parse_date(said.get("createdAt"), seen, zone_named(spec.timezone)),
            author=_related(thread, "user"),
        )
        if number and entry.title:
            page = f"{root}/d/{_str(said.get('slug')) or number}"
            leads.append(Lead(make_item(spec, entry, page, seen), None if entry.html else page))
    return Listed(tuple(leads), _next(_str(_dict(data.get("links")).get("next")), root))


def _nodebb(spec: SourceSpec, data: Json, root: str, seen: datetime) -> Listed:
    leads = []
    for topic in map(_dict, _list(data.get("topics"))[:MAX_ITEMS]):
        number = _str(topic.get("tid"))
        entry = Entry(
            title=title_text(_str(topic.get("title"))),
            published=parse_date(topic.get("timestampISO") or topic.get("timestamp"), seen, zone_named(spec.timezone)),
            author=_str(topic.get("uid")),
        )
        if number and entry.title and not topic.get("deleted"):
            page = f"{root}/topic/{_str(topic.get('slug')) or number}"
            leads.append(Lead(make_item(spec, entry, page, seen), f"{root}/api/topic/{number}"))
    return Listed(tuple(leads))


def _is_post(thing: Any) -> bool:
    return _dict(thing).get("type") == "posts"


def _related(thread: Json, name: str) -> str:
    """The id of a JSON:API relation."""
    return _str(_dict(_dict(_dict(thread.get("relationships")).get(name)).get("data")).get("id"))


def _root_of(url: str) -> str:
    """Scheme and host, and the folder the forum lives in."""
    parts = urlsplit(url)
    path = parts.path
    for mark in ("/latest", "/c/", "/top", "/new", "/tag/", "/api/"):
        if mark in path:
            path = path[: path.index(mark)]
            break
    return f"{parts.scheme}://{parts.netloc}{path.rstrip('/')}"


def _next(link: str, root: str) -> tuple[str, ...]:
    address = absolute(link, root + "/")
    return (address,) if address else ()


def _with_json(link: str) -> str:
    path, mark, query = link.partition("?")
    return f"{path}{'' if not path or path.endswith('.json') else '.json'}{mark}{query}"


def _dict(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _str(value: Any) -> str:
    if isinstance(value, bool):
        return ""
    return str(value) if isinstance(value, str | int | float) else ""
