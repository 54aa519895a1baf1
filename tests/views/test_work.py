"""The first page: to fix, on its way, done today."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from console.flows import review
from console.flows.glass import break_glass, close
from console.models import Change, Customer, Grant, Outcome, Pause, Role, Status, Wait
from tests import cast
from tests.deciding import approve, policy
from tests.flows.helpers import wish
from tests.forcing import force
from tests.views.counting import queries
from tests.views.standing import asked, standing

pytestmark = pytest.mark.django_db


def section(page: str, heading: str) -> str:
    """The text of one of the three lists."""
    return page.partition(f'id="{heading}"')[2].partition("</section>")[0]


@pytest.mark.parametrize(
    "status", [Status.REFUSED, Status.CONFLICT, Status.FAILED, Status.UNKNOWN, Status.PROPOSED, Status.RETURNED]
)
def test_what_needs_its_author_is_to_be_fixed(client: Client, status: Status) -> None:
    ed, customer = cast.person("ed"), cast.sample(cast.connect("sqril"))
    standing(customer, ed, status)
    client.force_login(ed)
    page = client.get("/").text
    assert "Adi Wijaya" in section(page, "to-fix")
    assert "Phone and Address" in section(page, "to-fix")
    assert "Nothing is on its way" in page


@pytest.mark.parametrize("status", [Status.APPROVED, Status.SENDING])
def test_what_goes_on_by_itself_is_on_its_way(client: Client, status: Status) -> None:
    ed, customer = cast.person("ed"), cast.sample(cast.connect("sqril"))
    standing(customer, ed, status)
    client.force_login(ed)
    page = client.get("/").text
    assert "Adi Wijaya" in section(page, "on-their-way")
    assert "Nothing to fix" in page


def test_an_unknown_that_is_looked_into_by_itself_is_on_its_way_and_still_called_unknown(client: Client) -> None:
    ed, customer = cast.person("ed"), cast.sample(cast.connect("sqril"))
    soon = timezone.now() + timedelta(minutes=2)
    standing(customer, ed, Status.UNKNOWN, wait=Wait.READ_BACK, next_attempt_at=soon)
    client.force_login(ed)
    page = client.get("/").text
    assert "Outcome unknown" in section(page, "on-their-way")
    assert "Nothing to fix" in page


@pytest.mark.parametrize("status", [status for status in Status if status.is_final])
def test_what_ended_today_is_done(client: Client, status: Status) -> None:
    ed, customer = cast.person("ed"), cast.sample(cast.connect("sqril"))
    standing(customer, ed, status)
    client.force_login(ed)
    page = client.get("/").text
    assert "Adi Wijaya" in section(page, "done-today")
    assert "Nothing to fix" in page
    assert "Nothing is on its way" in page


def test_what_ended_yesterday_is_not_done_today(client: Client) -> None:
    ed, customer = cast.person("ed"), cast.sample(cast.connect("sqril"))
    standing(customer, ed, Status.APPLIED, ended_at=timezone.now() - timedelta(days=1))
    client.force_login(ed)
    assert "Nothing done yet today" in client.get("/").text


def test_an_editor_does_not_see_what_others_have_to_fix(client: Client) -> None:
    customer = cast.sample(cast.connect("sqril"))
    standing(customer, cast.person("jo"), Status.REFUSED)
    client.force_login(cast.person("ed"))
    assert "Nothing to fix" in client.get("/").text


def test_an_operator_sees_what_anybody_at_their_connections_needs_help_with(client: Client) -> None:
    sqril, caibo = cast.connect("sqril"), cast.connect("caibo")
    standing(cast.sample(sqril), cast.person("jo"), Status.UNKNOWN)
    standing(cast.sample(caibo), cast.person("jo"), Status.REFUSED)
    client.force_login(cast.person("ops", sqril))
    page = client.get("/").text
    assert "Adi Wijaya" in section(page, "to-fix")
    assert "Jo Lindqvist" in section(page, "to-fix")
    assert "Ann Whitfield" not in page


def test_a_held_change_is_for_its_author_and_not_for_operators(client: Client) -> None:
    standing(cast.sample(cast.connect("sqril")), cast.person("jo"), Status.PROPOSED)
    client.force_login(cast.person("ops"))
    assert "Nothing to fix" in client.get("/").text


def test_a_stranger_is_led_to_the_sign_in_page(client: Client) -> None:
    assert client.get("/").headers["Location"].startswith("/sign-in/")


def test_another_teams_changes_do_not_exist(client: Client) -> None:
    sqril, caibo = cast.connect("sqril"), cast.connect("caibo")
    standing(cast.sample(sqril), cast.person("jo"), Status.APPROVED)
    client.force_login(cast.person("rae", caibo))
    assert "Adi Wijaya" not in client.get("/").text


def test_an_administrator_is_told_that_no_role_of_theirs_shows_changes(client: Client) -> None:
    standing(cast.sample(cast.connect("sqril")), cast.person("jo"), Status.REFUSED)
    client.force_login(cast.person("max"))
    page = client.get("/").text
    assert "Customers and changes take another role" in page
    assert "Adi Wijaya" not in page


def test_somebody_without_any_role_is_told_who_can_give_one(client: Client) -> None:
    client.force_login(cast.person("vic"))
    assert "You have no role yet" in client.get("/").text


def test_the_empty_page_says_what_to_do(client: Client) -> None:
    cast.connect("sqril")
    client.force_login(cast.person("ed"))
    page = client.get("/").text
    assert "Find a customer, press Edit, save" in page


def test_the_navigation_counts_what_waits(client: Client) -> None:
    ed, sqril = cast.person("ed"), cast.connect("sqril")
    standing(cast.sample(sqril), ed, Status.REFUSED)
    standing(cast.sample(sqril, customer_id="cus_2"), cast.person("jo"), Status.APPROVED)
    client.force_login(ed)
    page = client.get("/connections/").text
    assert '<span>Work</span><b id="count-w" class="hot">1</b>' in page
    assert re.search(r'<span>Changes</span><b id="count-h" ?>1</b>', page)
    assert re.search(r'<span>Connections</span><b id="count-n" ?></b>', page)


def test_the_navigation_is_that_of_whoever_looks_however_often_it_was_drawn_for_others(client: Client) -> None:
    ed, ida, sqril = cast.person("ed"), cast.person("ida"), cast.connect("sqril")
    standing(cast.sample(sqril), ed, Status.REFUSED)
    for _ in range(2):
        client.force_login(ed)
        assert navigation(client) == {"Work 1", "Customers", "Changes", "Batches", "Imports", "Quality", *FOR_ALL}
        client.force_login(ida)
        assert navigation(client) == {"Work", "Customers", "Changes", "Batches", "People", *FOR_ALL}
    Grant.objects.filter(user=ida).update(role=Role.REVIEWER)
    assert navigation(client) == {"Work", "Customers", "Changes", "Batches", "Quality", "Audit", "People", *FOR_ALL}


FOR_ALL = {"Connections", "Policies"}


def navigation(client: Client) -> set[str]:
    """Where it leads, each with what waits there, once the same places were found in the palette and the help."""
    page = client.get("/connections/").text
    entries = re.findall(r"<span>([A-Z][a-z]+)</span><b id=\"count-[a-z]\"[^>]*>(.*?)</b>", page)
    places = [label for label, _ in entries]
    assert re.findall(r'<span class="what">([A-Z][a-z]+)</span>', page) == places
    assert all(f"<dd>{label}</dd>" in page for label in places)
    return {f"{label} {count}".strip() for label, count in entries}


def test_the_page_takes_as_many_queries_for_20_rows_as_for_1(client: Client) -> None:
    ed, sqril = cast.person("ed"), cast.connect("sqril")
    statuses = [Status.REFUSED, Status.APPROVED, Status.APPLIED]
    for status in statuses:
        standing(cast.sample(sqril, customer_id=f"cus_{status}"), ed, status)
    client.force_login(ed)
    few = queries(client, "/")
    for number in range(19):
        for status in statuses:
            standing(cast.sample(sqril, customer_id=f"cus_{status}_{number}"), ed, status)
    assert queries(client, "/") == few == 9


# What can be done about each.


def step_of(page: str) -> tuple[str, str]:
    """The step that the only row offers: its words and where it leads."""
    [step] = re.findall(r'id="step-\d+"[^>]*>.*?</(?:a|button)>', page, re.DOTALL)
    words = re.sub(r"<span.*?</span>", "", step.partition(">")[2], flags=re.DOTALL)
    leads = re.search(r'href="([^"]+)"', step) or re.search(r'action="(/changes/[^"]+)"', page)
    assert leads
    return re.sub(r"<[^>]+>", "", words).strip(), leads[1]


@pytest.mark.parametrize(
    ("status", "last", "words", "leads"),
    [
        (Status.REFUSED, Outcome.REFUSED, "Edit again", "/customers/{customer}/edit/?again={change}"),
        (Status.FAILED, Outcome.NOT_SENT, "Try again", "/changes/{change}/again/"),
        (Status.CONFLICT, Outcome.CONFLICT, "Try again", "/changes/{change}/again/"),
        (Status.CONFLICT, Outcome.MOVED, "Compare", "/changes/{change}/"),
        (Status.CONFLICT, Outcome.KEPT_ANOTHER, "Edit again", "/customers/{customer}/edit/?again={change}"),
        (Status.PROPOSED, None, "Confirm", "/changes/{change}/"),
        (Status.UNKNOWN, Outcome.UNKNOWN, "See", "/changes/{change}/"),
        (Status.APPROVED, None, "See", "/changes/{change}/"),
        (Status.APPLIED, Outcome.CONFIRMED, "See", "/changes/{change}/"),
    ],
)
def test_each_row_offers_the_next_step(
    client: Client, status: Status, last: Outcome | None, words: str, leads: str
) -> None:
    ed, customer = cast.person("ed"), cast.sample(cast.connect("sqril"))
    change = standing(customer, ed, status)
    if last:
        change.attempts.update(outcome=last)
    client.force_login(ed)
    where = leads.format(customer=customer.pk, change=change.pk)
    assert step_of(client.get("/").text) == (words, where)
    assert client.get(where).status_code in {200, 303}


def test_an_operator_decides_what_an_editor_can_only_see(client: Client) -> None:
    standing(cast.sample(cast.connect("sqril")), cast.person("ed"), Status.UNKNOWN)
    client.force_login(cast.person("ops"))
    assert step_of(client.get("/").text)[0] == "Decide"


def test_a_reviewer_is_offered_no_step_that_they_may_not_take(client: Client) -> None:
    standing(cast.sample(cast.connect("sqril")), cast.person("ed"), Status.APPROVED)
    client.force_login(cast.person("rae"))
    assert step_of(client.get("/").text)[0] == "See"


def test_trying_again_from_the_list_leads_back_to_the_list() -> None:
    change = standing(cast.sample(cast.connect("sqril")), cast.person("ed"), Status.FAILED)
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.person("ed"))
    form = client.get("/").text.partition(f'action="/changes/{change.pk}/again/"')[2].partition("</form>")[0]
    posted = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)">', form))
    answer = client.post(f"/changes/{change.pk}/again/", posted)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert "Adi Wijaya" in section(client.get("/").text, "on-their-way")


def test_the_headings_say_how_many(client: Client) -> None:
    ed, sqril = cast.person("ed"), cast.connect("sqril")
    for number in range(21):
        standing(cast.sample(sqril, customer_id=f"cus_{number}"), ed, Status.REFUSED)
    asked(cast.sample(sqril), ed)
    client.force_login(ed)
    page = client.get("/").text
    assert 'To fix <b class="count hot">20+</b>' in page
    assert "All that need a person" in page
    assert 'Sent by me <b class="count">1</b>' in page
    assert "Done today</h2>" in page


def test_a_paused_connection_waits_for_its_operator(client: Client) -> None:
    sqril = cast.connect("sqril")
    sqril.paused_at, sqril.pause = timezone.now(), Pause.BY_A_PERSON
    sqril.save()
    client.force_login(cast.person("ops"))
    assert "Sqril is paused." in client.get("/").text
    client.force_login(cast.person("ed"))
    assert "Sqril is paused." not in client.get("/").text


# As it moves.

SWAP = {"HX-Request": "true"}


def poll_of(page: str) -> str:
    found = re.search(r'id="asking" hidden[^>]* data-poll="\d+" hx-get="([^"]+)"', page)
    return found[1].replace("&amp;", "&") if found else ""


def test_the_page_asks_again_only_while_something_is_on_its_way(client: Client) -> None:
    ed, sqril = cast.person("ed"), cast.connect("sqril")
    standing(cast.sample(sqril), ed, Status.REFUSED)
    client.force_login(ed)
    assert poll_of(client.get("/").text) == ""
    asked(cast.sample(sqril, customer_id="cus_2"), ed)
    page = client.get("/").text
    assert poll_of(page)
    assert client.get(poll_of(page), headers=SWAP).status_code == 204


def test_what_ends_goes_to_its_list_by_itself(client: Client) -> None:
    ed, customer = cast.person("ed"), cast.sample(cast.connect("sqril"))
    change = asked(customer, ed)
    client.force_login(ed)
    poll = poll_of(client.get("/").text)
    force(change, Status.SENDING, lease_until=timezone.now(), epoch=1)
    force(change, Status.REFUSED, wait=Wait.PERSON)
    moved = client.get(poll, headers=SWAP)
    assert "<html" not in moved.text
    assert moved.text.count('hx-swap-oob="true"') == 2
    assert "Adi Wijaya" in section(moved.text, "to-fix")
    assert "data-poll" not in moved.text


def test_a_look_that_has_to_wait_longer_moves_nothing_but_its_pace(client: Client) -> None:
    ed = cast.person("ed")
    asked(cast.sample(cast.connect("sqril")), ed)
    client.force_login(ed)
    poll = poll_of(client.get("/").text)
    Change.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=40))
    slower = client.get(poll, headers=SWAP).text
    assert 'data-poll="2"' in slower
    assert "<table" not in slower


def test_a_reviewer_is_not_told_that_there_is_nothing_to_fix_while_others_have_to(client: Client) -> None:
    standing(cast.sample(cast.connect("sqril")), cast.person("ed"), Status.REFUSED)
    client.force_login(cast.person("rae"))
    page = client.get("/").text
    assert "Nothing to fix" not in page
    assert "None of it is yours to fix" in section(page, "to-fix")
    assert "/changes/?state=person" in section(page, "to-fix")


# What waits for a decision.


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


def test_what_is_to_decide_is_counted_in_the_navigation_with_what_is_to_fix(client: Client, adi: Customer) -> None:
    request_of(adi)
    request_of(another(adi, 2))
    taken = request_of(another(adi, 3))
    review.claim(taken.pk, by=cast.person("sam"))
    assert '<span>Work</span><b id="count-w" class="hot">2</b>' in see(client, "ann", "/connections/")
    assert '<span>Work</span><b id="count-w" class="hot">3</b>' in see(client, "sam", "/connections/")
    assert re.search(r'<span>Work</span><b id="count-w"[^>]*></b>', see(client, "ed", "/connections/"))


def test_what_was_returned_waits_for_its_author_to_edit_it(client: Client, adi: Customer) -> None:
    change = request_of(adi)
    review.return_to_author(change.pk, by=cast.person("ann"), reason="Which one?")
    client.force_login(cast.person("ed"))
    page = client.get("/").text
    assert "Adi Wijaya" in section(page, "to-fix")
    assert step_of(page) == ("Edit again", f"/customers/{adi.pk}/edit/?amend={change.pk}")
    assert "Nothing to fix" in see(client, "ops")


def test_the_lists_of_an_approver_take_as_many_queries_for_20_rows_as_for_2(client: Client, adi: Customer) -> None:
    request_of(another(adi, 0))
    request_of(another(adi, 1))
    client.force_login(cast.person("ann"))
    few = {url: queries(client, url) for url in ("/", "/?decide=all", "/to-decide/")}
    for number in range(2, 20):
        request_of(another(adi, number))
    assert {url: queries(client, url) for url in few} == few
    assert few["/"] <= 10


def test_what_was_sent_without_approval_is_for_a_reviewer_to_look_into(client: Client, adi: Customer) -> None:
    change = request_of(adi)
    olu = cast.person("ops")
    Grant.objects.create(user=olu, role=Role.BREAK_GLASS)
    break_glass(change.pk, by=cast.person("ops"), reason="The customer is at the counter.")
    shown = section(see(client, "rae"), "to-look-into")
    assert "Adi Wijaya" in shown
    assert "<bdi>Olu Peters</bdi>" in shown
    assert f'href="/changes/{change.pk}/"' in shown
    assert 'id="to-look-into"' not in see(client, "ann")
    close(change.pk, by=cast.person("rae"), finding="It was right.")
    assert "Nothing to look into" in section(see(client, "rae"), "to-look-into")


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
