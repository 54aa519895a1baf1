"""A phone number changed at each provider arrives once, with exactly the body that the page had shown before."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.stage import Stage
from tests.cast import SAMPLES

pytestmark = pytest.mark.browser

# Whom Ed looks for at each provider, the name of the field there, and what he types: as one hears it on the phone.
CALLS = {
    "timepay": ("Asha Rao", "phone_number", "+91 90210 88124"),
    "finosu": ("Lena Okafor", "phoneNumber", "+1 (415) 555-0187"),
    "caibo": ("Ann Whitfield", "phone", "+44 1632 960961"),
    "flowwise": ("Priya Sharma", "phone", "+91 98765 00000"),
    "sqril": ("Adi Wijaya", "phone", "+62 812 9988 7766"),
}


@pytest.mark.parametrize("slug", CALLS)
def test_a_new_phone_number_arrives_once_as_the_page_had_shown(slug: str, eds: Page, shared: Stage) -> None:
    name, field, typed = CALLS[slug]
    stored = "+" + "".join(digit for digit in typed if digit.isdigit())
    eds.goto(f"{shared.url}/")
    steps.find(eds, name, name)
    steps.open_form(eds)
    steps.fill(eds, {field: typed})
    expect(eds.locator("#request pre mark")).to_have_text(f'"{stored}"')
    expect(steps.row(eds, field).locator(".by")).to_have_text("you · now")
    shown = steps.will_be_sent(eds)

    steps.save(eds)
    expect(steps.badge(eds)).to_have_class("state " + ("neutral" if slug in {"timepay", "caibo"} else "applied"))

    [arrived] = shared.arrived(slug)
    assert arrived["body"] == shown.body
    assert shown.url == f"{shared.sandbox.base_url(slug)}{arrived['path']}"
    assert shown.method == arrived["method"]
    assert arrived["applied"]
    assert steps.was_sent(eds) == shown

    eds.get_by_role("link", name=name).click()
    expect(steps.row(eds, field)).to_contain_text("Ed Kowalski")
    assert SAMPLES[slug][field] != stored
    assert shared.sandbox.records(slug).popitem()[1][field] == stored
