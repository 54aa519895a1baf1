"""Key rings for tests: each name stands for a key of its own."""

from __future__ import annotations

import base64
import hashlib


def ring(*names: str) -> str:
    """A text for STEWARD_KEYS, the first key of which wraps."""
    keys = ((name, base64.b64encode(hashlib.sha256(name.encode()).digest()).decode()) for name in names)
    return ",".join(f"{name}:{key}" for name, key in keys)
