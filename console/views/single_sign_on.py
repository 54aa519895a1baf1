"""Single sign-on: away to the provider of the organisation, and back. Not there unless it is switched on."""

from __future__ import annotations

from datetime import timedelta
from types import ModuleType

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import salted_hmac
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from console.accounts.address import address_of
from console.flows.allow import allow
from console.views.answers import go_to
from console.views.proving import is_ours

A_MINUTE = timedelta(minutes=1)
MOST = 20
"""Times in a minute that one address may set out: each asks the provider something."""


@login_not_required
@never_cache
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Sets out for the provider; whoever is signed in already does so to prove that it is they.

    The page that leads on does it by a header: what a form is answered with may lead to no other site.
    """
    oidc = _switched_on()
    wanted = request.POST.get("next") or ""
    target = wanted if is_ours(request, wanted) else settings.LOGIN_REDIRECT_URL
    proving = request.user.is_authenticated and bool(request.POST.get("proving"))
    if request.user.is_authenticated and not proving:
        return go_to(request, target)
    allow("single sign-on", _hidden(address_of(request)), most=MOST, within=A_MINUTE)
    address = oidc.leave_for(request, target, proving=proving)
    if address is None:
        answer: HttpResponse = oidc.refuse(request, oidc.AWAY, target)
        return answer
    page = render(request, "registration/leaving.html", {"name": oidc.provider().name, "address": address})
    page["Refresh"] = f"0; url={address}"
    return page


@login_not_required
@never_cache
@require_safe
def back(request: HttpRequest) -> HttpResponse:
    """Where the provider sends people back to."""
    answer: HttpResponse = _switched_on().come_back(request)
    return answer


def _hidden(address: str) -> str:
    """What is counted stands in a table, and an address is personal."""
    return salted_hmac("single sign-on", address, algorithm="sha256").hexdigest()


def _switched_on() -> ModuleType:
    """What speaks with the provider; it can be imported only where there is one."""
    if settings.STEWARD_OIDC is None:
        raise Http404
    from console.accounts import oidc

    return oidc
