"""How a command gets a secret without it standing on the command line, where others on the machine could read it."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

from django.core.management.base import CommandError

LONGEST = 10_000


def given(source: str, what: str) -> str:
    """The secret that `@file`, `env:VARIABLE` or `-` leads to; raises CommandError, which never repeats that text."""
    if source == "-":
        secret = asked(what)
    elif source.startswith("@"):
        secret = _of_file(source[1:], what)
    elif source.startswith("env:"):
        secret = _of_environment(source[4:], what)
    else:
        raise CommandError(
            f"A secret on the command line can be read by others on this machine, so {what} was not taken. "
            "Give @FILE, env:VARIABLE, or - to be asked for it."
        )
    if not secret:
        raise CommandError(f"{what[:1].upper()}{what[1:]} is empty.")
    return secret


def asked(what: str) -> str:
    """Asks on a terminal without showing what is typed; otherwise takes a line of the standard input."""
    if sys.stdin.isatty():
        return getpass.getpass(f"{what[:1].upper()}{what[1:]}: ")
    return sys.stdin.readline(LONGEST).rstrip("\r\n")


def _of_file(path: str, what: str) -> str:
    try:
        return Path(path).expanduser().read_text(encoding="utf-8")[:LONGEST].rstrip("\r\n")
    except OSError as problem:
        raise CommandError(f"The file for {what} cannot be read: {path}: {problem.strerror}.") from None
    except ValueError:
        raise CommandError(f"The file for {what} is not text: {path}.") from None


def _of_environment(name: str, what: str) -> str:
    secret = os.environ.get(name, "")
    if not secret:
        raise CommandError(f"The environment variable {name} for {what} is not set.")
    return secret
