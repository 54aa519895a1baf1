"""The list of customers: who is in it, what it says of each, its pages, and who was seen lately."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from console.flows.visits import visit
from console.listing import counting
from console.models import Connection, Customer, Grant, Status, User
from console.views import customer_list
from tests.cast import SLUGS, connect, person, sample
from tests.views.counting import queries
from tests.views.listed import LIST, many, names, search
from tests.views.pages import text_of, without_chance_digits
from tests.views.standing import standing

pytestmark = pytest.mark.django_db


class TestTheList:
    def test_it_shows_the_customers_of_all_my_connections_by_name(self, client: Client, ed: User) -> None:
        for slug in SLUGS:
            sample(connect(slug))
        page = text_of(client.get(LIST))
        names = ["Adi Wijaya", "Ann Whitfield", "Asha Rao", "Lena Okafor", "Priya Sharma"]
        assert sorted(names, key=page.index) == names

    def test_a_customer_of_another_team_is_not_in_it(self, client: Client) -> None:
        mine, theirs = connect("caibo"), connect("sqril")
        sample(mine), sample(theirs)
        client.force_login(person("ed", mine))
        page = text_of(client.get(LIST))
        assert "Ann Whitfield" in page
        assert "Adi Wijaya" not in page

    def test_nobody_is_led_to_the_sign_in_page(self, client: Client) -> None:
        assert client.get(LIST)["Location"].startswith("/sign-in/")

    def test_who_has_no_grant_is_told_what_to_do(self, client: Client) -> None:
        client.force_login(person("vic"))
        page = text_of(client.get(LIST))
        assert "You see no customers yet" in page
        assert "None of your roles shows customers." in page
        assert 'type="search"' not in page

    def test_a_sensitive_value_is_not_in_it(self, client: Client, ed: User) -> None:
        sample(connect("finosu"))
        assert "1985" not in without_chance_digits(client.get(LIST).text)

    def test_a_name_that_is_markup_stays_text(self, client: Client, ed: User) -> None:
        sample(connect("caibo"), name="<img src=x onerror=alert(1)>")
        assert "<img src=x" not in client.get(LIST).text

    def test_a_chip_narrows_it_to_one_connection(self, client: Client, ed: User) -> None:
        caibo, sqril = connect("caibo"), connect("sqril")
        sample(caibo), sample(sqril)
        page = text_of(client.get(LIST, {"at": sqril.pk}))
        assert "Adi Wijaya" in page
        assert "Ann Whitfield" not in page

    @pytest.mark.parametrize(
        ("status", "word"),
        [
            (Status.APPROVED, "On its way"),
            (Status.REFUSED, "Refused"),
            (Status.UNKNOWN, "Outcome unknown"),
        ],
    )
    def test_the_state_says_what_has_not_ended(self, client: Client, ed: User, status: Status, word: str) -> None:
        standing(sample(connect("sqril")), ed, status)
        assert word in text_of(client.get(LIST))

    def test_the_state_is_said_in_the_words_of_the_change(self, client: Client, ed: User) -> None:
        paused, first = connect("sqril"), connect("caibo")
        change = standing(sample(paused), ed, Status.APPROVED)
        Connection.objects.filter(pk=paused.pk).update(paused_at=timezone.now(), pause="person")
        behind = sample(first)
        standing(behind, ed, Status.SENDING)
        waits = standing(behind, ed, Status.APPROVED, wishes={"name": "Ann Whitfield-Rao"})
        listed = text_of(client.get(LIST))
        for number, word in ((change.pk, "Waiting for Sqril"), (waits.pk, "Waiting its turn")):
            assert word in text_of(client.get(reverse("change", args=[number])))
            assert word in listed

    def test_the_state_says_in_step_never_read_and_gone_there(self, client: Client, ed: User) -> None:
        connection = connect("caibo")
        sample(connection)
        for number, changed in (("1", {"gone_at": timezone.now()}), ("2", {"known": {}})):
            Customer.objects.filter(pk=sample(connection, id=number).pk).update(**changed)
        page = text_of(client.get(LIST))
        assert all(word in page for word in ("In step", "Gone there", "Never read"))

    def test_what_moved_at_the_provider_is_its_state_until_somebody_has_seen_to_it(
        self, client: Client, ed: User
    ) -> None:
        customer = sample(connect("sqril"))
        Customer.objects.filter(pk=customer.pk).update(drift={"phone": 1})
        assert "Moved there" in text_of(client.get(LIST))

    def test_it_asks_the_database_no_more_for_20_rows_than_for_1(self, client: Client, ed: User) -> None:
        [one] = many(1)
        standing(one, ed, Status.APPROVED)
        at_one = queries(client, LIST)
        for number in range(2, 21):
            standing(sample(one.connection, id=str(number)), ed, Status.APPROVED)
        assert queries(client, LIST) == at_one


class TestPages:
    @pytest.fixture(autouse=True)
    def short_pages(self, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(customer_list, "SIZE", 5)
        monkeypatch.setattr(counting, "MOST_COUNTED", 10)

    def test_one_goes_on_and_back_and_sees_each_once(self, client: Client, ed: User) -> None:
        expected = [customer.name for customer in many(12)]
        first = client.get(LIST)
        second = client.get(first.context["next"])
        third = client.get(second.context["next"])
        assert [*names(first), *names(second), *names(third)] == expected
        assert third.context["next"] == ""
        back = client.get(third.context["previous"])
        assert names(back) == names(second)
        start = client.get(back.context["previous"])
        assert names(start) == names(first)
        assert start.context["previous"] == ""

    def test_customers_of_one_name_are_neither_lost_nor_repeated(self, client: Client, ed: User) -> None:
        connection = connect("caibo")
        expected = {sample(connection, id=str(number), name="Ann Lee").pk for number in range(1, 13)}
        seen, url = [], LIST
        while url:
            response = client.get(url)
            seen += [customer.pk for customer in response.context["page"].customers]
            url = response.context["next"]
        assert len(seen) == len(expected)
        assert set(seen) == expected

    def test_it_says_which_ones_of_how_many_without_counting_far(self, client: Client, ed: User) -> None:
        many(12)
        first = client.get(LIST)
        assert first.context["page"].say.startswith("1\N{EN DASH}5 of about ")
        assert client.get(first.context["next"]).context["page"].say.startswith("6\N{EN DASH}10 of about ")

    def test_no_name_stands_in_the_address(self, client: Client, ed: User) -> None:
        many(6)
        assert "person" not in client.get(LIST).context["next"].lower()

    @pytest.mark.parametrize(
        "nonsense", ["after=x", "after=999999999999999999999", "before=0", "from=-1", "at=x", "after=²"]
    )
    def test_an_address_that_makes_no_sense_is_the_first_page(self, client: Client, ed: User, nonsense: str) -> None:
        many(2)
        response = client.get(f"{LIST}?{nonsense}")
        assert response.status_code == 200
        assert len(names(response)) == 2


class TestSeenLately:
    def test_who_was_seen_stands_above_the_list(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        assert "Seen lately" not in client.get(LIST).text
        visit(customer, by=ed)
        page = client.get(LIST)
        assert page.context["recent"] == [customer]
        assert "Seen lately Adi Wijaya Sqril" in text_of(page)

    def test_it_is_not_in_the_way_of_what_is_found(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        visit(customer, by=ed)
        assert "Seen lately" not in search(client, "wijaya").text
        assert "Seen lately" not in client.get(LIST, {"at": customer.connection_id}).text

    def test_another_teams_customer_is_not_there_any_more(self, client: Client) -> None:
        customer, mine = sample(connect("sqril")), connect("caibo")
        ed = person("ed", customer.connection, mine)
        client.force_login(ed)
        visit(customer, by=ed)
        Grant.objects.filter(connection=customer.connection).delete()
        assert "Adi" not in client.get(LIST).text
