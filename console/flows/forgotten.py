"""Forgotten: mails a link by which somebody can set a new password, whoever they say they are, to the address we have.

What is asked for is put into the queue whether anybody is called like that, so that asking takes as long for all.
"""

from __future__ import annotations

import structlog
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.urls import reverse
from procrastinate.contrib.django import app

from console.models import User

log = structlog.get_logger()

TASK, QUEUE = "forgotten", "mail"
NOBODY = 0


def ask(username: str) -> None:
    """Has a link mailed to the person of this name, if there is one with an address who signs in by a password."""
    user = User.objects.filter(username=username, is_active=True).exclude(email="").first()
    number = user.pk if user and user.has_usable_password() else NOBODY
    app.configure_task(TASK, queue=QUEUE, allow_unknown=True).defer(person_id=number)


def mail_link(person_id: int) -> bool:
    """Mails it; whether there was anybody to mail it to. Neither address nor link get into the log."""
    user = User.objects.filter(pk=person_id, is_active=True).exclude(email="").first()
    if user is None or not settings.STEWARD_SENDS_MAIL:
        return False
    headers = {"Auto-Submitted": "auto-generated"}
    message = EmailMessage("Steward: a new password", _body(user), to=[user.email], headers=headers)
    try:
        message.send()
    except OSError as problem:
        log.warning("mail.not_sent", person=user.pk, problem=type(problem).__name__)
        return False
    return True


def _body(user: User) -> str:
    where = reverse("password_reset", args=[user.pk, default_token_generator.make_token(user)])
    minutes = settings.PASSWORD_RESET_TIMEOUT // 60
    return "\n\n".join(
        (
            f"Somebody asked for a new password for {user.username}. If it was you, set one here:",
            f"{settings.STEWARD_URL}{where}",
            f"The link is good once, for {minutes} minutes. Your second factor is asked for as before.",
            "If it was not you, do nothing: your password stays as it is.",
        )
    )
