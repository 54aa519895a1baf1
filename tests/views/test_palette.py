"""The palette: what may be meant by what somebody typed anywhere, and nothing of another team."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from console.flows.visits import visit
from console.models import Grant, Status, User
from tests.batches import batch_of
from tests.cast import connect, person, sample
from tests.views.pages import text_of
from tests.views.standing import standing

pytestmark = pytest.mark.django_db


def ask(client: Client, text: str = "") -> Any:
    return client.post("/palette/", {"q": text}, headers={"HX-Request": "true"})


class TestCustomers:
    def test_they_are_found_with_what_matched_marked(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        response = ask(client, "wij")
        assert "Adi <mark>Wij</mark>aya" in response.text
        assert reverse("customer", args=[customer.pk]) in response.text

    def test_there_are_eight_and_a_way_to_all(self, client: Client, ed: User) -> None:
        connection = connect("caibo")
        for number in range(1, 12):
            sample(connection, id=str(number), name=f"Person {number}")
        response = ask(client, "person")
        assert response.text.count('data-found="customer"') == 8
        assert "See all 11 that match" in text_of(response)

    def test_those_of_another_team_are_not_found(self, client: Client) -> None:
        mine = connect("caibo")
        theirs = sample(connect("sqril"))
        client.force_login(person("ed", mine))
        for text in ("wijaya", theirs.external_id, "+62812345679"):
            assert "Adi" not in ask(client, text).text

    def test_nobody_found_can_be_added(self, client: Client, ed: User) -> None:
        sample(connect("sqril"))
        assert "Add a customer by ID" in text_of(ask(client, "nobody"))
        client.force_login(person("rae"))
        assert "Add a customer by ID" not in text_of(ask(client, "nobody"))

    def test_what_is_typed_stays_text(self, client: Client, ed: User) -> None:
        sample(connect("sqril"))
        assert "<script>" not in ask(client, "<script>alert(1)</script>").text

    def test_it_asks_the_database_no_more_for_8_than_for_1(self, client: Client, ed: User) -> None:
        connection, counts = connect("caibo"), []
        for numbers in ((1,), range(2, 21)):
            for number in numbers:
                standing(sample(connection, id=str(number), name=f"Person {number}"), ed, Status.APPROVED)
            with CaptureQueriesContext(database) as captured:
                ask(client, "person")
            counts.append(len(captured))
        assert counts[0] == counts[1]


class TestWithoutAText:
    def test_it_shows_who_was_seen_lately(self, client: Client, ed: User) -> None:
        visit(sample(connect("sqril")), by=ed)
        assert "Seen lately Adi Wijaya" in text_of(ask(client))

    def test_nobody_who_may_not_be_seen_any_more(self, client: Client) -> None:
        customer, mine = sample(connect("sqril")), connect("caibo")
        ed = person("ed", customer.connection, mine)
        client.force_login(ed)
        visit(customer, by=ed)
        Grant.objects.filter(connection=customer.connection).delete()
        assert "Adi" not in ask(client).text

    def test_the_first_time_it_is_empty(self, client: Client, ed: User) -> None:
        sample(connect("sqril"))
        assert text_of(ask(client)).strip() == ""


class TestChangesAndConnections:
    @pytest.mark.parametrize("text", ["change {}", "#{}", "Change #{}", "change{}"])
    def test_a_change_is_offered_by_its_number(self, client: Client, ed: User, text: str) -> None:
        change = standing(sample(connect("sqril")), ed, Status.APPROVED)
        page = ask(client, text.format(change.pk))
        assert f"Change {change.pk} Adi Wijaya" in text_of(page)
        assert reverse("change", args=[change.pk]) in page.text

    def test_one_of_another_team_looks_like_none(self, client: Client, ed: User) -> None:
        change = standing(sample(connect("sqril")), ed, Status.APPROVED)
        client.force_login(person("jo", connect("caibo")))
        assert text_of(ask(client, f"#{change.pk}")).replace(str(change.pk), "N") == text_of(
            ask(client, "#987654321")
        ).replace("987654321", "N")

    def test_a_number_that_no_change_can_have_is_nothing(self, client: Client, ed: User) -> None:
        connect("sqril")
        assert ask(client, "#" + "9" * 40).status_code == 200

    @pytest.mark.parametrize("text", ["batch {}", "Batch #{}", "batch{}"])
    def test_a_batch_is_offered_by_its_number(self, client: Client, ed: User, text: str) -> None:
        batch = batch_of([sample(connect("sqril"))], ed, title="Set Occupation of 1 customer")
        page = ask(client, text.format(batch.pk))
        assert f"Batch {batch.pk} Set Occupation of 1 customer" in text_of(page)
        assert f'href="{reverse("batch", args=[batch.pk])}"' in page.text

    def test_a_batch_of_another_team_looks_like_none(self, client: Client, ed: User) -> None:
        batch = batch_of([sample(connect("sqril"))], ed)
        client.force_login(person("jo", connect("caibo")))
        assert text_of(ask(client, f"batch {batch.pk}")).replace(str(batch.pk), "N") == text_of(
            ask(client, "batch 987654321")
        ).replace("987654321", "N")

    def test_a_connection_is_offered_by_its_name(self, client: Client) -> None:
        connection = connect("sqril")
        connect("caibo")
        client.force_login(person("ed", connection))
        assert reverse("connection", args=[connection.pk]) in ask(client, "sqr").text
        assert "Caibo" not in ask(client, "cai").text


class TestTheDialog:
    def test_it_stands_on_every_page_and_holds_no_one(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        visit(customer, by=ed)
        dialog = client.get("/changes/").text.partition('id="palette"')[2]
        assert 'role="combobox"' in dialog
        assert "Adi" not in dialog

    def test_an_address_of_it_leads_to_the_customers(self, client: Client, ed: User) -> None:
        assert client.get("/palette/")["Location"] == "/customers/"

    def test_without_a_script_its_form_searches_the_list(self, client: Client, ed: User) -> None:
        sample(connect("sqril"))
        assert client.post("/customers/", {"q": "wijaya"}).status_code == 303
