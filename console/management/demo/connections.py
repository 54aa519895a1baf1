"""Makes the demo's five connections, one to each provider that the sandbox plays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from console.flows.connect import Account, connect
from console.models import Connection, Origin
from providers import registry
from providers.sandbox import Control


@dataclass(frozen=True, slots=True)
class Limits:
    """How hard a provider may be driven: requests at once, and a second."""

    slots: int
    rate: int


LIMITS: Mapping[str, Limits] = {
    "timepay": Limits(4, 20),
    "finosu": Limits(2, 10),
    "caibo": Limits(4, 20),
    "flowwise": Limits(4, 20),
    "sqril": Limits(2, 10),
}
OPTIONS: Mapping[str, Mapping[str, str]] = {"finosu": {"loan_ids": "none"}}


def make_connections(control: Control) -> dict[str, Connection]:
    """The connections by the slug of their provider; a sandbox that moved to another port is followed."""
    made = {}
    for provider in registry.all():
        limits = LIMITS[provider.slug]
        account = Account(
            name=provider.title,
            provider_slug=provider.slug,
            base_url=control.base_url(provider.slug),
            credentials=control.credentials(provider.slug),
            options=OPTIONS.get(provider.slug, {}),
            slots=limits.slots,
            rate=limits.rate,
        )
        made[provider.slug], _ = connect(account, by=None, origin=Origin.COMMAND)
    return made
