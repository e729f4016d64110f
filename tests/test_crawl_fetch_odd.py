"""Whatever a server, a header or an address says: a value comes back, never a fault."""

import asyncio
import gzip
import random
import zlib
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from hostile_server import Request, feed, make_head, open_sites
from hypothesis import example, given
from hypothesis import strategies as st

from crawlers.address import host_key, refuse_address, refuse_url
from crawlers.base import Fetched, FetchFailed
from crawlers.fetch import Fetcher, read_headers
from crawlers.inflate import BodyRefused, Inflater, read_coding
from crawlers.refusals import read_retry_after
from crawlers.robots import origin_of, read_rules
from crawlers.settings import CrawlPolicy
from crawlers.visit import read_max_age

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
POLICY = CrawlPolicy(allow_private=["127.0.0.1:8901"])
URL_PARTS = st.sampled_from(
    ["http://", "https://", "//", "@", ":", "/", "?", "#", "[", "]", "%", "\\", "127.0.0.1", "localhost", "::1", "。",
     ".", "example.org", "例子", "0x7f", "2130706433", ":80", ":8901", "%2f", "\u202e", "\u200b", "\x00", " ",
     "ⓔxample", "１２７"]
)  # fmt: skip


@given(st.text(max_size=60) | st.lists(URL_PARTS, max_size=8).map("".join))
@example("http://[::ffff:127.0.0.1]:8901/")
@example("http://１２７.0.0.1/")
def test_any_text_is_refused_or_understood_as_an_address(text: str) -> None:
    """A text that is let through has a host, a slot and an origin; it never names a private host by number."""
    refusal = refuse_url(text, POLICY)
    host_key(text, POLICY)
    if refusal is None:
        assert origin_of(text).startswith(("http://", "https://"))
    else:
        assert refusal == refusal.strip()


@given(st.ip_addresses())
def test_what_is_refused_agrees_with_the_standard_library_where_that_is_strict(address: object) -> None:
    """No address that Python calls private, loopback, link-local, multicast or reserved is ever read."""
    from ipaddress import IPv4Address, IPv6Address, ip_address

    ip = ip_address(str(address))
    assert isinstance(ip, IPv4Address | IPv6Address)
    closed = ip.is_private or ip.is_loopback or ip.is_link_local or ip.is_multicast or ip.is_unspecified
    if closed:
        assert refuse_address(str(ip), excepted=False)


@given(st.text(max_size=40) | st.binary(max_size=40).map(lambda raw: raw.decode("latin-1")))
def test_any_header_value_is_read_or_ignored(value: str) -> None:
    """Retry-After, Cache-Control and Content-Encoding never raise anything but a refusal."""
    wait = read_retry_after({"retry-after": value, "date": value}, NOW)
    assert wait is None or timedelta(0) < wait <= timedelta(days=1)
    age = read_max_age({"cache-control": value})
    assert age is None or age >= timedelta(0)
    with suppress(BodyRefused):
        assert read_coding(value) in ("identity", "gzip", "deflate")


@given(st.lists(st.tuples(st.binary(max_size=10), st.binary(max_size=20)), max_size=5))
def test_any_header_bytes_can_be_kept(raw: list[tuple[bytes, bytes]]) -> None:
    """Header bytes become text that gives the same bytes back, of the first field where several have one name."""
    first = {name.decode("latin-1").lower(): value for name, value in reversed(raw)}
    for name, value in read_headers(raw).items():
        assert value.encode("latin-1") == first[name]


@given(st.text(max_size=300), st.text(alphabet="/abc*$?%=&#é通.\x0b\u2028", max_size=30))
def test_any_text_can_stand_in_robots_txt(text: str, path: str) -> None:
    """Odd rules allow or forbid; they never break the reader, and the delay stays within a minute."""
    for rules in (read_rules(text), read_rules(f"User-agent: *\nDisallow: {path}\nAllow: {text}")):
        assert rules.allows(f"http://example.org/{path}") in (True, False)
        assert 0 <= rules.delay_s <= 60


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate"]), st.integers(1, 50))
def test_any_bytes_are_inflated_or_refused(data: bytes, coding: str, step: int) -> None:
    """Broken streams raise the refusal and nothing else; sound ones give their text in any cut."""
    sound = gzip.compress(data) if coding == "gzip" else zlib.compress(data)
    for body in (data, sound[: len(sound) // 2] + data, sound):
        inflater = Inflater(coding, 1000)  # type: ignore[arg-type]
        try:
            for start in range(0, len(body), step):
                inflater.feed(body[start : start + step])
            result = inflater.finish()
        except BodyRefused:
            assert body is not sound
        else:
            assert body is not sound or result == data


def test_300_mangled_answers_give_a_value_each() -> None:
    """A sound answer with random bytes changed, cut or doubled, over real sockets: never an exception, never a hang."""
    chance = random.Random(7)
    packed = gzip.compress(feed("一", "二", "三"))
    headers = {
        "Content-Type": "text/xml",
        "ETag": '"x"',
        "Content-Encoding": "gzip",
        "Content-Length": str(len(packed)),
    }
    sound = make_head(200, headers) + packed

    async def mangle(writer: asyncio.StreamWriter, _request: Request) -> None:
        data = bytearray(sound)
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        cut = chance.randrange(len(data) + 1)
        writer.write(bytes(data[:cut] + data[cut:] * chance.randint(0, 2)))
        writer.close()

    async def run(url: str, netloc: str) -> list[Fetched | FetchFailed]:
        fetcher = Fetcher(CrawlPolicy(allow_private=[netloc], timeout=2.0))
        try:
            return [await fetcher.get(url, NOW) for _ in range(300)]
        finally:
            await fetcher.aclose()

    with open_sites() as sites:
        site = sites.open().on("/", mangle)
        results = asyncio.run(run(site.url("/"), site.netloc))
    assert len(results) == 300
    assert {type(result) for result in results} == {Fetched, FetchFailed}
    assert all(result.sentence.endswith(".") for result in results if isinstance(result, FetchFailed))
