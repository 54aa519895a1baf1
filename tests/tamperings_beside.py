"""What somebody may do to the rows beside history, which say in short or in full what history tells of."""

# ruff: noqa: S608 - statements are put together from the names that stand here

from __future__ import annotations

from dataclasses import dataclass

from tests.attacker import Attacker, Places, at

# What is altered of a row; None: the row is deleted, or doubled.
type Edits = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """Rows of one table. `rows` gives the key of each that may be chosen, and where it shows if that is altered."""

    table: str
    key: str
    rows: str
    edits: Edits


_EVENTS = "'event ' || event.subject || '/' || event.number"
ROWS = (
    Beside(
        "console_mention",
        "id",
        f"SELECT mention.id AS key, ARRAY[{_EVENTS}] AS places FROM console_mention mention"
        " JOIN console_event event ON event.id = mention.event_id",
        (
            *("learnt = NOT learnt", "field = field || 'x'", "at = at + interval '1 day'"),
            *("customer_id = customer_id + 1", "event_id = event_id + 100000", None),
        ),
    ),
    Beside(
        "console_leaf",
        "index",
        f"SELECT leaf.index AS key, ARRAY['leaf ' || leaf.index, {_EVENTS}] AS places FROM console_leaf leaf"
        " JOIN console_event event ON event.id = leaf.event_id",
        ("hash = sha256(hash)", "event_id = event_id + 100000", "index = index + 100000", None),
    ),
    Beside(
        "console_subtree",
        "id",
        "SELECT id AS key, ARRAY['subtree ' || index || ' of height ' || height] AS places FROM console_subtree",
        ("hash = sha256(hash)", "index = index + 5", "height = 16", "height = 8000", None),
    ),
    Beside(
        "console_chain",
        "id",
        "SELECT id AS key, ARRAY['chain ' || subject] AS places FROM console_chain WHERE length > 0",
        ("length = length + 1", "length = length - 1", "head = sha256(head)", "subject = subject || '0'", None),
    ),
    Beside(
        "console_customer",
        "id",
        "SELECT customer.id AS key,"
        " array_agg('event ' || subject || '/' || number) || ('chain customer:' || customer.id) AS places"
        " FROM console_customer customer JOIN console_event event ON event.customer_id = customer.id"
        " GROUP BY customer.id",
        (
            *("chain_length = chain_length + 1", "chain_length = chain_length - 1", "chain_head = sha256(chain_head)"),
            *("connection_id = connection_id + 1", None),
        ),
    ),
    Beside(
        "console_change",
        "id",
        "SELECT change.id AS key,"
        " array_agg('event ' || subject || '/' || number) || ('change ' || change.id) AS places"
        " FROM console_change change JOIN console_event event ON event.change_id = change.id GROUP BY change.id",
        (
            *("status = 'failed'", "steps = steps + 1", "requester_id = requester_id + 1", "origin = 'undo'"),
            *("customer_id = customer_id + 1", "connection_id = connection_id + 1", None),
        ),
    ),
    Beside(
        "console_line",
        "id",
        "SELECT line.id AS key, ARRAY['change ' || change_id, 'line ' || field || ' of change ' || change_id] AS places"
        " FROM console_line line JOIN console_change change ON change.id = line.change_id WHERE status = 'applied'",
        (
            *("sealed_after = sealed_after || 'x'", "sealed_before = sealed_after", "digest = sha256(digest)"),
            *("field = 'another'", "customer_id = customer_id + 1", None),
        ),
    ),
    Beside(
        "console_attempt",
        "id",
        "SELECT attempt.id AS key, ARRAY['attempt ' || attempt.id] AS places FROM console_attempt attempt"
        " WHERE sealed_request IS NOT NULL",
        (
            *("sealed_request = sealed_response", "sealed_response = NULL", "sealed_request = sealed_request || 'x'"),
            *("change_id = change_id + 1", None),
        ),
    ),
    Beside(
        "console_decision",
        "id",
        "SELECT decision.id AS key,"
        " array_agg('event ' || subject || '/' || number) || ('change ' || decision.change_id) AS places"
        " FROM console_decision decision JOIN console_event event ON event.change_id = decision.change_id"
        " GROUP BY decision.id",
        (
            *("act = CASE act WHEN 'approve' THEN 'reject' ELSE 'approve' END", "by_id = by_id + 1"),
            *("digest = sha256(digest)", "line_id = line_id + 1", "change_id = change_id + 1", None),
        ),
    ),
    Beside(
        "console_installation",
        "id",
        "SELECT 1 AS key, array_agg('checkpoint ' || size) AS places FROM console_checkpoint",
        ("name = gen_random_uuid()",),
    ),
)


def beside(attacker: Attacker) -> Places:
    """A row of another table: something of it, or all of it."""
    of = attacker.dice.choice(ROWS)
    row = attacker.one(f"{of.rows} ORDER BY 1")
    edit = attacker.dice.choice(of.edits)
    if edit:
        attacker.run(f"UPDATE {of.table} SET {edit} WHERE {of.key} = %s", row["key"])
    else:
        attacker.run(f"DELETE FROM {of.table} WHERE {of.key} = %s", row["key"])
    return at(*row["places"], leaves=[row["key"]] if of.table == "console_leaf" else [])
