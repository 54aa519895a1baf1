"""`python -m tests.pictures`: takes the README's pictures of a demo whose history has been played to its end.

The push console and a batch have nothing to draw in a demo that has just begun: they are taken of scenes.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import django
from playwright.sync_api import Page, ViewportSize, expect

from console.demo_people import DEMO_PEOPLE
from tests.browser.chromium import chromium, watched
from tests.demos import ROOT, demo, remove
from tests.processes import wait_for

IMAGES = ROOT / "docs" / "images"
LAST_OF_HISTORY = "Closed by a person"
SIZE = ViewportSize(width=1280, height=800)


def main() -> None:
    """Overwrites docs/images/*.png."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="steward-pictures-") as name:
        folder = Path(name)
        try:
            with demo(folder) as running, chromium() as browser, watched(browser, viewport=SIZE) as (page, _):
                sign_in(page, running.url)
                wait_for(lambda: has_history(page, running.url), seconds=180)
                take(page, running.url)
                hidden(page, running.url)
                review(page, running.url)
                audit(page, running.url)
                people(page, running.url)
        finally:
            remove(folder)
    scenes()


def sign_in(page: Page, url: str, username: str = "ed") -> None:
    """As Ed, or somebody else, by what the sign-in page itself says."""
    ed = next(person for person in DEMO_PEOPLE if person.username == username)
    page.goto(f"{url}/sign-in/")
    page.get_by_label("Username").fill(ed.username)
    page.get_by_label("Password").fill(ed.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Work", level=1)).to_be_visible()


def has_history(page: Page, url: str) -> bool:
    """Whether the scene that takes longest is over."""
    page.goto(f"{url}/changes/")
    return LAST_OF_HISTORY in page.content()


def take(page: Page, url: str) -> None:
    """What a day is made of, page by page, each at its name under docs/images."""
    page.goto(f"{url}/")
    shoot(page, "work")
    find(page)
    shoot(page, "find")
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers/*/")
    edit(page)
    shoot(page, "edit")
    page.locator("#save").click()
    page.wait_for_url("**/changes/*/")
    expect(page.get_by_text("Applied").first).to_be_visible()
    shoot(page, "change")
    open_moved(page, url)
    shoot(page, "customer")
    page.emulate_media(color_scheme="dark")
    shoot(page, "customer-dark")
    page.emulate_media(color_scheme="light")


def hidden(page: Page, url: str) -> None:
    """Ed asks a caller for the last digits, types what he hears, and learns that it matches, and nothing else."""
    page.goto(f"{url}/")
    find(page, "jordan av", "Jordan Avery")
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers/*/")
    page.locator("a.compare", has_text="SSN").click()
    dialog = page.locator("#hidden-value")
    dialog.get_by_label("What they say it is").fill("1234")
    dialog.get_by_role("button", name="Compare").click()
    expect(dialog.get_by_text("It matches.")).to_be_visible()
    shoot(page, "hidden")


def people(page: Page, url: str) -> None:
    """Who may do what, as Ida sees it, who is to confirm what Max asked for."""
    page.context.clear_cookies()
    sign_in(page, url, "ida")
    page.goto(f"{url}/people/")
    expect(page.get_by_text("Waiting for a second administrator")).to_be_visible()
    expect(page.get_by_text("Noor Haddad")).to_be_visible()
    shoot(page, "people")


def review(page: Page, url: str) -> None:
    """A request of several fields as Ann sees it, who can decide."""
    page.context.clear_cookies()
    sign_in(page, url, "ann")
    page.goto(f"{url}/to-decide/")
    page.locator("tr", has_text="SQRIL").filter(has_text=" and ").first.get_by_role("link", name="Review").click()
    expect(page.get_by_text("nothing has moved")).to_be_visible()
    shoot(page, "review")


def audit(page: Page, url: str) -> None:
    """What Rae reads: a review with a question open, and the timeline of whoever has the longest history."""
    page.context.clear_cookies()
    sign_in(page, url, "rae")
    wait_for(lambda: has_review(page, url), seconds=180)
    page.locator("main tbody a").first.click()
    expect(page.get_by_text("1 question open")).to_be_visible()
    shoot(page, "audit")
    page.goto(f"{url}/audit/?kind=change.proposed")
    page.locator("tr", has_text="asked to undo").locator("a[href^='/customers/']").click()
    page.get_by_role("link", name="All of it").click()
    page.locator(".entries summary").first.click()
    shoot(page, "timeline")


def has_review(page: Page, url: str) -> bool:
    """Whether the last scene of all is over."""
    page.goto(f"{url}/audit/reviews/")
    return "1 question open" in page.content()


def scenes() -> None:
    """A connection with a day behind it, as an operator sees it, and forty changes at once, as Ann does."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in this thread, and nothing else does
    django.setup()
    from tests.browser.scenes import SCENES, Scene, play
    from tests.browser.stage import stage
    from tests.browser.visitors import Visitors
    from tests.databases import Databases

    databases = Databases()
    shown = {
        "connection": Scene("/connections/{caibo_connection}/?period=day", who="ops"),
        "batch": SCENES["batch to decide on"],
    }
    with stage(databases, people=14) as on, chromium() as browser, Visitors(on, browser, play(on)) as visitors:
        for name, scene in shown.items():
            page, _ = visitors.see(scene, SIZE)
            shoot(page, name)
    databases.close()


def find(page: Page, typed: str = "priya sh", name: str = "Priya Sharma") -> None:
    """Somebody by name, from the palette."""
    page.keyboard.press("/")
    page.get_by_role("combobox", name="Find").fill(typed)
    expect(page.get_by_role("option", name=name).first).to_be_visible()


def edit(page: Page) -> None:
    """A new number and a new address, in the place of the record."""
    page.keyboard.press("e")
    page.wait_for_url("**/edit/**")
    page.locator("#v-phone").fill("98765 00042")
    page.locator("#v-address").fill("45 MG Road, Bengaluru, Karnataka 560001, India")
    page.locator("#why").fill("Moved to Bengaluru, new number; called in.")
    page.locator("#reference").fill("SUP-4530")
    expect(page.locator("#say")).to_contain_text("2 fields changed")


def open_moved(page: Page, url: str) -> None:
    """The customer whose record moved without anybody here having asked for it, wherever in the list."""
    page.goto(f"{url}/customers/")
    page.locator("#chips").get_by_role("link", name="SQRIL").click()
    moved = page.locator("tr", has_text="Moved there")
    while not moved.count():
        place = page.locator(".pager .num").text_content() or ""
        page.get_by_role("link", name="Next").click()
        expect(page.locator(".pager .num")).not_to_have_text(place)
    moved.first.get_by_role("link").first.click()
    expect(page.get_by_text("than we last knew").first).to_be_visible()


def shoot(page: Page, name: str) -> None:
    page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
