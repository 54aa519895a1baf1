"""Undoing: a new change that asks for what stood there before, under today's rules, or a sentence that says why not."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from django.utils import timezone

from console.errors import AlreadySaved, AlreadyWaiting, NotPermitted, NotUndone, ReasonMissing, StepNotPossible
from console.flows.propose import withdraw
from console.flows.refresh import take_over
from console.flows.resolve import close
from console.flows.undo import lines_back, undo, undoing, why_not_at_all
from console.models import Change, Connection, Customer, Event, Origin, Status, User, Verdict, Wait
from console.sentences import event_sentence
from providers.sandbox import Sandbox
from tests import cast, deciding
from tests.flows.helpers import fresh, push, wish
from tests.views.standing import standing

pytestmark = pytest.mark.django_db

WAS, NEW = "adi.wijaya@example.com", "adi.new@example.com"
OLD_PHONE, NEW_PHONE = "+62812345679", "+6281299887766"


@pytest.fixture
def ed() -> User:
    return cast.person("ed")


@pytest.fixture
def sqril(sandbox: Sandbox) -> Connection:
    return cast.connect("sqril", sandbox)


@pytest.fixture
def adi(sqril: Connection, sandbox: Sandbox) -> Customer:
    deciding.no_policies()
    deciding.policy("Nobody is asked", approvals=0)
    return cast.sample(sqril, sandbox)


def applied(customer: Customer, by: User, **wishes: Any) -> Change:
    """A change that really was sent and confirmed."""
    change = wish(customer, by, wishes or {"email": NEW, "phone": NEW_PHONE})
    push(customer)
    assert fresh(change).state is Status.APPLIED
    return Change.objects.select_related("customer__connection", "connection").get(pk=change.pk)


def back(change: Change, by: User, *fields: str, key: str = "", **more: Any) -> Change:
    return undo(change.pk, by=by, key=key or uuid.uuid4().hex, fields=fields or None, **more)


def why_not(change: Change, by: User) -> Mapping[str, str]:
    """By field, why its line cannot go back."""
    change = Change.objects.select_related("customer__connection", "connection").get(pk=change.pk)
    return {one.line.field: one.why_not for one in lines_back(change, by=by) if one.why_not}


def test_a_whole_change_goes_back_to_what_was_before(adi: Customer, ed: User) -> None:
    change = applied(adi, ed)
    undone = back(change, cast.person("jo"), why="The customer did not ask for it.", reference="T-7")
    assert (undone.undoes_id, undone.origin, undone.reference) == (change.pk, Origin.UNDO, "T-7")
    assert Change.objects.get(pk=undone.pk).wishes == {"email": WAS, "phone": OLD_PHONE}
    push(adi)
    assert fresh(undone).state is Status.APPLIED
    assert fresh(adi).record["email"] == WAS
    assert fresh(adi).record["phone"] == OLD_PHONE


def test_one_line_goes_back_and_the_other_stays(adi: Customer, ed: User) -> None:
    change = applied(adi, ed)
    undone = back(change, ed, "email")
    push(adi)
    assert Change.objects.get(pk=undone.pk).wishes == {"email": WAS}
    assert fresh(adi).record["phone"] == NEW_PHONE


def test_history_tells_which_change_it_takes_back(adi: Customer, ed: User) -> None:
    change = applied(adi, ed)
    undone = back(change, ed, "email")
    event = Event.objects.select_related("actor").get(change=undone, verb="change.proposed")
    event.customer = adi
    assert event.details["undoes"] == change.pk
    assert event.origin == Origin.UNDO
    told = event_sentence(event, adi.provider.fields)
    assert told == f"Ed Kowalski asked to undo change {change.pk}: E-mail from {NEW} to {WAS}"


def test_it_needs_the_approvals_of_today(adi: Customer, ed: User) -> None:
    change = applied(adi, ed)
    deciding.policy("Contacts", "email")
    undone = back(change, ed, "email")
    assert (undone.state, undone.wait) == (Status.PROPOSED, Wait.DECISION)
    deciding.approve(undone, cast.person("ann"))
    push(adi)
    assert fresh(adi).record["email"] == WAS


def test_a_policy_of_today_that_wants_a_reason_gets_one(adi: Customer, ed: User) -> None:
    change = applied(adi, ed)
    deciding.policy("Contacts", "email", asks_reason=True)
    with pytest.raises(ReasonMissing):
        back(change, ed, "email")
    assert back(change, ed, "email", why="A mistake.").pk


def test_sending_the_form_twice_makes_one_change(adi: Customer, ed: User) -> None:
    change = applied(adi, ed)
    first = back(change, ed, "email", key="one form")
    assert back(change, ed, "email", key="one form") == first
    with pytest.raises(AlreadySaved):
        back(change, ed, "email", "phone", key="one form")
    assert Change.objects.filter(undoes=change).count() == 1


def test_who_may_not_propose_undoes_nothing(adi: Customer, ed: User) -> None:
    change = applied(adi, ed)
    with pytest.raises(NotPermitted):
        back(change, cast.person("rae"))


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (Status.APPROVED, "withdraw it instead"),
        (Status.SENDING, "being sent just now"),
        (Status.UNKNOWN, "found out first"),
        (Status.CONFLICT, "was not applied"),
        (Status.REFUSED, "was not applied"),
        (Status.WITHDRAWN, "was not applied"),
        (Status.CLOSED, "was not applied"),
    ],
)
def test_what_was_not_applied_cannot_be_undone(adi: Customer, ed: User, status: Status, said: str) -> None:
    change = standing(adi, ed, status, wishes={"email": NEW})
    assert said in why_not_at_all(change)
    with pytest.raises(StepNotPossible, match=said):
        back(change, ed)


def test_what_a_person_closed_as_applied_can_be_undone(adi: Customer, ed: User) -> None:
    change = standing(adi, ed, Status.UNKNOWN, wishes={"email": NEW})
    close(change.pk, by=cast.person("ops"), verdict=Verdict.APPLIED, reason="They told me.")
    assert back(change, ed).undoes_id == change.pk


def test_a_customer_who_is_gone_there_is_sent_nothing(adi: Customer, ed: User) -> None:
    change = applied(adi, ed)
    Customer.objects.update(gone_at=timezone.now())
    with pytest.raises(StepNotPossible, match="no such customer any more"):
        back(change, ed)


def test_a_value_that_was_set_again_since_stays_and_says_by_whom(adi: Customer, ed: User) -> None:
    change, jo = applied(adi, ed), cast.person("jo")
    later = applied(adi, jo, email="third@example.com")
    assert why_not(change, ed) == {"email": f"Jo Lindqvist has set another value since, by change {later.pk}."}
    with pytest.raises(NotUndone) as refused:
        back(change, ed)
    assert set(refused.value.reasons) == {"email"}
    assert back(change, ed, "phone").pk


def test_a_value_that_moved_at_the_provider_since_stays(adi: Customer, ed: User) -> None:
    change = applied(adi, ed)
    take_over(adi, {"email": "elsewhere@example.com"}, by=ed)
    assert why_not(change, ed)["email"] == "Sqril holds another value since, which nobody asked for here."


def test_what_was_not_known_before_has_nothing_to_go_back_to(sqril: Connection, ed: User, sandbox: Sandbox) -> None:
    adi = cast.sample(sqril, None, email=...)
    sandbox.seed("sqril", [cast.SAMPLES["sqril"]])
    change = standing(adi, ed, Status.UNKNOWN, wishes={"email": NEW})
    close(change.pk, by=cast.person("ops"), verdict=Verdict.APPLIED, reason="They told me.")
    assert "was not known" in why_not(change, ed)["email"]


def test_what_was_empty_before_is_cleared_where_that_is_possible(sandbox: Sandbox, ed: User) -> None:
    ann = cast.sample(cast.connect("caibo", sandbox), sandbox, address=None)
    deciding.no_policies()
    deciding.policy("Nobody is asked", approvals=0)
    change = applied(ann, ed, address="2 Low Street, Leeds")
    undone = back(change, ed)
    assert Change.objects.get(pk=undone.pk).wishes == {"address": None}


def test_what_was_empty_before_stays_where_the_provider_lets_nobody_clear_it(sandbox: Sandbox, ed: User) -> None:
    lena = cast.sample(cast.connect("finosu", sandbox), sandbox, streetAddress2=None)
    deciding.no_policies()
    deciding.policy("Nobody is asked", approvals=0)
    change = applied(lena, ed, streetAddress2="Apt 9")
    assert "no way to empty this" in why_not(change, ed)["streetAddress2"]


def test_a_field_that_is_locked_by_now_says_so(ed: User) -> None:
    sqril = cast.connect("sqril", editable="gender")
    change = standing(cast.sample(sqril), ed, Status.UNKNOWN, wishes={"gender": "FEMALE"})
    close(change.pk, by=cast.person("ops"), verdict=Verdict.APPLIED, reason="They told me.")
    assert why_not(change, ed) == {}
    Connection.objects.update(options={})
    assert "does not say whether this may change" in why_not(change, ed)["gender"]


def test_what_is_already_undone_says_by_which_change(adi: Customer, ed: User) -> None:
    change = applied(adi, ed)
    first = back(change, ed, "email")
    assert why_not(change, cast.person("jo")) == {"email": f"Change {first.pk} asks for that already."}
    push(adi)
    assert why_not(change, ed) == {"email": f"Change {first.pk} has undone it already."}
    assert undoing(change) == [first]


def test_an_undoing_that_came_to_nothing_can_be_asked_again(adi: Customer, ed: User) -> None:
    change = applied(adi, ed)
    deciding.policy("Contacts", "email")
    first = back(change, ed, "email")
    withdraw(first.pk, by=ed)
    assert undoing(change) == []
    assert back(change, ed, "email").pk != first.pk


def test_an_undoing_can_itself_be_undone_and_then_the_first_once_more(adi: Customer, ed: User) -> None:
    change = applied(adi, ed, email=NEW)
    first = back(change, ed)
    push(adi)
    second = back(first, ed)
    push(adi)
    assert fresh(adi).record["email"] == NEW
    assert Change.objects.get(pk=second.pk).wishes == {"email": NEW}
    assert why_not(change, ed) == {}


def test_a_line_that_was_rejected_was_not_sent(adi: Customer, ed: User) -> None:
    deciding.policy("Contacts", "email")
    change = wish(adi, ed, {"email": NEW, "phone": NEW_PHONE})
    deciding.reject(change, cast.person("ann"), "email")
    push(adi)
    assert fresh(change).state is Status.APPLIED
    assert why_not(change, ed) == {"email": "It was not sent, so there is nothing to undo."}
    undone = back(change, ed)
    assert Change.objects.get(pk=undone.pk).wishes == {"phone": OLD_PHONE}


def test_ones_own_wish_that_waits_for_the_field_is_edited_instead(adi: Customer, ed: User) -> None:
    change = applied(adi, ed, email=NEW)
    deciding.policy("Contacts", "email")
    later = wish(adi, ed, {"email": "third@example.com"})
    assert why_not(change, ed)["email"] == f"Your change {later.pk} waits for this field: edit or withdraw that one."


def test_anothers_wish_that_waits_gives_way_for_a_reason_once_it_was_seen(adi: Customer, ed: User) -> None:
    change, jo = applied(adi, ed, email=NEW), cast.person("jo")
    deciding.policy("Contacts", "email")
    later = wish(adi, jo, {"email": "third@example.com"})
    [line] = lines_back(change, by=ed)
    assert line.waits == later
    with pytest.raises(AlreadyWaiting):
        back(change, ed)
    with pytest.raises(ReasonMissing):
        back(change, ed, replacing={"email": later.pk})
    undone = back(change, ed, replacing={"email": later.pk}, why="It was a mistake.")
    assert fresh(later).superseded_by_id == undone.pk


def test_a_wish_that_may_be_there_already_has_to_end_first(adi: Customer, ed: User) -> None:
    change = applied(adi, ed, email=NEW)
    jo = cast.person("jo")
    later = wish(adi, jo, {"email": "third@example.com"})
    Change.objects.filter(pk=later.pk).update(maybe_applied=True)
    assert (
        why_not(change, ed)["email"] == f"Change {later.pk} of Jo Lindqvist waits for this field and has to end first."
    )


def test_nothing_chosen_is_nothing_done(adi: Customer, ed: User) -> None:
    change = applied(adi, ed)
    with pytest.raises(StepNotPossible, match="Choose"):
        undo(change.pk, by=ed, key="k", fields=[])


def test_an_approval_that_was_given_then_covers_nothing_now(adi: Customer, ed: User) -> None:
    deciding.policy("Contacts", "email")
    change = wish(adi, ed, {"email": NEW})
    deciding.approve(change, cast.person("ann"))
    push(adi)
    assert back(change, ed).wait == Wait.DECISION


@pytest.mark.parametrize("guess", ["1234", "5678"])
def test_whether_a_hidden_value_was_guessed_is_not_told_by_what_can_be_undone(
    ed: User, sandbox: Sandbox, guess: str
) -> None:
    """To say that it held the same before would tell who asked for it what it held."""
    deciding.no_policies()
    deciding.policy("Nobody is asked", approvals=0)
    customer = cast.sample(cast.connect("finosu", sandbox), sandbox)
    change = applied(customer, ed, ssnLastFour=guess)
    assert [found.is_possible for found in lines_back(change, by=ed)] == [True]
    assert back(change, ed).wishes == {"ssnLastFour": "1234"}
