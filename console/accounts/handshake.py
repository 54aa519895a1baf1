"""How we speak with the identity provider: in a hurry, bounded, and believing nothing that is not signed."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from typing import Any, cast, override
from urllib.parse import urlsplit

import jwt
import requests
from allauth.socialaccount.internal.jwtkit import fetch_key, lookup_kid_jwk
from allauth.socialaccount.models import SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.urls import reverse

from console.accounts.provider import Provider

ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
LEEWAY = 60
"""Seconds by which the provider's clock may differ from ours."""
LARGEST = 1_000_000
"""Bytes of an answer of the provider."""


class Handshake(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth ships no types
    """A way to the provider and back, stricter than allauth's own."""

    _described: dict[str, Any] | None = None

    @override
    def get_provider(self) -> Any:
        told = super().get_provider()
        told.oauth2_adapter_class = Handshake
        return told

    @property
    @override
    def openid_config(self) -> dict[str, Any]:
        if self._described is None:
            self._described = describe()
        return self._described

    @override
    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        return back_url(request)

    @override
    def get_access_token_data(self, *given: Any, **named: Any) -> Any:
        with _understood():
            return super().get_access_token_data(*given, **named)

    @override
    def parse_token(self, data: Any) -> SocialToken:
        with _understood():
            return SocialToken(token=str(data["access_token"]))  # used for the userinfo at most, and kept nowhere

    @override
    def complete_login(self, request: HttpRequest, app: Any, token: SocialToken, **given: Any) -> SocialLogin:
        with _understood():
            claims = self._decode_id_token(app, given["response"]["id_token"])
            told = self._more(token, claims) if provider().asks_userinfo else {}
            login = self.get_provider().sociallogin_from_response(request, {"id_token": claims})
        login.account.extra_data = {}
        login.claims = {**told, **claims}
        return login

    @override
    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        """Checked whole, even though it came straight from the provider. Raises OAuth2Error."""
        algorithm, key = fetch_key(id_token, self.openid_config["jwks_uri"], lookup_kid_jwk)
        if algorithm not in ALGORITHMS:
            raise OAuth2Error("an algorithm that proves nothing")
        claims: dict[str, Any] = jwt.decode(
            id_token,
            key=key,
            algorithms=[algorithm],
            issuer=self.openid_config["issuer"],
            audience=app.client_id,
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
        if claims.get("azp", app.client_id) != app.client_id:
            raise OAuth2Error("a token for another application")
        if not str(claims["sub"]).isprintable():
            raise OAuth2Error("a name that cannot be kept")
        return claims

    def _more(self, token: SocialToken, claims: Mapping[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = self._fetch_user_info(token.token)
        if told.get("sub") != claims["sub"]:
            raise OAuth2Error("userinfo of somebody else")
        return told


class Outbound(requests.Session):
    """To the provider and nowhere else: no redirects, no proxies of the environment, an end after seconds and bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.verify = settings.STEWARD_CA_BUNDLE or True
        if settings.STEWARD_PROXY:
            self.proxies = {"http": settings.STEWARD_PROXY, "https": settings.STEWARD_PROXY}

    @override
    def request(self, *given: Any, **named: Any) -> requests.Response:
        limits = {"timeout": 5, "allow_redirects": False, "stream": True}
        answer = super().request(*given, **{**named, **limits})
        ends, body = time.monotonic() + 10, b""
        for piece in answer.iter_content(8192):
            body += piece
            if len(body) > LARGEST or time.monotonic() > ends:
                answer.close()
                raise requests.RequestException("an answer without end")
        answer._content = body  # noqa: SLF001 where requests itself keeps what it read
        if answer.is_redirect:
            raise requests.RequestException("a redirect")
        return answer


def provider() -> Provider:
    """The one that is set up."""
    return cast("Provider", settings.STEWARD_OIDC)


def back_url(request: HttpRequest | None = None) -> str:
    """Where the provider sends people back to, to be registered there; a path alone where nobody knows our address."""
    path = reverse("sso_back")
    if settings.STEWARD_URL or request is None:
        return f"{settings.STEWARD_URL}{path}"
    return request.build_absolute_uri(path)


def describe() -> dict[str, Any]:
    """What the provider says of itself. Raises OAuth2Error or requests.RequestException where it cannot be used."""
    with _understood(), Outbound() as session:
        answer = session.get(f"{provider().issuer}/.well-known/openid-configuration")
        answer.raise_for_status()
        config: dict[str, Any] = answer.json()
        _check(config)
    return config


def _check(config: Any) -> None:
    """Raises OAuth2Error where the provider describes another one, or ways that anybody could read along."""
    if not isinstance(config, dict) or str(config.get("issuer", "")).rstrip("/") != provider().issuer:
        raise OAuth2Error("the description of another provider")
    needed = ["authorization_endpoint", "token_endpoint", "jwks_uri"]
    needed += ["userinfo_endpoint"] if provider().asks_userinfo else []
    for name in needed:
        if urlsplit(str(config.get(name, ""))).scheme not in (
            {"https", "http"} if settings.STEWARD_LOCAL else {"https"}
        ):
            raise OAuth2Error("an address that cannot be used")


@contextlib.contextmanager
def _understood() -> Iterator[None]:
    """Whatever a provider says that makes no sense is a handshake that failed, and no fault of ours."""
    try:
        yield
    except (jwt.PyJWTError, KeyError, TypeError, ValueError, AttributeError, ImproperlyConfigured) as problem:
        raise OAuth2Error(type(problem).__name__) from problem
