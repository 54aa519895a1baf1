"""The rate limit holds over all workers, however many ask at the same moment."""

from __future__ import annotations

import time

import pytest
from django.db import transaction

from console.models import Connection
from console.models.connections import Turn
from tests.cast import connect
from tests.flows.helpers import side_by_side

pytestmark = pytest.mark.usefixtures("live_db")

RATE = 200
SECONDS = 1.0
WORKERS = 8


def test_many_workers_together_never_exceed_the_rate_of_a_connection() -> None:
    pk, taken = connect("caibo").pk, list[Turn]()
    Connection.objects.filter(pk=pk).update(rate=RATE)
    end = time.monotonic() + SECONDS

    def work() -> None:
        while time.monotonic() < end:
            with transaction.atomic():
                taken.extend(filter(None, [Connection.objects.take_a_turn(pk, probe_lasts=10)]))

    side_by_side(*[work] * WORKERS)
    assert RATE / 4 < len(taken) <= RATE * (SECONDS + 1) + WORKERS


def test_a_paused_connection_gives_no_token() -> None:
    paused = connect("caibo")
    Connection.objects.filter(pk=paused.pk).update(paused_at="2026-01-01T00:00Z", pause="person")
    assert Connection.objects.take_a_turn(paused.pk, probe_lasts=10) is None
