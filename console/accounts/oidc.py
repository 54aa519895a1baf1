"""Single sign-on by OpenID Connect, on top of allauth; imported only where it is switched on.

The code comes back by the browser, under a state, a nonce and a PKCE challenge of this session. The ID token is checked
whole: signature, issuer, audience, times, nonce. What it says of a person is used and forgotten; only which account it
is, by the one name there that never changes, is kept.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast, override
from urllib.parse import urlencode

import requests
import structlog
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY, record_authentication
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from console.accounts import claims as said
from console.accounts.address import address_of
from console.accounts.browsers import browser_of
from console.accounts.handshake import LEEWAY, Handshake, Outbound, provider
from console.errors import NotFit
from console.flows import federate
from console.flows.federate import Account, Mapped
from console.flows.refuse import not_let_in
from console.models import User
from console.views.answers import go_to
from console.views.proving import go_on

if TYPE_CHECKING:
    from console.backend import SessionStore

log = structlog.get_logger("console.oidc")

SESSION_THERE = 8 * 60 * 60
"""Of how many seconds a session at the provider may be old to sign in by it."""
PROVED_AT = "oidc_proved_at"

AWAY = (
    "{name} cannot be reached, or answered something that cannot be used. Nobody was signed in; try again in a minute."
)
NOT_FINISHED = (
    "Signing in by {name} was not finished here: it was broken off, took too long, or began in another tab. Begin anew."
)
UNKNOWN = "{name} knows you, but nobody gave you an account here. Ask an administrator of this console for one."
ANOTHER = "Your name here belongs to another account of {name}. Ask whoever runs this console."
CLOSED = "This account is closed. An administrator of this console can open it again."
NOT_PROVED = (
    "{name} did not say that it asked you just now, or asked somebody else. Nothing was done; prove it otherwise."
)


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """What allauth asks us about people whom the provider vouches for."""

    @override
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    @override
    def send_notification_mail(self, *_: Any, **__: Any) -> None:
        """Nothing: who is linked by whom stands in their history."""

    @override
    def get_requests_session(self) -> requests.Session:
        return Outbound()

    @override
    def on_authentication_error(self, request: HttpRequest, _: Any, **about: Any) -> None:
        problem = about.get("exception")
        log.warning("oidc.not_finished", problem=type(problem).__name__ if problem else str(about.get("error")))
        raise ImmediateHttpResponse(refuse(request, AWAY if problem else NOT_FINISHED))

    @override
    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Who it is, what they may do, and whether they come in; otherwise raises ImmediateHttpResponse."""
        _come_from_there(request)
        claims, held = sociallogin.claims, sociallogin.state.get("data") or {}
        sociallogin.token = None
        if not held.get("nonce") or claims.get("nonce") != held["nonce"]:
            raise ImmediateHttpResponse(refuse(request, NOT_FINISHED))
        if "proving" in held:
            raise ImmediateHttpResponse(_prove(request, sociallogin, held))
        if request.user.is_authenticated:
            raise ImmediateHttpResponse(go_to(request, sociallogin.state.get("next") or "work"))
        user = _person(request, sociallogin)
        sociallogin.user = sociallogin.account.user = user
        request.session[PROVED_AT] = said.proved_at(claims)
        if said.had_second_factor(claims, provider().second_factor):
            record_authentication(request, user, "mfa", type="oidc")


def leave_for(request: HttpRequest, target: str, *, proving: bool) -> str | None:
    """The address at the provider to go on to; None where it cannot be reached. With `proving` it has to ask anew."""
    nonce = secrets.token_urlsafe(24)
    held = {"nonce": nonce} | ({"proving": request.user.pk, "began": time.time()} if proving else {})
    asked = {"prompt": "login", "max_age": "0"} if proving else {"max_age": str(SESSION_THERE)}
    handshake = Handshake(request, provider().id)
    try:
        answer = handshake.get_provider().redirect(
            request, process="login", next_url=target, data=held, auth_params={**asked, "nonce": nonce}
        )
    except (OAuth2Error, requests.RequestException) as problem:
        log.warning("oidc.away", problem=type(problem).__name__)
        return None
    return str(answer["Location"]) if "Location" in answer else None


def come_back(request: HttpRequest) -> HttpResponse:
    """Signs in whom the provider sent back, or says in a sentence why not."""
    view = OAuth2CallbackView.adapter_view(Handshake(request, provider().id))
    try:
        answer: HttpResponse = view(request)
    except (OAuth2Error, requests.RequestException) as problem:
        log.warning("oidc.away", problem=type(problem).__name__)
        return refuse(request, AWAY)
    _date(request)
    return answer


def refuse(request: HttpRequest, sentence: str, target: str = "") -> HttpResponse:
    """Leads to where one can begin anew, which says it; the code of the provider is in no address any more."""
    messages.error(request, sentence.format(name=provider().name))
    page = reverse("prove" if request.user.is_authenticated else "sign_in")
    return go_to(request, f"{page}?{urlencode({'next': target})}" if target else page)


def _come_from_there(request: HttpRequest) -> None:
    """allauth has looked the session up anew, without what middleware had put there."""
    session = cast("SessionStore", request.session)
    session.browser = browser_of(request.headers.get("User-Agent", ""))
    session.address = address_of(request) or None


def _person(request: HttpRequest, sociallogin: SocialLogin) -> User:
    """Who comes in; raises ImmediateHttpResponse where that is nobody."""
    ours = provider()
    met = said.rules_met(ours.rules, sociallogin.claims)
    try:
        user = _known(sociallogin) or _new(sociallogin, may_come=bool(met))
    except NotFit:
        raise _not_let_in(request, sociallogin, ANOTHER) from None
    if user is None:
        raise _not_let_in(request, sociallogin, UNKNOWN)
    if not user.is_active:
        raise _not_let_in(request, sociallogin, CLOSED, user)
    if ours.rules:
        decided, given = ([(rule.role, rule.connection) for rule in rules] for rules in (ours.rules, met))
        federate.settle_roles(user, Mapped(decided, given), provider=ours.name)
    return user


def _not_let_in(
    request: HttpRequest, sociallogin: SocialLogin, sentence: str, user: User | None = None
) -> ImmediateHttpResponse:
    """Written down, and said on the page where one can begin anew."""
    not_let_in(user.username if user else said.username_of(sociallogin.claims, provider().person_claim))
    return ImmediateHttpResponse(refuse(request, sentence))


def _known(sociallogin: SocialLogin) -> User | None:
    """By the link, whatever they are called by now; otherwise by name, which links them. Raises NotFit."""
    if sociallogin.is_existing:
        return cast("User", sociallogin.user)
    claim = provider().person_claim
    name = said.username_of(sociallogin.claims, claim)
    user = federate.known_as(name, by_email=claim == "email")
    if user is not None and user.is_active:
        federate.link(user, _account(sociallogin))
    return user


def _new(sociallogin: SocialLogin, *, may_come: bool) -> User | None:
    """Somebody whom claims give a role, where the console takes people in by that."""
    name = said.username_of(sociallogin.claims, provider().person_claim)
    if not (name and may_come and provider().takes_in):
        return None
    names = said.one_text(sociallogin.claims, "given_name"), said.one_text(sociallogin.claims, "family_name")
    user = federate.take_in(name, names, _account(sociallogin))
    federate.link(user, _account(sociallogin))
    return user


def _account(sociallogin: SocialLogin) -> Account:
    return Account(provider().id, provider().name, sociallogin.account.uid)


def _prove(request: HttpRequest, sociallogin: SocialLogin, held: Mapping[str, Any]) -> HttpResponse:
    """The proof of whoever is signed in, if it is they and the provider asked them since it was wanted."""
    is_they = sociallogin.is_existing and sociallogin.user.pk == request.user.pk == held["proving"]
    if not is_they or said.proved_at(sociallogin.claims) < held["began"] - LEEWAY:
        return refuse(request, NOT_PROVED, str(sociallogin.state.get("next") or ""))
    ours = provider().second_factor
    method = {"method": "mfa", "type": "oidc"} if said.had_second_factor(sociallogin.claims, ours) else None
    record_authentication(request, request.user, **(method or {"method": "socialaccount"}), reauthenticated=True)
    request.method = "POST"  # what waited for the proof was posted, and its token was checked then
    return go_on(request, str(sociallogin.state.get("next") or "/"))


def _date(request: HttpRequest) -> None:
    """The proof that stands in the session is as old as the provider says, not as the way back from there."""
    proved_at = request.session.pop(PROVED_AT, None)
    records = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY)
    if proved_at is None or not records:
        return
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {**one, "at": min(one["at"], proved_at)} if _is_ours(one) else one for one in records
    ]


def _is_ours(record: Mapping[str, Any]) -> bool:
    return bool(record["method"] == "socialaccount" or record.get("type") == "oidc")
