"""The token of a school's own app at a chat service: asked for with the app's secret, kept until shortly before its end."""

import threading
import time
from collections.abc import Callable

from alerts.notify.base import Failed
from alerts.settings import ChannelSpec

RESERVE_S = 300.0


class AppToken:
    """Safe to use from several threads. `ask` gives a fresh token for the secret and how long it holds, in seconds."""

    def __init__(self, spec: ChannelSpec, ask: Callable[[str], tuple[str, float] | Failed]) -> None:
        self._spec, self._ask = spec, ask
        self._lock, self._token, self._until = threading.Lock(), "", 0.0

    def get(self) -> str | Failed:
        """The token, asked for again five minutes before its end."""
        with self._lock:
            if self._token and time.monotonic() < self._until:
                return self._token
            try:
                secret = self._spec.app_token.reveal() if self._spec.app_token else ""
            except LookupError as error:
                return Failed(str(error.args[0]), permanent=True)
            fresh = self._ask(secret)
            if isinstance(fresh, Failed):
                return fresh
            self._token, self._until = fresh[0], time.monotonic() + fresh[1] - RESERVE_S
            return self._token

    def drop(self) -> None:
        """The service calls it stale: ask anew next time."""
        self._until = 0.0

    def probe(self) -> Failed | None:
        """Whether the app's id and secret are good."""
        token = self.get()
        return token if isinstance(token, Failed) else None
