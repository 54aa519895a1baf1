"""What waits for a decision: on the first page, in its own list, and at the customer; for whom, and in which order."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from console.flows import review
from console.models import Change, Customer, Grant, Role
from tests import cast
from tests.deciding import approve, policy
from tests.flows.helpers import wish
from tests.views.counting import queries
from tests.views.pages import section

pytestmark = pytest.mark.django_db


@pytest.fixture
def adi() -> Customer:
    """His occupation waits for somebody else's decision."""
    policy("KYC fields", "occupation")
    return cast.sample(cast.connect("sqril"))


def request_of(customer: Customer, who: str = "ed", **more: Any) -> Change:
    """Somebody asks for another occupation."""
    change = wish(customer, cast.person(who), {"occupation": "OCC10"})
    Change.objects.filter(pk=change.pk).update(**more)
    return change


def another(customer: Customer, number: int) -> Customer:
    return cast.sample(customer.connection, customer_id=f"cus_{number}", name_first=f"Budi{number}")


def see(client: Client, who: str, url: str = "/") -> str:
    client.force_login(cast.person(who))
    return client.get(url).text


def test_an_approver_sees_first_what_others_ask_for(client: Client, adi: Customer) -> None:
    change = request_of(adi)
    page = see(client, "ann")
    shown = section(page, "to-decide")
    assert "Adi Wijaya" in shown
    assert "Occupation<small>by Ed Kowalski" in shown
    assert f'href="/changes/{change.pk}/">Review' in shown
    assert page.index('id="to-decide"') < page.index('id="on-their-way"')


def test_who_only_edits_sees_their_own_as_sent_and_nothing_to_decide(client: Client, adi: Customer) -> None:
    request_of(adi)
    request_of(another(adi, 2), "jo")
    page = see(client, "ed")
    assert 'id="to-decide"' not in page
    assert "Waiting for approval" in section(page, "on-their-way")
    assert "Adi Wijaya" in section(page, "on-their-way")
    assert "Budi2" not in page


def test_what_ends_soonest_is_first_and_marked_by_a_word_and_an_icon(client: Client, adi: Customer) -> None:
    request_of(adi)
    request_of(another(adi, 2), expires_at=timezone.now() + timedelta(hours=3, minutes=5))
    shown = section(see(client, "ann"), "to-decide")
    assert shown.index("Budi2") < shown.index("Adi Wijaya")
    assert shown.count("Ends soon") == 1
    assert "in 3 h" in shown


def test_what_has_ended_by_time_is_not_to_be_decided(client: Client, adi: Customer) -> None:
    request_of(adi, expires_at=timezone.now() - timedelta(minutes=1))
    assert "Nothing to decide" in section(see(client, "ann"), "to-decide")


def test_what_somebody_has_taken_is_the_teams(client: Client, adi: Customer) -> None:
    change = request_of(adi)
    review.claim(change.pk, by=cast.person("sam"))
    assert "Nothing to decide" in section(see(client, "ann"), "to-decide")
    team = section(see(client, "ann", "/?decide=team"), "to-decide")
    assert "<bdi>Sam Tanaka</bdi> took it" in team
    assert "Let others have it" in team
    hers = section(see(client, "sam"), "to-decide")
    assert "You took it" in hers
    assert "Let it go" in hers


def test_how_a_request_stands_is_told_only_where_there_is_something_to_tell(client: Client, adi: Customer) -> None:
    change = request_of(adi)
    assert "Standing" not in section(see(client, "ann"), "to-decide")
    review.claim(change.pk, by=cast.person("ann"))
    assert "Standing" in section(see(client, "ann"), "to-decide")


def test_what_was_taken_long_ago_is_for_everybody_again(client: Client, adi: Customer) -> None:
    change = request_of(adi)
    review.claim(change.pk, by=cast.person("sam"))
    Change.objects.filter(pk=change.pk).update(claimed_at=timezone.now() - timedelta(minutes=31))
    shown = section(see(client, "ann"), "to-decide")
    assert "Adi Wijaya" in shown
    assert "took it" not in shown


def test_it_can_be_taken_from_the_list_and_leads_back_there(client: Client, adi: Customer) -> None:
    change = request_of(adi)
    form = section(see(client, "ann"), "to-decide").partition(f'action="/changes/{change.pk}/claim/"')[2]
    assert '<input type="hidden" name="from" value="work">' in form.partition("</form>")[0]
    assert client.post(f"/changes/{change.pk}/claim/", {"from": "work"}).status_code == 303
    assert "You took it" in section(client.get("/").text, "to-decide")


def test_all_says_of_each_why_one_cannot_decide(client: Client, adi: Customer) -> None:
    ann = cast.person("ann", adi.connection)
    Grant.objects.create(user=ann, role=Role.EDITOR)
    wish(adi, ann, {"occupation": "OCC10"})
    policy("Everything")
    wish(cast.sample(cast.connect("caibo")), cast.person("ed"), {"phone": "+442079460000"})
    client.force_login(ann)
    shown = section(client.get("/?decide=all").text, "to-decide")
    assert "You asked for it, so somebody else decides." in shown
    assert "It takes the role Approver at Caibo." in shown
    assert "Take it" not in shown


def test_what_one_has_approved_is_not_asked_twice(client: Client, adi: Customer) -> None:
    policy("Two", "occupation", approvals=2)
    change = request_of(adi)
    approve(change, cast.person("ann"))
    assert "Nothing to decide" in section(see(client, "ann"), "to-decide")
    assert "You approved it; somebody else has to, too." in section(see(client, "ann", "/?decide=team"), "to-decide")
    assert "Adi Wijaya" in section(see(client, "sam"), "to-decide")


def test_another_teams_requests_do_not_exist(client: Client, adi: Customer) -> None:
    request_of(adi)
    client.force_login(cast.person("ann", cast.connect("caibo")))
    for tab in ("mine", "team", "all"):
        assert "Adi Wijaya" not in client.get(f"/?decide={tab}").text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("connection={other}", ["Ann Whitfield"]),
        ("author={jo}", ["Budi2"]),
        ("soon=1", ["Budi3"]),
        ("size=many", ["Budi4"]),
        ("size=one&author={jo}", ["Budi2"]),
        ("connection=999", []),
        ("connection=x&author=-1&soon=maybe&size=huge&decide=nonsense", ["Adi Wijaya", "Budi2", "Budi3", "Budi4"]),
        ("connection=99999999999999999999", ["Adi Wijaya"]),
    ],
)
@pytest.mark.parametrize("where", ["/", "/to-decide/"])
def test_the_address_says_what_is_listed(
    client: Client, adi: Customer, query: str, found: list[str], where: str
) -> None:
    policy("Phones", "phone")
    jo, other = cast.person("jo"), cast.connect("caibo")
    request_of(adi)
    request_of(another(adi, 2), "jo")
    request_of(another(adi, 3), expires_at=timezone.now() + timedelta(hours=1))
    request_of(another(adi, 4), size=40)
    wish(cast.sample(other), cast.person("ed"), {"phone": "+442079460000"})
    shown = section(see(client, "ann", f"{where}?{query.format(other=other.pk, jo=jo.pk)}"), "to-decide")
    table = shown.partition("<tbody>")[2]
    assert all(name in table for name in found)
    if not found:
        assert "No request passes these filters" in shown
    elif len(found) == 1 and "999" not in query:
        assert table.count("<tr>") == 1


def test_the_rest_is_listed_a_page_at_a_time_there_and_back(client: Client, adi: Customer) -> None:
    changes = [request_of(another(adi, number)) for number in range(53)]
    first = see(client, "ann", "/to-decide/")
    assert numbers_in(first) == [change.pk for change in changes[:50]]
    assert 'rel="prev"' not in first
    second = client.get(beside(first, "next")).text
    assert numbers_in(second) == [change.pk for change in changes[50:]]
    assert 'rel="next"' not in second
    assert numbers_in(client.get(beside(second, "prev")).text) == [change.pk for change in changes[:50]]
    work = client.get("/").text
    assert 'To decide <b class="count hot">20+</b>' in work
    assert "All of these, a page at a time" in work


def numbers_in(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'id="request-(\d+)"', page)]


def beside(page: str, rel: str) -> str:
    found = re.search(rf'href="([^"]+)" rel="{rel}"', page)
    assert found
    return found[1].replace("&amp;", "&")


def test_several_that_ask_for_the_same_can_be_decided_on_together(client: Client, adi: Customer) -> None:
    first = request_of(adi)
    request_of(another(adi, 2))
    shown = section(see(client, "ann"), "to-decide")
    assert "of these ask for the same: Occupation at" in shown
    assert f'href="/changes/{first.pk}/alike/"' in shown


def test_the_lists_of_an_approver_take_as_many_queries_for_20_rows_as_for_2(client: Client, adi: Customer) -> None:
    request_of(another(adi, 0))
    request_of(another(adi, 1))
    client.force_login(cast.person("ann"))
    few = {url: queries(client, url) for url in ("/", "/?decide=all", "/to-decide/")}
    for number in range(2, 20):
        request_of(another(adi, number))
    assert {url: queries(client, url) for url in few} == few
    assert few["/"] <= 10


def test_the_page_of_the_customer_says_who_can_decide_and_leads_there(client: Client, adi: Customer) -> None:
    request_of(adi, "jo")
    ann, url = cast.person("ann"), f"/customers/{adi.pk}/"
    going = see(client, "ed", url).partition('id="going"')[2].partition('id="record"')[0]
    assert "Ann Mwangi can decide. You can change other fields." in going
    assert "See it" in going
    going = see(client, "ann", url).partition('id="going"')[2].partition('id="record"')[0]
    assert "you can decide." in going
    assert ">Review<" in going
    own = see(client, "jo", url).partition('id="going"')[2].partition('id="record"')[0]
    assert "You can change other fields." not in own
    assert ann.pk
