"""A save is whole or it is not: wherever it breaks off, nothing of it is left, and it can be sent again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.urls import reverse

from console.flows import drafts
from console.flows.propose import withdraw
from console.models import Change, Customer, Draft, Event, Line, Status, User
from tests.cast import connect, person, sample
from tests.flows.helpers import fresh, wish
from tests.views.pages import form_of

pytestmark = pytest.mark.django_db

ENDS_A_STRETCH = ("SAVEPOINT", "RELEASE", "ROLLBACK")


@contextmanager
def breaking_off(after: int) -> Iterator[list[str]]:
    """Lets so many statements through, and none after them; gives what was asked."""
    asked: list[str] = []

    def one(execute: Callable[..., Any], sql: str, *more: Any) -> Any:
        if sql.startswith(ENDS_A_STRETCH):
            return execute(sql, *more)
        asked.append(sql)
        if len(asked) > after:
            raise OperationalError("gone")
        return execute(sql, *more)

    with connection.execute_wrapper(one):
        yield asked


def saved() -> dict[str, object]:
    """All that a save writes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        [jobs] = cursor.fetchone()
    customers = Customer.objects.values_list("pk", "places", "chain_length", "chain_head", "version", "known")
    rows = [[pk, places, length, bytes(head), *rest] for pk, places, length, head, *rest in customers.order_by("pk")]
    counts = [model._default_manager.count() for model in (Change, Line, Event, Draft)]
    return {"customers": rows, "counts": counts, "statuses": list(Change.objects.values("status")), "jobs": jobs}


def test_a_save_that_breaks_off_at_any_statement_leaves_nothing_but_the_draft(client: Client) -> None:
    client.force_login(person("ed"))
    client.raise_request_exception = False
    customer = sample(connect("flowwise"), scope=...)
    url = reverse("customer_edit", args=[customer.pk])
    form = {**form_of(client.get(url), "edit"), "v-address": "456 MG Road, Bengaluru", "v-scope": "PROJECT"}
    client.post(reverse("customer_check", args=[customer.pk]), form)
    before, after = saved(), 0
    while True:
        with breaking_off(after) as asked:
            answer = client.post(url, form)
        if len(asked) <= after:
            break
        assert answer.status_code == 503, asked[-1]
        assert saved() == before, asked[-1]
        after += 1
    assert after > 15
    assert answer.status_code == 303
    assert Change.objects.get().state is Status.APPROVED
    assert not Draft.objects.exists()


def test_a_withdrawal_that_breaks_off_at_any_statement_withdraws_nothing() -> None:
    ed, customer = person("ed"), sample(connect("caibo"))
    change, after = wish(customer, ed), 0
    wish(customer, ed, {"email": "ann.new@example.com"})
    before = saved()
    while True:
        with breaking_off(after) as asked, suppress(OperationalError):
            withdraw(change.pk, by=ed)
        if len(asked) <= after:
            break
        assert saved() == before, asked[-1]
        after += 1
    assert fresh(change).state is Status.WITHDRAWN


def test_what_one_save_wrote_together_goes_to_no_other_after_it_broke_off() -> None:
    ed, customer = person("ed"), sample(connect("caibo"))
    for after in range(5, 12):
        with breaking_off(after), pytest.raises(OperationalError), transaction.atomic():
            wish(customer, ed)
    change = wish(fresh(customer), ed)
    numbers = Event.objects.filter(customer=customer).order_by("number").values_list("number", "change")
    assert list(numbers) == [(1, None), (2, change.pk), (3, change.pk)]


def test_the_key_of_another_persons_form_makes_a_change_of_ones_own() -> None:
    customer = sample(connect("caibo"))
    theirs = wish(customer, person("jo"), key="form-1")
    mine = wish(customer, person("ed"), {"email": "ann.new@example.com"}, key="form-1")
    assert (theirs.requester, mine.requester) == (person("jo"), person("ed"))
    assert mine.pk != theirs.pk


def test_a_draft_goes_with_the_save_and_with_no_refused_one(client: Client) -> None:
    ed: User = person("ed")
    client.force_login(ed)
    customer = sample(connect("caibo"))
    url = reverse("customer_edit", args=[customer.pk])
    form = {**form_of(client.get(url), "edit"), "v-email": "nonsense"}
    assert client.post(url, form).status_code == 422
    assert drafts.held(customer, by=ed)
    assert client.post(url, {**form, "v-email": "ann.new@example.com"}).status_code == 303
    assert drafts.held(customer, by=ed) is None
