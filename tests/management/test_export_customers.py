"""manage.py export_customers: what it writes is imported again without a difference, and history tells of it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from console.exporting import taking_out
from console.flows.hidden import reason_of
from console.models import Connection, Customer, Event, Origin, Reveal, User
from console.sentences import event_sentence
from tests.cast import SLUGS, connect, person, sample
from tests.flows.erasing import erased
from tests.hidden import shown
from tests.importing_files import carried_out, many
from tests.management.running import Said, run

pytestmark = pytest.mark.django_db

HOSTILE = {"=1+1", "'=x", "+62 812", 'a "b", c', "Żaneta\tß", "line\nbreak", "00123", "1e5", "TRUE"}
TEXTS = {"timepay": "first_name", "finosu": "city", "caibo": "name", "flowwise": "address", "sqril": "address"}
WHY = "The registry has to be compared."


def export(connection: Connection, file: Path, *more: str, by: str = "ed") -> Said:
    return run("export_customers", connection.name, str(file), "--by", by, *more)


def take_in(connection: Connection, file: Path, *more: str) -> Said:
    return run("import_customers", "--connection", connection.name, str(file), *more)


def records(connection: Connection) -> dict[str, dict[str, object]]:
    return {each.external_id: dict(each.record) for each in Customer.objects.filter(connection=connection)}


@pytest.fixture
def ed() -> User:
    return person("ed")


@pytest.fixture
def jo() -> User:
    """Jo, who may be shown what is hidden."""
    return shown("jo")


def some_customers(slug: str) -> Connection:
    """The sample of a provider, and one for each hostile text, of which little else is known."""
    connection = connect(slug)
    whole = sample(connection)
    name = next(iter(connection.provider.identity)) if slug != "timepay" else "loan_id"
    for number, text in enumerate(sorted(HOSTILE)):
        unknown: dict[str, Any] = dict.fromkeys(whole.record.keys() - {*connection.provider.identity, TEXTS[slug]}, ...)
        sample(connection, None, **{**unknown, name: f"{9000 + number}", TEXTS[slug]: text})
    return connection


@pytest.mark.parametrize("ending", ["csv", "xlsx", "jsonl"])
@pytest.mark.parametrize("slug", SLUGS)
def test_what_is_exported_is_imported_again_without_a_difference(
    slug: str, ending: str, jo: User, tmp_path: Path
) -> None:
    there, file = some_customers(slug), tmp_path / f"customers.{ending}"
    before = records(there)
    said = export(there, file, "--reveal", "--why", WHY, by="jo")
    assert f"{len(before)} customers in" in said.out, said
    again = take_in(there, file)
    assert f"0 added, 0 updated, {len(before)} unchanged, 0 refused." in again.out, again
    assert records(there) == before


@pytest.mark.parametrize("ending", ["csv", "xlsx", "jsonl"])
@pytest.mark.parametrize("slug", SLUGS)
def test_an_empty_cache_is_filled_by_an_export_with_the_same_values(
    slug: str, ending: str, jo: User, tmp_path: Path
) -> None:
    there, file = some_customers(slug), tmp_path / f"customers.{ending}"
    before = records(there)
    export(there, file, "--reveal", "--why", WHY, by="jo")
    other = Connection.objects.get(pk=there.pk)
    other.pk, other.name, other._state.adding = None, "Elsewhere", True
    other.save()
    assert f"{len(before)} added" in take_in(other, file).out
    assert records(other) == before


def test_fields_that_are_hidden_have_no_column_and_importing_the_file_leaves_them_alone(
    ed: User, tmp_path: Path
) -> None:
    finosu, file = connect("finosu"), tmp_path / "customers.csv"
    lena = sample(finosu)
    said = export(finosu, file)
    assert "Left out, since every page hides them: Birthday, SSN" in said.err
    [head, row] = csv.reader(file.read_text(encoding="utf-8-sig").splitlines())
    assert not {"ssnLastFour", "birthday"} & set(head)
    assert row[0] == "FN-20418"
    for hidden in ("1234", "1985-06-15"):
        assert hidden not in file.read_text(encoding="utf-8")
    take_in(finosu, file, "--empty", "clears")
    now = Customer.objects.get().record
    assert [now[name] for name in ("ssnLastFour", "birthday")] == ["1234", "1985-06-15"]
    assert {name: now[name] for name in lena.record} == lena.record
    assert not Reveal.objects.exists()


def test_hidden_values_go_along_for_a_reason_and_the_history_of_each_customer_tells_of_it(
    jo: User, tmp_path: Path
) -> None:
    finosu, file = connect("finosu"), tmp_path / "customers.jsonl"
    lena, other = sample(finosu), sample(finosu, id="FN-2", ssnLastFour=...)
    export(finosu, file, "--reveal", "--why", WHY, by="jo")
    told = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [one.get("ssnLastFour") for one in told] == [None, "1234"]
    kept = Reveal.objects.order_by("customer", "field")
    assert [(one.customer, one.field, one.user, reason_of(one)) for one in kept] == [
        *((lena, "birthday", jo, WHY), (lena, "ssnLastFour", jo, WHY), (other, "birthday", jo, WHY)),
    ]
    event = Event.objects.filter(customer=lena, verb="customer.revealed").latest("pk")
    assert (event.actor, event.origin) == (jo, Origin.COMMAND)
    assert event_sentence(event, finosu.provider.fields) == (
        f"Jo Lindqvist was shown SSN, last four digits in a file (“{WHY}”)"
    )


def test_the_history_of_the_connection_says_who_exported_how_many_as_what(ed: User, jo: User, tmp_path: Path) -> None:
    caibo = connect("caibo")
    carried_out(caibo, many(3), by=ed)
    export(caibo, tmp_path / "a.csv")
    event = Event.objects.filter(subject=f"connection:{caibo.pk}").latest("number")
    assert (event.verb, event.actor, event.origin) == ("bulk.exported", ed, Origin.COMMAND)
    assert event_sentence(event, caibo.provider.fields) == "Ed Kowalski exported 3 customers as a table (CSV)"
    assert event.details["digest"] in export(caibo, tmp_path / "b.csv").out
    sample(finosu := connect("finosu"))
    export(finosu, tmp_path / "c.jsonl", "--reveal", "--why", WHY, by="jo")
    event = Event.objects.filter(subject=f"connection:{finosu.pk}").latest("number")
    assert event_sentence(event, finosu.provider.fields) == (
        "Jo Lindqvist exported 1 customer as lines of JSON, with Birthday and SSN, last four digits"
    )


def test_only_customers_of_that_connection_who_were_not_erased_are_exported(ed: User, tmp_path: Path) -> None:
    caibo, elsewhere = connect("caibo"), connect("flowwise")
    carried_out(caibo, many(3), by=ed)
    sample(elsewhere)
    erased(Customer.objects.get(external_id="2"))
    export(caibo, tmp_path / "customers.jsonl")
    told = [json.loads(line) for line in (tmp_path / "customers.jsonl").read_text().splitlines()]
    assert [one["external_id"] for one in told] == ["1", "3"]


def test_all_are_written_in_the_order_of_their_ids_however_few_are_read_at_once(
    ed: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_out, "AT_ONCE", 4)
    caibo = connect("caibo")
    carried_out(caibo, many(13), by=ed)
    assert "13 customers" in export(caibo, tmp_path / "customers.csv").out
    rows = list(csv.reader((tmp_path / "customers.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [row[0] for row in rows[1:]] == sorted(map(str, range(1, 14)))


def test_the_file_is_for_its_owner_alone_and_nothing_is_written_over(ed: User, tmp_path: Path) -> None:
    caibo, file = connect("caibo"), tmp_path / "customers.csv"
    sample(caibo)
    export(caibo, file)
    assert file.stat().st_mode & 0o077 == 0
    before = file.read_bytes()
    assert "is there already: give another name" in export(caibo, file).refusal
    assert file.read_bytes() == before
    assert "cannot be written: No such file" in export(caibo, tmp_path / "not" / "there.csv").refusal


@pytest.mark.parametrize(
    ("by", "more", "sentence"),
    [
        ("vic", [], "You may not see customers and changes at Finosu"),
        ("ed", ["--reveal", "--why", WHY], "You may not be shown sensitive values at Finosu"),
        ("jo", ["--reveal"], "Say why you have to see it"),
        ("jo", ["--why", WHY], "it goes with --reveal"),
        ("nobody", [], "There is nobody who signs in as 'nobody'"),
    ],
)
def test_who_may_not_gets_a_sentence_and_no_file(
    ed: User, jo: User, tmp_path: Path, by: str, more: list[str], sentence: str
) -> None:
    person("vic")
    sample(finosu := connect("finosu"))
    assert sentence in export(finosu, tmp_path / "customers.csv", *more, by=by).refusal
    assert not list(tmp_path.iterdir())
    assert not Reveal.objects.exists()
    assert not Event.objects.filter(verb="bulk.exported").exists()


def test_a_name_that_ends_in_nothing_known_wants_a_format(ed: User, tmp_path: Path) -> None:
    sample(caibo := connect("caibo"))
    assert (
        "Say as what to write it (--format csv, --format xlsx, --format jsonl)"
        in export(caibo, tmp_path / "customers").refusal
    )
    assert "1 customer in" in export(caibo, tmp_path / "customers", "--format", "csv").out
