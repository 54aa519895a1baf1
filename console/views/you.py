"""A person's own page: who they are here, what they may do where, and how the console behaves for them."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from console.flows.prefer import prefer
from console.forms.you import YouForm, clock, form_of, zones
from console.models import Mail, User
from console.permissions import givers_sentence, held_roles
from console.views.answers import go_to
from console.views.people import person

MAILED = {
    Mail.NOTHING: "You get no e-mail now.",
    Mail.MINE: "What becomes of your changes you are told by e-mail now.",
    Mail.ALL: "What becomes of your changes, and what waits for your decision, you are told by e-mail now.",
}


@require_http_methods(["GET", "HEAD", "POST"])
def you(request: HttpRequest) -> HttpResponse:
    """Shows the settings, or saves them."""
    user = person(request)
    if request.method != "POST":
        return _page(request, user, form_of(user))
    form = YouForm(request.POST)
    if not form.is_valid():
        return _page(request, user, form, status=422)
    moved = prefer(form.preferences(user), by=user)
    messages.success(request, _said(moved, form))
    return go_to(request, "you")


def _page(request: HttpRequest, user: User, form: YouForm, *, status: int = 200) -> HttpResponse:
    now = timezone.now()
    roles = held_roles(user)
    context = {
        "form": form,
        "zone": user.time_zone,
        "clock": clock(user.time_zone, now),
        "zones": zones(now, str(form["time_zone"].value() or "")),
        "mails": Mail.choices if settings.STEWARD_SENDS_MAIL else (),
        "roles": roles,
        "who_gives": "" if roles else givers_sentence(to=user),
    }
    return render(request, "people/you.html", context, status=status)


def _said(moved: list[str], form: YouForm) -> str:
    """What is different now, in sentences."""
    zone, keys, email = (form.cleaned_data[name] for name in ("time_zone", "single_keys", "email"))
    told = {
        "time_zone": f"Times are shown in {zone.replace('_', ' ')} now, where it is {clock(zone, timezone.now())}.",
        "single_keys": f"Single keys are {'on' if keys else 'off'} now.",
        "mail": MAILED[form.cleaned_data["mail"]] if "mail" in moved else "",
        "email": f"Mails go to {email} now." if email else "No address is kept.",
    }
    return " ".join(["Saved.", *(told[name] for name in moved)]) if moved else "Saved; nothing was different."
