"""Hashes: each event, recomputed from what stands in its row.

The text that a hash covers is put together from what the database writes, column by column, because composing it anew
from Python's values takes several times as long. It is the text of `console.proof.verify.canonical`.
"""

from __future__ import annotations

import json
import re
from binascii import unhexlify
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256

from console.proof.verify import canonical
from console.verifying.findings import Code, Finding, Report
from console.verifying.snapshot import Snapshot

# A column for what needs no escaping; those that may, each by itself; details last but one, since it always holds some.
EVENTS = """
    SELECT id, encode(previous, 'hex'), encode(hash, 'hex'),
        '{"actor":' || coalesce(actor_id::text, 'null')
            || ',"at":' || CASE WHEN isfinite(at) THEN (extract(epoch FROM at) * 1000000)::bigint ELSE 0 END
            || ',"attempt":' || coalesce(attempt_id::text, 'null') || coalesce(',"behalf":' || nullif(behalf_id, 0), '')
            || ',"change":' || coalesce(change_id::text, 'null') || ',"details":',
        details, number, origin, request_id, subject,
        coalesce('"' || encode(nullif(sealed_values, ''), 'hex') || '"', 'null'), verb
    FROM console_event
"""
_ESCAPED = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_read = json.JSONDecoder().decode


def altered(snapshot: Snapshot, report: Report) -> Iterator[Finding]:
    """The events that are not what their hash says."""
    for count, row in enumerate(snapshot.copied(EVENTS), start=1):
        if not fits(row):
            place = f"event {text(row[8])}/{text(row[5])}"
            yield Finding(Code.ALTERED, place, "What stands in it does not give its hash: it was altered.")
        if count % 50_000 == 0:
            report.progress("events", count)
        report.events = count


def fits(row: list[bytes]) -> bool:
    """Whether the hash of an event is that of its content."""
    _, previous, given, beginning, details, number, origin, request, subject, values, verb = row
    strings = origin + request + subject + verb
    if b"\\" in strings or b'"' in strings:
        origin, request, subject, verb = map(quoted, (origin, request, subject, verb))
    try:
        content = b'%b%b,"number":%b,"origin":"%b","request":"%b","subject":"%b","values":%b,"verb":"%b"}' % (
            *(beginning, canonical_details(details), number),
            *(origin, request, subject, values, verb),
        )
    except (ValueError, RecursionError):  # numbers of thousands of digits, or nested as nobody writes
        return False
    return sha256(unhexlify(previous) + content).digest() == unhexlify(given)


@lru_cache(maxsize=4096)
def canonical_details(written: bytes) -> bytes:
    """Details as the hash covers them, from how COPY writes them."""
    return b"{}" if written == b"{}" else canonical(_read(text(written)))


def quoted(written: bytes) -> bytes:
    """A text as JSON has it, without the quotes around it."""
    return json.dumps(text(written), ensure_ascii=False)[1:-1].encode()


def text(written: bytes) -> str:
    """What COPY wrote, without its escapes."""
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), written).decode()
