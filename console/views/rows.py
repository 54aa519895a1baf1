"""A change as a row of a list: what it touches, where it stands, in words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString

from console.explain import Deciding, Explanation, Parts, state_sentence
from console.flows.review import CLAIM_LASTS
from console.models import Change, LineState, Outcome, Status, User
from console.models.states import IN_FLIGHT
from console.sentences import named
from console.templatetags.look import state as badge
from console.views.change_reads import changes_of, in_line_with
from console.views.pace import pace


@dataclass(frozen=True, slots=True)
class Step:
    """What a reader can do next about a change: `url` leads to it, or pressing it does it at once, at `posts`."""

    label: str
    url: str
    posts: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One change in a list; `watched`: the reader's own that goes on by itself, so that they are told of its end.

    What a row repeats or would look for far away is a text here, and `cells`, what it asks, where it stands and what
    that means, is markup: a page has fifty rows.
    """

    change: Change
    state: Explanation
    fields: str
    number: str
    url: str
    customer: str
    place: str
    author: str
    cells: SafeString
    watched: bool = False
    step: Step | None = None


def rows(changes: Iterable[Change], reader: User) -> list[Row]:
    """The rows of these changes, which come `with_names`, so that no row asks the database."""
    now, listed, address = timezone.now(), list(changes), addresses("change")
    for change in listed:
        change.customer.connection = change.connection
    before = ahead(listed)
    return [_row(change, reader, now, before.get(change.pk), address(change.pk)) for change in listed]


def _row(change: Change, reader: User, now: datetime, before: Change | None, url: str) -> Row:
    state = state_sentence(
        change,
        reader=reader,
        now=now,
        last=last(change),
        ahead=before,
        parts=parts_of(change),
        deciding=Deciding(holder=holder(change, now)),
        emergency=let_through_by(change),
        set_back=bool(getattr(change, "set_back", False)),
    )
    mine = change.requester_id == reader.pk
    fields, author = fields_of(change), "you" if mine else change.requester.name
    return Row(
        change,
        state,
        fields,
        str(change.pk),
        url,
        str(change.customer),
        change.connection.name,
        author,
        _cells(fields, author, state),
        mine and change.batch_id is None and pace(change, now) is not None,
    )


def _cells(fields: str, author: str, state: Explanation) -> SafeString:
    """What comes of it is left out of what is applied: nothing does."""
    following = "" if state.tone == "applied" else f"<small>{escape(state.following)}</small>"
    return SafeString(
        f'<td data-label="Change">{escape(fields)}<small>by {escape(author)}</small></td>'
        f'<td data-label="State">{badge(state.tone, state.icon, state.word)}</td>'
        f'<td class="means">{escape(state.headline)}{following}</td>'
    )


def rows_of(numbers: Collection[int], reader: User) -> dict[int, Row]:
    """Those changes as rows of a list, by their numbers."""
    return {row.change.pk: row for row in rows(changes_of(numbers), reader)}


def addresses(view: str) -> Callable[[int], str]:
    """Gives the address of the page of each thing by its number; the resolver is asked once for all of them."""
    before, _, after = reverse(view, args=[0]).rpartition("0")
    return lambda number: f"{before}{number}{after}"


def ahead(changes: Iterable[Change]) -> dict[int, Change]:
    """What has to end before each approved one leaves: its customer's request in flight, else the one approved first.

    One question to the database for all of them, none where nothing is approved.
    """
    waiting = [change for change in changes if change.state is Status.APPROVED]
    if not waiting:
        return {}
    customers = {change.customer_id for change in waiting}
    in_line: dict[int, list[Change]] = {}
    for other in in_line_with(customers):
        in_line.setdefault(other.customer_id, []).append(other)
    # A worker may have ended the last of them meanwhile, so a customer need not have any in line.
    found = {change.pk: _first_before(change, in_line.get(change.customer_id, [])) for change in waiting}
    return {number: other for number, other in found.items() if other}


def _first_before(change: Change, in_line: list[Change]) -> Change | None:
    others = [other for other in in_line if other.pk != change.pk]
    in_flight = next((other for other in others if other.state in IN_FLIGHT), None)
    place = change.approved_place or 0
    return in_flight or next((other for other in others if (other.approved_place or 0) < place), None)


def last(change: Change) -> Outcome | None:
    """What its last attempt came to, as `with_names` brought it along."""
    outcome = getattr(change, "last_outcome", None)
    return Outcome(outcome) if outcome else None


def holder(change: Change, now: datetime) -> User | None:
    """Who is about to decide on it, as `changes_of` brought it along; a request is let go of by itself."""
    is_held = change.claimed_at is not None and now - change.claimed_at < CLAIM_LASTS
    return getattr(change, "taken_by", None) if is_held else None


def let_through_by(change: Change) -> str:
    """The name of who sent it without its approvals; empty for nobody."""
    by = getattr(change, "let_through_by", None)
    return by.name if by else ""


def parts_of(change: Change) -> Parts:
    """Its lines by what became of them, where not all of them go to the provider."""
    states = [LineState(state) for state in getattr(change, "line_states", ())]
    if all(state.is_sent for state in states):
        return Parts()
    known = {field.name: field.label for field in change.connection.provider.fields}
    labels = [known.get(name, name) for name in change.field_names]  # type: ignore[attr-defined]
    return Parts.of(zip(labels, states, strict=True))


def fields_of(change: Change) -> str:
    """The labels of its fields: “Phone and Address”; a name where the connection declares the field no longer."""
    known = {field.name: field for field in change.connection.provider.fields}
    return named(change.field_names, known)  # type: ignore[attr-defined]  # as `with_names` brought them along
