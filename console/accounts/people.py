"""Who may come in: nobody signs up, every step of signing in is counted, and coming in is an event."""

from __future__ import annotations

from typing import Any, override

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from console.accounts.address import address_of
from console.flows.factors import signed_in
from console.models import User
from console.views.answers import go_to

BACKEND = "console.backend.Backend"
CLOSED = "This account is closed. An administrator of this console can open it again."


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """What allauth asks us about accounts."""

    @override
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    @override
    def get_client_ip(self, request: HttpRequest) -> str:
        return address_of(request)

    @override
    def get_login_stages(self) -> list[str]:
        return ["console.accounts.second_step.FactorStage"]

    @override
    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Counts every attempt of an address, then the failed ones of address and account; raises ValidationError."""
        if not ratelimit.consume(request, action="login"):
            raise self.validation_error("too_many_login_attempts")
        super().pre_authenticate(request, **credentials)

    @override
    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """By the account alone: a console that is reached under several names allows no more attempts for that."""
        return str(credentials.get("username", "")).lower()

    @override
    @transaction.atomic
    def login(self, request: HttpRequest, user: User) -> None:
        login(request, user, backend=BACKEND)
        signed_in(by=user, proofs=[_proof(one) for one in get_authentication_records(request, user)])

    @override
    def post_login(self, request: HttpRequest, user: User, *, redirect_url: str | None, **_: Any) -> HttpResponse:
        return go_to(request, redirect_url or "work")

    @override
    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Only somebody who proved who they are is told so."""
        messages.error(request, CLOSED)
        return go_to(request, "sign_in")


def _proof(record: dict[str, Any]) -> str:
    """What somebody proved themselves by, in a word: “password”, “totp”, “webauthn”, “recovery_codes”."""
    return str(record.get("type") or record["method"])
