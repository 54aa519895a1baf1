"""The changes: their list, the page of one in every state, and the steps that people take."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from console.flows.propose import withdraw
from console.models import Change, Confirmation, Event, Outcome, Pause, Status, Verdict, Wait
from console.templatetags.steward import common
from console.views.rows import ahead
from tests import cast
from tests.forcing import force
from tests.views.counting import queries
from tests.views.pages import without_digests
from tests.views.standing import asked, standing

pytestmark = pytest.mark.django_db

SWAP = {"HX-Request": "true"}


@pytest.fixture
def ed_signed_in(client: Client) -> Client:
    client.force_login(cast.person("ed"))
    return client


def words(page: str) -> str:
    """The text of a page, tags and white space aside."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


# The list.


def test_the_list_shows_who_asked_for_what_and_what_became_of_it(ed_signed_in: Client) -> None:
    standing(cast.sample(cast.connect("sqril")), cast.person("jo"), Status.REFUSED)
    page = ed_signed_in.get("/changes/").text
    for text in (
        "Adi Wijaya",
        "Sqril",
        "Phone and Address",
        "by Jo Lindqvist",
        "Refused",
        "Nothing was changed there.",
    ):
        assert text in page


def test_the_list_refuses_a_stranger(client: Client) -> None:
    assert client.get("/changes/").headers["Location"].startswith("/sign-in/")


def test_the_list_leaves_out_another_teams_changes(client: Client) -> None:
    sqril, caibo = cast.connect("sqril"), cast.connect("caibo")
    standing(cast.sample(sqril), cast.person("jo"), Status.APPLIED)
    client.force_login(cast.person("rae", caibo))
    page = client.get(f"/changes/?connection={sqril.pk}").text
    assert "Adi Wijaya" not in page
    assert "No change passes these filters" in page


@pytest.mark.parametrize(
    ("group", "status", "other"),
    [
        ("person", Status.REFUSED, Status.APPLIED),
        ("person", Status.UNKNOWN, Status.APPROVED),
        ("going", Status.SENDING, Status.UNKNOWN),
        ("applied", Status.APPLIED, Status.REFUSED),
        ("ended", Status.WITHDRAWN, Status.APPLIED),
        ("ended", Status.CLOSED, Status.APPROVED),
    ],
)
def test_a_filter_shows_its_states_only(ed_signed_in: Client, group: str, status: Status, other: Status) -> None:
    sqril, ed = cast.connect("sqril"), cast.person("ed")
    standing(cast.sample(sqril, name_first="Shown"), ed, status)
    standing(cast.sample(sqril, customer_id="cus_2", name_first="Hidden"), ed, other)
    page = ed_signed_in.get(f"/changes/?state={group}").text
    assert "Shown Wijaya" in page
    assert "Hidden Wijaya" not in page


def test_the_list_can_be_narrowed_to_ones_own_and_to_a_connection(ed_signed_in: Client) -> None:
    sqril, caibo = cast.connect("sqril"), cast.connect("caibo")
    standing(cast.sample(sqril), cast.person("ed"), Status.APPLIED)
    standing(cast.sample(caibo), cast.person("jo"), Status.APPLIED)
    assert "Ann Whitfield" not in ed_signed_in.get("/changes/?whose=mine").text
    assert "Adi Wijaya" not in ed_signed_in.get(f"/changes/?connection={caibo.pk}").text


@pytest.mark.parametrize("query", ["state=nonsense", "connection=x", "before=-1", "after=", "before=9" + "9" * 40])
def test_an_address_that_means_nothing_shows_the_list(ed_signed_in: Client, query: str) -> None:
    assert ed_signed_in.get(f"/changes/?{query}").status_code == 200


def test_a_swap_gets_the_results_alone_and_a_visit_the_page(ed_signed_in: Client) -> None:
    cast.connect("sqril")
    swap = ed_signed_in.get("/changes/", headers=SWAP)
    assert "<html" not in swap.text
    assert 'id="results"' in swap.text
    assert "HX-Request" in swap.headers["Vary"]
    assert "<html" in ed_signed_in.get("/changes/", headers={**SWAP, "HX-History-Restore-Request": "true"}).text


def test_the_pages_of_a_long_list_lead_to_each_other(ed_signed_in: Client) -> None:
    sqril, ed = cast.connect("sqril"), cast.person("ed")
    made = [asked(cast.sample(sqril, customer_id=f"cus_{number}"), ed).pk for number in range(53)]
    first = ed_signed_in.get("/changes/").text
    assert first.count('class="name"') == 50
    assert "Newer" not in first
    older = re.search(r'href="(\?before=\d+)"', first)
    assert older
    second = ed_signed_in.get(f"/changes/{older[1]}").text
    assert [f"change {pk}<" in second for pk in made[:3]] == [True] * 3
    assert "Older" not in second
    newer = re.search(r'href="(\?after=\d+)"', second)
    assert newer
    assert ed_signed_in.get(f"/changes/{newer[1]}").text.count('class="name"') == 50


def test_the_list_takes_as_many_queries_for_20_rows_as_for_1(ed_signed_in: Client) -> None:
    sqril, ed = cast.connect("sqril"), cast.person("ed")
    standing(cast.sample(sqril), ed, Status.REFUSED)
    few = queries(ed_signed_in, "/changes/")
    for number in range(19):
        standing(cast.sample(sqril, customer_id=f"cus_{number}"), ed, Status.REFUSED)
    assert queries(ed_signed_in, "/changes/") == few
    assert few <= 10


# The page of one.


@pytest.mark.parametrize(
    "status", [Status.APPROVED, Status.SENDING, Status.UNKNOWN, Status.REFUSED, Status.CONFLICT, Status.APPLIED]
)
def test_the_page_of_a_change_takes_few_queries(ed_signed_in: Client, status: Status) -> None:
    change = standing(cast.sample(cast.connect("sqril")), cast.person("ed"), status)
    assert queries(ed_signed_in, f"/changes/{change.pk}/") <= 16  # one of them keeps who looked


@pytest.mark.parametrize("slug", cast.SLUGS)
@pytest.mark.parametrize("status", Status)
def test_every_state_at_every_provider_has_a_page(ed_signed_in: Client, status: Status, slug: str) -> None:
    change = standing(cast.sample(cast.connect(slug)), cast.person("ed"), status)
    page = ed_signed_in.get(f"/changes/{change.pk}/")
    assert page.status_code == 200
    assert "Ed Kowalski" in page.text
    assert "What happened" in page.text or "What happens" in page.text


def test_the_page_refuses_a_stranger(client: Client) -> None:
    change = asked(cast.sample(cast.connect("sqril")), cast.person("ed"))
    for part in ("", "state/"):
        assert client.get(f"/changes/{change.pk}/{part}").headers["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("path", ["", "state/", "withdraw/", "confirm/", "again/", "close/"])
def test_another_teams_change_does_not_exist(client: Client, path: str) -> None:
    change = asked(cast.sample(cast.connect("sqril")), cast.person("ed"))
    client.force_login(cast.person("jo", cast.connect("caibo")))
    visit = client.get if path in {"", "state/"} else client.post
    answer = visit(f"/changes/{change.pk}/{path}", {"verdict": "applied", "reason": "x"})
    assert answer.status_code == 404
    change.refresh_from_db()
    assert change.state is Status.APPROVED


def test_an_administrator_sees_no_change(client: Client) -> None:
    change = asked(cast.sample(cast.connect("sqril")), cast.person("ed"))
    client.force_login(cast.person("max"))
    assert client.get(f"/changes/{change.pk}/").status_code == 404


def test_the_page_shows_what_was_what_is_asked_and_what_will_be_sent(ed_signed_in: Client) -> None:
    customer = cast.sample(cast.connect("sqril"))
    change = asked(customer, cast.person("ed"), why="Called; verified by call-back", reference="SUP-48121")
    page = ed_signed_in.get(f"/changes/{change.pk}/").text
    assert "Jl. <del>Kebon Sirih 12</del>, Jakarta" in page
    assert "Jl. <ins>Thamrin No. 88</ins>, Jakarta" in page
    assert "This will be sent" in page
    assert "<mark>&quot;Jl. Thamrin No. 88, Jakarta&quot;</mark>" in page
    assert "Sent along unchanged: E-mail and Occupation, as read from Sqril just before it is sent." in page
    assert "Called; verified by call-back" in page
    assert "SUP-48121" in page
    assert "Basic ••••••" in page
    assert "Ed Kowalski changes 2 fields of Adi Wijaya" in words(page)


def test_what_differs_between_two_phone_numbers_is_marked_from_the_country_on() -> None:
    assert common("+62 857-5444-6872", "+44 20 7946 0001") == (0, 0)
    assert common("+1 212-555-9551", "+1 415-555-0187") == (len("+1 "), 0)


def test_a_code_is_shown_in_words(ed_signed_in: Client) -> None:
    change = asked(cast.sample(cast.connect("timepay")), cast.person("ed"), language="bengali")
    page = ed_signed_in.get(f"/changes/{change.pk}/").text
    assert "<del>Hindi</del>" in page
    assert "<ins>Bengali</ins>" in page


def test_a_sensitive_value_stays_masked_everywhere(ed_signed_in: Client) -> None:
    change = asked(cast.sample(cast.connect("finosu")), cast.person("ed"), ssnLastFour="9876")
    page = ed_signed_in.get(f"/changes/{change.pk}/").text
    assert "9876" not in without_digests(page)
    assert "1234" not in page.replace("12345", "")
    assert "••••" in page


def test_the_try_is_shown_with_its_evidence_and_never_with_a_secret(ed_signed_in: Client) -> None:
    change = standing(cast.sample(cast.connect("sqril")), cast.person("ed"), Status.UNKNOWN)
    attempt = change.attempts.get()
    attempt.method, attempt.url, attempt.milliseconds = "PUT", "https://sqril.example.com/updateCustomer", 312
    attempt.shown_request, attempt.shown_response = '{"amount": 125000.50, "list": []}', "<html>Bad gateway</html>"
    attempt.note, attempt.late = "The provider answered 503.", True
    attempt.save()
    page = ed_signed_in.get(f"/changes/{change.pk}/").text
    assert "This was sent" in page
    assert "&quot;amount&quot;: 125000.50," in page
    assert "&quot;list&quot;: []" in page
    assert "&lt;html&gt;Bad gateway&lt;/html&gt;" in page
    assert "503 · 312 ms" in words(page)
    assert "no telling whether it was applied" in page
    assert "Sqril answered that something failed on its side (status 503)." in page
    assert "kept as evidence and changed nothing" in page


@pytest.mark.parametrize("body", ["[" * 1990 + "]" * 1990, "[" * 100_000, '{"a":' * 600 + "1" + "}" * 600])
def test_an_answer_that_nests_deep_makes_no_page_of_megabytes(ed_signed_in: Client, body: str) -> None:
    change = standing(cast.sample(cast.connect("sqril")), cast.person("ed"), Status.UNKNOWN)
    change.attempts.update(
        method="PUT", url="https://x.example", shown_response=change.connection.provider.redact(body)
    )
    assert len(ed_signed_in.get(f"/changes/{change.pk}/").content) < 500_000


def test_a_refusal_stands_at_its_field_with_a_way_to_edit_it(ed_signed_in: Client) -> None:
    problems = [
        {"field": "phone", "code": "refused", "message": "Sqril does not take this phone."},
        {"field": None, "code": "refused", "message": "Try tomorrow."},
    ]
    customer = cast.sample(cast.connect("sqril"))
    change = standing(customer, cast.person("ed"), Status.REFUSED, problems=problems)
    page = ed_signed_in.get(f"/changes/{change.pk}/").text
    assert 'id="problem-phone"' in page
    assert f'href="/customers/{customer.pk}/edit/?again={change.pk}&amp;field=phone"' in page
    assert 'id="problem-other"' in page


def test_a_change_behind_an_unknown_one_says_what_it_waits_for(ed_signed_in: Client) -> None:
    customer, ed = cast.sample(cast.connect("sqril")), cast.person("ed")
    first = standing(customer, ed, Status.UNKNOWN, wishes={"phone": "+6281299887766"})
    second = asked(customer, ed, address="Jl. Merdeka 1")
    page = words(ed_signed_in.get(f"/changes/{second.pk}/").text)
    assert f"Change {first.pk} of this customer, whose outcome is not known yet, has to end first" in page


def test_an_accepted_change_is_not_shown_as_applied(ed_signed_in: Client) -> None:
    change = standing(
        cast.sample(cast.connect("caibo")), cast.person("ed"), Status.APPLIED, confirmation=Confirmation.ACCEPTED
    )
    page = ed_signed_in.get(f"/changes/{change.pk}/").text
    assert "Accepted, not confirmed" in page
    assert "notice neutral" in page
    assert "Ed Kowalski asked to change 2 fields" in words(page)


# Its state as it moves.


def poll_of(page: str) -> str | None:
    found = re.search(r'hx-get="(/changes/\d+/state/\?seen=\w+&amp;every=\d+)"', page)
    return found[1].replace("&amp;", "&") if found else None


@pytest.mark.parametrize(
    ("status", "about", "every"),
    [
        (Status.APPROVED, {}, "1"),
        (Status.SENDING, {}, "1"),
        (Status.UNKNOWN, {"wait": Wait.READ_BACK, "next_attempt_at": timezone.now}, "1"),
        (
            Status.APPROVED,
            {"wait": Wait.TRY_AGAIN, "next_attempt_at": lambda: timezone.now() + timedelta(minutes=4)},
            "5",
        ),
        (Status.APPROVED, {"next_attempt_at": lambda: timezone.now() - timedelta(seconds=30)}, "2"),
        (Status.APPROVED, {"next_attempt_at": lambda: timezone.now() - timedelta(hours=1)}, "15"),
        (Status.SENDING, {"lease_until": lambda: timezone.now() - timedelta(minutes=2)}, "5"),
        (Status.UNKNOWN, {}, None),
        (Status.APPLIED, {}, None),
        (Status.REFUSED, {}, None),
        (Status.PROPOSED, {}, None),
    ],
)
def test_the_page_asks_again_as_long_as_something_goes_on_by_itself(
    ed_signed_in: Client, status: Status, about: dict[str, Any], every: str | None
) -> None:
    given = {name: value() if callable(value) else value for name, value in about.items()}
    change = standing(cast.sample(cast.connect("sqril")), cast.person("ed"), status, **given)
    page = ed_signed_in.get(f"/changes/{change.pk}/").text
    asking = page.partition('id="asking"')[2].partition(">")[0]
    assert re.findall(r'data-poll="(\d+)"', asking) == ([every] if every else [])
    assert ("Look again" in page) == bool(every)


def test_a_poll_gets_nothing_while_nothing_moves(ed_signed_in: Client) -> None:
    change = asked(cast.sample(cast.connect("sqril")), cast.person("ed"))
    poll = poll_of(ed_signed_in.get(f"/changes/{change.pk}/").text)
    assert poll
    assert ed_signed_in.get(poll, headers=SWAP).status_code == 204


def test_a_poll_that_has_to_wait_longer_moves_nothing_but_its_pace(ed_signed_in: Client) -> None:
    change = asked(cast.sample(cast.connect("sqril")), cast.person("ed"))
    poll = poll_of(ed_signed_in.get(f"/changes/{change.pk}/").text)
    assert poll
    Change.objects.filter(pk=change.pk).update(next_attempt_at=timezone.now() - timedelta(seconds=40))
    slower = ed_signed_in.get(poll, headers=SWAP).text
    assert 'data-poll="2"' in slower
    assert 'id="asking"' in slower
    assert "<dialog" not in slower


def test_a_paused_connection_is_asked_about_seldom(ed_signed_in: Client) -> None:
    sqril = cast.connect("sqril")
    change = asked(cast.sample(sqril), cast.person("ed"))
    sqril.paused_at, sqril.pause = timezone.now(), Pause.BY_A_PERSON
    sqril.save()
    page = ed_signed_in.get(f"/changes/{change.pk}/").text
    assert 'data-poll="15"' in page
    assert "Sqril is resumed by an operator" in page


def test_a_poll_gets_everything_that_moved_and_stops_at_the_end(ed_signed_in: Client) -> None:
    ed, customer = cast.person("ed"), cast.sample(cast.connect("sqril"))
    before = asked(customer, ed)
    poll = poll_of(ed_signed_in.get(f"/changes/{before.pk}/").text)
    assert poll
    force(before, Status.SENDING, lease_until=timezone.now(), epoch=1)
    force(before, Status.APPLIED, confirmation=Confirmation.ECHOED)
    moved = ed_signed_in.get(poll, headers=SWAP)
    assert moved.status_code == 200
    assert "<html" not in moved.text
    for part in ('id="state"', 'id="asking"', 'id="head"', 'id="record"'):
        assert moved.text.count(part) == 1
    assert moved.text.count('hx-swap-oob="true"') == 7
    assert "hx-trigger" not in moved.text
    assert "data-going" not in moved.text
    assert "the answer of Sqril holds the new values" in moved.text


def test_a_visit_to_the_state_alone_leads_to_the_page(ed_signed_in: Client) -> None:
    change = asked(cast.sample(cast.connect("sqril")), cast.person("ed"))
    assert ed_signed_in.get(f"/changes/{change.pk}/state/").headers["Location"] == f"/changes/{change.pk}/"


# The steps that people take.


def test_the_author_withdraws_what_was_not_sent(ed_signed_in: Client) -> None:
    change = asked(cast.sample(cast.connect("sqril")), cast.person("ed"))
    assert "Nothing of it was applied, and nothing will be sent." in ed_signed_in.get(f"/changes/{change.pk}/").text
    answer = ed_signed_in.post(f"/changes/{change.pk}/withdraw/")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/changes/{change.pk}/")
    change.refresh_from_db()
    assert change.state is Status.WITHDRAWN


def test_a_step_is_answered_in_place(ed_signed_in: Client) -> None:
    change = asked(cast.sample(cast.connect("sqril")), cast.person("ed"))
    answer = ed_signed_in.post(f"/changes/{change.pk}/withdraw/", headers=SWAP)
    assert answer.status_code == 200
    assert "You withdrew it before it was sent." in answer.text
    assert answer.text.count('hx-swap-oob="true"') == 7
    assert "<html" not in answer.text


def test_a_step_that_is_refused_says_so_in_place(client: Client) -> None:
    change = asked(cast.sample(cast.connect("sqril")), cast.person("ed"))
    client.force_login(cast.person("jo"))
    answer = client.post(f"/changes/{change.pk}/withdraw/", headers=SWAP)
    assert answer.status_code == 422
    assert "Not done." in answer.text
    assert "<html" not in answer.text


def test_a_step_from_the_list_of_work_leads_back_to_it(ed_signed_in: Client) -> None:
    change = standing(cast.sample(cast.connect("sqril")), cast.person("ed"), Status.FAILED)
    answer = ed_signed_in.post(f"/changes/{change.pk}/again/", {"from": "work"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_what_was_sent_can_no_longer_be_withdrawn_and_says_why(ed_signed_in: Client) -> None:
    change = standing(cast.sample(cast.connect("sqril")), cast.person("ed"), Status.SENDING)
    assert "do-withdraw" not in ed_signed_in.get(f"/changes/{change.pk}/").text
    answer = ed_signed_in.post(f"/changes/{change.pk}/withdraw/")
    assert answer.status_code == 422
    assert "may have reached the provider, so it can no longer be withdrawn" in answer.text


def test_only_its_author_withdraws_a_change(client: Client) -> None:
    change = asked(cast.sample(cast.connect("sqril")), cast.person("ed"))
    client.force_login(cast.person("jo"))
    page = client.get(f"/changes/{change.pk}/").text
    assert "Only its author, Ed Kowalski, can do this." in page
    assert 'aria-describedby="why-not-withdraw"' in page
    assert client.post(f"/changes/{change.pk}/withdraw/").status_code == 403
    change.refresh_from_db()
    assert change.state is Status.APPROVED


def test_the_author_confirms_a_held_change(ed_signed_in: Client) -> None:
    change = standing(cast.sample(cast.connect("sqril")), cast.person("ed"), Status.PROPOSED)
    assert "Confirm and send" in ed_signed_in.get(f"/changes/{change.pk}/").text
    assert ed_signed_in.post(f"/changes/{change.pk}/confirm/").status_code == 303
    change.refresh_from_db()
    assert change.state is Status.APPROVED


def test_what_is_not_held_cannot_be_confirmed(ed_signed_in: Client) -> None:
    change = standing(cast.sample(cast.connect("sqril")), cast.person("ed"), Status.APPLIED)
    answer = ed_signed_in.post(f"/changes/{change.pk}/confirm/")
    assert answer.status_code == 422
    assert "This change is not waiting for its author." in answer.text


@pytest.mark.parametrize("status", [Status.REFUSED, Status.CONFLICT, Status.FAILED])
def test_the_author_tries_again(ed_signed_in: Client, status: Status) -> None:
    change = standing(cast.sample(cast.connect("sqril")), cast.person("ed"), status)
    assert "Try again" in ed_signed_in.get(f"/changes/{change.pk}/").text
    assert ed_signed_in.post(f"/changes/{change.pk}/again/").status_code == 303
    change.refresh_from_db()
    assert change.state is Status.APPROVED


def test_replacing_what_somebody_else_set_is_called_that(ed_signed_in: Client) -> None:
    change = standing(cast.sample(cast.connect("sqril")), cast.person("ed"), Status.CONFLICT)
    change.attempts.update(outcome=Outcome.MOVED)
    page = words(ed_signed_in.get(f"/changes/{change.pk}/").text)
    assert "Send mine all the same" in page
    assert "What somebody else set at Sqril meanwhile is replaced." in page


def test_what_somebody_else_set_can_be_kept_with_a_press(ed_signed_in: Client) -> None:
    change = standing(cast.sample(cast.connect("sqril")), cast.person("ed"), Status.CONFLICT)
    change.attempts.update(outcome=Outcome.MOVED)
    page = ed_signed_in.get(f"/changes/{change.pk}/")
    keeping = page.text.partition('id="do-keep"')[2].partition("</dialog>")[0]
    posted = dict(re.findall(r'<input type="hidden" name="(verdict|reason)" value="([^"]+)">', keeping))
    assert ed_signed_in.post(f"/changes/{change.pk}/close/", posted).status_code == 303
    change.refresh_from_db()
    assert (change.state, change.verdict) == (Status.CLOSED, Verdict.NOT_APPLIED)


@pytest.mark.parametrize(
    ("status", "last", "primary"),
    [
        (Status.REFUSED, Outcome.REFUSED, "Edit again"),
        (Status.CONFLICT, Outcome.MOVED, "Send mine all the same"),
        (Status.CONFLICT, Outcome.KEPT_ANOTHER, "Edit again"),
        (Status.CONFLICT, Outcome.CONFLICT, "Try again"),
        (Status.FAILED, Outcome.NOT_SENT, "Try again"),
        (Status.PROPOSED, None, "Confirm and send"),
        (Status.APPROVED, None, "Next customer"),
        (Status.APPLIED, Outcome.CONFIRMED, "Next customer"),
    ],
)
def test_one_button_comes_first(ed_signed_in: Client, status: Status, last: Outcome | None, primary: str) -> None:
    change = standing(cast.sample(cast.connect("sqril")), cast.person("ed"), status)
    change.attempts.update(outcome=last or Outcome.INTENT)
    page = ed_signed_in.get(f"/changes/{change.pk}/").text
    buttons = page.partition('<div class="actions">')[2].partition("</div>")[0]
    first = re.findall(r'class="button primary"[^>]*>(.*?)</(?:a|button)>', buttons, re.DOTALL)
    assert [words(text).strip().removesuffix(" e").removesuffix(" /") for text in first] == [primary]
    assert "Back to customer" in words(buttons)


def test_trying_again_behind_a_newer_wish_says_which_is_waiting(ed_signed_in: Client) -> None:
    ed, customer = cast.person("ed"), cast.sample(cast.connect("sqril"))
    change = standing(customer, ed, Status.REFUSED, wishes={"phone": "+6281299887766"})
    newer = asked(customer, ed, phone="+6281200000000")
    answer = ed_signed_in.post(f"/changes/{change.pk}/again/")
    assert answer.status_code == 422
    assert f"A change of Phone (change {newer.pk}) is already waiting" in words(answer.text)


def test_an_unknown_is_an_operators_to_resolve(client: Client) -> None:
    cast.person("ops")
    change = standing(cast.sample(cast.connect("finosu")), cast.person("ed"), Status.UNKNOWN)
    client.force_login(cast.person("ed"))
    page = words(client.get(f"/changes/{change.pk}/").text)
    assert "Ask Olu Peters, who has it" in page
    assert client.post(f"/changes/{change.pk}/again/").status_code == 403
    client.force_login(cast.person("ops"))
    page = words(client.get(f"/changes/{change.pk}/").text)
    assert "Sending it again is not harmless at Finosu" in page
    assert "Ask Olu Peters" not in page
    assert client.post(f"/changes/{change.pk}/again/", {"reason": "The log there shows nothing."}).status_code == 303
    assert Event.objects.filter(verb="change.approved", actor__username="ops").exists()


@pytest.mark.parametrize("verdict", Verdict)
def test_an_operator_closes_an_unknown_with_a_verdict_and_a_reason(client: Client, verdict: Verdict) -> None:
    change = standing(cast.sample(cast.connect("timepay")), cast.person("ed"), Status.UNKNOWN)
    client.force_login(cast.person("ops"))
    assert "How do you know?" in client.get(f"/changes/{change.pk}/").text
    answer = client.post(f"/changes/{change.pk}/close/", {"verdict": verdict, "reason": "Seen in their console"})
    assert answer.status_code == 303
    change.refresh_from_db()
    assert (change.state, change.verdict) == (Status.CLOSED, verdict)
    assert "Seen in their console" in client.get(f"/changes/{change.pk}/").text


@pytest.mark.parametrize(
    ("posted", "sentence"),
    [
        ({"verdict": "applied", "reason": " "}, "Say in a sentence how you know"),
        ({"verdict": "perhaps", "reason": "I saw it"}, "Choose what became of the change."),
    ],
)
def test_closing_asks_for_what_is_missing_and_keeps_what_was_typed(
    client: Client, posted: dict[str, str], sentence: str
) -> None:
    change = standing(cast.sample(cast.connect("timepay")), cast.person("ed"), Status.UNKNOWN)
    client.force_login(cast.person("ops"))
    answer = client.post(f"/changes/{change.pk}/close/", posted)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert posted["reason"].strip() in answer.text


def test_what_is_applied_cannot_be_closed(ed_signed_in: Client) -> None:
    change = standing(cast.sample(cast.connect("sqril")), cast.person("ed"), Status.APPLIED)
    answer = ed_signed_in.post(f"/changes/{change.pk}/close/", {"verdict": "applied", "reason": "x"})
    assert answer.status_code == 422
    assert "nothing to close" in answer.text


@pytest.mark.parametrize("step", ["withdraw", "confirm", "again", "close"])
def test_a_visit_takes_no_step_and_leads_to_the_change(ed_signed_in: Client, step: str) -> None:
    change = asked(cast.sample(cast.connect("sqril")), cast.person("ed"))
    answer = ed_signed_in.get(f"/changes/{change.pk}/{step}/")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/changes/{change.pk}/")
    change.refresh_from_db()
    assert change.state is Status.APPROVED


def test_a_reviewer_reads_and_can_do_nothing(client: Client) -> None:
    change = standing(cast.sample(cast.connect("sqril")), cast.person("ed"), Status.REFUSED)
    client.force_login(cast.person("rae"))
    page = client.get(f"/changes/{change.pk}/").text
    assert 'popovertarget="do-' not in page
    assert 'data-key="e"' not in page
    for step in ("again", "close"):
        assert client.post(f"/changes/{change.pk}/{step}/", {"verdict": "applied", "reason": "x"}).status_code == 403


def test_a_change_that_ends_while_its_page_is_made_waits_for_nothing() -> None:
    ed = cast.person("ed")
    as_the_page_read_it = asked(cast.sample(cast.connect("caibo")), ed)
    withdraw(as_the_page_read_it.pk, by=ed)
    assert ahead([as_the_page_read_it]) == {}


def test_what_a_list_says_of_a_change_in_line_is_what_it_waits_for(ed_signed_in: Client) -> None:
    customer, ed = cast.sample(cast.connect("sqril")), cast.person("ed")
    first = standing(customer, ed, Status.UNKNOWN, wishes={"phone": "+6281299887766"})
    second = asked(customer, ed, address="Jl. Merdeka 1")
    Change.objects.filter(pk=second.pk).update(next_attempt_at=timezone.now() - timedelta(minutes=5))
    page = words(ed_signed_in.get("/changes/").text)
    assert f"Change {first.pk} of this customer, whose outcome is not known yet, has to end first" in page
    assert "Nothing has picked it up" not in page


def test_a_reading_that_showed_the_old_values_is_told_everywhere(ed_signed_in: Client) -> None:
    cast.person("ops")
    change = standing(cast.sample(cast.connect("finosu")), cast.person("ed"), Status.UNKNOWN)
    push = change.attempts.get()
    push.pk, push.kind, push.outcome = None, "check", Outcome.STILL_OLD
    push.save()
    page = words(ed_signed_in.get(f"/changes/{change.pk}/").text)
    assert "Outcome unknown" in page
    assert "read back, Finosu still holds the old values" in page
    assert "nobody can say whether it was applied. " not in page
    assert page.count("Read back: the old values stand") == 2  # among the tries and in what happened
    assert "Now at Finosu" in page
    assert (
        page.count("Ask Olu Peters, who has it.") == page.count("You may not resolve") == 1
    )  # once for all that could be concluded, never above


def test_a_value_that_was_moved_there_stands_beside_what_was_asked(ed_signed_in: Client) -> None:
    change = standing(cast.sample(cast.connect("sqril")), cast.person("ed"), Status.CONFLICT)
    change.attempts.update(outcome=Outcome.MOVED)
    page = words(ed_signed_in.get(f"/changes/{change.pk}/").text)
    assert "Now at Sqril" in page
    assert "Not sent: a value had moved at Sqril" in page
    change.attempts.update(outcome=Outcome.CONFLICT)
    assert "Now at Sqril" not in ed_signed_in.get(f"/changes/{change.pk}/").text


def test_editing_comes_first_where_the_provider_refused_the_values(ed_signed_in: Client) -> None:
    customer, ed = cast.sample(cast.connect("sqril")), cast.person("ed")
    refused = standing(customer, ed, Status.REFUSED, wishes={"phone": "+6281299887766"})
    page = ed_signed_in.get(f"/changes/{refused.pk}/").text
    assert f'class="button primary" href="/customers/{customer.pk}/edit/?again={refused.pk}"' in page
    assert page.count("button primary") == 1 + page.count('<button class="button primary" type="submit">')
