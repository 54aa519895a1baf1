"""Finding customers, adding one by id, the record of one, and the history of a field."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from console.flows.accept import accept
from console.flows.refresh import take_over
from console.models import Customer, Event, Known, Origin, Status, User
from providers.sandbox import Sandbox
from tests.cast import SLUGS, connect, person, sample
from tests.deciding import approve, policy, reject
from tests.flows.helpers import push
from tests.views.counting import queries
from tests.views.pages import form_of, text_of, without_chance_digits
from tests.views.standing import asked, standing

pytestmark = pytest.mark.django_db
LIST = "/customers/"


def page_of(customer: Customer) -> str:
    return reverse("customer", args=[customer.pk])


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
        assert "1990" not in without_chance_digits(response.text)

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
        assert "Jo Lindqvist asked just now for Jl. Thamrin 88 On its way" in text_of(response)
        assert reverse("change", args=[change.pk]) in response.text

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
        assert "it takes the role Editor there. Ask Jo Lindqvist, who has it." in text_of(response)
        assert reverse("customer_edit", args=[customer.pk]) not in response.text

    def test_an_erased_key_leaves_the_history(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        asked(customer, ed, address="Jl. Thamrin 88")
        Customer.objects.filter(pk=customer.pk).update(wrapped_key=None)
        response = client.get(page_of(customer))
        assert response.status_code == 200
        assert "The values cannot be opened" in text_of(response)

    def test_without_its_key_it_says_why_nobody_can_edit_it(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        Customer.objects.filter(pk=customer.pk).update(wrapped_key=None)
        response = client.get(page_of(customer))
        assert "was erased" in text_of(response)
        assert reverse("customer_edit", args=[customer.pk]) not in response.text
        assert reverse("customer_read", args=[customer.pk]) not in response.text
        assert 'disabled aria-describedby="why-not-edit"' in response.text

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
        assert "Phone had changed there. The other 14 values stand as we knew them." in page
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

    def test_it_takes_a_post_and_a_visit_leads_to_the_customer(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        visit = client.get(reverse("customer_read", args=[customer.pk]))
        assert (visit.status_code, visit.headers["Location"]) == (303, page_of(customer))


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
        assert "9876" not in without_chance_digits(response.text)
        assert "••••" in response.text

    def test_what_moved_without_our_asking_is_told_too(self, client: Client, ed: User, sandbox: Sandbox) -> None:
        customer = sample(connect("sqril", sandbox), sandbox)
        sandbox.edit("sqril", "cus_8f31c2", {"phone": "+6281111111111"})
        client.post(reverse("customer_read", args=[customer.pk]))
        page = text_of(self.history(client, customer, "phone"))
        assert "not asked for here" in page
        assert "Phone had changed from +62 812-345-679 to +62 811-1111-1111" in page

    def test_what_the_provider_answered_to_a_wish_is_told(self, client: Client, ed: User, sandbox: Sandbox) -> None:
        customer = sample(connect("sqril", sandbox), sandbox)
        sandbox.fault("sqril", "refuse", field="address", message="No such street")
        asked(customer, ed, address="Jl. Thamrin 88")
        push(customer)
        asked(customer, ed, address="Jl. Thamrin 89")
        push(customer)
        [later, first, _] = self.history(client, customer, "address").context["history"].rows
        assert (later.answer, later.attempt.status_code) == ("Confirmed by Sqril's answer.", 200)
        assert "No such street" in first.answer

    def test_who_accepted_what_moved_is_told(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        take_over(customer, {"address": "Jl. Sudirman 1"}, by=None)
        digest = Customer.objects.get(pk=customer.pk).shown_digest("address", "Jl. Sudirman 1")
        accept(customer, {"address": digest}, by=ed)
        page = text_of(self.history(client, customer, "address"))
        assert "Ed Kowalski accepted what Sqril holds for Address" in page

    def test_a_field_that_can_be_edited_leads_to_its_place_in_the_form(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        link = f"/customers/{customer.pk}/edit/?field="
        assert f"{link}address" in self.history(client, customer, "address").text
        assert link not in self.history(client, customer, "name_first").text

    def test_who_approved_it_is_told_and_that_nobody_had_to(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        policy("KYC fields", "occupation", approvals=2)
        change = asked(customer, ed, occupation="OCC10", phone="+6281299887766")
        assert self.approved(client, customer, "occupation") == "waits for approval"
        for name in ("ann", "sam"):
            approve(change, person(name), "occupation")
        assert self.approved(client, customer, "occupation") == "Ann Mwangi and Sam Tanaka"
        assert self.approved(client, customer, "phone") == "nobody had to"

    def approved(self, client: Client, customer: Customer, field: str) -> str:
        [wish, _] = self.history(client, customer, field).context["history"].rows
        return str(wish.approved)

    def test_a_line_that_was_rejected_says_so(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        policy("KYC fields", "occupation")
        reject(asked(customer, ed, occupation="OCC10"), person("ann"), "occupation")
        assert self.approved(client, customer, "occupation") == "rejected"

    def test_wishes_and_what_was_seen_stand_in_one_order(self, client: Client, ed: User, sandbox: Sandbox) -> None:
        customer = sample(connect("sqril", sandbox), sandbox)
        asked(customer, ed, address="Jl. Thamrin 88")
        push(customer)
        take_over(customer, {"address": "Jl. Sudirman 1"}, by=None)
        take_over(customer, {"address": "Jl. Sudirman 1"}, by=None)
        asked(customer, ed, address="Jl. Thamrin 89")
        rows = self.history(client, customer, "address").context["history"].rows
        assert [(row.before, row.after) for row in rows] == [
            ("Jl. Sudirman 1", "Jl. Thamrin 89"),
            ("Jl. Thamrin 88", "Jl. Sudirman 1"),
            ("Jl. Kebon Sirih 12, Jakarta", "Jl. Thamrin 88"),
            (None, "Jl. Kebon Sirih 12, Jakarta"),
        ]
        assert [bool(row.change) for row in rows] == [True, False, True, False]

    def test_a_value_in_the_way_of_a_wish_stands_beside_the_wish(
        self, client: Client, ed: User, sandbox: Sandbox
    ) -> None:
        customer = sample(connect("sqril", sandbox), sandbox)
        sandbox.edit("sqril", "cus_8f31c2", {"address": "Jl. Sudirman 1"})
        change = asked(customer, ed, address="Jl. Thamrin 88")
        push(customer)
        [moved, wish, _] = self.history(client, customer, "address").context["history"].rows
        assert (wish.change.change, wish.change.state.word) == (change, "Conflict")
        assert (moved.change, moved.after) == (None, "Jl. Sudirman 1")

    def test_a_field_of_which_nothing_is_known_says_so(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"), email=...)
        assert "Nothing is known of it" in text_of(self.history(client, customer, "email"))

    def test_it_asks_the_database_no_more_for_many_rows(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        url = reverse("field_history", args=[customer.pk, "address"])
        standing(customer, ed, Status.APPLIED, wishes={"address": "Jl. 0"})
        at_one = queries(client, url)
        for number in range(1, 20):
            standing(customer, ed, Status.APPLIED, wishes={"address": f"Jl. {number}"})
            take_over(customer, {"address": f"Jl. Melati {number}"}, by=ed)
        assert queries(client, url) == at_one

    def test_a_field_the_provider_does_not_have_is_not_found(self, client: Client, ed: User) -> None:
        assert self.history(client, sample(connect("sqril")), "nonsense").status_code == 404

    def test_a_long_one_goes_on_by_link(self, client: Client, ed: User, monkeypatch: pytest.MonkeyPatch) -> None:
        customer = sample(connect("sqril"))
        monkeypatch.setattr("console.views.field_history.MOST_ROWS", 3)
        for number in range(5):
            standing(customer, ed, Status.WITHDRAWN, wishes={"address": f"Jl. {number}"})
        first = self.history(client, customer, "address").context["history"]
        rest = self.history(client, customer, "address", before=str(first.older)).context["history"]
        assert [len(first.rows), len(rest.rows)] == [3, 3]


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
