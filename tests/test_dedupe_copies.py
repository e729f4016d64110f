"""Copies: what repeats an earlier text, what only looks like it, and what is forgotten."""

import pytest

from pipeline.dedupe import NearCopies
from pipeline.shingles import squeeze
from tests.matters_told import Town

POST = "江科三食堂的黄焖鸡里吃出一只虫子，窗口阿姨说换一份就行，这都第几次了，有没有人管管"
NOTICE = (
    "关于学生宿舍{where}停水检修的通知：因后勤管网改造施工需要，定于{when}对学生宿舍{where}进行停水检修，届时该楼全部"
    "生活用水将暂停供应，请各位同学提前做好储水准备，给大家带来的不便敬请谅解，后勤保障部值班电话请见宿舍一楼公告栏。"
)
CHANGES = {
    "a repost mark": "转发微博：" + POST,
    "a repost chain": "//@某人：" + POST,
    "a comment before": "啊这 " + POST,
    "a source tail": POST + "（来源：网络）",
    "other punctuation": POST.replace("，", " ").replace("一", "一") + "！！",
    "emoji": POST + "[怒][怒]😡",
    "a truncation": POST[:28] + "…",
    "full width and spaces": POST.replace("三食堂", "三 食 堂"),
    "swapped sentences": "这都第几次了，有没有人管管，江科三食堂的黄焖鸡里吃出一只虫子，窗口阿姨说换一份就行",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_repeat_in_another_dress_is_a_copy(change: str) -> None:
    """A repost with a mark, a tail, a cut or other punctuation points to the first."""
    town = Town(chatter=False)
    town.tell(POST, item="first")
    town.tell(CHANGES[change], hour=5)
    assert town.last_copy.root == "first"
    assert town.last_copy.reason.numbers["of"] == "first"


def test_other_words_about_the_same_matter_are_a_story_of_their_own() -> None:
    """A second witness is no copy."""
    town = Town(chatter=False)
    town.tell(POST)
    town.tell("在三食堂打的饭吃到一半发现虫子，拍照留证了，希望学校给个说法", hour=1)
    assert town.last_copy.root is None


@pytest.mark.parametrize(
    ("where", "when"),
    [("3号楼", "2026年11月5日8时至12时"), ("7号楼", "2026年11月3日8时至12时"), ("3号楼", "2027年11月3日8时至12时")],
)
def test_notices_of_one_form_stay_apart(where: str, when: str) -> None:
    """Another building or another date makes another notice, however long the words they share."""
    town = Town(chatter=False)
    town.tell(NOTICE.format(where="3号楼", when="2026年11月3日8时至12时"))
    town.tell(NOTICE.format(where=where, when=when), hour=2)
    assert town.last_copy.root is None


def test_the_same_notice_again_is_a_copy() -> None:
    """The same building and date is the same notice, cut or not."""
    town = Town(chatter=False)
    text = NOTICE.format(where="3号楼", when="2026年11月3日8时至12时")
    town.tell(text, item="first")
    town.tell(text[:80] + "…", hour=2)
    assert town.last_copy.root == "first"


def test_a_copy_of_a_copy_points_to_the_first() -> None:
    """Root is the earliest, not the latest."""
    town = Town(chatter=False)
    town.tell(POST, item="first")
    town.tell("转：" + POST + "（转）", hour=1)
    town.tell(POST + "（转）扩散", hour=2)
    assert town.last_copy.root == "first"


def test_a_chain_never_ends_in_a_text_that_is_not_repeated() -> None:
    """A post that quotes two stories does not make the one a copy of the other."""
    town = Town(chatter=False)
    one, other = "江科西区澡堂的热水停了三天没人修理", "江科教务系统凌晨又崩了选课页面打不开"
    town.tell(one, item="one")
    town.tell(f"{one}，{other}", hour=1, item="both")
    town.tell(other, hour=2, item="other")
    assert town.last_copy.root in (None, "both")


def test_after_a_fortnight_a_text_is_new() -> None:
    """Fourteen days are remembered, not fifteen."""
    town = Town(chatter=False)
    town.tell(POST, item="first")
    town.tell(POST, hour=13 * 24)
    assert town.last_copy.root == "first"
    town = Town(chatter=False)
    town.tell(POST)
    town.tell(POST, hour=15 * 24)
    assert town.last_copy.root is None


@pytest.mark.parametrize("text", ["", "   ", "😡😡😡", "……！！"])
def test_a_text_without_letters_is_no_copy(text: str) -> None:
    """Nothing to compare, so nothing is a copy; and nothing breaks."""
    town = Town(chatter=False)
    town.tell(text)
    town.tell(text, hour=1)
    assert town.last_copy.root is None
    assert town.last_copy.reason.code == "no_text"


def test_an_item_seen_again_is_not_a_copy_of_itself() -> None:
    """The same id keeps what was said of it before."""
    town = Town(chatter=False)
    town.tell(POST, item="first")
    town.tell(POST + "补充", hour=1, item="first")
    assert town.last_copy.root is None
    assert town.last_copy.reason.code == "same_item"


def test_restored_items_are_copied_as_if_decided_here() -> None:
    """After a restart the same post points to the same root."""
    town = Town(chatter=False)
    town.tell(POST, item="first")
    town.tell(POST + "（转）", hour=1, item="second")
    fresh = NearCopies()
    for document, _, copy, _ in town.told:
        fresh.restore(document, copy.root)
    town.tell("转：" + POST, hour=2, item="third")
    assert fresh.check(town.told[-1][0]).root == town.last_copy.root == "first"


def test_english_and_long_texts() -> None:
    """A syndicated article with a new head is a copy; another article on the matter is not."""
    article = " ".join(
        f"Sentence {n} tells how the kitchen of the college was inspected by officers." for n in range(40)
    )
    town = Town(chatter=False)
    town.tell(article, item="first", kind="news")
    town.tell("By our own desk. " + article + " (Agency)", hour=3, kind="news")
    assert town.last_copy.root == "first"
    town.tell("Students at the college told this paper that dinner was cold for weeks and nobody answered.", hour=4)
    assert town.last_copy.root is None


def test_one_megabyte_in_one_line() -> None:
    """A huge text is compared like any other."""
    town = Town(chatter=False)
    town.tell("长文" * 250_000, item="first")
    town.tell("长文" * 250_000 + "完", hour=1)
    assert town.last_copy.root == "first"


def test_a_masked_repost_mark_is_no_text() -> None:
    """The door masks the handle in a repost mark before copies are looked for; the copy is found all the same."""
    text = "二食堂的鸡腿饭吃完肚子疼，有没有一样的同学"
    assert squeeze(f"//〔账号〕: {text}") == squeeze(f"//@someone: {text}") == squeeze(text)
