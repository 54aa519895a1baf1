"""Connect: makes a connection to a provider's account, or changes how it is reached; its own history tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction

from console.errors import NotFit
from console.flows.reaching import problem_with, problem_with_host
from console.flows.record import record
from console.models import Connection, Origin, User
from providers import registry
from providers.base import BadOptions

if TYPE_CHECKING:
    from providers.base import Provider

MOST = 10_000


@dataclass(frozen=True, slots=True)
class Account:
    """What is said of a connection. Left out = as it stands, or the provider's default for a new one.

    An empty option takes it back to its default. Credentials are by the keys that the provider names.
    """

    name: str
    provider_slug: str = ""
    base_url: str = ""
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    options: Mapping[str, str] = field(default_factory=dict)
    slots: int | None = None
    rate: int | None = None


def connect(account: Account, *, by: User | None, origin: Origin) -> tuple[Connection, bool]:
    """Gives the connection, and whether it is new. Doing it twice is the same as doing it once, and leaves one event.

    Raises NotFit for whatever cannot work, with what would. Where the host is, is found out before anything is locked.
    """
    if account.base_url:
        check_base_url(account.base_url)
        if problem := problem_with_host(account.base_url):
            raise NotFit(problem)
    return _connect(account, by=by, origin=origin)


def check_base_url(url: str) -> None:
    """Raises NotFit unless requests may go there: by https to a listed host."""
    if problem := problem_with(url):
        raise NotFit(problem)


@transaction.atomic
def _connect(account: Account, *, by: User | None, origin: Origin) -> tuple[Connection, bool]:
    connection = Connection.objects.select_for_update(no_key=True).filter(name=account.name).first()
    new = connection is None
    connection = connection or Connection(name=account.name, provider_slug=account.provider_slug)
    provider = _provider(connection, account)
    moved = [
        *_take_over(connection, account),
        *_base_url(connection, account, provider),
        *_credentials(connection, account, provider, new=new),
    ]
    if moved:
        _save(connection)
        record(connection, "connection.set", by=by, origin=origin, details=_told(connection, moved, new=new))
    return connection, new


def _provider(connection: Connection, account: Account) -> Provider:
    """The provider with the options that will hold."""
    known = {provider.slug: provider for provider in registry.all()}
    if connection.pk and account.provider_slug not in {"", connection.provider_slug}:
        raise NotFit(
            f"{connection.name} is a connection to {connection.provider_slug}: make another for another provider."
        )
    if connection.provider_slug not in known:
        raise NotFit(f"Say which provider it is, one of {', '.join(known)}.")
    try:
        return known[connection.provider_slug].configured(_options(connection, account))
    except BadOptions as problem:
        raise NotFit(" ".join(f"{each.field}: {each.message}" for each in problem.violations)) from None


def _options(connection: Connection, account: Account) -> dict[str, str]:
    return {name: value for name, value in {**connection.options, **account.options}.items() if value}


def _take_over(connection: Connection, account: Account) -> list[str]:
    for name, number in {"slots": account.slots, "rate": account.rate}.items():
        if number is not None and not 1 <= number <= MOST:
            raise NotFit(f"The {name} must be a number from 1 to {MOST}.")
    wanted = {"options": _options(connection, account), "slots": account.slots, "rate": account.rate}
    moved = [name for name, value in wanted.items() if value is not None and value != getattr(connection, name)]
    for name in moved:
        setattr(connection, name, wanted[name])
    return moved


def _base_url(connection: Connection, account: Account, provider: Provider) -> list[str]:
    url = (account.base_url or connection.base_url or provider.default_base_url or "").rstrip("/")
    if not url:
        raise NotFit(f"{provider.title} publishes no base URL: say which one your account has.")
    check_base_url(url)
    moved = url != connection.base_url
    connection.base_url = url
    return ["base URL"] if moved else []


def _credentials(connection: Connection, account: Account, provider: Provider, *, new: bool) -> list[str]:
    """Those that are given replace those that stand; what the provider does not ask for is refused or forgotten."""
    held = {} if new else connection.credentials
    keys = provider.credential_keys
    if strange := sorted(set(account.credentials) - set(keys)):
        raise NotFit(f"{provider.title} has no credential {', '.join(strange)}: it asks for {' and '.join(keys)}.")
    wanted = {name: value for name, value in {**held, **account.credentials}.items() if name in keys}
    if missing := [name for name in keys if not wanted.get(name)]:
        raise NotFit(f"{provider.title} asks for the credential {' and '.join(missing)} as well.")
    for name, value in wanted.items():
        if not (value.isascii() and value.isprintable()):
            raise NotFit(f"The credential {name} holds a character that no request can carry.")
    if wanted == held:
        return []
    connection.credentials = wanted
    return ["credentials"]


def _save(connection: Connection) -> None:
    try:
        connection.full_clean(exclude=["sealed_credentials"], validate_unique=False)
    except ValidationError as problem:
        raise NotFit(" ".join(problem.messages)) from None
    connection.save()


def _told(connection: Connection, moved: list[str], *, new: bool) -> dict[str, object]:
    """Everything but the secrets."""
    return {
        "new": new,
        "moved": moved,
        "provider": connection.provider_slug,
        "base URL": connection.base_url,
        "options": connection.options,
        "slots": connection.slots,
        "rate": connection.rate,
    }
