"""The sessions of a person, who has several of them, in browsers of other kinds."""

from __future__ import annotations

from collections.abc import Mapping

from playwright.sync_api import Page

from console.backend import SessionStore
from console.models import Session
from tests.browser.scenes.playing import Scene
from tests.cast import person

ELSEWHERE = {
    "Firefox on Linux": "203.0.113.9",
    "Safari on iPhone": "2001:db8:85a3:8d3:1319:8a2e:370:7348",
    "": None,
}


def sit_elsewhere_too(page: Page) -> None:
    """In browsers of other kinds."""
    Session.objects.filter(user=person("ed"), browser__in=ELSEWHERE).delete()
    for browser, address in ELSEWHERE.items():
        store = SessionStore()
        store.browser, store.address = browser, address
        store.save()
        Session.objects.filter(key_digest=store.digest).update(user=person("ed"))
    page.reload()


SCENES: Mapping[str, Scene] = {
    "your sessions": Scene("/you/sessions/", does=sit_elsewhere_too),
}
