"""The description of the JSON twins, for programs."""

from starlette.responses import Response

from dashboards import pages
from dashboards.call import Call
from dashboards.openapi import describe_twins
from dashboards.render import json_answer


def describe(call: Call) -> Response:
    """OpenAPI 3.1 of every JSON twin."""
    return json_answer(describe_twins(pages.SPOTS, call.context.version))
