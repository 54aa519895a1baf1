"""The page behind a link by which somebody sets a password: who is new, or who lost every factor."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from console.errors import NotFit, StepNotPossible
from console.flows.inviting import invitation_of, use
from console.forms.people import PasswordForm
from console.views.answers import go_to


@login_not_required
@sensitive_post_parameters("password", "again")
@sensitive_variables("secret")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Asks for a password and sets it; looking at the page uses nothing up. Whoever comes in then signs in by it."""
    found = invitation_of(secret)
    if found is None:
        return render(request, "people/invitation_over.html", status=404)
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            use(secret, form.cleaned_data["password"])
        except NotFit as problem:
            form.add_error("password", str(problem))
        except StepNotPossible:
            return render(request, "people/invitation_over.html", status=404)
        else:
            logout(request)
            messages.success(request, f"Your password is set. Sign in as {found.user.username}.")
            return go_to(request, "sign_in")
    context = {"form": form, "invitation": found}
    return render(request, "people/invitation.html", context, status=422 if form.is_bound else 200)
