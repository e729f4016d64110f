"""One GET: honest and polite in what it sends, bounded in what it takes."""

import asyncio
import gzip
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hostile_server import (
    PeakMemory,
    Site,
    Sites,
    bomb,
    conditional,
    dead_url,
    drip,
    drip_headers,
    drop,
    feed,
    hang,
    huge,
    make_head,
    open_sites,
    raw,
    redirect,
    reply,
)

from crawlers.base import Fetched, FetchFailed
from crawlers.fetch import PLAIN, Fetcher, Wish, name_agent, read_headers
from crawlers.inflate import BodyRefused, Inflater, read_coding
from crawlers.refusals import read_retry_after
from crawlers.settings import CrawlPolicy

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SECONDS = 1.0
AMPLE = 30.0  # on a machine with other work; what is meant is: not for ever


@pytest.fixture(scope="module")
def sites() -> Iterator[Sites]:
    with open_sites() as opened:
        yield opened


@pytest.fixture
def site(sites: Sites) -> Site:
    return sites.open()


def policy_for(*netlocs: str, max_bytes: int = 1 << 20) -> CrawlPolicy:
    return CrawlPolicy(
        contact="https://example.edu.cn/about", allow_private=list(netlocs), timeout=SECONDS, max_bytes=max_bytes
    )


def get(site: Site, path: str = "/", wish: Wish = PLAIN, times: int = 1) -> Fetched | FetchFailed:
    """The last of `times` fetches of `path` by one client."""

    async def run() -> Fetched | FetchFailed:
        fetcher = Fetcher(policy_for(site.netloc))
        try:
            for _ in range(times - 1):
                await fetcher.get(site.url(path), NOW, wish)
            return await fetcher.get(site.url(path), NOW, wish)
        finally:
            await fetcher.aclose()

    return asyncio.run(run())


def failed(result: Fetched | FetchFailed) -> FetchFailed:
    assert isinstance(result, FetchFailed), result
    return result


def fetched(result: Fetched | FetchFailed) -> Fetched:
    assert isinstance(result, Fetched), result
    return result


# ---------------------------------------------------------------- what is sent


def test_the_user_agent_is_honest_and_nothing_else_is_told(site: Site) -> None:
    """The request names Tocsin, its version and a contact; no cookie, no referrer, no query of ours."""
    site.on("/", reply(b"x", Set_Cookie="id=1; Path=/"))
    get(site, times=2)
    for request in site.asked("/"):
        assert request.headers["user-agent"].startswith("Tocsin/")
        assert request.headers["user-agent"].endswith("(+https://example.edu.cn/about)")
        assert request.headers["accept-encoding"] == "gzip, deflate"
        assert not {"cookie", "referer", "authorization", "from"} & set(request.headers)
        assert "range" not in request.headers
    assert len(site.asked("/")) == 2


def test_a_contact_cannot_break_the_header() -> None:
    """Line ends, brackets and non-ASCII characters of a configured contact are left out."""
    assert name_agent("a\r\nX: 1 (联系)").endswith("(+aX: 1 )")
    assert "(" not in name_agent("")


@pytest.mark.parametrize("etag", ['"abc"', 'W/"abc"', 'W/"a,b c"', "unquoted", '"caf\xe9"', '"\xd6\xd0"', '""'])
def test_validators_come_back_byte_for_byte(site: Site, etag: str) -> None:
    """The ETag that a server gave is sent back exactly, weak mark, quotes and high bytes included."""
    stamp = "Tue, 24 Nov 2026 08:00:00 GMT"
    data = make_head(200, {"Last-Modified": stamp, "Content-Length": "0"}).replace(
        b"\r\n\r\n", b"\r\nETag: " + etag.encode("latin-1") + b"\r\n\r\n"
    )
    site.on("/", raw(data))
    first = fetched(get(site))
    site.on("/", conditional(b"", etag))
    second = fetched(get(site, wish=Wish(first.headers["etag"], first.headers["last-modified"])))
    asked = site.asked("/")[-1].headers
    assert (asked["if-none-match"], asked["if-modified-since"]) == (etag, stamp)
    assert (second.status, second.body) == (304, b"")


def test_without_validators_nothing_conditional_is_sent(site: Site) -> None:
    """No invented If-Modified-Since; and a 304 that nobody asked for is a failure."""
    site.on("/", reply(status=304))
    assert failed(get(site)).status == 304
    assert not {"if-none-match", "if-modified-since"} & set(site.asked("/")[0].headers)


# ---------------------------------------------------------------- what comes back


@pytest.mark.parametrize(
    ("status", "grade"),
    [(400, "hard"), (401, "hard"), (403, "hard"), (410, "hard"), (451, "hard"), (404, "soft"), (500, "soft"),
     (206, "soft"), (408, "temporary"), (429, "temporary"), (502, "temporary"), (503, "temporary"), (504, "temporary"),
     (599, "soft"), (204, "soft")],
)  # fmt: skip
def test_every_status_has_its_grade_and_a_sentence(site: Site, status: int, grade: str) -> None:
    """Hard, soft and temporary failures are told apart, and each is said with its number."""
    site.on("/", reply(status=status))
    failure = failed(get(site))
    assert (failure.grade, failure.status) == (grade, status)
    assert str(status) in failure.sentence


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120), ("0", None), ("Tue, 24 Nov 2026 08:10:00 GMT", 600), ("Tue, 24 Nov 2026 07:00:00 GMT", None),
     ("1000000000", 86400), ("99999999999999999999999", 86400), ("-5", None), ("soon", None), ("", None),
     ("Sun, 06 Nov 9999 08:49:37 GMT", 86400), ("1.5", None), ("²", None)],
)  # fmt: skip
def test_retry_after_is_understood_or_ignored(site: Site, status: int, value: str, seconds: int | None) -> None:
    """Seconds and dates are honoured up to a day; past dates and garbage are as if nothing was said."""
    site.on("/", reply(status=status, Retry_After=value))
    wait = failed(get(site)).retry_after
    assert wait == (timedelta(seconds=seconds) if seconds else None)


def test_a_retry_date_is_read_against_the_servers_own_clock() -> None:
    """A server whose clock is an hour ahead and asks for five minutes gets five minutes."""
    headers = {"retry-after": "Tue, 24 Nov 2026 09:05:00 GMT", "date": "Tue, 24 Nov 2026 09:00:00 GMT"}
    assert read_retry_after(headers, NOW) == timedelta(minutes=5)


def test_headers_are_read_once_and_by_bytes() -> None:
    """A repeated validator does not become a list; a Location keeps its bytes, whether UTF-8 or GBK."""
    headers = read_headers([(b"ETag", b'"a"'), (b"etag", b'"b"'), (b"Vary", b"x"), (b"Vary", b"y")])
    assert headers == {"etag": '"a"', "vary": "x, y"}
    assert read_headers([(b"Location", "/新".encode())])["location"] == "/%E6%96%B0"
    assert read_headers([(b"Location", "/新".encode("gbk"))])["location"] == "/%D0%C2"


# ---------------------------------------------------------------- redirects


def test_five_redirects_are_followed_and_a_sixth_is_not(site: Site) -> None:
    """Up to five hops; the answer knows where it came from."""
    for number in range(7):
        site.on(f"/{number}", redirect(f"/{number + 1}"))
    site.on("/5", reply(b"end"))
    result = fetched(get(site, "/0"))
    assert (result.body, result.url, result.final_url) == (b"end", site.url("/0"), site.url("/5"))
    site.on("/5", redirect("/6"))
    assert failed(get(site, "/0")).code == "redirects"
    assert not site.asked("/6")


def test_a_circle_is_noticed_at_once(site: Site) -> None:
    """A redirect back to an address already seen ends the fetch after two requests."""
    site.on("/a", redirect("/b")).on("/b", redirect("/a"))
    assert "circle" in failed(get(site, "/a")).sentence
    assert len(site.requests) == 2


@pytest.mark.parametrize(
    ("statuses", "permanent"),
    [((301,), "/1"), ((308,), "/1"), ((302,), None), ((307,), None), ((301, 308), "/2"), ((301, 302), "/1"),
     ((302, 301), None)],
)  # fmt: skip
def test_a_permanent_move_is_told_up_to_the_first_temporary_hop(
    site: Site, statuses: tuple[int, ...], permanent: str | None
) -> None:
    """301 and 308 name a new address as long as they lead the way."""
    for number, status in enumerate(statuses):
        site.on(f"/{number}", redirect(f"/{number + 1}", status))
    site.on(f"/{len(statuses)}", reply(b"x"))
    target = fetched(get(site, "/0")).permanent_redirect
    assert target == (site.url(permanent) if permanent else None)


@pytest.mark.parametrize("location", ["http://[", "http://:99999/", "", "\udcff"])
def test_a_redirect_to_nonsense_is_a_failure_and_not_a_fault(site: Site, location: str) -> None:
    """A Location that no parser understands is one more odd answer."""
    site.on("/", raw(b"HTTP/1.1 302 So\r\nLocation: " + location.encode("utf-8", "surrogateescape") + b"\r\n\r\n"))
    assert failed(get(site)).grade in ("hard", "soft")


# ---------------------------------------------------------------- sizes


@pytest.mark.parametrize("path", ["gzip", "zlib", "raw-deflate", "two-members", "trailing", "identity"])
def test_compressed_bodies_are_read(site: Site, path: str) -> None:
    """gzip (several members, garbage behind), zlib and raw deflate all give the text."""
    text = feed("一", "二") * 400
    deflater = zlib.compressobj(wbits=-15)
    bodies = {
        "gzip": gzip.compress(text),
        "zlib": zlib.compress(text),
        "raw-deflate": deflater.compress(text) + deflater.flush(),
        "two-members": gzip.compress(text[:500]) + gzip.compress(text[500:]),
        "trailing": gzip.compress(text) + b"\0\0\0rubbish",
        "identity": text,
    }
    coding = {"zlib": "deflate", "raw-deflate": "deflate", "identity": "identity"}.get(path, "gzip")
    site.on("/", reply(bodies[path], Content_Encoding=coding))
    assert fetched(get(site)).body == text


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "deflate, gzip", "compress"])
def test_other_codings_are_refused(coding: str) -> None:
    """What was not asked for, and one coding inside another, is not decoded."""
    with pytest.raises(BodyRefused):
        read_coding(coding)


@pytest.mark.parametrize(
    ("body", "coding"),
    [(gzip.compress(b"x" * 5000)[:-12], "gzip"), (b"not gzip", "gzip"), (zlib.compress(b"x" * 5000)[:9], "deflate"),
     (b"\xff\xff\xff", "deflate")],
)  # fmt: skip
def test_broken_compression_is_a_failure(site: Site, body: bytes, coding: str) -> None:
    """A stream that is cut off or is no stream gives no half body."""
    site.on("/", reply(body, Content_Encoding=coding))
    assert failed(get(site)).code == "body"


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_bomb_is_stopped_while_it_is_small(site: Site, coding: str) -> None:
    """100 MB of zeros in 100 KB are refused, and memory does not grow by more than 20 MB."""
    site.on("/", bomb(100, coding))
    get(site)
    peak = PeakMemory()
    assert "larger" in failed(get(site)).sentence
    assert peak.grown() < 20


def test_a_body_that_grows_too_much_is_refused() -> None:
    """The ratio is limited too, so that a large size limit is no invitation."""
    inflater = Inflater("gzip", 50 << 20)
    with pytest.raises(BodyRefused, match="100 times"):
        inflater.feed(gzip.compress(b"\0" * (20 << 20)))


def test_pieces_of_any_size_give_the_same_body() -> None:
    """The body does not depend on how the network cut it."""
    text = b"".join(str(number).encode() for number in range(200_000))
    packed = gzip.compress(text)
    for step in (1, 7, 1000, len(packed)):
        inflater = Inflater("gzip", 10 << 20)
        for start in range(0, len(packed), step):
            inflater.feed(packed[start : start + step])
        assert inflater.finish() == text


@pytest.mark.parametrize("declared", [True, False])
def test_200_megabytes_are_refused_early(site: Site, declared: bool) -> None:
    """A body larger than the limit is refused by its length, or as soon as it grows past it."""
    site.on("/", huge(200, declared))
    assert "larger than 1024 KiB" in failed(get(site)).sentence


def test_a_cut_wish_keeps_the_beginning(site: Site) -> None:
    """With `cut` the first bytes are kept and the rest is not read."""
    site.on("/", huge(50))
    assert len(fetched(get(site, wish=Wish(limit=1000, cut=True))).body) == 1000


# ---------------------------------------------------------------- time and broken servers


@pytest.mark.parametrize("answer", [hang, drip, drip_headers], ids=["hang", "drip", "drip-headers"])
def test_one_deadline_holds_for_the_whole_answer(site: Site, answer: object) -> None:
    """Silence, a byte at a time and header lines for ever all end at the deadline, not later."""
    site.on("/", answer)  # type: ignore[arg-type]
    started = time.monotonic()
    failure = failed(get(site))
    assert (failure.grade, failure.code) == ("temporary", "timeout")
    assert SECONDS - 0.1 < time.monotonic() - started < AMPLE


def test_the_deadline_spans_all_redirects(site: Site) -> None:
    """A chain of slow hops cannot add up: the time of all hops counts together."""

    def slow(target: str) -> object:
        async def answer(writer: asyncio.StreamWriter, request: object) -> None:
            await asyncio.sleep(0.4)
            await redirect(target)(writer, request)  # type: ignore[arg-type]

        return answer

    for number in range(5):
        site.on(f"/{number}", slow(f"/{number + 1}"))  # type: ignore[arg-type]
    started = time.monotonic()
    assert failed(get(site, "/0")).code == "timeout"
    assert time.monotonic() - started < AMPLE


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"\x00\x01\x02 garbage \xff\r\n\r\n", "protocol"),
     (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", "protocol"),
     (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "protocol"), (b"HTTP/1.1 999999 OK\r\n\r\n", "protocol"),
     (b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"a" * 200_000 + b"\r\n\r\n", "protocol"),
     (b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 100_000 + b"\r\n", "protocol"),
     (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", "protocol"), (b"", "protocol")],
    ids=["garbage", "too-short", "bad-length", "bad-status", "long-header", "many-headers", "bad-chunk", "nothing"],
)  # fmt: skip
def test_broken_http_is_a_failure_and_not_a_fault(site: Site, data: bytes, code: str) -> None:
    """Whatever bytes a server sends, the result is a value with a sentence."""
    site.on("/", raw(data))
    failure = failed(get(site))
    assert failure.code in (code, "broken_off")
    assert failure.sentence.endswith(".")


def test_dead_and_unknown_hosts_are_told_apart(sites: Sites) -> None:
    """A refused connection, a dropped one and an unknown name each have their sentence."""
    url, netloc = dead_url(sites)
    site = sites.open().on("/", drop)

    async def run() -> list[Fetched | FetchFailed]:
        fetcher = Fetcher(policy_for(netloc, site.netloc))
        try:
            return [await fetcher.get(each, NOW) for each in (url, site.url("/"), "http://no-such-host.invalid/")]
        finally:
            await fetcher.aclose()

    codes = [failed(result).code for result in asyncio.run(run())]
    assert codes == ["unreachable", "protocol", "unknown_host"]
