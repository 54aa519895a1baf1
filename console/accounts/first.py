"""Where everybody has to have a second factor: whoever has none sets one up before anything else opens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from console.accounts.second_step import has_second_factor
from console.views.answers import go_to

# Where one proves oneself, adds a factor, or leaves.
OPEN = frozenset(
    {
        *("factors", "factor_app", "factor_passkey", "factor_codes", "passkey_ask", "prove", "sign_out"),
        *("sign_in", "sign_in_factor", "sign_in_passkey", "sso_begin", "sso_back", "invitation", "password_reset"),
    }
)


class SecondFactorFirst:
    """Leads to the page of factors whoever is signed in without a second one, if the settings want one of everybody."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        """What a page fetches by itself is not answered at all, since it would lead on what stands open."""
        match = request.resolver_match
        if not settings.STEWARD_SECOND_FACTOR or (match and match.url_name in OPEN) or not _lacks_one(request):
            return None
        if request.headers.get("HX-Request") == "true" and request.method == "GET":
            return HttpResponse(status=204)
        return go_to(request, "factors")


def _lacks_one(request: HttpRequest) -> bool:
    """Whoever showed a second factor in this session has one, or their provider does; only others are looked up."""
    user = request.user
    if not user.is_authenticated:
        return False
    shown = any(record.get("method") == "mfa" for record in get_authentication_records(request, user))
    return not shown and not has_second_factor(user)
