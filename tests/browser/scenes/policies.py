"""Policies in each state, and one that is being written."""

from __future__ import annotations

from collections.abc import Mapping

from playwright.sync_api import Page, expect

from console.flows.policies import Draft, approve_policy, propose_policy, reject_policy
from console.models import Origin
from console.models.judging import Scope
from tests.browser.scenes.acts import press
from tests.browser.scenes.playing import Play, Scene, another_account
from tests.cast import person


def play(played: Play) -> None:
    """Policies in each state, all about an account where nothing else is played."""
    max_, ida, here = played.people["max"], person("ida"), another_account(played, "policies").pk
    kyc = Draft("KYC data", [here], Scope.NAMED, ["occupation", "address"], why="As agreed with compliance.")
    first = approve_policy(propose_policy(kyc, by=max_).pk, by=ida)
    wider = {"fields": ["occupation", "address", "phone"], "approvals": 2, "asks_ticket": True, "hours": 36}
    propose_policy(Draft.of(first, **wider, why="The audit of October asks for it."), by=max_, policy=first.policy)
    played.numbers["policy"] = first.policy_id
    new = Draft("أرصدة " + "Long" * 16, [here], Scope.SENSITIVE, approvals=3, asks_reason=True, from_size=50)
    played.numbers["policy_new"] = propose_policy(new, by=ida).policy_id
    alone, over = [
        propose_policy(Draft(f"{name}, by command", [here]), by=None, origin=Origin.COMMAND) for name in ("Set", "Over")
    ]
    played.numbers["policy_alone"], played.numbers["policy_over"] = alone.policy_id, over.policy_id
    ended = propose_policy(Draft("", retires=True, why="The pilot is over."), by=ida, policy=over.policy)
    reject_policy(ended.pk, by=max_, reason="It runs until Friday.")
    ended = propose_policy(Draft("", retires=True, why="Now it is over."), by=ida, policy=over.policy)
    approve_policy(ended.pk, by=max_)


def refuse_policy(page: Page) -> None:
    """Proposes a policy that says nothing yet."""
    page.get_by_role("radio", name="These alone").check()
    page.get_by_role("textbox", name="Approvals").fill("12")
    page.get_by_role("button", name="Propose").click()
    expect(page.locator(".notice.refused")).to_be_visible()


SCENES: Mapping[str, Scene] = {
    "policies": Scene("/policies/", who="ida"),
    "policies seen by an editor": Scene("/policies/"),
    "policies of nobody": Scene("/policies/", who="vic"),
    "policy with a proposal": Scene("/policies/{policy}/", who="ida"),
    "policy with one's own proposal": Scene("/policies/{policy}/", who="max"),
    "policy with a proposal, seen by an editor": Scene("/policies/{policy}/"),
    "policy to be rejected": Scene("/policies/{policy}/", who="ida", does=press("Reject")),
    "policy that is new": Scene("/policies/{policy_new}/", who="max"),
    "policy put in force by command": Scene("/policies/{policy_alone}/", who="max"),
    "policy to be ended": Scene("/policies/{policy_alone}/", who="max", does=press("End")),
    "policy that ended": Scene("/policies/{policy_over}/", who="max"),
    "policy to be written": Scene("/policies/new/", who="max"),
    "policy to be written, refused": Scene("/policies/new/", who="max", does=refuse_policy),
    "policy being edited": Scene("/policies/{policy_alone}/edit/", who="ida"),
}
