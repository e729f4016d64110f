"""Sends the boards to a running Kibana through its saved-objects import; what it answers becomes sentences.

The API: https://www.elastic.co/docs/api/doc/kibana/operation/operation-importsavedobjectsdefault
"""

import json
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from dashboards.kibana.files import ImportFile

FILE_NAME = "tocsin.ndjson"
LONGEST = 300  # characters of an answer that are repeated to a person


class KibanaError(Exception):
    """The boards were not taken; the message is one sentence, or one for each object that was refused."""


@dataclass(frozen=True, slots=True)
class Kibana:
    """Where it is and how we log in; `password` and `api_key` are the values themselves, so this is never printed.
    An empty `space` is the default one."""

    url: str
    space: str = ""
    user: str = ""
    password: str = ""
    api_key: str = ""
    ca: str = ""
    timeout: float = 60.0

    @property
    def import_url(self) -> str:
        """The address of the import in our space."""
        space = f"/s/{quote(self.space, safe='')}" if self.space else ""
        return f"{self.url.rstrip('/')}{space}/api/saved_objects/_import"


def install_files(kibana: Kibana, files: Sequence[ImportFile]) -> int:
    """Import everything in one request, over what was there before; returns how many objects were taken.

    One request, because boards refer to data views of another file. Raises KibanaError.
    """
    body = "".join(file.text for file in files).encode()
    headers = {"kbn-xsrf": "tocsin"}
    if kibana.api_key:
        headers["Authorization"] = f"ApiKey {kibana.api_key}"
    login = httpx.BasicAuth(kibana.user, kibana.password) if kibana.user else None
    try:
        with httpx.Client(verify=_trust(kibana.ca), timeout=kibana.timeout, auth=login, trust_env=False) as client:
            answer = client.post(
                kibana.import_url, params={"overwrite": "true"}, headers=headers,
                files={"file": (FILE_NAME, body, "application/ndjson")},
            )  # fmt: skip
    except httpx.HTTPError as error:
        raise KibanaError(explain_silence(error, kibana)) from error
    return read_answer(answer, kibana)


def _trust(ca: str) -> ssl.SSLContext:
    """The usual authorities, or the given one alone. Raises KibanaError when the file holds no certificate."""
    try:
        return ssl.create_default_context(cafile=ca or None)
    except (ssl.SSLError, OSError):
        raise KibanaError(f"{ca} under [kibana] ca is not a file with certificates") from None


def explain_silence(error: httpx.HTTPError, kibana: Kibana) -> str:
    """Why no answer came, in one sentence."""
    said = str(error)
    if isinstance(error, httpx.TimeoutException):
        return f"Kibana at {kibana.url} did not answer within {kibana.timeout:g} s"
    if "CERTIFICATE" in said.upper():
        return f"the certificate of Kibana at {kibana.url} is not signed by the authority in [kibana] ca"
    if "SSL" in said.upper():
        return f"Kibana at {kibana.url} does not speak TLS: check http and https in [kibana] url"
    return f"Kibana at {kibana.url} cannot be reached"


REFUSALS = {
    401: "Kibana at {url} refuses the login; check user and password, or api_key, under [kibana]",
    403: "Kibana at {url} does not let this login import saved objects{space}",
    404: "there is no import of saved objects at {url}{space}: check url and space under [kibana]",
    413: "Kibana at {url} takes no file of this size; savedObjects.maxImportPayloadBytes sets it",
    503: "Kibana at {url} is not ready yet; try again in a minute",
}


def read_answer(answer: httpx.Response, kibana: Kibana) -> int:
    """How many objects were taken. Raises KibanaError."""
    space = f" into the space '{kibana.space}'" if kibana.space else ""
    if answer.status_code in REFUSALS:
        raise KibanaError(REFUSALS[answer.status_code].format(url=kibana.url, space=space))
    told = _json_of(answer)
    if answer.status_code != 200:
        said = str(told.get("message", "")) or answer.reason_phrase
        raise KibanaError(f"Kibana at {kibana.url} answered with status {answer.status_code}: {said[:LONGEST]}")
    if not isinstance(told.get("success"), bool):
        raise KibanaError(f"what answers at {kibana.url} is not Kibana")
    errors = told.get("errors") or []
    if errors or not told["success"]:
        sentences = [explain_object(error) for error in errors] or ["Kibana took nothing and did not say why"]
        raise KibanaError("\n".join(sentences))
    return int(told.get("successCount", 0))


def _json_of(answer: httpx.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        return {}
    return told if isinstance(told, dict) else {}


def explain_object(error: dict[str, Any]) -> str:
    """Why one object was refused, in one sentence."""
    name = error.get("meta", {}).get("title") or error.get("title") or error.get("id")
    what = f"{error.get('type')} '{name}'"
    cause = error.get("error", {})
    kind = cause.get("type")
    if kind == "missing_references":
        wanted = ", ".join(f"{one['type']} {one['id']}" for one in cause.get("references", []))
        return f"{what} was not taken: {wanted} is not there"
    if kind == "unsupported_type":
        return f"{what} was not taken: this Kibana does not know such objects; 9.2 or newer is needed"
    if kind in ("conflict", "ambiguous_conflict"):
        return f"{what} was not taken: another object has its place; delete that one, or give another space"
    return f"{what} was not taken: {str(cause.get('message') or kind or 'no reason given')[:LONGEST]}"
