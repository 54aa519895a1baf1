"""Leaving: a person is deactivated at once, and what they had taken goes back."""

from __future__ import annotations

import pytest
from django.test import Client

from console.errors import NotPermitted, StepNotPossible
from console.flows.inviting import Newcomer, invitation_of, take_in
from console.flows.leave import deactivate
from console.flows.review import claim
from console.flows.rights import Wish, ask_roles
from console.models import Draft, Event, Session
from tests.cast import connect, person, sample
from tests.deciding import policy
from tests.flows.helpers import fresh, wish

pytestmark = pytest.mark.django_db


def test_it_works_at_once_and_ends_every_session(client: Client) -> None:
    ed, max_, _ = person("ed"), person("max"), person("ida")
    client.force_login(ed)
    assert client.get("/").status_code == 200
    deactivate(ed.pk, by=max_, why="She left.")
    assert client.get("/").status_code == 302
    assert not Session.objects.filter(user=ed).exists()
    event = Event.objects.get(verb="person.deactivated")
    assert (event.actor, event.details["why"], event.details["sessions"]) == (max_, "She left.", 1)


def test_requests_that_they_had_taken_are_free_again_and_their_own_work_stays() -> None:
    sqril, ann, ed = connect("sqril"), person("ann"), person("ed")
    policy("Phones", "phone")
    customer = sample(sqril)
    change = wish(customer, ed, {"phone": "+6281299887766"})
    claim(change.pk, by=ann)
    Draft.objects.create(customer=customer, user=ann, sealed=b"")
    deactivate(ann.pk, by=person("max"), why="She left.")
    assert fresh(change).claimed_by is None
    assert fresh(change).state == "proposed"
    assert Draft.objects.filter(user=ann).exists()
    assert Event.objects.get(verb="person.deactivated").details["handed back"] == 1


def test_links_and_requests_about_and_of_them_end() -> None:
    ed, max_, ida = person("ed"), person("max"), person("ida")
    zoe, secret = take_in(Newcomer("zoe"), by=max_)
    about = ask_roles(zoe.pk, Wish(granted=[("viewer", None)]), by=max_).request
    deactivate(zoe.pk, by=max_, why="A mistake.")
    assert invitation_of(secret) is None
    assert fresh(about).status == "withdrawn"
    theirs = ask_roles(ed.pk, Wish(granted=[("approver", None)]), by=ida).request
    deactivate(ida.pk, by=max_, why="She left.")
    assert fresh(theirs).status == "withdrawn"
    assert Event.objects.filter(verb="person.rights_withdrawn", actor=max_).count() == 2


def test_nobody_deactivates_themselves_or_without_a_reason_or_twice() -> None:
    ed, max_, _ = person("ed"), person("max"), person("ida")
    with pytest.raises(NotPermitted, match="Nobody deactivates themselves"):
        deactivate(max_.pk, by=max_, why="Enough.")
    with pytest.raises(StepNotPossible, match="Say why"):
        deactivate(ed.pk, by=max_, why="  ")
    deactivate(ed.pk, by=max_, why="She left.")
    with pytest.raises(StepNotPossible, match="deactivated already"):
        deactivate(ed.pk, by=max_, why="She left.")
