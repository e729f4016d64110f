"""What is found: exactly the texts that contain what was typed, and nothing that a private voice did not consent to."""

import string
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from store_kit import a_document, a_store, at, kept, tags_of

from pipeline.store.engine import writing
from pipeline.store.fulltext import Entry, add_entries, split_words
from pipeline.store.highlight import cut_snippet, find_spans
from pipeline.store.query import QueryError, parse_query
from pipeline.store.search import COUNTED, Query, SqliteSearch


def a_shelf(*texts, **given):
    """A store with one document per text, and its search; documents are named by their place."""
    store = a_store()
    store.save([kept(a_document(str(n), text, **given)) for n, text in enumerate(texts)], [])
    return SqliteSearch(store.engine)


def found(index, text, **given):
    """The texts found, oldest first."""
    hits = index.search(Query(text, limit=200, **given)).hits
    return [hit.n - 1 for hit in reversed(hits)]


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("食堂", [0, 1]),
        ("堂", [0, 1]),
        ("食价", []),
        ("二食堂", [0]),
        ("食堂 涨价", [0]),
        ("食堂 OR 宿舍", [0, 1, 2]),
        ("食堂 NOT 涨价", [1]),
        ("食堂 -涨价", [1]),
        ("NOT 食堂", [2, 3]),
        ("-食堂 -宿舍", [3]),
        ("宿舍 OR NOT 食堂", [2, 3]),
        ("(食堂 OR 宿舍) AND NOT 涨价", [1, 2]),
        ("（食堂 OR 宿舍） 热水", [2]),
        ('"food safety"', [3]),
        ("“safety food”", []),
        ("SAFETY", [3]),
        ("safe", []),
        ("wifi6", [2]),
        ("食，堂", [0, 1]),
        ("NOT (NOT 食堂)", [0, 1]),
    ],
)
def test_a_query_finds_what_it_says(query, places):
    """Han characters stand side by side, Latin words are whole and without case, operators combine them."""
    index = a_shelf("二食堂涨价了", "一食堂不错", "宿舍没有热水 WiFi6 坏了", "Food safety first, says 学院")
    assert found(index, query) == places


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("(食堂", "An opening parenthesis has no closing one."),
        ("食堂)", "A closing parenthesis has no opening one."),
        ('"食堂', "A quotation mark is not closed."),
        ("食堂 AND", "After AND a word is missing."),
        ("OR 食堂", "At the beginning a word is missing."),
        ("NOT", "After NOT a word is missing."),
        ("！？", "There is no word in the query."),
        ("(" * 30 + "a" + ")" * 30, "The query is nested more than 20 deep."),
        ("a" * 501, "The query is longer than 500 characters."),
        ("NOT " * 40 + "a", "The query is nested more than 20 deep."),
    ],
)
def test_a_query_that_cannot_be_understood_is_refused_in_one_sentence(query, sentence):
    """The person who typed it is told what is wrong."""
    with pytest.raises(QueryError) as caught:
        parse_query(query)
    assert str(caught.value) == sentence


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60))
@example('"; DROP TABLE documents; --')
@example("title:食堂 * ^ {a b} : NEAR(a b)")
@example("\x00食堂\ud800")
def test_no_query_reaches_the_database_as_a_language(text):
    """Whatever is typed, the answer is a page or one sentence, never an error of the database."""
    with suppress(QueryError):
        assert SHELF.search(Query(text, facets=True)).total is not None


SHELF = a_shelf("二食堂涨价了", "title NEAR food")

HAN = st.text("食堂涨价的了二㐀𠮷〇", min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.lists(HAN, min_size=1, max_size=8), st.text("食堂涨价的了二㐀𠮷〇", min_size=1, max_size=3))
@example(["食堂涨", "堂食"], "食堂")
def test_a_han_query_finds_exactly_the_texts_that_contain_it(texts, query):
    """For every text and every query of Han characters: found if and only if it is a part of the text."""
    store = a_store()
    with writing(store.engine) as connection:
        add_entries(connection, [Entry(n, None, text) for n, text in enumerate(texts)])
        chosen = f"SELECT rowid FROM search WHERE search MATCH '\"{' '.join(query)}\"'"
        rows = {row[0] for row in connection.exec_driver_sql(chosen)}
    assert rows == {n for n, text in enumerate(texts) if query in text}
    store.engine.dispose()


MIXED = st.text("食堂价，。 ab1_\n" + string.ascii_uppercase[:3], max_size=25)


@settings(max_examples=60, deadline=None)
@given(st.lists(MIXED, min_size=1, max_size=6), st.text("食堂价ab1", min_size=1, max_size=4))
def test_what_is_found_can_be_marked_and_what_can_be_marked_is_found(texts, query):
    """Index and highlighting agree on what a word is, in mixed text with punctuation, too."""
    index = a_shelf(*texts)
    phrase = [word.text for word in split_words(query)]
    marked = [n for n, text in enumerate(texts) if find_spans(text, [phrase])]
    assert found(index, f'"{query}"') == marked
    index.engine.dispose()


def test_spans_are_offsets_into_the_shown_text():
    """Each span cuts out what was asked for; the snippet shows it however deep in the text it stands."""
    index = a_shelf("很长的开头" * 80 + "二食堂涨价" + "很长的结尾" * 80, title="食堂 <b>公告</b> 食堂")
    (hit,) = index.search(Query("食堂 -宿舍")).hits
    assert hit.title is not None
    assert [hit.title[span.start : span.end] for span in hit.title_spans] == ["食堂", "食堂"]
    assert [hit.snippet.text[span.start : span.end] for span in hit.snippet.spans] == ["食堂"]
    assert hit.snippet.text.startswith("…")
    assert hit.snippet.text.endswith("…")
    assert len(hit.snippet.text) <= 162


@given(st.text("食堂ab ", max_size=80), st.integers(1, 40))
def test_a_snippet_never_points_outside_itself(text, width):
    """Spans of a cut text lie inside it and are not empty."""
    snippet = cut_snippet(text, find_spans(text, [["食", "堂"], ["a"]]), width)
    assert all(0 <= span.start < span.end <= len(snippet.text) for span in snippet.spans)


def test_filters_narrow_what_is_found():
    """Kind, topic, tone, event, source and time can each be asked for, with and without words."""
    store = a_store()
    store.save(
        [
            kept(a_document("0", "食堂", source_kind="news", source="paper"), "e1", tags_of("neutral", "fees")),
            kept(a_document("1", "食堂", published=at(-30)), "e2"),
            kept(a_document("2", "食堂"), "e1", root=a_document("1").id),
        ],
        [],
    )  # fmt: skip
    index = SqliteSearch(store.engine)
    for text in ("食堂", "", "NOT 宿舍"):
        assert found(index, text, source_kinds=("news",)) == [0]
        assert found(index, text, topics=("canteen",)) == [1, 2]
        assert found(index, text, labels=("negative", "neutral")) == [0, 1, 2]
        assert found(index, text, events=("e1",)) == [0, 2]
        assert found(index, text, sources=("paper",)) == [0]
        assert found(index, text, since=at(-1)) == [0, 2]
        assert found(index, text, until=at(-1)) == [1]
        assert found(index, text, stories_only=True) == [0, 1]


def test_a_query_for_a_person_finds_outlets_only():
    """With `outlets_only` no private voice is found, counted or named in a facet."""
    store = a_store()
    store.save([kept(a_document("0", "张三 获奖", source_kind="news")), kept(a_document("1", "张三 真讨厌"))], [])
    page = SqliteSearch(store.engine).search(Query("张三", outlets_only=True, facets=True))
    assert [hit.source_kind for hit in page.hits] == ["news"]
    assert page.total == 1
    assert page.facets["source_kind"] == (("news", 1),)


def test_facets_count_all_pages():
    """Counts by kind, topic, tone and event are over everything found, not over the page."""
    store = a_store()
    store.save([kept(a_document(str(n), "食堂"), f"e{n % 2}", tags_of(topic="fees")) for n in range(30)], [])
    page = SqliteSearch(store.engine).search(Query("食堂", facets=True, limit=5))
    assert page.total == 30 < COUNTED
    assert page.facets["topic"] == (("fees", 30),)
    assert page.facets["event"] == (("e0", 15), ("e1", 15))


@pytest.mark.parametrize("order", ["arrived", "published"])
@pytest.mark.parametrize("text", ["食堂", "", "NOT 宿舍"])
def test_pages_follow_each_other_without_gap_or_repeat(order, text):
    """Reading page after page gives every item once, in the order asked for."""
    store = a_store()
    store.save([kept(a_document(str(n), "食堂", published=at(-(n * 7 % 5)))) for n in range(23)], [])
    index = SqliteSearch(store.engine)
    seen, cursor = [], None
    while True:
        page = index.search(Query(text, order=order, after=cursor, limit=5))
        seen += page.hits
        cursor = page.next
        if cursor is None:
            break
    assert len(seen) == len({hit.n for hit in seen}) == 23
    keys = [(hit.charted, hit.n) if order == "published" else hit.n for hit in seen]
    assert keys == sorted(keys, reverse=True)


def test_a_made_up_page_is_refused():
    """A cursor that we did not give out is a sentence, not an error."""
    for order, cursor in (
        ("arrived", "'; --"), ("arrived", "9" * 30), ("published", "2026~x"), ("published", "2026-01-01~1"),
    ):  # fmt: skip
        with pytest.raises(QueryError, match="This page does not exist"):
            SHELF.search(Query("食堂", order=order, after=cursor))
