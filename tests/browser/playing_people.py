"""Plays what happens to people: invited, asked about, deactivated, coming back; by the real flows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from django.utils import timezone

from console.flows.inviting import Newcomer, digest_of
from console.flows.leave import deactivate
from console.flows.rights import Wish, approve_rights, ask_return, ask_roles, ask_way_back, reject_rights, welcome
from console.models import Grant, Invitation, Origin, Role, User
from tests.cast import person

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET = "a-link-of-the-scenes"
BACK = "a-way-back-of-the-scenes"


def play_people(max_: User, connections: Mapping[str, int]) -> dict[str, int]:
    """People in each state; gives their numbers by name."""
    ida, sqril = person("ida"), connections["sqril"]
    zoe, _ = welcome(Newcomer("zoe.adler", "Zoe", "Adler"), Wish(granted=[("viewer", sqril)]), by=max_)
    deda = _somebody("deda", "Deda", "Šimić", Role.EDITOR, Role.COMPARE)
    wish = Wish([("approver", sqril), ("reveal", None)], [("editor", None)], "She takes over from Sam on Monday.")
    ask_roles(deda.pk, wish, by=ida)
    lost = _somebody("lost", "أحمد", "Long" * 12, Role.OPERATOR)
    for kind in ("totp", "recovery_codes"):
        Authenticator.objects.create(user=lost, type=kind, data={})
    ask_way_back(lost.pk, by=max_, why="The phone fell into the harbour; I called him back on his desk phone.")
    gone = _somebody("gone", "Greta", "Olsen", Role.EDITOR)
    deactivate(gone.pk, by=max_, why="On leave until spring.")
    ask_return(gone.pk, by=ida, why="She is back.")
    alone = _somebody("alone", "Theo", "Ito")
    ask_roles(alone.pk, Wish([("viewer", None)], why="By command."), by=None, origin=Origin.COMMAND)
    refused = ask_roles(alone.pk, Wish([("administrator", None)], why="He asked for it."), by=max_).request
    reject_rights(refused.pk, by=ida, reason="Two are enough.")
    approve_rights(ask_roles(alone.pk, Wish([("operator", sqril)]), by=max_).request.pk, by=ida)
    newcomer = _somebody("new", "Nia", "Berg")
    newcomer.set_unusable_password()
    newcomer.save()
    _link(newcomer, SECRET)
    _link(_somebody("back", "Bo", "Berg", Role.VIEWER), BACK, is_way_back=True)
    _somebody("sub", "Sub", "Admin")
    Grant.objects.create(user=User.objects.get(username="sub"), role=Role.ADMINISTRATOR, connection_id=sqril)
    people = {"zoe": zoe, "deda": deda, "lost": lost, "gone": gone, "alone": alone, "ed": person("ed"), "max": max_}
    return {f"person_{name}": user.pk for name, user in people.items()}


def _somebody(username: str, first: str, last: str, *roles: Role) -> User:
    user = User.objects.create_user(
        username, password="a long pass phrase of the cast", first_name=first, last_name=last
    )
    Grant.objects.bulk_create([Grant(user=user, role=role) for role in roles])
    return user


def _link(user: User, secret: str, *, is_way_back: bool = False) -> None:
    ends_at = timezone.now() + timedelta(hours=20)
    Invitation.objects.create(user=user, token_digest=digest_of(secret), ends_at=ends_at, is_way_back=is_way_back)
