"""The way to the server, and what its errors mean in one sentence. Addresses are named, logins never."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

ROLE = "the role it needs is in docs/elasticsearch.md"


class ElasticUnavailable(Exception):  # noqa: N818 - says what is the matter
    """Elasticsearch cannot be used now; the message is one sentence. What was asked for can be asked again."""


class ElasticRefuses(ElasticUnavailable):
    """It will not get better by waiting: login, certificate, rights, somebody else's data."""


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """Where it is and how we log in; `password` and `api_key` are the values themselves, so this is never printed."""

    urls: tuple[str, ...]
    ca: str = ""
    user: str = ""
    password: str = ""
    api_key: str = ""
    timeout: float = 10.0

    @property
    def hosts(self) -> str:
        """The addresses without anything that could be secret."""
        return ", ".join(f"{part.scheme}://{part.netloc.rpartition('@')[2]}" for part in map(urlsplit, self.urls))


def connect(address: Address, tries: int = 4) -> "Elasticsearch":
    """A client; connects at its first request. A node that refuses, hangs or is busy is answered for by another one, at
    most `tries` in all. Imported late: a service without Elasticsearch need not carry it."""
    from elasticsearch import Elasticsearch, JsonSerializer

    class FastJson(JsonSerializer):
        """Half of the time of a bulk request is spent on writing JSON."""

        def json_dumps(self, data: Any) -> bytes:
            """Compact UTF-8."""
            return msgspec.json.encode(data)

    more: dict[str, Any] = {"ca_certs": address.ca} if address.ca else {}
    if address.api_key:
        more["api_key"] = address.api_key
    elif address.user:
        more["basic_auth"] = (address.user, address.password)
    # All that we send can be sent twice. A single node is asked again, too, when it closed an idle connection.
    others = len(address.urls) - 1
    return Elasticsearch(
        list(address.urls), request_timeout=address.timeout, max_retries=min(max(1, others), tries - 1), retry_on_timeout=others > 0,
        serializer=FastJson(), **more,
    )  # fmt: skip


@contextmanager
def telling(hosts: str) -> Iterator[None]:
    """Turn what the client raises into one sentence. Raises ElasticUnavailable or ElasticRefuses."""
    from elasticsearch import ApiError, SerializationError, TransportError, UnsupportedProductError
    from elasticsearch.helpers import BulkIndexError

    try:
        yield
    except UnsupportedProductError:
        raise ElasticRefuses(f"what answers at {hosts} is not Elasticsearch") from None
    except ApiError as error:
        raise _explain_answer(error.status_code, error.error, hosts) from error
    except (TransportError, SerializationError) as error:
        raise _explain_silence(error, hosts) from error
    except BulkIndexError as error:
        raise ElasticUnavailable(f"Elasticsearch at {hosts} did not take {len(error.errors)} documents") from None
    except ValueError as error:  # the client's own checks of addresses and certificates
        raise ElasticRefuses(f"Elasticsearch at {hosts} cannot be asked: {str(error).splitlines()[0]}") from None


def _explain_answer(status: int, kind: str, hosts: str) -> ElasticUnavailable:
    if status == 401:
        sentence = f"Elasticsearch at {hosts} refuses the login; check user and password, or api_key, under [elastic]"
        return ElasticRefuses(sentence)
    if status == 403 and "cluster_block" not in kind:
        return ElasticRefuses(f"Elasticsearch at {hosts} does not allow this to the login under [elastic]; {ROLE}")
    if status == 403 or status == 429:
        return ElasticUnavailable(f"Elasticsearch at {hosts} takes nothing at the moment (status {status}, {kind})")
    return ElasticUnavailable(f"Elasticsearch at {hosts} answered with status {status} ({kind})")


def _explain_silence(error: Exception, hosts: str) -> ElasticUnavailable:
    from elasticsearch import ConnectionTimeout

    said = f"{error} {getattr(error, 'errors', '')}"
    if isinstance(error, ConnectionTimeout):
        return ElasticUnavailable(f"Elasticsearch at {hosts} did not answer in time")
    if re.search(r"certificate|CERTIFICATE_VERIFY", said):
        return ElasticRefuses(
            f"the certificate of Elasticsearch at {hosts} is not signed by the authority in [elastic] ca"
        )
    if re.search(r"SSL|TLS", said):
        return ElasticRefuses(
            f"Elasticsearch at {hosts} does not speak TLS, or only TLS: check http and https in [elastic] urls"
        )
    return ElasticUnavailable(f"Elasticsearch at {hosts} cannot be reached")
