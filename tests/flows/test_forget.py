"""What is over goes: copies of customers nobody needs, and bodies of old exchanges; history stays, and stays proved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db.models import F
from django.utils import timezone

from console.errors import NotFit, NotPermitted
from console.finding import find
from console.flows import erase, forget
from console.flows.drafts import keep as keep_draft
from console.flows.import_customers import Row, import_customers
from console.flows.keeping import Over, Periods, keep_for, over
from console.flows.refresh import refresh
from console.flows.seal import ring, seal
from console.flows.sweep import sweep
from console.flows.visits import visit
from console.models import Attempt, BlindTerm, Connection, Customer, Event, Origin, Reveal, SearchTerm, Status
from console.recalling import record_at, record_now
from console.verifying import Wanted, verify
from tests.cast import SAMPLES, connect, person, sample
from tests.flows.erasing import TICKET, eraser
from tests.flows.helpers import fresh, push, wish

if TYPE_CHECKING:
    from console.models import Change
    from providers.sandbox import Sandbox
    from tests.databases import Database

NUMBER = SAMPLES["sqril"]["ic_number"]


def days_pass(days: int, *customers: Customer) -> None:
    """For rows alone: history is not altered, so these are customers nothing happened to since."""
    ago = timedelta(days=days, minutes=1)
    for customer in customers:
        Customer.objects.filter(pk=customer.pk).update(known_at=F("known_at") - ago, created_at=F("created_at") - ago)


def old(days: int = 31, connection: Connection | None = None) -> Customer:
    """Somebody nobody has needed for so long, at a connection that keeps them for 30 days."""
    connection = connection or keeping(connect("sqril"), customers=30)
    customer = sample(connection)
    days_pass(days, customer)
    return customer


def keeping(connection: Connection, *, customers: int | None = None, bodies: int | None = None) -> Connection:
    return keep_for(connection.pk, Periods(customers, bodies), by=None, origin=Origin.COMMAND)


def findings(*, values: bool = True) -> list[str]:
    seal()
    return [finding.sentence for finding in verify(Wanted([key.fingerprint for key in ring()], values=values)).findings]


@pytest.mark.django_db
class TestCustomers:
    def test_a_copy_that_nobody_needed_for_so_long_goes_with_all_it_was_found_by(self) -> None:
        adi = fresh(old())
        assert adi.sealed.keys() == {"dob", "ic_number"}
        forget.forget()
        adi = fresh(adi)
        assert adi.is_forgotten
        assert (adi.values, adi.sealed, adi.known, adi.known_at, adi.email, adi.phone) == ({}, {}, {}, None, "", "")
        assert str(adi) == adi.external_id == "cus_8f31c2"
        assert [hit.pk for hit in find(Connection.objects.all(), "wijaya").hits] == []
        assert [hit.pk for hit in find(Connection.objects.all(), NUMBER).hits] == []
        assert [hit.pk for hit in find(Connection.objects.all(), "cus_8f31c2").hits] == [adi.pk]
        assert not BlindTerm.objects.exists()
        assert set(SearchTerm.objects.values_list("term", flat=True)) == {"cus_8f31c2"}

    def test_one_event_says_so_and_no_second_one(self) -> None:
        adi = old()
        forget.forget(), forget.forget()
        event = Event.objects.get(verb="customer.forgotten")
        assert (event.customer_id, event.actor_id, event.details["days"]) == (adi.pk, None, 30)
        assert event.values == {}

    def test_within_the_period_or_without_one_it_stays(self) -> None:
        young, kept = old(29), old(400, connect("caibo"))
        forget.forget()
        assert not fresh(young).is_forgotten
        assert not fresh(kept).is_forgotten

    @pytest.mark.parametrize(
        "need",
        [
            lambda adi: visit(adi, by=person("ed")),
            lambda adi: wish(adi, person("ed")),
            lambda adi: keep_draft(adi, {"v-phone": "1"}, ("phone",), by=person("ed")),
            lambda adi: erase.ask(adi.pk, by=eraser("uma"), reference=TICKET),
            lambda adi: Reveal.objects.create(user=person("ed"), customer=adi, field="dob"),
            lambda adi: import_customers(
                adi.connection, [Row(2, {"external_id": adi.external_id, "name_first": "Adi"})], as_of=timezone.now()
            ),
        ],
        ids=["looked at", "asked to change", "typed about", "to be erased", "shown", "imported again"],
    )
    def test_whom_anybody_needed_since_stays(self, need: Callable[[Customer], object]) -> None:
        adi = old()
        need(adi)
        forget.forget()
        assert not fresh(adi).is_forgotten

    def test_whoever_comes_to_be_needed_while_others_go_stays(self, monkeypatch: pytest.MonkeyPatch) -> None:
        adi = old()
        connection = fresh(adi).connection
        visit(adi, by=person("ed"))
        forget._forget(adi.pk, connection)  # found before that visit
        assert not fresh(adi).is_forgotten

    def test_history_tells_what_was_known_then_and_that_nothing_is_known_now(self) -> None:
        adi = old()
        then = timezone.now()
        forget.forget()
        adi = fresh(adi)
        assert record_at(adi, then).value("ic_number") == NUMBER
        assert record_at(adi, timezone.now()).value("ic_number") is None
        assert record_now(adi).record == {}

    def test_what_is_learnt_again_is_known_again_and_has_not_moved_unasked(self, sandbox: Sandbox) -> None:
        sqril = keeping(connect("sqril", sandbox), customers=30)
        adi = sample(sqril, sandbox)
        days_pass(31, adi)
        forget.forget()
        refresh(fresh(adi), by=person("ed"))
        adi = fresh(adi)
        assert (adi.is_forgotten, adi.record["ic_number"], adi.drift) == (False, NUMBER, {})
        assert [hit.pk for hit in find(Connection.objects.all(), "wijaya").hits] == [adi.pk]

    def test_the_sweep_sees_to_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        adi = old()
        monkeypatch.setattr(forget, "_next_round", 0.0)
        sweep()
        assert fresh(adi).is_forgotten


def applied(sandbox: Sandbox, days_ago: int, *, bodies: int | None = 30) -> Change:
    """A change that was pushed so long ago."""
    caibo = keeping(connect("caibo", sandbox), bodies=bodies)
    customer = sample(caibo, sandbox)
    change = wish(customer, person("ed"))
    push(customer)
    Attempt.objects.update(ended_at=F("ended_at") - timedelta(days=days_ago, minutes=1))
    return change


@pytest.mark.django_db
class TestBodies:
    def test_bodies_of_old_exchanges_go_and_one_event_of_the_connection_says_so(self, sandbox: Sandbox) -> None:
        change = applied(sandbox, 31)
        forget.forget(), forget.forget()
        attempt = fresh(change).attempts.get()
        assert attempt.bodies_removed_at
        assert (attempt.sealed_request, attempt.sealed_response, attempt.sealed_carried) == (None, None, None)
        assert (attempt.shown_request, attempt.shown_response) == ("", "")
        assert (attempt.status_code, attempt.outcome) == (200, "accepted")
        event = Event.objects.get(verb="connection.bodies_removed")
        assert (event.connection_id, event.details["attempts"], event.details["days"]) == (change.connection_id, 1, 30)

    @pytest.mark.parametrize(("days", "bodies"), [(29, 30), (4000, None)])
    def test_younger_ones_and_those_that_are_kept_for_good_stay(
        self, sandbox: Sandbox, days: int, bodies: int | None
    ) -> None:
        change = applied(sandbox, days, bodies=bodies)
        forget.forget()
        assert fresh(change).attempts.get().sealed_request

    def test_those_of_a_change_that_has_not_ended_are_evidence_and_stay(self, sandbox: Sandbox) -> None:
        caibo = keeping(connect("caibo", sandbox), bodies=1)
        customer = sample(caibo, sandbox)
        sandbox.fault("caibo", "5xx")
        change = wish(customer, person("ed"))
        push(customer)
        Attempt.objects.update(ended_at=F("ended_at") - timedelta(days=3))
        assert fresh(change).state is Status.UNKNOWN
        forget.forget()
        assert fresh(change).attempts.get().sealed_request


class TestWhatStaysProved:
    def test_a_database_from_which_something_went_verifies(self, live_db: Database, sandbox: Sandbox) -> None:
        applied(sandbox, 31)
        adi = old()
        forget.forget()
        assert fresh(adi).is_forgotten
        assert findings() == []

    def test_bodies_that_somebody_took_away_as_if_their_time_were_over_are_found(
        self, live_db: Database, sandbox: Sandbox
    ) -> None:
        applied(sandbox, 3, bodies=None)
        Attempt.objects.update(sealed_request=None, sealed_response=None, bodies_removed_at=timezone.now())
        assert any("history tells of no such time" in sentence for sentence in findings())

    def test_a_customer_whom_somebody_emptied_as_if_forgotten_is_found(self, live_db: Database) -> None:
        adi = sample(connect("sqril"))
        Customer.objects.filter(pk=adi.pk).update(values={}, sealed={}, known={}, forgotten_at=timezone.now())
        assert any("said to be forgotten" in sentence for sentence in findings(values=False))


@pytest.mark.django_db
class TestPeriods:
    def test_an_administrator_sets_them_and_history_tells_from_what_to_what(self) -> None:
        caibo = connect("caibo")
        keep_for(caibo.pk, Periods(90, None), by=person("max"))
        keep_for(caibo.pk, Periods(90, 30), by=person("max"))
        keep_for(caibo.pk, Periods(90, 30), by=person("max"))
        assert Periods.of(fresh(caibo)) == Periods(90, 30)
        told = Event.objects.filter(verb="connection.keeping_set").order_by("pk")
        assert [event.details for event in told] == [{"customers": [None, 90]}, {"bodies": [None, 30]}]

    def test_nobody_else_may(self) -> None:
        with pytest.raises(NotPermitted, match="role Administrator"):
            keep_for(connect("caibo").pk, Periods(1, 1), by=person("ed"))

    @pytest.mark.parametrize("days", [0, -1, 36_501])
    def test_what_is_no_number_of_days_is_refused(self, days: int) -> None:
        with pytest.raises(NotFit, match="from 1 to 36500 days"):
            keep_for(connect("caibo").pk, Periods(days, None), by=person("max"))

    def test_what_would_go_at_once_is_counted_before(self, sandbox: Sandbox) -> None:
        change = applied(sandbox, 31, bodies=None)
        days_pass(50, old(50, connect("sqril")))
        assert over(change.connection, Periods(None, 30)) == Over(0, 1)
        assert over(Connection.objects.get(provider_slug="sqril"), Periods(40, None)) == Over(1, 0)
        assert over(Connection.objects.get(provider_slug="sqril"), Periods(400, None)) == Over(0, 0)
