"""A small OpenID provider on loopback: discovery, keys, authorization with PKCE, tokens signed with RS256.

`spoil` changes one thing of what it answers, so that a test can say what has to be refused.
"""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from dash_seed import NOW
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "tocsin", "a secret of the client"


@dataclass
class Provider:
    """What it knows: who logs in, what was asked for, and which fault it has. `asked` lists the paths of requests."""

    issuer: str = ""
    claims: dict[str, Any] = field(
        default_factory=lambda: {"sub": "subject-1", "email": "a@school.example", "email_verified": True}
    )
    spoil: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"}))
    other: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k2", "use": "sig"}))

    def describe(self) -> dict[str, Any]:
        """The discovery document."""
        named = "https://elsewhere.example" if self.spoil == "discovery of another issuer" else self.issuer
        token = "http://203.0.113.5/token" if self.spoil == "token address without TLS" else f"{self.issuer}/token"
        return {"issuer": named, "authorization_endpoint": f"{self.issuer}/authorize", "token_endpoint": token,
                "jwks_uri": f"{self.issuer}/keys"}  # fmt: skip

    def publish(self) -> dict[str, Any]:
        """The public keys."""
        keys = [self.key.as_dict(private=False)]
        if self.spoil == "shared key":
            keys = [{"kty": "oct", "kid": "k1", "k": base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("=")}]
        return {"keys": keys}

    def authorize(self, asked: dict[str, str]) -> str:
        """The address to which the browser is sent back, with a fresh code."""
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def exchange(self, form: dict[str, str], basic: str) -> dict[str, Any] | None:
        """Tokens for a code that is fresh, of this client, with the verifier of its challenge; None otherwise."""
        asked = self.codes.pop(form["code"], None)
        known = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '+')}".encode()).decode()
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if asked is None or basic not in (f"Basic {known}", f"Basic {plain}") or challenge != asked["code_challenge"]:
            return None
        return {"access_token": "x", "token_type": "Bearer", "id_token": self.sign(asked["nonce"])}

    def sign(self, nonce: str) -> str:
        """The identity token, with the fault that `spoil` names."""
        now = int(NOW.timestamp())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce, **self.claims}
        faults: dict[str, dict[str, Any]] = {
            "wrong audience": {"aud": "other"}, "wrong issuer": {"iss": "https://elsewhere.example"},
            "wrong nonce": {"nonce": "replayed"}, "expired": {"exp": now - 3600}, "from the future": {"iat": now + 3600},
            "several audiences": {"aud": [CLIENT, "other"]}, "other party": {"azp": "other"},
        }  # fmt: skip
        claims |= faults.get(self.spoil, {})
        for name in {"no nonce": ["nonce"], "no subject": ["sub"], "no expiry": ["exp"]}.get(self.spoil, []):
            del claims[name]
        return self.seal(claims)

    def seal(self, claims: dict[str, Any]) -> str:
        """The signature, or what stands in its place."""
        if self.spoil == "alg none":
            head, body = ({"alg": "none", "kid": "k1"}, claims)
            return (
                ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in (head, body))
                + "."
            )
        if self.spoil in {"shared key", "public key as secret"}:
            text = SECRET.encode() if self.spoil == "shared key" else self.key.as_pem(private=False)
            return jwt.encode({"alg": "HS256", "kid": "k1"}, claims, OctKey.import_key(text), algorithms=["HS256"])
        key = self.other if self.spoil in {"unknown key", "foreign signature"} else self.key
        kid = "k2" if self.spoil == "unknown key" else "k1"
        token = jwt.encode({"alg": "RS256", "kid": kid}, claims, key)
        if self.spoil == "changed body":
            head, _, mark = token.split(".")
            body = base64.urlsafe_b64encode(json.dumps({**claims, "sub": "subject-2"}).encode()).decode().rstrip("=")
            return f"{head}.{body}.{mark}"
        return token


@contextmanager
def provider() -> Iterator[Provider]:
    """A running provider."""
    made = Provider()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """Quiet."""

        def answer(self, found: dict[str, Any] | None) -> None:
            """JSON, or 400."""
            body = json.dumps(found or {"error": "invalid_grant"}).encode()
            self.send_response(200 if found else 400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            made.asked.append(parts.path)
            if parts.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", made.authorize({k: v[0] for k, v in parse_qs(parts.query).items()}))
                self.end_headers()
                return
            self.answer({"/.well-known/openid-configuration": made.describe, "/keys": made.publish}[parts.path]())

        def do_POST(self) -> None:
            made.asked.append(self.path)
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {k: v[0] for k, v in parse_qs(text).items()}
            self.answer(made.exchange(form, self.headers.get("Authorization", "")))

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join(30)
        server.server_close()
