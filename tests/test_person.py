"""What reads as a person is caught, what an office looks for is not, and feeds of persons are refused."""

import random
from pathlib import Path

import pytest
from mask_plants import digits, mobile, person_name

from pipeline.person import check_rule_phrase, check_source, person_check
from pipeline.school import School

SCHOOL = School(name="张江科技学院", english="Zhang Jiang College", aliases=["张江", "ZJC"], campuses=["思明校区"])
DATA = Path(__file__).parent / "data" / "person"


def planted_queries() -> list[str]:
    """Made-up persons, handles and numbers as somebody might look for them."""
    rng = random.Random(21)
    shapes = ["{}", "{}", "{} 宿舍", "{}老师", "{}同学", "计算机学院 {}", "举报 {}", "“{}”", "{} 挂科", "{}的论文"]
    queries = [rng.choice(shapes).format(person_name(rng)) for _ in range(160)]
    queries += ["李老师", "王导", "小王同学", "张阿姨", "陈教授 骚扰", "刘书记", "辅导员阿强", "室友婷婷", "赵院长"]
    queries += ["John Smith", "Mary Johnson", "zhang wei", "Wang Xiaoming", "Prof. Li", "Li Na", "David Brown dorm"]
    queries += [
        "@小红",
        "@lazy_cat",
        "u/student99",
        "微信号：abc123",
        "作者：momo",
        "user:leo",
        "xiaoyu_0912",
        "momo20011",
    ]
    queries += [mobile(rng) for _ in range(8)] + [f"202{digits(rng, 7)}" for _ in range(8)]
    queries += [f"QQ {digits(rng, 9)}" for _ in range(6)] + ["420106200101011234", "鄂A12B45", "a.b@qq.com"]
    queries += ["https://weibo.com/u/1234567890", "https://space.bilibili.com/12345", "阿依古丽·买买提"]
    return queries


def ordinary_queries() -> list[str]:
    """Words an office uses, alone and in pairs."""
    text = (DATA / "ordinary_terms.txt").read_text(encoding="utf-8")
    terms = [term for line in text.splitlines() if not line.startswith("#") for term in line.split()]
    rng = random.Random(22)
    pairs = {f"{rng.choice(terms)} {rng.choice(terms)}" for _ in range(400)}
    return [*dict.fromkeys(terms), *sorted(pairs)]


def test_planted_persons_are_caught() -> None:
    """Of more than 200 queries for persons, handles and numbers at most 3 % pass."""
    queries = planted_queries()
    passed = [query for query in queries if person_check(query, SCHOOL).ok]
    assert len(queries) >= 200
    assert len(passed) <= 0.03 * len(queries), passed


def test_office_queries_pass() -> None:
    """Of more than 500 ordinary queries at most 1 % are taken for a person."""
    queries = ordinary_queries()
    refused = [(query, person_check(query, SCHOOL).reason) for query in queries if not person_check(query, SCHOOL).ok]
    assert len(queries) >= 500
    assert len(refused) <= 0.01 * len(queries), refused


@pytest.mark.parametrize(
    "query", ["张江科技学院", "张江", "张江科技", "思明", "思明校区", "Zhang Jiang", "ZJC", "張江"]
)
def test_the_school_is_never_a_person(query: str) -> None:
    """A part of the school's own names is not taken for somebody, whatever it looks like."""
    assert person_check(query, SCHOOL).ok


@pytest.mark.parametrize(
    ("query", "kind"),
    [("张伟", "person"), ("@小红", "handle"), ("13800138000", "number"), ("食堂", "ok"), ("wxid_abcdef123", "handle")],
)
def test_the_kind_is_named_with_a_reason(query: str, kind: str) -> None:
    """The answer says what the query reads as, and why in one sentence."""
    check = person_check(query, SCHOOL)
    assert check.kind == kind
    assert bool(check.reason) != check.ok


REFUSED = (
    "清真寺 维吾尔 基督教 少数民族学生 上访人员 示威 muslim 政治倾向 传教 食*堂 食tang 谐音 图片文字 su舍 "
    "辅/导/员 同音字 敏感词变体 张伟 李老师 @小红 13800138000"
)


@pytest.mark.parametrize("phrase", REFUSED.split())
def test_rules_refuse_persons_categories_and_evasions(phrase: str) -> None:
    """A rule may not be about a person, about belief, origin or opinion, nor hunt for hidden spellings."""
    check = check_rule_phrase(phrase, SCHOOL)
    assert not check.ok
    assert check.reason


@pytest.mark.parametrize(
    "phrase",
    [
        "食堂",
        "食物中毒",
        "清真食堂",
        "打call",
        "wifi",
        "APP收费",
        "K歌房",
        "食堂 涨价",
        "坠楼",
        "民族学院",
        "诈骗",
        "A栋",
        "PPT",
    ],
)
def test_rules_accept_matters(phrase: str) -> None:
    """Plain words for matters and services pass."""
    assert check_rule_phrase(phrase, SCHOOL).ok


def sources(name: str) -> list[str]:
    text = (DATA / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_feeds_of_persons_are_refused() -> None:
    """60 profiles and their feeds are refused, each with a sentence that says what to do."""
    urls = sources("profiles.txt")
    assert len(set(urls)) >= 60
    assert [url for url in urls if check_source(url).ok] == []
    assert "organisation" in check_source(urls[0]).reason
    assert [url for url in urls if not check_source(url, organisation="江城科技大学团委").ok] == []


def test_boards_tags_and_official_feeds_are_accepted() -> None:
    """30 boards, tags, sections and official sites pass without naming an organisation."""
    urls = sources("boards.txt")
    assert len(set(urls)) >= 30
    assert [(url, check_source(url).reason) for url in urls if not check_source(url).ok] == []
