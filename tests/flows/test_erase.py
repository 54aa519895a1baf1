"""Erasing: two people agree, the values are gone from everywhere, and everything that was proved still is."""

from __future__ import annotations

import contextlib
import threading
import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from console.errors import CannotBeRead, KeyMissing, NotPermitted, StepNotPossible
from console.flows import drafts, erase, glass, review
from console.flows.adopt import add_by_id
from console.flows.claims import Claim
from console.flows.deliver import claim
from console.flows.import_customers import Row, import_customers
from console.flows.propose import Proposal, propose_one
from console.flows.record import database_now
from console.flows.refresh import refresh, take_over
from console.flows.resolve import close
from console.flows.seal import seal
from console.flows.send import send
from console.flows.settle import lose, settle
from console.models import (
    Attempt,
    Change,
    Customer,
    Draft,
    Erasure,
    ErasureStatus,
    Event,
    Export,
    Grant,
    Known,
    Line,
    Outcome,
    Role,
    SearchTerm,
    Status,
    User,
    Verdict,
)
from console.models.exports import ExportStatus, Format
from providers.sandbox import Sandbox
from tests import cast, deciding
from tests.flows.erasing import TICKET, asked, erased, eraser, left_of
from tests.flows.helpers import fresh, push, side_by_side, wish
from tests.flows.sealing import tree_fits
from tests.views.standing import standing

db = pytest.mark.django_db
alive = pytest.mark.usefixtures("live_db")

# Nothing of this may stand anywhere once its person was erased: what the record held, what was asked, what was said.
MARKS = {
    "customer_id": "cus_zqx9canary",
    "name_first": "Zqfirstname",
    "name_last": "Åzqlastname",
    "phone": "+62812999777",
    "email": "zq.canary@example.com",
    "address": "Jl. Zqstreet 77, Jakarta",
    "ic_number": "3174999988887777",
    "dob": "1991-03-17",
}
ASKED = {"email": "zq.asked@example.com", "address": "Jl. Zqasked 12, Jakarta"}
SAID = {
    "why": "Zqwhy called us",
    "reference": "ZQREF-1",
    "comment": "Zqcomment is fine",
    "draft": "zqdraft@example.com",
}
SOUGHT = [value for value in (*MARKS.values(), *ASKED.values(), *SAID.values()) if value != MARKS["dob"]]


@pytest.fixture
def ed() -> User:
    return cast.person("ed")


@pytest.fixture
def adi(sandbox: Sandbox) -> Customer:
    return lived_with(sandbox)


def lived_with(sandbox: Sandbox) -> Customer:
    """A customer at the sandbox of whom nothing is known but marks."""
    deciding.no_policies()
    deciding.policy("Nobody is asked", approvals=0)
    return cast.sample(cast.connect("sqril", sandbox), sandbox, **MARKS)


def much_happened(customer: Customer) -> None:
    """Changes that were applied, refused and that wait; a reading, a draft, a comment, words for a reviewer."""
    ed, ann = cast.person("ed"), cast.person("ann")
    first = wish(customer, ed, ASKED, why=SAID["why"], reference=SAID["reference"])
    push(customer)
    assert fresh(first).state is Status.APPLIED
    take_over(fresh(customer), {"phone": MARKS["phone"], "occupation": "OCC5"}, by=ed)
    deciding.policy("Contacts", "phone")
    waiting = wish(fresh(customer), ed, {"phone": "+62812000111"}, why=SAID["why"])
    review.comment(waiting.pk, by=ann, text=SAID["comment"])
    refused = standing(fresh(customer), ed, Status.REFUSED, wishes={"occupation": "OCC1"})
    Change.objects.filter(pk=refused.pk).update(
        note=f"It said {MARKS['phone']}.", problems=[{"field": "email", "code": "x", "message": MARKS["email"]}]
    )
    Attempt.objects.filter(change=refused).update(
        note=MARKS["email"], url=f"https://x/{MARKS['customer_id']}", shown_response=MARKS["email"]
    )
    drafts.keep(fresh(customer), {"v-email": SAID["draft"]}, ("email",), by=ed)


# --- what goes


@db
def test_nothing_of_the_person_stands_anywhere_afterwards(adi: Customer) -> None:
    much_happened(adi)
    before = left_of(SOUGHT)
    assert {"console_customer", "console_searchterm", "console_attempt", "console_change"} <= set(before)
    erased(adi)
    assert left_of(SOUGHT) == {}


@db
def test_what_is_left_is_a_number(adi: Customer) -> None:
    much_happened(adi)
    gone = fresh(erased(adi))
    assert (gone.values, gone.sealed, gone.known, gone.drift, gone.wrapped_key) == ({}, {}, {}, {}, None)
    assert gone.external_id == f"erased-{adi.pk}"
    assert set(gone.identity.values()) == {f"erased-{adi.pk}"}
    assert str(gone) == f"Erased customer {adi.pk}"
    assert gone.erased_at
    with pytest.raises(KeyMissing):
        _ = gone.key
    assert not Draft.objects.filter(customer=gone).exists()
    assert not SearchTerm.objects.filter(term__regex="zqfirstname|zq.canary").exists()
    assert not Change.objects.exclude(shape=None).exists()


@db
def test_what_was_sealed_stays_as_it_was_and_can_never_be_read(adi: Customer) -> None:
    much_happened(adi)
    bodies = dict(Attempt.objects.values_list("pk", "sealed_request"))
    lines = {line.pk: (line.sealed_after, line.digest) for line in Line.objects.all()}
    erased(adi)
    assert any(bodies.values())
    assert dict(Attempt.objects.values_list("pk", "sealed_request")) == bodies
    assert {line.pk: (line.sealed_after, line.digest) for line in Line.objects.all()} == lines
    with pytest.raises(KeyMissing):
        _ = Line.objects.select_related("change__customer").first().after  # type: ignore[union-attr]
    with pytest.raises(KeyMissing):
        _ = Event.objects.exclude(sealed_values=None).select_related("customer").first().values  # type: ignore[union-attr]


@alive
def test_invariant_25_every_proof_still_fits(sandbox: Sandbox) -> None:
    adi = lived_with(sandbox)
    much_happened(adi)
    seal()
    hashes = dict(Event.objects.values_list("pk", "hash"))
    erased(adi)
    seal()
    for number, event in enumerate(Event.objects.filter(customer=adi).order_by("number"), 1):
        assert event.number == number
        assert bytes(event.hash) == event.computed_hash()
    assert {pk: hashes[pk] for pk in hashes} == dict(Event.objects.filter(pk__in=hashes).values_list("pk", "hash"))
    assert bytes(fresh(adi).chain_head) == bytes(Event.objects.filter(customer=adi).latest("number").hash)
    assert tree_fits()


@db
def test_history_says_who_asked_and_who_agreed(adi: Customer) -> None:
    uma, eli = eraser("uma"), eraser("eli")
    erased(adi, by=(uma, eli))
    asking, done = Event.objects.filter(customer=adi).order_by("-number")[:2][::-1]
    assert [(asking.verb, asking.actor), (done.verb, done.actor)] == [
        ("customer.erasure_asked", uma),
        ("customer.erased", eli),
    ]
    assert TICKET not in str(asking.details)
    erasure = Erasure.objects.get()
    assert (erasure.status, erasure.reference, erasure.decided_by) == (ErasureStatus.DONE, TICKET, eli)


@db
def test_what_waited_ends_and_says_that_the_customer_was_erased(adi: Customer) -> None:
    much_happened(adi)
    erased(adi)
    assert set(Change.objects.values_list("status", "verdict")) == {
        (Status.APPLIED, ""),
        (Status.WITHDRAWN, ""),
        (Status.CLOSED, Verdict.NOT_APPLIED),
    }
    assert not Change.objects.needing_a_person().exists()
    assert Event.objects.get(verb="change.withdrawn").details["erased"] is True
    assert Event.objects.get(verb="customer.erased").details["ended"] == 2


@db
def test_files_that_may_hold_the_person_are_deleted(adi: Customer) -> None:
    rae = cast.person("rae")
    kept = Export.objects.create(
        owner=rae, format=Format.CSV, query={"search": {}, "places": None}, status=ExportStatus.DONE
    )
    kept.parts.create(number=0, sealed=b"x")
    erased(adi)
    assert fresh(kept).status == ExportStatus.FORGOTTEN
    assert not kept.parts.exists()


@db
def test_another_customer_keeps_everything(adi: Customer) -> None:
    other = cast.sample(adi.connection, None, customer_id="cus_other")
    before = Customer.objects.values().get(pk=other.pk)
    erased(adi)
    assert Customer.objects.values().get(pk=other.pk) == before
    assert fresh(other).record["email"] == "adi.wijaya@example.com"


@db
def test_the_same_person_can_be_added_anew(adi: Customer, ed: User) -> None:
    erased(adi)
    anew = add_by_id(adi.connection, MARKS["customer_id"], by=ed)
    assert anew.pk != adi.pk
    assert anew.record["email"] == MARKS["email"]
    assert Event.objects.filter(customer=anew).count() == 1
    rows = [Row(2, {"external_id": MARKS["customer_id"], "email": "later@example.com"})]
    report = import_customers(adi.connection, rows, as_of=timezone.now())
    assert (report.updated, report.problems) == (1, [])
    assert fresh(adi).values == {}


# --- who may, and when


@db
def test_nobody_erases_by_themselves(adi: Customer) -> None:
    uma = eraser("uma")
    erasure = asked(adi, uma)
    with pytest.raises(NotPermitted, match="somebody else has to agree"):
        erase.agree(erasure.pk, by=uma)
    assert fresh(adi).erased_at is None


@db
def test_the_database_too_lets_nobody_erase_by_themselves(adi: Customer) -> None:
    erasure = asked(adi, uma := eraser("uma"))
    with pytest.raises(IntegrityError, match="nobody_erases_by_themselves"), transaction.atomic():
        Erasure.objects.filter(pk=erasure.pk).update(status=ErasureStatus.DONE, decided_by=uma)


@db
def test_where_nobody_else_may_agree_it_says_who_can_change_that(adi: Customer) -> None:
    uma = eraser("uma")
    cast.person("max")
    assert erase.helpers(adi, but=uma) == (
        "Nobody else has the role Erasure at Sqril: Max Brandt can give it to somebody."
    )
    eraser("eli", cast.connect("caibo"))
    assert "Nobody else" in erase.helpers(adi, but=uma)
    eraser("una")
    assert erase.helpers(adi, but=uma) == "Una can."


@db
@pytest.mark.parametrize("who", ["ed", "ann", "ops", "rae", "max"])
def test_no_other_role_may_ask_or_agree(adi: Customer, who: str) -> None:
    other = cast.person(who)
    with pytest.raises(NotPermitted):
        erase.ask(adi.pk, by=other, reference=TICKET)
    erasure = asked(adi)
    for step in (erase.agree, erase.reject, erase.withdraw):
        with pytest.raises(NotPermitted):
            step(erasure.pk, by=other)


@db
def test_the_right_counts_where_it_was_given_and_as_long_as_it_is_held(adi: Customer) -> None:
    elsewhere = eraser("eli", cast.connect("caibo"))
    erasure = asked(adi)
    with pytest.raises(NotPermitted):
        erase.agree(erasure.pk, by=elsewhere)
    una = eraser("una")
    Grant.objects.filter(user=una).delete()
    with pytest.raises(NotPermitted):
        erase.agree(erasure.pk, by=User.objects.get(pk=una.pk))


@db
def test_a_second_person_says_no_and_it_can_be_asked_again(adi: Customer) -> None:
    erasure = asked(adi)
    erase.reject(erasure.pk, by=eraser("eli"))
    with pytest.raises(StepNotPossible, match="decided on that already"):
        erase.agree(erasure.pk, by=eraser("eli"))
    assert fresh(adi).record["email"] == MARKS["email"]
    assert asked(adi).pk != erasure.pk


@db
def test_whoever_asked_takes_it_back_and_nobody_else(adi: Customer) -> None:
    erasure = asked(adi)
    with pytest.raises(NotPermitted, match="Uma"):
        erase.withdraw(erasure.pk, by=eraser("eli"))
    with pytest.raises(NotPermitted, match="take it back instead"):
        erase.reject(erasure.pk, by=eraser("uma"))
    erase.withdraw(erasure.pk, by=eraser("uma"))
    assert fresh(erasure).status == ErasureStatus.WITHDRAWN


@db
def test_it_is_asked_once_at_a_time_and_never_again_once_done(adi: Customer) -> None:
    asked(adi)
    with pytest.raises(StepNotPossible, match="Uma has asked for that already"):
        asked(adi, eraser("eli"))
    erase.agree(Erasure.objects.get().pk, by=eraser("eli"))
    with pytest.raises(StepNotPossible, match="erased already"):
        asked(adi)
    with pytest.raises(StepNotPossible, match="erased already"):
        erase.agree(Erasure.objects.get().pk, by=eraser("eli"))


@db
@pytest.mark.parametrize(
    "reference", ["", "   ", "x" * 201, "T-1 for Zqfirstname", "cus_zqx9canary", "zq.canary@example.com asked"]
)
def test_the_ticket_says_nothing_of_the_person(adi: Customer, reference: str) -> None:
    with pytest.raises(StepNotPossible) as refused:
        erase.ask(adi.pk, by=eraser("uma"), reference=reference)
    assert "zq" not in str(refused.value).lower()
    assert not Erasure.objects.exists()


@db
@pytest.mark.parametrize(
    ("status", "said"), [(Status.SENDING, "is being sent just now"), (Status.UNKNOWN, "found out first")]
)
def test_while_something_is_on_its_way_nothing_is_erased(adi: Customer, ed: User, status: Status, said: str) -> None:
    change = standing(adi, ed, status, wishes={"email": "b@example.com"})
    erasure = asked(adi)
    with pytest.raises(StepNotPossible, match=f"hange.{{0,12}}{change.pk}") as refused:
        erase.agree(erasure.pk, by=eraser("eli"))
    assert said in str(refused.value)
    assert fresh(adi).erased_at is None


@db
def test_what_was_sent_without_approval_is_looked_into_first(adi: Customer, ed: User) -> None:
    deciding.policy("Contacts", "email")
    change = wish(adi, ed, {"email": "b@example.com"})
    hasty = User.objects.create_user("hasty")
    Grant.objects.create(user=hasty, role=Role.BREAK_GLASS)
    glass.break_glass(change.pk, by=hasty, reason="It could not wait.")
    push(adi)
    erasure = asked(adi)
    with pytest.raises(StepNotPossible, match="a reviewer has to look into it first"):
        erase.agree(erasure.pk, by=eraser("eli"))
    glass.close(change.pk, by=cast.person("rae"), finding="It was right.")
    assert erase.agree(erasure.pk, by=eraser("eli")).erased_at


@db
def test_it_waits_for_those_who_may_agree_and_nobody_else(adi: Customer) -> None:
    uma, eli, elsewhere = eraser("uma"), eraser("eli"), eraser("una", cast.connect("caibo"))
    erasure = asked(adi, uma)
    assert erase.waiting_for(eli, 20) == [erasure]
    assert (
        erase.waiting_for(uma, 20) == erase.waiting_for(elsewhere, 20) == erase.waiting_for(cast.person("ed"), 20) == []
    )


# --- nothing comes back


@db
def test_nothing_is_asked_read_or_learnt_of_them_any_more(adi: Customer, ed: User) -> None:
    stale = fresh(adi)
    erased(adi)
    with pytest.raises(KeyMissing):
        wish(adi, ed, {"email": "b@example.com"})
    with pytest.raises(CannotBeRead, match="erased"):
        refresh(fresh(adi), by=ed)
    with pytest.raises(KeyMissing):
        take_over(stale, {"email": "b@example.com"}, by=ed)
    with pytest.raises(KeyMissing):
        fresh(adi).learn({"email": "b@example.com"}, how=Known.READ, at=database_now())
    assert left_of(["b@example.com"]) == {}


@alive
def test_an_answer_that_comes_after_all_leaves_no_values(sandbox: Sandbox) -> None:
    adi, ed = lived_with(sandbox), cast.person("ed")
    change = wish(adi, ed, {"email": "b@example.com"})
    claimed = claim(adi.connection_id)
    assert isinstance(claimed, Claim)
    late = send(claimed)
    Change.objects.filter(pk=change.pk).update(lease_until=database_now() - timedelta(minutes=5))
    lose(change.pk)
    close(change.pk, by=cast.person("ops"), verdict=Verdict.NOT_KNOWN, reason="Nobody there remembers.")
    erased(adi)
    assert settle(claimed, late) is None
    attempt = Attempt.objects.get()
    assert (attempt.late, attempt.outcome, attempt.sealed_response) == (True, Outcome.CONFIRMED, None)
    assert left_of([*SOUGHT, "b@example.com"]) == {}


# --- at once


@alive
def test_of_two_who_agree_at_once_one_erases(sandbox: Sandbox) -> None:
    adi = lived_with(sandbox)
    erasure, outcomes = asked(adi), list[str]()

    def agree(user: User) -> None:
        try:
            erase.agree(erasure.pk, by=user)
            outcomes.append("done")
        except StepNotPossible as refused:
            outcomes.append(str(refused))

    eli, una = eraser("eli"), eraser("una")
    side_by_side(lambda: agree(eli), lambda: agree(una))
    assert sorted(outcomes) == ["The customer is erased already.", "done"]
    assert Event.objects.filter(verb="customer.erased").count() == 1


@alive
def test_erasing_and_saving_at_once_end_in_one_order_or_the_other(sandbox: Sandbox) -> None:
    adi, ed = lived_with(sandbox), cast.person("ed")
    erasure, eli = asked(adi), eraser("eli")

    def save() -> None:
        with contextlib.suppress(KeyMissing):
            propose_one(Proposal(adi.pk, {"email": "race@example.com"}, uuid.uuid4().hex, why="Zqrace"), by=ed)

    side_by_side(save, lambda: erase.agree(erasure.pk, by=eli))
    assert fresh(adi).erased_at
    assert not Change.objects.filter(customer=adi).unfinished().exists()
    assert left_of([*SOUGHT, "race@example.com", "zqrace"]) == {}


@alive
def test_a_push_in_flight_is_waited_for(sandbox: Sandbox) -> None:
    adi, ed, eli = lived_with(sandbox), cast.person("ed"), eraser("eli")
    erasure, change = asked(adi), wish(adi, ed, {"email": "race@example.com"})
    sandbox.fault("sqril", "slow", method="PUT", count=1, seconds=1.0)
    pushing = threading.Thread(target=_push_in_its_own_session, args=(adi,), daemon=True)
    pushing.start()
    refusal = _agree_until_sent(erasure, eli, change)
    pushing.join(timeout=60)
    assert "is being sent just now" in refusal
    assert fresh(change).state is Status.APPLIED
    erase.agree(erasure.pk, by=eli)
    assert left_of([*SOUGHT, "race@example.com"]) == {}


def _push_in_its_own_session(customer: Customer) -> None:
    side_by_side(lambda: push(customer))


def _agree_until_sent(erasure: Erasure, by: User, change: Change) -> str:
    """What is said to whoever agrees while the change is on its way."""
    while fresh(change).state is Status.APPROVED:
        pass
    with pytest.raises(StepNotPossible) as refused:
        erase.agree(erasure.pk, by=by)
    return str(refused.value)
