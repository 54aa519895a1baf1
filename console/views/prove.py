"""The page on which somebody proves that it is really they who sit there, before they go on."""

from __future__ import annotations

from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from console.views.people import person
from console.views.proving import go_on


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: HttpRequest) -> HttpResponse:
    """Asks for the password, then does what waited for it."""
    target = request.POST.get("next") or request.GET.get("next") or "/"
    if request.method == "POST" and person(request).check_password(request.POST.get("password", "")):
        reauthenticate_by_password(request)
        return go_on(request, target)
    refused = request.method == "POST"
    return render(
        request, "registration/prove.html", {"next": target, "refused": refused}, status=422 if refused else 200
    )
