"""What a provider does not allow is said on the page, at its field, and nothing is sent."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from console.forms import phones
from console.models import Change, Connection
from providers.fields import Kind
from tests.browser import steps
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser

LOCKED = [
    ("sqril", "name_first"),
    ("sqril", "name_last"),
    ("timepay", "campaignId"),
    ("flowwise", "scope"),
    ("caibo", "ownerId"),
    ("caibo", "ownerName"),
    ("finosu", "id"),
]

BROKEN = {
    "a blank address at SQRIL": ("sqril", "address", "", "SQRIL needs it in every update"),
    "a wrong e-mail at Flowwise": ("flowwise", "email", "priya.sharma@example", "such as name@example.com"),
    "a name of 101 characters at Caibo": ("caibo", "name", "x" * 101, "100 characters"),
    "an unknown language at TimePay": ("timepay", "language", "klingon", "Choose Hindi, English, Bengali"),
}

# What only the provider can know: the field it complains about, and a value that our rules let pass. Flowwise's errors
# name no field.
COMPLAINTS = {
    "timepay": ("phone_number", "+919021088199"),
    "finosu": ("email", "lena@example.org"),
    "caibo": ("memberId", "M-78"),
    "sqril": ("email", "adi@example.org"),
}

SMUGGLE = """(form, [name, value]) => {
    form.append(Object.assign(document.createElement("input"), {name: `v-${name}`, value}));
}"""
OFFER = "(select, value) => select.add(new Option(value, value, true, true))"


@pytest.mark.parametrize(("slug", "field"), LOCKED)
def test_a_locked_field_says_whose_rule_it_is_and_why(slug: str, field: str, eds: Page, shared: Stage) -> None:
    rule = Connection.objects.get(provider_slug=slug).provider.field(field)
    steps.go_to_form(eds, shared.url, slug)
    row = steps.row(eds, field)
    expect(row.locator(".locked")).to_be_visible()
    expect(row.get_by_role("img", name="Locked")).to_be_visible()
    expect(row.locator("input, select, textarea")).to_have_count(0)
    expect(row.locator(".by")).to_contain_text(shared.connections[slug].provider.title)
    expect(row.locator(".by")).to_contain_text("rule", ignore_case=True)
    assert rule.locked_reason
    expect(eds.locator(".fields", has=row)).to_contain_text(rule.locked_reason)


@pytest.mark.parametrize(("slug", "field"), [pair for pair in LOCKED if pair[1] != "ownerName"])
def test_a_locked_value_cannot_be_smuggled_in(slug: str, field: str, eds: Page, shared: Stage) -> None:
    steps.go_to_form(eds, shared.url, slug)
    eds.locator("#edit").evaluate(SMUGGLE, [field, "smuggled"])
    eds.get_by_role("button", name="Save and send").click()
    expect(eds.locator("#refusal")).to_contain_text("Nothing was saved")
    assert not Change.objects.exists()


@pytest.mark.parametrize(("slug", "field", "text", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_rule_is_said_at_the_field_and_nothing_is_sent(
    slug: str, field: str, text: str, said: str, eds: Page, shared: Stage
) -> None:
    steps.go_to_form(eds, shared.url, slug)
    control = eds.locator(f"#v-{field}")
    if field == "language":
        control.evaluate(OFFER, text)
    else:
        control.fill(text)
    eds.get_by_role("button", name="Save and send").click()

    expect(eds.locator("#refusal")).to_contain_text("Nothing was saved")
    expect(control).to_have_attribute("aria-invalid", "true")
    expect(control).to_be_focused()
    expect(control).to_have_value(text)
    expect(steps.row(eds, field).locator(".error")).to_contain_text(said)
    assert not Change.objects.exists()
    assert shared.sandbox.ledger() == []


@pytest.mark.parametrize("slug", COMPLAINTS)
def test_a_value_that_only_the_provider_refuses_comes_back_at_its_field(slug: str, eds: Page, shared: Stage) -> None:
    field, value = COMPLAINTS[slug]
    shared.sandbox.fault(slug, "refuse", field=field, message=f"{field} is registered to somebody else")
    steps.go_to_form(eds, shared.url, slug)
    steps.fill(eds, {field: value})
    steps.save(eds)
    expect(steps.badge(eds)).to_have_text("Refused")

    rule = shared.connections[slug].provider.field(field)
    line = eds.get_by_role("row").filter(has=eds.get_by_role("rowheader", name=rule.label, exact=True))
    expect(line.locator(".error")).to_contain_text("is registered to somebody else")
    line.get_by_role("link", name="Edit this field").click()
    expect(steps.row(eds, field)).to_be_in_viewport()
    shown = rule.display(rule.parse(value))
    number = phones.parts(shown, rule.home).number if rule.kind is Kind.PHONE else shown
    expect(eds.locator(f"#v-{field}")).to_have_value(number)
    assert not any(entry["applied"] for entry in shared.arrived(slug))


def test_a_complaint_that_names_no_field_stands_below_all_of_them(eds: Page, shared: Stage) -> None:
    shared.sandbox.fault("flowwise", "refuse", field="address", message="address is not acceptable")
    steps.go_to_form(eds, shared.url, "flowwise")
    steps.fill(eds, {"address": "12 Janpath, New Delhi"})
    steps.save(eds)
    expect(steps.badge(eds)).to_have_text("Refused")
    expect(eds.locator("tbody .error")).to_have_count(0)
    expect(eds.locator("#problem-other")).to_contain_text("address is not acceptable")
