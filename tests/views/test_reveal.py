"""Hidden values on the pages: who may learn what of them, in a dialog and on a page, and how one is told apart."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from console.flows.hidden import reason_of
from console.flows.refresh import take_over
from console.models import Connection, Customer, Event, Reveal, Status, User
from tests.cast import PASSWORD, connect, person, sample
from tests.deciding import policy
from tests.flows.helpers import fresh
from tests.hidden import REASON, SSN, WRONG, comparing, shown
from tests.views.counting import queries
from tests.views.pages import text_of, without_chance_digits
from tests.views.standing import asked, standing

pytestmark = pytest.mark.django_db
SWAP = {"HX-Request": "true", "HX-Target": "hidden-value"}


@pytest.fixture
def finosu() -> Connection:
    return connect("finosu")


@pytest.fixture
def lena(finosu: Connection) -> Customer:
    return sample(finosu, ssnLastFour=SSN)


def url(customer: Customer, name: str = "customer_hidden", field: str = "ssnLastFour") -> str:
    return reverse(name, args=[customer.pk, field])


def ask(client: Client, customer: Customer, said: str, **more: Any) -> Any:
    return client.post(url(customer, "hidden_compare"), {"said": said, **more.pop("data", {})}, **more)


def show(client: Client, customer: Customer, reason: str = REASON, **more: Any) -> Any:
    return client.post(url(customer, "hidden_reveal"), {"reason": reason, **more.pop("data", {})}, **more)


class TestComparing:
    @pytest.mark.parametrize(("said", "words"), [(SSN, "It matches."), (WRONG, "It does not match.")])
    @pytest.mark.parametrize("headers", [{}, SWAP])
    def test_the_answer_says_whether_it_matches_and_holds_neither_value(
        self, client: Client, lena: Customer, said: str, words: str, headers: dict[str, str]
    ) -> None:
        client.force_login(comparing("ed"))
        answer = ask(client, lena, said, headers=headers)
        assert (answer.status_code, words in text_of(answer)) == (200, True)
        assert SSN not in without_chance_digits(answer.text)
        assert WRONG not in without_chance_digits(answer.text)
        assert ("<!DOCTYPE html>" in answer.text) is (not headers)

    def test_what_cannot_be_it_is_said_at_its_place_and_not_repeated(self, client: Client, lena: Customer) -> None:
        client.force_login(comparing("ed"))
        answer = ask(client, lena, "98761")
        assert answer.status_code == 422
        assert "Enter exactly 4 digits." in text_of(answer)
        assert "98761" not in without_chance_digits(answer.text)

    def test_after_too_many_it_says_when_it_works_again(
        self, client: Client, lena: Customer, settings: LazySettings
    ) -> None:
        settings.STEWARD_COMPARES = 1
        client.force_login(comparing("ed"))
        ask(client, lena, SSN)
        for headers in ({}, SWAP):
            answer = ask(client, lena, SSN, headers=headers)
            assert answer.status_code == 429
            assert 0 < int(answer.headers["Retry-After"]) <= 3600
        assert Reveal.objects.count() == 1

    def test_of_a_request_it_is_what_is_asked_for(self, client: Client, lena: Customer) -> None:
        change = standing(lena, person("ed"), Status.PROPOSED, wishes={"ssnLastFour": "8812"})
        client.force_login(comparing("ann"))
        page = client.get(f"{url(lena)}?change={change.pk}")
        assert f'name="change" value="{change.pk}"' in page.text
        answer = ask(client, lena, "8812", data={"change": change.pk})
        assert f"That is what change {change.pk} asks for" in text_of(answer)
        assert "It does not match" in text_of(ask(client, lena, SSN, data={"change": change.pk}))


class TestRevealing:
    @pytest.mark.parametrize("headers", [{}, SWAP])
    def test_it_is_shown_with_a_mask_to_take_its_place(
        self, client: Client, lena: Customer, headers: dict[str, str]
    ) -> None:
        client.force_login(shown("jo"))
        answer = show(client, lena, headers=headers)
        assert answer.status_code == 200
        assert without_chance_digits(answer.text).count(SSN) == 1
        assert re.search(rf'data-shown="60".*{SSN}.*<template>.*Hidden again.*</template>', answer.text, re.DOTALL)
        assert "no-store" in answer.headers["Cache-Control"]

    def test_without_a_script_the_page_leads_back_to_the_record_after_a_minute(
        self, client: Client, lena: Customer
    ) -> None:
        client.force_login(shown("jo"))
        assert show(client, lena).headers["Refresh"] == f"60; url={reverse('customer', args=[lena.pk])}"
        assert "Refresh" not in show(client, lena, headers=SWAP).headers
        assert "Refresh" not in client.get(url(lena)).headers

    def test_without_a_reason_it_is_not_shown_and_says_what_lacks(self, client: Client, lena: Customer) -> None:
        client.force_login(shown("jo"))
        answer = show(client, lena, " ")
        assert answer.status_code == 422
        assert "Say why you have to see it" in text_of(answer)
        assert SSN not in without_chance_digits(answer.text)
        assert not Reveal.objects.exists()

    def test_without_a_fresh_proof_of_who_sits_there_nothing_is_shown_before_it_is_given(
        self, client: Client, lena: Customer
    ) -> None:
        client.force_login(shown("jo"))
        session = client.session
        stale = time.time() - timedelta(minutes=11).total_seconds()
        session["account_authentication_methods"] = [{"method": "password", "at": stale}]
        session.save()
        page = show(client, lena)
        assert (page.status_code, page.headers["Location"].partition("?")[0]) == (303, reverse("prove"))
        assert show(client, lena, headers=SWAP).headers["HX-Redirect"].startswith(reverse("prove"))
        assert not Reveal.objects.exists()
        assert ask(client, lena, SSN).status_code == 200

    def test_once_it_is_proved_the_value_is_shown_for_the_reason_that_was_given(
        self, client: Client, lena: Customer
    ) -> None:
        client.force_login(shown("jo"))
        session = client.session
        session["account_authentication_methods"] = []
        session.save()
        show(client, lena, headers=SWAP)
        proof = {"password": PASSWORD, "next": url(lena, "hidden_reveal")}
        answer = client.post(reverse("prove"), proof)
        assert without_chance_digits(answer.text).count(SSN) == 1
        assert answer.headers["Refresh"].startswith("60; url=")
        assert reason_of(Reveal.objects.select_related("customer").get()) == REASON
        assert SSN not in without_chance_digits(client.get(reverse("prove")).text)

    def test_looking_at_the_page_or_its_address_shows_and_keeps_nothing(self, client: Client, lena: Customer) -> None:
        client.force_login(shown("jo"))
        before = Event.objects.count()
        for name in ("customer_hidden", "hidden_reveal", "hidden_compare"):
            assert SSN not in without_chance_digits(client.get(url(lena, name), follow=True).text)
        assert (Reveal.objects.count(), Event.objects.count()) == (0, before)

    def test_what_was_shown_once_is_masked_again_on_every_other_page(self, client: Client, lena: Customer) -> None:
        client.force_login(shown("jo"))
        show(client, lena)
        names = ("customer", "customer_edit", "customer_timeline", "customer_as_of")
        pages = [client.get(reverse(name, args=[lena.pk])) for name in names]
        pages += [client.get(url(lena)), client.get(reverse("field_history", args=[lena.pk, "ssnLastFour"]))]
        assert all(page.status_code == 200 and SSN not in without_chance_digits(page.text) for page in pages)

    def test_of_a_request_both_values_are_shown(self, client: Client, lena: Customer) -> None:
        change = standing(lena, person("ed"), Status.PROPOSED, wishes={"ssnLastFour": "8812"})
        client.force_login(shown("sam"))
        told = text_of(show(client, lena, data={"change": change.pk}))
        assert f"Finosu holds {SSN}" in told
        assert f"Change {change.pk} asks for 8812" in told


class TestWhoMay:
    @pytest.mark.parametrize("who", ["ed", "ann", "rae"])
    def test_who_may_neither_is_told_both_rights_and_whom_to_ask(
        self, client: Client, lena: Customer, who: str
    ) -> None:
        shown("jo")
        client.force_login(person(who))
        page = client.get(url(lena))
        assert page.text.count("disabled aria-describedby") == 2
        assert "You may not compare sensitive values with what a caller says at Finosu" in text_of(page)
        assert "You may not be shown sensitive values at Finosu: it takes the role Reveal there." in text_of(page)
        assert "Ask Jo Lindqvist, who has it" in text_of(page)
        assert ask(client, lena, SSN).status_code == show(client, lena).status_code == 403

    def test_who_may_compare_sees_a_form_for_that_and_why_not_for_the_other(
        self, client: Client, lena: Customer
    ) -> None:
        client.force_login(comparing("ed"))
        page = client.get(url(lena))
        assert url(lena, "hidden_compare") in page.text
        assert url(lena, "hidden_reveal") not in page.text
        assert show(client, lena).status_code == 403

    @pytest.mark.parametrize("field", ["firstName", "nobody", "id"])
    def test_what_is_not_hidden_has_no_such_page(self, client: Client, lena: Customer, field: str) -> None:
        client.force_login(shown("jo"))
        assert client.get(url(lena, field=field)).status_code == 404
        assert client.post(url(lena, "hidden_reveal", field), {"reason": REASON}).status_code == 404

    def test_the_change_of_another_customer_is_not_here(self, client: Client, lena: Customer) -> None:
        other = sample(lena.connection, id="FN-2", ssnLastFour="9000")
        change = standing(other, person("ed"), Status.PROPOSED, wishes={"ssnLastFour": "8812"})
        client.force_login(shown("jo"))
        assert client.get(f"{url(lena)}?change={change.pk}").status_code == 404
        assert show(client, lena, data={"change": change.pk}).status_code == 404

    def test_where_the_key_was_erased_it_says_so(self, client: Client, lena: Customer) -> None:
        client.force_login(shown("jo"))
        Customer.objects.filter(pk=lena.pk).update(wrapped_key=None)
        for answer in (client.get(url(lena)), ask(client, lena, SSN), show(client, lena)):
            assert (answer.status_code, answer.headers["Location"]) == (303, reverse("customer", args=[lena.pk]))

    @pytest.mark.parametrize("name", ["customer", "customer_edit"])
    def test_record_and_form_lead_there_and_fetch_the_script_only_for_who_may(
        self, client: Client, lena: Customer, name: str
    ) -> None:
        client.force_login(person("ed"))
        page = client.get(reverse(name, args=[lena.pk])).text
        assert "apart/reveal" not in page
        assert 'id="hidden-value"' not in page
        client.force_login(comparing("ed"))
        page = client.get(reverse(name, args=[lena.pk])).text
        assert page.count('hx-target="#hidden-value"') == 2  # the birthday is hidden, too
        assert "apart/reveal" in page
        assert 'id="hidden-value"' in page

    def test_it_costs_the_record_no_query(self, client: Client, lena: Customer) -> None:
        client.force_login(person("ed"))
        without = queries(client, reverse("customer", args=[lena.pk]))
        client.force_login(comparing("ed"))
        assert queries(client, reverse("customer", args=[lena.pk])) == without


class TestDecidingUnseen:
    """An approver without the right decides on what kind of change it is."""

    @pytest.fixture
    def ed(self) -> User:
        return person("ed")

    def request(self, lena: Customer, by: User, **wishes: str) -> str:
        policy("Sensitive", at=[lena.connection], scope="sensitive")
        change = asked(lena, by, **wishes)
        return reverse("change", args=[change.pk])

    def test_the_approver_is_told_how_it_differs_and_shown_neither_value(
        self, client: Client, lena: Customer, ed: User
    ) -> None:
        page_url = self.request(lena, ed, ssnLastFour="4488", birthday="1986-06-15")
        client.force_login(person("ann"))
        page = client.get(page_url)
        assert "Only the last 2 digits differ. Its format is valid." in text_of(page)
        assert "Only the year differs. Its format is valid." in text_of(page)
        assert SSN not in without_chance_digits(page.text)
        assert "4488" not in without_chance_digits(page.text)

    @pytest.mark.parametrize("who", ["ed", "jo", "ops", "rae"])
    def test_nobody_else_is_told_least_of_all_who_asked_and_could_guess(
        self, client: Client, lena: Customer, ed: User, who: str
    ) -> None:
        page_url = self.request(lena, ed, ssnLastFour=SSN)
        client.force_login(person(who))
        assert "same value" not in text_of(client.get(page_url))
        client.force_login(person("ann"))
        assert "The same value as before." in text_of(client.get(page_url))

    def test_who_decides_and_also_asked_is_not_told(self, client: Client, lena: Customer) -> None:
        both = person("ed")
        both.grants.create(role="approver")
        page_url = self.request(lena, both, ssnLastFour=SSN)
        client.force_login(both)
        assert "same value" not in text_of(client.get(page_url))

    def test_a_value_that_was_held_before_is_known_again(self, client: Client, lena: Customer, ed: User) -> None:
        take_over(fresh(lena), {"ssnLastFour": "9000"}, by=None)
        page_url = self.request(fresh(lena), ed, ssnLastFour=SSN)
        client.force_login(person("ann"))
        told = text_of(client.get(page_url))
        assert "Another value. It is a value that this field held earlier." in told

    def test_it_leads_to_what_may_be_compared_or_shown(self, client: Client, lena: Customer, ed: User) -> None:
        page_url = self.request(lena, ed, ssnLastFour="4488")
        client.force_login(comparing("ann"))
        page = client.get(page_url).text
        assert re.search(r'hx-get="[^"]*/hidden/ssnLastFour/\?change=\d+" hx-target="#hidden-value"', page)
        assert "apart/reveal" in page


class TestWhoWasTold:
    def test_the_auditor_sees_who_learnt_what_and_why_the_latest_first(self, client: Client, lena: Customer) -> None:
        client.force_login(comparing("ed"))
        ask(client, lena, WRONG)
        ask(client, lena, SSN)
        client.force_login(shown("jo"))
        show(client, lena)
        client.force_login(person("rae"))
        page = client.get(reverse("customer_looked", args=[lena.pk]))
        learnt = [(one.kept.user.username, one.what, one.how, one.reason) for one in page.context["told"]]
        label = "SSN, last four digits"
        assert learnt == [
            ("jo", label, "was shown it", REASON),
            ("ed", label, "compared: it matched", ""),
            ("ed", label, "compared: it did not match", ""),
        ]
        assert REASON in text_of(page)
        assert SSN not in without_chance_digits(page.text)

    def test_a_long_list_goes_on_in_pieces(
        self, client: Client, lena: Customer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("console.views.looked.MOST", 2)
        for field in ("birthday", "ssnLastFour", "birthday", "ssnLastFour", "birthday"):
            Reveal.objects.create(user=person("jo"), customer=lena, field=field)
        client.force_login(person("rae"))
        seen, query = list[int](), "?"
        while query:
            page = client.get(f"{reverse('customer_looked', args=[lena.pk])}{query}")
            seen += [one.kept.pk for one in page.context["told"]]
            older = page.context["told_older"]
            query = f"?told={older}" if older else ""
        assert seen == list(Reveal.objects.order_by("-pk").values_list("pk", flat=True))

    def test_it_asks_the_database_no_more_for_many(self, client: Client, lena: Customer) -> None:
        client.force_login(person("rae"))
        page = reverse("customer_looked", args=[lena.pk])
        Reveal.objects.create(user=person("jo"), customer=lena, field="birthday")
        at_one = queries(client, page)
        for name in ("ed", "jo", "ann") * 6:
            Reveal.objects.create(user=person(name), customer=lena, field="ssnLastFour", matched=True)
        assert queries(client, page) == at_one
