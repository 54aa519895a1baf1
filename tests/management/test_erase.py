"""manage.py erase: asks and lists; agreeing takes a person on a page."""

from __future__ import annotations

import pytest

from console.models import Customer, Erasure, ErasureStatus, Event, Origin
from tests import cast
from tests.flows.erasing import TICKET, erased, eraser
from tests.management.running import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def adi() -> Customer:
    return cast.sample(cast.connect("sqril"))


def test_it_asks_for_a_person_and_erases_nothing(adi: Customer) -> None:
    eraser("uma")
    eraser("eli")
    said = run("erase", str(adi.pk), "--by", "uma", "--ticket", TICKET)
    assert said.out == "It is asked for. Nothing is erased before somebody else agrees on the page. Eli can.\n"
    assert Erasure.objects.get().status == ErasureStatus.ASKED
    assert Event.objects.get(verb="customer.erasure_asked").origin == Origin.COMMAND


def test_it_lists_what_was_asked_and_what_became_of_it(adi: Customer) -> None:
    assert run("erase").out == "Nobody has asked for an erasure yet.\n"
    erased(adi)
    [line] = run("erase").out.splitlines()
    assert line.startswith(f"customer {adi.pk} at Sqril: uma asked ")
    assert f"({TICKET}) · Erased, eli " in line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--by", "uma"], "Name the ticket"),
        (["--ticket", TICKET], "Say who asks for it"),
        (["--by", "nobody", "--ticket", TICKET], "nobody who signs in as 'nobody'"),
        (["--by", "ed", "--ticket", TICKET], "it takes the role Erasure there"),
    ],
)
def test_what_will_not_do_is_said_in_a_sentence(adi: Customer, arguments: list[str], said: str) -> None:
    eraser("uma")
    cast.person("ed")
    refused = run("erase", str(adi.pk), *arguments)
    assert said in refused.refusal
    assert not Erasure.objects.exists()


def test_a_number_that_is_no_customers_is_said(adi: Customer) -> None:
    eraser("uma")
    refused = run("erase", "999999", "--by", "uma", "--ticket", TICKET)
    assert "There is no customer 999999" in refused.refusal
