"""The steps that people take on a change, from its page: who may, which comes first, and what a refused one is told."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from console.models import Event, Outcome, Status, Verdict
from tests import cast
from tests.views.pages import words
from tests.views.standing import asked, standing

pytestmark = pytest.mark.django_db

SWAP = {"HX-Request": "true"}


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


def test_editing_comes_first_where_the_provider_refused_the_values(ed_signed_in: Client) -> None:
    customer, ed = cast.sample(cast.connect("sqril")), cast.person("ed")
    refused = standing(customer, ed, Status.REFUSED, wishes={"phone": "+6281299887766"})
    page = ed_signed_in.get(f"/changes/{refused.pk}/").text
    assert f'class="button primary" href="/customers/{customer.pk}/edit/?again={refused.pk}"' in page
    assert page.count("button primary") == 1 + page.count('<button class="button primary" type="submit">')


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
