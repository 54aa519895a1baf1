"""What an event's hash covers, and the tree over all events: for the console, and for whoever checks it outside.

Plain Python of the standard library, without a word of the console's: it goes into every evidence pack as it stands.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def canonical(value: object) -> bytes:
    """JSON with sorted keys and no white space, as UTF-8: equal values give equal bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def event_hash(previous: bytes, content: Mapping[str, Any]) -> bytes:
    """SHA-256 over the previous event's hash in its chain and all content of this one; 32 bytes."""
    return hashlib.sha256(previous + canonical(content)).digest()


def leaf_hash(data: bytes) -> bytes:
    """Of one entry of the tree (RFC 6962, section 2.1)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Of two neighbouring parts of the tree (RFC 6962, section 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()
