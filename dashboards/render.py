"""Views to HTML or JSON. Jinja escapes everything; no template marks crawled text as safe."""

import gzip
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from alerts import words
from dashboards.call import Call, View
from dashboards.charts import bar_width
from dashboards.queries.watch import last_item
from dashboards.response.markdown import render_markdown
from pipeline.model import Reason

HERE = Path(__file__).parent
STATIC_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@cache
def load_templates() -> Environment:
    """The template environment: escaping on, unknown names are errors."""
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(static=static_url, bar_width=bar_width)
    env.filters.update(
        markdown=render_markdown, web=web_link, host=link_host, chart=chart_json, query=urlencode, segment=segment
    )
    return env


def render_html(call: Call, view: View) -> Response:
    """The page in the reader's language."""
    spoken, clock = call.words, call.clock
    html = (
        load_templates()
        .get_template(view.template)
        .render(
            **view.data,
            call=call,
            user=call.user,
            newest=last_item(call.conn) if call.user else None,
            school=call.context.loaded.school,
            version=call.context.version,
            _=spoken.say,
            n_=spoken.count,
            name=spoken.name,
            short=clock.short,
            age=clock.age,
            full=clock.full,
            hour_of=clock.hour,
            span=clock.span,
            why=lambda reason: say_reason(call, reason),
        )
    )
    return HTMLResponse(html, view.status)


def render_json(view: View) -> Response:
    """The same data as JSON; times are ISO 8601 with offset."""
    return json_answer(view.data, view.status)


def json_answer(data: object, status: int = 200) -> Response:
    """`data` as JSON."""
    return Response(msgspec.json.encode(data, enc_hook=_encode_other), status, media_type="application/json")


def say_reason(call: Call, reason: Mapping[str, object] | Reason | None) -> str:
    """A stored Reason in the reader's language: by its code where messages have words for it, else in English."""
    if not reason:
        return ""
    if not isinstance(reason, Reason):
        numbers = {key: value for key, value in reason.items() if key not in {"code", "text"}}
        reason = Reason(str(reason.get("code", "")), str(reason.get("text", "")), numbers)
    return words.say_reason("en" if call.words.lang == "en" else "zh", reason)


def web_link(url: str | None) -> str | None:
    """`url` when it is an http(s) address, else None: nothing else becomes a link."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.netloc else None


def link_host(url: str | None) -> str:
    """The host of a link, for showing where it leads."""
    return urlsplit(url).hostname or "" if web_link(url) and url else ""


def segment(text: str) -> str:
    """`text` as one part of a path, slashes included."""
    return quote(text, safe="")


def chart_json(spec: object) -> str:
    """A chart's numbers for the data attribute the script reads."""
    return msgspec.json.encode(spec).decode()


@cache
def load_static() -> Mapping[str, tuple[bytes, bytes, str]]:
    """Every asset: its bytes, the same gzipped, its media type. Only these names are ever served."""
    files = sorted((HERE / "static").iterdir())
    known = [f for f in files if f.suffix in STATIC_TYPES]
    return {f.name: (f.read_bytes(), gzip.compress(f.read_bytes(), 9, mtime=0), STATIC_TYPES[f.suffix]) for f in known}


@cache
def static_url(name: str) -> str:
    """The address of an asset, changing with its content. Raises KeyError for an unknown one."""
    return f"/static/{name}?v={hashlib.sha256(load_static()[name][0]).hexdigest()[:10]}"


def _encode_other(value: object) -> object:
    if hasattr(value, "__struct_fields__"):
        return msgspec.to_builtins(value)
    return str(value)
