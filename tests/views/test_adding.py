"""Adding a customer by id: where it is read at once, and what is said of an id that is none."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from console.models import Customer, User
from providers.sandbox import Sandbox
from tests.cast import SAMPLES, connect, person, sample
from tests.views.pages import text_of

pytestmark = pytest.mark.django_db


def page_of(customer: Customer) -> str:
    return reverse("customer", args=[customer.pk])


class TestAdding:
    def add(self, client: Client, connection: Any, external_id: str, **more: Any) -> Any:
        return client.post("/customers/add/", {"connection": connection.pk, "external_id": external_id}, **more)

    @pytest.mark.parametrize("slug", ["finosu", "sqril"])
    def test_where_the_provider_reads_the_record_is_there_at_once(
        self, client: Client, ed: User, sandbox: Sandbox, slug: str
    ) -> None:
        connection = connect(slug, sandbox)
        sandbox.seed(slug, [SAMPLES[slug]])
        external_id = SAMPLES[slug][connection.provider.identity[0]]
        response = self.add(client, connection, external_id, follow=True)
        assert text_of(response).count("Okafor" if slug == "finosu" else "Wijaya")
        assert not Customer.objects.get().never_read

    @pytest.mark.parametrize(
        ("slug", "external_id"),
        [("timepay", "camp_1/lead:LEAD-7"), ("caibo", "99"), ("flowwise", "cust_1")],
    )
    def test_elsewhere_it_is_marked_as_never_read(self, client: Client, ed: User, slug: str, external_id: str) -> None:
        response = self.add(client, connect(slug), external_id, follow=True)
        assert "Never read." in text_of(response)
        assert Customer.objects.get().external_id == external_id

    def test_what_cannot_be_an_id_is_refused_in_a_sentence_and_kept(self, client: Client, ed: User) -> None:
        response = self.add(client, connect("timepay"), "LOAN-1")
        assert response.status_code == 422
        assert "campaign/loan:ID" in text_of(response)
        assert 'value="LOAN-1"' in response.text

    def test_somebody_the_provider_does_not_have_is_not_added(self, client: Client, ed: User, sandbox: Sandbox) -> None:
        response = self.add(client, connect("sqril", sandbox), "cus_nobody")
        assert response.status_code == 422
        assert "Sqril has no customer with this id." in text_of(response)
        assert not Customer.objects.exists()

    def test_a_provider_that_does_not_answer_is_said(self, client: Client, ed: User, sandbox: Sandbox) -> None:
        sandbox.fault("sqril", "5xx", method="GET", status=503)
        assert "did not answer as it should" in text_of(self.add(client, connect("sqril", sandbox), "cus_1"))

    def test_one_we_have_already_is_simply_shown(self, client: Client, ed: User) -> None:
        customer = sample(connect("caibo"))
        assert self.add(client, customer.connection, "12345")["Location"] == page_of(customer)

    def test_an_empty_id_is_asked_for(self, client: Client, ed: User) -> None:
        response = self.add(client, connect("caibo"), " ")
        assert response.status_code == 422
        assert "Enter the id" in text_of(response)

    def test_a_connection_of_another_team_cannot_be_chosen(self, client: Client) -> None:
        mine, theirs = connect("caibo"), connect("flowwise")
        client.force_login(person("ed", mine))
        assert self.add(client, theirs, "cust_1").status_code == 422
        assert not Customer.objects.exists()

    def test_who_may_only_see_is_told_what_it_takes(self, client: Client) -> None:
        connect("caibo")
        client.force_login(person("rae"))
        assert "You may not add customers That takes the role Editor at a connection." in text_of(
            client.get("/customers/add/")
        )

    @pytest.mark.parametrize(
        "pasted",
        [" 99 ", "\N{NO-BREAK SPACE}99\N{ZERO WIDTH SPACE}", '"99"', "9 9"],
        ids=["blanks", "unseen", "quotes", "inside"],
    )
    def test_what_came_along_with_a_pasted_id_is_left_out(self, client: Client, ed: User, pasted: str) -> None:
        self.add(client, connect("caibo"), pasted)
        assert Customer.objects.get().external_id == "99"

    def test_what_is_wrong_stands_at_the_id(self, client: Client, ed: User) -> None:
        page = self.add(client, connect("timepay"), "LOAN-1").text
        assert 'aria-describedby="help-id error-id" aria-invalid="true"' in page

    def test_the_only_connection_is_chosen_already_and_of_several_none(self, client: Client, ed: User) -> None:
        caibo = connect("caibo")
        assert client.get("/customers/add/").text.count(" checked") == 1
        connect("sqril")
        assert " checked" not in client.get("/customers/add/").text
        assert client.get("/customers/add/", {"at": caibo.pk}).context["chosen"] == str(caibo.pk)

    def test_without_a_connection_one_is_asked_for(self, client: Client, ed: User) -> None:
        connect("caibo"), connect("sqril")
        response = client.post("/customers/add/", {"external_id": "99"})
        assert response.status_code == 422
        assert "Choose where the customer is." in text_of(response)
        assert 'value="99"' in response.text

    def test_each_connection_says_what_will_happen(self, client: Client, ed: User) -> None:
        connect("caibo"), connect("sqril")
        page = text_of(client.get("/customers/add/"))
        assert "Caibo cannot be read: added by ID alone, marked as never read" in page
        assert "Sqril will be asked for the record now" in page
