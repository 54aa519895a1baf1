"""Running a command in the test's own process, and what it said."""

from __future__ import annotations

import io
from dataclasses import dataclass

from django.core.management import call_command
from django.core.management.base import CommandError


@dataclass(frozen=True, slots=True)
class Said:
    """What a command wrote; `refusal` is the sentence with which it gave up, empty if it did not."""

    out: str
    err: str
    refusal: str


def run(command: str, *arguments: str) -> Said:
    """Runs it as the command line would, its arguments parsed from texts."""
    out, err, refusal = io.StringIO(), io.StringIO(), ""
    try:
        call_command(command, *arguments, stdout=out, stderr=err, no_color=True)
    except CommandError as problem:
        refusal = str(problem)
    return Said(out.getvalue(), err.getvalue(), refusal)
