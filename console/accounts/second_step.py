"""The second step of signing in: whoever has a second factor shows it before the session is theirs."""

from __future__ import annotations

from typing import override

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.stages import LoginStage
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponse

from console.models import User
from console.views.answers import go_to

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class FactorStage(LoginStage):  # type: ignore[misc]  # allauth ships no types
    """Asks for the second factor, unless a passkey, or a provider that asked for two factors itself, was the first."""

    key = "mfa_authenticate"
    urlname = "sign_in_factor"

    @override
    def handle(self) -> tuple[HttpResponse | None, bool]:
        if (
            self.login.user is None
            or not has_second_factor(self.login.user)
            or _was_both(self.request, self.login.user)
        ):
            return None, True
        return go_to(self.request, self.urlname), True


def has_second_factor(user: User) -> bool:
    """Whether they have an app that makes codes, or a passkey; recovery codes alone are none."""
    return bool(is_mfa_enabled(user, types=list(FACTORS)))


def _was_both(request: HttpRequest, user: User) -> bool:
    records = get_authentication_records(request, user)
    return any(one["method"] == "mfa" and (one.get("passwordless") or one.get("type") == "oidc") for one in records)
