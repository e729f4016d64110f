"""What a matter is called and which of its words are shown."""

import pytest

from pipeline.titles import make_title, showable_terms


@pytest.mark.parametrize(
    ("headline", "place", "phrase", "topic", "title"),
    [
        ("食堂停业整顿", "二食堂", "中毒", "canteen", "食堂停业整顿"),
        (None, "二食堂", "中毒", "canteen", "二食堂 中毒相关反映"),
        (None, None, "退费", "fees", "退费相关反映"),
        (None, "二食堂", None, "canteen", "二食堂 食堂相关反映"),
        (None, None, None, "fees", "收费相关反映"),
        ("某学生的事", "宿舍", None, "wellbeing", "关怀"),
    ],
)
def test_titles(headline: str | None, place: str | None, phrase: str | None, topic: str, title: str) -> None:
    """An outlet's headline, otherwise place and matter; a matter of wellbeing is always neutral."""
    assert make_title(headline, place, phrase, topic) == title


def test_terms_of_few_voices_are_not_shown() -> None:
    """Below five voices and two outlets no word is shown; above, only words that a reader knows, and no names."""
    terms = ("食堂", "的说", "王建国", "wifi", "堂吃")
    assert showable_terms(terms, voices=4, outlets=1) == ()
    assert showable_terms(terms, voices=5, outlets=0) == ("食堂", "wifi")
    assert showable_terms(terms, voices=1, outlets=2) == ("食堂", "wifi")
