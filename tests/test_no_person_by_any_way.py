"""No rule, name, source, department or label is about a person or a special category, by whatever entrance it is tried;
each is refused with a sentence, and the same entrances take matters, boards and offices."""

import pytest

from pipeline.school import School
from tocsin.checks import find_problem
from tocsin.config import ConfigError, parse_config
from tocsin.headings import refuse_label

HEAD = """[school]
name = "澜川学院"
{school}
[crawl]
contact = "a@example.org"
{rest}
"""
WAYS: tuple[tuple[str, str, str], ...] = (
    ("alias person", 'aliases=["张伟老师"]', ""),
    ("alias handle", 'aliases=["@lanchuan_zhangwei"]', ""),
    ("ambiguous person", 'ambiguous=[{name="王建国", context=["学院"]}]', ""),
    ("context person", 'ambiguous=[{name="澜院", context=["李秀英"]}]', ""),
    ("alias category", 'aliases=["穆斯林学生会"]', ""),
    ("ambiguous category", 'ambiguous=[{name="基督徒", context=["校园"]}]', ""),
    ("context category", 'ambiguous=[{name="澜院", context=["维吾尔族"]}]', ""),
    ("watchword person", "", '[[rules]]\nid="r"\nkind="watchword"\nseverity="serious"\nphrases=["张伟老师"]\n'),
    ("watchword handle", "", '[[rules]]\nid="r"\nkind="watchword"\nseverity="serious"\nphrases=["@xiaoyu1234567"]\n'),
    ("watchword phone", "", '[[rules]]\nid="r"\nkind="watchword"\nseverity="serious"\nphrases=["13812345678"]\n'),
    ("watchword student", "", '[[rules]]\nid="r"\nkind="watchword"\nseverity="serious"\nphrases=["学号20231234567"]\n'),
    ("watchword religion", "", '[[rules]]\nid="r"\nkind="watchword"\nseverity="serious"\nphrases=["做礼拜"]\n'),
    ("watchword ethnic", "", '[[rules]]\nid="r"\nkind="watchword"\nseverity="serious"\nphrases=["维吾尔族"]\n'),
    ("watchword political", "", '[[rules]]\nid="r"\nkind="watchword"\nseverity="serious"\nphrases=["异见"]\n'),
    ("watchword evasion", "", '[[rules]]\nid="r"\nkind="watchword"\nseverity="serious"\nphrases=["罢*课"]\n'),
    ("watchword qq", "", '[[rules]]\nid="r"\nkind="watchword"\nseverity="serious"\nphrases=["QQ：123456789"]\n'),
    ("watchword en name", "", '[[rules]]\nid="r"\nkind="watchword"\nseverity="serious"\nphrases=["Emily Watson"]\n'),
    ("tag person", "", '[[sources]]\nid="s"\nurl="https://m.example/tags/张伟老师"\nvia="mastodon"\nkind="social"\n\n'),
    (
        "tag person enc",
        "",
        '[[sources]]\nid="s"\nurl="https://m.example/tags/%E5%BC%A0%E4%BC%9F"\nvia="mastodon"\nkind="social"\n\n',
    ),
    (
        "tag handle",
        "",
        '[[sources]]\nid="s"\nurl="https://m.example/tags/wxm_20231234"\nvia="mastodon"\nkind="social"\n\n',
    ),
    (
        "rsshub keyword",
        "",
        '[[sources]]\nid="s"\nurl="https://hub.lan.example/weibo/keyword/张伟老师"\nvia="rsshub"\nkind="social"\n\n',
    ),
    (
        "rsshub user",
        "",
        '[[sources]]\nid="s"\nurl="https://hub.lan.example/weibo/user/1234567890"\nvia="rsshub"\nkind="social"\n\n',
    ),
    (
        "search feed",
        "",
        '[[sources]]\nid="s"\nurl="https://s.example/search.rss?q=张伟老师"\nvia="feed"\nkind="social"\n\n',
    ),
    (
        "search feed2",
        "",
        '[[sources]]\nid="s"\nurl="https://s.example/feed?keyword=王建国"\nvia="feed"\nkind="social"\n\n',
    ),
    (
        "search enc",
        "",
        '[[sources]]\nid="s"\nurl="https://s.example/feed?wd=%E7%8E%8B%E5%BB%BA%E5%9B%BD"\nvia="feed"\nkind="social"\n\n',
    ),
    (
        "json search",
        "",
        '[[sources]]\nid="s"\nurl="https://api.example/posts?query=李秀英"\nvia="json"\nkind="social"\nitems="data"\nfields={title="t",url="u"}\n',
    ),
    (
        "json author",
        "",
        '[[sources]]\nid="s"\nurl="https://api.example/posts"\nvia="json"\nkind="social"\nitems="data"\nfields={title="author.name",url="u"}\n',
    ),
    (
        "json uid",
        "",
        '[[sources]]\nid="s"\nurl="https://api.example/posts?uid=12345678"\nvia="json"\nkind="social"\nitems="data"\nfields={title="t",url="u"}\n',
    ),
    (
        "listing member",
        "",
        '[[sources]]\nid="s"\nurl="https://bbs.example/space-uid-1234.html"\nvia="listing"\nkind="forum"\n\n',
    ),
    ("category tag", "", '[[sources]]\nid="s"\nurl="https://m.example/tags/穆斯林"\nvia="mastodon"\nkind="social"\n\n'),
    (
        "category keyword",
        "",
        '[[sources]]\nid="s"\nurl="https://s.example/search.rss?q=维吾尔族学生"\nvia="feed"\nkind="social"\n\n',
    ),
    (
        "ghost author",
        "",
        '[[sources]]\nid="s"\nurl="https://g.example/author/zhang/rss/"\nvia="feed"\nkind="social"\n\n',
    ),
    (
        "source name person",
        "",
        '[[sources]]\nid="s"\nurl="https://s.example/rss"\nvia="feed"\nkind="social"\nname="张伟的微博"\n',
    ),
    ("department person", "", '[[departments]]\nid="d"\nname="张伟老师"\n'),
    ("peer", "", '[briefing]\npeers=["张伟老师"]\n'),
)
FINE: tuple[tuple[str, str, str], ...] = (
    ("alias", 'aliases = ["澜院"]', ""),
    ("ambiguous", 'ambiguous = [{name = "澜院", context = ["校区", "食堂"]}]', ""),
    ("watchword", "", '[[rules]]\nid="r"\nkind="watchword"\nseverity="serious"\nphrases=["食物中毒", "退费"]'),
    ("tag", "", '[[sources]]\nid="s"\nurl="https://m.example/tags/澜川学院"\nvia="mastodon"\nkind="social"'),
    ("board", "", '[[sources]]\nid="s"\nurl="https://tieba.example/f?kw=澜川学院"\nvia="listing"\nkind="forum"'),
    (
        "search",
        "",
        '[[sources]]\nid="s"\nurl="https://s.example/rss?q=%E6%BE%9C%E5%B7%9D%E5%AD%A6%E9%99%A2"\nkind="social"',
    ),
    ("outlet", "", '[[sources]]\nid="s"\nurl="https://s.example/rss?q=王建国"\nkind="news"'),
    (
        "account",
        "",
        '[[sources]]\nid="s"\nurl="https://s.example/rss"\nkind="social"\nname="李宁体育"\norganisation="李宁公司"',
    ),
    ("department", "", '[[departments]]\nid="d"\nname="马克思主义学院"'),
    ("office", "", '[[departments]]\nid="d"\nname="后勤保障处"'),
)


def problem_of(school: str, rest: str) -> str:
    """What is wrong with a configuration, empty for nothing."""
    try:
        found = find_problem(parse_config(HEAD.format(school=school, rest=rest), "x.toml"))
    except ConfigError as error:
        return str(error)
    return found.sentence if found else ""


def test_there_are_forty_ways_and_more() -> None:
    """Configuration and labels together."""
    assert len(WAYS) + len(LABELS) >= 40


@pytest.mark.parametrize(("school", "rest"), [way[1:] for way in WAYS], ids=[way[0] for way in WAYS])
def test_a_person_or_category_is_refused_in_the_file(school: str, rest: str) -> None:
    """Refused with a sentence that says as what it reads."""
    said = problem_of(school, rest)
    assert "refused" in said or "no author or account" in said, said


@pytest.mark.parametrize(("school", "rest"), [way[1:] for way in FINE], ids=[way[0] for way in FINE])
def test_matters_boards_and_offices_are_taken(school: str, rest: str) -> None:
    """The checks stand in nobody's way: schools, boards, outlets and offices pass."""
    assert problem_of(school, rest) == ""


LABELS = ("张伟老师", "@xiaoyu1234567", "13812345678", "QQ：123456789", "wxm_20231234", "王建国", "Emily Watson")


@pytest.mark.parametrize("label", LABELS)
def test_a_label_of_an_import_is_no_person(label: str) -> None:
    """An import cannot file items under somebody."""
    assert "refused" in refuse_label(label, School("澜川学院"))
