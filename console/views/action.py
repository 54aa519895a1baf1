"""An action: a button, what it asks before anything is done, and what it posts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Action:
    """A button. `meaning` stands beside the confirming one; `why_not` says why it is disabled and who can help.

    `compares`: the values there and ours stand above the confirming one. `posts`: what it sends beside a reason, which
    is asked for in the words of `reason`. `goes_on`: it offers to go on to the next request. `about`: the field that it
    is about, where several are called alike.
    """

    name: str
    label: str
    question: str
    meaning: str
    url: str
    icon: str
    primary: bool = False
    danger: bool = False
    asks_reason: bool = False
    why_not: str = ""
    compares: bool = False
    posts: Mapping[str, str] = NOTHING
    reason: str = "How do you know? It is kept in the history."
    reason_name: str = "reason"
    key: str = ""
    goes_on: bool = False
    about: str = ""
