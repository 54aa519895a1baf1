"""The button that leads to the identity provider of the organisation, where one is set up."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.template import Library

from console.accounts.provider import Provider

register = Library()


@register.inclusion_tag("registration/single_sign_on.html")
def single_sign_on(target: str, *, proving: bool = False) -> dict[str, Any]:
    """A form of its own; nothing where single sign-on is not switched on."""
    provider: Provider | None = settings.STEWARD_OIDC
    return {"provider": provider, "next": target, "proving": proving}
