"""The door: what of a raw item may be stored, and what never is."""

import random
import time
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest
from mask_plants import planted_identities

from pipeline.mask import Masker
from pipeline.match import Matcher
from pipeline.model import RawItem, Screened, SourceKind
from pipeline.school import School
from pipeline.screen import Refused, Screen, fingerprint
from pipeline.seal import LinkSeal
from pipeline.voices import SeededSecrets, VoiceKeys

SEEN = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
SCHOOL = School(name="海川学院", english="Haichuan College", aliases=["海川", "HCC"], own_sources=["board"])
SEAL = LinkSeal(b"a key of at least sixteen bytes")


@pytest.fixture(scope="module")
def screen() -> Screen:
    return Screen(SCHOOL, Masker(["海川学院", "海川日报"]), Matcher(SCHOOL), VoiceKeys(SeededSecrets(b"s")), SEAL)


def raw(text: str | None = "海川学院食堂涨价", kind: SourceKind = "social", **more: object) -> RawItem:
    given: dict[str, object] = {"id": "1", "source": "s", "url": "https://x.example/p/1", "seen": SEEN, **more}
    return RawItem(source_kind=kind, text=text, **given)  # type: ignore[arg-type]


def taken(screen: Screen, item: RawItem) -> Screened:
    screened = screen.screen(item)
    assert isinstance(screened, Screened)
    return screened


def test_a_private_voice_keeps_no_link_but_a_sealed_one(screen: Screen) -> None:
    """The document has no url; the sealed link opens to the person-free address with the right key only."""
    url = "https://www.xiaohongshu.com/explore/64f0000000000000aa001234?shareRedId=ME&appuid=5f"
    screened = taken(screen, raw(url=url, voice="alice"))
    assert screened.document.url is None
    assert screened.sealed_link is not None
    assert b"xiaohongshu" not in screened.sealed_link
    assert SEAL.open(screened.sealed_link) == "https://www.xiaohongshu.com/explore/64f0000000000000aa001234"
    assert LinkSeal(LinkSeal.new_key()).open(screened.sealed_link) is None


def test_news_keeps_its_person_free_link(screen: Screen) -> None:
    """An outlet's link stays, without trackers, and nothing is sealed."""
    screened = taken(screen, raw(kind="news", url="https://www.paper.example/a/1?utm_source=x&fromuid=3"))
    assert screened.document.url == "https://www.paper.example/a/1"
    assert screened.sealed_link is None


def test_matching_sees_what_masking_hides(screen: Screen) -> None:
    """A mention is found in the unmasked text; the stored text is masked."""
    document = taken(screen, raw("室友张伟说海川的食堂 13800138000")).document
    assert document.mention.matched == ("海川",)
    assert document.text == "室友〔姓名〕说海川的食堂 〔电话〕"


def test_an_own_source_is_a_mention_without_a_name(screen: Screen) -> None:
    """What the campus board says is about the school."""
    assert taken(screen, raw("我们学校食堂涨价", source="board")).document.mention.is_ours
    assert not taken(screen, raw("我们学校食堂涨价")).document.mention.is_ours


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (raw(None), "no_text"),
        (raw("  \u200b "), "no_text"),
        (raw(url="javascript:alert(1)"), "bad_url"),
        (raw(kind="news", url=""), "bad_url"),
        (raw(url="/relative"), "bad_url"),
    ],
)
def test_what_cannot_be_stored_is_refused_with_a_reason(screen: Screen, item: RawItem, code: str) -> None:
    """A refusal is a value with a reason and without text."""
    refused = screen.screen(item)
    assert isinstance(refused, Refused)
    assert refused.reason.code == code
    assert {field.name for field in fields(refused)} == {"id", "source", "reason"}


@pytest.mark.parametrize(
    ("hours", "first_fetch", "history"),
    [(-49, True, True), (-47, True, False), (-490, False, False), (None, True, True), (None, False, False)],
)
def test_the_past_of_a_first_fetch_is_history(
    screen: Screen, hours: int | None, first_fetch: bool, history: bool
) -> None:
    """Older than 48 hours, or of unknown age, in a first fetch: history, which never alerts."""
    published = None if hours is None else SEEN + timedelta(hours=hours)
    assert taken(screen, raw(published=published, first_fetch=first_fetch)).document.history is history


def test_a_date_in_the_future_is_dropped(screen: Screen) -> None:
    """More than a day ahead is a mistake; a few hours may be a wrong zone."""
    assert taken(screen, raw(published=SEEN + timedelta(hours=25))).document.published is None
    assert taken(screen, raw(published=SEEN + timedelta(hours=23))).document.published is not None


def test_given_tags_and_reach_travel_on(screen: Screen) -> None:
    """What an upstream tagged is used as it is."""
    document = taken(screen, raw(sentiment="negative", topics=("canteen",), reach="local")).document
    assert (document.given_label, document.given_topics, document.reach) == ("negative", ("canteen",), "local")


def test_tokens_are_of_the_host_and_gone_from_everything_else(screen: Screen) -> None:
    """The account is in no field; the same account of the same host has the same token, www or not."""
    one = taken(screen, raw(url="https://bbs.example/t/1", voice="alice_wonder"))
    two = taken(screen, raw(url="https://www.bbs.example/t/2", voice="alice_wonder"))
    assert one.voices == two.voices
    assert len(one.voices) == 2
    assert "alice" not in repr(one)
    assert taken(screen, raw(voice=None)).voices == ()


def test_fingerprints_follow_what_is_said() -> None:
    """White space, width and case make no edit; another word does."""
    assert fingerprint("标题", "HCC 食堂\n涨价") == fingerprint("标题", "ＨＣＣ食堂涨价")
    assert fingerprint(None, "食堂涨价") != fingerprint(None, "食堂降价")
    assert len(fingerprint(None, "x")) == 16


def test_no_planted_identity_passes_the_door(screen: Screen) -> None:
    """500 identities in texts, titles and addresses: none is in any field of what goes on."""
    for number, (sentence, secret) in enumerate(planted_identities(31, 500)):
        kind: SourceKind = "news" if number % 2 else "forum"
        url = f"https://bbs.example/t/{number}?uid=77{number}&authorid=u{number}"
        screened = taken(screen, raw(sentence, kind, title=sentence, url=url, voice=f"account{number}"))
        shown = repr(screened.document)
        assert secret not in shown, sentence
        assert f"77{number}" not in shown
        assert f"account{number}" not in repr(screened)


def timed(work: Callable[[], object], rounds: int) -> float:
    """CPU seconds of one call, the best of five."""
    best = float("inf")
    for _ in range(5):
        start = time.process_time()
        for _ in range(rounds):
            work()
        best = min(best, (time.process_time() - start) / rounds)
    return best


def test_screening_a_post_is_quick(screen: Screen) -> None:
    """A post of 150 characters takes about a tenth of a millisecond; the floor leaves room for slow machines."""
    rng = random.Random(1)
    parts = [
        "海川学院二食堂的麻辣香锅又涨价了",
        "昨天晚上排队排了半个小时",
        "宿舍热水到十点就没了",
        "希望学校能管一管",
        "期末考试安排什么时候出",
    ]
    items = [raw("，".join(rng.choices(parts, k=11))[:150], voice=f"u{n}", published=SEEN) for n in range(50)]
    seconds = timed(lambda: [screen.screen(item) for item in items], 4) / len(items)
    assert seconds < 400e-6
