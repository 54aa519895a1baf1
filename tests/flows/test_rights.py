"""Rights: one administrator asks, a second one confirms; alone it takes effect at once and says so for ever."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from console.errors import ConsoleError, DecidedAlready, NotFit, NothingChanged, NotPermitted, StepNotPossible
from console.flows.inviting import Newcomer
from console.flows.leave import deactivate
from console.flows.rights import (
    Wish,
    approve_rights,
    ask_return,
    ask_roles,
    ask_way_back,
    reject_rights,
    waiting_for,
    welcome,
    withdraw_rights,
)
from console.models import Event, Grant, Origin, RightsKind, RightsRequest, User
from tests.cast import connect, person
from tests.databases import Database
from tests.flows.helpers import fresh, side_by_side

every_test_rolls_back = pytest.mark.django_db


def roles(user: User) -> set[tuple[str, str]]:
    held = Grant.objects.filter(user=user).select_related("connection")
    return {(grant.role, grant.connection.name if grant.connection else "everywhere") for grant in held}


def verbs(user: User) -> list[str]:
    return list(Event.objects.filter(subject=f"person:{user.pk}").order_by("number").values_list("verb", flat=True))


@every_test_rolls_back
def test_roles_hold_once_a_second_administrator_confirms_them() -> None:
    sqril, ed = connect("sqril"), person("ed")
    max_, ida = person("max"), person("ida")
    wish = Wish(granted=[("reveal", sqril.pk)], ended=[("editor", None)], why="She moves to another team.")
    asked = ask_roles(ed.pk, wish, by=max_).request
    assert (asked.status, roles(ed)) == ("asked", {("editor", "everywhere")})
    done = approve_rights(asked.pk, by=ida).request
    assert (done.status, done.decided_by, done.alone) == ("done", ida, False)
    assert roles(ed) == {("reveal", "Sqril")}
    assert verbs(ed) == ["person.rights_asked", "person.granted"]
    event = Event.objects.get(verb="person.granted")
    assert (event.actor, event.details["granted"], event.details["ended"]) == (
        ida,
        ["reveal at Sqril"],
        ["editor at all connections"],
    )
    assert (event.details["asked by"], event.details["alone"]) == (max_.pk, False)


@every_test_rolls_back
def test_nobody_confirms_or_rejects_what_they_asked_for_and_is_told_who_could() -> None:
    ed, max_, ida = person("ed"), person("max"), person("ida")
    asked = ask_roles(ed.pk, Wish(granted=[("approver", None)]), by=max_).request
    for step in (approve_rights, lambda pk, by: reject_rights(pk, by=by, reason="No.")):
        with pytest.raises(NotPermitted, match=r"second administrator decides\. Ask Ida Novak\."):
            step(asked.pk, by=max_)
    with pytest.raises(IntegrityError), transaction.atomic():
        RightsRequest.objects.filter(pk=asked.pk).update(status="done", decided_by=max_)
    assert [each.pk for each in waiting_for(ida, 9)] == [asked.pk]
    assert waiting_for(max_, 9) == []


@every_test_rolls_back
def test_an_administrator_gives_themselves_nothing_without_a_second_one() -> None:
    max_ = person("max")
    person("ida")
    ask_roles(max_.pk, Wish(granted=[("editor", None)]), by=max_)
    assert roles(max_) == {("administrator", "everywhere")}


@every_test_rolls_back
def test_with_fewer_than_two_it_takes_effect_at_once_and_says_so() -> None:
    ed, max_ = person("ed"), person("max")
    done = ask_roles(ed.pk, Wish(granted=[("approver", None)]), by=max_).request
    assert (done.status, done.alone, done.decided_by) == ("done", True, max_)
    assert ("approver", "everywhere") in roles(ed)
    assert Event.objects.get(verb="person.granted").details["alone"] is True


@every_test_rolls_back
def test_nobody_gets_rid_of_the_second_administrator_to_go_on_alone() -> None:
    ed, max_, ida = person("ed"), person("max"), person("ida")
    deactivate(ida.pk, by=max_, why="She left.")
    with pytest.raises(StepNotPossible, match=r"You deactivated an administrator within 30 days"):
        ask_roles(max_.pk, Wish(granted=[("approver", None)]), by=max_)
    assert roles(max_) == {("administrator", "everywhere")}
    ask_roles(ed.pk, Wish(granted=[("approver", None)]), by=None, origin=Origin.COMMAND)
    assert ("approver", "everywhere") in roles(ed)


@every_test_rolls_back
@pytest.mark.parametrize("who", ["ed", "ann", "ops", "rae", "vic"])
def test_nobody_but_an_administrator_asks_or_confirms(who: str) -> None:
    jo, max_, _ = person("jo"), person("max"), person("ida")
    asked = ask_roles(jo.pk, Wish(granted=[("approver", None)]), by=max_).request
    told = "You may not change people at all connections: it takes the role Administrator there. Ask Ida Novak or Max"
    by = person(who)
    steps = (
        lambda: ask_roles(jo.pk, Wish(ended=[("editor", None)]), by=by),
        lambda: ask_way_back(jo.pk, by=by, why="Lost."),
        lambda: deactivate(jo.pk, by=by, why="Gone."),
        lambda: approve_rights(asked.pk, by=by),
        lambda: reject_rights(asked.pk, by=by, reason="No."),
    )
    for step in steps:
        with pytest.raises(NotPermitted, match=told):
            step()
    with pytest.raises(NotPermitted, match="Only who asked for it, Max Brandt"):
        withdraw_rights(asked.pk, by=by)


@every_test_rolls_back
def test_who_administers_one_connection_gives_roles_there_alone() -> None:
    sqril, caibo = connect("sqril"), connect("caibo")
    jo, ida, max_ = person("jo", sqril), person("ida", sqril), person("max")
    for place in (None, caibo.pk):
        with pytest.raises(NotPermitted):
            ask_roles(jo.pk, Wish(granted=[("reveal", place)]), by=ida)
    asked = ask_roles(jo.pk, Wish(granted=[("reveal", sqril.pk)]), by=ida).request
    approve_rights(asked.pk, by=max_)
    assert ("reveal", "Sqril") in roles(jo)
    Grant.objects.create(user=jo, role="viewer", connection=caibo)
    with pytest.raises(NotPermitted, match="at Sqril and 1 other: it takes"):
        deactivate(jo.pk, by=ida, why="Gone.")
    assert fresh(jo).is_active


@every_test_rolls_back
def test_what_is_rejected_or_withdrawn_changes_nothing_and_makes_room_for_another() -> None:
    ed, max_, ida = person("ed"), person("max"), person("ida")
    wish = Wish(granted=[("approver", None)])
    first = ask_roles(ed.pk, wish, by=max_).request
    with pytest.raises(StepNotPossible, match="asked for already"):
        ask_roles(ed.pk, Wish(granted=[("viewer", None)]), by=max_)
    with pytest.raises(StepNotPossible, match="Say why"):
        reject_rights(first.pk, by=ida, reason=" \0 ")
    assert reject_rights(first.pk, by=ida, reason="Not yet.").answer == "Not yet."
    with pytest.raises(DecidedAlready, match=r"Ida Novak rejected it already\."):
        approve_rights(first.pk, by=ida)
    second = ask_roles(ed.pk, wish, by=max_).request
    withdraw_rights(second.pk, by=max_)
    with pytest.raises(DecidedAlready, match=r"Max Brandt withdrew it already\."):
        approve_rights(second.pk, by=ida)
    assert roles(ed) == {("editor", "everywhere")}
    assert verbs(ed)[1::2] == ["person.rights_rejected", "person.rights_withdrawn"]


@every_test_rolls_back
def test_what_makes_no_difference_or_no_sense_is_refused() -> None:
    ed, max_ = person("ed"), person("max")
    refused: list[tuple[Wish, type[ConsoleError]]] = [
        (Wish(granted=[("editor", None)]), NothingChanged),
        (Wish(ended=[("viewer", None)]), NothingChanged),
        (Wish(granted=[("king", None)]), NotFit),
        (Wish(granted=[("viewer", 987_654)]), NotFit),
        (Wish(granted=[("viewer", None)], why="x" * 501), StepNotPossible),
    ]
    for wish, error in refused:
        with pytest.raises(error):
            ask_roles(ed.pk, wish, by=max_)


@every_test_rolls_back
def test_the_last_administrator_of_everything_stays_one() -> None:
    max_ = person("max")
    with pytest.raises(StepNotPossible, match="nobody would administer all connections"), transaction.atomic():
        ask_roles(max_.pk, Wish(ended=[("administrator", None)]), by=max_)
    with pytest.raises(StepNotPossible, match="nobody would administer all connections"), transaction.atomic():
        deactivate(max_.pk, by=None, why="Gone.", origin=Origin.COMMAND)
    assert roles(max_) == {("administrator", "everywhere")}


@every_test_rolls_back
def test_who_was_deactivated_is_let_in_again_by_two() -> None:
    ed, max_, ida = person("ed"), person("max"), person("ida")
    deactivate(ed.pk, by=max_, why="On leave.")
    with pytest.raises(StepNotPossible, match="Say why"):
        ask_return(ed.pk, by=max_, why="")
    asked = ask_return(ed.pk, by=max_, why="Back from leave.").request
    assert not fresh(ed).is_active
    approve_rights(asked.pk, by=ida)
    assert fresh(ed).is_active
    assert roles(ed) == {("editor", "everywhere")}
    assert verbs(ed) == ["person.deactivated", "person.rights_asked", "person.let_in_again"]


@every_test_rolls_back
def test_nobody_opens_or_confirms_a_way_back_for_themselves() -> None:
    max_, ida = person("max"), person("ida")
    with pytest.raises(NotPermitted, match="Nobody opens a way back for themselves"):
        ask_way_back(max_.pk, by=max_, why="Lost my phone.")
    third = User.objects.create_user("third")
    Grant.objects.create(user=third, role="administrator")
    asked = ask_way_back(max_.pk, by=ida, why="He lost his phone.").request
    assert waiting_for(max_, 9) == []
    with pytest.raises(NotPermitted, match=r"This is about yourself, so a second administrator decides\. Ask third"):
        approve_rights(asked.pk, by=max_)
    assert approve_rights(asked.pk, by=third).secret


@every_test_rolls_back
def test_the_second_administrator_cannot_be_had_by_a_way_back_that_nobody_confirms() -> None:
    """Whoever had the link of the other one would confirm their own requests under that name."""
    sqril = connect("sqril")
    max_, ida = person("max"), person("ida")
    with pytest.raises(StepNotPossible, match=r"nobody else is left to confirm this.* command line"):
        ask_way_back(ida.pk, by=max_, why="She lost her phone.")
    jo = person("jo", sqril)
    Grant.objects.create(user=jo, role="administrator", connection=sqril)
    Grant.objects.filter(user=ida).delete()
    with pytest.raises(StepNotPossible, match="nobody else is left"):
        ask_way_back(jo.pk, by=max_, why="Lost.")
    assert ask_way_back(ida.pk, by=max_, why="She lost her phone.").request.alone
    assert ask_way_back(jo.pk, by=None, why="Lost.", origin=Origin.COMMAND).secret


@every_test_rolls_back
@pytest.mark.parametrize("kept", [None, "here"])
def test_what_somebody_asked_for_who_is_no_administrator_there_any_more_is_not_confirmed(kept: str | None) -> None:
    """It takes two: what one of them asked for before their rights ended is nobody's by now."""
    sqril, caibo = connect("sqril"), connect("caibo")
    ed, max_, ida = person("ed"), person("max"), person("ida")
    asked = ask_roles(ed.pk, Wish(granted=[("approver", sqril.pk)]), by=max_).request
    Grant.objects.filter(user=max_).delete()
    if kept:
        Grant.objects.create(user=max_, role="administrator", connection=caibo)
    with pytest.raises(StepNotPossible, match=r"Max Brandt, who asked for this, does not administer that any more"):
        approve_rights(asked.pk, by=ida)
    assert fresh(asked).status == "asked"
    assert ("approver", "Sqril") not in roles(ed)
    assert reject_rights(asked.pk, by=ida, reason="Asked for by nobody.").status == "rejected"


@every_test_rolls_back
def test_roles_of_who_left_meanwhile_are_not_given() -> None:
    ed, max_, ida = person("ed"), person("max"), person("ida")
    asked = ask_roles(ed.pk, Wish(granted=[("approver", None)]), by=max_).request
    User.objects.filter(pk=ed.pk).update(is_active=False)
    with pytest.raises(StepNotPossible, match="deactivated meanwhile"), transaction.atomic():
        approve_rights(asked.pk, by=ida)
    assert fresh(asked).status == "asked"


@every_test_rolls_back
def test_a_newcomer_has_a_link_at_once_and_roles_once_they_are_confirmed() -> None:
    max_, ida = person("max"), person("ida")
    user, secret = welcome(Newcomer("zoe", "Zoe", "Adler"), Wish(granted=[("viewer", None)]), by=max_)
    assert secret
    assert roles(user) == set()
    [asked] = RightsRequest.objects.filter(user=user, kind=RightsKind.ROLES)
    approve_rights(asked.pk, by=ida)
    assert roles(user) == {("viewer", "everywhere")}
    assert verbs(user) == ["person.granted", "person.invited", "person.rights_asked", "person.granted"]
    with pytest.raises(NotFit, match="Somebody has this username"):
        welcome(Newcomer("ZOE"), Wish(), by=max_)


def test_of_two_who_decide_at_the_same_moment_one_is_told_it_was_decided(live_db: Database) -> None:
    ed, max_, ida = person("ed"), person("max"), person("ida")
    third = User.objects.create_user("third")
    Grant.objects.create(user=third, role="administrator")
    asked = ask_roles(ed.pk, Wish(granted=[("approver", None)]), by=max_).request
    told: list[str] = []

    def decide(by: User) -> None:
        try:
            approve_rights(asked.pk, by=by)
        except DecidedAlready as problem:
            told.append(str(problem))

    side_by_side(lambda: decide(ida), lambda: decide(third))
    assert len(told) == 1
    assert verbs(ed).count("person.granted") == 1
