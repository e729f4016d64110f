"""Coverage, honestly: what is not seen is said, with the lawful ways in."""

import re
from pathlib import Path

import pytest

from crawlers.coverage import (
    ALWAYS,
    PLACES,
    WAYS,
    CoverageSettings,
    coverage_line,
    find_coverage,
    name_of,
    read_used,
    say_way,
    say_why,
)
from crawlers.settings import SourceSpec
from tocsin.config import load_config
from tocsin.wiring import build_policy

FORUM = SourceSpec("bbs", "https://bbs.example.edu/forum.php", "forum", via="forum")
NEWS = SourceSpec("paper", "https://paper.example.cn/feed", "news")
WEIBO = SourceSpec("weibo", "https://rss.weibo.com/x", "social", organisation="云川大学")


def test_private_talk_is_always_named_as_unseen() -> None:
    """Chat groups and friend circles are not seen whatever is configured, and whatever anybody answered."""
    for used in ([], list(PLACES)):
        coverage = find_coverage(CoverageSettings(used), [FORUM, NEWS, WEIBO])
        assert {gap.id for gap in coverage.unseen} >= set(ALWAYS)
        assert all(gap.ways for gap in coverage.unseen)


def test_a_place_is_seen_when_a_source_reads_it() -> None:
    """By its kind or its host; another host of a similar name is not it."""
    used = CoverageSettings(["campus_forum", "local_news", "weibo", "tieba", "complaint_box"])
    coverage = find_coverage(
        used, [FORUM, NEWS, WEIBO, SourceSpec("x", "https://nottieba.baidu.com.example/", "other")]
    )
    assert dict(coverage.seen) == {"campus_forum": ("bbs",), "local_news": ("paper",), "weibo": ("weibo",)}
    assert [gap.id for gap in coverage.unseen] == ["wechat_groups", "qq_groups", "moments", "tieba", "complaint_box"]
    assert coverage.asked


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_line_says_what_is_missing(language: str) -> None:
    """One line, in either language, naming every unseen place and the blind sources."""
    coverage = find_coverage(CoverageSettings(["xiaohongshu"]), [FORUM])
    line = coverage_line(coverage, language, ["晚报"])  # type: ignore[arg-type]
    assert "\n" not in line
    assert all(name_of(gap.id, language) in line for gap in coverage.unseen)  # type: ignore[arg-type]
    assert "晚报" in line
    if language == "en":
        assert re.search("[\u4e00-\u9fff]", coverage_line(coverage, "en")) is None


def test_the_ways_in_are_lawful() -> None:
    """No way in is a login, a proxy, a captcha or an invitation; every word exists in both languages."""
    for way in WAYS:
        for language in ("zh", "en"):
            assert not re.search("代理|破解|绕过|验证码|proxy|bypass|scrap", say_way(way, language))
    for place in PLACES.values():
        assert say_why(place.why, "zh") != say_why(place.why, "en")


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", []),
        ("微信群、小红书", ["wechat_groups", "xiaohongshu"]),
        ("wechat_groups, QQ groups；知乎", ["wechat_groups", "qq_groups", "zhihu"]),
        (" 抖音 ,抖音", ["douyin"]),
    ],
)
def test_answers_are_read(text: str, ids: list[str]) -> None:
    """Ids and names of both languages, whatever stands between them."""
    assert read_used(text) == ids


def test_an_unknown_answer_names_the_known_ones() -> None:
    """What nobody knows is said with the list of what is known."""
    with pytest.raises(ValueError, match="'faceboook' is not known; known are: wechat_groups"):
        read_used("faceboook")


def test_digests_say_what_students_use_and_we_do_not_see(tmp_path: Path) -> None:
    """`[coverage] used` reaches the digest; the office's own words win; nobody asked leaves the usual sentence."""
    base = '[school]\nname = "澜川学院"\n'
    cases = {
        base + '[coverage]\nused = ["xiaohongshu"]\n': "微信群、QQ群、朋友圈、小红书",
        base + '[coverage]\nused = ["xiaohongshu"]\n[digest]\nnot_seen = "隔壁校区"\n': "隔壁校区",
        base: "",
    }
    for number, (text, said) in enumerate(cases.items()):
        file = tmp_path / f"{number}.toml"
        file.write_text(text, encoding="utf-8")
        assert build_policy(load_config(file).config).digest.not_seen == said
