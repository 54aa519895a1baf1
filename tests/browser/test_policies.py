"""Policies in the browser: two administrators change what needs approval, by keyboard, and without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from console.models import Change, PolicyVersion, Status
from tests.browser import steps
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage
from tests.cast import person
from tests.deciding import policy
from tests.flows.helpers import wish
from tests.processes import wait_for

pytestmark = pytest.mark.browser


def inside(open_page: OpenPage, shared: Stage, username: str, **options: object) -> Page:
    """A browser of their own, in which this person is signed in."""
    person(username)
    page, _ = open_page(**options)
    steps.sign_in(page, shared.url, username)
    return page


def test_one_administrator_ends_a_policy_a_second_approves_and_what_waited_leaves(
    open_page: OpenPage, shared: Stage
) -> None:
    sqril = shared.connections["sqril"]
    policy("KYC fields", "occupation", at=[sqril])
    change = wish(sqril.customers.get(), person("ed"), {"occupation": "OCC10"})
    maxs, idas = inside(open_page, shared, "max"), inside(open_page, shared, "ida")
    steps.press(maxs, "g")
    steps.press(maxs, "p")
    maxs.get_by_role("link", name="KYC fields").click()
    maxs.get_by_role("button", name="End…").click()
    maxs.get_by_label("Why? The history keeps it.").fill("The pilot is over.")
    maxs.get_by_role("button", name="Propose to end it").click()
    expect(maxs.get_by_text("You proposed this, so a second administrator decides. Ask Ida Novak.")).to_be_visible()
    expect(maxs.get_by_role("button", name="Approve")).to_be_disabled()

    idas.goto(f"{shared.url}/policies/")
    idas.get_by_role("link", name="Decide on KYC fields").click()
    expect(idas.get_by_text("1 open request would need less than now")).to_be_visible()
    steps.press(idas, "a")
    expect(idas.get_by_text("Ida Novak approved version 2: the policy ended")).to_be_visible()
    wait_for(lambda: Change.objects.get(pk=change.pk).state is Status.APPLIED, seconds=30)


def test_the_fields_that_stand_there_are_those_of_the_connections_that_are_ticked(
    open_page: OpenPage, shared: Stage
) -> None:
    page = inside(open_page, shared, "max")
    page.goto(f"{shared.url}/policies/new/")
    occupation, loan = (page.get_by_role("checkbox", name=re.compile(name)) for name in ("^Occupation", "^Loan amount"))
    expect(loan).to_be_visible()
    page.get_by_role("radio", name="These alone").check()
    page.get_by_role("checkbox", name="Sqril", exact=True).check()
    expect(occupation).to_be_visible()
    expect(loan).to_be_hidden()
    page.get_by_role("radio", name="Every field").check()
    expect(occupation).to_be_hidden()


def test_a_policy_is_proposed_and_decided_on_without_javascript(open_page: OpenPage, shared: Stage) -> None:
    person("ida")
    maxs = inside(open_page, shared, "max", java_script_enabled=False)
    maxs.goto(f"{shared.url}/policies/new/")
    maxs.get_by_role("textbox", name="Name").fill("Loans")
    maxs.get_by_role("checkbox", name=re.compile("^Loan amount")).check()
    maxs.get_by_role("textbox", name="Approvals").fill("9")
    maxs.get_by_role("button", name="Propose").click()
    expect(maxs.get_by_text("Enter a number of approvals from 0 to 5.")).to_be_visible()
    expect(maxs.get_by_role("checkbox", name=re.compile("^Loan amount"))).to_be_checked()
    maxs.get_by_role("textbox", name="Approvals").fill("2")
    maxs.get_by_role("button", name="Propose").click()
    expect(maxs.get_by_role("heading", level=1)).to_have_text("Loans")

    idas = inside(open_page, shared, "ida", java_script_enabled=False)
    idas.goto(maxs.url)
    idas.get_by_role("button", name="Reject…").click()
    idas.get_by_role("textbox", name=re.compile("^Why")).fill("One is enough.")
    idas.get_by_role("button", name="Reject", exact=True).click()
    expect(idas.get_by_text("“One is enough.”")).to_be_visible()
    assert PolicyVersion.objects.get(name="Loans").status == "rejected"
