"""One request as a page sees it, and what a page answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NoReturn

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from dashboards.auth import User
from dashboards.clocks import Clock
from dashboards.context import DashContext
from dashboards.i18n import Words

Access = Literal["public", "link", "machine", "viewer", "officer", "editor", "operator"]


@dataclass(frozen=True, slots=True)
class Call:
    """A request with what was found out about it. `conn` is a read connection of this request only."""

    context: DashContext
    request: Request
    conn: Connection
    user: User | None
    words: Words
    clock: Clock
    form: Mapping[str, str]
    token: str

    @property
    def now(self) -> datetime:
        """The moment of this request."""
        return self.clock.now

    @property
    def who(self) -> str:
        """The user name for audit and acknowledgement."""
        return self.user.name if self.user else ""

    def path(self, name: str) -> str:
        """A part of the address."""
        return str(self.request.path_params[name])

    def asked(self, name: str, default: str = "") -> str:
        """A query parameter, at most 200 characters."""
        return self.request.query_params.get(name, default)[:200].strip()

    @property
    def upload(self) -> bytes:
        """The file of a form whose spot takes one; empty when none was sent."""
        sent: bytes = getattr(self.request.state, "upload", b"")
        return sent

    def page(self) -> int:
        """The page number asked for, 1 to 500."""
        text = self.asked("page", "1")
        return min(500, max(1, int(text))) if text.isascii() and text.isdigit() else 1


@dataclass(frozen=True, slots=True)
class View:
    """A page: the template and the data it shows, which is also the JSON twin."""

    template: str
    data: Mapping[str, object] = field(default_factory=dict)
    status: int = 200


Handler = Callable[[Call], "View | Response"]


@dataclass(frozen=True, slots=True)
class Spot:
    """One address: who may come here, what answers, whether it has a JSON twin, and whether its form may hold a file."""

    path: str
    handler: Handler
    needs: Access = "viewer"
    method: Literal["GET", "POST"] = "GET"
    twin: bool = True
    upload: bool = False


def missing(what: str) -> NoReturn:
    """Answer 404 naming what was not found."""
    raise HTTPException(404, what)
