"""`[server]` in TOML, validated and frozen."""

import msgspec

LOOPBACK: frozenset[str] = frozenset({"127.0.0.1", "::1", "localhost"})


class ServerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the dashboard listens and how it is reached.

    `public_url` is the address that goes into messages (https://…, no path); without it the buttons of a
    message work on this machine only. `open_on_loopback` lets the dashboard be read without login while it
    listens on loopback and no user exists (the demo sets it). `trusted_proxies` are addresses whose
    X-Forwarded-For and X-Forwarded-Proto are believed. `contact` is shown on the public page.
    """

    host: str = "127.0.0.1"
    port: int = 8600
    public_url: str = ""
    open_on_loopback: bool = False
    trusted_proxies: list[str] = []
    contact: str = ""
    session_hours: float = 12.0

    @property
    def on_loopback(self) -> bool:
        """True when only this machine can reach the dashboard directly."""
        return self.host in LOOPBACK


def refuse_binding(server: ServerSettings, users: int) -> str | None:
    """Why the dashboard must not listen on `server.host`, in one sentence, or None when it may."""
    if server.on_loopback or users > 0:
        return None
    return (
        f"[server] host = {server.host!r} can be reached by others, but no user exists yet: "
        "add one with `tocsin user add NAME`, or listen on 127.0.0.1 and open the set-up link first"
    )
