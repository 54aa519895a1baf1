"""Roles that go with another one, and roles that end at the border of their connection: at every address.

`answers_declared` has what each role alone is answered. Here is what differs for who holds one of the four roles that
carry a right of their own, and that any role at another connection opens nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from django.test import Client

from console.models import Connection, Grant, Role, User
from tests.views.answers_declared import ANSWERS, declared
from tests.views.test_access import undone
from tests.views.worlds import ABOUT_SOMEBODY, World, world

pytestmark = pytest.mark.django_db

OF_THEIR_OWN = (Role.BREAK_GLASS, Role.ERASURE, Role.COMPARE, Role.REVEAL)

# What a viewer with such a role is answered otherwise than a viewer. 422: let in, and told what the form still lacks.
WITH_A_ROLE: Mapping[Role, Mapping[tuple[str, str], int]] = {
    Role.BREAK_GLASS: {("change_break_glass", "POST"): 422},
    Role.ERASURE: {
        ("customer_erase", "GET"): 200,
        ("customer_erase", "POST"): 422,
        ("erasure_decide", "POST"): 422,
        ("customer_disclosure", "GET"): 200,
        ("customer_disclosure", "POST"): 422,
    },
    Role.COMPARE: {("hidden_compare", "POST"): 200},
    Role.REVEAL: {("hidden_compare", "POST"): 200, ("hidden_reveal", "POST"): 200},
}

# What whoever holds nothing but such a role may see: that the connection is there, and its policies. No customer, no
# change; but who has customers erased finds the one whom a ticket names, without reading the record.
ALONE: Mapping[Role, Mapping[tuple[str, str], int]] = {
    Role.ERASURE: {key: status for key, status in WITH_A_ROLE[Role.ERASURE].items() if key[0].startswith("customer_")}
    | {("erasure_decide", "POST"): 422},
}
THERE = ("connection", "policy")

# What is a form of one's own: elsewhere they may send it, but what is posted names a connection that is not theirs.
NAMES_ANOTHER = {("customer_add", "POST", Role.EDITOR), ("imports", "POST", Role.EDITOR)}
NAMES_ANOTHER |= {("policy_new", "POST", Role.ADMINISTRATOR)}
NAMES_ANOTHER |= {("person_new", "POST", Role.ADMINISTRATOR)}
# And nothing of this connection is found, exported or reviewed by who reads the audit of another.
NAMES_ANOTHER |= {(name, "POST", Role.REVIEWER) for name in ("exports", "audit_customer", "review_new")}
# And no customer is exported by who sees those of another.
NAMES_ANOTHER |= {
    ("customers_export", "POST", role)
    for role in (Role.VIEWER, Role.EDITOR, Role.APPROVER, Role.OPERATOR, Role.REVIEWER)
}
# Where what was selected is not theirs to see, nobody is selected: back to the list, before their role is asked about.
SELECTS_NOBODY = {("bulk_edit_new", "POST")}
# What the outsider of the table, who edits elsewhere, may begin, but nobody who holds a role that carries less.
EDITORS_ALONE = {("imports", "POST"), *(("customers_export", method) for method in ("GET", "HEAD", "POST"))}
# Objects that are somebody's, or of one record, under an address that readers of the audit anywhere may go to.
OF_THIS_CONNECTION = {*ABOUT_SOMEBODY, "audit_event", "audit_forget", "export", "export_download", "export_stop"}


def somebody(name: str, *roles: Role, at: Connection) -> Client:
    """Who holds these roles there, and their browser."""
    user = User.objects.create_user(name)
    for role in roles:
        Grant.objects.create(user=user, role=role, connection=at)
    client = Client()
    client.force_login(user)
    return client


def asked(here: World, name: str, client: Client) -> Iterator[tuple[str, int]]:
    """What this address answers to each method that it declares; what is done is undone."""
    for method in ANSWERS[name]:
        with undone():
            url = here.url(name)
            answer = client.post(url, here.body(name)) if method == "POST" else client.generic(method, url)
            yield method, answer.status_code


@pytest.mark.parametrize("name", ANSWERS)
def test_a_role_of_its_own_opens_what_is_declared_for_it_and_nothing_else(name: str) -> None:
    here = world(name)
    for role in OF_THEIR_OWN:
        viewer = somebody(f"viewer and {role}", Role.VIEWER, role, at=here.connection)
        alone = somebody(f"{role} alone", role, at=here.connection)
        for method, got in asked(here, name, viewer):
            expected = WITH_A_ROLE[role].get((name, _as_get(method)), declared(name, method)["viewer"])
            assert (role, method, got) == (role, method, expected)
        for method, got in asked(here, name, alone):
            usual = declared(name, method)["viewer" if _is_there(name) else "stranger"]
            expected = ALONE.get(role, {}).get((name, _as_get(method)), usual)
            assert (role, method, got) == (role, method, expected)


@pytest.mark.parametrize("name", ANSWERS)
def test_the_same_role_at_another_connection_opens_nothing_here(name: str) -> None:
    here = world(name)
    elsewhere = Connection.objects.exclude(pk=here.connection.pk).get()
    clients = {role: somebody(f"{role} elsewhere", role, at=elsewhere) for role in Role}
    for role, client in clients.items():
        for method, got in asked(here, name, client):
            assert (role, method, got) == (role, method, _elsewhere(name, method, role))


def _elsewhere(name: str, method: str, role: Role) -> int:
    """What somebody who holds this role at another connection is answered: what is not theirs is not there."""
    answers = declared(name, method)
    if (name, _as_get(method), role) in NAMES_ANOTHER:
        return 422
    if (name, method) in SELECTS_NOBODY:
        return 303
    if answers["outsider"] == 404:
        return 404
    if name in OF_THIS_CONNECTION and answers.get(role, 403) != 403:
        return 404
    if name in ABOUT_SOMEBODY and role is Role.REVIEWER:
        return 404
    return answers.get(role, 403 if (name, method) in EDITORS_ALONE else answers["outsider"])


def _is_there(name: str) -> bool:
    """A connection and its policies are there for whoever holds anything at it."""
    return name.partition("_")[0] in THERE and name != "policy_new"


def _as_get(method: str) -> str:
    return "GET" if method == "HEAD" else method
