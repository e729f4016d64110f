"""A source that says it is gone for good (410): the operator answers whether it is kept or stopped."""

from sqlalchemy import Connection, select
from starlette.responses import RedirectResponse, Response

from dashboards.call import Call, missing
from pipeline.store.audit import append_audit
from pipeline.store.engine import writing
from pipeline.store.schema import sources
from pipeline.store.schema_collecting import source_orders
from pipeline.store.statements import insert_or_update

GONE = 410


def order_source(call: Call) -> Response:
    """Keep asking once a day, or stop. Audited; about the address as it is configured now."""
    source, order = call.path("id"), call.form.get("order", "")
    spec = next((one for one in call.context.loaded.sources if one.id == source), None)
    if spec is None or order not in {"keep", "stop"}:
        missing("there is no such source or answer")
    with writing(call.context.engine) as conn:
        row = {"source": source, "url": spec.url, "order": order, "at": call.now}
        insert_or_update(conn, source_orders, [row])
        append_audit(conn, call.now, call.who, f"source_{order}", source)
    return RedirectResponse("/sources", 303)


def gone_sources(conn: Connection) -> dict[str, str]:
    """Sources that answered 410 last, with the operator's answer (empty: not answered yet)."""
    gone = [row.id for row in conn.execute(select(sources.c.id, sources.c.memory)) if _is_gone(row.memory)]
    orders = {row.source: row.order for row in conn.execute(select(source_orders))}
    return {one: orders.get(one, "") for one in gone}


def _is_gone(memory: object) -> bool:
    return isinstance(memory, dict) and memory.get("status") == GONE
