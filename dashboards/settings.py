"""`[server]` in TOML, validated and frozen."""

from typing import Literal
from urllib.parse import urlsplit

import msgspec

from pipeline.secret import Secret

LOOPBACK: frozenset[str] = frozenset({"127.0.0.1", "::1", "localhost"})


class OidcSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[server.oidc]`: login by the school's own identity provider (OpenID Connect, code flow with PKCE).

    `accounts` names an existing user for a verified e-mail or for `sub:` and the hash that a refused login shows;
    `roles` gives a role to a value of the claim `claim`. Whoever is neither named nor given a role stays outside.
    """

    issuer: str = ""
    client_id: str = ""
    client_secret: Secret | None = None
    name: str = ""
    scopes: tuple[str, ...] = ("openid", "email")
    accounts: dict[str, str] = {}
    claim: str = "groups"
    roles: dict[str, Literal["viewer", "officer", "editor", "operator"]] = {}

    @property
    def on(self) -> bool:
        """True when a provider is configured."""
        return bool(self.issuer)


class ServerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the dashboard listens and how it is reached.

    `public_url` is the address that goes into messages (https://…, no path); without it the buttons of a
    message work on this machine only. `open_on_loopback` lets the dashboard be read without login while it
    listens on loopback and no user exists (the demo sets it). `trusted_proxies` are addresses whose
    X-Forwarded-For and X-Forwarded-Proto are believed, and `proxy_header`, which then names the user who logged in
    there. `contact` is shown on the public page.
    """

    host: str = "127.0.0.1"
    port: int = 8600
    public_url: str = ""
    open_on_loopback: bool = False
    trusted_proxies: list[str] = []
    contact: str = ""
    session_hours: float = 12.0
    proxy_header: str = ""
    oidc: OidcSettings = OidcSettings()

    @property
    def on_loopback(self) -> bool:
        """True when only this machine can reach the dashboard directly."""
        return self.host in LOOPBACK


def refuse_login_ways(server: ServerSettings) -> tuple[str, str] | None:
    """The setting under `[server]` that makes no sense beside the others, and why; None when all do."""
    oidc = server.oidc
    if server.proxy_header and not server.trusted_proxies:
        return "proxy_header", "proxy_header needs trusted_proxies: a header that anybody may send names nobody"
    if not oidc.on:
        return None
    if not is_safe_address(oidc.issuer):
        return "oidc.issuer", "issuer must begin with https:// (http:// on this machine only)"
    if not oidc.client_id:
        return "oidc.client_id", "a provider needs the client_id that it gave to Tocsin"
    if not server.public_url and not server.on_loopback:
        return "oidc.issuer", "login by a provider needs public_url, to which it sends people back"
    if not oidc.accounts and not oidc.roles:
        return "oidc.issuer", "with neither accounts nor roles nobody could log in by the provider"
    return None


def is_safe_address(url: str) -> bool:
    """True for https, and for http on this machine."""
    parts = urlsplit(url)
    return bool(parts.netloc) and (
        parts.scheme == "https" or (parts.scheme == "http" and (parts.hostname or "") in LOOPBACK)
    )


def refuse_binding(server: ServerSettings, users: int) -> str | None:
    """Why the dashboard must not listen on `server.host`, in one sentence, or None when it may."""
    if server.on_loopback or users > 0:
        return None
    return (
        f"[server] host = {server.host!r} can be reached by others, but no user exists yet: "
        "add one with `tocsin user add NAME`, or listen on 127.0.0.1 and open the set-up link first"
    )
