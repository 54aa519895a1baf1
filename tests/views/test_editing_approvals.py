"""The form where policies ask for approvals: what will be needed is said before it is saved."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from console.models import Change, Customer, Status, User, Wait
from tests.cast import connect, person, sample
from tests.deciding import no_policies, policy
from tests.views.pages import form_of, text_of

pytestmark = pytest.mark.django_db

NEED = "needs one approval (policy “KYC fields”)"


@pytest.fixture
def customer(ed: User) -> Customer:
    """Somebody at SQRIL, where Ann and Sam decide."""
    person("ann"), person("sam")
    return sample(connect("sqril"))


def address(customer: Customer) -> str:
    return reverse("customer_edit", args=[customer.pk])


def typed(client: Client, customer: Customer, query: str = "", **values: str) -> dict[str, str]:
    """The form as it was opened, with these values typed over."""
    form = form_of(client.get(address(customer) + query), "edit")
    return {**form, **{f"v-{name}": value for name, value in values.items()}}


def check(client: Client, customer: Customer, **values: str) -> Any:
    data = typed(client, customer, **values)
    return client.post(reverse("customer_check", args=[customer.pk]), data, headers={"HX-Request": "true"})


class TestWhileOneTypes:
    def test_it_says_what_is_needed_because_of_what_and_who_could_give_it(
        self, client: Client, customer: Customer
    ) -> None:
        policy("KYC fields", "occupation", "address")
        answer = check(client, customer, phone="+6281299887766", occupation="OCC10", address="Jl. Thamrin 88")
        assert "3 fields changed · 1 approval needed : Ann Mwangi or Sam Tanaka" in text_of(answer)
        assert answer.text.count(NEED) == 2
        assert "Propose change" in answer.text
        assert "sent right away" not in answer.text

    def test_it_says_as_before_where_none_is_needed(self, client: Client, customer: Customer) -> None:
        answer = check(client, customer, phone="+6281299887766")
        assert "1 field changed · no approval needed · sent right away" in text_of(answer)
        assert "Save and send" in answer.text

    def test_what_is_wrong_and_what_is_needed_are_said_together(self, client: Client, customer: Customer) -> None:
        policy("KYC fields", "occupation")
        answer = check(client, customer, email="nonsense", occupation="OCC10")
        assert "2 fields changed, not ready to be sent · 1 approval needed" in text_of(answer)

    def test_where_no_policy_names_a_field_that_is_the_reason(self, client: Client, customer: Customer) -> None:
        no_policies()
        answer = check(client, customer, phone="+6281299887766")
        assert "needs one approval: no policy says that none is needed" in text_of(answer)

    def test_a_reason_that_a_policy_wants_is_marked_as_required(self, client: Client, customer: Customer) -> None:
        policy("KYC fields", "occupation", asks_reason=True)
        answer = check(client, customer, occupation="OCC10")
        assert "The policy “KYC fields” wants a reason." in text_of(answer)
        assert 'data-wanted="why"' in answer.text
        assert 'data-wanted=""' in check(client, customer, phone="+6281299887766").text

    def test_it_asks_the_database_for_little(self, client: Client, customer: Customer) -> None:
        policy("KYC fields", "occupation")
        counts = []
        for wished in ({"phone": "+6281299887766"}, {"occupation": "OCC10"}):
            data = typed(client, customer, **wished)
            client.post(reverse("customer_check", args=[customer.pk]), data)
            with CaptureQueriesContext(connection) as captured:
                client.post(reverse("customer_check", args=[customer.pk]), data)
            asked = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
            counts.append(len(asked))
            assert sum("console_policyversion" in sql for sql in asked) == 1
        assert counts == [7, 7]  # who could approve, or behind what it would be sent


class TestWithoutScripts:
    def test_the_preview_says_the_same(self, client: Client, customer: Customer) -> None:
        policy("KYC fields", "occupation", asks_ticket=True)
        data = typed(client, customer, occupation="OCC10", phone="+6281299887766")
        page = client.post(reverse("customer_preview", args=[customer.pk]), data)
        said = text_of(page)
        assert NEED in said
        assert "1 approval needed : Ann Mwangi or Sam Tanaka" in said
        assert "The policy “KYC fields” wants a ticket." in said
        assert "Phone leaves now; Occupation waits for Ann Mwangi or Sam Tanaka ." in said
        assert "Propose change" in said


class TestTheSave:
    def test_it_waits_for_approval_on_the_page_of_the_change(self, client: Client, customer: Customer) -> None:
        policy("KYC fields", "occupation")
        answer = client.post(address(customer), typed(client, customer, occupation="OCC10"))
        change = Change.objects.get()
        assert answer["Location"] == reverse("change", args=[change.pk])
        assert (change.state, change.wait) == (Status.PROPOSED, Wait.DECISION)

    def test_a_reason_and_a_ticket_that_lack_are_asked_for_at_their_places(
        self, client: Client, customer: Customer
    ) -> None:
        policy("KYC fields", "occupation", asks_reason=True, asks_ticket=True)
        answer = client.post(address(customer), typed(client, customer, occupation="OCC10"))
        assert answer.status_code == 422
        assert not Change.objects.exists()
        page = answer.text
        assert "Say why: the policy “KYC fields” wants a reason." in page
        assert "Name the ticket: the policy “KYC fields” wants one." in page
        assert 'aria-invalid="true" autofocus' in page.partition('id="why"')[2].partition("</textarea>")[0]
        assert form_of(answer, "edit")["v-occupation"] == "OCC10"

    def test_with_both_it_is_saved(self, client: Client, customer: Customer) -> None:
        policy("KYC fields", "occupation", asks_reason=True, asks_ticket=True)
        data = typed(client, customer, occupation="OCC10") | {"why": "Called", "reference": "SUP-7"}
        assert client.post(address(customer), data).status_code == 303
