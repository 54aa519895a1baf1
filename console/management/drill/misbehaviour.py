"""How the sandbox is told to misbehave: every kind of fault it knows, with parameters that never make it lie for good.

A provider that answers “done” and has done nothing, or the other way round, can't be told from a true one by anybody:
so what answers 200 applies, what refuses does not, and only what is ambiguous does either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from django.utils.http import http_date

from providers.sandbox.faults import KINDS as PLAYED

SMALL = 2_000_000
"""Bytes of an answer that is still far more than anybody reads."""
LATE = (0.2, 3.0)
"""Seconds after which a provider applies what it never answered: fewer than STEWARD_SETTLE_SECONDS in a drill."""
MOST_IN_A_ROW = 2
KINDS = tuple(PLAYED)
READABLE = frozenset({"finosu", "sqril"})
BENDING = frozenset({"finosu", "sqril"})
"""Where a wrong echo is the truth: another value is kept. Elsewhere the asked one is, whatever the echo says, since
nobody could know better of a provider whose answer shows nothing."""


type Fields = tuple[str, ...]
type Parameters = Callable[[Random, Fields, str], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """What the sandbox is to do with the next requests at one provider."""

    slug: str
    kind: str
    count: int
    parameters: Mapping[str, Any]


def misbehaviour(kind: str, slug: str, fields: Mapping[str, Fields], luck: Random) -> Misbehaviour:
    """One of this kind, as chance has it."""
    chosen = {"method": "*"} if slug in READABLE and luck.random() < 0.25 else {}
    own = _PARAMETERS.get(kind, _as_it_comes)(luck, fields[slug], slug)
    return Misbehaviour(slug, kind, luck.randint(1, MOST_IN_A_ROW), {**chosen, **own})


def keeps_what_was_asked(kind: str | None, slug: str) -> bool:
    """Whether a request that was applied under this fault left the asked value at the provider."""
    return kind != "wrong-echo" or slug not in BENDING


def _as_it_comes(*_: object) -> dict[str, Any]:
    return {}


def _either(luck: Random, *_: object) -> dict[str, Any]:
    return {"applied": luck.random() < 0.5}


def _patience(luck: Random, *_: object) -> dict[str, Any]:
    return {"retry_after": luck.choice([None, "0", "1", "0.5", "-20", "soon", http_date(0)])}


def _server_error(luck: Random, *_: object) -> dict[str, Any]:
    return {"status": luck.choice([500, 502, 503, 504]), "applied": luck.random() < 0.5}


def _other_status(luck: Random, *_: object) -> dict[str, Any]:
    status = luck.choice([418, 451, 413, 507, 599])
    return {"status": status, "applied": status >= 500 and luck.random() < 0.5}


def _web_page(luck: Random, *_: object) -> dict[str, Any]:
    return {"status": luck.choice([502, 503]), "applied": luck.random() < 0.5}


def _late(luck: Random, *_: object) -> dict[str, Any]:
    return {"seconds": round(luck.uniform(*LATE), 2)}


def _slow(luck: Random, *_: object) -> dict[str, Any]:
    return {"seconds": round(luck.uniform(0.1, 1.5), 2)}


def _drip(luck: Random, *_: object) -> dict[str, Any]:
    return {"interval": round(luck.uniform(0.001, 0.02), 4), "part": luck.choice(["all", "body"])}


def _broken(luck: Random, *_: object) -> dict[str, Any]:
    return {"reset": luck.random() < 0.5}


def _broken_after(luck: Random, *_: object) -> dict[str, Any]:
    return {"reset": luck.random() < 0.5, "sent": luck.choice([0, 20, 90])}


def _named(luck: Random, fields: Fields, *_: object) -> dict[str, Any]:
    field = luck.choice(fields)
    return {"field": field, "message": f"{field} is not to our liking today"}


def _garbled(luck: Random, fields: Fields, *_: object) -> dict[str, Any]:
    return {"field": luck.choice(fields)}


def _somebody_else(luck: Random, fields: Fields, *_: object) -> dict[str, Any]:
    return {"values": {luck.choice(fields): _elses(luck)}}


def _wrong_echo(luck: Random, fields: Fields, slug: str) -> dict[str, Any]:
    return {"values": dict.fromkeys(fields, _elses(luck)), "kept": True} if slug in BENDING else {}


def _elses(luck: Random) -> str:
    return f"Somebody else {luck.randrange(10**6)}"


def _huge(*_: object) -> dict[str, Any]:
    return {"size": SMALL}


_PARAMETERS: Mapping[str, Parameters] = {
    "slow": _slow,
    "drip": _drip,
    "late-apply": _late,
    "drop": _broken,
    "apply-drop": _broken_after,
    "429": _patience,
    "425": _patience,
    "5xx": _server_error,
    "408": _either,
    "status": _other_status,
    "refuse": _named,
    "html": _web_page,
    "huge": _huge,
    "nul": _garbled,
    "wrong-echo": _wrong_echo,
    "edit-between": _somebody_else,
}
