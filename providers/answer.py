"""A provider's answer, and what its status means; pure, and part of `providers.http`, which hands it out."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NoReturn

from providers.errors import (
    Conflict,
    Exchange,
    Misrouted,
    NotAllowed,
    OutcomeUnknown,
    ProviderError,
    Refused,
    TryLater,
    Unreadable,
)

if TYPE_CHECKING:
    from providers.fields import Violation

MAX_DEPTH = 100
LONGEST_WAIT = 3600.0
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; header names are lower-case, `body` is as it came, `elapsed` is in seconds."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    elapsed: float = 0.0

    @property
    def is_compressed(self) -> bool:
        """Whether the body is encoded although every request forbids it (so small bytes could be a huge text)."""
        return self.headers.get("content-encoding", "").strip().lower() not in {"", "identity"}

    @property
    def is_html(self) -> bool:
        """Whether this is a web page: by its declared type, or because it begins like one."""
        if "html" in self.headers.get("content-type", "").lower():
            return True
        return self.body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype html", b"<html"))

    def json(self) -> object:
        """The body as JSON; raises Unreadable, and nothing else, whatever the bytes are.

        Duplicate keys are tolerated (the last one counts). Not a number, infinities and nesting deeper than
        100 levels are refused, because nothing after us could store or show them.
        """
        problem, value = "compressed" if self.is_compressed else "", None
        try:
            value = None if problem else _parse(self.body)
            problem = "nested too deeply" if _is_deep(value) else problem
        except (ValueError, RecursionError) as error:
            problem = type(error).__name__
        if problem:
            raise Unreadable(f"the answer ({self.status}) is not readable JSON: {problem}")
        return value


def judge(
    answer: Answer,
    exchange: Exchange,
    *,
    refusal: Callable[[Answer], tuple[Violation, ...]],
    is_own_404: Callable[[Answer], bool],
) -> None:
    """Pass a 2xx; raise what any other status means (the tree is in `providers.errors`).

    `refusal` reads the provider's reasons out of an answer that refuses, `is_own_404` tells the provider's
    documented "no such record" from a wrong address.
    """
    status = answer.status
    if not 200 <= status < 300:
        raise _meaning(answer, exchange, refusal, is_own_404)
    if answer.is_compressed or answer.is_html:
        what = "a compressed body" if answer.is_compressed else "a web page"
        raise Unreadable(f"the provider answered {status} with {what}", exchange=exchange)


def _meaning(
    answer: Answer,
    exchange: Exchange,
    refusal: Callable[[Answer], tuple[Violation, ...]],
    is_own_404: Callable[[Answer], bool],
) -> ProviderError:
    said, status = f"the provider answered {answer.status}", answer.status
    if status == 401:
        return NotAllowed(said, exchange=exchange)
    if status == 409:
        return Conflict(said, exchange=exchange)
    if status in {425, 429}:
        return TryLater(said, after=retry_after(answer.headers.get("retry-after", "")), exchange=exchange)
    if _is_misrouted(answer, is_own_404):
        return Misrouted(said, exchange=exchange)
    if status == 408 or not 400 <= status < 500:
        return OutcomeUnknown(said, exchange=exchange)
    return Refused(
        said,
        violations=_reasons(refusal, answer),
        gone=status == 404,
        forbidden=status == 403,
        exchange=exchange,
    )


def _is_misrouted(answer: Answer, is_own_404: Callable[[Answer], bool]) -> bool:
    if answer.status == 404:
        return not _holds(is_own_404, answer)
    # 407 is said by proxies alone, so the provider has seen nothing; 303 is said once the work is done.
    return (300 <= answer.status < 400 and answer.status != 303) or answer.status == 407


def _holds(question: Callable[[Answer], bool], answer: Answer) -> bool:
    try:
        return question(answer)
    except Unreadable:
        return False


def _reasons(refusal: Callable[[Answer], tuple[Violation, ...]], answer: Answer) -> tuple[Violation, ...]:
    try:
        return refusal(answer)
    except Unreadable:
        return ()


def retry_after(text: str) -> float | None:
    """Seconds to wait, within 0…3600, from either form of `Retry-After` (a number, a date); None for anything else."""
    text = text.strip()
    if NUMBER.fullmatch(text):
        return _clamped(float(text))
    try:
        moment = parsedate_to_datetime(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return _clamped(moment.timestamp() - time.time())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _clamped(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _parse(body: bytes) -> object:
    # Some .NET services put a byte order mark before their JSON: utf-8-sig.
    return json.loads(body.decode("utf-8-sig"), parse_constant=_refuse_constant, parse_float=_finite)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number too large to hold")
    return number


def _is_deep(value: object) -> bool:
    level: list[object] = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
