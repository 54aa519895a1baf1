"""What can go wrong between us and a provider, named by what can be done about it.

    ProviderError
    ├─ NotSent         nothing of the request left this process: try again
    │  └─ NotReadable  this provider, or this connection, offers no way to read a record
    ├─ TryLater        429, 425: not applied, try again `after` seconds
    ├─ Refused         400, 422, 403, a documented 404: not applied, the same request will be refused again
    ├─ NotAllowed      401, or a credential that cannot be used: the connection needs a person
    ├─ Misrouted       it wasn't this provider's API that answered: the connection needs a person
    ├─ Conflict        409: somebody else wrote in between, or our own earlier try did
    └─ OutcomeUnknown  the request left, and whether it was applied nobody can say: 5xx, 408, 303, a broken line
       └─ Unreadable   an answer came whose body cannot be understood

The text of every error is fit for a log: it holds no credential, no value of a record and nothing that the provider
wrote. The evidence is in `exchange`, the words for a person in `Refused.violations`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from providers.fields import Violation


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came back of it, 64 KiB at most: evidence. Holds personal data; its repr doesn't."""

    method: str
    url: str = field(repr=False)
    request_body: bytes = field(repr=False)
    status: int | None = None
    response_body: bytes = field(default=b"", repr=False)
    elapsed: float = 0.0


class ProviderError(Exception):
    """Something that stood between a request and its outcome; `exchange` is what was said, if anything was."""

    in_short: ClassVar[str] = "the provider could not be dealt with"

    def __init__(self, message: str = "", *, exchange: Exchange | None = None) -> None:
        super().__init__(message or self.in_short)
        self.exchange = exchange


class NotSent(ProviderError):
    """No byte of the request left, so nothing can have been applied; trying again is safe."""

    in_short = "nothing was sent"


class NotReadable(NotSent):
    """The record cannot be read from this provider through this connection; trying again doesn't help."""

    in_short = "this provider offers no way to read a record"


class TryLater(ProviderError):
    """Not applied; the provider asks for `after` seconds of patience (None: it didn't say how many)."""

    in_short = "the provider asks to try again later"

    def __init__(self, message: str = "", *, after: float | None = None, exchange: Exchange | None = None) -> None:
        super().__init__(message, exchange=exchange)
        self.after = after


class Refused(ProviderError):
    """Not applied, and the same request would be refused again.

    `violations` say which field and why, as far as the provider told; `gone`: the provider has no such record;
    `forbidden`: it has, but these credentials may not change it.
    """

    in_short = "the provider refused the change"

    def __init__(
        self,
        message: str = "",
        *,
        violations: tuple[Violation, ...] = (),
        gone: bool = False,
        forbidden: bool = False,
        exchange: Exchange | None = None,
    ) -> None:
        super().__init__(message, exchange=exchange)
        self.violations = violations
        self.gone = gone
        self.forbidden = forbidden


class NotAllowed(ProviderError):
    """The provider doesn't accept the connection's credentials, or they cannot be put into a request; not applied."""

    in_short = "the provider does not accept the credentials"


class Misrouted(ProviderError):
    """Something other than this provider's API answered, or the base URL cannot be one; not applied."""

    in_short = "this is not the provider's API"


class Conflict(ProviderError):
    """The provider saw another write to the record; after an ambiguous try of ours that write may be our own."""

    in_short = "the record was changed in between"


class OutcomeUnknown(ProviderError):
    """At least a byte of the request left; whether it was applied cannot be told from what came back."""

    in_short = "whether it was applied is not known"


class Unreadable(OutcomeUnknown):
    """The body of an answer is not what its status promises: not JSON, compressed, or nested beyond sense."""

    in_short = "the answer cannot be read"
