"""Evidence copies of articles: downloaded by an editor, and noted."""

from starlette.responses import Response

from dashboards.call import Call, missing
from dashboards.queries.evidence import find_copy
from pipeline.store.audit import append_audit
from pipeline.store.engine import writing


def send_copy(call: Call) -> Response:
    """One WARC file. Audited; the file is what the address answered at that time, nothing is shown of it here."""
    name = call.path("id")
    found = find_copy(call.conn, name)
    if found is None:
        missing("this copy is not kept any more")
    with writing(call.context.engine) as conn:
        append_audit(conn, call.now, call.who, "download_evidence", name, found[0])
    headers = {"Content-Disposition": f'attachment; filename="tocsin-{name}.warc.gz"'}
    return Response(found[1], 200, headers, media_type="application/warc")
