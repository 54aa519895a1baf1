"""What the pages of people show: who they are, what they may do where, what is asked for, and how they sign in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from allauth.mfa.models import Authenticator
from django.db.models import Prefetch, Q, QuerySet
from django.db.models.functions import Now

from console.flows import rights, sessions
from console.flows.administrators import others, reach, refusal
from console.flows.giving import pairs, words_of
from console.flows.inviting import took_in, why_not_invited
from console.flows.policies import administers_anything, why_not_alone
from console.models import Event, Invitation, RightsKind, RightsRequest, RightsStatus, Role, Session, User
from console.permissions import Right, givers_sentence, places_where, visible_connections, who_sentence
from console.sentences import event_sentence, event_tone

MOST_LISTED = 100
MOST_EVENTS = 50
MOST_SESSIONS = 20
# Of a person's history these would hide the rest; the audit has them.
EVERYDAY = (
    *("person.signed_in", "person.signed_out", "person.sign_in_failed", "person.refused", "person.settings_changed"),
    "person.proved",
)
FACTORS = {"totp": "Authenticator app", "webauthn": "Passkey", "recovery_codes": "Recovery codes"}
TITLES = {
    RightsKind.ROLES: "Other roles",
    RightsKind.RETURN: "To be let in again",
    RightsKind.WAY_BACK: "A way back in",
}


class Reading:
    """What a reader sees of people: all of them, or those at the connections that they administer or audit."""

    def __init__(self, reader: User) -> None:
        self.reader = reader
        held = [places_where(reader, right) for right in (Right.ADMINISTER, Right.AUDIT)]
        self.everywhere = any(places.everywhere for places in held)
        self.ids = {number for places in held for number in places.ids}

    @property
    def why_not(self) -> str:
        """Why somebody reads nothing of people, and who could help; empty for who does."""
        if self.everywhere or self.ids:
            return ""
        takes = f"You may not {Right.ADMINISTER}: it takes the role Administrator at a connection."
        return f"{takes} {givers_sentence(to=self.reader)}"

    @property
    def administers(self) -> bool:
        """Whether they may take people in."""
        return administers_anything(self.reader)

    @property
    def why_not_new(self) -> str:
        """Why they can't, and who could; empty if they can."""
        if self.administers:
            return ""
        who = who_sentence(others(None))
        ask = f"Ask {who}." if who else "Ask whoever runs this console."
        return f"You may not change people: it takes the role Administrator at a connection. {ask}"

    @cached_property
    def names(self) -> Mapping[int, str]:
        """The connections that the reader knows of."""
        return dict(visible_connections(self.reader).values_list("pk", "name"))

    def people(self) -> QuerySet[User]:
        """Those whom the reader may know of, with all that a list shows of them."""
        known = User.objects.prefetch_related(
            "grants__connection",
            "authenticator_set",
            Prefetch("invitations", Invitation.objects.filter(used_at=None, ended_at=None, ends_at__gt=Now())),
        )
        if self.everywhere:
            return known
        here = Q(grants__connection__in=self.ids) | Q(grants__isnull=False, grants__connection=None)
        taken_in = Q(grants__isnull=True, invitations__made_by=self.reader)
        return known.filter(here | taken_in | Q(pk__in=self._asked_about()) | Q(pk=self.reader.pk)).distinct()

    def requests(self, user: User | None = None) -> list[RequestRow]:
        """What waits for a second administrator, the oldest first, as far as the reader administers or audits there."""
        asked = RightsRequest.objects.filter(status=RightsStatus.ASKED).select_related("user", "asked_by")
        found = asked.filter(user=user) if user else asked
        return [RequestRow(each, self) for each in found.order_by("pk")[:MOST_LISTED] if self._sees(each)]

    def _sees(self, request: RightsRequest) -> bool:
        places = rights.places_of(request)
        return self.everywhere or (places is not None and bool(places & self.ids))

    def _asked_about(self) -> list[int]:
        asked = RightsRequest.objects.filter(status=RightsStatus.ASKED, kind=RightsKind.ROLES)
        return [each.user_id for each in asked if {place for _, place in pairs(each.granted)} & self.ids]


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request as one reader sees it."""

    request: RightsRequest
    reading: Reading

    @property
    def title(self) -> str:
        """What is asked for."""
        return TITLES[RightsKind(self.request.kind)]

    @property
    def granted(self) -> list[str]:
        """The roles that would be given."""
        return words_of(pairs(self.request.granted), self.reading.names)

    @property
    def ended(self) -> list[str]:
        """Those that would end."""
        return words_of(pairs(self.request.ended), self.reading.names)

    @property
    def means(self) -> str:
        """What would follow, where that is no list of roles."""
        match self.request.kind:
            case RightsKind.RETURN:
                return "They could sign in again, with the roles they had."
            case RightsKind.WAY_BACK:
                return "A link for a new password; once it is used, every factor they had counts no more."
        return ""

    @property
    def is_own(self) -> bool:
        """Whether the reader asked for it."""
        return self.request.asked_by_id == self.reading.reader.pk

    @property
    def why_not_decide(self) -> str:
        """Why the reader can't decide on it; empty if they can."""
        return rights.why_not_decide(self.request, self.reading.reader)

    @property
    def who_decides(self) -> str:
        """Who could; empty for nobody."""
        return who_sentence(rights.deciders(self.request), reader=self.reading.reader)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as one reader sees them in a list. Wants what `Reading.people` loads."""

    user: User
    reading: Reading

    @property
    def roles(self) -> list[tuple[str, str]]:
        """Each role with where they have it; connections that the reader doesn't know of are counted."""
        held: dict[Role, list[int | None]] = {}
        for grant in self.user.grants.all():
            held.setdefault(Role(grant.role), []).append(grant.connection_id)
        return [(str(role.label), self._where(held[role])) for role in Role if role in held]

    @property
    def factors(self) -> list[str]:
        """What they have beside a password, by kind."""
        kinds = [each.type for each in self.user.authenticator_set.all()]  # type: ignore[attr-defined]  # allauth's, untyped
        return [label for kind, label in FACTORS.items() if kind in kinds]

    @property
    def has_second_factor(self) -> bool:
        """Whether one of them proves who they are; recovery codes alone don't."""
        return bool(set(self.factors) - {FACTORS["recovery_codes"]})

    @property
    def link(self) -> Invitation | None:
        """The link that is open for them."""
        return next(iter(self.user.invitations.all()), None)

    def _where(self, places: Sequence[int | None]) -> str:
        if None in places:
            return "all connections"
        known = self.reading.names
        names = sorted(known[place] for place in places if place is not None and place in known)
        hidden = len(places) - len(names)
        return ", ".join([*names, f"{hidden} other{'' if hidden == 1 else 's'}"] if hidden else names)


@dataclass(frozen=True, slots=True)
class Factor:
    """Something by which a person proves who they are."""

    label: str
    since: datetime
    used: datetime | None


@dataclass(frozen=True, slots=True)
class Moment:
    """One step in a person's history."""

    at: datetime
    tone: str
    sentence: str


class PersonPage:
    """One person for one reader."""

    def __init__(self, user: User, reading: Reading) -> None:
        self.user, self.reading = user, reading
        self.row = PersonRow(user, reading)

    @cached_property
    def requests(self) -> list[RequestRow]:
        """What is asked for and waits for a second administrator."""
        return self.reading.requests(self.user)

    @cached_property
    def why_not_change(self) -> str:
        """Why the reader can't deactivate them and the like, and who could; empty if they can."""
        return refusal(reach(self.user), to=self.reading.reader)

    @property
    def why_not_roles(self) -> str:
        """Why the reader can't ask for other roles at any place; empty if they can."""
        return "" if self.reading.administers else self.why_not_change

    @property
    def asks_for(self) -> set[str]:
        """The kinds of requests that are open."""
        return {row.request.kind for row in self.requests}

    @property
    def waits_for_roles(self) -> bool:
        """Whether other roles are asked for already."""
        return RightsKind.ROLES in self.asks_for

    @property
    def waits_for_a_way_back(self) -> bool:
        """Whether a way back is asked for already."""
        return RightsKind.WAY_BACK in self.asks_for

    @property
    def waits_to_return(self) -> bool:
        """Whether it is asked for already that they be let in again."""
        return RightsKind.RETURN in self.asks_for

    @property
    def is_self(self) -> bool:
        """Whether the reader looks at themselves."""
        return self.user.pk == self.reading.reader.pk

    @property
    def can_be_invited(self) -> bool:
        """Whether another link to begin with can be made for them, by the reader."""
        return not why_not_invited(self.user) and (not self.why_not_change or took_in(self.reading.reader, self.user))

    @cached_property
    def seconds(self) -> str:
        """Who could confirm what the reader asks for; empty for nobody."""
        places = reach(self.user)
        barred = {self.reading.reader.pk, self.user.pk}
        return who_sentence([each for each in others(places) if each.pk not in barred])

    @property
    def why_not_alone(self) -> str:
        """Why what the reader asks for takes no effect without anybody else; empty where somebody is, or it does."""
        return "" if self.seconds else why_not_alone(self.reading.reader)

    @property
    def factors(self) -> list[Factor]:
        """What they have beside a password."""
        kept = Authenticator.objects.filter(user=self.user).order_by("created_at")
        return [Factor(FACTORS.get(each.type, each.type), each.created_at, each.last_used_at) for each in kept]

    @cached_property
    def sessions(self) -> list[Session] | None:
        """Where they are signed in, the latest first; None where that is not for the reader."""
        if self.why_not_change:
            return None
        return list(sessions.of(self.user)[:MOST_SESSIONS])

    @property
    def alone(self) -> RightsRequest | None:
        """The latest of what took effect without a second administrator."""
        done = RightsRequest.objects.filter(user=self.user, alone=True).select_related("decided_by")
        return done.order_by("-pk").first()

    @cached_property
    def history(self) -> list[Moment] | None:
        """What happened to them, the newest first; None where it may name what the reader doesn't know of."""
        if not self.reading.everywhere:
            return None
        found = Event.objects.filter(subject=f"person:{self.user.pk}").exclude(verb__in=EVERYDAY)
        return [_moment(event) for event in found.select_related("actor").order_by("-number")[:MOST_EVENTS]]


def rows(people: Iterable[User], reading: Reading) -> list[PersonRow]:
    """People as a list shows them."""
    return [PersonRow(user, reading) for user in people]


def _moment(event: Event) -> Moment:
    return Moment(event.at, event_tone(event), event_sentence(event, ()))
