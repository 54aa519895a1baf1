"""Signing in, proofs and second factors. Nia has factors only once her pages are looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AbstractBaseUser

from console.flows import factors
from console.models import User
from tests.browser.scenes.playing import Play, Scene
from tests.cast import PASSWORD
from tests.factors import add_app, code

if TYPE_CHECKING:
    from playwright.sync_api import Page

NIA, OLE = "nia", "ole"
NAMES = ("Laptop at work", "The blue key that hangs on the ring with the keys of the archive, second from the left")


def play(_: Play) -> None:
    """Nia, who has factors later; Ole, who is asked for one when he signs in."""
    User.objects.create_user(NIA, password=PASSWORD, first_name="Nia", last_name="Adeyemi")
    add_app(User.objects.create_user(OLE, password=PASSWORD, first_name="Ole", last_name="Berg"))


def fail_to_sign_in(page: Page) -> None:
    """With a wrong password."""
    page.get_by_label("Username").fill("ed")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator(".notice.refused").wait_for()


def come_to_the_second_step(page: Page) -> None:
    """By Ole's password."""
    page.get_by_label("Username").fill(OLE)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("heading", name="Your second factor").wait_for()


def show_a_wrong_code(page: Page) -> None:
    """With which nobody gets in."""
    come_to_the_second_step(page)
    page.get_by_label("Code").fill("12")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator(".notice.refused").wait_for()


def prove_badly(page: Page) -> None:
    """With a wrong password."""
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Go on").click()
    page.locator(".notice.refused").wait_for()


def have_factors(page: Page) -> None:
    """An app, and two passkeys with names short and long; codes that run out."""
    user = _with_factors()
    kept = Authenticator.objects.get(user=user, type=factors.CODES)
    kept.data["used_mask"] = 0b1111_1110
    kept.save()
    page.reload()


def ask_to_remove(page: Page) -> None:
    """Until it asks whether one is sure."""
    have_factors(page)
    page.get_by_role("button", name=f"Remove {NAMES[0]}").click()
    page.get_by_role("button", name="Keep it").wait_for()


def show_codes(page: Page) -> None:
    """After a proof by the app, whose code was never used."""
    _with_factors()
    page.reload()
    page.get_by_role("link", name="Show them").click()
    if page.get_by_label("Code").count():
        page.get_by_label("Code").fill(code())
        page.get_by_role("button", name="Go on").click()
    page.locator(".recovery").wait_for()


def begin_an_app(page: Page) -> None:
    """To the secret."""
    page.get_by_role("button", name="Add an app").click()
    page.locator(".qr").wait_for()


def show_no_code(page: Page) -> None:
    """Something that no app shows."""
    begin_an_app(page)
    page.get_by_label("Code").fill("abc")
    page.get_by_role("button", name="Add the app").click()
    page.locator(".notice.refused").wait_for()


def choose_badly(page: Page) -> None:
    """A common password, and another one below it."""
    page.get_by_label("New password").fill("password")
    page.get_by_label("The same again").fill("passwort")
    page.get_by_role("button", name="Change it").click()
    page.locator("[aria-invalid=true]").first.wait_for()


def _with_factors() -> AbstractBaseUser:
    """Nia, with factors of which none was used."""
    user = User.objects.get(username=NIA)
    Authenticator.objects.filter(user=user).delete()
    for name in NAMES:
        Authenticator.objects.create(user=user, type=factors.PASSKEY, data={"name": name, "credential": {}})
    add_app(user)
    return user


SCENES: Mapping[str, Scene] = {
    "sign-in": Scene("/sign-in/", who=""),
    "sign-in refused": Scene("/sign-in/", who="", does=fail_to_sign_in),
    "sign-in by a second factor": Scene("/sign-in/", who="", does=come_to_the_second_step),
    "sign-in by a wrong code": Scene("/sign-in/", who="", does=show_a_wrong_code),
    "sign-in with a link that is over": Scene("/password/1/made-up/", who="", status=404),
    "proof by a password": Scene("/prove/?next=/you/"),
    "proof refused": Scene("/prove/?next=/you/", who="vic", does=prove_badly),
    "factors, none": Scene("/you/factors/"),
    "factors, some": Scene("/you/factors/", who="nia", does=have_factors),
    "factors, removing": Scene("/you/factors/", who="nia", does=ask_to_remove),
    "factors, recovery codes": Scene("/you/factors/", who="nia", does=show_codes),
    "factors, app": Scene("/you/factors/", does=begin_an_app),
    "factors, app refused": Scene("/you/factors/", does=show_no_code),
    "factors, passkey": Scene("/you/factors/passkey/"),
    "factors, password": Scene("/you/password/"),
    "factors, password refused": Scene("/you/password/", does=choose_badly),
    "sign-in on the way to a page": Scene("/sign-in/?next=/customers/1/edit/", who=""),
    "you": Scene("/you/"),
    "you without a role": Scene("/you/", who="vic"),
}
