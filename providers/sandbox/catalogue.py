"""The five APIs, by slug."""

from providers.sandbox.api import Api
from providers.sandbox.caibo import Caibo
from providers.sandbox.finosu import Finosu
from providers.sandbox.flowwise import Flowwise
from providers.sandbox.misuse import Misuse
from providers.sandbox.sqril import Sqril
from providers.sandbox.timepay import Timepay

APIS: dict[str, Api] = {api.slug: api for api in (Timepay(), Finosu(), Caibo(), Flowwise(), Sqril())}


def api(slug: str) -> Api:
    """The API with this slug; raises Misuse."""
    if slug not in APIS:
        raise Misuse(f"There is no provider {slug!r}: the sandbox plays {', '.join(APIS)}.")
    return APIS[slug]
