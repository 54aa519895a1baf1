"""People look at requests, and their pages ask a provider that hangs: few of them wait for it, everybody else works."""

from __future__ import annotations

import pytest

from console.errors import CannotBeRead
from console.flows.refresh import AT_ONCE, refresh
from console.models import Customer
from providers.sandbox import Sandbox
from tests.cast import connect, person, sample
from tests.databases import Database
from tests.flows.helpers import side_by_side

pytestmark = pytest.mark.usefixtures("quick")

READERS = 8


@pytest.fixture
def adi(live_db: Database, sandbox: Sandbox) -> Customer:
    return sample(connect("sqril", sandbox), sandbox)


def test_a_provider_that_hangs_keeps_few_people_waiting_and_the_others_not_at_all(
    adi: Customer, sandbox: Sandbox
) -> None:
    ann, told = person("ann"), list[str]()
    sandbox.fault("sqril", "hang-before", count=READERS, method="GET")

    def look() -> None:
        with pytest.raises(CannotBeRead) as refusal:
            refresh(adi, by=ann)
        told.append(str(refusal.value))

    side_by_side(*[look] * READERS)
    assert sum("is slow to answer just now" in said for said in told) == READERS - AT_ONCE


def test_who_waited_in_vain_leaves_their_place_to_the_next(adi: Customer, sandbox: Sandbox) -> None:
    for kind in ("drop", "5xx", "malformed", "hang-before"):
        sandbox.fault("sqril", kind, method="GET")
        with pytest.raises(CannotBeRead):
            refresh(adi, by=person("ann"))
    assert refresh(adi, by=person("ann")).verb == "customer.refreshed"


def test_another_provider_is_read_meanwhile(adi: Customer, sandbox: Sandbox) -> None:
    other, ann = sample(connect("finosu", sandbox), sandbox), person("ann")
    sandbox.fault("sqril", "hang-before", count=AT_ONCE, method="GET")

    def look() -> None:
        with pytest.raises(CannotBeRead):
            refresh(adi, by=ann)

    side_by_side(*[look] * AT_ONCE, lambda: refresh(other, by=ann))
