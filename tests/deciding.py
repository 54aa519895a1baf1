"""What tests of approvals do over and over: put a policy in force, see a change as its page shows it, decide on it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from console.flows import review
from console.models import Change, Policy, PolicyStatus, PolicyVersion

if TYPE_CHECKING:
    from console.models import Connection, User


def policy(name: str = "KYC fields", *fields: str, at: Iterable[Connection] = (), **more: Any) -> PolicyVersion:
    """Puts a policy in force that asks for one approval of these fields, or of all where none is named."""
    scope = more.pop("scope", "named" if fields else "all")
    return PolicyVersion.objects.create(
        policy=Policy.objects.create(),
        number=1,
        name=name,
        connection_ids=[connection.pk for connection in at],
        scope=scope,
        fields=list(fields),
        status=PolicyStatus.IN_FORCE,
        decided_at=timezone.now(),
        **more,
    )


def reword(version: PolicyVersion, **said: Any) -> PolicyVersion:
    """Puts a next version in its place that says this instead: what one says is never altered."""
    was = PolicyVersion.objects.get(pk=version.pk)
    over = PolicyStatus.REPLACED if was.status == PolicyStatus.IN_FORCE else PolicyStatus.WITHDRAWN
    PolicyVersion.objects.filter(pk=was.pk).update(status=over)
    names = [field.attname for field in PolicyVersion._meta.concrete_fields if field.attname not in {"id", "number"}]
    kept = {name: getattr(was, name) for name in names}
    return PolicyVersion.objects.create(**{**kept, "number": was.number + 1, **said})


def no_policies() -> None:
    """Takes every policy out of force, the one with which an installation begins, too."""
    PolicyVersion.objects.update(status=PolicyStatus.REPLACED)


def seen(change: Change, *fields: str) -> dict[str, str]:
    """The digests that a page would show now: of these fields, or of all lines that are still to be sent."""
    change = Change.objects.select_related("customer__connection").get(pk=change.pk)
    found = {}
    for line in change.lines.all():
        line.change = change
        if line.state.is_sent and (line.field in fields or (not fields and line.needs)):
            found[line.field] = line.digest_now(change.customer.record).hex()
    return found


def approve(change: Change, by: User, *fields: str) -> Change:
    """Approves as from a page that was just loaded."""
    return review.approve(change.pk, by=by, seen=seen(change, *fields))


def reject(change: Change, by: User, *fields: str, reason: str = "The call-back did not confirm it.") -> Change:
    """Rejects as from a page that was just loaded."""
    return review.reject(change.pk, by=by, seen=seen(change, *fields), reason=reason)
