"""Passkeys in the browser, by an authenticator that chromium plays: added, used alone, used as a second factor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import CDPSession, Page, expect

from console.models import Event, User
from tests.browser import steps
from tests.browser.axe import complaints
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage
from tests.cast import PASSWORD, person
from tests.factors import add_app, code

pytestmark = pytest.mark.browser

BUILT_IN = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass(slots=True)
class Device:
    """What asks for a finger: here it is always the right one, until it is told to be another's."""

    cdp: CDPSession
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.cdp.send("WebAuthn.enable")
        self.name = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": BUILT_IN})["authenticatorId"]

    @property
    def keys(self) -> list[dict[str, Any]]:
        """What it holds."""
        told = self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.name})
        held: list[dict[str, Any]] = told["credentials"]
        return held

    def is_another_finger(self) -> None:
        self.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self.name, "isUserVerified": False})


@pytest.fixture
def ed(shared: Stage) -> Iterator[User]:
    """Ed, whose factors are gone afterwards."""
    user = person("ed")
    yield user
    Authenticator.objects.filter(user=user).delete()


def device_of(page: Page) -> Device:
    return Device(page.context.new_cdp_session(page))


def add_passkey(page: Page, shared: Stage, name: str = "Laptop at work") -> None:
    page.goto(f"{shared.url}/you/factors/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url("**/you/factors/codes/")


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url("**/sign-in/")


def test_a_passkey_is_added_and_signs_its_owner_in_alone(open_page: OpenPage, shared: Stage, ed: User) -> None:
    page, _ = open_page()
    device = device_of(page)
    steps.sign_in(page, shared.url)
    add_passkey(page, shared)
    expect(page.get_by_role("heading", name="10 of 10 are left")).to_be_visible()
    assert [key["isResidentCredential"] for key in device.keys] == [True]
    sign_out(page)
    page.goto(f"{shared.url}/changes/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/changes/")
    expect(page.get_by_role("link", name="Ed Kowalski")).to_be_visible()
    told = Event.objects.filter(subject=f"person:{ed.pk}", verb="person.signed_in").latest("pk")
    assert told.details == {"proofs": ["webauthn"]}


def test_a_passkey_is_the_second_factor_after_a_password(open_page: OpenPage, shared: Stage, ed: User) -> None:
    page, _ = open_page()
    device_of(page)
    steps.sign_in(page, shared.url)
    add_passkey(page, shared)
    sign_out(page)
    page.get_by_label("Username").fill("ed")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Your second factor")).to_be_visible()
    assert not complaints(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Work", level=1)).to_be_visible()


def test_the_wrong_finger_lets_nobody_in_and_the_page_says_so(open_page: OpenPage, shared: Stage, ed: User) -> None:
    page, _ = open_page()
    device = device_of(page)
    steps.sign_in(page, shared.url)
    add_passkey(page, shared)
    sign_out(page)
    device.is_another_finger()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert").filter(has_text="No passkey was used.")).to_be_visible()
    page.goto(f"{shared.url}/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_passkey_that_was_removed_signs_nobody_in(open_page: OpenPage, shared: Stage, ed: User) -> None:
    page, _ = open_page()
    device_of(page)
    steps.sign_in(page, shared.url)
    add_passkey(page, shared)
    page.get_by_role("link", name="Done").click()
    assert not complaints(page)
    page.get_by_role("button", name="Remove Laptop at work").click()
    assert not complaints(page)
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_text("It signs nobody in any more.")).to_be_visible()
    sign_out(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("That passkey was not accepted.")).to_be_visible()


def test_an_app_is_added_by_keyboard_and_asked_for_afterwards(open_page: OpenPage, shared: Stage, ed: User) -> None:
    page, _ = open_page()
    steps.sign_in(page, shared.url)
    page.goto(f"{shared.url}/you/factors/")
    page.get_by_role("button", name="Add an app").press("Enter")
    expect(page.get_by_role("img", name="A QR code")).to_be_visible()
    assert not complaints(page)
    secret = (page.locator("#secret").text_content() or "").replace(" ", "")
    page.keyboard.type(code(-1, secret))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="10 of 10 are left")).to_be_visible()
    assert not complaints(page)
    sign_out(page)
    page.get_by_label("Username").fill("ed")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Code")).to_be_focused()
    page.keyboard.type(code(0, secret))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Work", level=1)).to_be_visible()


def test_without_a_script_a_code_does_all_that_a_passkey_does(open_page: OpenPage, shared: Stage, ed: User) -> None:
    page, _ = open_page(java_script_enabled=False)
    add_app(ed)
    page.goto(f"{shared.url}/")
    expect(page.get_by_role("button", name="Use a passkey")).to_be_hidden()
    page.get_by_label("Username").fill("ed")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Code").fill(code())
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Work", level=1)).to_be_visible()
