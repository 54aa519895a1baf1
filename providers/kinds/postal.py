"""US ZIP codes. Always text: New England's begin with a zero."""

import re

from providers.kinds.base import Problem, Value
from providers.kinds.text import Text

_ZIP = re.compile(r"([0-9]{5})(?:[ -]*([0-9]{4}))?")


class Zip(Text):
    """Five digits, or nine as 94102-1234."""

    longest = 30

    def store(self, value: Value) -> Value:
        match = _ZIP.fullmatch(value) if isinstance(value, str) and len(value) <= self.longest else None
        if not match:
            return value
        return f"{match[1]}-{match[2]}" if match[2] else match[1]

    def problem(self, value: object) -> Problem | None:
        if problem := super().problem(value):
            return problem
        if isinstance(value, str) and _ZIP.fullmatch(value):
            return None
        return Problem("invalid_zip", "Enter a ZIP code of 5 digits, or 9 as 94102-1234.")

    def canonical(self, value: object) -> Value:
        return self.store(super().canonical(value))
