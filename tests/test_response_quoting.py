"""A quotation is found wherever it stands; ordinary words are none."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.quoting import RUN, blank_shared, find_shared

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
POSTS = st.text(HAN, min_size=RUN, max_size=60)


@given(POSTS, st.data(), st.text("甲乙丙丁", max_size=20))
def test_twelve_characters_of_a_post_are_found_anywhere(post: str, data: st.DataObject, around: str) -> None:
    """Any run of twelve, with marks and blanks between its characters, is a quotation, and blanking leaves none."""
    begin = data.draw(st.integers(0, len(post) - RUN))
    quoted = "，".join(post[begin : begin + RUN])
    text = f"{around}“{quoted}”{around}"
    assert find_shared(text, [post]) is not None
    assert find_shared(blank_shared(text, [post], (), "〔已删除〕"), [post]) is None


@given(st.text(HAN, min_size=1, max_size=RUN - 1), st.text("甲乙丙丁", max_size=20))
def test_what_is_shorter_than_twelve_is_no_quotation(post: str, around: str) -> None:
    """A post of eleven characters cannot be quoted by them alone."""
    assert find_shared(f"{around}。{post}", [post]) is None


def test_latin_words_count_from_six_words_on() -> None:
    """Twelve letters are two ordinary words; six words of somebody's sentence are a quotation."""
    post = "the noodles at the second canteen made four of us sick yesterday"
    assert find_shared("please check the second canteen today", [post]) is None
    assert find_shared("they say: noodles at the second canteen made four of us sick", [post]) is not None


def test_a_name_of_the_school_is_one_step() -> None:
    """To name the school and its canteen is no quotation, whatever the name's length."""
    post = "清河理工学院第二食堂真的不行"
    assert find_shared("请说明清河理工学院第二食堂的情况", [post], ["清河理工学院"]) is None
    assert find_shared("请说明清河理工学院第二食堂的情况", ["清河理工学院第二食堂的情况"], []) == (3, 16)
