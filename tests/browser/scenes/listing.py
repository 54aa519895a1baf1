"""The list of customers: searched, narrowed, selected from; views of it and its columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from playwright.sync_api import Page, expect

from console.flows.listing import Wanted, keep
from console.models import Sort
from tests.browser.scenes.acts import follow, press, wait_for
from tests.browser.scenes.playing import Play, Scene


def play(played: Play) -> None:
    """Ed keeps two views and shares one; Jo shares another."""
    sqril, ed = played.numbers["sqril_connection"], played.people["ed"]
    there = Wanted({"at": str(sqril), "state": "person"}, [sqril], sort=Sort.TOUCHED, is_descending=True)
    keep(there, "Needs a person at SQRIL", shared=True, by=ed)
    long = "The family that calls every week about their address"
    keep(Wanted({}, [sqril], text="sharma"), long, shared=False, by=ed)
    keep(Wanted({"missing": "required"}, [sqril]), "Missing required", shared=True, by=played.people["jo"])


def search(text: str) -> Callable[[Page], None]:
    """Types into the search, and waits for what it finds."""

    def act(page: Page) -> None:
        page.get_by_role("searchbox", name="Search customers").fill(text)
        page.wait_for_url("**/customers/?*s=*")
        expect(page.locator("#searching")).not_to_be_visible()

    return act


def press_letters(page: Page) -> None:
    page.get_by_role("searchbox", name="Search customers").press_sequentially("wij")


def select_two(page: Page) -> None:
    """Ticks the boxes of the first two rows."""
    for box in page.locator("td.pick input").all()[:2]:
        box.check()


def select_and_go_on(page: Page) -> None:
    """Ticks the first two rows, and goes on to the next page."""
    select_two(page)
    page.get_by_role("link", name="Next").click()
    page.locator("#picked-besides").wait_for()


def look_back(page: Page) -> None:
    """To the list, after a look at a customer."""
    page.goto(f"{page.url.partition('/customers/')[0]}/customers/")
    expect(page.locator(".recent a").first).to_be_visible()


SCENES: Mapping[str, Scene] = {
    "customers": Scene("/customers/"),
    "customers further down": Scene("/customers/", does=lambda page: page.get_by_role("link", name="Next").click()),
    "customers being searched": Scene(
        "/customers/?at={sqril_connection}", does=wait_for("**/customers/", press_letters)
    ),
    "customers at one connection": Scene("/customers/?at={sqril_connection}"),
    "customers found": Scene("/customers/", does=search("sharma")),
    "customers not found": Scene("/customers/", does=search("cus_nobody_here")),
    "customers seen lately": Scene("/customers/{sqril}/", does=look_back),
    "customers, search lost": Scene("/customers/?s=unknown"),
    "customers narrowed": Scene("/customers/?state=in-step&known_from=2026-01-01&sort=known&down=1"),
    "customers in the order of a field": Scene("/customers/?at={sqril_connection}&sort=sqril:occupation"),
    "customers in no such order": Scene("/customers/?sort=sqril:occupation"),
    "customers narrowed, none left": Scene("/customers/?state=erased"),
    "customers, more filters": Scene("/customers/", does=press("More filters")),
    "customers, views": Scene("/customers/", does=press("Views")),
    "customers, some selected": Scene("/customers/", who="una", does=select_two),
    "customers, some selected on other pages": Scene("/customers/", who="una", does=select_and_go_on),
    "customers, view lost": Scene("/customers/?view=unknown"),
    "customers, a view": Scene("/customers/views/", does=follow("Needs a person at SQRIL")),
    "customers, views kept": Scene("/customers/views/"),
    "customers, columns": Scene("/customers/columns/"),
    "customers, columns at one connection": Scene("/customers/columns/?at={sqril_connection}"),
    "customers of nobody": Scene("/customers/", who="vic"),
    "customers seen by an operator": Scene("/customers/", who="ops"),
}
