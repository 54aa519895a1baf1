"""Everything that a superuser of the database may do to history: each of these does it, and says where that was."""

# ruff: noqa: S608 - statements are put together from the names that stand here

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from console.proof.notes import SealingKey, sign_checkpoint
from console.proof.tree import Frontier
from console.proof.verify import read_note
from tests.attacker import Attacker, Places, at, place

type Tampering = Callable[[Attacker], Places]

# What a column of an event is set to. How far the hashes are made to fit is up to the attacker.
HASHED: dict[str, str] = {
    "at": "at + interval '1 hour'",
    "actor_id": "CASE actor_id WHEN 1 THEN 2 ELSE 1 END",
    "behalf_id": "CASE behalf_id WHEN 1 THEN 2 ELSE 1 END",
    "verb": "CASE verb WHEN 'customer.gone' THEN 'customer.refreshed' ELSE 'customer.gone' END",
    "origin": "CASE origin WHEN 'page' THEN 'import' ELSE 'page' END",
    "request_id": "request_id || 'x'",
    "change_id": "coalesce(change_id, 0) + 1",
    "attempt_id": "coalesce(attempt_id, 0) + 1",
    "details": """details || '{"rules": "of another day"}'""",
    "sealed_values": "coalesce(sealed_values, '') || '\\x00'::bytea",
}
BARE: dict[str, str] = {
    "previous": "sha256(previous)",
    "hash": "sha256(hash)",
    "number": "number + 1000",
    "subject": "subject || '0'",
    "customer_id": "coalesce(customer_id, 0) + 1",
    "connection_id": "CASE connection_id WHEN 1 THEN 2 ELSE 1 END",
    "id": "id + 100000",
}
STRANGER = SealingKey.of("first", b"s" * 32)


def edit(attacker: Attacker) -> Places:
    """A column of an event: nothing else, or its hash too, or the whole chain, or the leaves and subtrees as well."""
    column = attacker.dice.choice(sorted(HASHED | BARE))
    event, set_to = attacker.event(), (HASHED | BARE)[column]
    attacker.run(f"UPDATE console_event SET {column} = {set_to} WHERE id = %s", event["id"])
    if column in BARE:
        [now] = attacker.run("SELECT * FROM console_event WHERE id IN (%s, %s)", event["id"], event["id"] + 100_000)
        after = place({**event, "number": event["number"] + 1})
        return at(place(event), place(now), after, f"chain {event['subject']}", leaves=[event["leaf"]])
    _fit(attacker, event["subject"], event["number"])
    return at(place(event), leaves=[event["leaf"]])


def _fit(attacker: Attacker, subject: str, number: int | None = None) -> None:
    depth = attacker.dice.randrange(4) if number else attacker.dice.randrange(2, 4)
    if depth == 1:
        attacker.rehash(subject, only=number)
    if depth >= 2:
        attacker.rehash(subject)
    if depth == 3:
        attacker.reseal()


def delete(attacker: Attacker) -> Places:
    """An event: alone, with its leaf, with the chain closed behind it, with the tree closed behind it."""
    event, depth = attacker.event(), attacker.dice.randrange(4)
    attacker.forget([event], leaves=depth >= 1)
    if depth >= 2:
        attacker.renumber(event["subject"])
    if depth == 3:
        attacker.close_gaps()
        attacker.reseal()
    after = place({**event, "number": event["number"] + 1})
    return at(after, f"chain {event['subject']}", leaves=[event["leaf"]])


def insert(attacker: Attacker) -> Places:
    """An event somewhere in a chain, or at its end, dated back; with fitting hashes or not; as a leaf or not."""
    event, depth = attacker.event(), attacker.dice.randrange(4)
    end = len(attacker.chain(event["subject"]))
    after = attacker.dice.choice([event["number"], end])
    attacker.run(
        "UPDATE console_event SET number = number + 1000 WHERE subject = %s AND number > %s", event["subject"], after
    )
    [new] = attacker.run(
        "INSERT INTO console_event (subject, number, customer_id, at, actor_id, verb, origin, request_id,"
        " connection_id, details, previous, hash)"
        " SELECT subject, %s, customer_id, at - interval '1 hour', actor_id, 'customer.gone', origin, '',"
        " connection_id, '{}', previous, hash FROM console_event WHERE id = %s RETURNING *",
        *(after + 1, event["id"]),
    )
    attacker.run(
        "UPDATE console_event SET number = number - 999 WHERE subject = %s AND number > 1000", event["subject"]
    )
    if depth >= 1:
        attacker.rehash(event["subject"])
    if depth >= 2:
        attacker.run(
            "INSERT INTO console_leaf (index, event_id, hash) SELECT max(index) + 1, %s, '' FROM console_leaf",
            new["id"],
        )
        attacker.reseal()
    size = attacker.run("SELECT count(*) FROM console_leaf")[0]["count"]
    return at(place(new), place({**new, "number": after + 2}), leaves=[size - 1] if depth >= 2 else [])


def reorder(attacker: Attacker) -> Places:
    """Two events of one chain change their places; or two leaves; or two events their keys."""
    event = attacker.event("number > 1")
    other = attacker.event(f"subject = '{event['subject']}' AND number = {event['number'] - 1}")
    table, column, keys = attacker.dice.choice(
        [
            ("console_event", "number", (event["number"], other["number"])),
            ("console_leaf", "index", (event["leaf"], other["leaf"])),
            ("console_event", "id", (event["id"], other["id"])),
        ]
    )
    _swap(attacker, table, column, *keys, subject=event["subject"] if column == "number" else None)
    if column == "number" and attacker.dice.random() < 0.7:
        _fit(attacker, event["subject"])
    return at(place(event), place(other), leaves=[event["leaf"], other["leaf"]])


def _swap(attacker: Attacker, table: str, column: str, one: int, other: int, subject: str | None) -> None:
    chosen = "" if subject is None else f" AND subject = '{subject}'"
    for was, becomes in ((one, 1_000_000), (other, one), (1_000_000, other)):
        attacker.run(f"UPDATE {table} SET {column} = {becomes} WHERE {column} = {was}{chosen}")


def exchange(attacker: Attacker) -> Places:
    """Two customers each get an event of the other, whole or its values alone."""
    one = attacker.event("customer_id IS NOT NULL AND sealed_values IS NOT NULL")
    other = attacker.event(f"customer_id <> {one['customer_id']} AND sealed_values IS NOT NULL")
    columns = attacker.dice.choice(
        [
            "sealed_values",
            "details, change_id, attempt_id, sealed_values",
            "subject, number, customer_id, connection_id",
        ]
    )
    if "number" in columns:
        attacker.run("UPDATE console_event SET number = number + 1000 WHERE id IN (%s, %s)", one["id"], other["id"])
    for to, source in ((one, other), (other, one)):
        attacker.run(
            f"UPDATE console_event SET ({columns}) = (SELECT {columns} FROM kept.console_event WHERE id = %s)"
            " WHERE id = %s",
            *(source["id"], to["id"]),
        )
    if attacker.dice.random() < 0.7:
        for subject in (one["subject"], other["subject"]):
            _fit(attacker, subject)
    return at(place(one), place(other), leaves=[one["leaf"], other["leaf"]])


def cut_chain(attacker: Attacker) -> Places:
    """The last events of a chain: its head set back or not, their leaves too or not."""
    event, depth = attacker.event(), attacker.dice.randrange(3)
    chain = attacker.chain(event["subject"])
    kept = chain[: event["number"] - 1]
    leaves = attacker.run(
        "SELECT index FROM console_leaf WHERE event_id = ANY(%s)", [row["id"] for row in chain[len(kept) :]]
    )
    attacker.forget(chain[len(kept) :], leaves=depth == 2)
    if depth >= 1:
        attacker.set_head(event["subject"], len(kept), kept[-1]["hash"] if kept else b"")
    return at(f"chain {event['subject']}", leaves=[leaf["index"] for leaf in leaves])


def cut_tree(attacker: Attacker) -> Places:
    """The latest leaves: alone, with their events, with the checkpoints about them, as if they had never been."""
    size = attacker.run("SELECT count(*) FROM console_leaf")[0]["count"]
    left, depth = attacker.dice.randrange(1, size), attacker.dice.randrange(3)
    cut = attacker.run(
        "SELECT event.* FROM console_event event JOIN console_leaf leaf ON leaf.event_id = event.id WHERE index >= %s",
        left,
    )
    attacker.run("DELETE FROM console_leaf WHERE index >= %s", left)
    if depth >= 1:
        attacker.forget(cut, leaves=False)
        for subject in sorted({row["subject"] for row in cut}):
            attacker.rehash(subject)
    if depth == 2:
        attacker.run("DELETE FROM console_checkpoint WHERE size > %s", left)
        attacker.reseal()
    return at(leaves=[size - 1])


def forge(attacker: Attacker) -> Places:
    """A checkpoint: its note, what its row says, the notes of two, or one about a tree that never was."""
    row = attacker.one("SELECT * FROM console_checkpoint ORDER BY size")
    told, which = read_note(row["note"]), attacker.dice.randrange(6)
    note: str = row["note"]
    if which == 0:
        forged = base64.b64encode(attacker.dice.randbytes(32)).decode()
        note = note.replace(base64.b64encode(told.root).decode(), forged)
    elif which == 1:
        note = note.replace(f"\nat {told.at}\n", f"\nat {told.at + attacker.dice.randrange(1, 10**9)}\n")
    elif which == 2:
        note = note.replace(f"\nlife {told.life}\n", f"\nlife {told.life + 1}\n")
    elif which == 3:
        note = _signed(STRANGER, row["size"], told.root, told.installation)
    elif which == 4:
        return _alter_row(attacker, row)
    else:
        size = row["size"] + 1
        attacker.run("UPDATE console_checkpoint SET size = %s WHERE id = %s", size, row["id"])
        return at(f"checkpoint {size}")
    attacker.run("UPDATE console_checkpoint SET note = %s WHERE id = %s", note, row["id"])
    return at(f"checkpoint {row['size']}")


def _alter_row(attacker: Attacker, row: dict[str, Any]) -> Places:
    set_to = attacker.dice.choice(
        [
            "root = sha256(root)",
            "at = at + interval '1 second'",
            "note = left(note, -3)",
            "note = ''",
            "at = 'infinity'",
        ]
    )
    attacker.run(f"UPDATE console_checkpoint SET {set_to} WHERE id = %s", row["id"])
    return at(f"checkpoint {row['size']}")


def _signed(key: SealingKey, size: int, root: bytes, installation: str) -> str:
    return sign_checkpoint(key, installation=installation, size=size, root=root, at=1_800_000_000_000_000, life=0)


def swap_the_key(attacker: Attacker) -> Places:
    """One event, everything made to fit it, and every checkpoint signed anew: with another key."""
    edit(attacker)
    sizes = [row["size"] for row in attacker.run("SELECT size FROM console_checkpoint ORDER BY size")]
    [installation] = attacker.run("SELECT name FROM console_installation")
    attacker.reseal()
    tree = Frontier()
    for leaf in attacker.run("SELECT hash FROM console_leaf ORDER BY index"):
        tree.append(leaf["hash"])
        if tree.size in sizes:
            note = _signed(STRANGER, tree.size, tree.root(), str(installation["name"]))
            attacker.run(
                "UPDATE console_checkpoint SET root = %s, note = %s WHERE size = %s", tree.root(), note, tree.size
            )
    return at(*(f"checkpoint {size}" for size in sizes))
