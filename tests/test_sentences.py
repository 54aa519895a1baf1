"""History in sentences: every event that the flows write, told to a person, with what is sensitive left out."""

from __future__ import annotations

from typing import Any

import pytest

from console.models import Confirmation, Customer, Event, Known, Outcome, Pause, Status, Verdict
from console.sentences import change_sentence, event_sentence, event_tone, listed, told
from providers.fields import Field, Kind
from tests.cast import connect, person, sample
from tests.telling import sentence
from tests.views.standing import asked, standing

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer() -> Customer:
    return sample(connect("sqril"))


@pytest.mark.parametrize(
    ("verb", "details", "said"),
    [
        ("customer.baseline", {"how": Known.READ, "fields": ["email", "phone"]}, "First read from Sqril: 2 values"),
        ("customer.baseline", {"how": Known.IMPORTED, "fields": ["email"]}, "Imported: 1 value"),
        ("customer.refreshed", {"moved": []}, "The console read it from Sqril: nothing had changed"),
        ("customer.refreshed", {"moved": ["updated_at"]}, "The console read it from Sqril: nothing had changed"),
        (
            "customer.refreshed",
            {"moved": ["email", "phone"]},
            "The console read it from Sqril: E-mail and Phone had changed",
        ),
        ("customer.moved", {"fields": ["phone"]}, "Sqril showed another value for Phone than we knew"),
        ("customer.imported", {"moved": ["phone"]}, "An import brought a change: Phone"),
        ("customer.gone", {}, "Sqril said that it has no such customer any more"),
        (
            "change.proposed",
            {"because_of": 7},
            "Held: change 7 of the same field was not applied, so its author looks again",
        ),
        ("change.proposed", {"void": True}, "Held: its approval no longer covers what would be sent"),
        (
            "change.approved",
            {"from": "proposed", "policies": [{"name": "no approval needed", "version": 1}]},
            "Approved by the rules: no approval needed",
        ),
        (
            "change.approved",
            {"from": "sending", "outcome": Outcome.TRY_LATER},
            "Not applied by this try: Sqril asked us to try later",
        ),
        (
            "change.approved",
            {"from": "unknown", "again": True},
            "To be sent once more: the same values again do no harm",
        ),
        ("change.approved", {"from": "unknown"}, "Read back: the old values stand, so it is sent again"),
        ("change.sending", {"epoch": 1}, "Being sent"),
        ("change.sending", {"epoch": 2}, "Being sent, for the 2nd time"),
        ("change.sending", {"epoch": 12}, "Being sent, for the 12th time"),
        (
            "change.applied",
            {"from": "sending", "outcome": Outcome.CONFIRMED},
            "Applied: the answer of Sqril showed the new values",
        ),
        (
            "change.applied",
            {"from": "unknown", "outcome": Outcome.CONFIRMED},
            "Applied: reading back showed the new values",
        ),
        ("change.applied", {"outcome": Outcome.ACCEPTED}, "Accepted by Sqril, which did not say what it holds now"),
        ("change.applied", {"outcome": Outcome.ALREADY}, "Nothing had to be sent: Sqril already held these values"),
        ("change.refused", {"outcome": Outcome.GONE}, "Refused: Sqril has no such customer"),
        ("change.refused", {"outcome": Outcome.REFUSED}, "Sqril refused it"),
        ("change.conflict", {"outcome": Outcome.KEPT_ANOTHER}, "Conflict: accepted, but another value was kept"),
        ("change.unknown", {}, "Sent, but nobody can say yet whether it was applied"),
        (
            "change.unknown",
            {"from": "sending", "restored": 2},
            "The database was restored from a backup, so nobody can say what became of it",
        ),
        (
            "change.proposed",
            {"from": "approved", "restored": 2},
            "Held: the database was restored from a backup, and it may have been sent before that",
        ),
        ("change.failed", {"outcome": Outcome.NOT_SENT}, "Given up: not sent"),
        ("change.expired", {}, "Expired: nobody decided in time"),
        ("change.superseded", {}, "Replaced by a later change"),
        ("connection.paused", {"cause": Pause.NOT_ALLOWED}, "Paused: the provider does not accept our credentials"),
        ("customer.never_heard_of", {}, "Customer never heard of"),
    ],
)
def test_an_event_is_a_sentence(customer: Customer, verb: str, details: dict[str, Any], said: str) -> None:
    assert sentence(customer, verb, **details) == said


def test_who_did_it_is_named_and_the_reason_is_quoted(customer: Customer) -> None:
    olu = person("ops")
    values = {"reason": "Seen in their console"}
    closed = sentence(customer, "change.closed", olu, values, verdict=Verdict.APPLIED)
    assert closed == "Olu Peters closed it: it was applied (“Seen in their console”)"
    assert sentence(customer, "change.withdrawn", olu) == "Olu Peters withdrew it"
    assert sentence(customer, "change.approved", olu, values, **{"from": "unknown"}).startswith(
        "Olu Peters had it sent again"
    )
    assert (
        sentence(customer, "customer.declared", olu, fields=["phone"]) == "Olu Peters said what Sqril holds for Phone"
    )
    added = "Olu Peters added this customer by id, without having read anything from Sqril"
    assert sentence(customer, "customer.baseline", olu, how="never read") == added


@pytest.mark.parametrize(
    ("moved", "said"),
    [
        ({"mail": ["nothing", "mine"]}, "chose to be told by e-mail what becomes of their changes"),
        (
            {"mail": ["all", "nothing"], "single_keys": [True, False]},
            "chose to get no e-mail and switched single keys off",
        ),
        ({"email": [False, True]}, "gave the address for e-mail"),
        ({"email": [True, True]}, "changed the address for e-mail"),
        ({"email": [True, False]}, "removed the address for e-mail"),
        ({"time_zone": ["UTC", "Asia/Jakarta"]}, "set the time zone to Asia/Jakarta"),
        ({"shoe_size": [1, 2]}, "changed a setting"),
    ],
)
def test_what_a_person_set_for_themselves_is_told(customer: Customer, moved: dict[str, Any], said: str) -> None:
    assert sentence(customer, "person.settings_changed", person("ed"), moved=moved) == f"Ed Kowalski {said}"


def test_one_field_is_told_with_its_values_several_without(customer: Customer) -> None:
    ed, pair = person("ed"), ["+62812345679", "+6281299887766"]
    one = sentence(customer, "change.proposed", ed, {"phone": pair}, fields=["phone"])
    assert one == "Ed Kowalski asked to change Phone from +62 812-345-679 to +62 812-9988-7766"
    several = sentence(customer, "change.proposed", ed, {"phone": pair}, fields=["phone", "email"])
    assert several == "Ed Kowalski asked to change Phone and E-mail"


def test_a_sensitive_value_is_masked_in_a_sentence(customer: Customer) -> None:
    said = sentence(customer, "customer.refreshed", None, {"dob": ["1990-02-01", "1991-02-01"]}, moved=["dob"])
    assert said == "The console read it from Sqril: Birth date had changed from •••• to ••••"


def test_an_erased_key_leaves_the_sentence_without_its_values(customer: Customer) -> None:
    asked(customer, person("ed"), address="Jl. Thamrin 88")
    Customer.objects.filter(pk=customer.pk).update(wrapped_key=None)
    event = Event.objects.get(verb="change.proposed")
    assert event_sentence(event, customer.provider.fields) == "Ed Kowalski asked to change Address"
    assert change_sentence(event.change, customer.provider.fields) == "Ed Kowalski asked to change Address"  # type: ignore[arg-type]


def test_a_field_that_is_declared_no_longer_is_told_by_its_name(customer: Customer) -> None:
    assert sentence(customer, "customer.imported", moved=["shoe_size"]) == "An import brought a change: shoe_size"


def test_a_change_is_told_as_done_only_when_it_is(customer: Customer) -> None:
    jo = person("jo")
    change = standing(customer, jo, Status.APPLIED, wishes={"occupation": "OCC7"}, confirmation=Confirmation.ECHOED)
    assert change_sentence(change, customer.provider.fields) == "Jo Lindqvist set Occupation to OCC7"
    waiting = asked(customer, jo, occupation="OCC1", address="Jl. Thamrin 88")
    assert change_sentence(waiting, customer.provider.fields) == "Jo Lindqvist asked to change Occupation and Address"


@pytest.mark.parametrize(
    ("verb", "tone"),
    [
        ("change.applied", "applied"),
        ("change.unknown", "unknown"),
        ("change.refused", "refused"),
        ("customer.gone", "refused"),
        ("customer.moved", "waiting"),
        ("customer.baseline", "neutral"),
    ],
)
def test_the_tone_is_that_of_the_state_it_led_to(verb: str, tone: str) -> None:
    assert event_tone(Event(verb=verb)) == tone


def test_a_long_list_is_counted_at_its_end() -> None:
    assert listed(["a", "b"]) == "a and b"
    assert listed(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
    assert listed([]) == ""


def test_a_long_value_is_cut_and_an_empty_one_is_nothing() -> None:
    field = Field(name="it", label="It", kind=Kind.TEXT, group="Person")
    assert told(field, "x" * 200) == f"{'x' * 80}…"
    assert told(field, None) == "nothing"


def test_what_was_only_accepted_is_told_as_asked_for() -> None:
    customer = sample(connect("caibo"))
    about = {"wishes": {"phone": "+442079460000"}, "confirmation": Confirmation.ACCEPTED}
    accepted = standing(customer, person("jo"), Status.APPLIED, **about)
    said = change_sentence(accepted, customer.provider.fields)
    assert said == "Jo Lindqvist asked to set Phone to +44 20 7946 0000"
