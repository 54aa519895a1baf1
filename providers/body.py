"""The body of an update as a tree of marked values: written once to be sent, and once to be shown."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from providers.fields import Wire
from providers.kinds.characters import clean

MASK = "••••"
_INDENT = "  "


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value of a body: asked for by the change or carried along, and whether people may see it."""

    wire: Wire = field(repr=False)
    asked: bool = False
    sensitive: bool = False

    @property
    def shown(self) -> Wire:
        """What a person sees of it."""
        return MASK if self.sensitive and self.wire not in (None, "") else self.wire


type Node = Leaf | Mapping[str, Node]


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a body as shown; `asked` marks the values that the change changes."""

    text: str
    asked: bool


def compact(node: Node) -> str:
    """The JSON text that is sent."""
    if isinstance(node, Leaf):
        return _write(node.wire)
    return "{" + ",".join(f"{_write(key)}:{compact(inner)}" for key, inner in node.items()) + "}"


def spans(node: Node) -> tuple[Span, ...]:
    """The pretty JSON text of the same body, sensitive values masked."""
    joined: list[Span] = []
    for span in _spans(node, 0):
        if joined and joined[-1].asked == span.asked:
            span = Span(joined.pop().text + span.text, span.asked)  # noqa: PLW2901 -- the join of both replaces it
        joined.append(span)
    return tuple(joined)


def _spans(node: Node, level: int) -> Iterator[Span]:
    if isinstance(node, Leaf):
        yield Span(clean(_write(node.shown, level)), node.asked)
        return
    for place, (key, inner) in enumerate(node.items()):
        start = ("," if place else "{") + "\n" + _INDENT * (level + 1)
        yield Span(f"{start}{clean(_write(key))}: ", asked=False)
        yield from _spans(inner, level + 1)
    yield Span("\n" + _INDENT * level + "}" if node else "{}", asked=False)


def _write(value: Wire, level: int | None = None) -> str:
    """JSON, compact, or at a level of indentation. The json module cannot write a number with its digits as given."""
    if isinstance(value, Decimal):
        return format(value, "f")
    pretty = level is not None
    text = json.dumps(
        value,
        ensure_ascii=False,
        allow_nan=False,
        indent=_INDENT if pretty else None,
        separators=(",", ": " if pretty else ":"),
    )
    return text.replace("\n", "\n" + _INDENT * level) if level else text
