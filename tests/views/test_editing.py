"""The form: what it shows, what it takes for a change, what it refuses, and what becomes of two who edit at once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from console.flows.refresh import take_over
from console.models import Change, Connection, Customer, Event, Known, Pause, Status, User, Wait
from tests.cast import SLUGS, connect, person, sample
from tests.views.pages import form_of, text_of, without_chance_digits
from tests.views.standing import asked, standing

pytestmark = pytest.mark.django_db


def address(customer: Customer) -> str:
    return reverse("customer_edit", args=[customer.pk])


def opened(client: Client, customer: Customer) -> dict[str, str]:
    """The form as the browser has it before anything is typed."""
    return form_of(client.get(address(customer)), "edit")


def save(client: Client, customer: Customer, form: dict[str, str], **typed: str) -> Any:
    data = {**form, **{f"v-{name}": value for name, value in typed.items()}}
    return client.post(address(customer), data)


def learnt(customer: Customer, *, change: int | None = None, **values: Any) -> Customer:
    """The provider told us something in between; `change` is ours that brought it about."""
    fresh = Customer.objects.get(pk=customer.pk)
    fresh.learn(values, how=Known.READ, at=timezone.now(), change=change)
    fresh.save_learnt()
    return fresh


class TestTheForm:
    @pytest.mark.parametrize("slug", SLUGS)
    def test_an_untouched_form_holds_no_change_at_any_provider(self, client: Client, ed: User, slug: str) -> None:
        customer = sample(connect(slug))
        response = save(client, customer, opened(client, customer))
        assert response.status_code == 422
        assert "Nothing is different from what we know" in text_of(response)
        assert not Change.objects.exists()

    def test_locked_fields_keep_their_place_with_the_reason_and_whose_rule_it_is(
        self, client: Client, ed: User
    ) -> None:
        page = text_of(client.get(address(sample(connect("sqril")))))
        assert "SQRIL does not let anyone change a first name." in page
        assert "SQRIL\N{RIGHT SINGLE QUOTATION MARK}s rule" in page
        assert "Locked here" in page
        assert "SQRIL does not say whether this may change" in page

    def test_a_locked_field_has_no_input(self, client: Client, ed: User) -> None:
        form = opened(client, sample(connect("sqril")))
        assert "v-name_first" not in form
        assert "v-email" in form

    def test_a_sensitive_value_never_reaches_the_page(self, client: Client, ed: User) -> None:
        customer = sample(connect("finosu"))
        response = client.get(address(customer))
        assert "1234" not in form_of(response, "edit").values()
        assert "1985-06-15" not in response.content.decode()
        assert form_of(response, "edit")["v-ssnLastFour"] == ""

    def test_what_the_provider_needs_and_our_copy_lacks_is_asked_for(self, client: Client, ed: User) -> None:
        customer = sample(connect("caibo"), email=...)
        page = text_of(client.get(address(customer)))
        assert "Caibo needs this with every change, and our copy lacks it." in page
        response = save(client, customer, opened(client, customer), phone="+442079460000")
        assert response.status_code == 422
        assert "E-mail needs a look" in text_of(response)

    def test_a_choice_that_arrived_unlisted_stays_selected(self, client: Client, ed: User) -> None:
        form = opened(client, sample(connect("timepay"), payment_status="in dispute"))
        assert form["v-payment_status"] == "in dispute"

    def test_a_country_keeps_the_spelling_it_arrived_in(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril", editable="nationality"), nationality="IDN")
        assert opened(client, customer)["v-nationality"] == "IDN"

    def test_a_value_that_is_markup_stays_text(self, client: Client, ed: User) -> None:
        customer = sample(connect("caibo"), name='"><script>alert(1)</script>', address="</textarea><b>hi</b>")
        content = client.get(address(customer)).content.decode()
        assert "<script>alert" not in content
        assert "</textarea><b>" not in content
        assert opened(client, customer)["v-address"] == "</textarea><b>hi</b>"

    def test_who_may_only_see_is_told_who_can_help(self, client: Client) -> None:
        customer = sample(connect("caibo"))
        person("jo")
        client.force_login(person("ann"))
        response = client.get(address(customer))
        assert response.status_code == 403
        assert "Ask Jo Lindqvist" in text_of(response)

    def test_another_teams_customer_does_not_exist(self, client: Client) -> None:
        mine, theirs = connect("caibo"), connect("sqril")
        client.force_login(person("ed", mine))
        assert client.get(address(sample(theirs))).status_code == 404
        assert client.post(address(sample(theirs, customer_id="cus_2"))).status_code == 404

    def test_nobody_is_led_to_the_sign_in_page(self, client: Client) -> None:
        response = client.get(address(sample(connect("caibo"))))
        assert response.status_code == 302
        assert response["Location"].startswith("/sign-in/")

    def test_without_its_key_a_record_cannot_be_edited_and_the_page_says_why(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        Customer.objects.filter(pk=customer.pk).update(wrapped_key=None)
        response = client.get(address(customer), follow=True)
        assert response.redirect_chain == [(reverse("customer", args=[customer.pk]), 303)]
        assert "The key of this customer's values was erased" in text_of(response)


class TestTheSave:
    def test_a_save_leads_to_its_change(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        form = {**opened(client, customer), "why": "Called", "reference": "SUP-1"}
        response = save(client, customer, form, phone="+62 812 9988 7766")
        change = Change.objects.get()
        assert response.status_code == 303
        assert response["Location"] == reverse("change", args=[change.pk])
        assert change.wishes == {"phone": "+6281299887766"}
        assert (change.why, change.reference, change.requester) == ("Called", "SUP-1", ed)

    def test_a_swap_is_told_where_to_go(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        data = {**opened(client, customer), "v-address": "Jl. Thamrin 88"}
        response = client.post(address(customer), data, headers={"HX-Request": "true"})
        assert response["HX-Redirect"] == reverse("change", args=[Change.objects.get().pk])

    def test_saving_twice_makes_one_change(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        form = opened(client, customer)
        first = save(client, customer, form, address="Jl. Thamrin 88")
        second = save(client, customer, form, address="Jl. Thamrin 88")
        assert first["Location"] == second["Location"]
        assert Change.objects.count() == 1

    def test_the_same_form_with_other_values_becomes_a_change_of_its_own(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        form = opened(client, customer)
        save(client, customer, form, address="Jl. Thamrin 88")
        response = save(client, customer, form, occupation="OCC7")
        assert response.status_code == 422
        assert "This form was saved before." in text_of(response)
        again = form_of(response, "edit")
        assert again["key"] != form["key"]
        assert again["v-occupation"] == "OCC7"
        assert save(client, customer, again).status_code == 303

    @pytest.mark.parametrize(
        ("slug", "field", "typed", "said"),
        [
            ("sqril", "address", "", "Address"),
            ("sqril", "email", "adi.wijaya@example", "Enter an e-mail address such as name@example.com."),
            ("caibo", "name", "x" * 101, "Shorten this to 100 characters; it has 101."),
            ("timepay", "language", "klingon", "Choose Hindi"),
            ("sqril", "address", "Jl.\u200b Thamrin", "Remove the invisible character"),
        ],
    )
    def test_a_broken_rule_is_said_at_its_field_and_the_input_stays(
        self, client: Client, ed: User, slug: str, field: str, typed: str, said: str
    ) -> None:
        customer = sample(connect(slug))
        response = save(client, customer, opened(client, customer), **{field: typed})
        assert response.status_code == 422
        assert said in text_of(response)
        assert form_of(response, "edit")[f"v-{field}"] == typed
        assert 'aria-invalid="true" autofocus' in response.content.decode()
        assert not Change.objects.exists()

    def test_a_refused_swap_is_only_the_editor(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        data = {**opened(client, customer), "v-email": "nonsense"}
        response = client.post(address(customer), data, headers={"HX-Request": "true"})
        assert response.status_code == 422
        assert response.content.decode().lstrip().startswith('<div class="stack" id="editor">')
        assert "HX-Request" in response["Vary"]

    def test_a_locked_field_that_is_posted_anyway_is_refused(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        response = save(client, customer, opened(client, customer), name_first="Budi")
        assert response.status_code == 422
        assert "SQRIL does not let anyone change a first name." in text_of(response)

    def test_a_field_the_provider_does_not_have_is_not_heard(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        response = save(client, customer, opened(client, customer), is_admin="true")
        assert "Nothing is different" in text_of(response)

    def test_a_sensitive_value_is_replaced_by_typing_and_kept_by_leaving_it(self, client: Client, ed: User) -> None:
        customer = sample(connect("finosu"))
        save(client, customer, opened(client, customer), ssnLastFour="9876", birthday="")
        assert Change.objects.get().wishes == {"ssnLastFour": "9876"}

    def test_a_value_in_another_spelling_is_no_change(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        response = save(client, customer, opened(client, customer), phone="+62 (812) 345-679")
        assert "Nothing is different" in text_of(response)

    def test_a_value_we_hold_that_breaks_a_rule_stands_in_nobodys_way(self, client: Client, ed: User) -> None:
        customer = sample(connect("caibo"), address="1 High\u200bStreet")
        save(client, customer, opened(client, customer), phone="+442079460000")
        assert Change.objects.get().wishes == {"phone": "+442079460000"}

    def test_a_reason_that_is_too_long_is_said_at_its_field(self, client: Client, ed: User) -> None:
        customer = sample(connect("caibo"))
        form = {**opened(client, customer), "reference": "x" * 121}
        response = save(client, customer, form, phone="+442079460000")
        assert response.status_code == 422
        assert 'id="error-reference"' in response.content.decode()

    def test_an_emptied_value_is_cleared_where_the_provider_can(self, client: Client, ed: User) -> None:
        customer = sample(connect("caibo"))
        save(client, customer, opened(client, customer), address="")
        assert Change.objects.get().wishes == {"address": None}

    def test_a_locked_value_we_lack_is_said_once_and_never_sent_as_a_change(self, client: Client, ed: User) -> None:
        customer = sample(connect("flowwise"), scope=...)
        form = opened(client, customer)
        refused = save(client, customer, form, phone="+919876500000")
        assert "Scope needs a look" in text_of(refused)
        save(client, customer, form, phone="+919876500000", scope="GLOBAL")
        change = Change.objects.get()
        assert change.wishes == {"phone": "+919876500000"}
        assert change.customer.record["scope"] == "GLOBAL"
        assert change.customer.known["scope"]["how"] == Known.TYPED
        assert Event.objects.filter(verb="customer.declared", actor=ed).count() == 1

    def test_a_refused_wish_takes_back_what_was_said_beside_it(self, client: Client, ed: User) -> None:
        customer = sample(connect("flowwise"), scope=...)
        refused = save(client, customer, opened(client, customer), email="nonsense", scope="GLOBAL")
        assert refused.status_code == 422
        assert not Event.objects.filter(verb="customer.declared").exists()

    def test_only_saying_what_the_provider_holds_sends_nothing(self, client: Client, ed: User) -> None:
        customer = sample(connect("flowwise"), scope=...)
        response = client.post(address(customer), {**opened(client, customer), "v-scope": "PROJECT"}, follow=True)
        assert "Scope: noted as what Flowwise holds. Nothing was sent." in text_of(response)
        assert not Change.objects.exists()


class TestTwoWhoEditAtOnce:
    def test_another_field_that_moved_merges(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        form = opened(client, customer)
        learnt(customer, address="Jl. Baru 1")
        save(client, customer, form, phone="+6281299887766")
        assert Change.objects.get().wishes == {"phone": "+6281299887766"}

    def test_the_same_field_asks_whose_value_it_is_to_be(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        form = opened(client, customer)
        learnt(customer, phone="+6281111111111")
        response = save(client, customer, form, phone="+6281299887766")
        assert response.status_code == 422
        page = text_of(response)
        assert "while this form was open" in page
        assert "+62 811-1111-1111" in page
        assert form_of(response, "edit")["v-phone"] == "812-9988-7766"

    def test_jo_is_named_when_it_was_jo(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        form = opened(client, customer)
        change = standing(customer, person("jo"), Status.APPLIED, wishes={"phone": "+6281111111111"})
        learnt(customer, change=change.pk, phone="+6281111111111")
        assert "Jo Lindqvist set it to" in text_of(save(client, customer, form, phone="+6281299887766"))

    def test_who_set_one_field_is_not_named_at_what_was_only_sent_along(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        change = standing(customer, ed, Status.APPLIED, wishes={"phone": "+6281111111111"})
        learnt(customer, change=change.pk, phone="+6281111111111", email="adi.wijaya@example.com")
        page = client.get(f"/customers/{customer.pk}/edit/").text
        email, phone = (
            page.partition(f'id="field-{name}"')[2].partition('class="by"')[2] for name in ("email", "phone")
        )
        assert "You" in phone.partition("now</span>")[0]
        assert "You" not in email.partition("now</span>")[0]

    def test_one_is_told_that_it_was_oneself(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        form = opened(client, customer)
        change = standing(customer, ed, Status.APPLIED, wishes={"phone": "+6281111111111"})
        learnt(customer, change=change.pk, phone="+6281111111111")
        assert "You set it to" in text_of(save(client, customer, form, phone="+6281299887766"))

    def test_saving_once_more_is_the_decision_for_ones_own(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        form = opened(client, customer)
        learnt(customer, phone="+6281111111111")
        again = form_of(save(client, customer, form, phone="+6281299887766"), "edit")
        assert save(client, customer, again).status_code == 303
        assert Change.objects.get().wishes == {"phone": "+6281299887766"}

    def test_keeping_theirs_leaves_only_the_other_fields(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        form = opened(client, customer)
        learnt(customer, phone="+6281111111111")
        asking = save(client, customer, form, phone="+6281299887766", occupation="OCC7")
        again = {**form_of(asking, "edit"), "whose-phone": "theirs"}
        assert save(client, customer, again).status_code == 303
        assert Change.objects.get().wishes == {"occupation": "OCC7"}

    def test_there_are_three_choices_and_what_the_record_holds_now_is_said(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        form = opened(client, customer)
        learnt(customer, phone="+6281111111111")
        page = text_of(save(client, customer, form, phone="+6281299887766"))
        assert "It was set to +62 811-1111-1111 just now , while this form was open." in page
        assert "That is what the record holds now." in page
        for choice in ("Keep theirs: +62 811-1111-1111", "Use mine: +62 812-9988-7766", "Another value: type it above"):
            assert choice in page

    def test_a_third_value_is_saved_whichever_of_both_stood_there(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        form = opened(client, customer)
        learnt(customer, phone="+6281111111111")
        again = form_of(save(client, customer, form, phone="+6281299887766"), "edit")
        again |= {"whose-phone": "new", "v-phone-country": "ID", "v-phone": "812 0000 0001"}
        assert save(client, customer, again).status_code == 303
        assert Change.objects.get().wishes == {"phone": "+6281200000001"}

    def test_their_sensitive_value_stays_hidden_while_one_chooses(self, client: Client, ed: User) -> None:
        customer = sample(connect("finosu"))
        form = opened(client, customer)
        learnt(customer, ssnLastFour="7777")
        response = save(client, customer, form, ssnLastFour="9876")
        assert "while this form was open" in text_of(response)
        assert "7777" not in text_of(response)

    def test_a_field_of_which_something_may_have_been_sent_is_held_and_says_whose_change_it_is(
        self, client: Client, ed: User
    ) -> None:
        customer = sample(connect("sqril"))
        held = {"wishes": {"address": "Jl. Thamrin 88"}, "wait": Wait.RESTORED, "maybe_applied": True}
        standing(customer, person("jo"), Status.PROPOSED, **held)
        response = client.get(address(customer))
        assert "v-address" not in form_of(response, "edit")
        assert "Jo Lindqvist \N{RIGHT SINGLE QUOTATION MARK}s change" in text_of(response)
        assert "It can be changed again once that has ended or was withdrawn." in text_of(response)

    def test_a_field_that_became_waiting_while_one_typed_links_to_that_change(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        form = opened(client, customer)
        change = asked(customer, person("jo"), address="Jl. Thamrin 88")
        response = save(client, customer, form, address="Jl. Baru 1")
        assert response.status_code == 422
        assert f"See change {change.pk}" in text_of(response)
        assert form_of(response, "edit")["v-address"] == "Jl. Baru 1"


class TestEditingAgain:
    @pytest.fixture(autouse=True)
    def signed_in(self, client: Client, ed: User) -> None:
        """As ed."""

    def test_what_was_refused_is_filled_in_again_and_can_be_saved(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        refused = standing(customer, ed, Status.REFUSED, wishes={"phone": "+6281299887766"}, reference="SUP-7")
        response = client.get(f"{address(customer)}?again={refused.pk}")
        posted = form_of(response, "edit")
        assert f"Filled in again with what change {refused.pk} asked for." in text_of(response)
        assert "1 field changed" in text_of(response)
        assert (posted["v-phone-country"], posted["v-phone"]) == ("ID", "812-9988-7766")
        assert posted["reference"] == "SUP-7"
        assert save(client, customer, posted).status_code == 303
        assert Change.objects.latest("pk").wishes == {"phone": "+6281299887766"}

    def test_what_is_hidden_stays_hidden(self, client: Client, ed: User) -> None:
        customer = sample(connect("finosu"))
        refused = standing(customer, ed, Status.REFUSED, wishes={"ssnLastFour": "9876"})
        assert "9876" not in without_chance_digits(client.get(f"{address(customer)}?again={refused.pk}").text)

    def test_what_another_change_asks_for_is_left_to_it(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        refused = standing(customer, ed, Status.REFUSED, wishes={"phone": "+6281299887766"})
        asked(customer, person("jo"), phone="+6281200000000")
        posted = form_of(client.get(f"{address(customer)}?again={refused.pk}"), "edit")
        assert posted["v-phone"] == "812-345-679"

    def test_whose_change_it_waits_for_is_said_before_anything_else(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        wishes = {"phone": "+6281299887766", "address": "Jl. Melati 5"}
        refused = standing(customer, ed, Status.REFUSED, wishes=wishes)
        other = asked(customer, person("jo"), phone="+6281200000000")
        page = text_of(client.get(f"{address(customer)}?again={refused.pk}"))
        assert f"Not all of change {refused.pk} is filled in again." in page
        assert f"waits for change {other.pk} of Jo Lindqvist" in page
        assert "The rest is filled in: correct it and save" in page

    def test_where_all_of_it_waits_nobody_is_told_to_save(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        refused = standing(customer, ed, Status.REFUSED, wishes={"phone": "+6281299887766"})
        asked(customer, person("jo"), phone="+6281200000000")
        assert "orrect it and save" not in text_of(client.get(f"{address(customer)}?again={refused.pk}"))

    @pytest.mark.parametrize("number", ["0", "nonsense", "-1", "9" * 30])
    def test_a_change_that_is_not_there_fills_in_nothing(self, client: Client, ed: User, number: str) -> None:
        response = client.get(f"{address(sample(connect('sqril')))}?again={number}")
        assert response.status_code == 200
        assert "Filled in again" not in response.text


class TestRestoring:
    def test_what_a_drifted_value_was_is_filled_in_and_can_be_saved(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        event = take_over(customer, {"address": "Jl. Baru 1"}, by=None)
        page = client.get(f"{address(customer)}?restore={event.pk}")
        assert "Filled in with what Address was before Sqril came to hold something else." in text_of(page)
        assert form_of(page, "edit")["v-address"] == "Jl. Kebon Sirih 12, Jakarta"
        assert save(client, customer, form_of(page, "edit")).status_code == 303
        assert Change.objects.get().wishes == {"address": "Jl. Kebon Sirih 12, Jakarta"}

    @pytest.mark.parametrize("event", ["0", "nonsense", "-1", "9" * 30])
    def test_what_saw_nothing_move_fills_in_nothing(self, client: Client, ed: User, event: str) -> None:
        page = client.get(f"{address(sample(connect('sqril')))}?restore={event}")
        assert page.status_code == 200
        assert "Filled in" not in page.text


class TestWhatFollowsTheTyping:
    def check(self, client: Client, customer: Customer, left: str = "", **typed: str) -> Any:
        data = {**opened(client, customer), "left": left, **{f"v-{name}": value for name, value in typed.items()}}
        return client.post(reverse("customer_check", args=[customer.pk]), data, headers={"HX-Request": "true"})

    def test_it_shows_the_exact_request_and_marks_what_changes(self, client: Client, ed: User) -> None:
        response = self.check(client, sample(connect("sqril")), phone="+6281299887766")
        content = response.content.decode()
        assert response.status_code == 200
        assert "updateCustomer?customer_id=cus_8f31c2" in content
        assert "<mark>" in content
        assert "+6281299887766" in content
        assert "Jl. Kebon Sirih 12, Jakarta" in content
        assert "1 field changed · no approval needed · sent right away" in text_of(response)

    def test_a_half_valid_form_says_what_is_missing_instead_of_a_wrong_request(self, client: Client, ed: User) -> None:
        response = self.check(client, sample(connect("sqril")), email="adi@")
        assert "not ready: E-mail" in text_of(response)
        assert '<pre class="request">' not in response.content.decode()

    def test_an_error_stands_at_its_field_once_one_has_left_it(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        assert 'id="error-email"' not in self.check(client, customer, email="adi@").text
        assert 'id="error-email"' in self.check(client, customer, "email", email="adi@").text
        assert 'id="error-email"' not in self.check(client, customer, "email", email="adi@example.com").text

    def test_a_sensitive_value_is_masked_in_it(self, client: Client, ed: User) -> None:
        response = self.check(client, sample(connect("finosu")), ssnLastFour="9876")
        assert "ssnLastFour" in response.text
        assert "9876" not in without_chance_digits(response.text)

    def test_it_says_behind_what_a_change_would_wait(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        ahead = asked(customer, person("jo"), address="Jl. Baru 1")
        assert f"sent after change {ahead.pk}" in text_of(self.check(client, customer, phone="+6281299887766"))

    def test_it_says_that_the_connection_is_paused(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        pause = {"paused_at": timezone.now(), "pause": Pause.BY_A_PERSON}
        Connection.objects.filter(pk=customer.connection_id).update(**pause)
        assert "sent once Sqril is resumed" in text_of(self.check(client, customer, phone="+6281299887766"))

    def test_it_says_at_once_that_somebody_else_set_the_field_meanwhile(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        form = opened(client, customer)
        change = standing(customer, person("jo"), Status.APPLIED, wishes={"phone": "+6281111111111"})
        learnt(customer, change=change.pk, phone="+6281111111111")
        data = {**form, "v-phone": "+6281299887766"}
        page = text_of(client.post(reverse("customer_check", args=[customer.pk]), data))
        assert "Jo Lindqvist set it to +62 811-1111-1111 just now , while this form was open." in page

    def test_it_says_at_once_that_another_change_of_the_field_waits(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        form = opened(client, customer)
        change = asked(customer, person("jo"), phone="+6281111111111")
        data = {**form, "v-phone": "+6281299887766"}
        assert f"See change {change.pk}" in client.post(reverse("customer_check", args=[customer.pk]), data).text

    def test_it_saves_nothing(self, client: Client, ed: User) -> None:
        self.check(client, sample(connect("sqril")), phone="+6281299887766")
        assert not Change.objects.exists()

    def test_it_is_not_for_strangers(self, client: Client) -> None:
        customer = sample(connect("sqril"))
        client.force_login(person("vic"))
        assert client.post(reverse("customer_check", args=[customer.pk])).status_code == 404

    def test_it_asks_the_database_for_little(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        self.check(client, customer, phone="+6281299887766")
        form = {**opened(client, customer), "v-phone": "+6281299887766"}
        with CaptureQueriesContext(connection) as captured:
            client.post(reverse("customer_check", args=[customer.pk]), form)
        asked_for = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
        assert len(asked_for) <= 7, asked_for


class TestThePreview:
    def test_it_is_the_whole_page_with_the_request_and_the_input_kept(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        data = {**opened(client, customer), "v-address": "Jl. Thamrin 88"}
        response = client.post(reverse("customer_preview", args=[customer.pk]), data)
        assert response.status_code == 200
        assert "<!DOCTYPE html>" in response.content.decode()
        assert form_of(response, "edit")["v-address"] == "Jl. Thamrin 88"
        assert '<pre class="request">' in response.content.decode()
        assert not Change.objects.exists()

    def test_it_is_not_for_strangers(self, client: Client) -> None:
        customer = sample(connect("sqril"))
        client.force_login(person("vic"))
        assert client.post(reverse("customer_preview", args=[customer.pk])).status_code == 404


class TestInPlace:
    def test_the_field_of_the_address_gets_the_cursor(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        page = client.get(f"{address(customer)}?field=address").text
        [focused] = re.findall(r"<(?:input|textarea|select|div)[^>]* autofocus[^>]*>", page.partition("<dialog")[0])
        assert 'id="v-address"' in focused

    def test_htmx_gets_the_main_part_and_the_title_alone(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        answer = client.get(address(customer), headers={"HX-Request": "true", "HX-Target": "main"})
        assert "<title>Edit Adi Wijaya" in answer.text
        assert '<main id="main"' in answer.text
        assert "<!DOCTYPE" not in answer.text
        assert 'aria-label="Main"' not in answer.text
        assert form_of(answer, "edit")["v-email"] == "adi.wijaya@example.com"

    def test_going_back_in_the_history_gets_the_whole(self, client: Client, ed: User) -> None:
        headers = {"HX-Request": "true", "HX-Target": "main", "HX-History-Restore-Request": "true"}
        assert "<!DOCTYPE html>" in client.get(address(sample(connect("sqril"))), headers=headers).text

    def test_it_shows_who_set_a_value(self, client: Client, ed: User) -> None:
        customer = sample(connect("sqril"))
        change = standing(customer, person("jo"), Status.APPLIED, wishes={"phone": "+6281111111111"})
        learnt(customer, change=change.pk, phone="+6281111111111")
        row = client.get(address(customer)).text.partition('id="field-phone"')[2].partition('id="field-')[0]
        assert "Jo Lindqvist" in row

    def test_the_history_stands_beside_it(self, client: Client, ed: User) -> None:
        assert 'id="history"' in client.get(address(sample(connect("sqril")))).text
