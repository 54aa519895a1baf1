"""The first page: to fix, on its way, done today; what can be done about each, and how it moves."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from console.flows import review
from console.flows.glass import break_glass, close
from console.models import Change, Grant, Outcome, Pause, Role, Status, Wait
from tests import cast
from tests.deciding import policy
from tests.flows.helpers import wish
from tests.forcing import force
from tests.views.counting import queries
from tests.views.pages import section
from tests.views.standing import asked, standing

pytestmark = pytest.mark.django_db

SWAP = {"HX-Request": "true"}


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


def test_a_reviewer_is_not_told_that_there_is_nothing_to_fix_while_others_have_to(client: Client) -> None:
    standing(cast.sample(cast.connect("sqril")), cast.person("ed"), Status.REFUSED)
    client.force_login(cast.person("rae"))
    page = client.get("/").text
    assert "Nothing to fix" not in page
    assert "None of it is yours to fix" in section(page, "to-fix")
    assert "/changes/?state=person" in section(page, "to-fix")


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


@pytest.fixture
def request_of_ed() -> Change:
    """Ed asks for another occupation of Adi, on which somebody else decides."""
    policy("KYC fields", "occupation")
    return wish(cast.sample(cast.connect("sqril")), cast.person("ed"), {"occupation": "OCC10"})


def test_what_was_sent_without_approval_is_for_a_reviewer_to_look_into(client: Client, request_of_ed: Change) -> None:
    Grant.objects.create(user=cast.person("ops"), role=Role.BREAK_GLASS)
    break_glass(request_of_ed.pk, by=cast.person("ops"), reason="The customer is at the counter.")
    client.force_login(cast.person("rae"))
    shown = section(client.get("/").text, "to-look-into")
    assert "Adi Wijaya" in shown
    assert "<bdi>Olu Peters</bdi>" in shown
    assert f'href="/changes/{request_of_ed.pk}/"' in shown
    client.force_login(cast.person("ann"))
    assert 'id="to-look-into"' not in client.get("/").text
    close(request_of_ed.pk, by=cast.person("rae"), finding="It was right.")
    client.force_login(cast.person("rae"))
    assert "Nothing to look into" in section(client.get("/").text, "to-look-into")


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


def test_what_was_returned_waits_for_its_author_to_edit_it(client: Client, request_of_ed: Change) -> None:
    review.return_to_author(request_of_ed.pk, by=cast.person("ann"), reason="Which one?")
    client.force_login(cast.person("ed"))
    page = client.get("/").text
    assert "Adi Wijaya" in section(page, "to-fix")
    edits = f"/customers/{request_of_ed.customer_id}/edit/?amend={request_of_ed.pk}"
    assert step_of(page) == ("Edit again", edits)
    client.force_login(cast.person("ops"))
    assert "Nothing to fix" in client.get("/").text


# As it moves.


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
