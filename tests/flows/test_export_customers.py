"""Exports of customers: asked for by whoever sees them, made by a worker, told of by history; hidden values for few."""

from __future__ import annotations

import csv
import io
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection as database
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from console import exporting
from console.auditing import Query
from console.errors import ConsoleError, NotFit, NotPermitted, StepNotPossible, TooMany
from console.exporting import taking_out
from console.exporting.taking_out import meant, take_out
from console.flows import exports
from console.flows.export_customers import MOVED, Which, Wish, ask, begun, finish_with, one, own
from console.flows.hidden import reason_of
from console.flows.making import Ended, Result, claim, keep, piece
from console.flows.reseal import reseal
from console.importing import Look, Options, guess, open_table, read
from console.models import (
    Connection,
    Customer,
    Event,
    Export,
    ExportPart,
    ExportStatus,
    Format,
    Grant,
    Known,
    Origin,
    Reveal,
    Role,
    Standing,
    User,
)
from console.sentences import event_sentence
from tests.cast import SLUGS, connect, person, sample
from tests.flows.helpers import fresh
from tests.hidden import shown
from tests.importing_files import carried_out, many

pytestmark = pytest.mark.django_db

WHY = "The registry has to be compared."


@pytest.fixture
def caibo() -> Connection:
    """Caibo with five customers, none of whom has anything hidden."""
    here = connect("caibo")
    carried_out(here, many(5), by=person("ed"))
    return here


@pytest.fixture
def finosu() -> Connection:
    """Finosu with two customers; three of their values are hidden on every page."""
    here = connect("finosu")
    sample(here)
    sample(here, id="FN-2", firstName="Noor", ssnLastFour=...)
    return here


@pytest.fixture
def jo() -> User:
    """Jo, who may be shown what is hidden."""
    return shown("jo")


def asked(at: Connection, by: User, kind: Format = Format.CSV, which: Which | None = None, **more: Any) -> Export:
    wish = Wish(at, kind, which or Which(), **more)
    return ask(wish, meant(at, wish.which), by=by)


def made(at: Connection, by: User, kind: Format = Format.CSV, which: Which | None = None, **more: Any) -> Export:
    """One that was asked for and made, in this thread."""
    export = asked(at, by, kind, which, **more)
    exporting.make_all(threading.Event())
    return Export.objects.get(pk=export.pk)


def content(export: Export) -> bytes:
    return b"".join(piece(export, number) for number in range(export.parts.count()))


def rows(export: Export) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content(export).decode("utf-8-sig"), newline="")))


def told(verb: str) -> Event:
    return Event.objects.get(verb=verb)


# What is in the file.


@pytest.mark.parametrize("kind", taking_out.WRITERS)
@pytest.mark.parametrize("slug", SLUGS)
def test_what_a_worker_makes_is_read_again_without_a_difference(slug: str, kind: Format) -> None:
    here, jo = connect(slug), shown("jo")
    customer = sample(here)
    export = made(here, jo, kind, reveals=True, reason=WHY)
    assert (export.status, export.done, export.total) == (ExportStatus.DONE, 1, 1), export.note
    [again] = _understood(here, export)
    provider = here.provider
    assert again.external_id == customer.external_id
    kept = {name: value for name, value in customer.record.items() if name not in provider.identity}
    assert {name for name, value in kept.items() if value is not None} <= set(again.values)
    assert all(provider.field(name).same(kept.get(name), value) for name, value in again.values.items())


def _understood(here: Connection, export: Export) -> Iterator[Any]:
    source = io.BytesIO(content(export))
    look: Look = open_table(source, export.filename)
    fields = guess(look.columns, [look.samples(place) for place in range(len(look.columns))], here.provider).fields
    assert sorted(fields.values()) == sorted(look.columns)
    return read(source, look, fields, here.provider, Options())


def test_who_matches_is_in_it_and_nobody_of_another_connection_or_without_a_record(caibo: Connection) -> None:
    ed, elsewhere = person("ed"), Connection.objects.get(pk=caibo.pk)
    elsewhere.pk, elsewhere.name, elsewhere._state.adding = None, "Elsewhere", True
    elsewhere.save()
    carried_out(elsewhere, many(2, begin=90), by=ed)
    Customer.objects.filter(external_id="2").update(forgotten_at=timezone.now())
    assert [row[0] for row in rows(made(caibo, ed))[1:]] == ["1", "3", "4", "5"]
    Customer.objects.filter(external_id__in=["3", "4"]).update(gone_at=timezone.now())
    gone = Which(criteria={"state": Standing.GONE.code})
    assert [row[0] for row in rows(made(caibo, ed, which=gone))[1:]] == ["3", "4"]
    keys = tuple(Customer.objects.filter(external_id__in=["1", "2", "5", "90"]).values_list("pk", flat=True))
    assert [row[0] for row in rows(made(caibo, ed, which=Which(keys=keys, chosen=True)))[1:]] == ["1", "5"]


def test_it_is_written_some_at_a_time_and_progress_is_said(caibo: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking_out, "AT_ONCE", 2)
    monkeypatch.setattr(exporting.progress, "BETWEEN_BEATS", 0.0)
    seen: list[int] = []
    take_out(io.BytesIO(), Wish(caibo, Format.XLSX), by=person("ed"), tell=seen.append)
    assert seen == [2, 4, 5]


def test_the_name_of_the_file_holds_a_number_and_a_day(caibo: Connection) -> None:
    export = made(caibo, person("ed"), Format.XLSX)
    today = timezone.now()
    assert export.filename == f"steward-customers-{caibo.pk}-{today:%Y-%m-%d}.xlsx"


# What history tells.


def test_history_of_the_connection_tells_who_took_whom_as_what_and_fetched_it(caibo: Connection) -> None:
    ed = person("ed")
    Customer.objects.filter(external_id="2").update(gone_at=timezone.now())
    export = made(caibo, ed, Format.XLSX, Which(criteria={"state": "gone"}))
    exports.download(export, by=ed)
    event = told("bulk.exported")
    assert (event.actor, event.origin, event.subject) == (ed, Origin.WORKER, f"connection:{caibo.pk}")
    assert event.details == {
        "format": "xlsx",
        "count": 1,
        "digest": export.digest,
        "export": export.pk,
        "criteria": {"state": "gone"},
    }
    assert event_sentence(event, caibo.provider.fields) == (
        "Ed Kowalski exported 1 customer as a workbook (XLSX), by state gone"
    )
    assert event_sentence(told("bulk.downloaded"), caibo.provider.fields) == (
        f"Ed Kowalski downloaded an export of customers (export {export.pk})"
    )
    assert not Event.objects.filter(verb__startswith="audit.").exists()


def test_of_chosen_customers_history_says_that_and_not_which(caibo: Connection) -> None:
    keys = tuple(Customer.objects.filter(external_id__in=["1", "5"]).values_list("pk", flat=True))
    made(caibo, person("ed"), which=Which(keys=keys, chosen=True))
    event = told("bulk.exported")
    assert event.details["chosen"] is True
    assert "criteria" not in event.details
    assert "Ed Kowalski exported 2 chosen customers as a table (CSV)" in event_sentence(event, [])


def test_stopping_one_is_told_and_nothing_of_it_stays(caibo: Connection) -> None:
    ed = person("ed")
    export = asked(caibo, ed)
    exports.stop(export, by=ed)
    assert fresh(export).status == ExportStatus.STOPPED
    assert event_sentence(told("bulk.export_stopped"), []) == (
        f"Ed Kowalski stopped the making of an export of customers (export {export.pk}) after 0"
    )
    assert not Event.objects.filter(verb="bulk.exported").exists()


def test_why_it_was_not_made_is_said_however_many_letters_whom_to_ask_has(caibo: Connection) -> None:
    for each in (person("ann"), person("max")):
        User.objects.filter(pk=each.pk).update(first_name=each.username * 50, last_name="B" * 150)
    export = asked(caibo, ed := person("ed"))
    ed.grants.all().delete()
    exporting.make_all(threading.Event())
    assert fresh(export).status == ExportStatus.FAILED
    assert fresh(export).note.startswith("You may not see customers and changes at Caibo")
    assert len(fresh(export).note) <= 500


def test_the_wake_up_names_nobody(caibo: Connection) -> None:
    asked(caibo, person("ed"))
    with database.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE queue_name = 'export'")
        assert cursor.fetchall() == [("{}",)]


# Who may.


def test_whoever_does_not_see_them_is_refused_with_whom_to_ask(caibo: Connection) -> None:
    for by in (person("vic"), person("max"), person("jo", connect("finosu"))):
        with pytest.raises(NotPermitted, match="You may not see customers and changes at Caibo"):
            asked(caibo, by)
    assert not Export.objects.exists()


def test_it_is_its_owners_alone_and_gone_from_sight_with_the_right(caibo: Connection) -> None:
    ed, ann = person("ed"), person("ann")
    export = made(caibo, ed)
    assert (one(export.pk, by=ed), one(export.pk, by=ann)) == (export, None)
    assert (len(own(ed)), len(own(ann))) == (1, 0)
    ed.grants.all().delete()
    ed = person("ed", connect("finosu"))
    assert (one(export.pk, by=ed), own(ed)) == (None, [])


def test_who_lost_the_right_while_it_waited_gets_no_file(caibo: Connection) -> None:
    ed = person("ed")
    export = asked(caibo, ed)
    ed.grants.all().delete()
    exporting.make_all(threading.Event())
    assert (fresh(export).status, ExportPart.objects.exists()) == (ExportStatus.FAILED, False)
    assert "You may not see customers and changes at Caibo" in fresh(export).note


def test_exports_of_the_audit_and_of_customers_are_not_taken_for_each_other(caibo: Connection) -> None:
    rae = person("rae")
    export = made(caibo, rae)
    assert (exports.one(export.pk, by=rae), exports.own(rae)) == (None, [])
    of_audit = exports.ask(Query(), Format.CSV, by=rae)
    assert (one(of_audit.pk, by=rae), own(rae)) == (None, [export])


# How many.


def test_of_nobody_or_too_many_there_is_no_file(caibo: Connection, settings: LazySettings) -> None:
    ed = person("ed")
    with pytest.raises(NotFit, match="Nobody is found"):
        asked(caibo, ed, which=Which(criteria={"state": "erased"}))
    settings.STEWARD_EXPORT_LIMIT = 4
    with pytest.raises(NotFit, match=r"More than 4 customers are found, and an export holds 4 at most\."):
        asked(caibo, ed)
    assert not Export.objects.exists()


def test_a_person_has_three_made_at_a_time_whatever_they_are_of(caibo: Connection) -> None:
    rae = person("rae")
    exports.ask(Query(), Format.CSV, by=rae)
    asked(caibo, rae)
    asked(caibo, rae)
    with pytest.raises(StepNotPossible, match="3 of your exports are being made already"):
        asked(caibo, rae)


# What is hidden.


def test_what_every_page_hides_has_no_column(finosu: Connection, jo: User) -> None:
    export = made(finosu, jo)
    assert not {"ssnLastFour", "birthday"} & set(rows(export)[0])
    assert b"1985-06-15" not in content(export)
    assert not Reveal.objects.exists()


def test_for_a_reason_it_goes_along_and_the_history_of_each_customer_tells_of_it(finosu: Connection, jo: User) -> None:
    export = asked(finosu, jo, Format.JSONL, reveals=True, reason=f" {WHY} ")
    assert WHY not in json.dumps(export.query) + export.sealed_why
    assert not Reveal.objects.exists()
    exporting.make_all(threading.Event())
    export = fresh(export)
    told_lines = [json.loads(line) for line in content(export).splitlines()]
    assert sorted(one.get("ssnLastFour", "") for one in told_lines) == ["", "1234"]
    kept = Reveal.objects.order_by("customer", "field")
    assert [(each.field, each.user, reason_of(each)) for each in kept] == [
        *(("birthday", jo, WHY), ("ssnLastFour", jo, WHY), ("birthday", jo, WHY)),
    ]
    assert Event.objects.filter(verb="customer.revealed", origin=Origin.WORKER, actor=jo).count() == 3
    assert told("bulk.exported").details["revealed"] == ["birthday", "ssnLastFour"]
    assert export.sealed_why == ""


@pytest.mark.parametrize(
    ("who", "reason", "problem"),
    [("ed", WHY, "You may not be shown sensitive values at Finosu"), ("jo", " ", "Say why you have to see it")],
)
def test_without_right_or_reason_nothing_hidden_is_asked_for(
    finosu: Connection, jo: User, who: str, reason: str, problem: str
) -> None:
    with pytest.raises(ConsoleError, match=problem):
        asked(finosu, person(who), reveals=True, reason=reason)
    assert not Export.objects.exists()


def test_each_hidden_value_counts_among_those_of_the_hour(finosu: Connection, jo: User, settings: LazySettings) -> None:
    settings.STEWARD_REVEALS = 2
    with pytest.raises(NotFit, match=r"have 3 hidden values, and one person is shown 2 in an hour at most"):
        asked(finosu, jo, reveals=True, reason=WHY)
    settings.STEWARD_REVEALS = 5
    made(finosu, jo, reveals=True, reason=WHY)
    with pytest.raises(TooMany):
        asked(finosu, jo, reveals=True, reason=WHY)
    few = Which(keys=tuple(Customer.objects.filter(external_id="FN-2").values_list("pk", flat=True)), chosen=True)
    made(finosu, jo, which=few, reveals=True, reason=WHY)  # what was refused counted for nothing
    made(finosu, jo)  # and so does what leaves them out
    assert Export.objects.filter(status=ExportStatus.DONE).count() == 3


def test_with_hidden_values_a_file_is_of_few_who_are_settled_when_it_is_asked_for(
    finosu: Connection, jo: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = asked(finosu, jo, reveals=True, reason=WHY)
    sample(finosu, id="FN-3")
    exporting.make_all(threading.Event())
    assert [row[0] for row in rows(fresh(export))[1:]] == ["FN-2", "FN-20418"]
    monkeypatch.setattr("console.flows.export_customers.MOST_REVEALED", 2)
    with pytest.raises(NotFit, match="holds 2 customers at most, and these are 3"):
        asked(finosu, jo, reveals=True, reason=WHY)


def test_who_lost_the_right_to_be_shown_them_gets_no_such_file_nor_the_one_that_is_kept(
    finosu: Connection, jo: User
) -> None:
    kept, waits = made(finosu, jo, reveals=True, reason=WHY), asked(finosu, jo, reveals=True, reason=WHY)
    Grant.objects.filter(user=jo, role=Role.REVEAL).delete()
    jo = User.objects.get(pk=jo.pk)
    assert one(kept.pk, by=jo) is None
    exporting.make_all(threading.Event())
    assert (fresh(waits).status, fresh(waits).sealed_why) == (ExportStatus.FAILED, "")
    assert Reveal.objects.count() == 3


def test_stopped_before_it_is_made_nobody_was_shown_anything(finosu: Connection, jo: User) -> None:
    export = asked(finosu, jo, reveals=True, reason=WHY)
    exports.stop(export, by=jo)
    exporting.make_all(threading.Event())
    assert fresh(export).sealed_why == ""
    assert not Reveal.objects.exists()


def test_what_became_known_after_it_was_counted_is_shown_to_nobody(finosu: Connection, jo: User) -> None:
    sample(finosu, id="FN-3", ssnLastFour=..., birthday=...)
    export = asked(finosu, jo, reveals=True, reason=WHY)
    learnt = Customer.objects.get(external_id="FN-3")
    learnt.learn({"ssnLastFour": "8642"}, how=Known.READ, at=timezone.now())
    learnt.save_learnt()
    exporting.make_all(threading.Event())
    assert (fresh(export).status, ExportPart.objects.exists()) == (ExportStatus.FAILED, False)
    assert fresh(export).note == MOVED
    assert not Reveal.objects.exists()


def test_whose_copy_went_while_it_was_made_is_in_no_file_of_which_history_tells_nothing(
    finosu: Connection, jo: User
) -> None:
    asked(finosu, jo, reveals=True, reason=WHY)
    under_way = claim()
    assert under_way
    wish = begun(under_way)
    read_of = {each.pk: tuple(each.sealed) for each in Customer.objects.all()}
    Customer.objects.filter(external_id="FN-2").update(values={}, sealed={}, forgotten_at=timezone.now())
    with transaction.atomic(), pytest.raises(StepNotPossible, match="More or less is hidden of these customers"):
        finish_with(under_way, wish, Result("a.csv", 1, "", 2), hidden=["birthday"], shown=read_of)
    assert not Reveal.objects.exists()


def test_a_worker_that_is_gone_in_the_midst_showed_nobody_anything_and_the_next_tells_of_it_once(
    finosu: Connection, jo: User
) -> None:
    asked(finosu, jo, reveals=True, reason=WHY)
    gone = claim()
    assert gone
    wish = begun(gone)
    keep(gone, 0, b"half of it", done=1)
    Export.objects.update(beat_at=timezone.now() - timedelta(hours=1))
    assert not Reveal.objects.exists()
    exporting.make_all(threading.Event())
    assert b"half of it" not in content(fresh(gone))
    read_of = {each.pk: tuple(each.sealed) for each in Customer.objects.all()}
    with pytest.raises(Ended):  # it only seemed to be gone
        finish_with(gone, wish, Result("a.csv", 1, "", 2), hidden=["birthday"], shown=read_of)
    assert Reveal.objects.count() == 3
    assert told("bulk.exported").details["count"] == 2


@pytest.fixture
def unsealed(caibo: Connection) -> Connection:
    """Caibo, where e-mails are hidden from now on, and what is kept was not sealed yet."""
    Connection.objects.filter(pk=caibo.pk).update(options={"sensitive": "email"})
    return Connection.objects.get(pk=caibo.pk)


def test_what_is_hidden_and_not_sealed_yet_goes_into_no_file(unsealed: Connection, jo: User) -> None:
    without = made(unsealed, jo)
    assert "email" not in rows(without)[0]
    assert b"p2@example" not in content(without)
    export = made(unsealed, jo, reveals=True, reason=WHY)
    assert (export.status, Reveal.objects.exists()) == (ExportStatus.FAILED, False)
    assert "Not every value that is hidden there by now is sealed yet" in export.note
    with pytest.raises(StepNotPossible, match="Leave out what is hidden"):
        take_out(io.BytesIO(), Wish(unsealed, Format.CSV, reveals=True, reason=WHY), by=jo)
    reseal(unsealed)
    assert made(unsealed, jo, reveals=True, reason=WHY).status == ExportStatus.DONE
    assert Reveal.objects.count() == 5


def test_what_is_hidden_no_longer_and_still_sealed_stands_in_its_column(unsealed: Connection, jo: User) -> None:
    reseal(unsealed)
    Connection.objects.filter(pk=unsealed.pk).update(options={})
    [names, *told] = rows(made(Connection.objects.get(pk=unsealed.pk), jo))
    assert [row[names.index("email")] for row in told] == [f"p{number}@example.com" for number in range(1, 6)]
    assert not Reveal.objects.exists()


@pytest.mark.parametrize("kind", taking_out.WRITERS)
def test_half_a_character_in_what_is_hidden_does_not_keep_a_file_from_being_made(
    finosu: Connection, jo: User, kind: Format
) -> None:
    customer = Customer.objects.get(external_id="FN-2")
    customer.learn({"ssnLastFour": "\ud800"}, how=Known.READ, at=timezone.now())
    customer.save_learnt()
    export = made(finosu, jo, kind, reveals=True, reason=WHY)
    assert (export.status, export.done) == (ExportStatus.DONE, 2)
    if kind == Format.JSONL:
        assert {json.loads(line)["ssnLastFour"] for line in content(export).splitlines()} == {"\ud800", "1234"}


# Erasing, and keeping.


def erase(customer: Customer) -> int:
    with transaction.atomic():
        Customer.objects.filter(pk=customer.pk).update(wrapped_key=None, erased_at=timezone.now())
        return exports.forget_with(customer)


def test_erasing_somebody_deletes_the_files_that_may_hold_them_and_no_other(caibo: Connection) -> None:
    ed = person("ed")
    erased, other = Customer.objects.get(external_id="1"), Customer.objects.get(external_id="2")
    holding = [made(caibo, ed), made(caibo, ed, which=Which(keys=(erased.pk,), chosen=True))]
    without = made(caibo, ed, which=Which(keys=(other.pk,), chosen=True))
    assert erase(erased) == 2
    assert {fresh(export).status for export in holding} == {ExportStatus.FORGOTTEN}
    assert fresh(without).status == ExportStatus.DONE


def test_of_whom_was_chosen_elsewhere_too_an_export_keeps_no_number(caibo: Connection, finosu: Connection) -> None:
    ed = person("ed")
    keys = tuple(Customer.objects.order_by("-pk").values_list("pk", flat=True))
    export = made(caibo, ed, which=Which(keys=keys, chosen=True))
    here = caibo.customers.order_by("pk").values_list("pk", flat=True)
    assert export.query["customers"]["keys"] == list(here)
    assert erase(Customer.objects.get(external_id="FN-2")) == 0
    assert fresh(export).status == ExportStatus.DONE


def test_what_is_being_made_while_somebody_is_erased_begins_anew_without_them(caibo: Connection) -> None:
    asked(caibo, person("ed"))
    under_way = claim()
    assert under_way
    keep(under_way, 0, b"Person 1", done=1)
    erase(Customer.objects.get(external_id="1"))
    with pytest.raises(Ended):
        keep(under_way, 1, b"Person 1", done=2)
    exporting.make_all(threading.Event())
    assert [row[0] for row in rows(fresh(under_way))[1:]] == ["2", "3", "4", "5"]


def test_after_some_days_the_file_is_gone(caibo: Connection, settings: LazySettings) -> None:
    export = made(caibo, person("ed"))
    Export.objects.update(ended_at=F("ended_at") - timedelta(days=settings.STEWARD_EXPORT_DAYS, minutes=1))
    exports.tidy()
    assert (fresh(export).status, ExportPart.objects.exists()) == (ExportStatus.FORGOTTEN, False)
