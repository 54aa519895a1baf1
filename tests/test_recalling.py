"""What a record was at any moment, told by history alone."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings

from console.errors import ConsoleError
from console.flows.declare import declare
from console.flows.import_customers import Row, import_customers
from console.flows.record import database_now, record
from console.flows.refresh import refresh, take_over
from console.flows.resolve import close
from console.models import Change, Customer, Event, Origin, Status, Verdict
from console.models.states import FINAL
from console.recalling import (
    differences,
    fields_told,
    first_known,
    last_place,
    record_at,
    record_now,
    steps_around,
)
from providers.sandbox import Sandbox
from tests.cast import SAMPLES, SLUGS, connect, person, sample
from tests.flows.helpers import fresh, make_due, push, wish

pytestmark = pytest.mark.django_db

WAS, NOW, LATER = "Jl. Kebon Sirih 12, Jakarta", "Jl. Sudirman 1, Jakarta", "Jl. Thamrin No. 88, Jakarta"
# Values of which a walk picks; None clears.
VALUES: dict[str, dict[str, list[Any]]] = {
    "timepay": {
        "payment_status": ["paid", "partial", "pending"],
        "phone_number": ["+919811122233", "+919021088123"],
        "loan_amount": ["125000.50", "99.00"],
    },
    "finosu": {
        "streetAddress2": ["Apt 4B", "Floor 2", None],
        "firstName": ["Lena", "Helena", "Leni"],
        "ssnLastFour": ["1234", "9876"],
        "externalMetadata": [{"employer": "Acme", "tags": ["a"]}, {"employer": "Bolt"}],
    },
    "caibo": {
        "memberId": ["M-77", "M-78", None],
        "phone": ["+442079460958", "+441632960961"],
        "address": ["1 High Street, London", "3 Low Street, Leeds"],
    },
    "flowwise": {
        "address": ["456 Defence Colony, New Delhi, Delhi 110024, India", "1 MG Road, Bengaluru, Karnataka 560001"],
        "phone": ["+919876543210", "+919811100000"],
    },
    "sqril": {
        "address": [WAS, NOW, LATER],
        "phone": ["+62812345679", "+6281299887766"],
        "occupation": ["OCC4", "OCC7", "OCC10"],
    },
}
FAULTS: list[tuple[str, dict[str, Any]]] = [
    *[("", {})] * 4,
    ("wrong-echo", {}),
    ("wrong-echo", {"kept": True}),
    ("409", {}),
    ("5xx", {"status": 503}),
    ("drop", {}),
    ("apply-drop", {}),
]


@pytest.fixture
def adi() -> Customer:
    return sample(connect("sqril"))


def seen(customer: Customer, **values: Any) -> datetime:
    """A reading that shows these values; gives the moment after it."""
    take_over(customer, values, by=None)
    return database_now()


def plain(customer: Customer) -> dict[str, Any]:
    """What our copy holds of what history tells of, without what is empty."""
    record = fresh(customer).record
    return {
        field.name: record[field.name] for field in fields_told(customer) if not field.is_blank(record.get(field.name))
    }


def told(customer: Customer, moment: datetime) -> dict[str, Any]:
    """The same as history tells it of a moment."""
    known, field = record_at(fresh(customer), moment), customer.provider.field
    return {name: value for name, value in known.record.items() if not field(name).is_blank(value)}


class Walk:
    """Whatever may happen to one customer, at random and by the real flows, with a copy of the record after each."""

    def __init__(self, slug: str, sandbox: Sandbox, seed: int) -> None:
        self.slug, self.sandbox, self.random = slug, sandbox, random.Random(f"{slug}/{seed}")  # noqa: S311 - so that a walk can be gone once more
        sandbox.seed(slug, [SAMPLES[slug]])
        lacking: dict[str, Any] = {"scope": ...} if slug == "flowwise" else {}
        self.customer = sample(connect(slug, sandbox), **lacking)
        self.ed, self.ops = person("ed"), person("ops")
        self.kept: list[tuple[str, datetime, dict[str, Any]]] = []
        self.keep("adopted")

    def keep(self, what: str) -> None:
        self.kept.append((what, database_now(), plain(self.customer)))

    def step(self) -> None:
        """One thing happens; what is not possible just now does not."""
        ways: list[Callable[[], object]] = [self.imported, self.edited_there, self.asked, self.asked, self.asked]
        way = self.random.choice([*ways, self.resolved, self.looked_again, self.declared])
        try:
            way()
        except ConsoleError:
            return
        finally:
            self.keep(way.__name__)

    def some(self) -> dict[str, Any]:
        choices = VALUES[self.slug]
        names = self.random.sample(sorted(choices), self.random.randint(1, len(choices)))
        return {name: self.random.choice(choices[name]) for name in names}

    def imported(self) -> None:
        cells = {name: value for name, value in self.some().items() if isinstance(value, str)}
        as_of = database_now() - timedelta(minutes=self.random.choice([0, 0, 5]))
        import_customers(
            self.customer.connection, [Row(1, {"external_id": self.customer.external_id, **cells})], as_of=as_of
        )

    def edited_there(self) -> None:
        values = {name: value for name, value in self.some().items() if value is not None}
        self.sandbox.edit(self.slug, self.customer.external_id, values)
        if self.customer.provider.capabilities.reads:
            refresh(fresh(self.customer), by=self.ed)

    def asked(self) -> None:
        kind, parameters = self.random.choice(FAULTS)
        if kind:
            self.sandbox.fault(self.slug, kind, method="PUT", **parameters)
        try:
            wish(fresh(self.customer), self.ed, self.some())
            push(self.customer)
        finally:
            self.sandbox.clear_faults()

    def looked_again(self) -> None:
        for change in Change.objects.filter(customer=self.customer, status__in=[Status.UNKNOWN, Status.APPROVED]):
            make_due(change)
            push(self.customer)

    def resolved(self) -> None:
        for change in Change.objects.filter(customer=self.customer).exclude(status__in=FINAL):
            verdict = self.random.choice(list(Verdict))
            close(change.pk, by=self.ops, verdict=verdict, reason="Asked their support.")

    def declared(self) -> None:
        if self.slug == "flowwise":
            declare(fresh(self.customer), {"scope": "PROJECT"}, by=self.ed)


@pytest.fixture
def quick(settings: LazySettings) -> None:
    """Calls end soon, whatever the provider does."""
    settings.STEWARD_CALL_SECONDS = 1.0


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("slug", SLUGS)
def test_history_tells_the_record_of_every_moment_whatever_happened(slug: str, seed: int, sandbox: Sandbox) -> None:
    walk = Walk(slug, sandbox, seed)
    for _ in range(40):
        walk.step()
        what, moment, copy = walk.kept[-1]
        assert (what, told(walk.customer, moment)) == (what, copy)
    for what, moment, copy in walk.kept:
        assert (what, told(walk.customer, moment)) == (what, copy)
    verbs = set(Event.objects.filter(customer=walk.customer).values_list("verb", flat=True))
    assert len(verbs) >= 5, "a walk that leads nowhere shows nothing"


class TestOneMoment:
    def test_each_value_comes_with_the_event_that_brought_it(self, adi: Customer) -> None:
        before = database_now()
        read = take_over(adi, {"address": NOW}, by=person("jo"))
        known = record_at(fresh(adi), database_now())
        event = known.values["address"].event
        assert event
        assert (known.value("address"), event, event.actor) == (NOW, read, person("jo"))
        assert known.values["phone"].event == Event.objects.get(verb="customer.baseline")
        assert record_at(fresh(adi), before).value("address") == WAS

    def test_what_a_change_of_ours_brought_names_who_asked_for_it(self, sandbox: Sandbox) -> None:
        adi = sample(connect("sqril", sandbox), sandbox)
        change = wish(adi, person("jo"), {"address": LATER})
        push(adi)
        event = record_now(fresh(adi)).values["address"].event
        assert event
        assert event.change
        assert (event.verb, event.change, event.change.requester) == ("change.applied", change, person("jo"))

    def test_before_the_first_event_nothing_was_known(self, adi: Customer) -> None:
        known = first_known(adi)
        assert known
        assert record_at(adi, known - timedelta(microseconds=1)).place is None
        assert record_at(adi, known).value("address") == WAS

    def test_a_moment_that_a_provider_writes_by_itself_and_what_names_the_record_are_not_told(
        self, adi: Customer
    ) -> None:
        seen(adi, updated_at="2026-11-21T09:00:00Z")
        assert not {"updated_at", "customer_id"} & set(record_now(fresh(adi)).values)

    def test_without_the_key_it_tells_which_event_it_was_and_no_value(self, adi: Customer) -> None:
        read = take_over(adi, {"address": NOW}, by=None)
        Customer.objects.filter(pk=adi.pk).update(wrapped_key=None)
        for known in (record_at(fresh(adi), database_now()), record_now(fresh(adi))):
            assert not known.is_open
            assert (known.value("address"), known.values["address"].event) == (None, read)

    def test_what_was_said_by_a_person_stands_by_itself(self) -> None:
        priya = sample(connect("flowwise"), scope=...)
        declare(priya, {"scope": "PROJECT"}, by=person("ed"))
        assert record_at(fresh(priya), database_now()).value("scope") == "PROJECT"

    def test_a_list_is_one_value(self) -> None:
        lena = sample(connect("finosu"), externalMetadata={"tags": ["a", "b"]})
        assert record_at(lena, database_now()).value("externalMetadata") == {"tags": ["a", "b"]}


class TestDifferences:
    def test_they_are_in_the_order_of_the_form(self, adi: Customer) -> None:
        before = database_now()
        seen(adi, phone="+6281100001111", address=NOW, occupation="OCC4")
        form = [field.name for field in adi.provider.fields if field.name in {"phone", "address"}]
        assert differences(record_at(fresh(adi), before), record_now(fresh(adi))) == form

    def test_empty_and_never_known_are_the_same(self) -> None:
        lena = sample(connect("finosu"), streetAddress2=...)
        before = database_now()
        seen(lena, streetAddress2="Apt 1")
        seen(lena, streetAddress2=None)
        assert differences(record_at(fresh(lena), before), record_now(fresh(lena))) == []

    def test_another_spelling_is_none(self, adi: Customer) -> None:
        before = database_now()
        seen(adi, phone="+62 812 345 679")
        assert differences(record_at(fresh(adi), before), record_now(fresh(adi))) == []

    def test_where_the_key_was_erased_they_are_what_another_event_brought(self, adi: Customer) -> None:
        before = database_now()
        seen(adi, address=NOW)
        Customer.objects.filter(pk=adi.pk).update(wrapped_key=None)
        assert differences(record_at(fresh(adi), before), record_now(fresh(adi))) == ["address"]


class TestSteps:
    def test_they_lead_from_one_state_of_the_record_to_the_next(self, adi: Customer) -> None:
        for value in (NOW, NOW, LATER):
            seen(adi, address=value)
        customer, states = fresh(adi), list[Any]()
        known = record_now(customer)
        while True:
            states.append(known.value("address"))
            if (previous := steps_around(known).previous) is None:
                break
            known = record_at(customer, previous)
        assert states == [LATER, NOW, WAS]
        while (following := steps_around(known).next) is not None:
            known = record_at(customer, following)
        assert known.value("address") == LATER
        assert steps_around(known).next is None


class TestTheLastEventUpToAMoment:
    def test_it_is_found_wherever_it_stands(self, adi: Customer) -> None:
        for number in range(40):
            seen(adi, address=f"Jl. {number}")
        customer, events = fresh(adi), list(Event.objects.filter(customer=adi).order_by("number"))
        for event in events:
            place = last_place(customer, event.at)
            assert place
            assert (place.event, place.number, place.at) == (event.pk, event.number, event.at)
        assert last_place(customer, events[0].at - timedelta(microseconds=1)) is None

    def test_events_that_waited_for_each_other_may_stand_in_another_order_than_their_moments(
        self, adi: Customer
    ) -> None:
        """A moment is when the row was asked for, which two may do at once; who gets it first comes first."""
        [locked] = Customer.objects.locked([adi.pk])
        start = database_now()
        for back in (3, 1, 2, 0):
            vars(locked)["locked_at"] = start - timedelta(milliseconds=back)
            record(locked, "customer.refreshed", by=None, origin=Origin.PAGE, details={"moved": []})
        place = last_place(locked, start - timedelta(milliseconds=2))
        assert place
        assert place.number == 4
