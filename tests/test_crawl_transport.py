"""The way out: which addresses are refused, and that a refused one never sees a connection."""

import asyncio
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hostile_server import Site, Sites, hang, open_sites, redirect, reply

from crawlers.address import host_key, refuse_address, refuse_url
from crawlers.base import Fetched, FetchFailed
from crawlers.fetch import Fetcher
from crawlers.settings import CrawlPolicy
from crawlers.transport import CheckedTransport, Resolver, order_addresses

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def sites() -> Iterator[Sites]:
    with open_sites() as opened:
        yield opened


def answer_with(*answers: list[str]) -> Resolver:
    """A name server that gives one answer after the other, round and round."""
    turns = cycle(answers)

    async def resolve(_host: str, _port: int) -> list[str]:
        return next(turns)

    return resolve


def fetch(url: str, policy: CrawlPolicy, resolver: Resolver | None = None, times: int = 1) -> Fetched | FetchFailed:
    """The last of `times` fetches by one client."""

    async def run() -> Fetched | FetchFailed:
        transport = CheckedTransport(policy, resolver) if resolver else CheckedTransport(policy)
        fetcher = Fetcher(policy, transport)
        try:
            for _ in range(times - 1):
                await fetcher.get(url, NOW)
            return await fetcher.get(url, NOW)
        finally:
            await fetcher.aclose()

    return asyncio.run(run())


def ports(site: Site) -> CrawlPolicy:
    """A policy that lets the port of `site` pass but not its private address."""
    return CrawlPolicy(ports=[80, 443, site.port], timeout=3.0)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.9.9.9", "169.254.169.254", "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.7",
        "203.0.113.5", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1",
        "64:ff9b:1::1", "100::1",
        "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1", "fc00::1", "fd00::1", "fd00:ec2::254",
        "fe80::1",
        "fe80::1%lo", "fec0::1", "ff02::1", "not an address",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    """Private, local, reserved, mapped and translated addresses are all refused, with a sentence."""
    assert refuse_address(address, excepted=False)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2400:3200::1", "2606:4700::1", "64:ff9b::808:808"],
)
def test_a_public_address_is_read(address: str) -> None:
    """The neighbours of the closed ranges stay open, and a translated public IPv4 address too."""
    assert refuse_address(address, excepted=False) is None


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "100.100.100.200", "fd00:ec2::254", "fe80::1", "224.0.0.1", "0.0.0.0"]
)
def test_an_exception_opens_a_machine_of_ones_own_but_never_metadata(address: str) -> None:
    """`allow_private` does not open cloud metadata, link-local or multicast addresses."""
    assert refuse_address("127.0.0.1", excepted=True) is None
    assert refuse_address("10.0.0.5", excepted=True) is None
    assert refuse_address(address, excepted=True)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/", "file:///etc/passwd", "gopher://example.org/", "javascript:alert(1)",
        "example.org/feed", "",
        "http://", "http:///feed", "http://user@example.org/", "http://user:pw@example.org/",
        "http://@example.org/",
        "http://169.254.169.254:8888\\@example.org/", "http://example.org\\@127.0.0.1/", "http://exa mple.org/",
        "http://example.org/\r\nHost: x", "http://exa\tmple.org/", "http://example.org/\x00",
        "http://example.org:22/",
        "http://example.org:8080/", "http://2130706433/", "http://0x7f.1/", "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://127.1/", "http://0/", "http://[fe80::1%25lo]/", "http://[::1/", "http://example.org:99999/",
    ],
)  # fmt: skip
def test_an_odd_url_is_refused_before_any_lookup(url: str) -> None:
    ""
    "Other schemes, user names, control characters, numbers for hosts and other ports are refused by their text."
    ""
    assert refuse_url(url, CrawlPolicy())


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/feed",
        "https://news.example.edu.cn/通知?页=1",
        "https://例子.中国/",
        "http://[2606:4700::1]/",
        "http://8.8.8.8/",
    ],
)
def test_an_ordinary_url_is_let_through(url: str) -> None:
    """Chinese paths, international names and literal public addresses are ordinary."""
    assert refuse_url(url, CrawlPolicy()) is None


def test_a_private_address_never_sees_a_connection(sites: Sites) -> None:
    """Loopback by number, by name and by mapped address is refused and the listener there hears nothing."""
    canary = sites.open()
    for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"):
        failed = fetch(f"http://{host}:{canary.port}/", ports(canary))
        assert isinstance(failed, FetchFailed)
        assert (failed.grade, failed.code) == ("hard", "unsafe_address"), failed
    assert canary.connections == 0


def test_a_name_that_changes_its_answer_is_checked_each_time(sites: Sites) -> None:
    """Rebinding: the second lookup says loopback and is refused; what was checked is what is connected to."""
    canary = sites.open()
    resolver = answer_with(["192.0.2.1"], ["127.0.0.1"])
    for times in (1, 2):
        failed = fetch(f"http://rebind.example:{canary.port}/", ports(canary), resolver, times)
        assert isinstance(failed, FetchFailed)
        assert failed.code == "unsafe_address"
    assert canary.connections == 0


def test_one_private_address_among_public_ones_refuses_the_name(sites: Sites) -> None:
    """A name that leads to a public and to a private address is not tried at all."""
    canary = sites.open()
    failed = fetch(f"http://both.example:{canary.port}/", ports(canary), answer_with(["8.8.8.8", "127.0.0.1"]))
    assert isinstance(failed, FetchFailed)
    assert failed.code == "unsafe_address"
    assert canary.connections == 0


@pytest.mark.parametrize(
    "target",
    ["http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:{port}/", "http://[::1]:{port}/", "file:///etc/passwd",
     "gopher://127.0.0.1/", "http://2130706433/", "http://u:p@127.0.0.1:{port}/", "//127.0.0.1:{port}\\@x/"],
)  # fmt: skip
def test_a_redirect_is_checked_like_a_first_address(sites: Sites, target: str) -> None:
    """A redirect to metadata, loopback, another scheme or an odd spelling is refused and never connected to."""
    door, canary = sites.open(), sites.open()
    door.on("/", redirect(target.format(port=canary.port)))
    policy = CrawlPolicy(allow_private=[door.netloc], ports=[80, 443, canary.port], timeout=3.0)
    failed = fetch(door.url("/"), policy)
    assert isinstance(failed, FetchFailed)
    assert (failed.grade, failed.code) == ("hard", "unsafe_address"), failed
    assert canary.connections == 0


def test_an_exception_holds_for_its_port_only(sites: Sites) -> None:
    """`allow_private` names a host and a port; the same host on another port stays shut."""
    open_site, shut = sites.open(), sites.open()
    open_site.on("/", reply(b"hello"))
    policy = CrawlPolicy(allow_private=[open_site.netloc], ports=[80, shut.port], timeout=3.0)
    fetched = fetch(open_site.url("/"), policy)
    assert isinstance(fetched, Fetched)
    assert fetched.body == b"hello"
    assert isinstance(fetch(shut.url("/"), policy), FetchFailed)
    assert shut.connections == 0


def test_a_named_exception_is_connected_at_its_checked_address(sites: Sites) -> None:
    """A name in `allow_private` may lead to a private address, and the request carries the name."""
    site = sites.open().on("/", reply(b"inside"))
    policy = CrawlPolicy(allow_private=[f"campus.example:{site.port}"], timeout=3.0)
    fetched = fetch(f"http://campus.example:{site.port}/", policy, answer_with(["127.0.0.1"]))
    assert isinstance(fetched, Fetched)
    assert site.asked("/")[0].headers["host"] == f"campus.example:{site.port}"


def test_when_one_address_is_down_the_next_is_tried(sites: Sites) -> None:
    """A host with several addresses is read at the first that answers."""
    site = sites.open().on("/", reply(b"here"))
    policy = CrawlPolicy(allow_private=[f"campus.example:{site.port}"], timeout=3.0)
    resolver = answer_with(["127.0.0.3", "127.0.0.2", "127.0.0.1"])
    assert isinstance(fetch(f"http://campus.example:{site.port}/", policy, resolver), Fetched)


def test_the_two_families_take_turns() -> None:
    """Behind a broken IPv6 the IPv4 address is second in line, not fifth."""
    assert order_addresses(["2400::1", "2400::2", "8.8.8.8", "8.8.4.4"]) == ["2400::1", "8.8.8.8", "2400::2", "8.8.4.4"]
    assert order_addresses(["8.8.8.8"]) == ["8.8.8.8"]
    assert order_addresses([]) == []


def test_time_outs_leave_no_connection_behind(sites: Sites) -> None:
    """Forty fetches that run into their deadline do not use up a pool of two."""
    site = sites.open().on("/hang", hang).on("/", reply(b"x"))
    policy = CrawlPolicy(allow_private=[site.netloc], timeout=0.05, concurrency=2)

    async def run() -> list[Fetched | FetchFailed]:
        fetcher = Fetcher(policy)
        try:
            for _ in range(20):
                await asyncio.gather(*(fetcher.get(site.url("/hang"), NOW) for _ in range(2)))
            return [await fetcher.get(site.url("/"), NOW) for _ in range(5)]
        finally:
            await fetcher.aclose()

    results = asyncio.run(run())
    assert isinstance(results[-1], Fetched)


def make_certificate(name: str, folder: Path) -> Path:
    """A self-signed certificate for `name` with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.mark.parametrize(("named", "works"), [("school.example", True), ("other.example", False)])
def test_certificates_are_verified_against_the_name_of_the_url(tmp_path: Path, named: str, works: bool) -> None:
    """Pinning the address does not weaken TLS: SNI is the host name, and a certificate for another name is refused."""
    file = make_certificate(named, tmp_path)

    async def shake_hands() -> tuple[list[str | None], FetchFailed | Fetched]:
        names: list[str | None] = []
        server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        server_side.load_cert_chain(file)
        server_side.sni_callback = lambda _socket, name, _context: names.append(name)

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=server_side)
        port = server.sockets[0].getsockname()[1]
        policy = CrawlPolicy(allow_private=[f"school.example:{port}"], timeout=3.0)
        trust = ssl.create_default_context(cafile=str(file))
        fetcher = Fetcher(policy, CheckedTransport(policy, answer_with(["127.0.0.1"]), trust))
        try:
            return names, await fetcher.get(f"https://school.example:{port}/", NOW)
        finally:
            await fetcher.aclose()
            server.close()

    names, result = asyncio.run(shake_hands())
    assert names == ["school.example"]
    assert isinstance(result, Fetched if works else FetchFailed)
    assert works or (isinstance(result, FetchFailed) and result.code == "certificate")


def test_sources_of_one_host_share_one_slot() -> None:
    """The slot is the host name, whatever scheme or path; two local test ports are two hosts."""
    policy = CrawlPolicy(allow_private=["127.0.0.1:8901"])
    assert host_key("https://Example.org/a", policy) == host_key("http://example.org/b?c", policy) == "example.org"
    assert host_key("http://127.0.0.1:8901/", policy) == "127.0.0.1:8901"
