"""Styles and scripts from inside the package; only names that were there at start exist."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from dashboards.render import load_static


async def serve_static(request: Request) -> Response:
    """One asset, gzipped where the browser takes it, cached for good when its version is named."""
    found = load_static().get(request.path_params["name"])
    if found is None:
        raise HTTPException(404, "there is no such file")
    plain, packed, media = found
    versioned = "v" in request.query_params
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if versioned else "no-cache",
        "Vary": "Accept-Encoding",
    }
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed, 200, headers | {"Content-Encoding": "gzip"}, media_type=media)
    return Response(plain, 200, headers, media_type=media)
