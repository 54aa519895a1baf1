"""The secrets of a console that runs on one machine only: made once, kept in one file that nobody else can read."""

import base64
import contextlib
import os
import secrets
from pathlib import Path


def load(path: Path) -> dict[str, str]:
    """The secrets in the file by name; makes it if it is not there, once even if two processes ask at the same time."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _make(path)
    lines = path.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _make(path: Path) -> None:
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123 born closed
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        file.write(f"SECRET_KEY={secrets.token_urlsafe(50)}\nSTEWARD_KEYS=first:{key}\n")
    with contextlib.suppress(FileExistsError):  # another process was first, and its secrets count
        path.hardlink_to(fresh)
    fresh.unlink()
