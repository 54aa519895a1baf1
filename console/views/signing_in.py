"""Signing in and out: a password or a passkey, then the second factor of whoever has one. Each leaves an event."""

from __future__ import annotations

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.account.stages import LoginStage, LoginStageController
from allauth.mfa.base.internal.flows import post_authentication
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from console.accounts.guessing import WAIT_SECONDS
from console.accounts.second_step import FactorStage
from console.demo_people import DEMO_PEOPLE
from console.flows.record import record
from console.flows.refuse import not_let_in
from console.forms.factors import FactorForm, PasskeyForm
from console.forms.signing_in import SignInForm
from console.models import Origin, Role, User
from console.views.answers import go_to
from console.views.people import person

LONGEST_NAME = 150
# Cookies would be those of every host of this domain, and with them the one that takes the place of the session's.
FORGOTTEN = '"cache", "storage"'


@login_not_required
@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Asks for name and password, and leads on to the second factor or to where the person wanted to go."""
    target = _target(request)
    if request.user.is_authenticated:
        return redirect(target)
    form = SignInForm(request, request.POST if request.method == "POST" else None)
    if form.is_valid():
        user = form.get_user()
        record_authentication(request, user, "password")
        return _enter(request, user, target)
    if form.is_bound and not form.is_too_many and form.cleaned_data.get("username") and form.data.get("password"):
        not_let_in(form.cleaned_data["username"])
    return _ask(request, form, target, status=422 if form.is_bound else 200)


@login_not_required
@never_cache
@require_POST
def by_passkey(request: HttpRequest) -> HttpResponse:
    """Signs in whoever the passkey belongs to: it is both factors in one."""
    target = _target(request)
    if request.user.is_authenticated:
        return go_to(request, target)
    form = PasskeyForm(request, None, posted=True)
    if form.is_valid() and form.factor is not None:
        post_authentication(request, form.factor, passwordless=True)
        return _enter(request, form.factor.user, target)
    return _ask(request, SignInForm(request), target, status=form.status, refusal=form.refusal)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Asks for the second factor of whoever has shown their password a moment ago."""
    if request.user.is_authenticated:
        return go_to(request, "work")
    stage: LoginStage | None = LoginStageController.enter(request, FactorStage.key)
    if stage is None or not stage.login.user.is_active:
        return go_to(request, "sign_in")
    form = FactorForm(request, stage.login.user, posted=request.method == "POST")
    if form.is_valid() and form.factor is not None:
        post_authentication(request, form.factor)
        done: HttpResponse = stage.exit()
        return done
    if form.is_bound and not form.is_too_many:
        not_let_in(stage.login.user.username)
    return waiting_if_too_many(render(request, "registration/factor.html", {"form": form}, status=form.status))


def sign_in_anew(request: HttpRequest) -> HttpResponse:
    """What follows a form for signing in that was too old: the same one, new; whoever is signed in by now goes on."""
    target = _target(request)
    if request.user.is_authenticated:
        return go_to(request, target)
    typed = {"username": request.POST.get("username", "")[:LONGEST_NAME]}
    return _ask(request, SignInForm(request, initial=typed), target, status=403, too_old=True)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session, and has the browser forget all that it kept of it, the pages behind its Back button as well."""
    user = User.objects.get(pk=person(request).pk)
    with transaction.atomic():
        record(user, "person.signed_out", by=user, origin=Origin.PAGE)
        logout(request)
    messages.info(request, "You are signed out.")
    response = go_to(request, "sign_in")
    response["Clear-Site-Data"] = FORGOTTEN
    return response


def waiting_if_too_many(response: HttpResponse) -> HttpResponse:
    """Says when it works again, where it was tried too often."""
    if response.status_code == 429:
        response["Retry-After"] = str(WAIT_SECONDS)
    return response


def _enter(request: HttpRequest, user: User, target: str) -> HttpResponse:
    """On to the second factor, or to the page that was asked for."""
    answer: HttpResponse = perform_login(request, Login(user=user, redirect_url=target))
    return answer


def _ask(
    request: HttpRequest, form: SignInForm, target: str, *, status: int, too_old: bool = False, refusal: str = ""
) -> HttpResponse:
    context = {"form": form, "next": target, "leads_to": _name_of(target), "demo_people": _demo_people()}
    more = {"too_old": too_old, "refusal": refusal or form.refusal, "sends_mail": settings.STEWARD_SENDS_MAIL}
    answered = 429 if form.is_bound and form.is_too_many else status
    return waiting_if_too_many(render(request, "registration/login.html", context | more, status=answered))


def _target(request: HttpRequest) -> str:
    """The page asked for before signing in, if it is one of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe and wanted.startswith("/") else settings.LOGIN_REDIRECT_URL


def _name_of(target: str) -> str:
    """What the page that one goes on to is called in the code; empty for the first page, and where there is none."""
    try:
        name = resolve(target.partition("?")[0]).url_name or ""
    except Resolver404:
        return ""
    return "" if target == settings.LOGIN_REDIRECT_URL else name


def _demo_people() -> list[tuple[str, str, str]]:
    """Username, roles and password of the demo's people; nobody anywhere else."""
    if not settings.STEWARD_DEMO:
        return []
    return [(one.username, ", ".join(Role(role).label for role in one.roles), one.password) for one in DEMO_PEOPLE]
