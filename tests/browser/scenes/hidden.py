"""Values that are hidden: masked, compared with what a caller says, shown for a minute."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from playwright.sync_api import Page, expect

from console.models import Connection, Grant, Role, User
from console.models.judging import Scope
from tests.browser.scenes.playing import Play, Scene
from tests.cast import PASSWORD, sample
from tests.deciding import policy
from tests.views.standing import asked


def play(played: Play) -> None:
    """Values that are hidden, one of them asked for; cal compares, ria is also shown them."""
    here = Connection.objects.get(pk=played.stage.connections["finosu"].pk)
    here.pk, here.name, here._state.adding = None, "Finosu, second account", True
    here.save()
    also = {"cal": (Role.EDITOR, Role.COMPARE), "ria": (Role.APPROVER, Role.REVEAL), "sid": (Role.APPROVER,)}
    for username, roles in also.items():
        user = User.objects.create_user(username, password=PASSWORD, first_name=username.title(), last_name="Hart")
        for role in roles:
            Grant.objects.create(user=user, role=role)
    policy("Hidden values", at=[here], scope=Scope.SENSITIVE)
    customer = sample(here, played.stage.sandbox, id="FN-4471")
    wishes = {"ssnLastFour": "1278", "birthday": "1958-06-15"}
    change = asked(customer, played.people["jo"], key="hidden", why="The card was shown", **wishes)
    played.numbers |= {"hidden_customer": customer.pk, "hidden": change.pk}


def open_hidden(label: str) -> Callable[[Page], None]:
    """Opens the dialog of a hidden value."""

    def act(page: Page) -> None:
        page.get_by_role("link", name=f"Compare {label}").click()
        expect(page.locator("#hidden-value")).to_be_visible()

    return act


def compare(label: str, said: str) -> Callable[[Page], None]:
    """Compares a hidden value of the page with what a caller says."""

    def act(page: Page) -> None:
        page.get_by_role("link", name=f"Compare {label}").click()
        dialog = page.locator("#hidden-value")
        dialog.get_by_label("What they say it is").fill(said)
        dialog.get_by_role("button", name="Compare").click()
        expect(dialog.locator(".notice, .error").first).to_be_visible()

    return act


def show_hidden(page: Page) -> None:
    """Has a hidden value shown."""
    page.get_by_role("link", name="Compare SSN").click()
    dialog = page.locator("#hidden-value")
    dialog.get_by_text("Show it instead").click()
    dialog.get_by_label("Why do you have to see it?").fill("The bank asks for it.")
    dialog.get_by_role("button", name="Show it for a minute").click()
    expect(dialog.locator("[data-shown]")).to_be_visible()


SCENES: Mapping[str, Scene] = {
    "hidden values of a customer": Scene("/customers/{hidden_customer}/", who="cal"),
    "hidden values of a customer, seen by an operator": Scene("/customers/{hidden_customer}/", who="ops"),
    "hidden values in a form": Scene("/customers/{hidden_customer}/edit/", who="cal"),
    "hidden value on its page": Scene("/customers/{hidden_customer}/hidden/ssnLastFour/", who="ria"),
    "hidden value on its page, not for an operator": Scene("/customers/{hidden_customer}/hidden/birthday/", who="ops"),
    "hidden value to compare": Scene(
        "/customers/{hidden_customer}/",
        who="cal",
        does=open_hidden("Birthday"),
    ),
    "hidden value that matches": Scene("/customers/{hidden_customer}/", who="cal", does=compare("SSN", "1234")),
    "hidden value that cannot be it": Scene("/customers/{hidden_customer}/", who="cal", does=compare("SSN", "12")),
    "hidden value that does not match, in a form": Scene(
        "/customers/{hidden_customer}/edit/", who="cal", does=compare("Birthday", "1985-06-16")
    ),
    "hidden value that is shown": Scene("/customers/{hidden_customer}/", who="ria", does=show_hidden),
    "hidden values in a request": Scene("/changes/{hidden}/", who="sid"),
    "hidden value that is shown, in a request": Scene("/changes/{hidden}/", who="ria", does=show_hidden),
    "hidden values, who was told": Scene("/customers/{hidden_customer}/looked/", who="rae"),
}
