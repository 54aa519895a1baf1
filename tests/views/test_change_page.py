"""The page of one change in every state: who sees it, what it shows, and what of it stays hidden."""

from __future__ import annotations

import pytest
from django.test import Client

from console.models import Confirmation, Outcome, Status
from console.templatetags.steward import common
from tests import cast
from tests.views.counting import queries
from tests.views.pages import without_chance_digits, words
from tests.views.standing import asked, standing

pytestmark = pytest.mark.django_db


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
    assert "9876" not in without_chance_digits(page)
    assert "1234" not in without_chance_digits(page).replace("12345", "")
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
