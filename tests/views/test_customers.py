"""Finding customers, adding one by id, the record of one, and the history of a field."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from console.flows.record import record
from console.models import Customer, Event, Known, Origin, Status, User
from console.views import customer_list
from providers.sandbox import Sandbox
from tests.cast import SAMPLES, SLUGS, connect, person, sample
from tests.flows.helpers import push
from tests.views.counting import queries
from tests.views.pages import form_of, text_of, without_digests
from tests.views.standing import asked, standing

pytestmark = pytest.mark.django_db
LIST = "/customers/"


@pytest.fixture
def ed(client: Client) -> User:
    user = person("ed")
    client.force_login(user)
    return user


def page_of(customer: Customer) -> str:
    return reverse("customer", args=[customer.pk])


def many(count: int) -> list[Customer]:
    """Customers of Caibo, in the order of their names."""
    connection = connect("caibo")
    return [sample(connection, id=str(number), name=f"Person {number:03}") for number in range(1, count + 1)]


def search(client: Client, text: str, **more: Any) -> Any:
    return client.post(LIST, {"q": text, **more}, follow=True)


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
        assert "You see no customers yet" in text_of(client.get(LIST))

    def test_a_sensitive_value_is_not_in_it(self, client: Client, ed: User) -> None:
        sample(connect("finosu"))
        assert "1985" not in client.get(LIST).text

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

    def test_the_state_says_in_step_never_read_and_gone_there(self, client: Client, ed: User) -> None:
        connection = connect("caibo")
        sample(connection)
        for number, changed in (("1", {"gone_at": timezone.now()}), ("2", {"known": {}})):
            Customer.objects.filter(pk=sample(connection, id=number).pk).update(**changed)
        page = text_of(client.get(LIST))
        assert all(word in page for word in ("In step", "Gone there", "Never read"))

    def test_it_asks_the_database_no_more_for_20_rows_than_for_1(self, client: Client, ed: User) -> None:
        [one] = many(1)
        at_one = queries(client, LIST)
        for number in range(2, 21):
            standing(sample(one.connection, id=str(number)), ed, Status.APPROVED)
        assert queries(client, LIST) == at_one


class TestPages:
    @pytest.fixture(autouse=True)
    def short_pages(self, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(customer_list, "SIZE", 5)
        monkeypatch.setattr(customer_list, "MOST_COUNTED", 10)

    def names(self, response: Any) -> list[str]:
        return [customer.name for customer in response.context["page"].customers]

    def test_one_goes_on_and_back_and_sees_each_once(self, client: Client, ed: User) -> None:
        expected = [customer.name for customer in many(12)]
        first = client.get(LIST)
        second = client.get(first.context["next"])
        third = client.get(second.context["next"])
        assert [*self.names(first), *self.names(second), *self.names(third)] == expected
        assert third.context["next"] == ""
        back = client.get(third.context["previous"])
        assert self.names(back) == self.names(second)
        start = client.get(back.context["previous"])
        assert self.names(start) == self.names(first)
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
        assert first.context["page"].say == "1\N{EN DASH}5 of 10+"
        assert client.get(first.context["next"]).context["page"].say == "6\N{EN DASH}10 of 10+"

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
        assert len(self.names(response)) == 2


class TestSearch:
    @pytest.mark.parametrize("text", ["wij", "ADI wijaya", "adi.wijaya@", "cus_8f31", "+62 812 3456", "45679"])
    def test_a_customer_is_found_by_name_email_id_and_phone(self, client: Client, ed: User, text: str) -> None:
        sample(connect("sqril")), sample(connect("caibo"))
        page = text_of(search(client, text))
        assert "Adi Wijaya" in page
        assert "Ann Whitfield" not in page

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

    def test_a_token_of_somebody_else_is_the_plain_list(self, client: Client, ed: User) -> None:
        sample(connect("sqril")), sample(connect("caibo"))
        address = client.post(LIST, {"q": "wijaya"})["Location"]
        client.force_login(person("jo"))
        other = Client()
        other.force_login(person("jo"))
        page = text_of(other.get(address))
        assert "Ann Whitfield" in page
        assert "wijaya" not in other.get(address).text.replace(">adi.wijaya<", "")

    def test_searching_for_nothing_is_the_plain_list(self, client: Client, ed: User) -> None:
        assert client.post(LIST, {"q": "  "})["Location"] == LIST

    def test_a_swap_is_only_the_results_and_names_the_address_to_go_back_to(self, client: Client, ed: User) -> None:
        sample(connect("sqril"))
        response = client.post(LIST, {"q": "wij"}, headers={"HX-Request": "true"})
        assert response.status_code == 200
        assert response.text.lstrip().startswith('<div class="stack" id="results">')
        assert client.get(response["HX-Replace-Url"]).context["text"] == "wij"

    def test_typing_on_keeps_one_token(self, client: Client, ed: User) -> None:
        first = client.post(LIST, {"q": "wij"}, headers={"HX-Request": "true"}).context["token"]
        second = client.post(LIST, {"q": "wija", "s": first}, headers={"HX-Request": "true"}).context["token"]
        assert first == second
        assert len(client.session["searches"]) == 1

    def test_the_session_keeps_no_more_than_twenty(self, client: Client, ed: User) -> None:
        for number in range(25):
            client.post(LIST, {"q": f"name {number}"})
        assert len(client.session["searches"]) == 20

    def test_a_search_stays_within_the_chosen_connection(self, client: Client, ed: User) -> None:
        caibo = connect("caibo")
        sample(connect("sqril")), sample(caibo)
        response = search(client, "wijaya", at=str(caibo.pk))
        assert "Nobody here matches" in text_of(response)
        assert "Only Caibo was searched." in text_of(response)

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
        assert "You cannot add customers" in text_of(client.get("/customers/add/"))


class TestTheRecord:
    @pytest.mark.parametrize("slug", SLUGS)
    def test_every_field_has_its_place(self, client: Client, ed: User, slug: str) -> None:
        customer = sample(connect(slug))
        page = text_of(client.get(page_of(customer)))
        assert all(field.label in page for field in customer.provider.fields)

    def test_a_sensitive_value_is_masked_for_everyone(self, client: Client, ed: User) -> None:
        response = client.get(page_of(sample(connect("sqril"))))
        assert "••••" in response.text
        assert "3174012345678901" not in response.text
        assert "1990" not in response.text

    def test_never_known_and_known_to_be_empty_are_told_apart(self, client: Client, ed: User) -> None:
        customer = sample(connect("caibo"), address=None, memberId=...)
        page = text_of(client.get(page_of(customer)))
        assert "Address empty" in page
        assert "Member ID — never known" in page

    def test_a_locked_field_says_why(self, client: Client, ed: User) -> None:
        assert "SQRIL does not let anyone change a last name." in text_of(client.get(page_of(sample(connect("sqril")))))

    def test_what_was_set_by_a_change_says_by_whom(self, client: Client, ed: User, sandbox: Sandbox) -> None:
        customer = sample(connect("sqril", sandbox), sandbox)
        asked(customer, person("jo"), occupation="OCC7")
        push(customer)
        page = text_of(client.get(page_of(customer)))
        assert "Occupation OCC7 Jo Lindqvist" in page
        assert "Jo Lindqvist set Occupation to OCC7" in page

    def test_an_open_change_stands_above_and_at_its_field(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        change = asked(customer, person("jo"), address="Jl. Thamrin 88")
        response = client.get(page_of(customer))
        assert "Jo Lindqvist asked for Jl. Thamrin 88 · On its way" in text_of(response)
        assert reverse("change", args=[change.pk]) in response.text

    def test_what_the_worker_found_moved_stands_above_until_somebody_reads(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        with transaction.atomic():
            record(customer, "customer.moved", by=None, origin=Origin.WORKER, details={"fields": ["phone"]})
        page = text_of(client.get(page_of(customer)))
        assert "Moved at Sqril. We saw just now that it held something else than we knew for Phone" in page
        with transaction.atomic():
            details: dict[str, Any] = {"fields": ["phone"], "moved": []}
            record(customer, "customer.refreshed", by=ed, origin=Origin.PAGE, details=details)
        assert "Moved at Sqril." not in text_of(client.get(page_of(customer)))

    def test_what_moved_long_ago_is_history(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        with transaction.atomic():
            record(customer, "customer.moved", by=None, origin=Origin.WORKER, details={"fields": ["phone"]})
        with time_machine.travel(timezone.now() + timedelta(days=8), tick=False):
            client.force_login(ed)
            assert "Moved at Sqril." not in text_of(client.get(page_of(customer)))

    def test_gone_there_is_said(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        Customer.objects.filter(pk=customer.pk).update(gone_at=timezone.now())
        assert "Gone there." in text_of(client.get(page_of(customer)))

    def test_what_happened_is_told_newest_first_one_entry_a_change(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        standing(customer, ed, Status.APPLIED, wishes={"occupation": "OCC7"})
        moments = client.get(page_of(customer)).context["page"].timeline
        assert [moment.sentence for moment in moments] == ["Ed Kowalski set Occupation to OCC7", "Imported: 14 values"]

    def test_a_long_history_goes_on_by_link(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        for number in range(15):
            standing(customer, ed, Status.WITHDRAWN, wishes={"address": f"Jl. {number}"})
        page = client.get(page_of(customer)).context["page"]
        older = client.get(page_of(customer), {"before": page.older}).context["page"]
        assert len(page.timeline) + len(older.timeline) == 16

    def test_a_value_that_is_markup_stays_text(self, client: Client, ed: User) -> None:
        customer = sample(connect("caibo"), address="<script>alert(1)</script>")
        asked(customer, ed, address="<b>bold</b>")
        content = client.get(page_of(customer)).text
        assert "<script>alert" not in content
        assert "<b>bold" not in content

    def test_who_may_only_see_finds_the_button_off_with_the_reason(self, client: Client) -> None:
        customer = sample(connect("sqril"))
        person("jo")
        client.force_login(person("rae"))
        response = client.get(page_of(customer))
        assert "You may see this customer, not edit it. Ask Jo Lindqvist." in text_of(response)
        assert reverse("customer_edit", args=[customer.pk]) not in response.text

    def test_an_erased_key_leaves_the_history(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        asked(customer, ed, address="Jl. Thamrin 88")
        Customer.objects.filter(pk=customer.pk).update(wrapped_key=None)
        response = client.get(page_of(customer))
        assert response.status_code == 200
        assert "The values cannot be opened" in text_of(response)

    def test_nothing_else_of_it_can_be_asked_for(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        Customer.objects.filter(pk=customer.pk).update(wrapped_key=None)
        history = client.get(reverse("field_history", args=[customer.pk, "phone"]), follow=True)
        assert "was erased" in text_of(history)
        assert "was erased" in text_of(client.post(reverse("customer_read", args=[customer.pk]), follow=True))

    def test_another_teams_customer_does_not_exist(self, client: Client) -> None:
        mine, theirs = connect("caibo"), connect("sqril")
        customer = sample(theirs)
        client.force_login(person("ed", mine))
        for name, more in (("customer", []), ("field_history", ["phone"])):
            assert client.get(reverse(name, args=[customer.pk, *more])).status_code == 404
        assert client.post(reverse("customer_read", args=[customer.pk])).status_code == 404

    def test_it_asks_the_database_no_more_for_a_long_history(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        standing(customer, ed, Status.APPLIED, wishes={"address": "Jl. 0"})
        asked(customer, ed, phone="+6281299887766")
        at_one = queries(client, page_of(customer))
        for number in range(1, 10):
            standing(customer, ed, Status.REFUSED, wishes={"address": f"Jl. {number}"})
        assert queries(client, page_of(customer)) == at_one


class TestReadingNow:
    def read(self, client: Client, customer: Customer, **data: str) -> Any:
        return client.post(reverse("customer_read", args=[customer.pk]), data, follow=True)

    def test_what_had_moved_is_said_and_taken_over(self, client: Client, ed: User, sandbox: Sandbox) -> None:
        customer = sample(connect("sqril", sandbox), sandbox)
        sandbox.edit("sqril", "cus_8f31c2", {"phone": "+6281111111111"})
        page = text_of(self.read(client, customer))
        assert "Read from Sqril just now. Phone had changed there." in page
        assert "+62 811-1111-1111" in page

    def test_that_nothing_had_moved_is_said(self, client: Client, ed: User, sandbox: Sandbox) -> None:
        customer = sample(connect("finosu", sandbox), sandbox)
        self.read(client, customer)
        assert "Nothing had changed there." in text_of(self.read(client, customer))

    def test_the_form_is_where_one_comes_back_to_from_the_form(
        self, client: Client, ed: User, sandbox: Sandbox
    ) -> None:
        customer = sample(connect("sqril", sandbox), sandbox)
        response = self.read(client, customer, to="edit")
        assert response.redirect_chain[-1] == (reverse("customer_edit", args=[customer.pk]), 303)

    def test_a_customer_that_is_gone_is_marked(self, client: Client, ed: User, sandbox: Sandbox) -> None:
        customer = sample(connect("sqril", sandbox))
        page = text_of(self.read(client, customer))
        assert "Sqril no longer has this customer." in page
        assert "Gone there." in page

    def test_a_provider_that_cannot_be_read_says_so(self, client: Client, ed: User) -> None:
        customer = sample(connect("caibo"))
        assert "offers no way to read a customer" in text_of(self.read(client, customer))
        assert "Read from Caibo" not in text_of(client.get(page_of(customer)))

    def test_it_takes_a_post(self, client: Client, ed: User) -> None:
        assert client.get(reverse("customer_read", args=[sample(connect("sqril")).pk])).status_code == 405


class TestTheHistoryOfAField:
    def history(self, client: Client, customer: Customer, field: str, **more: Any) -> Any:
        return client.get(reverse("field_history", args=[customer.pk, field]), more)

    def test_each_wish_says_from_to_who_why_and_what_became_of_it(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        change = asked(customer, person("jo"), why="Moved house", reference="SUP-9", address="Jl. Thamrin 88")
        response = self.history(client, customer, "address")
        page = text_of(response)
        for said in (
            "Jo Lindqvist",
            "Jl. Kebon Sirih 12, Jakarta",
            "Jl. Thamrin 88",
            "Moved house",
            "SUP-9",
            "On its way",
        ):
            assert said in page
        assert reverse("change", args=[change.pk]) in response.text

    def test_sensitive_values_stay_hidden(self, client: Client, ed: User) -> None:
        customer = sample(connect("finosu"))
        asked(customer, ed, ssnLastFour="9876")
        response = self.history(client, customer, "ssnLastFour")
        assert "9876" not in without_digests(response.text)
        assert "••••" in response.text

    def test_what_moved_without_our_asking_is_told_too(self, client: Client, ed: User, sandbox: Sandbox) -> None:
        customer = sample(connect("sqril", sandbox), sandbox)
        sandbox.edit("sqril", "cus_8f31c2", {"phone": "+6281111111111"})
        client.post(reverse("customer_read", args=[customer.pk]))
        page = text_of(self.history(client, customer, "phone"))
        assert "Seen without our asking" in page
        assert "Phone had changed from +62 812-345-679 to +62 811-1111-1111" in page

    def test_a_field_that_never_changed_says_so(self, client: Client, ed: User) -> None:
        assert "Never changed through this console" in text_of(self.history(client, sample(connect("sqril")), "email"))

    def test_a_field_the_provider_does_not_have_is_not_found(self, client: Client, ed: User) -> None:
        assert self.history(client, sample(connect("sqril")), "nonsense").status_code == 404

    def test_a_long_one_goes_on_by_link(self, client: Client, ed: User, monkeypatch: pytest.MonkeyPatch) -> None:
        customer = sample(connect("sqril"))
        monkeypatch.setattr("console.views.customer_page.MOST_LINES", 3)
        for number in range(5):
            standing(customer, ed, Status.WITHDRAWN, wishes={"address": f"Jl. {number}"})
        first = self.history(client, customer, "address").context["history"]
        rest = self.history(client, customer, "address", before=str(first.older)).context["history"]
        assert [len(first.lines), len(rest.lines)] == [3, 2]


def test_an_address_with_a_line_break_is_not_changed_by_looking_at_it(client: Client, ed: User) -> None:
    customer = sample(connect("caibo"))
    fresh = Customer.objects.get(pk=customer.pk)
    fresh.learn({"address": "1 High Street\nLondon"}, how=Known.READ, at=timezone.now())
    fresh.save_learnt()
    url = reverse("customer_edit", args=[customer.pk])
    data = form_of(client.get(url), "edit")
    data["v-address"] = data["v-address"].replace("\n", "\r\n")  # as browsers post it
    assert "Nothing is different" in text_of(client.post(url, data))
    assert not Event.objects.filter(origin=Origin.PAGE, verb="change.proposed").exists()
