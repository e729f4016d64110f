"""Masking: no planted identity is left, names of private voices go, ordinary sentences and numbers stay."""

import time

import pytest
from mask_plants import (
    nicknames,
    ordinary_numbers,
    ordinary_sentences,
    planted_identities,
    planted_names,
)

from pipeline.mask import Masker

MASKER = Masker(["海川学院", "海川", "海川日报"])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_planted_identity_is_left(seed: int) -> None:
    """Of 600 phones, numbers, addresses, handles and plates in many spellings none stays, nor five digits of one."""
    for sentence, secret in planted_identities(seed, 600):
        masked = MASKER.mask(sentence, private=False)
        assert secret not in masked, sentence
        assert sum(character.isdigit() for character in masked) < 5, (sentence, masked)


def test_names_in_private_posts_go() -> None:
    """At least 95 of 100 planted full names are masked, and no nickname beside a role word stays."""
    missed = [name for sentence, name in planted_names(11, 1200) if name in MASKER.mask(sentence, private=True)]
    assert len(missed) <= 0.03 * 1200, missed
    assert [pair for pair in nicknames() if pair[1] in MASKER.mask(pair[0], private=True)] == []


@pytest.mark.parametrize("seed", [4, 5])
def test_ordinary_sentences_stay_as_they_are(seed: int) -> None:
    """At most 1 of 100 of 2,000 everyday sentences of a private voice is changed."""
    sentences = ordinary_sentences(seed, 2000)
    changed = [sentence for sentence in sentences if MASKER.mask(sentence, private=True) != sentence]
    assert len(set(sentences)) == 2000
    assert len(changed) <= 20, changed


def test_ordinary_numbers_stay() -> None:
    """Dates, scores, prices, admission lines, course codes and hotlines lead to nobody: at most 1 % are touched."""
    sentences = ordinary_numbers()
    changed = [sentence for sentence in sentences if MASKER.mask(sentence, private=True) != sentence]
    assert len(sentences) >= 100
    assert len(changed) <= 0.01 * len(sentences), changed


def test_a_headline_keeps_its_names() -> None:
    """What the public press writes about a person by name is public; only private voices lose names."""
    text = "校长张伟出席海川学院开学典礼，电话 027-87651234"
    assert MASKER.mask(text, private=False) == "校长张伟出席海川学院开学典礼，电话 〔电话〕"
    assert "张伟" not in MASKER.mask(text, private=True)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("@海川学院官微 管管食堂", "@海川学院官微 管管食堂"),
        ("@海川日报 记者来看看", "@海川日报 记者来看看"),
        ("@所有人 开会", "@所有人 开会"),
        ("@路人甲 出来", "〔账号〕 出来"),
        ("详见 https://weibo.com/1234567/Nabcdef12 这条", "详见 https://weibo.com/detail/Nabcdef12 这条"),
        ("wxid_ab12cd34ef 加我", "〔账号〕 加我"),
        ("u/some_student said so", "〔账号〕 said so"),
    ],
)
def test_handles_and_links_in_public_text(text: str, masked: str) -> None:
    """Handles of the school and of outlets stay, others go, links lose their persons."""
    assert MASKER.mask(text, private=False) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("3栋502的人半夜唱歌", "〔房间〕的人半夜唱歌"),
        ("寝室楼12栋 305室没热水", "寝室楼〔房间〕没热水"),
        ("5号楼停水，三号楼305教室正常", "5号楼停水，三号楼305教室正常"),
        ("看 https://example.org/p/1 吧", "看 〔链接〕 吧"),
        ("问问 @ 小鹿乱撞 ，怎么回事", "问问 〔账号〕 ，怎么回事"),
        ("一共 12 @ 5 元", "一共 12 @ 5 元"),
        ("阿依古丽·买买提同学获奖", "〔姓名〕同学获奖"),
        ("My roommate John Smith is loud", "My roommate 〔姓名〕 is loud"),
        ("Ask Prof. Zhang about it", "Ask Prof. 〔姓名〕 about it"),
        ("I met Wang Xiaoming at the library", "I met 〔姓名〕 at the library"),
        ("The Student Union and Career Fair are open", "The Student Union and Career Fair are open"),
    ],
)
def test_private_voices_lose_rooms_links_and_foreign_names(text: str, masked: str) -> None:
    """In a private post rooms, links, minority and English names go too; class rooms and offices stay."""
    assert MASKER.mask(text, private=True) == masked


@pytest.mark.parametrize(
    "unit", ["a", "1", "1 ", "一", "@", "a@", "京A", "http://", "微信a", "A1", "3栋", " ", "13800138000 "]
)
def test_a_megabyte_of_anything_takes_less_than_a_second(unit: str) -> None:
    """No pattern goes over a text twice: CPU time of one megabyte of a repeated unit."""
    text = unit * (1_000_000 // len(unit))
    start = time.process_time()
    MASKER.mask(text, private=True)
    assert time.process_time() - start < 1.0


def test_masking_twice_changes_nothing() -> None:
    """The marks themselves are never masked."""
    for sentence, _ in planted_identities(9, 120):
        once = MASKER.mask(sentence, private=True)
        assert MASKER.mask(once, private=True) == once
