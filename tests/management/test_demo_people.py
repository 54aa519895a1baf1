"""Whose database a demo goes on with: one in which nobody is but its own people, and whom they took in."""

from __future__ import annotations

import pytest

from console.flows.inviting import Newcomer, take_in
from console.management.demo.people import everybody, make_people, strangers
from console.models import Origin, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def own() -> dict[str, User]:
    make_people()
    return everybody()


def test_its_own_people_are_no_strangers(own: dict[str, User]) -> None:
    assert own
    assert not strangers()


def test_nor_is_whom_one_of_them_took_in(own: dict[str, User]) -> None:
    take_in(Newcomer("zoe"), by=own["max"])
    assert not strangers()


def test_whom_anybody_else_took_in_is_one(own: dict[str, User]) -> None:
    take_in(Newcomer("zoe"), by=None, origin=Origin.COMMAND)
    assert strangers()


def test_who_has_an_administrator_of_the_same_name_has_people_of_its_own() -> None:
    make_people()
    own = everybody()
    take_in(Newcomer("zoe"), by=own["max"])
    User.objects.filter(username="sam").update(username="samuel")
    assert strangers()
