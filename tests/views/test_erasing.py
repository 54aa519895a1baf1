"""The pages on which a customer is erased by two people, and how one who was erased looks everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from console.flows import erase
from console.models import Change, Customer, Erasure, ErasureStatus, Event, Grant, Role, Status, User
from tests import cast
from tests.flows.erasing import TICKET, asked, erased, eraser, left_of
from tests.flows.helpers import fresh
from tests.flows.test_erase import SOUGHT, lived_with, much_happened
from tests.views.pages import form_of, text_of
from tests.views.standing import standing

if TYPE_CHECKING:
    from django.test import Client

    from providers.sandbox import Sandbox

pytestmark = pytest.mark.django_db

EVERYTHING = [Role.VIEWER, Role.EDITOR, Role.APPROVER, Role.OPERATOR, Role.REVIEWER, Role.ADMINISTRATOR, Role.ERASURE]


@pytest.fixture
def adi() -> Customer:
    return cast.sample(cast.connect("sqril"))


def page_of(customer: Customer) -> str:
    return reverse("customer_erase", args=[customer.pk])


def decide(client: Client, customer: Customer, **posted: str) -> int:
    erasure = Erasure.objects.filter(customer=customer).latest("pk")
    where = reverse("erasure_decide", args=[customer.pk])
    return client.post(where, {"erasure": str(erasure.pk), **posted}).status_code


def seeing(username: str) -> User:
    """Somebody who may have customers erased, and sees them."""
    user = eraser(username)
    Grant.objects.get_or_create(user=user, connection=None, role=Role.VIEWER)
    return user


# --- asking and agreeing


def test_two_people_erase_a_customer(client: Client, adi: Customer) -> None:
    uma, eli = seeing("uma"), seeing("eli")
    client.force_login(uma)
    page = client.get(page_of(adi))
    assert "It takes a second person. Eli can." in text_of(page)
    assert client.post(page_of(adi), {"reference": TICKET}).status_code == 303
    assert "You asked for it, so somebody else has to agree. Eli can." in text_of(client.get(page_of(adi)))
    client.force_login(eli)
    assert form_of(client.get(page_of(adi)), "decide")["erasure"]
    assert decide(client, adi, do="agree", sure="yes") == 303
    done = text_of(client.get(page_of(adi)))
    assert f"Uma asked for it ( {TICKET} ) and Eli agreed" in done
    assert fresh(adi).is_erased


def test_without_the_tick_nothing_is_erased(client: Client, adi: Customer) -> None:
    asked(adi)
    client.force_login(seeing("eli"))
    assert decide(client, adi, do="agree") == 422
    assert decide(client, adi, do="whatever", sure="yes") == 422
    assert not fresh(adi).is_erased


def test_nobody_agrees_to_their_own_wish_by_posting_it(client: Client, adi: Customer) -> None:
    asked(adi, uma := seeing("uma"))
    client.force_login(uma)
    assert decide(client, adi, do="agree", sure="yes") == 403
    assert not fresh(adi).is_erased
    assert decide(client, adi, do="withdraw") == 303
    assert Erasure.objects.get().status == ErasureStatus.WITHDRAWN


def test_where_nobody_else_can_agree_the_page_says_who_can_help(client: Client, adi: Customer) -> None:
    cast.person("max")
    client.force_login(seeing("uma"))
    page = text_of(client.get(page_of(adi)))
    assert "Nobody else has the role Erasure at Sqril: Max Brandt can give it to somebody." in page


def test_a_ticket_that_names_the_person_is_refused_at_its_form(client: Client, adi: Customer) -> None:
    client.force_login(seeing("uma"))
    answer = client.post(page_of(adi), {"reference": "for Wijaya"})
    assert answer.status_code == 422
    assert "Name the ticket alone" in text_of(answer)


def test_what_has_to_end_first_is_said_and_the_button_is_off(client: Client, adi: Customer) -> None:
    change = standing(adi, cast.person("ed"), Status.UNKNOWN)
    asked(adi)
    client.force_login(seeing("eli"))
    page = client.get(page_of(adi))
    assert f"Nobody knows yet what became of change {change.pk}" in text_of(page)
    assert 'disabled aria-describedby="not-yet"' in page.text
    assert decide(client, adi, do="agree", sure="yes") == 422


def test_another_customers_erasure_is_not_decided_here(client: Client, adi: Customer) -> None:
    other = cast.sample(adi.connection, customer_id="cus_other")
    erasure = asked(other)
    client.force_login(seeing("eli"))
    where = reverse("erasure_decide", args=[adi.pk])
    assert client.post(where, {"erasure": str(erasure.pk), "do": "agree", "sure": "yes"}).status_code == 422
    assert not fresh(other).is_erased


def test_whoever_may_agree_sees_at_work_and_at_the_customer_that_it_waits(client: Client, adi: Customer) -> None:
    asked(adi)
    client.force_login(seeing("eli"))
    assert f'href="{page_of(adi)}"' in client.get("/").text
    assert "Uma asked" in text_of(client.get(reverse("customer", args=[adi.pk])))
    client.force_login(seeing("uma"))
    assert f'href="{page_of(adi)}"' not in client.get("/").text
    client.force_login(cast.person("ed"))
    for url in ("/", reverse("customer", args=[adi.pk])):
        assert f'href="{page_of(adi)}"' not in client.get(url).text


def test_who_has_nothing_but_the_right_gets_as_far_as_it_takes(client: Client, adi: Customer) -> None:
    asked(adi)
    client.force_login(eraser("eli"))
    assert f'href="{page_of(adi)}"' in client.get("/").text
    assert client.get(page_of(adi)).status_code == 200
    assert client.get(reverse("customer", args=[adi.pk])).status_code == 404
    assert decide(client, adi, do="agree", sure="yes") == 303


# --- afterwards


def addresses(customer: Customer) -> list[str]:
    """Every page on which the customer, or anything that happened to them, may stand."""
    of_customer = ("customer", "customer_edit", "customer_timeline", "customer_as_of", "customer_looked")
    of_change = ("change", "change_undo", "change_alike", "change_approve")
    places = [reverse(name, args=[customer.pk]) for name in (*of_customer, "customer_erase")]
    places += [reverse("field_history", args=[customer.pk, "email"])]
    changes = Change.objects.filter(customer=customer)
    places += [reverse(name, args=[change.pk]) for change in changes for name in of_change]
    events = Event.objects.filter(customer=customer)
    places += [reverse("audit_event", args=[event.pk]) for event in events]
    places += [f"{reverse('audit')}?customer={customer.pk}", f"{reverse('customers')}?at={customer.connection_id}"]
    names = ("work", "to_decide", "customers", "changes", "connections", "notices", "audit", "reviews", "exports")
    return places + [reverse(name) for name in names] + [reverse("connection", args=[customer.connection_id])]


@pytest.mark.parametrize("asking", [{}, {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "results"}])
def test_every_page_of_an_erased_customer_opens_and_shows_nothing_of_them(
    client: Client, sandbox: Sandbox, asking: dict[str, str]
) -> None:
    adi = lived_with(sandbox)
    much_happened(adi)
    reader = User.objects.create_user("everybody")
    for role in EVERYTHING:
        Grant.objects.create(user=reader, role=role)
    client.force_login(reader)
    assert "Zqfirstname" in client.post(reverse("customers"), {"q": "Zqfirstname"}, follow=True).text
    erased(adi)
    for url in addresses(adi):
        answer = client.get(url, **asking)  # type: ignore[arg-type]
        assert answer.status_code in {200, 204, 302, 303, 403, 404, 422}, url
        assert not [mark for mark in SOUGHT if mark in answer.content.decode()], url
    assert left_of(SOUGHT) == {}


def test_the_pages_say_that_it_was_erased(client: Client, sandbox: Sandbox) -> None:
    adi = lived_with(sandbox)
    much_happened(adi)
    erased(adi)
    client.force_login(cast.person("ed"))
    record = text_of(client.get(reverse("customer", args=[adi.pk])))
    assert f"Erased customer {adi.pk}" in record
    assert "The values are gone for good." in record
    assert "Never read" not in record
    for change in Change.objects.filter(customer=adi):
        page = text_of(client.get(reverse("change", args=[change.pk])))
        assert "The customer was erased" in page
        assert change.state is Status.APPLIED or "since the customer was erased" in page
    assert client.get(reverse("customer_edit", args=[adi.pk])).status_code == 303


def test_an_erased_customer_is_found_by_their_number_alone(client: Client, adi: Customer) -> None:
    erased(adi)
    client.force_login(cast.person("ed"))
    found = text_of(client.post(reverse("customers"), {"q": f"erased-{adi.pk}"}, follow=True))
    assert f"Erased customer {adi.pk}" in found
    assert "Erased customer" not in text_of(client.post(reverse("customers"), {"q": "Wijaya"}, follow=True))


def test_what_cannot_be_done_any_more_says_why(client: Client, adi: Customer) -> None:
    change = standing(adi, cast.person("ed"), Status.APPLIED)
    erased(adi)
    client.force_login(cast.person("ed"))
    for url in (
        reverse("change_comment", args=[change.pk]),
        reverse("change_undo", args=[change.pk]),
        reverse("customer_read", args=[adi.pk]),
        reverse("customer_edit", args=[adi.pk]),
        reverse("customer_preview", args=[adi.pk]),
    ):
        answer = client.post(url, {"text": "He called.", "field": "email", "v-email": "b@example.com", "key": "k"})
        assert answer.status_code in {303, 422}, url
    assert left_of(["b@example.com", "He called."]) == {}


def test_who_looks_after_an_erased_customer_has_nothing_left_to_ask(client: Client, adi: Customer) -> None:
    erased(adi)
    client.force_login(seeing("una"))
    page = client.get(page_of(adi))
    assert 'id="ask"' not in page.text
    assert client.post(page_of(adi), {"reference": "T-9"}).status_code == 422
    assert erase.waiting_for(eraser("una"), 5) == []
