"""A guard, what would be left without it, and the tests that would notice.

One entry is one guard: a name, the file, its exact text, what stands there instead, and pytest's words for the tests.
The text must occur exactly once; a guard that moved is an error until its entry is brought up to date.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    """A guard taken away."""

    name: str
    file: str
    text: str
    instead: str
    tests: str
