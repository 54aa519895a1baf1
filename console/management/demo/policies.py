"""Makes the demo's policies, beside the one with which an installation begins: Max proposes each, and Ida approves."""

from __future__ import annotations

from collections.abc import Mapping

from console.flows.policies import Draft, approve_policy, propose_policy
from console.management.demo.people import everybody
from console.models import Connection, PolicyVersion
from console.models.judging import Scope


def make_policies(connections: Mapping[str, Connection]) -> None:
    """Makes those that are missing, and leaves the others as they are. One has a next version that waits for Max."""
    there = set(PolicyVersion.objects.values_list("name", flat=True))
    people = everybody()
    max_, ida = people["max"], people["ida"]
    for draft in _drafts({slug: place.pk for slug, place in connections.items()}):
        if draft.name not in there:
            made = approve_policy(propose_policy(draft, by=max_).pk, by=ida)
            if draft.name == "Large batches":
                why = "Twenty are as many as one person looks at with care."
                propose_policy(Draft.of(made, from_size=20, why=why), by=ida, policy=made.policy)


def _drafts(at: Mapping[str, int]) -> list[Draft]:
    return [
        Draft(
            "KYC fields",
            [at["sqril"]],
            Scope.NAMED,
            ["occupation", "address"],
            why="Compliance asks for four eyes on what identifies a person.",
        ),
        Draft("Sensitive data", [at["finosu"]], Scope.SENSITIVE, asks_reason=True, why="So says the law."),
        Draft(
            "Loan terms",
            [at["timepay"]],
            Scope.NAMED,
            ["loan_amount", "loan_period"],
            approvals=2,
            asks_ticket=True,
            hours=120,
            why="What a customer owes is never one person's word.",
        ),
        Draft("Large batches", from_size=50, why="A mistake in a file is a mistake fifty times."),
    ]
