"""Login by the school's identity provider: OpenID Connect, code flow with PKCE, state and nonce.

What the provider says of a person is used to find an account and then forgotten: no name, e-mail or token is stored or
logged. The answer is believed when its signature, issuer, audience, time and nonce all hold, by a key that the provider
publishes and a signing method of public keys; anything else is refused. authlib is loaded with the first login.
"""

import hashlib
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboards.settings import OidcSettings, is_safe_address

TIMEOUT_S, KEPT_S, LEEWAY_S = 10.0, 3600.0, 60
RENEW_S = 30.0  # an unknown key asks the provider again, but not more often
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
MOST_BYTES = 256 * 1024


class LoginFailed(Exception):  # noqa: N818 - says what is the matter
    """The provider or its answer cannot be believed; the message names the reason, never a value of the answer."""


@dataclass(frozen=True, slots=True)
class Start:
    """A login that was begun: where the browser goes, and what must come back."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Person:
    """Who the provider says it is, for the moment of mapping. `values` are those of the configured claim."""

    key: str
    email: str
    values: tuple[str, ...]


@dataclass(slots=True)
class Provider:
    """One configured provider, with its published description and keys, kept for an hour."""

    settings: OidcSettings
    known: dict[str, tuple[float, Mapping[str, Any]]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, back: str) -> Start:
        """A fresh login that returns to `back`. Raises LoginFailed."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        with self._client(back) as client:
            where = self._address("authorization_endpoint")
            url, _ = client.create_authorization_url(where, state=state, nonce=nonce, code_verifier=verifier)
        return Start(url, state, nonce, verifier)

    def finish(self, back: str, code: str, start: Start, now: float) -> Person:
        """Exchange the code and believe its answer, or raise LoginFailed. `now` in seconds since 1970."""
        from authlib.integrations.base_client import OAuthError

        with self._client(back) as client:
            try:
                token = client.fetch_token(self._address("token_endpoint"), code=code, code_verifier=start.verifier)
            except OAuthError as error:
                raise LoginFailed("the provider refused the code") from error
            except Exception as error:
                raise LoginFailed("the provider could not be reached") from error
        return self._read(str(token.get("id_token") or ""), start.nonce, now)

    def _read(self, text: str, nonce: str, now: float) -> Person:
        """The claims of a token that holds in every respect."""
        from joserfc import jwt
        from joserfc.errors import JoseError

        try:
            token = jwt.decode(text, lambda guest: self._key(dict(guest.headers())), algorithms=list(ALGORITHMS))
            rules = jwt.JWTClaimsRegistry(
                now=int(now), leeway=LEEWAY_S, sub=must(), exp=must(), iat=must(), nonce=must(nonce),
                iss=must(self.settings.issuer), aud=must(self.settings.client_id),
            )  # fmt: skip
            rules.validate(token.claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise LoginFailed(f"the provider's answer does not hold ({type(error).__name__})") from error
        check_party(token.claims, self.settings.client_id)
        return make_person(self.settings, token.claims)

    def _key(self, headers: Mapping[str, Any]) -> Any:
        """The published key that `headers` name. Raises LoginFailed for one that is not published."""
        from joserfc.jwk import KeySet

        named = headers.get("kid")
        for fresh in (False, True):
            keys = [key for key in self._document("jwks_uri", fresh).get("keys", []) if is_signing(key)]
            fitting = [key for key in keys if key.get("kid") == named] if named else keys
            if len(fitting) == 1:
                return KeySet.import_key_set({"keys": fitting}).keys[0]
        raise LoginFailed("the provider's answer is signed by a key that it does not publish")

    def _address(self, name: str) -> str:
        """An address of the provider's description; https, or on this machine."""
        value = self._document("", False).get(name)
        if not isinstance(value, str) or not is_safe_address(value):
            raise LoginFailed(f"the provider's description has no safe {name}")
        return value

    def _document(self, name: str, fresh: bool) -> Mapping[str, Any]:
        """The description, or the keys (`jwks_uri`); from memory unless `fresh`, and then at most twice a minute."""
        with self.lock:
            at, found = self.known.get(name, (0.0, {}))
        age = time.monotonic() - at
        if found and age < (RENEW_S if fresh else KEPT_S):
            return found
        url = self._address(name) if name else f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration"
        made = self._fetch(url)
        if not name and made.get("issuer") != self.settings.issuer:
            raise LoginFailed("the provider names another issuer than the configuration")
        with self.lock:
            self.known[name] = (time.monotonic(), made)
        return made

    def _fetch(self, url: str) -> Mapping[str, Any]:
        try:
            with self._client("") as client:
                answer = client.request("GET", url, withhold_token=True)
                answer.raise_for_status()
                found = answer.json() if len(answer.content) <= MOST_BYTES else None
        except Exception as error:
            raise LoginFailed("the provider could not be reached") from error
        if not isinstance(found, dict):
            raise LoginFailed("the provider's description cannot be read")
        return found

    def _client(self, back: str) -> Any:
        from authlib.integrations.httpx_client import OAuth2Client

        secret = self.settings.client_secret
        try:
            shown = secret.reveal() if secret else None
        except LookupError as error:
            raise LoginFailed("the client_secret of the provider is not set") from error
        return OAuth2Client(
            self.settings.client_id, shown, scope=" ".join(self.settings.scopes), redirect_uri=back or None,
            token_endpoint_auth_method="client_secret_basic" if shown else "none", code_challenge_method="S256",
            timeout=TIMEOUT_S, follow_redirects=False, trust_env=False,
        )  # fmt: skip


def must(value: str = "") -> Any:
    """The rule of a claim that has to be there, and to be `value` where one is given."""
    return {"essential": True, "value": value} if value else {"essential": True}


def is_signing(key: Mapping[str, Any]) -> bool:
    """True for a public key that may sign: never a shared secret, which anybody who reads the set could use."""
    return key.get("kty") in {"RSA", "EC"} and key.get("use", "sig") == "sig"


def check_party(claims: Mapping[str, Any], client: str) -> None:
    """For several audiences the token must have been made for us. Raises LoginFailed."""
    several = isinstance(claims.get("aud"), list) and len(claims["aud"]) > 1
    if (several or "azp" in claims) and claims.get("azp") != client:
        raise LoginFailed("the provider's answer was made for another program")


def make_person(settings: OidcSettings, claims: Mapping[str, Any]) -> Person:
    """What is needed to find an account; an e-mail counts only when the provider has verified it."""
    key = hashlib.sha256(f"{settings.issuer} {claims['sub']}".encode()).hexdigest()[:24]
    email = str(claims.get("email") or "").strip().lower() if claims.get("email_verified") is True else ""
    given = claims.get(settings.claim)
    values = given if isinstance(given, list) else [given] if isinstance(given, str) else []
    return Person(key, email, tuple(str(one) for one in values))
