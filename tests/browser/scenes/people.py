"""What happens to people: invited, asked about, deactivated, coming back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from django.utils import timezone

from console.flows.inviting import Newcomer, digest_of
from console.flows.leave import deactivate
from console.flows.rights import Wish, approve_rights, ask_return, ask_roles, ask_way_back, reject_rights, welcome
from console.models import Grant, Invitation, Origin, Role, User
from tests.browser.scenes.acts import press
from tests.browser.scenes.playing import Play, Scene
from tests.cast import person

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET = "a-link-of-the-scenes"
BACK = "a-way-back-of-the-scenes"


def play(played: Play) -> None:
    """People in each state, each under a name."""
    max_, ida, sqril = played.people["max"], person("ida"), played.stage.connections["sqril"].pk
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
    played.numbers |= {f"person_{name}": user.pk for name, user in people.items()}


def _somebody(username: str, first: str, last: str, *roles: Role) -> User:
    user = User.objects.create_user(
        username, password="a long pass phrase of the cast", first_name=first, last_name=last
    )
    Grant.objects.bulk_create([Grant(user=user, role=role) for role in roles])
    return user


def _link(user: User, secret: str, *, is_way_back: bool = False) -> None:
    ends_at = timezone.now() + timedelta(hours=20)
    Invitation.objects.create(user=user, token_digest=digest_of(secret), ends_at=ends_at, is_way_back=is_way_back)


SCENES: Mapping[str, Scene] = {
    "people": Scene("/people/", who="max"),
    "people seen by a reviewer": Scene("/people/", who="rae"),
    "people, not for an editor": Scene("/people/", status=403),
    "people of one connection": Scene("/people/", who="sub"),
    "person": Scene("/people/{person_ed}/", who="max"),
    "person seen by a reviewer": Scene("/people/{person_ed}/", who="rae"),
    "person that is the reader": Scene("/people/{person_max}/", who="max"),
    "person of other roles": Scene("/people/{person_deda}/", who="max"),
    "person with one's own request": Scene("/people/{person_lost}/", who="max"),
    "person to be rejected": Scene("/people/{person_deda}/", who="max", does=press("Reject")),
    "person to be deactivated": Scene("/people/{person_ed}/", who="max", does=press("Deactivate")),
    "person to come back": Scene("/people/{person_ed}/", who="max", does=press("Way back in")),
    "person deactivated": Scene("/people/{person_gone}/", who="max"),
    "person with a past": Scene("/people/{person_alone}/", who="max"),
    "person invited": Scene("/people/{person_zoe}/", who="max"),
    "person given another link": Scene("/people/{person_zoe}/", who="max", does=press("Another link")),
    "person, new": Scene("/people/new/", who="max"),
    "person, new, refused": Scene("/people/new/", who="max", does=press("Take in")),
    "person, roles": Scene("/people/{person_ed}/roles/", who="max"),
    "person, roles of one connection": Scene("/people/{person_ed}/roles/", who="sub"),
    "invitation": Scene(f"/invitation/{SECRET}/", who=""),
    "invitation, a way back": Scene(f"/invitation/{BACK}/", who=""),
    "invitation that is over": Scene("/invitation/nothing/", who="", status=404),
}
