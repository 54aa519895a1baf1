"""JSON as the sandbox reads and writes it: numbers keep the digits they were written with."""

import json
import re
import secrets
from decimal import Decimal
from typing import Any

MALFORMED = object()
"""What `read` answers for text that is no JSON; `None` would be a valid document."""

# A Decimal leaves as a marked string and is unwrapped afterwards: json has no hook for the digits of a number.
_MARK = secrets.token_hex(8)
_MARKED = re.compile(f'"{_MARK}([^"]*)"')


def read(text: str | bytes) -> Any:
    """The document, with fractions as Decimal, or MALFORMED."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return MALFORMED


def write(document: object) -> str:
    """Compact ASCII JSON, safe for any text a client may have sent, lone surrogates included."""
    text = json.dumps(document, separators=(",", ":"), default=_marked)
    return _MARKED.sub(r"\1", text) if _MARK in text else text


def _refuse_constant(name: str) -> object:
    raise ValueError(name)


def _marked(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{_MARK}{value}"
    raise TypeError(f"{type(value).__name__} has no JSON form")
