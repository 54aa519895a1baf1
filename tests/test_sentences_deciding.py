"""What history tells of deciding: who approved what by which policy, what was rejected and why, and what it came to."""

from __future__ import annotations

from typing import Any

import pytest

from console.flows import glass, review
from console.models import Change, Confirmation, Customer, Event, Grant, LineState, Role, Status, User
from console.sentences import change_sentence, event_sentence, event_tone
from tests.cast import connect, person, sample
from tests.deciding import approve, policy, reject
from tests.flows.helpers import wish
from tests.telling import sentence
from tests.views.standing import standing

pytestmark = pytest.mark.django_db

WISHES = {"occupation": "OCC10", "address": "Jl. Thamrin No. 88, Jakarta", "phone": "+6281299887766"}
KYC = {"name": "KYC fields", "version": 3, "policy": 7, "approvals": 1}
FREE = {"name": "No approval needed", "version": 1, "policy": 1, "approvals": 0}
NONE = {"name": "no policy names it", "version": 0, "policy": 0, "approvals": 1}
OLD = {"name": "No approval needed", "version": 1}


@pytest.fixture
def customer() -> Customer:
    return sample(connect("sqril"))


def history(change: Change) -> list[str]:
    """What is told of a change, in order."""
    fields = change.customer.provider.fields
    events = Event.objects.filter(change=change).select_related("actor", "customer__connection")
    return [event_sentence(event, fields) for event in events.order_by("pk")]


def may_break_glass(user: User) -> User:
    Grant.objects.create(user=user, role=Role.BREAK_GLASS)
    return User.objects.get(pk=user.pk)


def test_deciding_line_by_line_is_told_as_it_happened(customer: Customer) -> None:
    policy("KYC fields", "occupation", "address")
    ed, ann = person("ed"), person("ann")
    change = wish(customer, ed, WISHES)
    review.comment(change.pk, by=ann, text="Is that the new flat?", field="address")
    approve(change, ann, "occupation")
    reject(change, ann, "address", reason="The call-back did not confirm it.")
    assert history(change)[1:] == [
        "Ann Mwangi commented on Address: “Is that the new flat?”",
        "Ann Mwangi approved Occupation (policy “KYC fields”, version 1)",
        "Ann Mwangi rejected Address (“The call-back did not confirm it.”)",
        "Approved in part, without Address: all that was needed is there (policy “KYC fields”, version 1)",
    ]


def test_what_needs_nobody_says_which_policy_said_so(customer: Customer) -> None:
    change = wish(customer, person("ed"), {"phone": WISHES["phone"]})
    assert history(change)[-1] == "No approval was needed (policy “No approval needed”, version 1)"


def test_a_request_that_was_returned_says_why_and_that_its_author_has_it(customer: Customer) -> None:
    policy("KYC fields", "occupation")
    change = wish(customer, person("ed"), {"occupation": "OCC10"})
    review.return_to_author(change.pk, by=person("ann"), reason="Give the ticket.")
    assert history(change)[1:] == ["Ann Mwangi returned it to its author (“Give the ticket.”)", "Back with its author"]


def test_a_whole_rejection_is_told_with_its_reason_once(customer: Customer) -> None:
    policy("KYC fields", "occupation")
    change = wish(customer, person("ed"), {"occupation": "OCC10"})
    reject(change, person("ann"), "occupation", reason="No such document.")
    assert history(change)[1:] == [
        "Ann Mwangi rejected Occupation (“No such document.”)",
        "Rejected: nothing of it is sent",
    ]


def test_an_emergency_is_told_with_what_it_went_without_and_what_was_found(customer: Customer) -> None:
    policy("KYC fields", "occupation", "address")
    change = wish(customer, person("ed"), WISHES)
    glass.break_glass(change.pk, by=may_break_glass(person("sam")), reason="The line is flooded.")
    glass.close(change.pk, by=person("rae"), finding="It could not wait.")
    sent, closed = history(change)[1:]
    assert sent == "Sam Tanaka let it through without approval of Occupation and Address (“The line is flooded.”)"
    assert closed == "Rae Okafor looked into why it was let through without its approvals: “It could not wait.”"
    assert event_tone(Event.objects.get(change=change, verb="change.approved")) == "refused"


def test_what_was_left_out_is_not_told_as_changed(customer: Customer) -> None:
    change = standing(
        customer,
        person("ed"),
        Status.APPLIED,
        wishes={"occupation": "OCC7", "phone": WISHES["phone"]},
        confirmation=Confirmation.ECHOED,
    )
    change.lines.filter(field="phone").update(decision=LineState.REJECTED)
    fields = customer.provider.fields
    assert change_sentence(Change.objects.get(pk=change.pk), fields) == "Ed Kowalski set Occupation to OCC7"


@pytest.mark.parametrize(
    ("verb", "details", "said"),
    [
        (
            "decision.approved",
            {"fields": ["phone"], "policies": [KYC, FREE]},
            "approved Phone (policy “KYC fields”, version 3)",
        ),
        ("decision.approved", {"fields": ["phone"], "policies": [NONE]}, "approved Phone (no policy names it)"),
        (
            "decision.approved",
            {"fields": ["phone"], "policies": [KYC], "kept though moved": ["phone"]},
            "approved Phone, although Phone had moved (policy “KYC fields”, version 3)",
        ),
        ("change.commented", {}, "commented"),
        ("change.amended", {"fields": ["phone"]}, "amended Phone"),
        ("change.amended", {"fields": [], "dropped": ["phone"]}, "took Phone off it"),
        ("change.amended", {"fields": ["email"], "dropped": ["phone"]}, "amended E-mail and took Phone off it"),
        ("change.amended", {"fields": []}, "saved it again with the same values"),
        (
            "change.line_replaced",
            {"fields": ["phone"], "because_of": 18},
            "took Phone off it: change 18 asks for that now",
        ),
        ("change.superseded", {"because_of": 18, "fields": ["phone"]}, "replaced it by change 18"),
        ("change.superseded", {"because_of": 18}, "corrected it with change 18"),
        ("change.proposed", {"from": "returned", "fields": ["phone"]}, "proposed it again"),
        ("policy.proposed", {"version": 3, "why": "Audit wants it"}, "proposed version 3 (“Audit wants it”)"),
        ("policy.approved", {"version": 3}, "put version 3 in force"),
        ("policy.set", {"version": 1}, "put version 1 in force without a second administrator"),
        ("policy.rejected", {"version": 3, "reason": "Too wide"}, "rejected version 3 (“Too wide”)"),
        ("policy.withdrawn", {"version": 3, "name": "KYC"}, "withdrew version 3 of the policy “KYC”"),
    ],
)
def test_who_decides_is_named(customer: Customer, verb: str, details: dict[str, Any], said: str) -> None:
    assert sentence(customer, verb, person("ann"), **details) == f"Ann Mwangi {said}"


@pytest.mark.parametrize(
    ("verb", "details", "said"),
    [
        ("change.approved", {"from": "proposed", "policies": [OLD]}, "Approved by the rules: No approval needed"),
        ("change.approved", {"from": "failed", "policies": [KYC]}, "Approved again: KYC fields"),
        (
            "change.approved",
            {"from": "proposed", "policies": [NONE]},
            "Approved: all that was needed is there (no policy names it)",
        ),
        (
            "change.approved",
            {"from": "proposed", "policies": [KYC], "left out": ["phone"]},
            "Approved in part, without Phone: all that was needed is there (policy “KYC fields”, version 3)",
        ),
        (
            "change.approved",
            {"from": "proposed", "policies": [FREE], "left out": ["phone", "email"]},
            "Approved in part, without Phone and E-mail: what is left of it needs no approval",
        ),
        ("change.returned", {"incomplete": True}, "Back with its author: what is left of it cannot be sent by itself"),
        ("change.proposed", {"void": True, "lapsed": True}, "Held: its approval is older than 7 days"),
        ("change.proposed", {"moved": ["phone"]}, "Held: Phone had moved since it was asked"),
    ],
)
def test_what_it_came_to_is_told(customer: Customer, verb: str, details: dict[str, Any], said: str) -> None:
    assert sentence(customer, verb, **details) == said


def test_an_amended_value_is_told_with_what_was_asked_before_and_a_sensitive_one_is_masked(customer: Customer) -> None:
    pair = ["+62812345679", "+6281299887766"]
    told = sentence(customer, "change.amended", person("ed"), {"phone": pair}, fields=["phone"])
    assert told == "Ed Kowalski amended Phone from +62 812-345-679 to +62 812-9988-7766"
    masked = sentence(customer, "change.amended", person("ed"), {"dob": ["1990-02-01", "1991-02-01"]}, fields=["dob"])
    assert masked.endswith("from •••• to ••••")


def test_another_reason_is_told_with_the_one_that_was_read_before(customer: Customer) -> None:
    anew = {"the reason": ["New employer", "She asked"], "the ticket": ["", "SUP-2"]}
    told = sentence(customer, "change.amended", person("ed"), anew, **{"fields": [], "said anew": list(anew)})
    assert told == "Ed Kowalski changed the reason (before: “New employer”) and changed the ticket"


def test_without_the_key_a_comment_and_a_reason_are_told_without_their_words(customer: Customer) -> None:
    policy("KYC fields", "occupation")
    change = wish(customer, person("ed"), {"occupation": "OCC10"})
    review.comment(change.pk, by=person("ann"), text="Is that so?")
    reject(change, person("ann"), "occupation", reason="No such document.")
    Customer.objects.filter(pk=customer.pk).update(wrapped_key=None)
    assert history(change)[1:3] == ["Ann Mwangi commented", "Ann Mwangi rejected Occupation"]
