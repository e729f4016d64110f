"""Items by signed POST: who may bring them, each once, and what of an item comes in."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ways_kit import KEY, Ways, ways

from crawlers.inbox import MAX_ITEMS, check_signature, sign

from dash_seed import NOW  # isort: skip

NEWS = {
    "url": "https://paper.example/a/1",
    "title": "清石学院宿舍停电三小时",
    "text": "昨晚九点至十二点。",
    "published": "2026-11-23 21:00",
}
POST = {"url": "https://bbs.example/t/9?authorid=7", "text": "清石学院食堂涨价了，找张伟 13800138000", "voice": "u-77"}


@pytest.fixture
def way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ways]:
    monkeypatch.setenv("INBOX_KEY", KEY.decode())
    with ways(tmp_path) as made:
        yield made


def told(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_what_is_brought_waits_for_the_worker(way: Ways) -> None:
    """A signed batch is answered item by item, and the good ones are in the queue like all others."""
    bad = {"title": "no address", "sentiment": {"label": "furious"}}
    answer = told(way.post("vendor", {"items": [NEWS, bad, {"url": "javascript:alert(1)", "title": "x"}]}))
    assert (answer["taken"], answer["known"], answer["refused"]) == (1, 0, 2)
    assert [one["verdict"] for one in answer["items"]] == ["taken", "refused", "refused"]
    assert all(one["reason"] for one in answer["items"][1:])
    (one,) = way.queue()
    assert (one.document.source, one.document.source_kind, one.document.url) == ("vendor", "news", NEWS["url"])
    assert one.document.mention.is_ours


def test_the_same_item_is_taken_once(way: Ways) -> None:
    """Bringing it again is not an error and tells nobody; a changed text is an edit."""
    told(way.post("vendor", [NEWS, NEWS]))
    again = told(way.post("vendor", [NEWS], nonce="m" * 20))
    edited = told(way.post("vendor", [NEWS | {"text": "更正：停电一小时。"}], nonce="o" * 20))
    assert (again["known"], edited["taken"]) == (1, 1)
    assert len(way.queue()) == 2


def test_an_item_without_address_is_named_by_its_id(way: Ways) -> None:
    """A private voice needs no address; the same id is the same item."""
    first = told(way.post("board", [{"id": 5, "text": "清石学院热水又停了"}]))
    second = told(way.post("board", [{"id": 5, "text": "清石学院热水又停了"}], nonce="m" * 20))
    assert first["items"][0]["id"] == second["items"][0]["id"]
    assert second["known"] == 1


def test_a_private_voice_comes_in_without_its_person(way: Ways) -> None:
    """Number, name and link are masked, kept out or sealed; unknown fields, an author among them, are not read."""
    told(way.post("board", [POST | {"author": "CANARY123", "nickname": "CANARY123", "ip": "CANARY123"}]))
    (one,) = way.queue()
    assert one.document.url is None
    assert "13800138000" not in one.document.text
    assert "张伟" not in one.document.text
    assert [link for link in way.links() if link] == ["https://bbs.example/t/9"]
    file = next(Path(way.store.engine.url.database or "").parent.glob("dash.db"))
    stored = b"".join(path.read_bytes() for path in file.parent.glob("dash.db*"))
    assert b"CANARY123" not in stored
    assert b"u-77" not in stored


def test_what_an_item_says_of_its_source_is_ignored(way: Ways) -> None:
    """The configuration says whose items an inbox brings and what they are."""
    told(way.post("board", [POST | {"source": "vendor", "source_kind": "official", "reach": "national"}]))
    (one,) = way.queue()
    assert (one.document.source, one.document.source_kind, one.document.reach) == ("board", "forum", None)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"X-Tocsin-Signature": "v1=" + "0" * 64}, "does not fit"),
        ({"X-Tocsin-Signature": ""}, "does not fit"),
        ({"X-Tocsin-Nonce": "short"}, "Nonce"),
        ({"X-Tocsin-Timestamp": "tomorrow"}, "seconds"),
        ({"X-Tocsin-Timestamp": "1"}, "five minutes"),
        ({"X-Tocsin-Nonce": "z" * 20}, "does not fit"),
    ],
)
def test_a_post_that_is_not_signed_right_is_refused(way: Ways, change: dict[str, str], words: str) -> None:
    """Each header is part of the signature; nothing is stored."""
    answer: Any = way.post("vendor", [NEWS], **change)
    assert answer.status_code == 401
    assert words in answer.json()["error"]
    assert way.queue() == []


def test_another_body_does_not_fit_the_signature(way: Ways) -> None:
    """The signature is over every byte of the body."""
    stamp = str(int(NOW.timestamp()))
    head = {"x-tocsin-timestamp": stamp, "x-tocsin-nonce": "n" * 20}
    head["x-tocsin-signature"] = sign(KEY, stamp, "n" * 20, b"[]")
    assert check_signature(KEY, head, b"[]", NOW) is None
    assert check_signature(KEY, head, b"[ ]", NOW) == "the signature does not fit"
    assert check_signature(b"", head, b"[]", NOW) == "the signature does not fit"


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_post_is_good_for_five_minutes(way: Ways, seconds: int) -> None:
    """Too old and too far ahead are refused alike; within the window it is taken."""
    answer: Any = way.post("vendor", [NEWS], at=seconds)
    assert answer.status_code == 401
    assert told(way.post("vendor", [NEWS], at=seconds * 0.9))["taken"] == 1


def test_a_post_that_was_recorded_is_not_good_again(way: Ways) -> None:
    """The same nonce is answered with 409 and changes nothing."""
    told(way.post("vendor", [NEWS]))
    again: Any = way.post("vendor", [NEWS | {"url": "https://paper.example/a/2"}])
    assert again.status_code == 409
    assert len(way.queue()) == 1


def test_an_unknown_inbox_answers_like_a_wrong_key(way: Ways) -> None:
    """Nobody can find out which inboxes there are."""
    unknown: Any = way.post("nowhere", [NEWS])
    wrong: Any = way.post("vendor", [NEWS], **{"X-Tocsin-Signature": "v1=00"})
    assert (unknown.status_code, unknown.text) == (wrong.status_code, wrong.text)


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"not json", 400), (b'"text"', 400), (b"[" * 100_000, 400), (b"\xff\xfe\x00", 400), (b"x" * 1_100_000, 413),
     ([{"title": "t"}] * (MAX_ITEMS + 1), 413), ([None, 5, [], "x"], 200), ([], 200), ({}, 200)],
    ids=["empty", "text", "a string", "deep", "bytes", "1.1 MB", "501 items", "no items in it", "empty list", "empty item"],
)  # fmt: skip
def test_odd_posts_are_answered(way: Ways, body: object, status: int) -> None:
    """Whatever a sender posts, the answer is a status with a sentence, and nothing is stored."""
    answer: Any = way.post("vendor", body)
    assert answer.status_code == status
    assert way.queue() == []


def test_without_a_set_key_nothing_comes_in(way: Ways, monkeypatch: pytest.MonkeyPatch) -> None:
    """An inbox whose secret is missing takes nothing, not even what is signed with an empty key."""
    monkeypatch.delenv("INBOX_KEY")
    stamp = str(int(NOW.timestamp()))
    empty = {
        "X-Tocsin-Timestamp": stamp,
        "X-Tocsin-Nonce": "n" * 20,
        "X-Tocsin-Signature": sign(b"", stamp, "n" * 20, b"[]"),
    }
    assert way.reader.post("/inbox/vendor", content=b"[]", headers=empty).status_code == 401
