"""Which URLs and which network addresses may be read. Pure: strings and numbers in, a refusal or None out.

The URL is parsed once, by the library that will connect (httpx), so that no second parser can see another host
in it. The address is judged after name resolution, by `crawlers.transport`, for every connection that is opened.
"""

import ipaddress
import re
from collections.abc import Collection
from functools import lru_cache

import httpx

from crawlers.settings import CrawlPolicy

IPv4 = ipaddress.IPv4Address
IPv6 = ipaddress.IPv6Address

# IANA special-purpose registries (RFC 6890 and successors); written out because `is_global` of the
# standard library differs between patch releases of the Pythons we support.
_CLOSED_V4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
_OPEN_V6 = ipaddress.IPv6Network("2000::/3")
_CLOSED_V6 = tuple(ipaddress.IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# What `allow_private` may open: a machine of one's own. Link-local (cloud metadata), multicast and the like stay shut.
_OWN = tuple(
    ipaddress.ip_network(text)
    for text in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "::1/128", "fc00::/7")
)
_METADATA = frozenset({"100.100.100.200", "fd00:ec2::254", "192.0.0.192"})

_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\\\u2028\u2029]")
_NUMERIC_LABEL = re.compile(r"(0x[0-9a-f]*|[0-9]+)\.?\Z", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_CACHED_LENGTH = 400  # a longer one is parsed each time, so that no server can fill the memory with addresses


def parse_url(url: str) -> httpx.URL:
    """The parsed `url`; the addresses of sources are parsed once. Raises httpx.InvalidURL or ValueError."""
    return _parse_known(url) if len(url) <= _CACHED_LENGTH else httpx.URL(url)


@lru_cache(maxsize=4096)
def _parse_known(url: str) -> httpx.URL:
    return httpx.URL(url)


def refuse_url(url: str, policy: CrawlPolicy) -> str | None:
    """Why `url` may not be requested, in one sentence, or None. Looks at the text only, not at the network."""
    if _UNSAFE.search(url):
        return "the address contains a space, a backslash or a control character"
    try:
        parsed = parse_url(url)
    except (httpx.InvalidURL, ValueError):
        return "the address cannot be understood"
    if parsed.scheme not in _DEFAULT_PORTS:
        return "only http and https addresses are read"
    if parsed.userinfo or "@" in _authority(url):
        return "the address contains a user name or a password"
    return _refuse_host(parsed, policy)


def _authority(url: str) -> str:
    return re.split(r"[/?#]", url.partition("//")[2], maxsplit=1)[0]


def _refuse_host(parsed: httpx.URL, policy: CrawlPolicy) -> str | None:
    host = raw_host(parsed)
    if not host or "%" in host:
        return "the address has no usable host name"
    if ":" not in host and _NUMERIC_LABEL.search(host.rpartition(".")[2]) and not _is_dotted_quad(host):
        return "the address writes its host as a number"
    if not is_excepted(host, port_of(parsed), policy) and port_of(parsed) not in policy.ports:
        return f"port {port_of(parsed)} is not one of the allowed ports"
    return None


def raw_host(url: httpx.URL) -> str:
    """The host as it will be resolved: lower-case ASCII, IPv6 without brackets."""
    return url.raw_host.decode("ascii").lower()


def port_of(url: httpx.URL) -> int:
    """The port that will be connected to (0 for a scheme without a default, which is refused before)."""
    return url.port or _DEFAULT_PORTS.get(url.scheme, 0)


def host_key(url: str, policy: CrawlPolicy) -> str:
    """What shares one polite slot: the host name, and the port too where `allow_private` names host and port."""
    try:
        parsed = parse_url(url)
    except (httpx.InvalidURL, ValueError):
        return url
    host, port = raw_host(parsed), port_of(parsed)
    return f"{host}:{port}" if is_excepted(host, port, policy) else host


def is_excepted(host: str, port: int, policy: CrawlPolicy) -> bool:
    """True when the operator listed this host and port in `allow_private`."""
    written = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return written in policy.allow_private


def _is_dotted_quad(host: str) -> bool:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


def refuse_address(address: str, excepted: bool) -> str | None:
    """Why a resolved address may not be connected to, in one sentence, or None. `excepted`: see `allow_private`."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "the host name resolves to something that is not an address"
    if excepted and address not in _METADATA and any(ip in net for net in _OWN if net.version == ip.version):
        return None
    return None if _is_public(ip) else f"the host name leads to {ip}, which is not a public address"


def _is_public(ip: IPv4 | IPv6) -> bool:
    if isinstance(ip, IPv4):
        return not _within(ip, _CLOSED_V4)
    if ip in _NAT64:  # the real target is the IPv4 address in the last four bytes
        return _is_public(IPv4(ip.packed[-4:]))
    return ip.scope_id is None and ip in _OPEN_V6 and not _within(ip, _CLOSED_V6)


def _within(ip: IPv4 | IPv6, networks: Collection[ipaddress.IPv4Network] | Collection[ipaddress.IPv6Network]) -> bool:
    return any(ip in network for network in networks)
