"""WebSub (W3C Recommendation of 2018-01-23): a hub tells us at once, polling stays as the safety net.

    feed names hub -> HubKeeper subscribes -> hub asks the callback (HubDesk.confirm) -> hub delivers (HubDesk.take)

The keeper belongs to the collector's event loop, the desk to the dashboard; the table `hubs` is between them.
Hubs on private addresses are refused where the connection is opened, as sources are. A delivery is believed only
with its signature; a wrong one is answered 202 and ignored (§8 of the Recommendation).
"""

import asyncio
import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import httpx
import structlog

from crawlers.address import refuse_url
from crawlers.base import Fetched, Parsed, Source, is_crawled
from crawlers.bounded import call_bounded
from crawlers.door import Door
from crawlers.faults import place_of
from crawlers.fetch import Turn, name_agent
from crawlers.oldness import mark_old
from crawlers.settings import CrawlPolicy, SourceSpec
from crawlers.state import SourceState
from crawlers.transport import AddressRefused, CheckedTransport

log = structlog.get_logger()

TEND_SECONDS = 45.0
LEASE = timedelta(days=10)
LEAST_LEASE = timedelta(minutes=5)
RENEW_SHARE = 0.8
ASK_AGAIN = timedelta(hours=6)
DENIED_FOR = timedelta(days=7)
ASK_SECONDS = 20.0
ASKED_AT_ONCE = 4
STORE_SECONDS = 30.0
MAX_ITEMS = 2_000
PUSHABLE: frozenset[str] = frozenset({"feed", "rsshub"})
_HASHES = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}


class HubShelf(Protocol):
    """Where subscriptions are kept, as rows of the table `hubs`. Called off the event loop."""

    def hub_rows(self) -> list[dict[str, Any]]:
        """Every subscription."""

    def hub_by_token(self, token: str) -> dict[str, Any] | None:
        """The subscription whose callback ends in `token`."""

    def put_hub(self, values: Mapping[str, Any]) -> None:
        """Store a whole subscription."""

    def change_hub(self, source: str, values: Mapping[str, Any]) -> None:
        """Change some columns of one."""

    def note_push(self, source: str, now: datetime) -> None:
        """Count a delivery."""

    def source_row(self, source: str) -> dict[str, Any] | None:
        """The stored state of a source."""


@dataclass(frozen=True, slots=True)
class Hubs:
    """What subscribing needs: the shelf, and the public address of the dashboard (empty: nothing is subscribed)."""

    shelf: HubShelf
    public_url: str


# ---------------------------------------------------------------- asking


class HubKeeper:
    """Subscribes, renews, and knows which hubs can be relied on. Belongs to one event loop."""

    def __init__(self, hubs: Hubs, policy: CrawlPolicy, turn: Turn) -> None:
        self._hubs = hubs
        self._policy = policy
        self._turn = turn
        self._rows: dict[str, dict[str, Any]] = {}
        self._loaded = False
        self._loading = asyncio.Lock()
        self._client = httpx.AsyncClient(
            transport=CheckedTransport(policy), timeout=ASK_SECONDS, follow_redirects=False, trust_env=False,
            headers={"User-Agent": name_agent(policy.contact)},
        )  # fmt: skip

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    def is_live(self, source: str, now: datetime) -> bool:
        """True when the hub of a source is subscribed and has not failed us since."""
        row = self._rows.get(source)
        return bool(row and row["state"] == "live" and row["lease_until"] and row["lease_until"] > now)

    async def load(self) -> None:
        """Read once what is subscribed: before that nobody can say which hub is live."""
        async with self._loading:
            if not self._loaded:
                await self._load_rows()

    async def _load_rows(self) -> None:
        rows = await call_bounded(self._hubs.shelf.hub_rows, STORE_SECONDS)
        self._rows = {row["source"]: row for row in rows}
        self._loaded = True

    async def tend(self, specs: Mapping[str, SourceSpec], states: Mapping[str, SourceState], now: datetime) -> None:
        """Ask hubs for what is new, changed, refused long ago or about to run out."""
        await self._load_rows()
        rows = [row for spec in specs.values() if (row := self._find_row(spec, states[spec.id], now))]
        few = asyncio.Semaphore(ASKED_AT_ONCE)
        await asyncio.gather(*(self._subscribe_safely(row, now, few) for row in rows if row["due"] <= now))

    async def doubt(self, source: str, last_run: datetime | None) -> None:
        """Polling has found what the hub had not told: poll as without a hub until it tells something again."""
        row = self._rows.get(source)
        if row is None or row["verified"] is None or last_run is None or last_run < row["verified"]:
            return  # what came between the last reading and the subscription, the hub could not tell
        self._rows[source] = {**row, "state": "silent"}
        said = {"state": "silent", "said": "It did not tell us of something that polling found."}
        await call_bounded(lambda: self._hubs.shelf.change_hub(source, said), STORE_SECONDS)
        log.info("hub_silent", source=source)

    def _find_row(self, spec: SourceSpec, state: SourceState, now: datetime) -> dict[str, Any] | None:
        """The subscription of a source as it should be, None for one that names no hub."""
        memory = state.memory
        if not memory.hub or spec.via not in PUSHABLE or is_crawled(spec):
            return None
        return self._fit_row(spec, memory.hub, memory.topic or state.url_now or spec.url, now)

    async def _subscribe_safely(self, row: dict[str, Any], now: datetime, few: asyncio.Semaphore) -> None:
        """A hub that is slow or odd costs the others only one place of a few."""
        async with few:
            try:
                await self._subscribe(row, now)
            except Exception as fault:
                log.error("hub_fault", source=row["source"], fault=place_of(fault))  # noqa: TRY400 - see place_of

    def _fit_row(self, spec: SourceSpec, hub: str, topic: str, now: datetime) -> dict[str, Any]:
        row = self._rows.get(spec.id)
        if row is not None and (row["hub"], row["topic"]) == (hub, topic):
            return row
        return {
            "source": spec.id, "hub": hub, "topic": topic, "token": secrets.token_hex(16),
            "secret": secrets.token_hex(32), "state": "asked", "due": now, "verified": None, "lease_until": None,
            "last_push": None, "pushes": 0, "said": "",
        }  # fmt: skip

    async def _subscribe(self, row: dict[str, Any], now: datetime) -> None:
        """Store first, ask then: the hub may come back to the callback before it has answered."""
        asked = {**row, "due": now + ASK_AGAIN}
        await call_bounded(lambda: self._hubs.shelf.put_hub(asked), STORE_SECONDS)
        self._rows[row["source"]] = asked
        if why := await self._ask(asked):
            said = {"said": why, "due": now + ASK_AGAIN}
            await call_bounded(lambda: self._hubs.shelf.change_hub(row["source"], said), STORE_SECONDS)
            log.info("hub_refused", source=row["source"], said=why)

    async def _ask(self, row: Mapping[str, Any]) -> str | None:
        """Why the hub did not take the subscription, or None."""
        if refusal := refuse_url(row["hub"], self._policy):
            return f"The hub is not asked: {refusal}."
        form = {
            "hub.mode": "subscribe", "hub.topic": row["topic"], "hub.secret": row["secret"],
            "hub.callback": f"{self._hubs.public_url.rstrip('/')}/websub/{row['token']}",
            "hub.lease_seconds": str(int(LEASE.total_seconds())),
        }  # fmt: skip
        try:
            async with self._turn(row["hub"]), asyncio.timeout(ASK_SECONDS):
                status = await self._post(row["hub"], form)
        except AddressRefused as refused:
            return f"The hub is not asked: {refused}."
        except (TimeoutError, httpx.HTTPError):
            return "The hub does not answer."
        return None if 200 <= status < 300 else f"The hub answers {status}."

    async def _post(self, hub: str, form: Mapping[str, str]) -> int:
        """The status of the answer; its body is nobody's business, and may be endless."""
        async with self._client.stream("POST", hub, data=form) as answer:
            return answer.status_code


# ---------------------------------------------------------------- being told


class HubDesk:
    """The callback. May be called from any thread. `door` is made when the first delivery comes."""

    def __init__(
        self,
        shelf: HubShelf,
        specs: Mapping[str, SourceSpec],
        sources: Mapping[str, Source],
        make_door: Callable[[], Door],
    ) -> None:
        self._shelf = shelf
        self._specs = specs
        self._sources = sources
        self._make_door = make_door
        self._door: Door | None = None
        self._lock = threading.Lock()

    def confirm(self, token: str, asked: Mapping[str, str], now: datetime) -> tuple[int, str]:
        """The answer (status, body) to a hub that asks whether we mean it: the challenge, or 404."""
        row = self._shelf.hub_by_token(token)
        if row is None or asked.get("hub.topic") != row["topic"]:
            return 404, ""
        mode = asked.get("hub.mode")
        if mode == "denied":
            denied = {"state": "denied", "due": now + DENIED_FOR, "said": "The hub refuses the subscription."}
            self._shelf.change_hub(row["source"], denied)
            return 200, ""
        challenge = asked.get("hub.challenge", "")
        if mode != "subscribe" or not challenge:
            return 404, ""  # we never unsubscribe: a lease that is not renewed runs out
        lease = read_lease(asked.get("hub.lease_seconds", ""))
        state = "silent" if row["state"] == "silent" else "live"
        values = {"state": state, "lease_until": now + lease, "due": now + lease * RENEW_SHARE, "said": ""}
        self._shelf.change_hub(row["source"], values | {"verified": row["verified"] or now})
        return 200, challenge

    def take(self, token: str, headers: Mapping[str, str], body: bytes, now: datetime) -> int:
        """The status for a delivery. 410 for a subscription that is not ours, 202 otherwise, believed or not."""
        row = self._shelf.hub_by_token(token)
        spec = self._specs.get(row["source"]) if row else None
        if row is None or spec is None:
            return 410
        if not fits_signature(row["secret"], headers.get("x-hub-signature", ""), body):
            log.warning("hub_signature_wrong", source=spec.id)
            return 202
        try:
            self._bring(spec, row["topic"], headers, body, now)
        except Exception as fault:  # the hub tries again on 5xx; polling brings it in any case
            log.error("hub_delivery_fault", source=spec.id, fault=place_of(fault))  # noqa: TRY400 - see place_of
            return 503
        return 202

    def _bring(self, spec: SourceSpec, topic: str, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        told = {"content-type": headers.get("content-type", ""), "link": headers.get("link", "")}
        parsed = self._sources[spec.via].parse(spec, Fetched(topic, topic, 200, told, body, 0.0), now)
        source = self._shelf.source_row(spec.id)
        if not isinstance(parsed, Parsed) or source is None:
            log.info("hub_delivery_unread", source=spec.id)
            return
        new = self._open_door().push(source, mark_old(parsed.items[:MAX_ITEMS], first=source["last_ok"] is None), now)
        self._shelf.note_push(spec.id, now)
        log.info("hub_delivered", source=spec.id, items=len(parsed.items), new=new)

    def _open_door(self) -> Door:
        with self._lock:
            self._door = self._door or self._make_door()
            return self._door


def fits_signature(secret: str, given: str, body: bytes) -> bool:
    """True when `given` (`sha256=…`) is the HMAC of the body with our secret."""
    method, _, digest = given.strip().partition("=")
    made = _HASHES.get(method.lower())
    if made is None:
        return False
    return hmac.compare_digest(hmac.new(secret.encode(), body, made).hexdigest(), digest.strip().lower())


def read_lease(text: str) -> timedelta:
    """How long the hub keeps the subscription; ours when it does not say, never less than five minutes."""
    seconds = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else int(LEASE.total_seconds())
    return max(LEAST_LEASE, min(timedelta(seconds=seconds), timedelta(days=90)))
