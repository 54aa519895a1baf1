"""A claim, which is leave to deal with the provider once, and its result: what deliver, send and settle hand on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.models import Connection, Kind, Line, Outcome
    from providers.fields import Value, Violation
    from providers.http import Exchange


@dataclass(frozen=True, slots=True)
class Claim:
    """A change that this worker may send until its lease ends. `lease_until` is on the clock of `providers.http.clock`.

    `lines` are what is asked, opened. `is_probe`: the one call that tries whether an interrupted connection works
    again. `written_since`: after a request of which nobody knows, somebody was already seen to have written to the
    record.
    """

    change_id: int
    customer_id: int
    connection: Connection = field(repr=False)
    attempt_id: int
    epoch: int
    kind: Kind
    lease_until: float
    before: Mapping[str, Value] = field(repr=False)
    after: Mapping[str, Value] = field(repr=False)
    bases: Mapping[str, Value] = field(repr=False)
    lines: Sequence[Line] = field(repr=False)
    maybe_applied: bool = False
    is_probe: bool = False
    written_since: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What a try came to. `values`: what the provider told us; `reading`: what was read before sending.

    `answered`: whether the provider gave a proper answer, however unwelcome; None where it had no say in it.
    `learnt`: of what was asked for and applied, what our copy held before and holds now.
    `touched`: the record bears another stamp than before our request, so somebody has written to it since.
    """

    outcome: Outcome
    values: Mapping[str, Value] | None = field(default=None, repr=False)
    reading: Mapping[str, Value] | None = field(default=None, repr=False)
    carried: Mapping[str, Value] = field(default_factory=dict, repr=False)
    violations: tuple[Violation, ...] = ()
    after: float | None = None
    forbidden: bool = False
    exchange: Exchange | None = field(default=None, repr=False)
    note: str = ""
    answered: bool | None = None
    touched: bool = False
    learnt: Mapping[str, list[Value]] = field(default_factory=dict, repr=False)
