"""The templates: what each field is. Mappings are strict, so nothing that is not named here is ever kept.

Names follow the Elastic Common Schema where it has a fitting one (https://www.elastic.co/docs/reference/ecs);
what is the product's own stands under `tocsin`. There is no field for an author, a handle or a receiver.
"""

from typing import Any, Literal

from pipeline.store.elastic.names import LAYOUT, PARTS, Names, Part

Analyzer = Literal["standard", "smartcn", "ik"]
# The ik plug-in has one analyzer for texts and one for what is looked for in them.
ANALYZERS: dict[str, dict[str, str]] = {
    "standard": {"analyzer": "standard"},
    "smartcn": {"analyzer": "smartcn"},
    "ik": {"analyzer": "ik_max_word", "search_analyzer": "ik_smart"},
}
PLUGINS = {"smartcn": "analysis-smartcn", "ik": "analysis-ik"}
DEEPEST = 20_000  # pages of hits; the search counts no further either

Fields = dict[str, Any]
WORD: Fields = {"type": "keyword", "normalizer": "lowercase", "ignore_above": 256}
CODE: Fields = {"type": "keyword", "ignore_above": 128}  # ids, in which case matters
WHEN: Fields = {"type": "date", "format": "strict_date_optional_time"}
YES_NO: Fields = {"type": "boolean"}
COUNT: Fields = {"type": "integer"}
SHARE: Fields = {"type": "float"}
WHOLE: Fields = {"type": "long"}
ADDRESS: Fields = {"type": "keyword", "ignore_above": 2048}


def group(**fields: Fields) -> Fields:
    """Fields under a common name; strict, too."""
    return {"dynamic": "strict", "properties": fields}


def prose(analyzer: str) -> Fields:
    """Masked text, found by the chosen analyzer. `standard` takes each Han character for a word, so that a phrase is a
    substring."""
    return {"type": "text", **ANALYZERS[analyzer]}


def common_fields() -> Fields:
    """What every document has. `tocsin.checksum` is over everything else in it: `verify` adds them up."""
    return {
        "@timestamp": WHEN,
        "event": group(dataset=CODE, kind=CODE, ingested=WHEN),
        "tocsin": group(event=CODE, topic=WORD, checksum=WHOLE),
    }


def item_fields(analyzer: str) -> Fields:
    """Items. `words` is title and text cut as SQLite's index cuts them, so that both find the same; it is not kept
    in the source. Times of private voices are rounded down to the hour, but for `order`, by which pages are sorted."""
    return {
        "event": group(id=CODE, created=WHEN),
        "message": prose(analyzer),
        "url": group(full=ADDRESS, domain=WORD),
        "tocsin": group(
            n=WHOLE, order=WHOLE, title=prose(analyzer), words={"type": "text", "analyzer": "whitespace", "norms": False},
            source=CODE, source_kind=WORD, private=YES_NO, ours=YES_NO, reach=WORD, lang=WORD, history=YES_NO,
            matched=WORD, label=WORD, negative=SHARE, neutral=SHARE, positive=SHARE, topics=WORD, tagger=CODE,
            story=YES_NO, copy_of=CODE, withdrawn=WHEN, version=COUNT, **calendar(),
        ),
    }  # fmt: skip


def calendar() -> Fields:
    """The day in the school's time zone, for boards on servers without scripts."""
    return {"hour": {"type": "byte"}, "weekday": {"type": "byte"}, "quarter": CODE}


def event_fields(analyzer: str) -> Fields:
    """Matters. `voices` is empty below five: then `few_voices` is true and nobody is told how few."""
    return {
        "event": group(start=WHEN, end=WHEN, severity=COUNT),
        "tocsin": group(
            title=prose(analyzer), status=WORD, items=COUNT, stories=COUNT, outlets=COUNT, sources=COUNT, voices=COUNT,
            few_voices=YES_NO, negative=COUNT, negative_share=SHARE, reach=WORD, place=WORD, terms=WORD, severity=WORD,
            merged_into=CODE, told=YES_NO, said=CODE, lasted_hours=SHARE, **calendar(),
        ),
    }  # fmt: skip


def alert_fields(_analyzer: str) -> Fields:
    """Alerts with what became of them: when the first message arrived, when somebody took the matter."""
    return {
        "event": group(id=CODE, action=CODE, severity=COUNT, reason={"type": "text", "analyzer": "standard"}),
        "rule": group(id=CODE),
        "tocsin": group(
            n=WHOLE, made=WHEN, severity=WORD, state=WORD, note=CODE, items=COUNT, code=CODE,
            messages=COUNT, dead=COUNT, sent=WHEN, sent_after_s=SHARE, taken=WHEN, taken_after_s=SHARE, outcome=WORD,
            **calendar(),
        ),
    }  # fmt: skip


def case_fields(_analyzer: str) -> Fields:
    """Cases: department, deadline, outcome; never what was written in them."""
    return {
        "event": group(start=WHEN, end=WHEN),
        "tocsin": group(
            case=CODE, department=WORD, owner_role=WORD, severity=WORD, round=COUNT, due=WHEN, status=WORD, outcome=WORD, late=YES_NO,
            allowed_hours=SHARE, took_hours=SHARE, **calendar(),
        ),
    }  # fmt: skip


def source_fields(_analyzer: str) -> Fields:
    """Sources as they are now."""
    return {
        "tocsin": group(
            source=CODE, source_name=WORD, source_kind=WORD, health=WORD, failures=COUNT, interval_s=COUNT,
            last_run=WHEN, last_ok=WHEN, last_new=WHEN, next_due=WHEN,
        ),
    }  # fmt: skip


OWN = {
    "items": item_fields, "events": event_fields, "alerts": alert_fields, "cases": case_fields,
    "sources": source_fields,
}  # fmt: skip


def settings() -> Fields:
    """One shard is enough for millions of short texts; a copy as soon as there is a second node."""
    return {
        "number_of_shards": 1, "auto_expand_replicas": "0-1", "refresh_interval": "5s",
        "max_result_window": DEEPEST, "mapping.total_fields.limit": 200,
        "merge.policy.expunge_deletes_allowed": 0,  # every deleted item is rewritten away at night
    }  # fmt: skip


def components(names: Names, analyzer: str) -> dict[str, Fields]:
    """All component templates by name."""
    found = {names.component("settings"): {"template": {"settings": {"index": settings()}}}}
    found[names.component("common")] = _mapped({"dynamic": "strict", "properties": common_fields()})
    for part in PARTS:
        body: Fields = {"dynamic": "strict", "properties": OWN[part](analyzer)}
        if part == "items":
            body["_source"] = {"excludes": ["tocsin.words"]}
        found[names.component(part)] = _mapped(body)
    return {name: {**body, **_versioned()} for name, body in found.items()}


def templates(names: Names) -> dict[str, Fields]:
    """All index templates by name; their indices get aliases from whoever makes them, not from here: a set that is
    being built must not be read."""
    return {names.template(part): _composed(names, part) for part in PARTS}


def _mapped(mappings: Fields) -> Fields:
    return {"template": {"mappings": mappings}}


def _composed(names: Names, part: Part) -> Fields:
    parts = [names.component(name) for name in ("settings", "common", part)]
    return {"index_patterns": [f"{names.template(part)}-*"], "composed_of": parts, "priority": 300, **_versioned()}


def _versioned() -> Fields:
    return {"version": LAYOUT, "_meta": {"layout": LAYOUT, "managed_by": "tocsin elastic setup"}}


def flatten(properties: Fields, above: str = "") -> dict[str, str]:
    """Mapped fields with their type, by dotted name."""
    found: dict[str, str] = {}
    for name, body in properties.items():
        if "properties" in body:
            found |= flatten(body["properties"], f"{above}{name}.")
        else:
            found[f"{above}{name}"] = body.get("type", "object")
    return found


def field_types(part: Part, analyzer: str = "standard") -> dict[str, str]:
    """Every field of a part, by dotted name, with its type."""
    return flatten(common_fields()) | flatten(OWN[part](analyzer))
