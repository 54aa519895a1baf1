"""manage.py single_sign_on: says how single sign-on is set up and whether it works, and ends somebody's link."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from console.flows.federate import unlink
from console.models import Origin, User


class Command(BaseCommand):
    """Reads what the environment says, and asks the provider for its description."""

    help = (
        "Says which provider is set up, the address to register there, who gets which role, and whether it answers. "
        "With --unlink: ends the link of somebody whose account there is another one by now."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Says what can be given."""
        parser.add_argument("--unlink", metavar="USERNAME", help="they are known by name again at the next sign-in")

    def handle(self, *_: Any, unlink: str | None, **__: Any) -> None:
        """Does it, or says it."""
        if settings.STEWARD_OIDC is None:
            raise CommandError("Single sign-on is not switched on: STEWARD_OIDC_ISSUER is not set.")
        if unlink:
            self._unlink(unlink)
        else:
            self._tell()

    def _unlink(self, username: str) -> None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"Nobody is called {username}.")
        if not unlink(user, by=None, origin=Origin.COMMAND):
            raise CommandError(f"{username} is not linked with any account.")
        self.stdout.write(f"{username} is linked with no account any more.")

    def _tell(self) -> None:
        import requests
        from allauth.socialaccount.providers.oauth2.client import OAuth2Error

        from console.accounts.handshake import back_url, describe, provider

        ours = provider()
        self.stdout.write(f"Provider: {ours.name}, {ours.issuer}, as {ours.client_id}")
        self.stdout.write(f"Redirect address to register there: {back_url()}")
        self.stdout.write(f"People are known by the claim {ours.person_claim}; new ones: {_words(ours.takes_in)}")
        for rule in ours.rules:
            self.stdout.write(f"  {rule}")
        try:
            describe()
        except (OAuth2Error, requests.RequestException) as problem:
            raise CommandError(f"{ours.name} cannot be used: {type(problem).__name__}: {problem}") from None
        self.stdout.write(f"{ours.name} answers, and its description can be used.")


def _words(takes_in: bool) -> str:
    return "taken in if a claim gives them a role" if takes_in else "not taken in"
