"""Golden pairs of mails: what of each comes in, and what of each never does.

`NAME.eml` is what a mailbox holds, `NAME.want.json` what must come of it: `entries`, or `failed` with words of the
sentence, or `any` for a hostile one of which only matters that it is answered at once.
"""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.base import ParseFailed
from crawlers.clippings import unwrap
from crawlers.entries import Entry
from crawlers.mail_text import entries_of
from crawlers.mailbox import encode_folder, read_address
from crawlers.settings import SourceSpec

DATA = Path(__file__).parent / "data" / "mail"
SEEN = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
PAIRS = sorted(DATA.glob("*.eml"))
NAMES = [path.stem for path in PAIRS]


def box(kind: str = "complaint") -> SourceSpec:
    return SourceSpec(id="box", url="imaps://mail.example/INBOX", kind=kind, via="mailbox", user="box")  # type: ignore[arg-type]


def read(path: Path) -> tuple[list[Entry] | ParseFailed, dict[str, Any]]:
    want = json.loads(path.with_suffix("").with_suffix(".want.json").read_text("utf-8"))
    return entries_of(box(want["kind"]), path.read_bytes(), SEEN), want


@pytest.mark.parametrize("path", PAIRS, ids=NAMES)
def test_mail_says_what_its_pair_says(path: Path) -> None:
    """Of a mail come its subject, day and own words, or headlines with links; nothing of who wrote it."""
    started = time.process_time()
    found, want = read(path)
    assert time.process_time() - started < 2.0
    if "any" in want:
        return
    if "failed" in want:
        assert isinstance(found, ParseFailed), found
        assert want["failed"] in found.sentence
        return
    assert isinstance(found, list), found
    assert len(found) == len(want["entries"])
    for entry, wanted in zip(found, want["entries"], strict=True):
        text = f"{entry.title or ''}\n{entry.text or ''}\n{entry.link}"
        assert (entry.title, entry.link) == (wanted["title"], wanted["link"])
        assert (entry.published.isoformat() if entry.published else None) == wanted["published"]
        assert [part for part in wanted["says"] if part not in text] == []
        assert [part for part in wanted["not_says"] if part in text] == []
        assert entry.author is None


@pytest.mark.parametrize("path", PAIRS, ids=NAMES)
def test_a_mail_cut_off_anywhere_is_answered(path: Path) -> None:
    """Only the first quarter of a megabyte is fetched, so every beginning of a mail must be readable."""
    raw = path.read_bytes()
    for end in range(0, len(raw), max(1, len(raw) // 25)):
        assert isinstance(entries_of(box(), raw[:end], SEEN), list | ParseFailed)


@given(st.binary(max_size=2000))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_answered(raw: bytes) -> None:
    """Whatever bytes a mailbox gives, the answer is a value."""
    for kind in ("complaint", "news"):
        assert isinstance(entries_of(box(kind), b"Content-Type: text/html\r\n\r\n" + raw, SEEN), list | ParseFailed)
        assert isinstance(entries_of(box(kind), raw, SEEN), list | ParseFailed)


def test_the_same_mail_has_the_same_name_again() -> None:
    """After a new UIDVALIDITY a mail that is read again is the same item; another mail is another."""
    first, second = (
        entries_of(box(), (DATA / f"{name}.eml").read_bytes(), SEEN) for name in ("complaint-plain", "complaint-gbk")
    )
    again = entries_of(box(), (DATA / "complaint-plain.eml").read_bytes(), SEEN)
    assert isinstance(first, list)
    assert isinstance(second, list)
    assert isinstance(again, list)
    assert first[0].name == again[0].name != second[0].name


@pytest.mark.parametrize(
    ("link", "real"),
    [
        ("https://www.google.com/url?url=https://a.example/1&x=y", "https://a.example/1"),
        ("https://eur.safelinks.protection.outlook.com/?url=https%3A%2F%2Fa.example%2F2&data=x", "https://a.example/2"),
        ("https://www.google.com/url?url=javascript:alert(1)", "https://www.google.com/url?url=javascript:alert(1)"),
        ("https://a.example/url?url=https://b.example", "https://a.example/url?url=https://b.example"),
    ],
)
def test_wrapped_links_are_unwrapped(link: str, real: str) -> None:
    """The link of a mail service becomes the page it leads to; nothing else is touched."""
    assert unwrap(link) == real


@pytest.mark.parametrize(
    ("name", "written"),
    [("INBOX", "INBOX"), ("剪报", "&UmpipQ-"), ("A&B", "A&-B"), ('a"b', 'a\\"b'), ("投诉/2026", "&YpWLyQ-/2026")],
)
def test_folders_are_named_as_imap_writes_them(name: str, written: str) -> None:
    """Modified UTF-7 (RFC 3501), safe inside quotation marks."""
    assert encode_folder(name) == written


@pytest.mark.parametrize(
    "url",
    ["https://mail.example/INBOX", "imaps:///INBOX", "imaps://u:p@mail.example/", "imaps://h:99999/", "pop3://h/"],
)
def test_other_addresses_are_no_mailbox(url: str) -> None:
    """Only imap and imaps with a host and without a login in the address."""
    assert read_address(url) is None
