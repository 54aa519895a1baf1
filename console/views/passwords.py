"""Passwords: changing one's own, and setting a new one by a link that is mailed to whoever forgot theirs."""

from __future__ import annotations

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.tokens import default_token_generator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from console.errors import NotFit, TooMany
from console.flows import factors, forgotten
from console.forms.passwords import ForgottenForm, NewPasswordForm
from console.models import User
from console.views.answers import go_to
from console.views.people import person
from console.views.proving import TEN_MINUTES, proved

FIVE_MINUTES = 300


@sensitive_post_parameters("new", "again")
@require_http_methods(["GET", "HEAD", "POST"])
@proved(within=TEN_MINUTES, goes_on=False)
def change(request: HttpRequest) -> HttpResponse:
    """Changes the password of whoever has just proved that it is they; sessions elsewhere are over by that."""
    user = person(request)
    if not user.has_usable_password():
        return go_to(request, "factors")
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    changed = _set(form, user, reset=False)
    if changed is None:
        return render(request, "people/password.html", {"form": form}, status=422 if form.is_bound else 200)
    update_session_auth_hash(request, changed)
    messages.success(request, "Your password is changed. Wherever else you were signed in, you are not any more.")
    return go_to(request, "factors")


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgot(request: HttpRequest) -> HttpResponse:
    """Has a link mailed to whoever is called like that. The answer is the same whether there is anybody."""
    if not settings.STEWARD_SENDS_MAIL or not settings.STEWARD_URL:
        raise Http404
    form = ForgottenForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        username = form.cleaned_data["username"]
        if not ratelimit.consume(request, action="reset_password", key=username.lower()):
            raise TooMany(FIVE_MINUTES)
        forgotten.ask(username)
        messages.info(request, "If somebody is called like that and has an address here, a link is on its way to it.")
        return go_to(request, "sign_in")
    return render(request, "registration/forgotten.html", {"form": form}, status=422 if form.is_bound else 200)


@login_not_required
@never_cache
@sensitive_post_parameters("new", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def reset(request: HttpRequest, pk: int, token: str) -> HttpResponse:
    """Sets a new password by a link that was mailed, once. That signs nobody in: a second factor is asked as before."""
    user = User.objects.filter(pk=pk, is_active=True).first()
    if user is None or not default_token_generator.check_token(user, token):
        return render(request, "registration/link_over.html", status=404)
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    if _set(form, user, reset=True) is None:
        context = {"form": form, "username": user.username}
        return render(request, "registration/new_password.html", context, status=422 if form.is_bound else 200)
    messages.success(request, "Your password is set. Sign in with it now.")
    return go_to(request, "sign_in")


def _set(form: NewPasswordForm, user: User, *, reset: bool) -> User | None:
    """The person with their new password; None where it is not fit, which the form then says."""
    if not form.is_valid():
        return None
    try:
        return factors.set_password(user, form.cleaned_data["new"], reset=reset)
    except NotFit as problem:
        form.add_error("new", str(problem))
        return None
