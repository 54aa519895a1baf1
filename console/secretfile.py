"""The secrets of a console that runs on one machine only: made once, kept in one file that nobody else can read."""

import base64
import contextlib
import os
import secrets
from pathlib import Path


def load(path: Path) -> dict[str, str]:
    """The secrets in the file, by name, with the key that signs history beside it; makes what is not there."""
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    text = made_once(path, f"SECRET_KEY={secrets.token_urlsafe(50)}\nSTEWARD_KEYS=first:{key}\n")
    sealing = base64.b64encode(secrets.token_bytes(32)).decode()
    text += made_once(path.with_name("sealing.env"), f"STEWARD_SEALING_KEYS=first:{sealing}\n")
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def made_once(path: Path, text: str) -> str:
    """What the closed file holds: the text, unless it was there before or another process was first."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123 born closed
            file.write(text)
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(fresh)
        fresh.unlink()
    return path.read_text()
