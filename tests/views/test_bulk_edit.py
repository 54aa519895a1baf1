"""Editing a selection on its pages: which, what, what would become of it, and the batch that it becomes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from console.bulk import work_all
from console.models import Bulk, BulkStatus, Change, Connection, Customer, User
from tests.cast import connect, person, sample
from tests.deciding import policy
from tests.views.pages import form_of, text_of

if TYPE_CHECKING:
    from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_policies")]


def people(connection: Connection, count: int) -> list[Customer]:
    return [sample(connection, customer_id=f"cus_{n}", email=f"p{n}@example.com") for n in range(1, count + 1)]


def select(client: Client, **data: Any) -> Any:
    return client.post(reverse("bulk_edit_new"), data)


def selected(client: Client, customers: list[Customer]) -> str:
    """The address of the edit of these."""
    return str(select(client, customer=[customer.pk for customer in customers]).headers["Location"])


def looked_through(client: Client, customers: list[Customer], **data: Any) -> str:
    """The address of an edit that a worker looked through."""
    address = selected(client, customers)
    assert client.post(address, data).status_code == 303
    work_all(threading.Event())
    return address


def test_what_is_selected_leads_to_the_form_whose_address_tells_nothing_of_it(
    client: Client, ed: User, sqril: Connection
) -> None:
    address = selected(client, people(sqril, 3))
    assert address == reverse("bulk_edit", args=[Bulk.objects.get().pk])
    page = text_of(client.get(address))
    assert "Edit 3 customers" in page
    assert "SQRIL does not let anyone change a first name" in page


def test_all_that_match_can_be_selected(client: Client, ed: User, sqril: Connection) -> None:
    people(sqril, 4)
    sample(connect("caibo"))
    select(client, all="1", at=str(sqril.pk))
    assert Bulk.objects.get().rows == 4


def test_a_selection_at_several_connections_is_edited_one_after_the_other(
    client: Client, ed: User, sqril: Connection
) -> None:
    caibo = connect("caibo")
    both = [*people(sqril, 2), sample(caibo)]
    asked = select(client, customer=[one.pk for one in both])
    assert "Edit at which connection?" in text_of(asked)
    assert not Bulk.objects.exists()
    select(client, customer=[one.pk for one in both], connection=str(caibo.pk))
    assert (Bulk.objects.get().connection, Bulk.objects.get().rows) == (caibo, 1)


def test_who_is_left_out_is_said(client: Client, sqril: Connection) -> None:
    caibo = connect("caibo")
    editor = person("ed", sqril)
    editor.grants.create(role="viewer", connection=caibo)
    client.force_login(editor)
    both = [*people(sqril, 1), sample(caibo)]
    led = select(client, customer=[one.pk for one in both])
    assert "1 of them left out" in text_of(client.get(led.headers["Location"]))


def test_who_may_only_look_selects_nobody_for_an_edit(client: Client, sqril: Connection) -> None:
    client.force_login(person("ann"))
    assert select(client, customer=[one.pk for one in people(sqril, 1)]).status_code == 403
    assert not Bulk.objects.exists()


def test_without_a_selection_one_is_led_back_to_the_list(client: Client, ed: User) -> None:
    assert select(client).headers["Location"] == reverse("customers")


def test_the_form_begins_with_leaving_everything_as_it_is(client: Client, ed: User, sqril: Connection) -> None:
    page = client.get(selected(client, people(sqril, 1)))
    posted = form_of(page, "setting")
    assert set(posted.values()) - {posted["csrfmiddlewaretoken"]} <= {"", "ID"}  # ID: the country of a phone
    refused = client.post(page.request["PATH_INFO"], posted)
    assert refused.status_code == 422
    assert "Nothing is to change" in text_of(refused)


def test_a_value_that_no_record_could_take_is_told_at_its_field(client: Client, ed: User, sqril: Connection) -> None:
    refused = client.post(selected(client, people(sqril, 1)), {"v-email": "no address", "why": "Because"})
    assert refused.status_code == 422
    assert "Enter an e-mail address such as" in text_of(refused)
    assert 'value="no address"' in refused.content.decode()
    assert "Because" in refused.content.decode()


def test_a_field_is_either_set_or_emptied(client: Client, ed: User) -> None:
    caibo = connect("caibo")
    address = selected(client, [sample(caibo)])
    refused = client.post(address, {"v-address": "1 New Street", "clear-address": "on"})
    assert refused.status_code == 422
    assert "not both" in text_of(refused)


def test_emptying_is_offered_only_where_the_provider_has_a_way(client: Client, ed: User) -> None:
    page = client.get(selected(client, [sample(connect("caibo"))])).content.decode()
    assert 'name="clear-address"' in page
    assert 'name="clear-email"' not in page


def test_a_policy_that_wants_a_reason_is_told_at_the_reason(client: Client, ed: User, sqril: Connection) -> None:
    policy("Many at once", from_size=2, asks_reason=True)
    refused = client.post(selected(client, people(sqril, 2)), {"v-occupation": "OCC9"})
    assert refused.status_code == 422
    assert "Many at once" in text_of(refused)


def test_what_would_become_of_them_is_shown_before_anything_is_proposed(
    client: Client, ed: User, sqril: Connection
) -> None:
    policy("Every field", approvals=1)
    person("ann")
    ed.grants.create(role="approver")  # who decides on nothing of his own
    customers = people(sqril, 3)
    page = text_of(client.get(looked_through(client, customers, **{"v-occupation": "OCC9"})))
    assert "Set Occupation of 3 customers" in page
    assert "3 would change" in page
    assert "3 drawn at random" in page
    assert "Propose 3 changes" in page
    assert "Ann Mwangi decides on all of it at once." in page
    assert "The first 3 are sent, and looked at." in page
    assert not Change.objects.exists()


def test_a_hidden_value_stays_hidden_in_what_is_shown(client: Client, ed: User) -> None:
    hides = connect("sqril", sensitive="address")
    secret = "Jl. Rahasia 7, Jakarta"
    address = looked_through(client, [sample(hides)], **{"v-address": secret})
    page = client.get(address).content.decode()
    assert "1 drawn at random" in page
    assert secret not in page
    assert "Kebon Sirih" not in page
    assert secret not in client.get(f"{address}?edit=1").content.decode()


def test_a_value_is_shown_as_text_whatever_it_holds(client: Client, ed: User, sqril: Connection) -> None:
    page = client.get(looked_through(client, people(sqril, 1), **{"v-address": "<b>Jl.</b> 1"})).content.decode()
    assert "<b>Jl.</b>" not in page


def test_while_a_worker_is_at_it_the_page_asks_again_and_hears_nothing_old(
    client: Client, ed: User, sqril: Connection
) -> None:
    address = selected(client, people(sqril, 2))
    client.post(address, {"v-occupation": "OCC9"})
    page = client.get(address).content.decode()
    poll = address + page.split(f'hx-get="{address}')[1].split('"')[0]
    swap = {"HX-Request": "true"}
    assert client.get(poll, headers=swap).status_code == 204
    Bulk.objects.update(status=BulkStatus.CHECKING, done=1)
    moved = client.get(poll, headers=swap)
    assert "1 of 2 customers" in text_of(moved)
    Bulk.objects.update(status=BulkStatus.CHECKED, done=2)
    assert client.get(poll, headers=swap).headers["HX-Redirect"] == address


def test_what_is_proposed_leads_on_to_its_batch_once_and_then_says_what_became_of_it(
    client: Client, ed: User, sqril: Connection
) -> None:
    address = looked_through(client, people(sqril, 2), **{"v-occupation": "OCC9", "why": "The new list"})
    bulk = Bulk.objects.get()
    assert client.post(reverse("bulk_edit_run", args=[bulk.pk])).headers["Location"] == address
    assert client.get(address).status_code == 200  # nobody has taken it up yet
    work_all(threading.Event())
    bulk.refresh_from_db()
    batch = reverse("batch", args=[bulk.batch_id])
    assert Change.objects.filter(batch=bulk.batch_id).count() == 2
    poll = client.get(f"{address}?seen=old", headers={"HX-Request": "true"})
    assert poll.headers["HX-Redirect"] == address
    assert client.get(address).headers["Location"] == batch
    again = client.get(address)
    assert "It is one batch now." in text_of(again)
    assert f'href="{batch}"' in again.text


def test_what_is_asked_can_be_filled_in_again_and_asked_otherwise(client: Client, ed: User, sqril: Connection) -> None:
    address = looked_through(client, people(sqril, 2), **{"v-occupation": "OCC9", "why": "The new list"})
    again = form_of(client.get(f"{address}?edit=1"), "setting")
    assert (again["v-occupation"], again["why"]) == ("OCC9", "The new list")
    client.post(address, {**again, "v-occupation": "OCC8"})
    work_all(threading.Event())
    assert "OCC8" in text_of(client.get(address))


def test_leaving_it_proposes_nothing(client: Client, ed: User, sqril: Connection) -> None:
    address = looked_through(client, people(sqril, 2), **{"v-occupation": "OCC9"})
    client.post(reverse("bulk_edit_stop", args=[Bulk.objects.get().pk]))
    assert "Stopped" in text_of(client.get(address))
    client.post(reverse("bulk_edit_run", args=[Bulk.objects.get().pk]))
    assert not Change.objects.exists()


def test_what_was_begun_stands_where_one_looks_until_it_ends(client: Client, ed: User, sqril: Connection) -> None:
    address = looked_through(client, people(sqril, 2), **{"v-occupation": "OCC9"})
    for page in ("work", "customers"):
        text = client.get(reverse(page)).text
        assert f'href="{address}"' in text
        assert "Set Occupation of 2 customers" in text
    client.post(reverse("bulk_edit_stop", args=[Bulk.objects.get().pk]))
    for page in ("work", "customers"):
        assert f'href="{address}"' not in client.get(reverse(page)).text


def test_what_is_wrong_is_said_as_soon_as_a_field_is_left(client: Client, ed: User, sqril: Connection) -> None:
    selected(client, people(sqril, 1))
    url = reverse("bulk_edit_check", args=[Bulk.objects.get().pk])
    answer = client.post(url, {"v-email": "no address", "v-occupation": "OCC9"})
    wrong, right = (notes_of(answer.text, name) for name in ("email", "occupation"))
    assert "error-email" in wrong
    assert "error" not in right
    assert Bulk.objects.get().state is BulkStatus.MAPPING
    assert not Bulk.objects.get().sealed_wishes


def notes_of(page: str, name: str) -> str:
    """What stands below a field."""
    return page.partition(f'id="notes-{name}"')[2].partition("</div>")[0]


def test_an_edit_of_somebody_else_is_not_there(client: Client, ed: User, sqril: Connection) -> None:
    address = selected(client, people(sqril, 1))
    client.force_login(person("jo"))
    for answer in (
        client.get(address),
        client.post(address, {"v-occupation": "OCC9"}),
        client.post(f"{address}propose/"),
        client.post(f"{address}stop/"),
    ):
        assert answer.status_code == 404
