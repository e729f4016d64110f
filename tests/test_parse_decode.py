"""Bytes are read right whatever they say of themselves: 24 encoding vectors and the rules behind them."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.decode import codec_name, declared_encodings, decode, strip_controls

PLAIN = "青石学院二食堂停水通知：请同学们提前打水，食堂照常供应午餐。"
GBK_ONLY = "喆老师与祎同学获镕基奖学金，朱镕楼前合影。"
FOUR_BYTE = "校名石刻采用㐀字与𠮷字，青石学院图书馆展出。"
TRADITIONAL = "青石學院學生宿舍熱水供應時間調整，請同學們留意公告。"
LATIN = "Le café du lycée rouvre : menu d'été, crème brûlée et thé glacé."


def feed(text: str, declared: str = "") -> str:
    """A small feed around `text`, with an XML declaration when `declared` is given."""
    head = f'<?xml version="1.0" encoding="{declared}"?>\n' if declared else ""
    return f"{head}<rss version='2.0'><channel><item><title>{text}</title></item></channel></rss>"


def page(text: str, meta: str) -> str:
    """A small page with a `<meta>` declaration."""
    head = f"<meta http-equiv='Content-Type' content='text/html; charset={meta}'>"
    return f"<html><head>{head}</head><body>{text}</body></html>"


def bad_byte(text: str) -> bytes:
    """`text` in UTF-8 with one stray byte before it ends."""
    data = text.encode()
    at = data.index(b"</title>")
    return data[:at] + b"\xb5" + data[at:]


VECTORS: list[tuple[str, bytes, str, str]] = [
    ("UTF-8, declared", feed(PLAIN, "utf-8").encode(), "", PLAIN),
    ("UTF-8, nothing declared", feed(PLAIN).encode(), "", PLAIN),
    ("UTF-8 with a byte order mark", codecs.BOM_UTF8 + feed(PLAIN).encode(), "", PLAIN),
    ("UTF-8 that HTTP calls gbk", feed(PLAIN, "utf-8").encode(), "text/xml; charset=gbk", PLAIN),
    ("UTF-8 that its declaration calls gb2312", feed(PLAIN, "gb2312").encode(), "text/xml", PLAIN),
    ("UTF-8 that HTTP calls ISO-8859-1", feed(PLAIN, "utf-8").encode(), "text/xml; charset=ISO-8859-1", PLAIN),
    ("GBK declared as gbk", feed(PLAIN, "gbk").encode("gbk"), "", PLAIN),
    ("GBK-only characters declared as gb2312", feed(GBK_ONLY, "gb2312").encode("gbk"), "", GBK_ONLY),
    ("GB18030 four-byte characters declared as gb2312", feed(FOUR_BYTE, "gb2312").encode("gb18030"), "", FOUR_BYTE),
    ("GB18030 four-byte characters declared as GBK", feed(FOUR_BYTE, "GBK").encode("gb18030"), "", FOUR_BYTE),
    ("GB18030 with its own mark", b"\x84\x31\x95\x33" + feed(FOUR_BYTE).encode("gb18030"), "", FOUR_BYTE),
    ("GBK, only HTTP says so", feed(PLAIN).encode("gbk"), "application/xml; charset=GB2312", PLAIN),
    ("GBK, nobody says so", feed(PLAIN).encode("gbk"), "text/xml", PLAIN),
    ("GBK that its declaration calls utf-8", feed(GBK_ONLY, "utf-8").encode("gbk"), "", GBK_ONLY),
    ("GBK that HTTP calls utf-8", feed(PLAIN, "gbk").encode("gbk"), "text/xml; charset=utf-8", PLAIN),
    ("GBK that its declaration calls ISO-8859-1", feed(PLAIN, "ISO-8859-1").encode("gbk"), "", PLAIN),
    ("GBK that HTTP calls big5", feed(PLAIN).encode("gbk"), "text/xml; charset=big5", PLAIN),
    ("GBK page by meta", page(PLAIN, "gb2312").encode("gbk"), "text/html", PLAIN),
    ("Big5 declared", feed(TRADITIONAL, "big5").encode("big5hkscs"), "", TRADITIONAL),
    ("Big5, nobody says so", feed(TRADITIONAL).encode("big5hkscs"), "", TRADITIONAL),
    ("traditional characters in GBK", feed(TRADITIONAL, "gbk").encode("gbk"), "", TRADITIONAL),
    ("UTF-16 little-endian with mark", codecs.BOM_UTF16_LE + feed(PLAIN, "utf-16").encode("utf-16-le"), "", PLAIN),
    ("UTF-16 big-endian with mark", codecs.BOM_UTF16_BE + feed(PLAIN, "utf-16").encode("utf-16-be"), "", PLAIN),
    ("UTF-16 without a mark", feed(PLAIN).encode("utf-16-le"), "", PLAIN),
    ("UTF-16 declared but UTF-8 in fact", feed(PLAIN, "utf-16").encode(), "", PLAIN),
    ("Windows-1252 declared as ISO-8859-1", feed(LATIN, "ISO-8859-1").encode("cp1252"), "", LATIN),
    ("Western text, nobody says so", feed(LATIN).encode("cp1252"), "", LATIN),
    ("an encoding that does not exist", feed(PLAIN, "x-cloister").encode("gbk"), "", PLAIN),
    ("UTF-8 with one bad byte", bad_byte(feed(PLAIN, "utf-8")), "", PLAIN),
    ("UTF-8 with one bad byte, called gb2312", bad_byte(feed(PLAIN, "gb2312")), "text/xml; charset=gb2312", PLAIN),
    ("GBK with one bad byte", feed(PLAIN + "@", "gbk").encode("gbk").replace(b"@", b"\xff"), "", PLAIN),
    ("NUL and C0 controls", feed(PLAIN[:4] + "\x00\x08\x1b" + PLAIN[4:]).encode(), "", PLAIN),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "content_type", "expected"), VECTORS, ids=[v[0] for v in VECTORS])
def test_text_is_read_right(name: str, body: bytes, content_type: str, expected: str) -> None:
    """Every encoding vector gives the text that its author wrote."""
    assert expected in decode(body, content_type).text


def test_one_bad_byte_costs_one_character() -> None:
    """A bad byte becomes one replacement character and is counted; nothing else changes."""
    read = decode(bad_byte(feed(PLAIN, "utf-8")))
    assert (read.encoding, read.replaced) == ("utf-8", 1)
    assert read.text.count("�") == 1


def test_controls_go_and_line_ends_stay() -> None:
    """C0 controls and non-characters are dropped, tab and line ends are not."""
    assert strip_controls("a\x00b\x08c\td\r\n\x7f￾") == "abc\td\r\n"


def test_declarations_are_listed_in_the_order_of_trust() -> None:
    """HTTP comes before the XML declaration, and what is no text encoding is left out."""
    body = feed("x", "big5").encode()
    assert declared_encodings(body, "text/xml; charset=GB2312") == ("gb18030", "big5hkscs")
    assert declared_encodings(b"<?xml version='1.0' encoding='utf-7'?>") == ()


@pytest.mark.parametrize("label", ["utf-7", "hz-gb-2312", "iso-2022-cn", "base64", "rot13", "utf-16", "", "x-none"])
def test_encodings_that_hide_markup_are_not_taken(label: str) -> None:
    """A label that is no plain text encoding is not believed."""
    assert codec_name(label) is None


@given(st.binary(max_size=400), st.sampled_from(["", "text/html; charset=gbk", "a/b; charset=utf-16", "charset=�"]))
def test_any_bytes_can_be_read(body: bytes, content_type: str) -> None:
    """No bytes and no header make the decoder fail, and no control character comes through."""
    text = decode(body, content_type).text
    assert not any(char < " " and char not in "\t\r\n" for char in text)


@given(st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=12, max_size=80))
def test_declared_gbk_is_read_back(text: str) -> None:
    """Any Chinese text that GBK can hold comes back when it is declared as gb2312."""
    assert text in decode(feed(text, "gb2312").encode("gb18030")).text
