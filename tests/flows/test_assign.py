"""Whoever is to put records right is told so, and the history of the connection says who gave whom how many."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from console.flows import notices
from console.flows.assign import assign, assign_next
from console.flows.mail import Letter
from console.models import About, Connection, Event, Flaw, Grant, Notice, User
from console.models.quality import Rule
from console.sentences import event_sentence
from console.telling import told
from tests.cast import connect, person, sample

pytestmark = pytest.mark.django_db


@pytest.fixture
def sqril() -> Connection:
    return connect("sqril")


@pytest.fixture
def rule(sqril: Connection) -> Rule:
    """Three customers lack a phone."""
    for number in range(3):
        sample(sqril, customer_id=f"cus_{number}", phone=None)
    return Rule(sqril.pk, "phone", "required")


@pytest.fixture
def ed() -> User:
    return person("ed")


@pytest.fixture
def jo() -> User:
    return person("jo")


def events() -> list[Event]:
    return list(Event.objects.filter(verb="quality.assigned").order_by("number"))


def sentences(user: User) -> list[str]:
    return [told(notice) for notice in notices.latest(user, 10)]


def test_many_are_one_event_on_the_chain_of_the_connection(rule: Rule, ed: User, jo: User) -> None:
    assign_next(2, rule, jo, by=ed)
    [event] = events()
    assert (event.subject, event.actor, event.customer) == (f"connection:{rule.connection}", ed, None)
    assert event.details == {"field": "phone", "code": "required", "count": 2, "to": jo.pk}
    assert event_sentence(event, ()) == (
        f"Ed Kowalski gave 2 records (“phone is missing”) to person {jo.pk} to put right"
    )


def test_taking_some_and_letting_them_go_is_said_too(rule: Rule, ed: User) -> None:
    assign_next(1, rule, ed, by=ed)
    assign(list(Flaw.objects.values_list("pk", flat=True)), rule, None, by=ed)
    assert [event_sentence(event, ()) for event in events()] == [
        "Ed Kowalski took 1 record (“phone is missing”) to put right",
        "Ed Kowalski gave 3 records (“phone is missing”) to nobody in particular",
    ]


def test_nothing_is_written_where_nothing_was_left_to_assign(rule: Rule, ed: User, jo: User) -> None:
    assign([], rule, jo, by=ed)
    assert not events()
    assert not Notice.objects.exists()


def test_who_is_to_put_them_right_is_told(rule: Rule, ed: User, jo: User) -> None:
    assign_next(2, rule, jo, by=ed)
    assert sentences(jo) == ["Ed Kowalski asks you to put 2 records (Sqril) right: Phone is missing"]
    assert not sentences(ed)


def test_nobody_is_told_what_they_took_themselves_or_of_what_is_nobodys(rule: Rule, ed: User) -> None:
    assign_next(1, rule, ed, by=ed)
    assign(list(Flaw.objects.values_list("pk", flat=True)), rule, None, by=ed)
    assert not Notice.objects.exists()


def test_what_was_not_read_yet_grows_and_is_told_once(rule: Rule, ed: User, jo: User) -> None:
    assign_next(1, rule, jo, by=ed)
    assign_next(2, rule, jo, by=ed)
    assert sentences(jo) == ["Ed Kowalski asks you to put 3 records (Sqril) right: Phone is missing"]


def test_what_was_read_is_told_anew(rule: Rule, ed: User, jo: User) -> None:
    assign_next(1, rule, jo, by=ed)
    notices.rule_seen(rule, by=jo)
    assign_next(1, rule, jo, by=ed)
    assert [notice.count for notice in notices.latest(jo, 10)] == [1, 1]


def test_the_notice_leads_to_ones_own_of_that_rule_and_is_read_there(rule: Rule, ed: User, jo: User) -> None:
    assign_next(2, rule, jo, by=ed)
    client = Client()
    client.force_login(jo)
    address = reverse("quality_rule", args=[rule.connection, rule.field, rule.code])
    assert f'href="{address}?whose=mine"' in client.get(reverse("notices")).text
    Notice.objects.update(read_at=None)
    assert client.get(address).status_code == 200
    assert Notice.objects.get().read_at is not None


def test_the_bell_counts_it(rule: Rule, ed: User, jo: User) -> None:
    assign_next(1, rule, jo, by=ed)
    client = Client()
    client.force_login(jo)
    assert "Notices, 1 unread" in client.get(reverse("quality")).text


def test_who_no_longer_sees_the_connection_is_not_told(rule: Rule, ed: User, jo: User) -> None:
    assign_next(1, rule, jo, by=ed)
    Grant.objects.filter(user=jo).delete()
    assert not sentences(jo)


def test_a_mail_says_how_many_and_names_nobody(rule: Rule, ed: User, jo: User) -> None:
    assign_next(2, rule, jo, by=ed)
    message = Letter(jo, notices.latest(jo, 10), 0).message()
    assert message.subject == f"Steward: news of records to put right at connection {rule.connection}"
    assert "You are asked to put 2 records (Sqril) right: Phone is missing." in str(message.body)
    assert "Ed" not in str(message.body)


def test_the_database_takes_no_notice_of_flaws_without_their_rule(rule: Rule, jo: User) -> None:
    with pytest.raises(IntegrityError, match="a_notice_of_flaws_says_how_many_of_which_rule"), transaction.atomic():
        Notice.objects.create(user=jo, connection_id=rule.connection, about=About.ASSIGNED, count=1)
    with pytest.raises(IntegrityError, match="a_notice_is_about_one_thing"), transaction.atomic():
        Notice.objects.create(user=jo, about=About.ASSIGNED)
