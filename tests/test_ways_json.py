"""JMESPath mappings: what is refused as a person, what is no expression, and that nothing an API answers breaks them."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.base import Fetched, Parsed, ParseFailed
from crawlers.json_api import JsonReader, JsonSource, ask, names_person, refuse_expression
from crawlers.rsshub import refuse_instance
from crawlers.settings import Fields, SourceSpec

SEEN = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
URL = "https://api.example/v1"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["data", "title", "url", "text", "when", "id", "x"]), inner, max_size=5)
    ),
    max_leaves=25,
)


@pytest.mark.parametrize(
    "name",
    ["author", "author_name", "authorName", "user", "userInfo", "user_id", "nickname", "nick", "screen_name", "createdBy",
     "creator", "uid", "openid", "avatarUrl", "poster", "account", "acct", "作者", "昵称", "发帖人", "realName", "email", "owner"],
)  # fmt: skip
def test_names_of_people_are_known(name: str) -> None:
    """However an API calls its author, the mapping does not read it."""
    assert names_person(name)
    assert "no author or account" in (refuse_expression(f'data."{name}".value') or "")


@pytest.mark.parametrize(
    "name",
    ["title", "content", "summary", "id", "nid", "url", "publishTime", "created_at", "标题", "正文", "guid", "source"],
)
def test_names_of_things_are_not(name: str) -> None:
    """What an item is about may be read."""
    assert not names_person(name)
    assert refuse_expression(f'"{name}"') is None


@pytest.mark.parametrize("expression", ["", "data[", "a b", "join(", "@@", "[?a==", "x" * 301, "foo(bar)["])
def test_what_is_no_expression_is_said_in_one_sentence(expression: str) -> None:
    """No traceback, no line breaks."""
    said = refuse_expression(expression)
    assert said
    assert "\n" not in said


@pytest.mark.parametrize(
    "expression",
    ["join('', ['a', user.id])", "data[?author.name=='x'].title", "{t: title, a: author}", "[title, user.name][0]"],
)
def test_people_are_found_anywhere_in_an_expression(expression: str) -> None:
    """In functions, filters, hashes and lists too."""
    assert "is a person" in (refuse_expression(expression) or "")


@given(JSON)
@settings(max_examples=200, deadline=None)
def test_any_answer_is_a_value(data: object) -> None:
    """Whatever JSON comes, the answer is items or a sentence; every item has an id and an http address."""
    spec = SourceSpec(
        "s", URL, "news", "json", items="data", fields=Fields(published="when"), next_page="x", page_param="p"
    )
    fetched = Fetched(URL, URL, 200, {}, msgspec.json.encode(data), 0.1)
    found = JsonSource().parse(spec, fetched, SEEN)
    assert isinstance(found, Parsed | ParseFailed)
    for item in found.items if isinstance(found, Parsed) else ():
        assert item.id
        assert item.url.startswith("https://")
        assert item.voice is None
    JsonReader(JsonSource()).read_list(spec, fetched, SEEN)


def test_a_function_that_does_not_fit_the_data_finds_nothing() -> None:
    """Wrong types inside an answer are no reason to fail."""
    assert ask("sum(@)", {"a": 1}) is None
    assert ask("to_number(x)", {"x": []}) is None


@pytest.mark.parametrize(
    ("url", "refused"),
    [("https://rsshub.app/a/b", True), ("https://RSSHub.app./a", True), ("https://eu.rsshub.app/a", True),
     ("https://rsshub.rssforever.com/a", True), ("http://127.0.0.1:1200/a", False), ("https://rsshub.qingshi.example/a", False),
     ("https://notrsshub.app/a", False)],
)  # fmt: skip
def test_hosted_instances_are_told_from_ones_own(url: str, refused: bool) -> None:
    """Known public instances and their sub-domains are refused, others are not."""
    assert bool(refuse_instance(url)) == refused
