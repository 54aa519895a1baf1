"""manage.py import_customers: customers from a file, row by row, never over later knowledge."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import pytest

from console.exporting.customers import write_lines, write_table
from console.models import Connection, Customer, Event, Known
from providers.base import Provider
from providers.fields import Value
from tests.cast import connect
from tests.importing.workbooks import workbook
from tests.management.running import Said, run

pytestmark = pytest.mark.django_db

HEADER = "customer_id,name,email,phone,address,scope"
PRIYA = 'c1,Priya Sharma,priya@example.com,+919876543210,"12, Lake Road",PROJECT'


@pytest.fixture
def flowwise() -> Connection:
    return connect("flowwise")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def csv(folder: Path, *rows: str, header: str = HEADER) -> str:
    file = folder / "customers.csv"
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8-sig")
    return str(file)


def take_in(file: str, *more: str) -> Said:
    return run("import_customers", "--connection", "Flowwise", file, *more)


def test_a_csv_file_with_a_byte_order_mark_fills_the_cache(flowwise: Connection, folder: Path) -> None:
    said = take_in(csv(folder, PRIYA))
    assert "1 added, 0 updated, 0 unchanged, 0 refused." in said.out
    customer = Customer.objects.get()
    assert (customer.external_id, customer.name) == ("c1", "Priya Sharma")
    assert customer.values["address"] == "12, Lake Road"
    assert customer.known["address"]["how"] == Known.IMPORTED


def test_a_csv_file_with_semicolons_is_understood(flowwise: Connection, folder: Path) -> None:
    take_in(csv(folder, "c1;Priya", header="customer_id;name"))
    assert Customer.objects.get().name == "Priya"


def test_a_jsonl_file_fills_the_cache(flowwise: Connection, folder: Path) -> None:
    file = folder / "customers.jsonl"
    rows = [{"customer_id": "c1", "name": "Priya Sharma", "phone": None}, {"external_id": "c2", "name": "Żaneta"}]
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    assert "2 added" in take_in(str(file)).out
    assert set(Customer.objects.values_list("name", flat=True)) == {"Priya Sharma", "Żaneta"}


def test_digits_of_money_survive_a_jsonl_file(folder: Path) -> None:
    connect("timepay")
    file = folder / "loans.jsonl"
    file.write_text('{"campaignId": "camp_1", "loan_id": "L1", "loan_amount": 125000.50, "loan_period": 24}\n')
    assert "1 added" in run("import_customers", "--connection", "Timepay", str(file)).out
    assert Customer.objects.get().record["loan_amount"] == "125000.50"
    assert Customer.objects.get().record["loan_period"] == "24"


def test_importing_the_same_file_again_changes_nothing(flowwise: Connection, folder: Path) -> None:
    file = csv(folder, PRIYA)
    take_in(file)
    assert "0 added, 0 updated, 1 unchanged" in take_in(file).out
    assert Event.objects.count() == 1


def test_a_newer_file_moves_values_and_the_history_tells_which(flowwise: Connection, folder: Path) -> None:
    take_in(csv(folder, PRIYA), "--as-of", "2026-01-01")
    said = take_in(csv(folder, PRIYA.replace("Priya Sharma", "Priya Rao")), "--as-of", "2026-01-02")
    assert "1 updated" in said.out
    assert Customer.objects.get().name == "Priya Rao"
    assert Event.objects.latest("pk").details["moved"] == ["name"]


def test_an_older_file_never_overwrites_what_became_known_later(flowwise: Connection, folder: Path) -> None:
    take_in(csv(folder, PRIYA), "--as-of", "2026-01-02T10:00Z")
    said = take_in(csv(folder, PRIYA.replace("Priya Sharma", "Old Name")), "--as-of", "2026-01-02T09:59Z")
    assert "0 updated, 1 unchanged" in said.out
    assert Customer.objects.get().name == "Priya Sharma"


def test_without_a_time_the_file_is_as_of_its_last_writing(flowwise: Connection, folder: Path) -> None:
    file, written = csv(folder, PRIYA), datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    os.utime(file, (written.timestamp(), written.timestamp()))
    assert "as of 2026-01-02 03:04:05 UTC" in take_in(file).out
    assert Customer.objects.get().known["name"]["at"] == written.isoformat()


def test_a_file_that_claims_to_be_of_tomorrow_is_as_of_now(flowwise: Connection, folder: Path) -> None:
    file, tomorrow = csv(folder, PRIYA), datetime.now(UTC) + timedelta(days=1)
    os.utime(file, (tomorrow.timestamp(), tomorrow.timestamp()))
    take_in(file)
    assert datetime.fromisoformat(Customer.objects.get().known["name"]["at"]) <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (",Nobody,a@example.com,,,", "line 3:"),
        ("c2,Too few", "line 3: 2 cells stand under 6 columns."),
        ('c2,"x"y,a@example.com,,,', "line 3: Quotes stand where none can be"),
    ],
)
def test_a_bad_row_is_told_with_its_line_and_the_others_are_taken(
    flowwise: Connection, folder: Path, row: str, problem: str
) -> None:
    said = take_in(csv(folder, PRIYA, row, PRIYA.replace("c1", "c3")))
    assert problem in said.err
    assert "2 added" in said.out
    assert "1 row was refused" in said.refusal


def test_a_row_after_a_cell_with_line_breaks_is_told_by_its_own_line(flowwise: Connection, folder: Path) -> None:
    said = take_in(csv(folder, PRIYA.replace("12, Lake Road", "12\nLake\nRoad"), ",Nobody,,,,"))
    assert "line 5:" in said.err


def test_a_row_that_is_not_utf_8_is_refused_with_its_line(flowwise: Connection, folder: Path) -> None:
    file = folder / "latin.csv"
    file.write_bytes(b"customer_id,name\nc1,Andr\xe9\nc2,Ann\nc3," + "Żaneta".encode() + b"\n")
    said = take_in(str(file))
    assert "line 2: Something in this row is not of the encoding of this file." in said.err
    assert set(Customer.objects.values_list("external_id", flat=True)) == {"c2", "c3"}


def test_a_file_that_is_not_utf_8_at_all_is_taken_in_as_whoever_imports_it_says(
    flowwise: Connection, folder: Path
) -> None:
    file = folder / "latin.csv"
    file.write_bytes(b"customer_id,name\nc1,Andr\xe9\n")
    said = take_in(str(file))
    assert "--encoding 'cp1252'  c1,André" in said.refusal
    assert not Customer.objects.exists()
    take_in(str(file), "--encoding", "cp1252")
    assert Customer.objects.get().name == "André"


def test_dates_are_read_as_whoever_imports_them_says(folder: Path) -> None:
    connect("sqril")
    file = csv(folder, "7,03/04/1990", header="customer_id,dob")
    said = run("import_customers", "--connection", "Sqril", file)
    assert "--dates 'day-first'  03/04/1990 is 1990-04-03" in said.refusal
    assert not Customer.objects.exists()
    run("import_customers", "--connection", "Sqril", file, "--dates", "month-first")
    assert Customer.objects.get().record["dob"] == "1990-03-04"


def test_a_workbook_fills_the_cache_with_ids_that_keep_their_zeros(flowwise: Connection, folder: Path) -> None:
    file = folder / "customers.xlsx"
    file.write_bytes(workbook([["customer_id", "name"], ["00123", "Priya Sharma"], ["1e5", "Żaneta"]]).getvalue())
    assert "2 added" in take_in(str(file)).out
    assert set(Customer.objects.values_list("external_id", flat=True)) == {"00123", "1e5"}


def test_a_column_that_is_called_otherwise_fills_the_field_that_is_said(flowwise: Connection, folder: Path) -> None:
    file = csv(folder, "c1,Priya", header="customer_id,Nama")
    assert not take_in(file, "--column", "Nama=name").err
    assert Customer.objects.get().name == "Priya"
    assert "--column is NAME=FIELD" in take_in(file, "--column", "Nama=colour").refusal


def test_an_empty_cell_clears_only_if_that_is_said(flowwise: Connection, folder: Path) -> None:
    take_in(csv(folder, PRIYA), "--as-of", "2026-01-01")
    emptied = csv(folder, PRIYA.replace('"12, Lake Road"', ""))
    assert "1 unchanged" in take_in(emptied, "--as-of", "2026-01-02").out
    assert "1 updated" in take_in(emptied, "--as-of", "2026-01-02", "--empty", "clears").out
    assert Customer.objects.get().record["address"] is None


def test_the_second_of_one_id_is_refused(flowwise: Connection, folder: Path) -> None:
    said = take_in(csv(folder, PRIYA, PRIYA.replace("Sharma", "Rao")))
    assert "line 3: This id stands in line 2 already." in said.err
    assert Customer.objects.get().name == "Priya Sharma"


@pytest.mark.parametrize("line", ["[1]", "{", '{"customer_id": "c1"', "[" * 100_000])
def test_a_line_that_is_no_json_object_is_refused(flowwise: Connection, folder: Path, line: str) -> None:
    file = folder / "customers.jsonl"
    file.write_text(f'{{"customer_id": "c0"}}\n\n{line}\n')
    said = take_in(str(file))
    assert "line 3: This is not a JSON object" in said.err
    assert "1 added" in said.out


def test_a_line_with_half_a_character_is_refused(flowwise: Connection, folder: Path) -> None:
    file = folder / "customers.jsonl"
    file.write_text('{"customer_id": "c0"}\n{"customer_id": "c1", "name": "\\ud800"}\n')
    said = take_in(str(file))
    assert "line 2: Half a character stands in this line" in said.err
    assert "1 added" in said.out


@pytest.mark.parametrize("value", ["[1]", '{"a": 1}', "true", '"a\\u0000b"'])
def test_a_value_that_can_be_none_of_its_kind_is_refused(flowwise: Connection, folder: Path, value: str) -> None:
    file = folder / "customers.jsonl"
    file.write_text(f'{{"customer_id": "c1", "name": {value}}}\n')
    said = take_in(str(file))
    assert "line 1: Name" in said.err
    assert "1 row was refused" in said.refusal


def test_columns_that_the_provider_does_not_have_are_told(flowwise: Connection, folder: Path) -> None:
    said = take_in(csv(folder, "c1,Priya,blue", header="customer_id,name,Colour"))
    assert "Flowwise has no field 'Colour'" in said.err
    assert not said.refusal


@pytest.mark.parametrize("time", ["yesterday", "2026-13-01", "2999-01-01"])
def test_a_time_that_is_none_or_to_come_is_refused(flowwise: Connection, folder: Path, time: str) -> None:
    assert "--as-of is" in take_in(csv(folder, PRIYA), "--as-of", time).refusal
    assert not Customer.objects.exists()


def test_a_file_that_is_not_there_is_refused_in_a_sentence(flowwise: Connection) -> None:
    assert "cannot be read: No such file" in take_in("/not/there.csv").refusal


def test_a_file_of_another_type_is_refused(flowwise: Connection, folder: Path) -> None:
    file = folder / "customers.csv"
    file.write_bytes(b"%PDF-1.7 customers")
    assert "This is a PDF" in take_in(str(file)).refusal
    assert "Files of customers end in" in take_in(str(file.rename(folder / "customers.exe"))).refusal


def test_a_file_with_a_column_twice_is_refused(flowwise: Connection, folder: Path) -> None:
    assert "has the column name twice" in take_in(csv(folder, "c1,a,b", header="customer_id,name,name")).refusal


def test_an_unknown_connection_is_refused(folder: Path) -> None:
    assert "There is no connection 'Flowwise'" in take_in(csv(folder, PRIYA)).refusal


def test_a_file_too_large_to_be_customers_is_refused_before_it_is_read(flowwise: Connection, folder: Path) -> None:
    file = folder / "customers.csv"
    with file.open("wb") as written:
        written.truncate(1024**3 + 1)
    assert "is larger than 1 GiB: split it" in take_in(str(file)).refusal


@pytest.mark.parametrize(("name", "begin"), [("customers.csv", f"{HEADER}\n"), ("customers.jsonl", "{}\n")])
def test_a_line_without_an_end_is_not_read_to_its_end(
    flowwise: Connection, folder: Path, name: str, begin: str
) -> None:
    file = folder / name
    file.write_text(f"{begin}{'x' * 3_000_000}")
    assert "Line 2 is longer than a million characters" in take_in(str(file)).refusal
    assert not Customer.objects.exists()


@pytest.mark.parametrize(("name", "write"), [("again.csv", write_table), ("again.jsonl", write_lines)])
def test_what_is_exported_is_imported_again_without_a_difference(
    flowwise: Connection, folder: Path, name: str, write: Callable[[BinaryIO, Provider, list[dict[str, Value]]], None]
) -> None:
    hostile = """c2,"=HYPERLINK(1)",a@example.com,+919876543210,"'+x, ""y"" \nz",PROJECT"""
    take_in(csv(folder, PRIYA, hostile, "00123,Żaneta,,,,"), "--as-of", "2026-01-01")
    before = {customer.external_id: customer.record for customer in Customer.objects.all()}
    with (folder / name).open("wb") as file:
        write(file, flowwise.provider, list(before.values()))
    said = take_in(str(folder / name), "--as-of", "2026-01-02")
    assert "0 added, 0 updated, 3 unchanged, 0 refused." in said.out
    assert {customer.external_id: customer.record for customer in Customer.objects.all()} == before
    assert Event.objects.count() == 3
