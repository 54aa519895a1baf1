"""Requests that ask for the same, decided on together: what stands out comes first, and what was refused is said."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from console.flows import review
from console.flows.record import database_now
from console.inbox import alike_count
from console.models import Change, Connection, Customer, Decision, Grant, Known, Role, Status, Wait
from tests.cast import connect, person, sample
from tests.deciding import policy
from tests.flows.helpers import fresh, wish
from tests.views.counting import queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def sqril() -> Connection:
    """Where the occupation waits for somebody else's decision."""
    policy("KYC fields", "occupation")
    return connect("sqril")


def asked(sqril: Connection, number: int, who: str = "ed", **more: Any) -> Change:
    """One of those that lead a customer's occupation from OCC4 to OCC10."""
    customer = sample(sqril, customer_id=f"cus_{number}", name_first=f"Adi{number}")
    about = {"why": "Said so on the phone.", "reference": "SUP-1"} | more
    return wish(customer, person(who), {"occupation": "OCC10"}, **about)


def text_of(page: str) -> str:
    """What is to be read, spaced as people see it."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def page_of(change: Change) -> str:
    return f"/changes/{change.pk}/alike/"


def ticks(page: str) -> list[str]:
    """What the ticked boxes would post."""
    boxes = re.findall(r'<input type="checkbox"[^>]*>', page)
    return [re.findall(r'value="([^"]+)"', box)[0] for box in boxes if " checked" in box]


def boxes(page: str) -> list[str]:
    """What all boxes would post."""
    return re.findall(r'<input type="checkbox" name="change" value="([^"]+)"', page)


def part(page: str, heading: str) -> str:
    return text_of(page.partition(f'id="{heading}"')[2].partition("</section>")[0])


@pytest.fixture
def ann(client: Client) -> Client:
    client.force_login(person("ann"))
    return client


def test_the_heading_says_how_many_ask_for_what_in_words(ann: Client, sqril: Connection) -> None:
    changes = [asked(sqril, number) for number in range(3)]
    heading = text_of(ann.get(page_of(changes[1])).text.partition("<h1>")[2].partition("</h1>")[0])
    assert heading == "3 requests: Occupation from OCC4 to OCC10 at Sqril"


def test_all_that_are_ticked_are_approved_each_by_itself(ann: Client, sqril: Connection) -> None:
    changes = [asked(sqril, number) for number in range(3)]
    page = ann.get(page_of(changes[0])).text
    assert len(ticks(page)) == 3
    answer = ann.post(page_of(changes[0]), {"change": ticks(page)})
    assert answer.status_code == 200
    assert "You approved 3 requests." in answer.text
    assert {fresh(change).status for change in changes} == {Status.APPROVED}
    assert Decision.objects.count() == 3


def test_one_that_is_refused_does_not_stop_the_others_and_is_told_with_why(ann: Client, sqril: Connection) -> None:
    changes = [asked(sqril, number) for number in range(3)]
    page = ann.get(page_of(changes[0])).text
    review.reject(changes[1].pk, by=person("sam"), seen={"occupation": ticks(page)[1].partition(":")[2]}, reason="No.")
    answer = ann.post(page_of(changes[0]), {"change": ticks(page)})
    assert "You approved 2 requests." in answer.text
    assert f"1 not. It stands as before. Change {changes[1].pk}" in text_of(answer.text)
    assert [fresh(change).status for change in changes] == [Status.APPROVED, Status.REJECTED, Status.APPROVED]


def test_a_digest_that_was_not_on_the_page_approves_nothing(ann: Client, sqril: Connection) -> None:
    change = asked(sqril, 1)
    answer = ann.post(page_of(change), {"change": [f"{change.pk} occupation:{'00' * 32}", "nonsense", "9" * 40]})
    assert answer.status_code == 422
    assert "You approved" not in answer.text
    assert fresh(change).status == Status.PROPOSED


def test_what_asks_for_something_else_is_not_approved_with_them(ann: Client, sqril: Connection) -> None:
    change = asked(sqril, 1)
    other = wish(sample(sqril, customer_id="cus_9"), person("ed"), {"occupation": "OCC9"})
    digest = ann.get(page_of(other)).text
    answer = ann.post(page_of(change), {"change": boxes(digest)})
    assert answer.status_code == 422
    assert "It does not ask for the same." in answer.text
    assert fresh(other).status == Status.PROPOSED


def test_nothing_ticked_is_said(ann: Client, sqril: Connection) -> None:
    answer = ann.post(page_of(asked(sqril, 1)))
    assert answer.status_code == 422
    assert "Tick at least one of them." in answer.text


def test_what_stands_out_comes_first_with_why_and_is_not_ticked(ann: Client, sqril: Connection) -> None:
    usual = [asked(sqril, number) for number in range(6)]
    jos = asked(sqril, 10, "jo")
    without = asked(sqril, 11, why="")
    ticket = asked(sqril, 12, reference="SUP-77")
    soon = asked(sqril, 13)
    Change.objects.filter(pk=soon.pk).update(expires_at=timezone.now() + timedelta(hours=2, minutes=5))
    taken = asked(sqril, 14)
    review.claim(taken.pk, by=person("sam"))
    busy = asked(sqril, 15)
    beside = wish(busy.customer, person("jo"), {"phone": "+6281299887766"})
    page = ann.get(page_of(usual[0])).text
    first = part(page, "standing-out")
    for said in (
        "Jo Lindqvist asked for it; most come from somebody else.",
        "It gives no reason; most do.",
        "Its ticket is SUP-77; most name SUP-1.",
        "It ends in 2 h.",
        "Sam Tanaka took it just now.",
        f"More is under way for this customer: change {beside.pk}.",
    ):
        assert said in first
    assert page.index('id="standing-out"') < page.index('id="usual"')
    assert sorted(int(tick.split()[0]) for tick in ticks(page)) == [change.pk for change in usual]
    shown = {int(box.split()[0]) for box in boxes(page)}
    assert {jos.pk, without.pk, ticket.pk, soon.pk, taken.pk, busy.pk} <= shown


def test_a_value_that_moved_stands_out_and_is_approved_as_it_is_listed(ann: Client, sqril: Connection) -> None:
    changes = [asked(sqril, number) for number in range(3)]
    moves(changes[0].customer, "OCC7")
    page = ann.get(page_of(changes[0])).text
    assert "there by now: approving this replaces it." in part(page, "standing-out")
    assert len(ticks(page)) == 2
    ann.post(page_of(changes[0]), {"change": boxes(page)})
    assert {fresh(change).status for change in changes} == {Status.APPROVED}


def moves(customer: Customer, occupation: str) -> None:
    """Somebody sets it at the provider, and a reading brings that."""
    customer = Customer.objects.select_related("connection").get(pk=customer.pk)
    customer.learn({"occupation": occupation}, how=Known.READ, at=database_now())
    customer.save()


def test_ones_own_and_what_one_approved_are_not_among_them(client: Client, sqril: Connection) -> None:
    policy("Two", "occupation", approvals=2)
    jo = person("jo")
    Grant.objects.create(user=jo, role=Role.APPROVER)
    _, first, second = asked(sqril, 1, "jo"), asked(sqril, 2), asked(sqril, 3)
    client.force_login(jo)
    page = client.get(page_of(first)).text
    assert [int(box.split()[0]) for box in boxes(page)] == [first.pk, second.pk]
    client.post(page_of(first), {"change": boxes(page)[:1]})
    assert [int(box.split()[0]) for box in boxes(client.get(page_of(first)).text)] == [second.pk]


def test_there_is_nothing_left_once_all_are_decided(ann: Client, sqril: Connection) -> None:
    change = asked(sqril, 1)
    ann.post(page_of(change), {"change": ticks(ann.get(page_of(change)).text)})
    assert "None of them waits for you" in ann.get(page_of(change)).text


def test_sensitive_values_are_never_alike(ann: Client, sqril: Connection) -> None:
    policy("All")
    change = wish(sample(connect("finosu")), person("ed"), {"ssnLastFour": "9876"})
    assert (change.wait, change.shape) == (Wait.DECISION, None)
    assert "None of them waits for you" in ann.get(page_of(change)).text
    assert alike_count(change, person("ann")) == 0


def test_the_others_are_counted_no_further_than_asked(sqril: Connection) -> None:
    changes = [asked(sqril, number) for number in range(4)]
    assert alike_count(changes[0], person("ann")) == 3
    assert alike_count(changes[0], person("ann"), 2) == 2
    assert alike_count(changes[0], person("ed")) == 0


def test_it_takes_as_many_queries_for_20_as_for_2(ann: Client, sqril: Connection) -> None:
    first, _ = asked(sqril, 0), asked(sqril, 1)
    few = queries(ann, page_of(first))
    for number in range(2, 20):
        asked(sqril, number)
    assert queries(ann, page_of(first)) == few
