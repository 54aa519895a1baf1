"""How a connection proves who it is: the schemes, the credentials each needs, and the headers made of them."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from providers.errors import NotAllowed

MASK = "••••••"


@dataclass(frozen=True, slots=True)
class Scheme:
    """One way of authenticating. `headers` are templates over the credentials' keys."""

    name: str
    label: str
    keys: tuple[str, ...]
    templates: Mapping[str, str]

    def headers(self, credentials: Mapping[str, str]) -> dict[str, str]:
        """The headers of a request; NotAllowed, naming the key and never its value, for one that is missing."""
        for key in self.keys:
            if not isinstance(credentials.get(key), str) or not credentials[key]:
                raise NotAllowed(f"the credential “{key}” is missing")
        if self.name == "basic":
            return {"Authorization": f"Basic {_basic(credentials)}"}
        return {name: template.format_map(credentials) for name, template in self.templates.items()}

    def masked(self) -> tuple[tuple[str, str], ...]:
        """The headers as a page shows them."""
        masks = dict.fromkeys((*self.keys, "pair"), MASK)
        return tuple((name, template.format_map(masks)) for name, template in self.templates.items())


CREDENTIAL_LABELS: Mapping[str, str] = MappingProxyType(
    {"token": "Access token", "api_key": "API key", "client_id": "Client ID", "client_secret": "Client secret"}
)

SCHEMES: Mapping[str, Scheme] = MappingProxyType(
    {
        scheme.name: scheme
        for scheme in (
            Scheme("bearer", "Bearer token", ("token",), {"Authorization": "Bearer {token}"}),
            Scheme("api_key", "API key in X-API-Key", ("api_key",), {"X-API-Key": "{api_key}"}),
            Scheme(
                "client",
                "Client ID and secret in headers",
                ("client_id", "client_secret"),
                {"x-client-id": "{client_id}", "x-client-secret": "{client_secret}"},
            ),
            Scheme(
                "basic",
                "Basic, with client ID and secret",
                ("client_id", "client_secret"),
                {"Authorization": "Basic {pair}"},
            ),
        )
    }
)


def _basic(credentials: Mapping[str, str]) -> str:
    if ":" in credentials["client_id"]:
        raise NotAllowed("the credential “client_id” holds a colon, which Basic authentication cannot carry")
    try:
        pair = f"{credentials['client_id']}:{credentials['client_secret']}".encode()
    except UnicodeEncodeError:
        pair = b""
    if not pair:
        raise NotAllowed("a credential holds a character that cannot be sent")
    return base64.b64encode(pair).decode("ascii")
