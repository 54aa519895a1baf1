"""The page on which somebody proves that it is really they who sit there, before they go on."""

from __future__ import annotations

from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.account.stages import LoginStageController
from allauth.core import ratelimit
from allauth.mfa.base.internal.flows import post_authentication
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from console.accounts import passkeys
from console.accounts.second_step import FactorStage, has_second_factor
from console.errors import TooMany
from console.flows import factors
from console.flows.refuse import not_let_in
from console.forms.factors import FactorForm, PasswordForm, ProofForm
from console.models import User
from console.views.people import person
from console.views.proving import go_on, how_old, is_ours
from console.views.signing_in import waiting_if_too_many

A_MINUTE = 60


@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: HttpRequest) -> HttpResponse:
    """Asks for the second factor, or the password of who has none, then does what waited for it."""
    user = person(request)
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    target = wanted if is_ours(request, wanted) else settings.LOGIN_REDIRECT_URL
    has_factor = has_second_factor(user)
    kind = FactorForm if has_factor else PasswordForm
    form: ProofForm = kind(request, user, posted=request.method == "POST")
    if form.is_valid():
        _note(request, form)
        return go_on(request, target)
    if form.is_bound and not form.is_too_many:
        not_let_in(user.username)
    context = {
        "form": form,
        "next": target,
        "how_old": how_old(target),
        "has_factor": has_factor,
        "has_password": user.has_usable_password(),
    }
    return waiting_if_too_many(render(request, "registration/prove.html", context, status=form.status))


@login_not_required
@never_cache
@require_POST
def ask_passkey(request: HttpRequest) -> HttpResponse:
    """What a browser is to ask its passkeys: those of whoever signs in or is signed in, or any for this console."""
    if not ratelimit.consume(request, action="login"):
        raise TooMany(A_MINUTE)
    user = person(request) if request.user.is_authenticated else _signing_in(request)
    return JsonResponse(passkeys.question(user))


def _note(request: HttpRequest, form: ProofForm) -> None:
    """Keeps the proof in the session, and writes it down."""
    if isinstance(form, FactorForm) and form.factor is not None:
        post_authentication(request, form.factor, reauthenticated=True)
        factors.proved(by=person(request), proof=str(form.factor.type))
    else:
        reauthenticate_by_password(request)
        factors.proved(by=person(request), proof="password")


def _signing_in(request: HttpRequest) -> User | None:
    """Who has shown their password and not yet their second factor."""
    stage = LoginStageController.enter(request, FactorStage.key)
    return stage.login.user if stage else None
