"""How a person signs in: their password, the app that makes codes, passkeys, recovery codes; all of it on their own."""

from __future__ import annotations

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from console.accounts import passkeys
from console.accounts.second_step import has_second_factor
from console.errors import StepNotPossible
from console.flows import factors
from console.forms.factors import AppForm, NewPasskeyForm
from console.models import User
from console.views.answers import go_to
from console.views.factor_page import app_picture, in_groups, ways_in
from console.views.people import person
from console.views.proving import TEN_MINUTES, proved

# Where in the session the secret waits until somebody shows that their app holds it; sessions are sealed.
TO_COME = "app_to_come"


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """What this person has to sign in with, and what there is to add."""
    user = person(request)
    context = {"ways": ways_in(user), "has_to": settings.STEWARD_SECOND_FACTOR and not has_second_factor(user)}
    return render(request, "people/factors.html", context)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@proved(within=TEN_MINUTES)
def app(request: HttpRequest) -> HttpResponse:
    """Adds an app that makes codes: begins with a new secret, shows it, and takes the first code for it."""
    user, secret = person(request), request.session.get(TO_COME)
    begins = request.method == "POST" and "code" not in request.POST
    if begins:
        request.session[TO_COME] = generate_totp_secret()
        return go_to(request, "factor_app")
    if not secret:
        return go_to(request, "factors")
    form = AppForm(request, user, secret, posted=request.method == "POST")
    if form.is_valid():
        return _add_app(request, user, form)
    link = get_adapter().build_totp_url(user, secret)
    context = {"form": form, "link": link, "picture": app_picture(link), "secret": in_groups(secret)}
    return render(request, "people/factor_app.html", context, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@proved(within=TEN_MINUTES, goes_on=False)
def passkey(request: HttpRequest) -> HttpResponse:
    """Adds a passkey: tells the browser what to make one of, then keeps what it made."""
    user = person(request)
    if request.method == "POST" and "credential" not in request.POST:
        return JsonResponse(passkeys.offer(user))
    form = NewPasskeyForm(request, user, posted=request.method == "POST")
    if form.is_valid():
        factor = factors.add_passkey(form.cleaned_data["name"], form.made, by=user)
        return _added(request, user, factor, "From now on you can sign in with this passkey alone.")
    return render(request, "people/factor_passkey.html", {"form": form}, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@proved(within=TEN_MINUTES, only_posts=True)
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes one of their own factors away; a visit leads to all of them."""
    if request.method != "POST":
        return go_to(request, "factors")
    try:
        factors.remove(pk, by=person(request))
    except Authenticator.DoesNotExist:
        raise Http404 from None
    except StepNotPossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, "Removed. It signs nobody in any more.")
    return go_to(request, "factors")


@require_http_methods(["GET", "HEAD", "POST"])
@proved(within=TEN_MINUTES)
def codes(request: HttpRequest) -> HttpResponse:
    """Shows the recovery codes that are left, or makes new ones."""
    user = person(request)
    if request.method != "POST":
        return _show_codes(request, user)
    try:
        factors.renew_codes(by=user)
    except StepNotPossible as problem:
        messages.error(request, str(problem))
        return go_to(request, "factors")
    messages.success(request, "These are new. The codes before work no more.")
    return go_to(request, "factor_codes")


def _show_codes(request: HttpRequest, user: User) -> HttpResponse:
    kept = Authenticator.objects.filter(user=user, type=factors.CODES).first()
    if kept is None:
        return go_to(request, "factors")
    left = [in_groups(code, 5) for code in kept.wrap().get_unused_codes()]
    return render(request, "people/factor_codes.html", {"codes": left})


def _add_app(request: HttpRequest, user: User, form: AppForm) -> HttpResponse:
    del request.session[TO_COME]
    try:
        factor = factors.add_app(form.secret, used_until=form.moment, by=user)
    except StepNotPossible as problem:
        messages.error(request, str(problem))
        return go_to(request, "factors")
    return _added(request, user, factor, "From now on you are asked for a code of this app when you sign in.")


def _added(request: HttpRequest, user: User, factor: Authenticator, words: str) -> HttpResponse:
    """Whoever has just added a factor has just shown it; with the first one come codes, which they should keep."""
    record_authentication(request, user, "mfa", id=factor.pk, type=factor.type, reauthenticated=True)
    messages.success(request, words)
    is_first = Authenticator.objects.filter(user=user).exclude(type=factors.CODES).count() == 1
    return go_to(request, "factor_codes" if is_first else "factors")
