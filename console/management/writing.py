"""Files that a command writes: new ones, for their owner alone, there only once they are whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.core.management.base import CommandError


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write to; raises CommandError, in a sentence, where it is there already or cannot be written."""
    if path.exists():
        raise CommandError(f"{path} is there already: give another name.")
    half = path.with_name(f"{path.name}.part")
    try:
        opened = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as problem:
        raise CommandError(f"{half} cannot be written: {problem.strerror}.") from None
    try:
        with os.fdopen(opened, "wb") as file:
            yield file
        half.rename(path)
    except BaseException as problem:
        half.unlink(missing_ok=True)
        if isinstance(problem, OSError):
            raise CommandError(f"{path} cannot be written: {problem.strerror}.") from None
        raise
