"""Pages in the shapes of the systems that schools use: the whole main text and nothing of what stands around it."""

import pytest

from bench.pages import SHAPES, Sample, make_pages
from crawlers.base import ParseFailed
from crawlers.decode import decode
from crawlers.extract import main_text
from crawlers.tidy import share_of_links, trim_text
from crawlers.tree import parse_tree

AROUND = (
    "上一条",
    "下一条",
    "责任编辑",
    "分享到",
    "版权所有",
    "网友评论",
    "浏览次数",
    "扫一扫",
    "订阅",
    "友情链接",
    "继续阅读",
)
LOOSE = frozenset({"tables of 2005, GBK"})  # its menu and tools are cells of the same table as the text


@pytest.fixture(scope="module")
def samples() -> dict[str, Sample]:
    return {sample.shape: sample for sample in make_pages(1)}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_main_text_is_whole_and_alone(samples: dict[str, Sample], shape: str) -> None:
    """Every line that an editor wrote is there; menus, tools, neighbours, comments and footers are not."""
    tree = parse_tree(decode(samples[shape].body, "text/html").text)
    assert not isinstance(tree, ParseFailed)
    text = "".join(main_text(tree).replace("|", " ").split())
    missing = [line for line in samples[shape].text.split("\n") if "".join(line.split()) not in text]
    assert not missing
    assert shape in LOOSE or not [word for word in AROUND if word in text]


def test_tools_are_taken_off_the_edges_only() -> None:
    """`Next story` below the text goes; the same words in the middle, or in a sentence, stay."""
    lines = [f"第{n}段，写给所有同学。" for n in range(20)]
    lines[10] = "关闭窗口"
    text = "\n".join([*lines, "下一条：别的通知", "【关闭】"])
    assert trim_text(text).split("\n") == lines
    assert trim_text("下一条：只有这一行") == "下一条：只有这一行"


def test_a_menu_is_known_by_its_links() -> None:
    """The share of a text that stands in links of its page."""
    tree = parse_tree("<ul><li><a href='/1'>学校概况</a></li></ul><p>四个字的。</p>")
    assert not isinstance(tree, ParseFailed)
    assert share_of_links(tree, "学校概况") == 1.0
    assert share_of_links(tree, "四个字的。") == 0.0
