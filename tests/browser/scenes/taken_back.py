"""What is taken back: changes that are undone, customers who are erased, and what goes by time."""

from __future__ import annotations

from collections.abc import Mapping

from playwright.sync_api import Page, expect

from console.flows.erase import agree as agree_to_erase
from console.flows.erase import ask as ask_to_erase
from console.flows.propose import Proposal, propose_one
from console.flows.refresh import take_over
from console.flows.undo import undo
from console.models import Grant, Role, User
from tests.browser.scenes.playing import Play, Scene, another_account
from tests.browser.stage import send_due
from tests.cast import PASSWORD, person, sample
from tests.deciding import approve, policy
from tests.views.standing import asked


def play(played: Play) -> None:
    """Changes that can be undone, in part and in whole; customers of whom somebody asked that they be erased."""
    here, jo = another_account(played, "taken back"), played.people["jo"]
    policy("Contacts", "email", at=[here])
    wishes = {"email": "adi.new@example.com", "phone": "+6281299887766", "address": "Jl. Thamrin No. 88, Jakarta"}
    for name in ("undo", "undo_partly", "undone", "erase", "erase_asked", "erased"):
        customer = sample(here, played.stage.sandbox, customer_id=f"cus_{name}", name_last=name.title())
        applied = asked(customer, jo, key=f"taken-back-{name}", **wishes)
        approve(applied, person("ann"))
        send_due(here)
        played.numbers |= {f"{name}_customer": customer.pk, name: applied.pk}
        if name == "undo_partly":
            take_over(customer, {"phone": "+62811000222"}, by=jo)
            propose_one(Proposal(customer.pk, {"email": "third@example.com"}, "third"), by=jo)
        if name == "undone":
            undo(applied.pk, by=played.people["ed"], key="undone", fields=["email"], why="She never asked for it.")
    uma, eli = (_eraser(username) for username in ("uma", "eli"))
    ask_to_erase(played.numbers["erase_asked_customer"], by=uma, reference="PRIV-204")
    erasure = ask_to_erase(played.numbers["erased_customer"], by=uma, reference="PRIV-201")
    agree_to_erase(erasure.pk, by=eli)


def take_out(page: Page) -> None:
    """Has all that is held shown."""
    page.get_by_label("Request").fill("PRIV-210")
    page.get_by_role("button", name="Show all of it").click()
    expect(page.get_by_role("heading", name="The record")).to_be_visible()


def keep_a_day(page: Page) -> None:
    """Sets a period without saying that it is meant."""
    page.get_by_label("Customers nobody needs").fill("1")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Not saved.")).to_be_visible()


def _eraser(username: str) -> User:
    user = User.objects.create_user(username, password=PASSWORD, first_name=username.title(), last_name="Sommer")
    for role in (Role.ERASURE, Role.VIEWER):
        Grant.objects.create(user=user, role=role)
    return user


SCENES: Mapping[str, Scene] = {
    "undo": Scene("/changes/{undo}/undo/"),
    "undo of some lines": Scene("/changes/{undo_partly}/undo/"),
    "undo of nothing": Scene("/changes/{refused}/undo/"),
    "change that can be undone": Scene("/changes/{undo}/"),
    "change undone in part": Scene("/changes/{undone}/"),
    "erase": Scene("/customers/{erase_customer}/erase/", who="uma"),
    "erase one's own wish": Scene("/customers/{erase_asked_customer}/erase/", who="uma"),
    "erase to agree to": Scene("/customers/{erase_asked_customer}/erase/", who="eli"),
    "erase done": Scene("/customers/{erased_customer}/erase/", who="eli"),
    "disclosure": Scene("/customers/{erase_customer}/disclosure/", who="uma"),
    "disclosure made": Scene("/customers/{erase_customer}/disclosure/", who="uma", does=take_out),
    "keeping": Scene("/connections/{caibo_connection}/keeping/", who="max"),
    "keeping, to be meant": Scene("/connections/{caibo_connection}/keeping/", who="max", does=keep_a_day),
    "customer erased": Scene("/customers/{erased_customer}/"),
    "customer to be erased": Scene("/customers/{erase_asked_customer}/", who="eli"),
    "change of an erased customer": Scene("/changes/{erased}/"),
    "work with an erasure": Scene("/", who="eli"),
}
