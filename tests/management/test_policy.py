"""manage.py policy: what asks for approvals, from the command line."""

from __future__ import annotations

import pytest

from console.flows.policies import Draft, propose_policy
from console.models import Event, PolicyVersion
from console.models.policies import rules_in_force
from tests.cast import connect, person
from tests.deciding import no_policies
from tests.management.running import run

pytestmark = pytest.mark.django_db


def held(name: str) -> PolicyVersion:
    return PolicyVersion.objects.get(name=name, status="in force")


def test_a_new_policy_is_in_force_at_once_and_said_in_words() -> None:
    connect("sqril")
    said = run("policy", "KYC fields", "--connection", "Sqril", "--field", "occupation", "address", "--reason")
    words = "Sqril: Occupation and Address need 1 approval · reason required · requests live 3 days."
    assert said.out == f"KYC fields is in force. {words}\n"
    assert (held("KYC fields").alone, held("KYC fields").proposed_by) == (True, None)


def test_running_it_again_changes_nothing_and_leaves_one_event() -> None:
    connect("sqril")
    arguments = ("policy", "KYC fields", "--field", "occupation", "--approvals", "2", "--ticket")
    run(*arguments)
    assert "KYC fields is up to date. All connections: Occupation needs 2 approvals" in run(*arguments).out
    assert Event.objects.filter(verb="policy.set").count() == 1
    assert PolicyVersion.objects.filter(name="KYC fields").count() == 1


def test_what_is_left_out_stays() -> None:
    connect("sqril")
    run("policy", "KYC fields", "--connection", "Sqril", "--field", "occupation", "--reason", "--hours", "24")
    run("policy", "kyc fields", "--approvals", "3", "--no-reason", "--why", "More eyes.")
    version = held("KYC fields")
    assert (version.number, version.fields, version.hours, version.approvals) == (2, ["occupation"], 24, 3)
    assert (version.asks_reason, version.why, len(version.connection_ids)) == (False, "More eyes.", 1)
    run("policy", "KYC fields", "--everywhere", "--sensitive", "--from-size", "50")
    version = held("KYC fields")
    assert (version.connection_ids, version.scope, version.fields, version.from_size) == ([], "sensitive", [], 50)


def test_it_ends_and_can_be_put_in_force_again() -> None:
    connect("sqril")
    run("policy", "No approval needed", "--retire")
    assert rules_in_force() == ()
    assert "up to date" in run("policy", "No approval needed", "--retire").out
    assert (
        "No approval needed is in force. All connections: no field needs an approval."
        in run("policy", "No approval needed").out
    )


def test_without_a_name_it_lists_what_is_in_force() -> None:
    connect("sqril")
    run("policy", "Secrets", "--sensitive")
    assert run("policy").out.splitlines() == [
        "No approval needed: All connections: no field needs an approval.",
        "Secrets: All connections: sensitive fields need 1 approval · requests live 3 days.",
    ]
    no_policies()
    assert run("policy").out == "No policy is in force: everything needs one approval.\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("KYC", "--connection", "Nowhere"), "There is no connection 'Nowhere'. There are: Sqril."),
        (("KYC", "--field", "shoe"), "There is no field “shoe” at any connection."),
        (("KYC", "--approvals", "6"), "Enter a number of approvals from 0 to 5."),
        (("KYC", "--hours", "0"), "Enter a number of hours from 1 to 720."),
        (("KYC", "--retire"), "There is no such policy in force that could end."),
        (("KYC", "--all", "--sensitive"), "not allowed with argument"),
    ],
)
def test_what_will_not_do_is_told_in_a_sentence_and_nothing_is_made(arguments: tuple[str, ...], sentence: str) -> None:
    connect("sqril")
    assert sentence in run("policy", *arguments).refusal
    assert PolicyVersion.objects.count() == 1


def test_what_administrators_are_deciding_on_is_left_to_them() -> None:
    connect("sqril")
    person("ida")
    propose_policy(Draft("No approval needed", approvals=1), by=person("max"), policy=held("No approval needed").policy)
    assert (
        "Another version of it is proposed already" in run("policy", "No approval needed", "--approvals", "2").refusal
    )
