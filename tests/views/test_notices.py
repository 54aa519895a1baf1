"""Notices: the bell of every page, its list, and the page of all of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from console.flows.notices import forget_old, seen
from console.models import About, Change, Customer, Grant, Notice, User
from tests import cast
from tests.deciding import policy, reject
from tests.flows.helpers import wish
from tests.views.counting import queries
from tests.views.pages import text_of

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

pytestmark = pytest.mark.django_db

SWAP = {"HX-Request": "true", "HX-Target": "bell-list"}
LOOK = {"HX-Request": "true", "HX-Target": "bell-asks"}


@pytest.fixture
def adi() -> Customer:
    return cast.sample(cast.connect("sqril"))


def rejected(adi: Customer, ed: User, **wishes: str) -> Change:
    """A change of Ed's that Ann rejected."""
    change = wish(adi, ed, wishes or {"address": "Jl. Melati 5, Bandung"})
    return reject(change, cast.person("ann"))


def told(user: User, change: Change, about: About = About.COMMENTED, times: int = 1) -> list[Notice]:
    by = cast.person("ann")
    return Notice.objects.bulk_create(Notice(user=user, change=change, about=about, by=by) for _ in range(times))


def count(page: Response) -> str:
    """What the bell shows."""
    found = re.search(r'id="bell-count"[^>]*>([^<]*)<', page.text)
    assert found
    return found[1]


def asks(page: Response) -> str:
    """The address at which the page looks again."""
    found = re.search(r'id="bell-asks"[^>]*hx-get="([^"]*)"', page.text)
    assert found
    return found[1]


def unread(user: User) -> int:
    return Notice.objects.filter(user=user, read_at=None).count()


def test_ed_is_told_that_ann_rejected_his_change(client: Client, ed: User, adi: Customer) -> None:
    policy("All")
    change = rejected(adi, ed)
    assert count(client.get("/customers/")) == "1"
    opened = client.post("/notices/read/", headers=SWAP)
    assert f"Ann Mwangi rejected change {change.pk} (Sqril): Address Adi Wijaya" in text_of(opened)
    assert f'href="/changes/{change.pk}/"' in opened.text
    assert 'class="new"' in opened.text
    assert unread(ed) == 0
    assert count(opened) == ""
    assert 'class="new"' not in client.post("/notices/read/", headers=SWAP).text


def test_nobody_is_told_what_they_did_themselves_and_ann_sees_none_of_eds_notices(
    client: Client, ed: User, adi: Customer
) -> None:
    policy("All")
    rejected(adi, ed)
    client.force_login(cast.person("ann"))
    assert count(client.get("/")) == ""
    assert "rejected change" not in client.get("/notices/").text


def test_the_page_shows_all_and_what_it_shows_counts_as_read(client: Client, ed: User, adi: Customer) -> None:
    told(ed, wish(adi, ed), times=60)
    first = client.get("/notices/")
    assert first.text.count('class="new"') == 50
    assert unread(ed) == 10
    assert count(first) == "10"
    older = re.search(r'\?before=(\d+)" rel="next"', first.text)
    assert older
    second = client.get("/notices/", {"before": older[1]})
    assert second.text.count('class="new"') == 10
    assert unread(ed) == 0
    assert 'rel="next"' not in second.text
    assert "Nothing older" in client.get("/notices/", {"before": 1}).text


def test_without_a_script_all_are_marked_by_a_button(client: Client, ed: User, adi: Customer) -> None:
    told(ed, wish(adi, ed), times=60)
    assert "Mark all as read" in client.get("/notices/").text
    answer = client.post("/notices/read/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/notices/")
    assert unread(ed) == 0
    assert "Mark all as read" not in client.get("/notices/").text


def test_what_came_since_the_list_was_opened_stays_unread(client: Client, ed: User, adi: Customer) -> None:
    change = wish(adi, ed)
    told(ed, change, times=12)
    opened = client.post("/notices/read/", headers=SWAP)
    assert "Mark the other 2 as read" in opened.text
    up_to = re.search(r'name="up_to" value="(\d+)"', opened.text)
    assert up_to
    told(ed, change, times=11)
    client.post("/notices/read/", {"all": "1", "up_to": up_to[1]}, headers=SWAP)
    assert unread(ed) == 1


def test_the_bell_answers_only_when_something_is_different(client: Client, ed: User, adi: Customer) -> None:
    policy("All")
    page = client.get("/connections/")
    assert client.get(asks(page), headers=LOOK).status_code == 204
    change = rejected(adi, ed)
    moved = client.get(asks(page), headers=LOOK)
    assert count(moved) == "1"
    assert "Notices, 1 unread" in moved.text
    said = re.search(r'id="bell-said"[^>]*>([^<]*)<', moved.text)
    assert said
    assert said[1] == f"Ann Mwangi rejected change {change.pk} (Sqril): Address."
    assert client.get(asks(moved), headers=LOOK).status_code == 204
    Notice.objects.all().delete()
    gone = client.get(asks(moved), headers=LOOK)
    assert count(gone) == ""
    assert re.search(r'id="bell-said"[^>]*></span>', gone.text)


@pytest.mark.parametrize("seen", ["", "x", "1-2", "1-x-3", "9" * 99, "-" * 50, "0-\u0665-0"])
def test_whatever_a_page_says_it_shows_it_is_told_how_things_are(client: Client, ed: User, seen: str) -> None:
    assert client.get("/notices/bell/", {"seen": seen}, headers=LOOK).status_code == 200


def test_what_waits_for_anns_decision_stands_in_her_bell(client: Client, ed: User, adi: Customer) -> None:
    policy("All")
    wish(adi, ed)
    client.force_login(cast.person("ann"))
    page = client.get("/customers/")
    assert "1 request waits for your decision" in text_of(page)
    wish(adi, cast.person("jo"), {"phone": "+6281299887766"})
    moved = client.get(asks(page), headers=LOOK)
    assert "2 requests wait for your decision" in text_of(moved)
    assert 'id="count-w"' in moved.text


def test_a_look_at_the_change_has_read_what_was_told_about_it(ed: User, adi: Customer) -> None:
    change = wish(adi, ed)
    other = wish(cast.sample(adi.connection, customer_id="cus_2"), ed)
    told(ed, change, times=3)
    told(ed, other)
    told(cast.person("jo"), change)
    seen(change.pk, by=ed)
    assert list(Notice.objects.filter(read_at=None).values_list("user__username", "change")) == [
        ("ed", other.pk),
        ("jo", change.pk),
    ]


def test_the_page_of_a_change_counts_as_having_read_of_it(client: Client, ed: User, adi: Customer) -> None:
    policy("All")
    change = rejected(adi, ed)
    page = client.get(f"/changes/{change.pk}/")
    assert page.status_code == 200
    assert count(page) == ""
    assert unread(ed) == 0


def test_a_page_that_shows_what_happened_meanwhile_counts_too(client: Client, ed: User, adi: Customer) -> None:
    policy("All")
    change = wish(adi, ed)
    client.get(f"/changes/{change.pk}/")
    reject(change, cast.person("ann"))
    assert client.get(f"/changes/{change.pk}/state/", {"seen": "before"}, headers=LOOK).status_code == 200
    assert unread(ed) == 0


def test_who_may_not_see_a_change_any_more_is_told_nothing_of_it(client: Client, ed: User, adi: Customer) -> None:
    told(ed, wish(adi, ed), times=2)
    Grant.objects.filter(user=ed).delete()
    assert count(client.get("/")) == ""
    assert "Sqril" not in client.get("/notices/").text
    assert "Sqril" not in client.post("/notices/read/", headers=SWAP).text


def test_a_name_that_is_markup_stays_a_name(client: Client, ed: User, adi: Customer) -> None:
    Customer.objects.filter(pk=adi.pk).update(name="<script>alert(1)</script>")
    told(ed, wish(adi, ed))
    for page in (client.get("/notices/"), client.post("/notices/read/", headers=SWAP)):
        assert "&lt;script&gt;alert(1)" in page.text
        assert "<script>alert" not in page.text


def test_many_are_counted_no_further_than_anybody_would_read(client: Client, ed: User, adi: Customer) -> None:
    told(ed, wish(adi, ed), times=150)
    assert count(client.get("/")) == "99+"


def test_the_lists_take_as_many_queries_for_one_as_for_twenty(client: Client, ed: User, adi: Customer) -> None:
    told(ed, wish(adi, ed))
    few = queries(client, "/notices/")
    for number in range(20):
        told(ed, wish(cast.sample(adi.connection, customer_id=f"cus_{number}"), ed))
    client.get("/notices/")
    assert queries(client, "/notices/") == few <= 5


def test_a_look_of_the_bell_is_light(client: Client, ed: User) -> None:
    page = client.get("/connections/")
    with CaptureQueriesContext(database) as captured:
        assert client.get(asks(page), headers=LOOK).status_code == 204
    assert len(captured) == 3  # the session, the person, the counts


def test_what_was_read_is_forgotten_after_ninety_days(ed: User, adi: Customer) -> None:
    change = wish(adi, ed)
    told(ed, change, times=3)
    old, new, kept = Notice.objects.order_by("pk")
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE console_notice SET at = now() - interval '91 days' WHERE id = ANY(%s)", [[old.pk, kept.pk]]
        )
        cursor.execute("UPDATE console_notice SET read_at = now() WHERE id = ANY(%s)", [[old.pk, new.pk]])
    assert forget_old() == 1
    assert set(Notice.objects.values_list("pk", flat=True)) == {new.pk, kept.pk}
