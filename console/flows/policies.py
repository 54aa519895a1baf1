"""Policies: what one is to say is proposed, and a second administrator lets it take effect.

Each has a history of its own. What is open is judged anew by `rejudge`, outside of the administrator's request.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from django.db import connection as database
from django.db import transaction
from django.db.models.functions import Now

from console.errors import DecidedAlready, NotFit, NothingChanged, NotPermitted, StepNotPossible
from console.flows.record import database_now, record
from console.models import Connection, Event, Grant, Origin, Policy, PolicyStatus, PolicyVersion, User
from console.models.judging import MOST_APPROVALS, Scope
from console.permissions import Places, Right, places_where, roles_with, visible_connections, who_sentence

ONE_WRITER = 7_203_115
LONGEST_NAME = 80
LONGEST_WHY = 500
MOST_HOURS = 720
LARGEST_SIZE = 100_000
NAMELESS = "Give it a name by which people know why their change waits, such as “KYC fields”."
WITHOUT_FIELDS = "Name at least one field, or say that it is about all fields or the sensitive ones."
NOT_ALONE = timedelta(days=30)
"""For how long who deactivated an administrator takes no step without a second one."""
SAYS = (
    "name",
    "connection_ids",
    "scope",
    "fields",
    "from_size",
    "approvals",
    "asks_reason",
    "asks_ticket",
    "hours",
    "retires",
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a policy is to say. No connections: all of them. `retires`: it ends, whatever else is said."""

    name: str
    connections: Collection[int] = ()
    scope: Scope = Scope.ALL
    fields: Collection[str] = ()
    from_size: int = 1
    approvals: int = 1
    asks_reason: bool = False
    asks_ticket: bool = False
    hours: int = 72
    retires: bool = False
    why: str = ""

    @classmethod
    def of(cls, version: PolicyVersion, **other: Any) -> Self:
        """What a version says, but for what is named otherwise."""
        said = {name: getattr(version, name) for name in SAYS if name != "connection_ids"}
        return cls(**{**said, "connections": version.connection_ids, "scope": Scope(version.scope), **other})


@transaction.atomic
def propose_policy(
    draft: Draft, *, by: User | None, policy: Policy | None = None, origin: Origin = Origin.PAGE
) -> PolicyVersion:
    """Proposes a new policy, or the next version of one; gives that version, in whichever state it is then.

    It takes effect at once where nobody else could approve it, and from the command line; it says so for ever. Raises
    NotPermitted, StepNotPossible while another version is proposed, NothingChanged, and NotFit with what is wanted.
    """
    _one_writer()
    now = in_force(policy)
    version = _version_of(draft, now)
    seconds = _others(by, version, now)
    if policy and policy.versions.filter(status=PolicyStatus.PROPOSED).exists():
        raise StepNotPossible("Another version of it is proposed already: decide on that first, or withdraw it.")
    if now and not differences(now, version):
        raise NothingChanged("Nothing is different from what holds now. Change something, or leave it as it is.")
    if problems := _problems(version, policy):
        raise NotFit(wanted=problems)
    version.policy = _locked(policy) if policy else Policy.objects.create()
    version.number = version.policy.versions.count() + 1
    version.proposed_by = by
    version.save()
    details = _told(version, now)
    if by and seconds:
        record(version.policy, "policy.proposed", by=by, origin=origin, details=details)
        return version
    if by:
        require_not_hushed(by)
    _take_effect(version, by, alone=True)
    record(version.policy, "policy.set", by=by, origin=origin, details={**details, "alone": True})
    return version


@transaction.atomic
def approve_policy(version_id: int, *, by: User) -> PolicyVersion:
    """A second administrator lets it take effect."""
    version, now = _proposed(version_id, by)
    if version.proposed_by_id == by.pk:
        raise NotPermitted(own_sentence(by, version, now))
    if problems := _problems(version, version.policy):
        raise StepNotPossible(" ".join([*problems.values(), "Reject it, or let its author withdraw it."]))
    _take_effect(version, by)
    record(version.policy, "policy.approved", by=by, origin=Origin.PAGE, details=_told(version, now))
    return version


@transaction.atomic
def reject_policy(version_id: int, *, by: User, reason: str) -> PolicyVersion:
    """A second administrator says why it is not to take effect."""
    version, now = _proposed(version_id, by)
    if version.proposed_by_id == by.pk:
        raise NotPermitted(own_sentence(by, version, now))
    reason = _text(reason)
    if not reason:
        raise StepNotPossible("Say why it should not take effect: whoever proposed it reads that.")
    if len(reason) > LONGEST_WHY:
        raise StepNotPossible(f"Shorten it: the reason may have {LONGEST_WHY} characters, not {len(reason)}.")
    _end(version, PolicyStatus.REJECTED, by, answer=reason)
    details = {**_which(version), "reason": reason}
    record(version.policy, "policy.rejected", by=by, origin=Origin.PAGE, details=details)
    return version


@transaction.atomic
def withdraw_policy(version_id: int, *, by: User) -> PolicyVersion:
    """Whoever proposed it takes it back."""
    version, _ = _locked_version(version_id)
    if version.proposed_by_id != by.pk:
        author = version.proposed_by.name if version.proposed_by else "nobody"
        raise NotPermitted(f"Only who proposed it, {author}, can withdraw it.")
    _end(version, PolicyStatus.WITHDRAWN, None)
    record(version.policy, "policy.withdrawn", by=by, origin=Origin.PAGE, details=_which(version))
    return version


def in_force(policy: Policy | None) -> PolicyVersion | None:
    """The version that holds now, or that ended it."""
    return policy.versions.filter(status=PolicyStatus.IN_FORCE).first() if policy else None


def waiting_for(user: User, most: int) -> list[PolicyVersion]:
    """What others proposed and this person, as a second administrator, can decide on; the oldest first."""
    if not administers_anything(user):
        return []
    proposed = PolicyVersion.objects.filter(status=PolicyStatus.PROPOSED).exclude(proposed_by=user)
    found = list(proposed.select_related("proposed_by").order_by("proposed_at", "pk")[:most])
    now = PolicyVersion.objects.filter(status=PolicyStatus.IN_FORCE, policy__in=[each.policy_id for each in found])
    holding = {version.policy_id: version for version in now} if found else {}
    return [version for version in found if may_change(user, where(version, holding.get(version.policy_id)))]


def differences(before: PolicyVersion | None, after: PolicyVersion) -> dict[str, list[Any]]:
    """What differs, as [before, after] by name; None before a first version."""
    pairs = {name: [_said(before, name) if before else None, _said(after, name)] for name in SAYS}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def where(*versions: PolicyVersion | None) -> frozenset[int] | None:
    """The connections that these are about together; None for all of them."""
    known = [version for version in versions if version]
    if not all(version.connection_ids for version in known):
        return None
    return frozenset(number for version in known for number in version.connection_ids)


def may_change(user: User, places: frozenset[int] | None) -> bool:
    """Whether this person may propose and decide what policies about these places say."""
    held = places_where(user, Right.ADMINISTER)
    return held.everywhere or (places is not None and places <= set(held.ids))


def administrators(places: frozenset[int] | None) -> list[User]:
    """Everybody active who may, by name."""
    grants = Grant.objects.filter(role__in=roles_with(Right.ADMINISTER), user__is_active=True)
    users = {grant.user for grant in grants.select_related("user").prefetch_related("user__grants")}
    return sorted((user for user in users if may_change(user, places)), key=lambda user: user.name)


def refusal(places: frozenset[int] | None, *, to: User) -> str:
    """Why somebody may not, what it takes, and who could."""
    there = "all connections" if places is None else _names(places, to)
    others = [user for user in administrators(places) if user.pk != to.pk]
    ask = f"Ask {who_sentence(others)}, who {'has' if len(others) == 1 else 'have'} it." if others else _NOBODY
    return f"You may not change policies at {there}: it takes the role Administrator there. {ask}"


def _names(places: frozenset[int], reader: User) -> str:
    """Connections in a sentence; those that the reader doesn't know of are counted."""
    names = list(visible_connections(reader).filter(pk__in=places).order_by("name").values_list("name", flat=True))
    hidden = len(places) - len(names)
    return " and ".join([*names, f"{hidden} other{'' if hidden == 1 else 's'}"] if hidden else names)


def own_sentence(by: User, *versions: PolicyVersion | None) -> str:
    """Why whoever proposed it does not decide on it, and who could."""
    others = [user for user in administrators(where(*versions)) if user.pk != by.pk]
    ask = f"Ask {who_sentence(others)}." if others else "Nobody else can now: withdraw it and propose it again."
    return f"You proposed this, so a second administrator decides. {ask}"


def administers_anything(user: User) -> bool:
    """Whether there is any place for which this person may propose policies."""
    held: Places = places_where(user, Right.ADMINISTER)
    return held.everywhere or bool(held.ids)


def require_not_hushed(by: User) -> None:
    """Nobody gets rid of the second administrator to go on without one; raises StepNotPossible."""
    if why_not := why_not_alone(by):
        raise StepNotPossible(why_not)


def why_not_alone(by: User) -> str:
    """Why nothing that this person asks for takes effect without a second administrator; empty if it could."""
    since = database_now() - NOT_ALONE
    left = Event.objects.filter(verb="person.deactivated", actor=by, at__gt=since, details__administrator=True)
    if not left.exists():
        return ""
    return (
        f"You deactivated an administrator within {NOT_ALONE.days} days, and nobody else is left to confirm this. "
        "Whoever runs the console can do it from the command line."
    )


def _one_writer() -> None:
    """Names and who may approve are looked up over all policies, which change seldom: one after the other."""
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_WRITER])


def _locked(policy: Policy) -> Policy:
    return Policy.objects.select_for_update(no_key=True).get(pk=policy.pk)


def _locked_version(version_id: int) -> tuple[PolicyVersion, PolicyVersion | None]:
    _one_writer()
    policy = _locked(Policy.objects.get(versions=version_id))
    version = PolicyVersion.objects.select_related("proposed_by", "decided_by").get(pk=version_id)
    version.policy = policy
    return version, in_force(policy)


def _proposed(version_id: int, by: User) -> tuple[PolicyVersion, PolicyVersion | None]:
    """A version that may be decided on by this person, and the one that holds now."""
    version, now = _locked_version(version_id)
    if not may_change(by, where(version, now)):
        raise NotPermitted(refusal(where(version, now), to=by))
    if version.status != PolicyStatus.PROPOSED:
        raise DecidedAlready(_too_late(version))
    return version, now


def _others(by: User | None, *versions: PolicyVersion | None) -> list[User]:
    """Who could approve what this person proposes; raises NotPermitted if they may not propose it."""
    places = where(*versions)
    if by and not may_change(by, places):
        raise NotPermitted(refusal(places, to=by))
    return [user for user in administrators(places) if by and user.pk != by.pk]


def _version_of(draft: Draft, now: PolicyVersion | None) -> PolicyVersion:
    """The draft as a row that is not saved. One that ends a policy says what that says."""
    if draft.retires and now:
        draft = Draft.of(now, retires=True, why=draft.why)
    return PolicyVersion(
        name=" ".join(_text(draft.name).split()),
        connection_ids=sorted(set(draft.connections)),
        scope=draft.scope,
        fields=sorted(set(draft.fields)) if draft.scope is Scope.NAMED else [],
        from_size=draft.from_size,
        approvals=draft.approvals,
        asks_reason=draft.asks_reason,
        asks_ticket=draft.asks_ticket,
        hours=draft.hours,
        retires=draft.retires,
        why=_text(draft.why),
    )


def _problems(version: PolicyVersion, policy: Policy | None) -> dict[str, str]:
    """What will not do, by the parts of a draft."""
    why = "" if len(version.why) <= LONGEST_WHY else f"Shorten it to {LONGEST_WHY} characters."
    if version.retires:
        gone = "" if in_force(policy) else "There is no such policy in force that could end."
        return {name: sentence for name, sentence in (("name", gone), ("why", why)) if sentence}
    found = {
        "name": _name_problem(version, policy),
        "connections": _connection_problem(version),
        "from_size": _out_of(version.from_size, 1, LARGEST_SIZE, "changes proposed together"),
        "approvals": _out_of(version.approvals, 0, MOST_APPROVALS, "approvals"),
        "hours": _out_of(version.hours, 1, MOST_HOURS, "hours"),
        "why": why,
    }
    if not found["connections"]:
        found["fields"] = _field_problem(version)
    return {name: sentence for name, sentence in found.items() if sentence}


def _name_problem(version: PolicyVersion, policy: Policy | None) -> str:
    if not version.name:
        return NAMELESS
    if len(version.name) > LONGEST_NAME:
        return f"Shorten the name: it may have {LONGEST_NAME} characters, not {len(version.name)}."
    standing = PolicyVersion.objects.filter(status=PolicyStatus.IN_FORCE, retires=False, name__iexact=version.name)
    if standing.exclude(policy=policy).exists():
        return f"Another policy in force is called “{version.name}” already. Choose another name."
    return ""


def _connection_problem(version: PolicyVersion) -> str:
    known = Connection.objects.filter(pk__in=version.connection_ids).count()
    return "" if known == len(version.connection_ids) else "Choose connections from the list."


def _field_problem(version: PolicyVersion) -> str:
    if version.scope != Scope.NAMED:
        return ""
    if not version.fields:
        return WITHOUT_FIELDS
    chosen = Connection.objects.filter(pk__in=version.connection_ids) if version.connection_ids else None
    places = list(Connection.objects.all() if chosen is None else chosen)
    known = {field.name for place in places for field in place.provider.fields}
    strange = [f"“{name}”" for name in version.fields if name not in known]
    there = " or ".join(place.name for place in places) if chosen is not None else "any connection"
    return f"There is no field {' or '.join(strange)} at {there}." if strange else ""


def _text(typed: str) -> str:
    """What somebody typed, without what no column keeps."""
    return typed.replace("\0", "").strip()


def _out_of(number: int, least: int, most: int, what: str) -> str:
    return "" if least <= number <= most else f"Enter a number of {what} from {least} to {most:,}."


def _take_effect(version: PolicyVersion, by: User | None, *, alone: bool = False) -> None:
    before = PolicyVersion.objects.filter(policy=version.policy, status=PolicyStatus.IN_FORCE)
    before.update(status=PolicyStatus.REPLACED)
    _end(version, PolicyStatus.IN_FORCE, by, alone=alone)


def _end(version: PolicyVersion, status: PolicyStatus, by: User | None, **more: Any) -> None:
    """Ends a proposal in one way, if nobody did in another."""
    proposed = PolicyVersion.objects.filter(pk=version.pk, status=PolicyStatus.PROPOSED)
    if not proposed.update(status=status, decided_by=by, decided_at=Now(), **more):
        raise DecidedAlready(_too_late(version))
    version.refresh_from_db(fields=["status", "decided_by", "decided_at", *more])


def _too_late(version: PolicyVersion) -> str:
    who = version.decided_by or version.proposed_by
    done = {PolicyStatus.REJECTED: "rejected", PolicyStatus.WITHDRAWN: "withdrew"}
    verb = done.get(PolicyStatus(version.status), "approved")
    return f"{who.name if who else 'Somebody'} {verb} version {version.number} already. Nothing was changed by this."


def _told(version: PolicyVersion, now: PolicyVersion | None) -> Mapping[str, Any]:
    return {**_which(version), "differs": differences(now, version), "why": version.why}


def _which(version: PolicyVersion) -> dict[str, Any]:
    return {"name": version.name, "version": version.number, **({"ends": True} if version.retires else {})}


def _said(version: PolicyVersion, name: str) -> Any:
    said = getattr(version, name)
    return sorted(said) if isinstance(said, list) else str(said) if name == "scope" else said


_NOBODY = "Nobody has it there yet: ask whoever runs this console."
