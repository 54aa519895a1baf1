"""What happened meanwhile: the bell, its notices, and news of what one asked for."""

from __future__ import annotations

from collections.abc import Mapping

from playwright.sync_api import Page, expect

from console.models import About, Change, Notice
from console.telling import WORDS
from tests.browser.scenes.playing import Play, Scene


def play(played: Play) -> None:
    """Jo is told of everything that there is to tell of changes, twice of some, and of a customer with a long name."""
    jo, ed = played.people["jo"], played.people["ed"]
    changes = [played.numbers[name] for name in ("jos_applied", "behind", "jos")]
    for number, about in enumerate([*WORDS, About.COMMENTED, About.REJECTED]):
        Notice.objects.create(user=jo, change_id=changes[number % 3], about=about, by=ed)
    long = Change.objects.filter(customer__name__startswith="ع").first()
    if long:
        Notice.objects.create(user=jo, change=long, about=About.RETURNED, by=ed)


def open_bell(page: Page) -> None:
    """The latest notices, or that there are none."""
    page.get_by_role("button", name="Notices").click()
    expect(page.locator("#bell-list > *").first).to_be_visible()


def hear_elsewhere(page: Page) -> None:
    """What became of two changes comes while their author looks at something else."""
    words = [page.locator("tr", has=page.locator(".state", has_text=word)).first for word in ("Applied", "Refused")]
    numbers = [(row.locator(".name").get_attribute("id") or "").removeprefix("change-") for row in words]
    page.evaluate("numbers => sessionStorage.setItem('watched-changes', numbers.join('-'))", numbers)
    page.goto(f"{page.url}connections/")
    expect(page.locator("#toasts .toast")).to_have_count(2)


SCENES: Mapping[str, Scene] = {
    "notices": Scene("/notices/", who="jo"),
    "notices empty": Scene("/notices/", who="kim"),
    "bell opened": Scene("/connections/", who="jo", does=open_bell),
    "bell opened, nothing in it": Scene("/connections/", who="kim", does=open_bell),
    "news elsewhere": Scene("/", who="jo", does=hear_elsewhere),
}
