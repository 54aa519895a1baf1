"""Tables and lines: what a spreadsheet opens runs nothing, and a program reads back what was written."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from console.auditing import Query
from console.exporting import ENDINGS
from console.exporting.table import COLUMNS, FORMULAS, harmless
from console.flows.record import record
from console.models import Customer, Event, Format, Origin
from tests.cast import connect, person, sample
from tests.exporting.histories import exported
from tests.flows.helpers import wish

if TYPE_CHECKING:
    from providers.fields import Value
    from tests.databases import Database

DANGEROUS = (
    '=HYPERLINK("http://x")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "\nx",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff20x",
)


def table(query: Query | None = None) -> list[dict[str, str]]:
    content, _ = exported(query, Format.CSV)
    assert content.startswith("\ufeff".encode())
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("cell", DANGEROUS)
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@given(st.text())
def test_no_cell_begins_as_a_formula(text: str) -> None:
    assert not harmless(text).startswith(FORMULAS)
    assert harmless(text).removeprefix("'").endswith(text.removeprefix("'"))


def test_each_event_is_a_row_with_what_happened_in_words(live_db: Database) -> None:
    ed = person("ed")
    change = wish(sample(connect("caibo"), name='=HYPERLINK("http://evil.example","Ann")'), ed)
    rows = table()
    happened = Event.objects.exclude(verb="audit.exported").order_by("at", "id")
    assert [int(row["id"]) for row in rows] == list(happened.values_list("pk", flat=True))
    asked = rows[1]
    assert tuple(asked) == COLUMNS
    assert (asked["who"], asked["what"], asked["change"]) == ("Ed Kowalski", "change.proposed", str(change.pk))
    assert asked["sentence"].startswith("Ed Kowalski asked to change Phone from +44 20 7946 0958")
    assert asked["customer"] == '\'=HYPERLINK("http://evil.example","Ann")'
    assert asked["at"].endswith("Z")
    assert json.loads(asked["values"]) == {"phone": ["+442079460958", "+441632960961"]}


def test_sensitive_values_are_masked_in_a_table(live_db: Database) -> None:
    wish(sample(connect("finosu")), person("ed"), {"ssnLastFour": "8642"})
    content, _ = exported(kind=Format.CSV)
    text = content.decode()
    assert not re.search(r"\b(8642|1234)\b", text)
    assert '""ssnLastFour"": [""••••"", ""••••""]' in text
    assert "1985-06-15" not in text


def test_lines_hold_what_the_hash_covers_and_how_it_is_read(live_db: Database) -> None:
    wish(sample(connect("caibo")), person("ed"))
    content, made = exported(kind=Format.JSONL)
    rows = [json.loads(line) for line in content.splitlines()]
    assert len(rows) == made.count == 3
    event = Event.objects.get(pk=rows[1]["id"])
    assert {name: rows[1][name] for name in event.content} == event.content
    assert (rows[1]["hash"], rows[1]["leaf"]) == (bytes(event.hash).hex(), None)
    assert rows[1]["about"]["actor"] == "Ed Kowalski"


def test_what_is_narrowed_holds_no_other_event(live_db: Database) -> None:
    ed, customer = person("ed"), sample(connect("caibo"))
    change = wish(customer, ed)
    assert {row["change"] for row in table(Query(change=change.pk))} == {str(change.pk)}
    assert {row["what"] for row in table(Query(kind="customer"))} == {"customer.baseline"}


@pytest.mark.parametrize("kind", ENDINGS)
def test_half_a_character_in_a_value_of_a_provider_does_not_keep_a_file_from_being_made(
    live_db: Database, kind: Format
) -> None:
    customer = sample(connect("caibo"))
    with transaction.atomic():
        customer = Customer.objects.select_for_update().get(pk=customer.pk)
        values: dict[str, list[Value]] = {"address": ["\ud800 1 High Street\0", "=cmd|x\u202e"]}
        about = {"moved": ["address"]}
        record(customer, "customer.moved", by=None, origin=Origin.WORKER, details=about, values=values)
    content, made = exported(Query(customer=customer.pk), kind)
    assert made.count == 2
    assert kind == Format.PACK or b"1 High Street" in content
