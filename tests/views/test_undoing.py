"""The page on which a change is undone: what goes back, what cannot and why, what today's rules ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from console.flows.resolve import close
from console.flows.undo import undo
from console.models import Change, Connection, Customer, Status, User, Verdict
from tests import cast, deciding
from tests.flows.helpers import wish
from tests.views.pages import form_of, text_of, without_chance_digits
from tests.views.standing import standing

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

NEW = {"email": "ann.new@example.com", "phone": "+442079460000"}


@pytest.fixture
def caibo() -> Connection:
    deciding.no_policies()
    deciding.policy("Nobody is asked", approvals=0)
    return cast.connect("caibo")


@pytest.fixture
def change(caibo: Connection) -> Change:
    """A change of Jo's that was applied, of two fields."""
    return applied(cast.sample(caibo), cast.person("jo"))


def applied(customer: Customer, by: User, **wishes: str) -> Change:
    done = standing(customer, by, Status.UNKNOWN, wishes=wishes or NEW)
    return close(done.pk, by=cast.person("ops"), verdict=Verdict.APPLIED, reason="They told me.")


def page_of(change: Change) -> str:
    return reverse("change_undo", args=[change.pk])


def test_the_page_shows_what_goes_back_to_what(client: Client, ed: User, change: Change) -> None:
    page = text_of(client.get(page_of(change)))
    assert f"Undo change {change.pk}?" in page
    for value in ("ann.whitfield@example.com", "ann.new@example.com", "+44 20 7946 0958", "+44 20 7946 0000"):
        assert value.replace(" ", "") in page.replace(" ", "")
    assert "Nobody has to approve it: it is sent at once." in page


def test_what_is_ticked_becomes_a_change_of_its_own(client: Client, ed: User, change: Change) -> None:
    form = form_of(client.get(page_of(change)), "undo")
    answer = client.post(page_of(change), {"key": form["key"], "field": ["email"], "why": "A mistake."})
    undone = Change.objects.latest("pk")
    assert (answer.status_code, answer.headers["Location"]) == (303, reverse("change", args=[undone.pk]))
    assert undone.wishes == {"email": "ann.whitfield@example.com"}
    assert (undone.undoes_id, undone.why, undone.requester) == (change.pk, "A mistake.", ed)


def test_a_double_click_makes_one_change(client: Client, ed: User, change: Change) -> None:
    body = {"key": "one-form", "field": ["email", "phone"]}
    places = {client.post(page_of(change), body).headers["Location"] for _ in range(2)}
    assert len(places) == 1
    assert Change.objects.filter(undoes=change).count() == 1


def test_the_way_of_one_line_ticks_that_line_alone(client: Client, ed: User, change: Change) -> None:
    here = client.get(reverse("change", args=[change.pk])).text
    assert f'href="{page_of(change)}?field=phone"' in here
    page = client.get(f"{page_of(change)}?field=phone").text
    assert page.count("checked") == 1
    assert form_of(client.get(f"{page_of(change)}?field=phone"), "undo")["field"] == "phone"


def test_it_says_what_approval_it_will_need(client: Client, ed: User, change: Change) -> None:
    cast.person("ann")
    deciding.policy("Contacts", "email")
    page = text_of(client.get(page_of(change)))
    assert "Needs one approval (policy “Contacts”)" in page
    assert "all of it waits for Ann Mwangi" in page


def test_a_reason_that_a_policy_wants_is_asked_for_at_its_place(client: Client, ed: User, change: Change) -> None:
    deciding.policy("Contacts", "email", asks_reason=True)
    assert "The policy “Contacts” wants a reason." in text_of(client.get(page_of(change)))
    answer = client.post(page_of(change), {"key": "k", "field": ["email"]})
    assert answer.status_code == 422
    assert "Say why: the policy “Contacts” wants a reason." in text_of(answer)
    assert not Change.objects.filter(undoes=change).exists()


def test_what_cannot_go_back_says_so_at_its_line_and_cannot_be_ticked(client: Client, ed: User, change: Change) -> None:
    later = applied(change.customer, cast.person("jo"), email="third@example.com")
    page = client.get(page_of(change))
    assert f"Jo Lindqvist has set another value since, by change {later.pk}." in text_of(page)
    assert form_of(page, "undo")["field"] == "phone"
    answer = client.post(page_of(change), {"key": "k", "field": ["email", "phone"]})
    assert answer.status_code == 422
    assert not Change.objects.filter(undoes=change).exists()


def test_what_was_not_applied_says_why_there_is_nothing_to_undo(client: Client, ed: User, caibo: Connection) -> None:
    conflict = standing(cast.sample(caibo), ed, Status.CONFLICT)
    page = text_of(client.get(page_of(conflict)))
    assert f"Change {conflict.pk} cannot be undone" in page
    assert "was not applied, so there is nothing to undo." in page
    assert client.post(page_of(conflict), {"key": "k", "field": ["email"]}).status_code == 422


def test_anothers_waiting_wish_is_shown_before_it_gives_way(client: Client, ed: User, change: Change) -> None:
    jo = cast.person("jo")
    deciding.policy("Contacts", "email")
    later = wish(change.customer, jo, {"email": "third@example.com"})
    page = client.get(page_of(change))
    assert "Takes the place of what Jo Lindqvist asks for in change" in text_of(page)
    form = form_of(page, "undo")
    assert form["second-email"] == str(later.pk)
    body = {**form, "field": ["email"], "why": "A mistake."}
    assert client.post(page_of(change), body).status_code == 303
    assert Change.objects.get(pk=later.pk).state is Status.SUPERSEDED


def test_the_page_of_a_change_leads_to_undoing_it(client: Client, ed: User, change: Change) -> None:
    page = client.get(reverse("change", args=[change.pk])).text
    assert 'id="undo-it"' in page


def test_whoever_may_not_propose_sees_the_button_off_and_why(client: Client, change: Change) -> None:
    client.force_login(cast.person("rae"))
    page = client.get(reverse("change", args=[change.pk])).text
    assert page.count('disabled aria-describedby="why-not-edit"') == 2  # Edit and Undo, for one and the same reason
    assert "<b>Edit, Undo:</b>" in page
    assert "You may not propose changes at Caibo" in page
    assert client.get(page_of(change)).status_code == 403


def test_both_changes_lead_to_each_other(client: Client, ed: User, change: Change) -> None:
    undone = undo(change.pk, by=ed, key="k")
    there = text_of(client.get(reverse("change", args=[undone.pk])))
    here = client.get(reverse("change", args=[change.pk]))
    assert f"Undoes change {change.pk}" in there
    assert f"Ed Kowalski asked to undo change {change.pk}: Name" not in there
    assert f"asked to undo change {change.pk}: E-mail and Phone" in there
    assert f"Undoing is asked for in change {undone.pk}" in text_of(here)
    assert f"Change {undone.pk} asks for that already." in text_of(here)
    assert 'disabled aria-describedby="why-not-undo"' in here.text


def test_sensitive_values_stay_hidden(client: Client, ed: User) -> None:
    deciding.no_policies()
    deciding.policy("Nobody is asked", approvals=0)
    lena = cast.sample(cast.connect("finosu"))
    change = applied(lena, cast.person("jo"), ssnLastFour="9876")
    page = without_chance_digits(client.get(page_of(change)).text)
    assert "1234" not in page
    assert "9876" not in page
    assert client.post(page_of(change), {"key": "k", "field": ["ssnLastFour"]}).status_code == 303


def test_who_may_decide_but_not_propose_is_refused(client: Client, change: Change) -> None:
    client.force_login(cast.person("ann"))
    assert client.post(page_of(change), {"key": "k", "field": ["email"]}).status_code == 403
