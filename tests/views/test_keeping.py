"""The page on which an administrator says for how long a connection keeps what, and what other pages say of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse

from console.flows import forget
from console.flows.keeping import Periods, keep_for
from console.models import Attempt, Connection, Origin
from tests.cast import connect, person, sample
from tests.flows.helpers import fresh, push, wish
from tests.flows.test_forget import old
from tests.views.pages import text_of

if TYPE_CHECKING:
    from providers.sandbox import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def sqril() -> Connection:
    return connect("sqril")


def page_of(connection: Connection) -> str:
    return reverse("connection_keeping", args=[connection.pk])


def save(client: Client, connection: Connection, **typed: str) -> Any:
    return client.post(page_of(connection), {"customers": "", "bodies": "", **typed})


def test_an_administrator_sets_periods_and_the_connections_page_tells_them(client: Client, sqril: Connection) -> None:
    client.force_login(person("max"))
    there = reverse("connection", args=[sqril.pk])
    assert "Set how long things are kept" in text_of(client.get(there))
    answer = save(client, sqril, customers="90", sure="yes")
    assert (answer.status_code, answer.headers["Location"]) == (303, there)
    page = text_of(client.get(there))
    assert "kept for 90 days" in page
    assert "kept for good" in page
    assert Periods.of(fresh(sqril)) == Periods(90, None)


def test_what_lets_anything_go_has_to_be_meant(client: Client, sqril: Connection) -> None:
    old(connection=sqril)
    client.force_login(person("max"))
    refused = save(client, sqril, customers="30")
    assert refused.status_code == 422
    assert "Over by these periods: 1 customer." in text_of(refused)
    assert "Tick that you know what goes" in text_of(refused)
    assert Periods.of(fresh(sqril)) == Periods()
    assert save(client, sqril, customers="30", sure="yes").status_code == 303


def test_what_lets_things_stay_longer_needs_no_tick(client: Client, sqril: Connection) -> None:
    keep_for(sqril.pk, Periods(30, 30), by=None, origin=Origin.COMMAND)
    client.force_login(person("max"))
    assert save(client, sqril, customers="60").status_code == 303
    assert Periods.of(fresh(sqril)) == Periods(60, None)


@pytest.mark.parametrize("typed", ["0", "-3", "soon", "1.5", "99999", "36501", "²"])
def test_what_is_no_number_of_days_is_said_beside_the_field(client: Client, sqril: Connection, typed: str) -> None:
    client.force_login(person("max"))
    answer = save(client, sqril, bodies=typed, sure="yes")
    assert answer.status_code == 422
    assert "Enter a number of days from 1 to 36500" in text_of(answer)
    assert Periods.of(fresh(sqril)) == Periods()


def test_the_page_of_a_forgotten_customer_says_so_and_how_to_have_the_record_again(client: Client) -> None:
    adi = old()
    forget.forget()
    client.force_login(person("ed"))
    page = text_of(client.get(reverse("customer", args=[adi.pk])))
    assert "Our copy went." in page
    assert "Wijaya" not in page
    for name in ("customer_timeline", "customer_as_of", "customer_edit"):
        assert client.get(reverse(name, args=[adi.pk])).status_code == 200
    told = "Our copy of the record went: nobody had needed it for 30 days"
    assert told in text_of(client.get(reverse("customer_timeline", args=[adi.pk])))
    assert client.get(reverse("field_history", args=[adi.pk, "phone"])).status_code == 200
    assert "Let go" in text_of(client.get(reverse("customers")))


def test_the_page_of_a_change_says_that_bodies_went_and_an_auditor_is_not_alarmed(
    client: Client, sandbox: Sandbox
) -> None:
    caibo = connect("caibo", sandbox)
    keep_for(caibo.pk, Periods(None, 30), by=None, origin=Origin.COMMAND)
    change = wish(sample(caibo, sandbox), person("ed"))
    push(change.customer)
    Attempt.objects.update(ended_at=F("ended_at") - timedelta(days=31))
    forget.forget()
    client.force_login(person("rae"))
    page = text_of(client.get(reverse("change", args=[change.pk])))
    assert "the time for which Caibo keeps it is over" in page
    event = change.events.get(verb="change.applied")
    assert "something else than" not in text_of(client.get(reverse("audit_event", args=[event.pk])))
