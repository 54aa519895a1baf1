"""Finding customers: what is found and in which order, and what is kept of a search."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from console import finding
from console.models import Customer, Status, User
from console.views import customer_list, searches
from tests.cast import SLUGS, connect, person, sample
from tests.views.counting import queries
from tests.views.listed import LIST, many, names, search
from tests.views.pages import text_of
from tests.views.standing import standing

pytestmark = pytest.mark.django_db


def page_of(customer: Customer) -> str:
    return reverse("customer", args=[customer.pk])


def type_on(client: Client, text: str, **more: Any) -> Any:
    """What htmx asks for while one types."""
    return client.post(LIST, {"q": text, **more}, headers={"HX-Request": "true"})


class TestSearch:
    @pytest.mark.parametrize(
        "text", ["wij", "ADI wijaya", "wijaya adi", "adi.wijaya@", "cus_8f31", "+62 812 3456", "45679", "0812 3456 79"]
    )
    def test_a_customer_is_found_by_name_email_id_and_phone(self, client: Client, ed: User, text: str) -> None:
        sample(connect("sqril")), sample(connect("caibo"))
        assert names(search(client, text)) == ["Adi Wijaya"]

    def test_a_search_stays_within_the_chosen_connection(self, client: Client, ed: User) -> None:
        caibo = connect("caibo")
        sample(connect("sqril")), sample(caibo)
        page = text_of(search(client, "wijaya", at=str(caibo.pk)))
        assert "Nobody here matches" in page
        assert "Only Caibo was searched." in page
        assert "Search all connections (1 found)" in page

    def test_another_teams_customer_is_not_found_and_not_counted(self, client: Client) -> None:
        mine = connect("caibo")
        sample(mine), sample(connect("sqril"))
        client.force_login(person("ed", mine))
        for text in ("wijaya", "cus_8f31c2", "adi.wijaya@example.com", "+62812345679"):
            response = search(client, text)
            assert names(response) == []
            assert "Adi" not in response.text

    def test_the_chips_say_how_many_were_found_at_each_connection(self, client: Client, ed: User) -> None:
        sample(connect("sqril")), sample(connect("caibo"), name="Adi Berg")
        chips = search(client, "adi").context["chips"]
        assert [(each.name, number) for each, _, number in chips] == [("Caibo", 1), ("Sqril", 1)]

    def test_who_is_not_cached_is_offered_to_be_read_or_added(self, client: Client, ed: User) -> None:
        for slug in SLUGS:
            connect(slug)
        page = text_of(search(client, "12345"))
        assert "Read from Sqril" in page
        assert "Read from Finosu" in page
        assert "Add at Caibo" in page
        assert "Timepay" not in page.partition("Is it an ID")[2]

    def test_an_id_is_offered_only_where_it_can_be_one(self, client: Client, ed: User) -> None:
        for slug in SLUGS:
            connect(slug)
        page = text_of(search(client, "camp_abc123/loan:LOAN-1")).partition("Is it an ID")[2]
        assert "Add at Timepay" in page
        assert "Sqril" not in page
        assert "Caibo" not in page

    def test_several_words_are_nobodys_id(self, client: Client, ed: User) -> None:
        connect("sqril")
        assert "Is it an ID" not in text_of(search(client, "no such person"))

    def test_who_may_only_see_is_offered_nothing(self, client: Client) -> None:
        connect("sqril")
        client.force_login(person("rae"))
        assert "Is it an ID" not in text_of(search(client, "cus_1"))

    @pytest.mark.parametrize("text", ["person", "person 0", "person a"])
    def test_it_asks_the_database_no_more_for_20_rows_than_for_1(self, client: Client, ed: User, text: str) -> None:
        connection = connect("caibo")
        standing(sample(connection, id="1", name="Person 001 A", email="1@example.com"), ed, Status.APPROVED)
        address = client.post(LIST, {"q": text})["Location"]
        at_one = queries(client, address)
        for number in range(2, 22):
            customer = sample(connection, id=str(number), name=f"Person {number:03} A")
            standing(customer, ed, Status.APPROVED)
        assert queries(client, address) == at_one
        assert len(names(client.get(address))) >= 20


class TestTheBestComesFirst:
    def test_an_id_an_email_or_a_phone_as_it_is_before_all_that_only_begins_so(self, client: Client, ed: User) -> None:
        caibo, sqril = connect("caibo"), connect("sqril")
        sample(caibo, id="1", name="4412345 Ltd", phone="+441111111")
        sample(caibo, id="44123456", name="Zoe", phone="+441111112")
        sample(caibo, id="2", name="Aaron", phone="+4412345")
        sample(sqril, customer_id="4412345", name_first="Zora", name_last="Z")
        assert names(type_on(client, "4412345")) == ["Zora Z", "Aaron", "4412345 Ltd", "Zoe"]

    def test_whole_names_then_words_of_a_name_as_in_a_telephone_book_then_the_rest_by_name(
        self, client: Client, ed: User
    ) -> None:
        caibo = connect("caibo")
        people = ("Zed Lee", "Lee Young", "Lee Adams", "Bob Leeson", "Carl Other", "Ann Other")
        for number, name in enumerate(people, 1):
            email = f"lee{number}@example.com" if name.endswith("Other") else f"x{number}@example.com"
            sample(caibo, id=str(number), name=name, email=email)
        expected = ["Lee Adams", "Lee Young", "Zed Lee", "Bob Leeson", "Ann Other", "Carl Other"]
        assert names(search(client, "lee")) == expected

    def test_last_digits_come_before_digits_in_the_middle(self, client: Client, ed: User) -> None:
        caibo = connect("caibo")
        sample(caibo, id="1", name="Aaron", phone="+442056791234")
        sample(caibo, id="2", name="Zoe", phone="+442012345679")
        assert names(search(client, "5679")) == ["Zoe", "Aaron"]

    def test_what_matched_is_marked(self, client: Client, ed: User) -> None:
        sample(connect("sqril"))
        assert "Adi <mark>Wij</mark>aya" in search(client, "wij").text
        assert '<mark>adi.wijaya</mark></span><span class="piece"><mark>@</mark>' in search(client, "adi.wijaya@").text
        assert "<mark>cus_8f</mark>31c2" in search(client, "CUS_8F").text
        assert "+62 812-34<mark>5-679</mark>" in search(client, "5679").text

    def test_markup_in_a_name_stays_text_when_it_is_marked(self, client: Client, ed: User) -> None:
        sample(connect("caibo"), name="<b>Bold</b> & <i>")
        page = search(client, "<b>bold").text
        assert "<mark>&lt;b&gt;Bold</mark>&lt;/b&gt; &amp; &lt;i&gt;" in page


class TestWhereThereAreMany:
    @pytest.fixture(autouse=True)
    def few_are_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(finding, "MOST", 6)
        monkeypatch.setattr(finding, "ENOUGH", 3)
        monkeypatch.setattr(customer_list, "BEST", 4)

    def test_one_turns_the_pages_of_what_was_found_and_sees_each_once(self, client: Client, ed: User) -> None:
        expected = [str(customer) for customer in many(6)]
        first = search(client, "person")
        second = client.get(first.context["next"])
        assert [*names(first), *names(second)] == expected
        assert second.context["page"].say == "5\N{EN DASH}6 of 6"
        assert names(client.get(second.context["previous"])) == names(first)
        assert "person" not in first.context["next"].lower()

    def test_more_than_anybody_looks_through_are_not_counted(self, client: Client, ed: User) -> None:
        many(9)
        first = search(client, "person")
        assert first.context["page"].say == "1\N{EN DASH}4 of 6+"
        last = client.get(first.context["next"])
        assert "Type more of it to narrow it down." in text_of(last)
        assert last.context["next"] == ""

    def test_an_id_is_first_though_many_names_begin_so(self, client: Client, ed: User) -> None:
        flowwise = connect("flowwise")
        for number in range(9):
            sample(flowwise, customer_id=str(number), name=f"Person {number}")
        sample(flowwise, customer_id="person", name="Zoe")
        assert names(type_on(client, "person"))[0] == "Zoe"

    def test_few_among_many_of_other_teams_are_found_all_the_same(self, client: Client) -> None:
        theirs, mine = connect("caibo"), connect("sqril")
        for number in range(20):
            sample(theirs, id=str(number + 1), name=f"Ann Person {number:02}", email="x@example.com")
        sample(mine, customer_id="cus_9", name_first="Zoe", name_last="Person")
        client.force_login(person("ed", mine))
        assert names(search(client, "person")) == ["Zoe Person"]
        assert names(search(client, "person zoe")) == ["Zoe Person"]

    def test_a_place_that_is_none_is_the_first_page(self, client: Client, ed: User) -> None:
        many(3)
        address = client.post(LIST, {"q": "person"})["Location"]
        assert len(names(client.get(f"{address}&from=99"))) == 3


class TestWhatIsKeptOfASearch:
    def test_the_text_is_in_no_address_and_not_readable_in_the_session(self, client: Client, ed: User) -> None:
        response = client.post(LIST, {"q": "wijaya"})
        assert response.status_code == 303
        assert "wijaya" not in response["Location"]
        assert "wijaya" not in str(dict(client.session.items()))

    def test_going_back_to_the_address_shows_the_same_search(self, client: Client, ed: User) -> None:
        sample(connect("sqril")), sample(connect("caibo"))
        address = client.post(LIST, {"q": "wijaya"})["Location"]
        client.post(LIST, {"q": "whitfield"})
        again = client.get(address)
        assert 'value="wijaya"' in again.text
        assert "Ann Whitfield" not in again.text

    def test_a_search_of_this_morning_is_still_there_after_many_more(self, client: Client, ed: User) -> None:
        address = client.post(LIST, {"q": "wijaya"})["Location"]
        for number in range(25):
            client.post(LIST, {"q": f"name {number}"})
        assert client.get(address).context["asked"].text == "wijaya"

    def test_no_more_are_kept_than_the_session_can_carry(
        self, client: Client, ed: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(searches, "MOST_KEPT", 3)
        addresses = [client.post(LIST, {"q": f"name {number}"})["Location"] for number in range(4)]
        assert [client.get(address).context["asked"].lost for address in addresses] == ["search", "", "", ""]

    def test_a_token_that_is_not_known_shows_nobody_and_says_why(self, client: Client, ed: User) -> None:
        sample(connect("sqril"))
        address = client.post(LIST, {"q": "wijaya"})["Location"]
        other = Client()
        other.force_login(person("jo"))
        page = other.get(address)
        assert "This search is no longer kept" in text_of(page)
        assert names(page) == []
        assert "wijaya" not in page.text.lower()

    def test_a_lost_search_can_be_typed_again(self, client: Client, ed: User) -> None:
        sample(connect("sqril"))
        lost = client.get(f"{LIST}?s=unknown")
        assert lost.context["asked"].token == ""
        assert names(search(client, "wijaya", s="unknown")) == ["Adi Wijaya"]

    def test_a_session_that_was_sealed_by_a_lost_key_has_lost_its_searches(self, client: Client, ed: User) -> None:
        address = client.post(LIST, {"q": "wijaya"})["Location"]
        session = client.session
        session["searches"] = "gAAAAA"
        session.save()
        assert client.get(address).context["asked"].lost

    def test_searching_for_nothing_is_the_plain_list(self, client: Client, ed: User) -> None:
        assert client.post(LIST, {"q": "  "})["Location"] == LIST

    def test_a_swap_is_only_the_results_and_names_the_address_to_go_back_to(self, client: Client, ed: User) -> None:
        sample(connect("sqril"))
        response = type_on(client, "wij")
        assert response.status_code == 200
        assert response.text.lstrip().startswith('<div class="stack" id="results">')
        assert client.get(response["HX-Replace-Url"]).context["asked"].text == "wij"

    def test_typing_on_keeps_one_token(self, client: Client, ed: User) -> None:
        first = type_on(client, "wij").context["asked"].token
        assert type_on(client, "wija", s=first).context["asked"].token == first
        assert client.get(f"{LIST}?s={first}").context["asked"].text == "wija"

    def test_an_older_text_that_arrives_late_does_not_replace_the_newer_one(self, client: Client, ed: User) -> None:
        token = type_on(client, "w", n="1").context["asked"].token
        type_on(client, "wija", s=token, n="3")
        type_on(client, "wij", s=token, n="2")
        assert client.get(f"{LIST}?s={token}").context["asked"].text == "wija"


class TestAnExactId:
    def test_enter_leads_straight_to_its_customer(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        sample(customer.connection, customer_id="cus_8f31c2b")
        assert client.post(LIST, {"q": " CUS_8f31c2 "})["Location"] == page_of(customer)

    def test_one_that_looks_like_a_phone_number_does_so_too(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"), customer_id="2024-001")
        assert client.post(LIST, {"q": " 2024-001 "})["Location"] == page_of(customer)
        assert "<tr data-exact>" in type_on(client, "2024-001").text
        for typed in ("2024-", "2024-0", "2024-00"):
            assert names(type_on(client, typed)) == ["Adi Wijaya"], typed

    def test_of_two_providers_leads_to_both(self, client: Client, ed: User) -> None:
        sample(connect("caibo"), id="77"), sample(connect("flowwise"), customer_id="77")
        assert len(names(search(client, "77"))) == 2

    def test_of_two_providers_leads_to_the_one_that_is_chosen(self, client: Client, ed: User) -> None:
        sample(connect("caibo"), id="77")
        customer = sample(connect("flowwise"), customer_id="77")
        there = {"q": "77", "at": str(customer.connection_id)}
        assert client.post(LIST, there)["Location"] == page_of(customer)

    def test_of_another_team_leads_nowhere(self, client: Client) -> None:
        theirs = sample(connect("sqril"))
        client.force_login(person("ed", connect("caibo")))
        assert client.post(LIST, {"q": theirs.external_id})["Location"].startswith(f"{LIST}?s=")

    def test_while_typing_the_row_says_so(self, client: Client, ed: User) -> None:
        sample(connect("sqril"))
        assert "<tr data-exact>" in type_on(client, "cus_8f31c2").text
        assert "<tr data-exact>" not in type_on(client, "cus_8f31").text
