"""A small OpenID provider on loopback: it vouches for whom it is told to, truthfully or with one lie at a time."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self, override
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "steward", "a secret between the two"
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class OpenID:
    """`person` are the claims of whoever sits before it; `lie` makes another ID token of them; `garbled` is what
    it answers instead under a path, beginning with its headers; `asked` is its last question.
    """

    person: dict[str, Any] = field(default_factory=dict)
    lie: Callable[[dict[str, Any]], str | None] = lambda _: None
    described: dict[str, Any] = field(default_factory=dict)
    garbled: Mapping[str, bytes] = field(default_factory=dict)
    asked: Mapping[str, str] = field(default_factory=dict)
    codes: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def sits(self, sub: str, **claims: Any) -> None:
        """From now on this person sits before it, and has just shown who they are."""
        self.person = {"sub": sub, "auth_time": int(time.time()), "amr": ["pwd"], **claims}
        self.lie, self.described, self.garbled = (lambda _: None), {}, {}

    def answer(self, address: str) -> str:
        """What it makes of the address that the console leads to: where it sends the browser back to."""
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = secrets.token_urlsafe()
        self.codes[code] = self.asked
        return f"{self.asked['redirect_uri']}?{urlencode({'code': code, 'state': self.asked['state']})}"

    def description(self) -> dict[str, Any]:
        ways = {"authorization_endpoint": "/ask", "token_endpoint": "/token", "jwks_uri": "/keys"}
        told = {"issuer": self.url, **{name: f"{self.url}{path}" for name, path in ways.items()}}
        return {**told, "token_endpoint_auth_methods_supported": ["client_secret_basic"], **self.described}

    def keys(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(_KEY.public_key()))
        return {"keys": [{**public, "kid": "first", "use": "sig", "alg": "RS256"}]}

    def token(self, posted: Mapping[str, str], authorization: str) -> dict[str, Any] | None:
        """Nothing for a code that is used, a secret that is wrong, or a challenge that is not met."""
        asked = self.codes.pop(posted.get("code", ""), None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(posted.get("code_verifier", "").encode()).digest())
        expected = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if asked is None or authorization != expected or proof.decode().rstrip("=") != asked["code_challenge"]:
            return None
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": asked["nonce"], **self.person}
        token = self.lie(claims) or signed(claims)
        return {"access_token": "opaque", "token_type": "Bearer", "expires_in": 60, "id_token": token}


def signed(claims: Mapping[str, Any], *, by_another: bool = False) -> str:
    """The claims as an ID token."""
    key = _OTHER_KEY if by_another else _KEY
    return jwt.encode(dict(claims), key, algorithm="RS256", headers={"kid": "first"})


def unsigned(claims: Mapping[str, Any]) -> str:
    """The claims as a token that nobody signed, and that says so."""
    return jwt.encode(dict(claims), "", algorithm="none", headers={"kid": "first"})


def signed_by_what_is_public(claims: Mapping[str, Any]) -> str:
    """Signed symmetrically, by what everybody knows: a checker that believes the header is fooled."""
    return jwt.encode(dict(claims), "what everybody knows, 32 bytes long", algorithm="HS256", headers={"kid": "first"})


def _handler_of(provider: OpenID) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told = {"/.well-known/openid-configuration": provider.description, "/keys": provider.keys}
            path = urlsplit(self.path).path
            if self._garbled():
                return
            if path == "/ask":
                self._lead(provider.answer(self.path))
                return
            self._say(told[path]() if path in told else None)

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            posted = {name: values[0] for name, values in parse_qs(text).items()}
            if not self._garbled():
                self._say(provider.token(posted, self.headers.get("Authorization", "")))

        @override
        def log_message(self, *_: object) -> None:
            """Nothing: tests look at what came of it."""

        def _garbled(self) -> bool:
            instead = provider.garbled.get(urlsplit(self.path).path)
            with contextlib.suppress(ConnectionError):  # whoever asked may have had enough
                self.wfile.write(instead or b"")
            return instead is not None

        def _lead(self, address: str) -> None:
            self.send_response(302)
            self.send_header("Location", address)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _say(self, told: dict[str, Any] | None) -> None:
            body = json.dumps(told or {"error": "invalid_grant"}).encode()
            self.send_response(200 if told else 400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
