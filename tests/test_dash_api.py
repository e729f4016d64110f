"""The JSON twins as an API: described, guarded, and never a server error whatever is asked."""

import re
from pathlib import Path

import pytest
import schemathesis
from dash_client import BASE, Reader, reader
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from dashboards.openapi import ASKED, twin_path
from dashboards.pages import SPOTS

TWINS = [spot for spot in SPOTS if spot.twin and spot.method == "GET"]
KNOWN = {
    "id": ["e-canteen", "e-fees", "case1", "city-paper", "o1"], "name": ["canteen", "wellbeing"], "period": ["2026Q4", "2026-11", "week"],
    "number": ["1", "0", "-1"], "section": ["rules", "school", "sources"],
}  # fmt: skip
IGNORED = {"done", "next", "do", "follows", "near", "other", "entry"}  # of forms and notices, not of data
PAGES = Path(__file__).parent.parent / "dashboards" / "pages"


def test_every_twin_is_described(tmp_path: Path) -> None:
    """The description names each twin once, with every part of its address, and only for who is logged in."""
    with reader(tmp_path) as client:
        found = client.get("/api/openapi.json").json()
        assert sorted(found["paths"]) == sorted(twin_path(spot) for spot in TWINS)
        for path, ways in found["paths"].items():
            named = {one["name"] for one in ways["get"]["parameters"] if one["in"] == "path"}
            assert named == set(re.findall(r"\{(\w+)\}", path))
            assert len(ways["get"]["summary"]) > 5
        client.cookies.clear()
        assert client.get("/api/openapi.json").status_code == 401


def test_every_parameter_is_described() -> None:
    """What the pages of data read from the address stands in the description, and nothing else does."""
    said = {name for names in ASKED.values() for name in names}
    read = {
        name
        for file in PAGES.glob("*.py")
        for name in re.findall(r'\.asked\(\s*"(\w+)"', file.read_text(encoding="utf-8"))
    }
    assert read - IGNORED - said == set()
    assert said - {"page"} - read == set()
    assert set(ASKED) <= {spot.path for spot in TWINS}


def test_nothing_that_is_asked_is_a_server_error(tmp_path: Path) -> None:
    """schemathesis: whatever is asked of a twin, also about what exists, it answers as described and never with 500."""
    checks = [not_a_server_error, status_code_conformance, content_type_conformance]
    with reader(tmp_path) as client:
        api = schemathesis.openapi.from_dict(client.get("/api/openapi.json").json())
        for spot in TWINS:
            ask_anything(client, api[twin_path(spot)]["GET"], checks)


def ask_anything(client: Reader, operation: schemathesis.APIOperation, checks: list[object]) -> None:
    """Ask a twin for anything that its description allows, half the time about something that exists."""

    @settings(max_examples=8, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(), pick=st.integers(0, 9))
    def ask(case: schemathesis.Case, pick: int) -> None:
        for name in case.path_parameters if pick < 5 else ():
            case.path_parameters[name] = KNOWN[name][pick % len(KNOWN[name])]
        asked = case.as_transport_kwargs(base_url=BASE)
        answer = client.get(asked["url"], params=asked["params"])
        case.validate_response(answer, checks=checks)

    ask()


@pytest.mark.parametrize("query", ["page=9999999999999999999999", "page=²", "page=-1", "q=%00", "q=%ED%A0%80", "after=x", "after=-1",
                                   "day=0001-01-01", "day=9999-12-31", "day=2026-02-30", "year=0", "year=99999999999", "days=٣"])  # fmt: skip
def test_odd_values_are_answered(tmp_path: Path, query: str) -> None:
    """Numbers that are none, days outside the calendar, broken characters: answered, not logged as a surprise."""
    with reader(tmp_path) as client:
        for path in ASKED:
            assert client.get(f"{path}.json?{query}").status_code < 500, path
