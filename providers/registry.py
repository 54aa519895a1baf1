"""The providers there are. The only module that names them."""

from providers.base import Provider
from providers.caibo import Caibo
from providers.finosu import Finosu
from providers.flowwise import Flowwise
from providers.sqril import Sqril
from providers.timepay import TimePay

_PROVIDERS: tuple[Provider, ...] = (TimePay(), Finosu(), Caibo(), Flowwise(), Sqril())


class UnknownProvider(LookupError):
    """No provider has this slug."""


def all() -> tuple[Provider, ...]:  # noqa: A001 -- registry.all() reads as what it is
    """Every provider without any connection's options, in the order a person sees them."""
    return _PROVIDERS


def get(slug: str) -> Provider:
    """The provider of that slug; UnknownProvider if there is none."""
    for provider in _PROVIDERS:
        if provider.slug == slug:
            return provider
    raise UnknownProvider(slug)
