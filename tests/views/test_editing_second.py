"""A second wish for a field: told at the field, agreed to by its number; and the form of a change itself."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from console.flows import review
from console.models import Change, Customer, LineState, Status, User, Wait
from tests.cast import connect, person, sample
from tests.deciding import approve, policy, reject, seen
from tests.views.pages import form_of, text_of, without_chance_digits
from tests.views.standing import asked, standing

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(ed: User) -> Customer:
    """Somebody at SQRIL, where whatever changes needs an approval."""
    person("ann"), person("sam"), person("jo")
    policy("KYC fields")
    return sample(connect("sqril"))


def address(customer: Customer, query: str = "") -> str:
    return reverse("customer_edit", args=[customer.pk]) + query


def save(client: Client, customer: Customer, form: dict[str, str], **typed: str) -> Any:
    return client.post(address(customer), {**form, **{f"v-{name}": text for name, text in typed.items()}})


def check(client: Client, customer: Customer, form: dict[str, str], **typed: str) -> Any:
    data = {**form, **{f"v-{name}": text for name, text in typed.items()}}
    return client.post(reverse("customer_check", args=[customer.pk]), data, headers={"HX-Request": "true"})


class TestOnesOwn:
    def test_it_says_that_saving_changes_it_and_does(self, client: Client, customer: Customer, ed: User) -> None:
        first = asked(customer, ed, occupation="OCC10", why="Called")
        page = client.get(address(customer))
        assert f"Your change {first.pk} asks for OCC10 here: saving another value changes that request." in text_of(
            page
        )
        form = form_of(page, "edit")
        found = check(client, customer, form, occupation="OCC7")
        assert f"1 field changed, in your change {first.pk} · 1 approval needed" in text_of(found)
        assert "Save request" in found.text
        answer = save(client, customer, form, occupation="OCC7")
        assert answer["Location"] == reverse("change", args=[first.pk])
        assert Change.objects.get().wishes == {"occupation": "OCC7"}

    def test_the_reason_that_it_has_is_not_asked_for_again(self, client: Client, ed: User) -> None:
        person("ann")
        policy("KYC fields", asks_reason=True, asks_ticket=True)
        customer = sample(connect("sqril"))
        asked(customer, ed, occupation="OCC10", why="Called", reference="SUP-7")
        form = form_of(client.get(address(customer)), "edit")
        assert 'data-wanted=""' in check(client, customer, form, occupation="OCC7").text
        assert save(client, customer, form, occupation="OCC7").status_code == 303
        assert Change.objects.get().why == "Called"

    def test_the_preview_shows_what_the_request_asks_for_besides(
        self, client: Client, customer: Customer, ed: User
    ) -> None:
        asked(customer, ed, occupation="OCC10", address="Jl. Melati 5")
        form = form_of(client.get(address(customer)), "edit")
        assert "<mark>&quot;Jl. Melati 5&quot;</mark>" in check(client, customer, form, occupation="OCC7").text

    def test_one_that_is_approved_is_replaced(self, client: Client, customer: Customer, ed: User) -> None:
        first = approve(asked(customer, ed, occupation="OCC10"), person("ann"))
        page = client.get(address(customer))
        assert "is approved and about to be sent: saving another value replaces it." in text_of(page)
        assert save(client, customer, form_of(page, "edit"), occupation="OCC7").status_code == 303
        first.refresh_from_db()
        assert first.state is Status.SUPERSEDED

    def test_a_check_asks_the_database_for_little(self, client: Client, customer: Customer, ed: User) -> None:
        asked(customer, ed, occupation="OCC10")
        form = form_of(client.get(address(customer)), "edit")
        check(client, customer, form, occupation="OCC7")
        with CaptureQueriesContext(connection) as captured:
            check(client, customer, form, occupation="OCC7")
        asked_for = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
        assert len(asked_for) == 10, asked_for  # three more: whose change, its lines, decisions


class TestAnothers:
    def test_it_says_whose_it_is_and_wants_a_reason(self, client: Client, customer: Customer) -> None:
        jos = asked(customer, person("jo"), occupation="OCC10")
        page = client.get(address(customer))
        assert f"asked for OCC10 just now ( change {jos.pk} ): saving another value replaces that; say why." in text_of(
            page
        )
        form = form_of(page, "edit")
        found = check(client, customer, form, occupation="OCC7")
        assert "You replace what Jo Lindqvist asked for." in text_of(found)
        assert 'data-wanted="why"' in found.text
        refused = save(client, customer, form, occupation="OCC7")
        assert refused.status_code == 422
        assert f"Say why: this takes the place of what Jo Lindqvist asked for in change {jos.pk}." in refused.text
        answer = save(client, customer, {**form_of(refused, "edit"), "why": "They called back."})
        assert answer.status_code == 303
        jos.refresh_from_db()
        assert jos.state is Status.SUPERSEDED

    def test_one_that_came_in_between_is_said_at_the_field_and_agreed_to_by_saving_again(
        self, client: Client, customer: Customer
    ) -> None:
        form = {**form_of(client.get(address(customer)), "edit"), "why": "They called back."}
        jos = asked(customer, person("jo"), occupation="OCC10")
        said = "Jo Lindqvist asked for this field, too, while this form was open."
        assert said in text_of(check(client, customer, form, occupation="OCC7"))
        refused = save(client, customer, form, occupation="OCC7")
        assert refused.status_code == 422
        assert said in text_of(refused)
        again = form_of(refused, "edit")
        assert (again["v-occupation"], again["second-occupation"]) == ("OCC7", str(jos.pk))
        assert save(client, customer, again).status_code == 303

    def test_what_is_shown_is_not_complained_about(self, client: Client, customer: Customer) -> None:
        asked(customer, person("jo"), occupation="OCC10")
        form = form_of(client.get(address(customer)), "edit")
        assert "while this form was open" not in text_of(check(client, customer, form, occupation="OCC7"))

    def test_a_forged_number_changes_nothing(self, client: Client, customer: Customer) -> None:
        jos = asked(customer, person("jo"), occupation="OCC10")
        form = form_of(client.get(address(customer)), "edit") | {"why": "They called back."}
        for forged in ("0", "999999", "9" * 40, "nonsense"):
            refused = save(client, customer, form | {"second-occupation": forged}, occupation="OCC7")
            assert refused.status_code == 422
        jos.refresh_from_db()
        assert jos.state is Status.PROPOSED

    def test_its_sensitive_value_stays_hidden(self, client: Client, ed: User) -> None:
        customer = sample(connect("finosu"))
        asked(customer, person("jo"), ssnLastFour="7777")
        page = client.get(address(customer))
        assert "second-ssnLastFour" in form_of(page, "edit")
        assert "7777" not in without_chance_digits(page.text)


class TestEditingAChange:
    def test_the_form_holds_what_it_asks_for_and_saves_into_it(
        self, client: Client, customer: Customer, ed: User
    ) -> None:
        change = asked(customer, ed, occupation="OCC10", address="Jl. Melati 5", why="Called", reference="SUP-7")
        page = client.get(address(customer, f"?amend={change.pk}"))
        said, form = text_of(page), form_of(page, "edit")
        assert f"Edit your request (change {change.pk})" in said
        assert "Asks to change 2 fields · 1 approval needed : Ann Mwangi or Sam Tanaka" in said
        assert "Save request" in said
        assert (form["v-occupation"], form["v-address"]) == ("OCC10", "Jl. Melati 5")
        assert (form["why"], form["reference"]) == ("Called", "SUP-7")
        answer = save(client, customer, form, occupation="OCC7")
        assert answer["Location"] == reverse("change", args=[change.pk])
        assert Change.objects.get().wishes == {"occupation": "OCC7", "address": "Jl. Melati 5"}

    def test_what_is_left_as_it_is_keeps_its_approvals(self, client: Client, customer: Customer, ed: User) -> None:
        change = asked(customer, ed, occupation="OCC10", address="Jl. Melati 5")
        approve(change, person("ann"), "address")
        page = client.get(address(customer, f"?amend={change.pk}"))
        form = form_of(page, "edit")
        assert text_of(page).count("approved already, as it is") == 1
        assert "1 approval needed" in text_of(check(client, customer, form, occupation="OCC7"))
        assert "no approval needed · sent right away" in text_of(check(client, customer, form, occupation="OCC4"))
        save(client, customer, form, occupation="OCC7")
        assert {line.field: line.state for line in change.lines.all()} == {
            "occupation": LineState.OPEN,
            "address": LineState.APPROVED,
        }

    def test_one_that_was_returned_says_why_and_is_proposed_again(
        self, client: Client, customer: Customer, ed: User
    ) -> None:
        change = asked(customer, ed, occupation="OCC10")
        review.return_to_author(change.pk, by=person("ann"), reason="Which employer?")
        page = client.get(address(customer, f"?amend={change.pk}"))
        said = text_of(page)
        assert f"Ann Mwangi returned change {change.pk} : Which employer? Edit it and propose it again." in said
        assert "Propose again" in said
        save(client, customer, form_of(page, "edit"))
        change.refresh_from_db()
        assert change.state is Status.PROPOSED

    def test_what_is_put_back_is_asked_for_no_more(self, client: Client, customer: Customer, ed: User) -> None:
        change = asked(customer, ed, occupation="OCC10", address="Jl. Melati 5")
        form = form_of(client.get(address(customer, f"?amend={change.pk}")), "edit")
        save(client, customer, form, occupation="OCC4")
        assert Change.objects.get().wishes == {"address": "Jl. Melati 5"}

    def test_that_nothing_differs_is_said(self, client: Client, customer: Customer, ed: User) -> None:
        change = asked(customer, ed, occupation="OCC10")
        form = form_of(client.get(address(customer, f"?amend={change.pk}")), "edit")
        answer = save(client, customer, form)
        assert answer.status_code == 422
        assert f"Nothing differs from what change {change.pk} asks for already." in text_of(answer)

    def test_putting_all_of_it_back_leads_to_withdrawing(self, client: Client, customer: Customer, ed: User) -> None:
        change = asked(customer, ed, occupation="OCC10")
        form = form_of(client.get(address(customer, f"?amend={change.pk}")), "edit")
        said = text_of(check(client, customer, form, occupation="OCC4"))
        assert "Nothing would be left of this request: withdraw it instead" in said
        assert "Withdraw it instead." in text_of(save(client, customer, form, occupation="OCC4"))

    def test_what_is_hidden_stays_asked_for(self, client: Client, ed: User) -> None:
        person("ann")
        policy("KYC fields")
        customer = sample(connect("finosu"))
        change = asked(customer, ed, ssnLastFour="9876", city="Oakland")
        page = client.get(address(customer, f"?amend={change.pk}"))
        assert "9876" not in without_chance_digits(page.text)
        assert "Asks to change 2 fields" in text_of(page)
        save(client, customer, form_of(page, "edit"), city="Fresno")
        assert Change.objects.get().wishes == {"ssnLastFour": "9876", "city": "Fresno"}

    def test_what_was_returned_is_proposed_again(self, client: Client, customer: Customer, ed: User) -> None:
        change = asked(customer, ed, occupation="OCC10")
        review.return_to_author(change.pk, by=person("ann"), reason="Which employer?")
        form = form_of(client.get(address(customer, f"?amend={change.pk}")), "edit")
        assert save(client, customer, {**form, "why": "Acme"}).status_code == 303
        change.refresh_from_db()
        assert (change.state, change.wait) == (Status.PROPOSED, Wait.DECISION)

    def test_a_rejected_line_is_not_filled_in_and_may_be_asked_for_anew(
        self, client: Client, customer: Customer, ed: User
    ) -> None:
        change = asked(customer, ed, occupation="OCC10", address="Jl. Melati 5")
        reject(change, person("ann"), "occupation")
        page = client.get(address(customer, f"?amend={change.pk}"))
        form = form_of(page, "edit")
        assert form["v-occupation"] == "OCC4"
        assert "OCC10 was rejected here." in text_of(page)
        assert "asked just now for OCC10" not in text_of(client.get(reverse("customer", args=[customer.pk])))
        save(client, customer, form, occupation="OCC10")
        assert Change.objects.get().wishes == {"occupation": "OCC10", "address": "Jl. Melati 5"}

    def test_of_two_windows_the_second_is_told_what_the_first_made_of_the_change(
        self, client: Client, customer: Customer, ed: User
    ) -> None:
        change = asked(customer, ed, occupation="OCC10")
        one, two = (form_of(client.get(address(customer, f"?amend={change.pk}")), "edit") for _ in range(2))
        assert save(client, customer, one, occupation="OCC7").status_code == 303
        refused = save(client, customer, two, address="Jl. Melati 5")
        assert refused.status_code == 422
        assert f"Change {change.pk} was edited in another window since this form was opened." in text_of(refused)
        assert Change.objects.get().wishes == {"occupation": "OCC7"}
        again = form_of(refused, "edit")
        assert again["v-address"] == "Jl. Melati 5"
        assert save(client, customer, again).status_code == 303
        assert Change.objects.get().wishes == {"occupation": "OCC10", "address": "Jl. Melati 5"}

    def test_what_left_meanwhile_is_said_and_the_input_becomes_a_change_of_its_own(
        self, client: Client, customer: Customer, ed: User
    ) -> None:
        change = asked(customer, ed, occupation="OCC10")
        form = form_of(client.get(address(customer, f"?amend={change.pk}")), "edit")
        approve(change, person("ann"))
        refused = save(client, customer, form, occupation="OCC7")
        assert refused.status_code == 422
        assert "so it can't be edited any more" in text_of(refused)
        again = form_of(refused, "edit")
        assert "amends" not in again
        assert again["v-occupation"] == "OCC7"
        assert save(client, customer, again).status_code == 303
        assert Change.objects.latest("pk").wishes == {"occupation": "OCC7"}

    @pytest.mark.parametrize("number", ["0", "nonsense", "-1", "9" * 30, "999999"])
    def test_what_is_not_there_fills_in_nothing(self, client: Client, customer: Customer, number: str) -> None:
        page = client.get(address(customer, f"?amend={number}"))
        assert page.status_code == 200
        assert "amends" not in form_of(page, "edit")

    def test_anothers_cannot_be_edited(self, client: Client, customer: Customer) -> None:
        change = asked(customer, person("jo"), occupation="OCC10")
        page = client.get(address(customer, f"?amend={change.pk}"))
        assert f"Change {change.pk} can\N{RIGHT SINGLE QUOTATION MARK}t be edited here any more" in text_of(page)
        form = form_of(page, "edit") | {"amends": str(change.pk), "why": "x"}
        assert save(client, customer, form, occupation="OCC7").status_code == 422
        assert Change.objects.get().wishes == {"occupation": "OCC10"}

    def test_sent_twice_it_is_one_edit(self, client: Client, customer: Customer, ed: User) -> None:
        change = asked(customer, ed, occupation="OCC10")
        form = form_of(client.get(address(customer, f"?amend={change.pk}")), "edit")
        answers = [save(client, customer, form, occupation="OCC7") for _ in range(2)]
        assert [answer["Location"] for answer in answers] == [reverse("change", args=[change.pk])] * 2


class TestCorrecting:
    def test_what_was_refused_gives_way_to_what_corrects_it(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        refused = standing(customer, ed, Status.REFUSED, wishes={"phone": "+6281299887766"})
        form = form_of(client.get(address(customer, f"?again={refused.pk}")), "edit")
        assert form["corrects"] == str(refused.pk)
        save(client, customer, form, phone="+62 812 0000 0001")
        refused.refresh_from_db()
        assert refused.state is Status.SUPERSEDED
        assert refused.superseded_by == Change.objects.latest("pk")

    def test_who_may_not_correct_it_asks_for_a_change_of_their_own(self, client: Client, ed: User) -> None:
        refused = standing(sample(connect("caibo")), person("jo"), Status.REFUSED)
        page = client.get(reverse("customer_edit", args=[refused.customer_id]) + f"?again={refused.pk}")
        assert "corrects" not in form_of(page, "edit")
        assert "Filled in again" in text_of(page)


class TestApart:
    def test_what_needs_no_approval_leaves_and_the_rest_waits(self, client: Client, ed: User) -> None:
        person("ann"), person("sam")
        customer = sample(connect("sqril"))
        policy("KYC fields", "occupation", "address")
        form = form_of(client.get(address(customer)), "edit") | {"apart": "1"}
        wishes = {"phone": "+6281299887766", "occupation": "OCC10", "address": "Jl. Melati 5"}
        answer = save(client, customer, form, **wishes)
        leaving, waiting = Change.objects.order_by("pk")
        assert (leaving.state, leaving.wishes) == (Status.APPROVED, {"phone": "+6281299887766"})
        assert waiting.wait == Wait.DECISION
        assert answer["Location"] == reverse("change", args=[waiting.pk])
        [told] = [str(message) for message in client.get(address(customer)).context["messages"]]
        assert told == (
            f"Two changes were saved. Change {leaving.pk} (Phone) is on its way; "
            f"change {waiting.pk} (Occupation and Address) waits for Ann Mwangi or Sam Tanaka."
        )

    def test_where_there_is_nothing_to_part_it_is_one_change(self, client: Client, customer: Customer) -> None:
        form = form_of(client.get(address(customer)), "edit") | {"apart": "1"}
        assert save(client, customer, form, occupation="OCC10").status_code == 303
        assert seen(Change.objects.get()).keys() == {"occupation"}

    def test_a_refused_half_saves_neither(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        policy("KYC fields", "occupation", asks_reason=True)
        form = form_of(client.get(address(customer)), "edit") | {"apart": "1"}
        assert save(client, customer, form, phone="+6281299887766", occupation="OCC10").status_code == 422
        assert not Change.objects.exists()
