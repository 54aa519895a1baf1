"""One worker serves many connections: neither a slow provider nor long work takes anybody else's turn."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from console import tasks
from console.models import Connection, Status
from providers.sandbox import Sandbox
from tests.cast import connect, person, sample
from tests.flows.helpers import fresh, pushes, wish
from tests.processes import wait_for

pytestmark = pytest.mark.usefixtures("live_db")


@pytest.fixture(autouse=True)
def crews() -> Iterator[None]:
    yield
    tasks.dismiss()


def test_no_wake_up_waits_for_a_slow_provider_and_none_is_lost(sandbox: Sandbox) -> None:
    caibo, ed = connect("caibo", sandbox), person("ed")
    Connection.objects.filter(pk=caibo.pk).update(slots=1)
    sandbox.fault("caibo", "slow", seconds=3.0)
    slow = wish(sample(caibo, sandbox, id="1"), ed)
    _wake(caibo)
    wait_for(lambda: fresh(slow).state is Status.SENDING)
    saved_meanwhile = wish(sample(caibo, sandbox, id="2"), ed)
    for _ in range(20):
        _wake(caibo)
    assert fresh(slow).state is Status.SENDING
    tasks.dismiss()
    assert (fresh(slow).state, fresh(saved_meanwhile).state) == (Status.APPLIED, Status.APPLIED)
    assert len(pushes(sandbox, "caibo")) == 2


def test_a_connection_that_is_given_more_slots_uses_them_at_once(sandbox: Sandbox) -> None:
    caibo, ed = connect("caibo", sandbox), person("ed")
    Connection.objects.filter(pk=caibo.pk).update(slots=1)
    _wake(caibo)
    Connection.objects.filter(pk=caibo.pk).update(slots=3)
    sandbox.fault("caibo", "slow", count=3, seconds=2.0)
    changes = [wish(sample(caibo, sandbox, id=number), ed) for number in ("1", "2", "3")]
    _wake(caibo)
    wait_for(lambda: [fresh(change).state for change in changes] == [Status.SENDING] * 3)
    tasks.dismiss()
    assert {fresh(change).state for change in changes} == {Status.APPLIED}


def test_no_more_long_work_goes_on_at_once_than_may_and_what_ended_makes_room() -> None:
    begun, may_end = list[str](), threading.Semaphore(0)

    def work(_: threading.Event) -> None:
        begun.append(threading.current_thread().name)
        may_end.acquire()

    hands = tasks.Hands("bulk", work, most=2)
    for _ in range(3):
        hands.call()
    wait_for(lambda: len(begun) == 2)
    may_end.release(4)
    hands.dismiss()
    assert begun == ["bulk", "bulk"]
    hands.call()
    hands.dismiss()
    assert len(begun) == 3


def test_long_work_that_failed_is_told_without_its_text_and_called_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def work(_: threading.Event) -> None:
        raise ValueError("Adi Wijaya")

    hands = tasks.Hands("export", work)
    for _ in range(2):
        hands.call()
        hands.dismiss()
    told = caplog.text
    assert told.count("export.failed") == told.count("ValueError") == 2
    assert "Wijaya" not in told


def _wake(connection: Connection) -> None:
    """What a worker does with a wake-up, in a thread that it keeps."""
    tasks.deliver(connection.pk)
