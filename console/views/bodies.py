"""Bodies of requests and answers as they were kept to be shown: spread over lines, and what was asked for marked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from providers.body import Leaf, Node, Span, spans

MOST_INDENTED = 20


def marked(kept: str, sent: Node, as_kept: str) -> tuple[Span, ...]:
    """The body that was kept, with the values marked that the change asked for; none if that cannot be said of each.

    `sent` is the body as it is made of the change's lines, `as_kept` the same as it would be kept. A value is marked
    only where both hold the same at the same place, so that a like value elsewhere never is.
    """
    try:
        document, ours = json.loads(kept), json.loads(as_kept)
        return spans(_alike(document, sent, ours)) if json.dumps(document, ensure_ascii=False) == kept else ()
    except (_Differs, RecursionError, ValueError):
        return ()


class _Differs(Exception):
    """What was sent is not what the lines would make of it now."""


def _alike(document: Any, node: Node, ours: Any) -> Node:
    """The kept document in the shape of the node, with the same marks."""
    if isinstance(node, Leaf):
        if node.asked and document != ours:
            raise _Differs
        return Leaf(document, asked=node.asked)
    if not (isinstance(document, dict) and isinstance(ours, dict)) or not _asked(node) <= document.keys():
        raise _Differs
    return {key: _alike(value, node.get(key, Leaf(None)), ours.get(key)) for key, value in document.items()}


def _asked(node: Mapping[str, Node]) -> set[str]:
    """The members of a body in which something is asked for."""
    return {key for key, inner in node.items() if (inner.asked if isinstance(inner, Leaf) else _asked(inner))}


def spread(body: str) -> str:
    """JSON spread over lines with every character of its values as it was; everything else untouched."""
    try:
        json.loads(body)
    except (RecursionError, ValueError):
        return body
    text, depth, previous = "", 0, ""
    for token in _TOKEN.findall(body):
        if token in {"}", "]"}:
            depth -= 1
            text = text.rstrip() + token if previous in {"{", "["} else f"{text}{_line(depth)}{token}"
        else:
            depth += token in {"{", "["}
            text += token + {"{": _line(depth), "[": _line(depth), ",": _line(depth), ":": " "}.get(token, "")
        previous = token
    return text


def _line(depth: int) -> str:
    return "\n" + "  " * min(depth, MOST_INDENTED)  # or a short answer that nests deep would fill a page of megabytes


_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[{}\[\],:]|[^\s{}\[\],:"]+')
