"""Bodies of requests and answers made fit to show: sensitive values masked, the length bounded. Never raises."""

import json
import re
from collections.abc import Collection, Iterable
from typing import Any

from providers.body import MASK
from providers.kinds.characters import clean

_LONGEST = 4000
_MOST_READ = 200_000
_SHORTEST_HIDDEN = 3


def redact(body: object, names: Collection[str], hide: Iterable[object] = ()) -> str:
    """`body` as text with the values of `names` masked at any depth, and every text of `hide` wherever it stands.

    What is not JSON is searched for `name: value` and `name=value`, so half an answer gives nothing away either.
    """
    text = _text(body)
    masked = _masked_json(text, {_fold(name) for name in names})
    shown = _without_pairs(text, names) if masked is None else masked
    shown = hidden(clean(shown), hide)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


def hidden(text: str, hide: Iterable[object]) -> str:
    """`text` with every text of `hide` masked; one shorter than 3 characters would mask half the language."""
    texts = {value for value in hide if isinstance(value, str) and len(value) >= _SHORTEST_HIDDEN}
    for value in sorted(texts, key=len, reverse=True):
        text = re.sub(_exactly(value), MASK, text)
    return text


def unread(secrets: Iterable[str], read: Iterable[object]) -> set[str]:
    """Those that stand in nothing of what is read anyway: whoever typed a guess there would see it masked if right."""
    texts = "\n".join(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in read)
    return {secret for secret in secrets if not re.search(_exactly(secret), texts)}


def _exactly(value: str) -> str:
    exactly = re.escape(value)
    return rf"(?<!\d){exactly}(?!\d)" if value.isdigit() else exactly


def _text(body: object) -> str:
    if isinstance(body, bytes | bytearray | memoryview):
        return bytes(body[:_MOST_READ]).decode("utf-8-sig", "replace")
    return body[:_MOST_READ] if isinstance(body, str) else ""


def _masked_json(text: str, folded: Collection[str]) -> str | None:
    try:
        return json.dumps(_masked(json.loads(text), folded), ensure_ascii=False)
    except (RecursionError, ValueError):
        return None


def _masked(value: Any, folded: Collection[str]) -> Any:
    if isinstance(value, dict):
        return {key: _masked_member(key, inner, folded) for key, inner in value.items()}
    if isinstance(value, list):
        return [_masked(inner, folded) for inner in value]
    return _without_pairs(value, folded) if isinstance(value, str) else value


def _masked_member(key: str, value: Any, folded: Collection[str]) -> Any:
    if _fold(key) not in folded:
        return _masked(value, folded)
    return value if value in (None, "") else MASK


def _fold(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


def _without_pairs(text: str, names: Collection[str]) -> str:
    """`text` with what follows a name and a colon or equals sign masked, in quotes (escaped ones too) or bare."""
    for name in names:
        spelled = "[_ -]?".join(re.escape(letter) for letter in name if letter.isalnum())
        start = rf"((?<![a-z0-9]){spelled}[\"'\\\s]*[:=]\s*)"
        text = re.sub(rf'{start}"(?:[^"\\]|\\.)*', rf'\1"{MASK}', text, flags=re.IGNORECASE)
        text = re.sub(rf"{start}([\"'\\]*)[^\"'\\\s,;&}}\]<>•]+", rf"\1\2{MASK}", text, flags=re.IGNORECASE)
    return text
