"""What kinds of events there are: their subjects, the verbs of each, and what pages call them."""

from __future__ import annotations

from collections.abc import Mapping

from console.models import Status

LABELS: Mapping[str, str] = {
    "change": "Changes",
    "decision": "Decisions",
    "emergency": "Emergencies",
    "batch": "Batches",
    "customer": "Customers' records",
    "drift": "Values that moved",
    "connection": "Connections",
    "bulk": "Work on many customers",
    "quality": "Records to put right",
    "policy": "Policies",
    "person": "People",
    "audit": "The audit itself",
    "review": "Reviews",
    "installation": "The installation",
}
"""The subjects, in the order of the page."""

VERBS: Mapping[str, str] = {
    "change.proposed": "Proposed",
    "change.amended": "Amended",
    "change.commented": "Commented on",
    "change.line_replaced": "Line replaced",
    "change.approved": "Approved, on its way",
    "change.returned": "Returned to its author",
    "change.rejected": "Rejected",
    "change.withdrawn": "Withdrawn",
    "change.expired": "Expired",
    "change.superseded": "Replaced by another",
    "change.sending": "Being sent",
    "change.applied": "Applied",
    "change.refused": "Refused by the provider",
    "change.conflict": "Conflict",
    "change.unknown": "Outcome unknown",
    "change.still_unknown": "Outcome still unknown",
    "change.held": "Held back",
    "change.answered_late": "Answered late",
    "change.failed": "Not delivered",
    "change.read_back": "Asked to be read back",
    "change.closed": "Closed by a person",
    "decision.approved": "Approval given",
    "decision.rejected": "Rejection",
    "decision.returned": "Return to the author",
    "batch.building": "Begun",
    "batch.waiting": "Waiting for approval",
    "batch.decided": "Decided on",
    "batch.canary": "First few let go",
    "batch.checking": "First few to be looked at",
    "batch.going": "Others let go",
    "batch.paused": "Paused",
    "batch.done": "Ended",
    "batch.stopped": "Stopped",
    "batch.rejected": "Rejected",
    "batch.withdrawn": "Withdrawn",
    "batch.expired": "Expired",
    "batch.failed": "Not put together",
    "batch.downloaded": "Results downloaded",
    "emergency.closed": "Looked into afterwards",
    "customer.baseline": "First seen",
    "customer.refreshed": "Read from the provider",
    "customer.imported": "Changed by an import",
    "customer.moved": "Found to have moved",
    "customer.declared": "Value said by a person",
    "customer.gone": "Gone at the provider",
    "customer.revealed": "Hidden value shown",
    "customer.compared": "Hidden value compared",
    "customer.disclosed": "Given to the person",
    "customer.forgotten": "Forgotten, its time over",
    "customer.erasure_asked": "Erasure asked for",
    "customer.erasure_rejected": "Erasure rejected",
    "customer.erasure_withdrawn": "Erasure withdrawn",
    "customer.erased": "Erased",
    "drift.accepted": "Moved value accepted",
    "connection.set": "Set up or altered",
    "connection.keeping_set": "Periods set",
    "connection.bodies_removed": "Bodies removed, their time over",
    "connection.paused": "Paused",
    "connection.resumed": "Resumed",
    "connection.interrupted": "Interrupted",
    "connection.recovered": "Answers again",
    "bulk.begun": "Begun to be carried out",
    "bulk.stopped": "Stopped",
    "bulk.ended": "Ended",
    "bulk.exported": "Customers exported",
    "bulk.downloaded": "Export of customers downloaded",
    "bulk.export_stopped": "Export of customers stopped",
    "quality.assigned": "Given to somebody",
    "policy.proposed": "Version proposed",
    "policy.approved": "Put in force",
    "policy.set": "Put in force by one person",
    "policy.rejected": "Version rejected",
    "policy.withdrawn": "Version withdrawn",
    "policy.ended": "Ended",
    "person.signed_in": "Signed in",
    "person.signed_out": "Signed out",
    "person.session_ended": "Sessions ended",
    "person.sign_in_failed": "Sign-in failed",
    "person.proved": "Proved who they are",
    "person.factor_added": "Second factor added",
    "person.factor_removed": "Second factor removed",
    "person.codes_made": "Recovery codes made",
    "person.code_used": "Recovery code used",
    "person.password_changed": "Password changed",
    "person.password_reset": "Password set by a mailed link",
    "person.refused": "Permission refused",
    "person.granted": "Roles given or taken",
    "person.rights_asked": "Other rights asked for",
    "person.rights_rejected": "Other rights rejected",
    "person.rights_withdrawn": "Other rights withdrawn",
    "person.invited": "Invited",
    "person.invitation_ended": "Invitation taken back",
    "person.came_in": "Invitation used",
    "person.deactivated": "Deactivated",
    "person.let_in_again": "Let in again",
    "person.way_back_given": "Way back in given",
    "person.way_back_opened": "Link of a way back made",
    "person.came_back": "Way back in used",
    "person.linked": "Single sign-on linked",
    "person.unlinked": "Single sign-on unlinked",
    "person.settings_changed": "Settings changed",
    "audit.searched": "Audit searched",
    "audit.opened": "Event opened",
    "audit.exported": "Export asked for",
    "audit.downloaded": "Export downloaded",
    "audit.export_stopped": "Export stopped",
    "audit.verified": "Proofs verified",
    "review.opened": "Opened",
    "review.marked": "Change looked at",
    "review.questioned": "Question asked",
    "review.answered": "Question answered",
    "review.signed_off": "Signed off",
    "installation.restored": "Backup restored",
    "installation.keys_rotated": "Keys changed",
    "installation.seal_refused": "Sealing refused",
    "installation.seal_accepted": "Shorter history accepted",
}
"""Every verb that the console writes."""

OUTCOMES: Mapping[str, str] = {
    status.value: str(status.label) for status in Status if status.is_final or status is Status.UNKNOWN
}
"""What can become of a change."""


def is_known(kind: str) -> bool:
    """Whether it is a subject or a verb."""
    return kind in LABELS or kind in VERBS


def verbs_of(kind: str) -> list[str]:
    """The verbs of a subject, or the one verb itself."""
    return [kind] if "." in kind else [verb for verb in VERBS if verb.partition(".")[0] == kind]


def told(kind: str) -> str:
    """What a page calls it: “Changes”, “Changes: Applied”."""
    subject = LABELS.get(kind.partition(".")[0], kind.partition(".")[0])
    return f"{subject}: {VERBS.get(kind, kind)}" if "." in kind else subject


def grouped() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The subjects with their verbs, as a form offers them."""
    return [(kind, label, [(verb, VERBS[verb]) for verb in verbs_of(kind)]) for kind, label in LABELS.items()]
