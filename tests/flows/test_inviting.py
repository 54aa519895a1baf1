"""Invitations and ways back in: a link that works once, for a while, for one person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import authenticate
from django.db import transaction
from django.utils import timezone

from console.errors import ConsoleError, NotFit, NotPermitted, StepNotPossible
from console.flows.inviting import Newcomer, end_invitation, invitation_of, invite, take_in, use
from console.flows.leave import deactivate
from console.flows.rights import Wish, approve_rights, ask_roles, ask_way_back
from console.models import Event, Grant, Invitation, Session, User
from tests.cast import PASSWORD, connect, person
from tests.databases import Database
from tests.flows.helpers import fresh, side_by_side

every_test_rolls_back = pytest.mark.django_db
ANOTHER = "a pass phrase of their own"


def newcomer(by: User | None = None) -> tuple[User, str]:
    return take_in(Newcomer("zoe", "Zoe", "Adler"), by=by or person("max"))


def way_back(user: User) -> str:
    asked = ask_way_back(user.pk, by=person("max"), why="Lost the phone.")
    return asked.secret or approve_rights(asked.request.pk, by=person("ida")).secret


@every_test_rolls_back
def test_a_newcomer_sets_a_password_once() -> None:
    zoe, secret = newcomer()
    assert not zoe.has_usable_password()
    assert use(secret, ANOTHER) == zoe
    assert authenticate(username="zoe", password=ANOTHER) == zoe
    with pytest.raises(StepNotPossible, match="has been used"):
        use(secret, "and once more, another")
    assert authenticate(username="zoe", password=ANOTHER) == zoe
    last = Event.objects.filter(subject=f"person:{zoe.pk}").latest("number")
    assert (last.verb, last.actor) == ("person.came_in", zoe)


@every_test_rolls_back
def test_a_link_ends_by_time_by_another_link_and_by_being_taken_back() -> None:
    max_ = person("max")
    zoe, first = newcomer(max_)
    second = invite(zoe.pk, by=max_)
    assert invitation_of(first) is None
    assert invitation_of(second) is not None
    end_invitation(zoe.pk, by=max_)
    assert invitation_of(second) is None
    third = invite(zoe.pk, by=max_)
    Invitation.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    for secret in (first, second, third, "", "nothing", "x" * 1000):
        with pytest.raises(StepNotPossible):
            use(secret, ANOTHER)
    assert not fresh(zoe).has_usable_password()


@every_test_rolls_back
def test_a_link_of_somebody_who_was_deactivated_does_not_work() -> None:
    zoe, secret = newcomer()
    User.objects.filter(pk=zoe.pk).update(is_active=False)
    with pytest.raises(StepNotPossible):
        use(secret, ANOTHER)


@every_test_rolls_back
def test_the_database_keeps_no_secret_and_history_neither() -> None:
    _, secret = newcomer()
    kept = [*Invitation.objects.values_list("token_digest", flat=True), *map(str, Event.objects.values_list("details"))]
    assert all(secret not in each for each in kept)


@every_test_rolls_back
def test_a_password_that_will_not_do_uses_nothing_up() -> None:
    _, secret = newcomer()
    for weak in ("short", "password1234", ""):
        with pytest.raises(NotFit), transaction.atomic():
            use(secret, weak)
    assert use(secret, ANOTHER).has_usable_password()


@every_test_rolls_back
def test_nobody_who_has_a_password_is_invited_over_it() -> None:
    ed, max_ = person("ed"), person("max")
    with pytest.raises(StepNotPossible, match="They have set a password already"):
        invite(ed.pk, by=max_)


@every_test_rolls_back
def test_a_way_back_takes_every_factor_and_session_away_when_it_is_used_and_not_before() -> None:
    ed, _, _ = person("ed"), person("max"), person("ida")
    for kind in ("totp", "recovery_codes", "webauthn"):
        Authenticator.objects.create(user=ed, type=kind, data={})
    Session.objects.create(key_digest="x" * 64, user=ed, sealed=b"", ends_at=timezone.now() + timedelta(hours=1))
    secret = way_back(ed)
    assert Authenticator.objects.filter(user=ed).count() == 3
    assert authenticate(username="ed", password=PASSWORD) == ed
    use(secret, ANOTHER)
    assert not Authenticator.objects.filter(user=ed).exists()
    assert not Session.objects.filter(user=ed).exists()
    assert authenticate(username="ed", password=PASSWORD) is None
    last = Event.objects.filter(subject=f"person:{ed.pk}").latest("number")
    assert (last.verb, last.details["factors removed"]) == ("person.came_back", 2)


@every_test_rolls_back
def test_a_way_back_lives_for_a_day_and_an_invitation_for_a_week() -> None:
    ed, _, _ = person("ed"), person("max"), person("ida")
    newcomer()
    way_back(ed)
    lives = {each.is_way_back: each.ends_at - each.made_at for each in Invitation.objects.all()}
    minute = timedelta(minutes=1)
    assert abs(lives[False] - timedelta(days=7)) < minute
    assert abs(lives[True] - timedelta(hours=24)) < minute


@every_test_rolls_back
def test_who_administers_one_connection_invites_whom_they_took_in_and_nobody_elses_people() -> None:
    sqril, caibo = connect("sqril"), connect("caibo")
    ida = person("ida", sqril)
    zoe, _ = newcomer(ida)
    assert invite(zoe.pk, by=ida)
    yan, _ = take_in(Newcomer("yan"), by=person("max"))
    Grant.objects.create(user=yan, role="viewer", connection=caibo)
    with pytest.raises(NotPermitted):
        invite(yan.pk, by=ida)
    for by in (person("ed"), person("vic")):
        with pytest.raises(NotPermitted):
            take_in(Newcomer("xi"), by=by)


@every_test_rolls_back
def test_who_took_somebody_in_has_no_link_to_more_than_they_could_give() -> None:
    sqril = connect("sqril")
    ida, max_ = person("ida", sqril), person("max")
    zoe, secret = newcomer(ida)
    approve_rights(ask_roles(zoe.pk, Wish(granted=[("viewer", sqril.pk)]), by=max_).request.pk, by=ida)
    assert invitation_of(secret)
    third = User.objects.create_user("third")
    Grant.objects.create(user=third, role="administrator")
    approve_rights(ask_roles(zoe.pk, Wish(granted=[("approver", None)]), by=max_).request.pk, by=third)
    assert invitation_of(secret) is None
    with pytest.raises(NotPermitted):
        invite(zoe.pk, by=ida)
    assert invite(zoe.pk, by=max_)


@every_test_rolls_back
@pytest.mark.parametrize("gone", ["deactivated", "no administrator"])
def test_a_link_ends_with_the_rights_of_who_made_it_and_knows_it(gone: str) -> None:
    max_, ida = person("max"), person("ida")
    zoe, secret = newcomer(ida)
    Grant.objects.create(user=zoe, role="approver")
    assert invitation_of(secret)
    if gone == "deactivated":
        deactivate(ida.pk, by=max_, why="She left.")
    else:
        Grant.objects.filter(user=ida).delete()
    assert invitation_of(secret) is None
    with pytest.raises(StepNotPossible, match="was replaced by another"):
        use(secret, ANOTHER)
    assert invitation_of(invite(zoe.pk, by=max_))


@every_test_rolls_back
def test_nobody_is_invited_who_came_in_without_a_password_of_ours_nor_comes_in_by_a_link_of_before() -> None:
    """By single sign-on people come in who never set one: an administrator alone would be them by a link."""
    max_ = person("max")
    zoe, secret = newcomer(max_)
    User.objects.filter(pk=zoe.pk).update(last_login=timezone.now())
    with pytest.raises(StepNotPossible, match="They have been here already"):
        invite(zoe.pk, by=max_)
    assert invitation_of(secret) is None
    with pytest.raises(StepNotPossible, match="has been used"):
        use(secret, ANOTHER)


@every_test_rolls_back
def test_a_name_that_will_not_do_is_refused_at_its_place() -> None:
    max_ = person("max")
    for wanted, part in (
        (Newcomer(""), "username"),
        (Newcomer("a b"), "username"),
        (Newcomer("x", email="@"), "email"),
    ):
        with pytest.raises(NotFit) as problem:
            take_in(wanted, by=max_)
        assert part in problem.value.wanted


def test_of_two_who_use_a_link_at_the_same_moment_one_comes_in(live_db: Database) -> None:
    _, secret = newcomer()
    told: list[str] = []

    def come(password: str) -> None:
        try:
            use(secret, password)
        except ConsoleError as problem:
            told.append(str(problem))

    side_by_side(lambda: come(ANOTHER), lambda: come("and quite another one"))
    assert len(told) == 1
    assert Event.objects.filter(verb="person.came_in").count() == 1
