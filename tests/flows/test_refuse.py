"""Whoever was refused something, or not let in, is in the history; a typed password never is."""

from __future__ import annotations

import pytest
from django.test import Client

from console.flows.refuse import MOST_IN_A_MINUTE, not_let_in
from console.models import Event
from tests.cast import PASSWORD, connect, person, sample

pytestmark = pytest.mark.django_db


def told(verb: str) -> list[Event]:
    return list(Event.objects.filter(verb=verb).order_by("pk"))


def test_what_somebody_may_not_do_is_told_once_a_minute_by_its_address_without_its_numbers(client: Client) -> None:
    customer, ann = sample(connect("sqril")), person("ann")
    client.force_login(ann)
    for _ in range(3):
        assert client.get(f"/customers/{customer.pk}/edit/").status_code == 403
    assert client.post(f"/customers/{customer.pk}/edit/", {"v-phone": "+6281299887766"}).status_code == 403
    assert [(event.subject, event.actor, event.details) for event in told("person.refused")] == [
        (f"person:{ann.pk}", ann, {"method": method, "route": "customers/<int:pk>/edit/", "status": 403})
        for method in ("GET", "POST")
    ]
    assert told("person.refused")[0].request_id


def test_a_form_that_was_too_old_lacked_no_right() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("ed"))
    assert client.post("/you/", {"time_zone": "Asia/Jakarta"}).status_code == 403
    assert told("person.refused") == []


def test_a_wrong_password_is_told_of_its_person_alone(client: Client) -> None:
    ed = person("ed")
    client.post("/sign-in/", {"username": "ed", "password": "not-it"})
    client.post("/sign-in/", {"username": "ed", "password": PASSWORD})
    [event] = told("person.sign_in_failed")
    assert (event.subject, event.actor, event.details) == (f"person:{ed.pk}", None, {})


def test_a_name_that_nobody_has_is_kept_nowhere(client: Client) -> None:
    client.post("/sign-in/", {"username": "my-secret-in-the-wrong-box", "password": "x"})
    [event] = told("person.sign_in_failed")
    assert event.subject == "installation:1"
    assert "my-secret" not in str(vars(event))


def test_whoever_tries_on_fills_no_disk() -> None:
    person("ed")
    for _ in range(MOST_IN_A_MINUTE + 3):
        not_let_in("ed")
    assert len(told("person.sign_in_failed")) == MOST_IN_A_MINUTE
