"""The JSON twins described as OpenAPI 3.1, made from `SPOTS`: what is not a page of ours is not described."""

import re
from collections.abc import Iterable, Mapping

from dashboards.call import Spot

# What a page may be asked for in its address; everything else is ignored.
ASKED: Mapping[str, tuple[str, ...]] = {
    "/events": ("status", "topic", "severity", "page"),
    "/search": ("q", "kind", "topic", "tone", "days", "after", "count"),
    "/topics": ("topic", "days"),
    "/audit": ("page",),
    "/log": ("day",),
    "/reports": ("show",),
    "/register": ("year",),
}
_PART = re.compile(r"\{(\w+)\}")
ERROR = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}
REFUSALS: Mapping[str, str] = {
    "400": "What was asked for cannot be understood; the body is that of the page with the reason in it, or an error.",
    "401": "Nobody is logged in.",
    "403": "The role of whoever is logged in does not include this.",
    "404": "There is no such thing.",
    "503": "The database cannot be read just now.",
}


def twin_path(spot: Spot) -> str:
    """The address of a page's JSON twin."""
    return "/now.json" if spot.path == "/" else f"{spot.path}.json"


def describe_twins(spots: Iterable[Spot], version: str) -> dict[str, object]:
    """The OpenAPI document of every JSON twin among `spots`."""
    twins = [spot for spot in spots if spot.method == "GET" and spot.twin]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tocsin", "version": version, "description": "The data of each page, for reading. Times are ISO 8601."},
        "components": {
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "tocsin"}},
            "schemas": {"Error": ERROR},
        },
        "paths": {twin_path(spot): {"get": describe_twin(spot)} for spot in twins},
    }  # fmt: skip


def describe_twin(spot: Spot) -> dict[str, object]:
    """One twin: who may ask, for what, and what may come back."""
    first = (spot.handler.__doc__ or "").strip().split("\n\n")[0].replace("\n    ", " ")
    refusals = {
        code: answer(text, "Error") for code, text in REFUSALS.items() if code != "401" or spot.needs != "public"
    }
    refusals["400"] = answer(REFUSALS["400"], "")
    return {
        "operationId": spot.handler.__name__,
        "summary": first,
        "description": f"Needs: {spot.needs}.",
        "security": [] if spot.needs == "public" else [{"session": []}],
        "parameters": [*(in_path(name) for name in _PART.findall(spot.path)), *(in_query(name) for name in ASKED.get(spot.path, ()))],
        "responses": {"200": answer("The data of the page.", ""), "303": {"description": "It is found at another address."}, **refusals},
    }  # fmt: skip


def in_path(name: str) -> dict[str, object]:
    """A part of the address."""
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def in_query(name: str) -> dict[str, object]:
    """Something that may be asked for; an unknown value is taken as none."""
    return {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}


def answer(text: str, schema: str) -> dict[str, object]:
    """A JSON answer: of a named schema, or any object."""
    shape = {"$ref": f"#/components/schemas/{schema}"} if schema else {"type": "object"}
    return {"description": text, "content": {"application/json": {"schema": shape}}}
