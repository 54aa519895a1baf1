"""What the pages of policies show: what holds, what is proposed, who decides, and which open requests are concerned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db import connection as database

from console import policy_words
from console.flows import policies as flow
from console.models import Connection, Policy, PolicyStatus, PolicyVersion, User
from console.models.judging import Rule, Scope, Subject, need_of
from console.models.policies import rules_in_force
from console.permissions import visible_connections, who_sentence
from providers.base import BadOptions

MOST_LOOKED_AT = 5000


@dataclass(frozen=True, slots=True)
class Alike:
    """Open requests that need the same: where, proposed with how many others, about which fields; and their number."""

    connection: int
    size: int
    fields: Sequence[str]
    count: int


class Reading:
    """What a reader of policies sees of what is around them: the connections they know of, and what is open there."""

    def __init__(self, reader: User) -> None:
        self.reader = reader
        self.places: Mapping[int, Connection] = {place.pk: place for place in visible_connections(reader)}

    def sees(self, version: PolicyVersion) -> bool:
        """Whether it is about anything that the reader knows of."""
        return bool(self.places) and (
            not version.connection_ids or not self.places.keys().isdisjoint(version.connection_ids)
        )

    @cached_property
    def open(self) -> list[Alike]:
        """The requests that wait for a decision there, as far as anybody would count them."""
        with database.cursor() as cursor:
            cursor.execute(_OPEN, [list(self.places), MOST_LOOKED_AT])
            return [Alike(*row) for row in cursor.fetchall()]

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Those in force."""
        return rules_in_force()

    def concerned(self, version: PolicyVersion) -> int:
        """How many open requests a version is about."""
        return sum(alike.count for alike in self.open if any(self._matches(version.rule, alike)))

    def effect(self, version: PolicyVersion) -> tuple[int, int]:
        """How many open requests would need more than now, and how many less, if a proposed version held."""
        after = tuple(rule for rule in self.rules if rule.policy != version.policy_id)
        after = after if version.retires else (*after, version.rule)
        more = less = 0
        for alike in self.open:
            now, then = self._needs(alike, self.rules), self._needs(alike, after)
            more += alike.count * any(new > old for old, new in zip(now, then, strict=True))
            less += alike.count * any(new < old for old, new in zip(now, then, strict=True))
        return more, less

    def _matches(self, rule: Rule, alike: Alike) -> list[bool]:
        about = {"connection": alike.connection, "size": alike.size}
        return [rule.matches(name, sensitive=self._sensitive(alike, name), **about) for name in alike.fields]

    def _needs(self, alike: Alike, rules: Sequence[Rule]) -> list[int]:
        subject = Subject(alike.connection, alike.size)
        return [
            need_of(name, rules, sensitive=self._sensitive(alike, name), subject=subject).approvals
            for name in alike.fields
        ]

    def _sensitive(self, alike: Alike, name: str) -> bool:
        try:
            declared = {each.name: each.sensitive for each in self.places[alike.connection].provider.fields}
        except BadOptions:  # the page of the connection says so
            return True
        return declared.get(name, True)


class PolicyPage:
    """One policy for one reader, by its versions, the newest first."""

    def __init__(self, policy: Policy, versions: Sequence[PolicyVersion], reading: Reading) -> None:
        self.policy, self.versions, self.reading = policy, versions, reading

    @property
    def now(self) -> PolicyVersion | None:
        """The version that holds, or that ended it."""
        return self._with(PolicyStatus.IN_FORCE)

    @property
    def proposed(self) -> PolicyVersion | None:
        """The version that waits for a second administrator."""
        return self._with(PolicyStatus.PROPOSED)

    @property
    def shown(self) -> PolicyVersion:
        """What the page is called after: what holds, otherwise what was said last."""
        return self.now or self.versions[0]

    @property
    def sees(self) -> bool:
        """Whether the reader may know of it."""
        return any(self.reading.sees(version) for version in self.versions)

    @property
    def is_in_force(self) -> bool:
        """It holds, and has not ended."""
        return self.now is not None and not self.now.retires

    @property
    def sentence(self) -> str:
        """What the version that is shown asks for."""
        return policy_words.sentence(self.shown, self.reading.places)

    @property
    def conditions(self) -> list[str]:
        """What else that asks for."""
        return policy_words.conditions(self.shown)

    @property
    def concerned(self) -> int:
        """How many open requests it is about."""
        return self.reading.concerned(self.shown)

    @property
    def is_more_than_looked_at(self) -> bool:
        """Whether there are more open requests than were counted."""
        return sum(alike.count for alike in self.reading.open) >= MOST_LOOKED_AT

    @property
    def parts(self) -> list[policy_words.Part]:
        """Everything that the shown version says."""
        found = policy_words.parts(self.shown, None, self.reading.places)
        return [part for part in found if part.label != "In force"]

    @property
    def differing(self) -> list[policy_words.Part]:
        """What the proposed version says, beside what holds now."""
        if self.proposed is None:
            return []
        now = self.now if self.is_in_force else None
        found = policy_words.parts(self.proposed, now, self.reading.places)
        return [part for part in found if part.differs] if now else [part for part in found if part.label != "In force"]

    @property
    def compares(self) -> bool:
        """Whether what is proposed takes the place of something that holds."""
        return self.is_in_force

    @property
    def is_new(self) -> bool:
        """Nothing of it ever held, and what is proposed says all there is."""
        return self.now is None and self.proposed is not None

    @property
    def proposed_sentence(self) -> str:
        """What the proposed version asks for."""
        return policy_words.sentence(self.proposed, self.reading.places) if self.proposed else ""

    @property
    def seconds(self) -> str:
        """Who could approve what the reader proposes; empty for nobody."""
        found = flow.administrators(flow.where(self.shown))
        return who_sentence([user for user in found if user.pk != self.reading.reader.pk])

    @property
    def effect(self) -> str:
        """What would become of open requests, in a sentence."""
        if self.proposed is None:
            return ""
        more, less = self.reading.effect(self.proposed)
        told = [
            f"{_requests(more)} would need more than now" if more else "",
            f"{_requests(less)} less" if less else "",
        ]
        if not any(told):
            return "No open request would need more or less than now."
        if less and not more:
            return f"{_requests(less)} would need less than now; what then needs nobody leaves by itself."
        return f"{', '.join(filter(None, told))}. They are judged anew as soon as it takes effect."

    @property
    def history(self) -> list[policy_words.Moment]:
        """How it came about."""
        return policy_words.history(self.versions, self.reading.places)

    @property
    def why_not_edit(self) -> str:
        """Why the reader can't propose its next version; empty if they can."""
        places = flow.where(self.shown)
        if not flow.may_change(self.reading.reader, places):
            return flow.refusal(places, to=self.reading.reader)
        return "A version is proposed: it is decided on first, or withdrawn." if self.proposed else ""

    @property
    def is_own(self) -> bool:
        """Whether the reader proposed what waits."""
        return self.proposed is not None and self.proposed.proposed_by_id == self.reading.reader.pk

    @cached_property
    def why_not_decide(self) -> str:
        """Why the reader can't decide on what is proposed; empty if they can."""
        reader, places = self.reading.reader, flow.where(self.proposed, self.now)
        if not flow.may_change(reader, places):
            return flow.refusal(places, to=reader)
        return flow.own_sentence(reader, self.proposed, self.now) if self.is_own else ""

    @property
    def who_decides(self) -> str:
        """Who could approve what is proposed; empty for nobody."""
        found = flow.administrators(flow.where(self.proposed, self.now))
        own = self.proposed.proposed_by_id if self.proposed else None
        return who_sentence([user for user in found if user.pk != own], reader=self.reading.reader)

    def _with(self, status: PolicyStatus) -> PolicyVersion | None:
        return next((version for version in self.versions if version.status == status), None)


def pages(reader: User, policy: int | None = None) -> list[PolicyPage]:
    """Every policy that the reader may know of, or one of them, by the name it goes by."""
    reading = Reading(reader)
    versions = PolicyVersion.objects.select_related("policy", "proposed_by", "decided_by").order_by("-number")
    found: dict[int, list[PolicyVersion]] = {}
    for version in versions if policy is None else versions.filter(policy=policy):
        found.setdefault(version.policy_id, []).append(version)
    listed = [PolicyPage(said[0].policy, said, reading) for said in found.values()]
    return sorted((page for page in listed if page.sees), key=lambda page: (page.shown.name.casefold(), page.policy.pk))


def warning(rules: Sequence[Rule]) -> tuple[str, str]:
    """What has to be known before all else: that nothing needs approval, or that everything does. Heading and rest."""
    if not rules:
        return (
            "Everything needs one approval: no policy says otherwise.",
            "What no policy is about needs one; that none is needed has to be said by a policy.",
        )
    for_all = any(rule.scope is Scope.ALL and not rule.connections and rule.from_size == 1 for rule in rules)
    if for_all and not any(rule.approvals for rule in rules):
        return ("Nothing needs approval.", "What is saved is sent at once, whoever asks for it and whatever it is.")
    return ("", "")


def _requests(count: int) -> str:
    return f"{count} open request{'' if count == 1 else 's'}"


_OPEN = """
    SELECT connection_id, size, fields, count(*) FROM (
        SELECT change.connection_id, change.size, array(
            SELECT line.field FROM console_line AS line
            WHERE line.change_id = change.id AND line.decision IN ('open', 'approved') ORDER BY line.field
        ) AS fields
        FROM console_change AS change
        WHERE change.status = 'proposed' AND change.wait = 'decision' AND change.connection_id = ANY(%s)
        ORDER BY change.expires_at, change.id LIMIT %s
    ) AS open GROUP BY connection_id, size, fields
"""
