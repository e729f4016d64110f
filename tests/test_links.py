"""Stored links hold no person, and two spellings of one address are one page."""

from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.links import canonical, host_of, is_profile, person_free

SHAPES = [
    tuple(part.strip() for part in line.split(" ->"))
    for line in (Path(__file__).parent / "data" / "links" / "shapes.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def test_there_are_sixty_shapes() -> None:
    """The golden pairs cover at least 60 shapes of addresses."""
    assert len({before for before, _ in SHAPES}) >= 60


@pytest.mark.parametrize(("before", "after"), SHAPES)
def test_each_shape_becomes_its_person_free_form(before: str, after: str) -> None:
    """The pair beside the tests says what is stored; doing it twice changes nothing."""
    assert person_free(before) == after
    assert person_free(after) == after


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://www.example.com/a/", "https://example.com/a"),
        ("https://EXAMPLE.com:443/a?b=1&utm_source=x", "http://example.com/a?b=1"),
        ("https://example.com/a?b=1&c=2", "https://example.com/a?c=2&b=1"),
        ("https://example.com/a#top", "https://example.com/a"),
        ("https://bbs.example.edu/forum.php?mod=viewthread&tid=1&fromuid=7", "https://bbs.example.edu/forum.php?tid=1&mod=viewthread"),
        ("https://weibo.com/1234567890/Nabc12345", "https://weibo.com/9876543210/Nabc12345"),
        ("https://www.xiaohongshu.com/explore/64f0000000000000aa001234?shareRedId=1", "https://www.xiaohongshu.com/explore/64f0000000000000aa001234?appuid=2"),
        ("https://example.com/%E6%B5%B7", "https://example.com/海"),
    ],
)  # fmt: skip
def test_spellings_of_one_page_are_one(one: str, other: str) -> None:
    """Scheme, www, port, case, slash, order, trackers and sharers make no other page."""
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.com/news.php?mid=5", "https://example.com/news.php?mid=6"),
        ("https://example.com/show?uid=5", "https://example.com/show?uid=6"),
        ("https://example.com/a?id=1", "https://example.com/a?id=2"),
        ("https://x.com/someone", "https://x.com/other"),
        ("https://weibo.com/u/1234567890", "https://weibo.com/u/1234567891"),
        ("https://example.com/#/a/1", "https://example.com/#/a/2"),
        ("https://example.com/A", "https://example.com/a"),
    ],
)
def test_two_pages_are_never_one(one: str, other: str) -> None:
    """A parameter that may be a person's id still tells two pages apart when nothing else does."""
    assert canonical(one) != canonical(other)


@given(st.text(max_size=200))
def test_no_text_makes_it_fail(text: str) -> None:
    """Whatever a source gives as an address, there is an answer."""
    assert isinstance(person_free(text), str)
    assert isinstance(canonical(text), str)
    assert isinstance(host_of(text), str)


@given(
    st.sampled_from(["uid", "authorid", "fromuid", "u", "mid", "shareRedId", "appuid", "sec_uid"]),
    st.integers(1, 10**9),
)
def test_user_ids_never_stay(name: str, value: int) -> None:
    """A user id in a query is gone from the stored link, upper case or lower."""
    for spelled in (name, name.upper()):
        stored = person_free(f"https://example.com/thread?tid=1&{spelled}={value}")
        assert parse_qsl(urlsplit(stored).query) == [("tid", "1")]


def test_profiles_are_known() -> None:
    """A person's page is recognised on sites and on software that many hosts run."""
    assert is_profile("https://weibo.com/u/1234567890")
    assert is_profile("https://forum.example.org/u/someone")
    assert not is_profile("https://forum.example.org/t/canteen/1")
