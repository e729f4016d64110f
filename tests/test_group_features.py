"""What the grouper reads in a text: places, particulars, kinds of matter, hashtags."""

import pytest

from pipeline.matters import find_matters
from pipeline.model import Document
from pipeline.particulars import find_particulars
from pipeline.places import find_places, places_clash
from pipeline.wording import Reader
from tests.matters_told import BEGIN, NAMES, OURS


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("二食堂", "第二食堂"), ("二食堂", "canteen 2"), ("二食堂", "the second canteen"), ("梅园5栋", "Dorm 5"), ("12号楼", "第十二栋"),
        ("教工餐厅", "the staff canteen"), ("图书馆", "library"), ("北门", "the north gate"), ("A3教学楼", "a3教学楼"),
    ],
)  # fmt: skip
def test_one_place_by_two_names(one: str, other: str) -> None:
    """Ways to write one place do not clash and are found."""
    assert find_places(one)
    assert find_places(other)
    assert not places_clash(find_places(one), find_places(other))


@pytest.mark.parametrize(
    ("one", "other"), [("一食堂", "二食堂"), ("3号楼", "7号楼"), ("Dorm 3", "梅园5栋"), ("南门", "北门")]
)
def test_two_places_of_a_kind_clash(one: str, other: str) -> None:
    """Another number or name is another place."""
    assert places_clash(find_places(one), find_places(other))


@pytest.mark.parametrize("text", ["热门专业", "部门回应", "食堂真难吃", "there is a campus", "他住在楼上"])
def test_a_kind_alone_is_no_place(text: str) -> None:
    """What does not tell one from another is no evidence."""
    assert all(place.kind in ("library", "gym", "clinic", "pool", "arts") for place in find_places(text))


def test_particulars() -> None:
    """Programmes and sums are read; everyday words need a neighbour that makes them a programme."""
    assert find_particulars("护理专业每人交350元") == {"major:护理", "sum:350"}
    assert find_particulars("临时停车的车辆挡住通道") == frozenset()
    assert find_particulars("pay 350 yuan more") == {"sum:350"}


def test_matters_in_two_languages() -> None:
    """A kind of matter has one name in both; Latin words stand alone."""
    assert find_matters("食堂吃完上吐下泻")[-1] == "food_poison"
    assert "food_poison" in find_matters("many students were vomiting")
    assert "fire" not in find_matters("they fired up the crowd")


def test_school_and_stock_phrases_weigh_nothing() -> None:
    """What is left of a bare reaction is nothing; a hashtag of the school's name alone is none."""
    text = "#江城科技学院# 家人们，江科什么情况，坐等官方回应"
    document = Document("a", "s", "social", None, None, None, text, "zh", None, BEGIN, OURS, "0" * 16)
    reading = Reader(NAMES).read(document)
    assert reading.wording.own == 0
    assert reading.wording.tags == ()
