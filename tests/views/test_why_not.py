"""Why can't I? Whatever is switched off says which rule, right or role it is, and names a person who can help."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from django.test import Client

from console.flows.refresh import take_over
from console.models import Change, Connection, Customer, Pause, Policy, Role, Status, User
from tests import cast
from tests.views.pages import text_of
from tests.views.standing import standing

pytestmark = pytest.mark.django_db

# Each role by somebody of the cast; vic holds none, and jo edits at another connection alone.
READERS: Mapping[str, Role | None] = {
    "ed": Role.EDITOR,
    "ann": Role.APPROVER,
    "ops": Role.OPERATOR,
    "rae": Role.REVIEWER,
    "max": Role.ADMINISTRATOR,
    "vic": None,
}
PEOPLE = ("Ed Kowalski", "Jo Lindqvist", "Ann Mwangi", "Olu Peters", "Rae Okafor", "Max Brandt", "Ida Novak")
RIGHT = re.compile(r"You may not [a-z ']+ at .+: it takes (the role [A-Z]\w+|one of the roles .+) there\.")
ANYWHERE = re.compile(r"You may not [a-z ]+: it takes the role [A-Z]\w+ at a connection\.")
NOBODY_CAN_HELP = re.compile(r"^(Undo: )?It holds another value by now\.$")
AUTHOR = re.compile(r"Only its author, .+, can do this\.")


@dataclass
class _Page(HTMLParser):
    """The text of every element by its id, and the controls that are switched off."""

    texts: dict[str, str] = field(default_factory=dict)
    off: list[dict[str, str]] = field(default_factory=list)
    open: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in {"button", "input", "select", "textarea", "a"} and (
            "disabled" in given or given.get("aria-disabled") == "true"
        ):
            self.off.append(given)
        if tag not in {"input", "br", "meta", "link", "use", "path", "rect", "hr", "img"}:
            self.open.append((tag, given.get("id", "")))

    def handle_endtag(self, tag: str) -> None:
        while any(tag == name for name, _ in self.open) and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        for _, name in self.open:
            if name:
                self.texts[name] = self.texts.get(name, "") + data


def reasons_on(page: str) -> list[str]:
    """What each control that is switched off is described by."""
    parsed = _Page()
    parsed.feed(page)
    return [
        " ".join(
            " ".join(parsed.texts.get(name, "").split()) for name in control.get("aria-describedby", "nothing").split()
        )
        for control in parsed.off
    ]


def helps(reason: str) -> bool:
    """Whether it names a right with its role, or a rule, and in either case somebody; or what nobody can help with."""
    if NOBODY_CAN_HELP.search(reason):
        return True
    told = RIGHT.search(reason) or ANYWHERE.search(reason) or AUTHOR.search(reason)
    return bool(told) and any(person in reason for person in PEOPLE)


@dataclass(frozen=True, slots=True)
class World:
    """A paused connection whose customer moved, with a change of Ed's in a state."""

    connection: Connection
    customer: Customer
    change: Change

    def pages(self) -> Mapping[str, str]:
        customer = f"/customers/{self.customer.pk}/"
        return {
            "work": "/",
            "customers": "/customers/",
            "add": "/customers/add/",
            "customer": customer,
            "edit": f"{customer}edit/",
            "history": f"{customer}history/phone/",
            "changes": "/changes/",
            "change": f"/changes/{self.change.pk}/",
            "connections": "/connections/",
            "connection": f"/connections/{self.connection.pk}/",
            "policies": "/policies/",
            "policy": f"/policies/{Policy.objects.get().pk}/",
            "you": "/you/",
            "to decide": "/to-decide/",
            "timeline": f"{customer}timeline/",
            "as of": f"{customer}as-of/",
            "looked": f"{customer}looked/",
            "erase": f"{customer}erase/",
            "undo": f"/changes/{self.change.pk}/undo/",
            "again": f"/connections/{self.connection.pk}/again/",
            "notices": "/notices/",
            "sessions": "/you/sessions/",
            "people": "/people/",
            "person": f"/people/{self.change.requester_id}/",
            "administrator": f"/people/{User.objects.get(username='max').pk}/",
            "audit": "/audit/",
            "proof": "/audit/proof/",
            "exports": "/audit/exports/",
            "reviews": "/audit/reviews/",
        }


def world(status: Status) -> World:
    sqril = cast.connect("sqril")
    for username in READERS:
        cast.person(username)
    cast.person("jo", cast.connect("caibo"))
    customer = cast.sample(sqril)
    change = standing(customer, cast.person("ed"), status)
    customer.refresh_from_db()
    sqril.paused_at, sqril.pause = change.created_at, Pause.NOT_ALLOWED
    sqril.save()
    return World(sqril, customer, change)


@pytest.mark.parametrize("who", READERS)
@pytest.mark.parametrize("status", [Status.APPROVED, Status.PROPOSED, Status.REFUSED, Status.UNKNOWN, Status.APPLIED])
def test_whatever_is_switched_off_says_why_and_who_can_help(client: Client, who: str, status: Status) -> None:
    here = world(status)
    client.force_login(cast.person(who))
    silent = [
        (name, reason)
        for name, url in here.pages().items()
        for reason in reasons_on(client.get(url).text)
        if not helps(reason)
    ]
    assert not silent


@pytest.mark.parametrize(
    ("who", "page", "button"),
    [
        ("ann", "customer", "Edit"),
        ("ops", "customer", "Edit"),
        ("rae", "customer", "Edit"),
        ("ann", "customers", "Add by ID"),
        ("rae", "customers", "Add by ID"),
        ("rae", "change", "Edit"),
        ("rae", "change", "Try again"),
        ("ed", "connection", "Resume"),
        ("rae", "connection", "Resume"),
        ("max", "connection", "Resume"),
        ("max", "connection", "Changes here"),
        ("ed", "policies", "New policy"),
        ("rae", "policy", "Edit"),
        ("ann", "policy", "End"),
        ("rae", "people", "New person"),
        ("rae", "person", "Deactivate"),
        ("rae", "person", "Change roles"),
        ("rae", "person", "Way back in"),
    ],
)
def test_what_a_person_would_look_for_stands_there_switched_off(
    client: Client, who: str, page: str, button: str
) -> None:
    here = world(Status.REFUSED)
    client.force_login(cast.person(who))
    shown = client.get(here.pages()[page]).text
    assert re.search(rf"<button[^>]* disabled[^>]*>(<svg.*?</svg>)?{button}</button>", shown)


@pytest.mark.parametrize(("who", "button"), [("rae", "Withdraw"), ("ops", "Withdraw"), ("rae", "Confirm and send")])
def test_what_only_the_author_may_do_names_the_author(client: Client, who: str, button: str) -> None:
    here = world(Status.PROPOSED)
    client.force_login(cast.person(who))
    shown = client.get(here.pages()["change"])
    assert re.search(rf"<button[^>]* disabled[^>]*>(<svg.*?</svg>)?{button}</button>", shown.text)
    assert f"{button}: Only its author, Ed Kowalski, can do this." in text_of(shown)


def test_what_nobody_but_an_operator_may_end_names_one(client: Client) -> None:
    here = world(Status.UNKNOWN)
    client.force_login(cast.person("ed"))
    shown = text_of(client.get(here.pages()["change"]))
    assert shown.count("it takes the role Operator there. Ask Olu Peters, who has it, or Max Brandt") == 1
    reasons = reasons_on(client.get(here.pages()["change"]).text)
    assert len([reason for reason in reasons if "resolve unknown outcomes" in reason]) == 5  # each thing to conclude


@pytest.mark.parametrize("page", ["work", "customers", "add", "changes", "connections", "policies", "you"])
def test_somebody_without_a_role_is_told_whom_to_ask_on_every_page(client: Client, page: str) -> None:
    here = world(Status.REFUSED)
    client.force_login(cast.person("vic"))
    assert "Ask Max Brandt, who can give you one." in text_of(client.get(here.pages()[page]))


@pytest.mark.parametrize("page", ["work", "customers", "add", "changes"])
def test_an_administrator_is_told_what_it_takes_and_sent_to_somebody_else(client: Client, page: str) -> None:
    here = world(Status.REFUSED)
    cast.person("ida")
    client.force_login(cast.person("max"))
    shown = text_of(client.get(here.pages()[page]))
    assert "Ask Ida Novak, who can give you one." in shown
    assert "Max Brandt, who" not in shown


def test_the_form_of_somebody_who_may_not_edit_is_refused_with_the_role_and_the_people(client: Client) -> None:
    here = world(Status.REFUSED)
    client.force_login(cast.person("rae"))
    answer = client.get(here.pages()["edit"])
    assert answer.status_code == 403
    assert helps(text_of(answer))


def test_what_is_hidden_from_somebody_says_that_it_takes_a_role_and_whom_to_ask(client: Client) -> None:
    here = world(Status.REFUSED)
    client.force_login(User.objects.get(username="jo"))
    for page in ("customer", "edit", "history", "change", "connection"):
        answer = client.get(here.pages()[page])
        assert answer.status_code == 404
        assert "seeing it takes a role there. Ask Max Brandt, who can give you one." in text_of(answer)


def test_a_caution_says_who_can_open_it_on_the_record_and_in_the_form(client: Client) -> None:
    here = world(Status.REFUSED)
    client.force_login(cast.person("ed"))
    for page in ("customer", "edit"):
        shown = text_of(client.get(here.pages()[page]))
        assert "an administrator can open it for this connection. Ask Max Brandt." in shown
        assert "SQRIL does not let anyone change a first name." in shown


def test_what_moved_there_can_be_seen_and_not_accepted_without_the_right(client: Client) -> None:
    here = world(Status.APPLIED)
    take_over(here.customer, {"address": "Jl. Sudirman 1, Jakarta"}, by=None)
    client.force_login(cast.person("rae"))
    reasons = reasons_on(client.get(here.pages()["customer"]).text)
    assert len(reasons) == 2  # Edit, and Accept it
    assert all(helps(reason) for reason in reasons)
