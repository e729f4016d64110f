"""Whatever a source holds becomes plain text that can be stored and read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clean import MAX_CHARS, clean_text, guess_lang, html_to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>一</p><p>二</p>", "一\n二"),
        ("<div>a<br>b</div>", "a\nb"),
        ("<script>alert(1)</script>食堂<style>p{}</style>", "食堂"),
        ("<td>1</td><td>2</td>", "1 2"),
        ("a &amp; b &lt;c&gt; &nbsp; d", "a & b <c> d"),
        ("<a href='https://weibo.com/u/1'>@someone</a> 说", "@someone 说"),
        ("<!-- hidden --><b>粗</b>体", "粗体"),
        ("<p onclick=x>x<img src=x onerror=alert(1)>y", "xy"),
        ("", ""),
    ],
)
def test_html_becomes_text(html: str, text: str) -> None:
    """Blocks break lines, scripts and comments vanish, entities are read."""
    assert html_to_text(html) == text


def test_hidden_characters_go() -> None:
    """Bidirectional overrides, zero-width characters, NUL and lone surrogates are removed."""
    dirty = "食\u200b堂\u202e倒\u0000着\ufeff写\ud800\U000e0041"
    assert clean_text(None, dirty, None, None).text == "食堂倒着写"


def test_white_space_is_folded_and_length_capped() -> None:
    """One space, one line break, at most 20,000 characters; a title is one line."""
    clean = clean_text("a\n b", "x \t y\r\n\r\n\r\n z " + "长" * 30_000, None, None)
    assert clean.title == "a b"
    assert clean.text.startswith("x y\nz 长")
    assert len(clean.text) == MAX_CHARS


def test_text_wins_over_html_and_html_fills_in() -> None:
    """`text` is used when it says something, otherwise `html`."""
    assert clean_text(None, "plain", "<p>html</p>", None).text == "plain"
    assert clean_text(None, "  ", "<p>html</p>", None).text == "html"
    assert clean_text(None, "<p>一</p><p>二</p>", None, None).text == "一\n二"


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("食堂又涨价了", "zh"),
        ("HCC的library几点关门", "zh"),
        ("The canteen is closed", "en"),
        ("食堂は閉まっています", "other"),
        ("Die Mensa ist übermäßig teuer geworden", "other"),
        ("123 456", "other"),
        ("식당이 닫혔다", "other"),
    ],
)
def test_language_is_guessed(text: str, lang: str) -> None:
    """Chinese, English or neither, by script."""
    assert guess_lang(text) == lang


@pytest.mark.parametrize(
    ("given_lang", "lang"), [("zh-CN", "zh"), ("en_US", "en"), ("fr", "other"), (None, "zh"), ("", "zh")]
)
def test_a_given_language_is_kept(given_lang: str | None, lang: str) -> None:
    """A source that says its language is believed."""
    assert clean_text(None, "食堂", None, given_lang).lang == lang


@given(st.text(), st.text(), st.text())
def test_no_string_makes_it_fail(title: str, text: str, html: str) -> None:
    """Any strings give storable text: it can be encoded and cleaning it again changes nothing visible."""
    clean = clean_text(title, text, html, None)
    assert clean.text.encode("utf-8").decode("utf-8") == clean.text
    assert "\x00" not in clean.text
    assert len(clean.text) <= MAX_CHARS


@pytest.mark.parametrize("unit", ["<div>", "<p", "&#60;", "<b><i>", "<table><tr><td>"])
def test_deep_and_broken_markup_is_survived(unit: str) -> None:
    """Fifty thousand open tags neither crash nor hang."""
    assert len(html_to_text(unit * 50_000)) <= MAX_CHARS
