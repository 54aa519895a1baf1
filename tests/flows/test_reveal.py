"""Revealing: a sensitive value is shown for a reason, to who may, so often and no more, and never without a trace."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, transaction
from django.db import connection as database

from console.errors import KeyMissing, NotFit, NotPermitted, StepNotPossible, TooMany
from console.flows import hidden as about_hidden
from console.flows.reveal import reveal
from console.models import Customer, Event, Reveal, Status, User
from console.sentences import event_sentence
from tests.cast import connect, person, sample
from tests.flows.helpers import fresh
from tests.hidden import REASON, SSN, shown
from tests.views.standing import standing

pytestmark = pytest.mark.django_db


@pytest.fixture
def lena() -> Customer:
    return sample(connect("finosu"), ssnLastFour=SSN)


@pytest.fixture
def jo() -> User:
    """Jo, who may be shown what is hidden."""
    return shown("jo")


def ask(customer: Customer, by: User, **about: Any) -> str:
    """What is shown of the social security number."""
    told = reveal(fresh(customer), about.pop("name", "ssnLastFour"), by=by, **{"reason": REASON, **about})
    return str(told.value)


def events(customer: Customer) -> list[Event]:
    return list(Event.objects.filter(customer=customer, verb="customer.revealed").order_by("pk"))


def test_the_value_is_shown_and_it_is_written_down_who_saw_which_why_and_when(lena: Customer, jo: User) -> None:
    assert ask(lena, jo) == SSN
    [kept], [event] = Reveal.objects.all(), events(lena)
    assert (kept.user, kept.customer, kept.field, kept.matched) == (jo, lena, "ssnLastFour", None)
    assert about_hidden.reason_of(kept) == REASON
    assert (event.actor, event.details, event.values) == (jo, {"field": "ssnLastFour"}, {"reason": REASON})
    told = event_sentence(event, lena.provider.fields)
    assert told == f"Jo Lindqvist was shown SSN, last four digits (“{REASON}”)"


def test_neither_value_nor_reason_stands_anywhere_in_the_open(lena: Customer, jo: User) -> None:
    ask(lena, jo)
    [kept], [event] = Reveal.objects.values(), Event.objects.filter(verb="customer.revealed").values()
    for text in (REASON, SSN):
        assert text.encode() not in bytes(kept["sealed_reason"] or b"")
        assert text not in str(event["details"])
        assert text.encode() not in bytes(event["sealed_values"] or b"")


def test_the_reason_is_gone_with_the_key_and_the_trace_is_not(lena: Customer, jo: User) -> None:
    ask(lena, jo)
    Customer.objects.filter(pk=lena.pk).update(wrapped_key=None)
    kept = Reveal.objects.select_related("customer").get()
    with pytest.raises(KeyMissing):
        about_hidden.reason_of(kept)
    with pytest.raises(KeyMissing):
        ask(lena, jo)
    assert Reveal.objects.count() == 1


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_without_a_reason_that_can_be_kept_nothing_is_shown_and_nothing_counted(
    lena: Customer, jo: User, settings: LazySettings, reason: str
) -> None:
    settings.STEWARD_REVEALS = 1
    for _ in range(3):
        with pytest.raises(NotFit) as refused:
            ask(lena, jo, reason=reason)
        assert set(refused.value.wanted) == {"reason"}
    assert not Reveal.objects.exists()
    assert ask(lena, jo) == SSN


@pytest.mark.parametrize("who", ["ed", "ann", "ops", "rae", "max", "vic"])
def test_no_other_role_carries_the_right(lena: Customer, who: str) -> None:
    with pytest.raises(NotPermitted, match="You may not be shown sensitive values at Finosu"):
        ask(lena, person(who))
    assert not Reveal.objects.exists()
    assert not events(lena)


def test_the_right_at_another_connection_shows_nothing_here(lena: Customer) -> None:
    elsewhere = shown("jo", connect("sqril"))
    with pytest.raises(NotPermitted):
        ask(lena, elsewhere)


def test_a_person_is_shown_so_many_in_an_hour_and_no_more_wherever_they_ask(
    lena: Customer, jo: User, settings: LazySettings
) -> None:
    settings.STEWARD_REVEALS = 3
    adi = sample(connect("sqril"))
    for customer, name in ((lena, "ssnLastFour"), (lena, "birthday"), (adi, "ic_number")):
        ask(customer, jo, name=name)
    with pytest.raises(TooMany):
        ask(adi, jo, name="dob")
    assert Reveal.objects.count() == 3
    assert ask(adi, shown("sam"), name="dob") == "1990-02-01"


@pytest.mark.parametrize("name", ["firstName", "phoneNumber", "nobody"])
def test_what_is_not_hidden_is_not_revealed(lena: Customer, jo: User, name: str) -> None:
    with pytest.raises(StepNotPossible, match="not hidden"):
        ask(lena, jo, name=name)


def test_what_is_not_known_cannot_be_shown(jo: User) -> None:
    nobody = sample(connect("finosu"), ssnLastFour=...)
    with pytest.raises(StepNotPossible, match="Nothing is known of SSN"):
        ask(nobody, jo)
    assert not Reveal.objects.exists()


def test_of_a_change_both_what_is_held_and_what_is_asked_for_is_shown(lena: Customer, jo: User) -> None:
    change = standing(lena, person("ed"), Status.PROPOSED, wishes={"ssnLastFour": "8812"})
    told = reveal(fresh(lena), "ssnLastFour", by=jo, reason=REASON, change=change.pk)
    assert (told.held, told.value) == (SSN, "8812")
    [event] = events(lena)
    assert (event.change, event.details) == (change, {"field": "ssnLastFour", "asked": True})
    assert "SSN, last four digits as asked for" in event_sentence(event, lena.provider.fields)


def test_a_change_of_somebody_else_or_of_other_fields_shows_nothing(lena: Customer, jo: User) -> None:
    other = sample(lena.connection, id="FN-2", ssnLastFour="9000")
    theirs = standing(other, person("ed"), Status.PROPOSED, wishes={"ssnLastFour": "8812"})
    own = standing(lena, person("ed"), Status.PROPOSED, wishes={"firstName": "Helena"})
    for number in (theirs.pk, own.pk, 987654321):
        with pytest.raises(StepNotPossible, match="asks for no SSN"):
            ask(lena, jo, change=number)
    assert not Reveal.objects.exists()


def test_nothing_is_shown_where_its_trace_cannot_be_written(lena: Customer, jo: User) -> None:
    def without_history(run: Any, sql: str, *rest: Any) -> Any:
        if "INSERT INTO console_event" in sql.replace('"', ""):
            raise DatabaseError
        return run(sql, *rest)

    with pytest.raises(DatabaseError), transaction.atomic(), database.execute_wrapper(without_history):
        ask(lena, jo)
    assert not Reveal.objects.exists()
