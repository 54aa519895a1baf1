"""A web server whose clock is wrong: history tells the database's time all the same, and nothing else goes by it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from console.flows.record import database_now
from console.models import Change, Event
from tests.cast import connect, person, sample

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("hours", [-1, 1])
def test_invariant_26_the_clock_of_a_web_server_changes_nothing(client: Client, hours: int) -> None:
    adi = sample(connect("sqril"))
    client.force_login(person("ed"))
    before = database_now()
    with time_machine.travel(timezone.now() + timedelta(hours=hours), tick=True):
        sent = {"v-address": "Jl. Thamrin No. 88, Jakarta", "key": "a key"}
        assert client.post(f"/customers/{adi.pk}/edit/", sent).status_code == 303
    after = database_now()
    events = list(Event.objects.filter(customer=adi).order_by("number"))
    assert [event.verb for event in events] == ["customer.baseline", "change.proposed", "change.approved"]
    assert all(before <= event.at <= after for event in events[1:])
    change = Change.objects.get()
    assert change.next_attempt_at is not None
    assert before <= change.next_attempt_at <= after
