"""What people decided about a change, what became of it by that, and what happened to the policies they decide by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from console.models import Status
from console.sentences.happening import Happening, by_itself

SENT_WITHOUT = "without its approvals"


def by_the_policies(about: Happening) -> str:
    """Why nothing was outstanding any more: it was all there, nothing was needed, or somebody did not wait for it."""
    policies = about.said("policies")
    if about.said("emergency"):
        lacking = f"without approval of {about.named('without')}" if about.said("without") else SENT_WITHOUT
        return f"{about.who} let it through {lacking}{about.reason}"
    if about.said("from") != Status.PROPOSED:
        return f"Approved again: {_names(policies)}"
    if any("approvals" not in policy for policy in policies):
        return f"Approved by the rules: {_names(policies)}"
    return _all_there(about, policies)


def _all_there(about: Happening, policies: Iterable[Mapping[str, Any]]) -> str:
    part = f"in part, without {about.named('left out')}" if about.said("left out") else ""
    if any(policy["approvals"] for policy in policies):
        return f"Approved{f' {part}' if part else ''}: all that was needed is there{_because_of(policies)}"
    if part:
        return f"Approved {part}: what is left of it needs no approval"
    return f"No approval was needed ({_so_says(policies)})"


def _approved(about: Happening) -> str:
    moved = f", although {about.named('kept though moved')} had moved" if about.said("kept though moved") else ""
    return f"{about.who} approved {about.named('fields')}{moved}{_because_of(about.said('policies') or ())}"


def _rejected(about: Happening) -> str:
    return f"{about.who} rejected {about.named('fields')}{about.reason}"


def _returned(about: Happening) -> str:
    return f"{about.who} returned it to its author{about.reason}"


def _back(about: Happening) -> str:
    if about.said("incomplete"):
        return "Back with its author: what is left of it cannot be sent by itself"
    return f"Back with its author{about.reason}"


def _commented(about: Happening) -> str:
    where = f" on {about.named('fields')}" if about.said("fields") else ""
    comment = about.values.get("comment")
    return f"{about.who} commented{where}{f': “{comment}”' if comment else ''}"


def _amended(about: Happening) -> str:
    """What it asks for from then on; one that touched no field stands by it, or gave another reason or ticket."""
    parts = []
    if about.names("fields"):
        parts.append(f"amended {about.named('fields')}{about.from_to('fields')}")
    if about.names("dropped"):
        parts.append(f"took {about.named('dropped')} off it")
    parts += [_said_anew(about, what) for what in about.said("said anew") or ()]
    return f"{about.who} {' and '.join(parts) or 'saved it again with the same values'}"


def _said_anew(about: Happening, what: str) -> str:
    """“changed the reason (before: “New employer”)”: whoever decided until then had read that."""
    before = about.values.get(what, [""])[0]
    return f"changed {what}{f' (before: “{before}”)' if before else ''}"


def _line_replaced(about: Happening) -> str:
    later = about.said("because of")
    by = f": change {later} asks for that now" if later else ""
    return f"{about.who} took {about.named('fields')} off it{by}{about.reason}"


def _superseded(about: Happening) -> str:
    later = about.said("because of")
    if not later:
        return "Replaced by a later change"
    return (
        f"{about.who} {'replaced it by' if about.said('fields') else 'corrected it with'} change {later}{about.reason}"
    )


def _looked_into(about: Happening) -> str:
    finding = about.values.get("finding")
    return f"{about.who} looked into why it was let through {SENT_WITHOUT}{f': “{finding}”' if finding else ''}"


def _version(verb: str, more: str = "") -> Callable[[Happening], str]:
    """“Max proposed version 3 of the policy “KYC fields” (“why”)”."""

    def tell(about: Happening) -> str:
        name = f" of the policy “{about.said('name')}”" if about.said("name") else ""
        number = about.said("version")
        return f"{about.who} {verb} {f'version {number}' if number else 'a version'}{name}{more}{about.reason}"

    return tell


def _names(policies: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(str(policy["name"]) for policy in policies)


def _so_says(policies: Iterable[Mapping[str, Any]]) -> str:
    """“policy “No approval needed”, version 1”: each as far as the event names it."""
    return "; ".join(
        f"policy “{policy['name']}”, version {policy['version']}" if policy.get("policy") else str(policy["name"])
        for policy in policies
    )


def _because_of(policies: Iterable[Mapping[str, Any]]) -> str:
    """“ (policy “KYC fields”, version 3)”, without those that ask for nothing."""
    words = _so_says([policy for policy in policies if policy.get("approvals", 1)])
    return f" ({words})" if words else ""


TELLING: Mapping[str, Callable[[Happening], str]] = {
    "decision.approved": _approved,
    "decision.rejected": _rejected,
    "decision.returned": _returned,
    "change.returned": _back,
    "change.rejected": by_itself("Rejected: nothing of it is sent"),
    "change.commented": _commented,
    "change.amended": _amended,
    "change.line_replaced": _line_replaced,
    "change.superseded": _superseded,
    "change.expired": by_itself("Expired: nobody decided in time"),
    "emergency.closed": _looked_into,
    "policy.proposed": _version("proposed"),
    "policy.approved": _version("put", " in force"),
    "policy.set": _version("put", " in force without a second administrator"),
    "policy.rejected": _version("rejected"),
    "policy.withdrawn": _version("withdrew"),
    "policy.ended": _version("ended the policy by"),
}
