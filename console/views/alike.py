"""Alike: requests that lead the same fields from the same values to the same values, decided on together.

What stands out among them comes first, each with why, and is not ticked: those are looked at one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from console.errors import ConsoleError
from console.flows import review
from console.inbox import SOON, alike, visible
from console.models import Change, Customer, Line, User
from console.models.digests import shape_of
from console.models.rows import BIGGEST_KEY
from console.permissions import Right, may, refusal_sentence
from console.sentences import listed, told
from console.templatetags.look import ago
from console.views.change_reads import changes_of, unfinished_of
from console.views.people import person
from console.views.proving import EIGHT_HOURS, proved
from console.views.rows import Row, holder, rows

if TYPE_CHECKING:
    from providers.fields import Value

MOST = 200

type Transition = Mapping[str, tuple[Value, Value]]


@dataclass(frozen=True, slots=True)
class One:
    """One of the requests: its row, why it was asked, what makes it stand out, and what its tick posts."""

    row: Row
    why: str
    reference: str
    standing_out: tuple[str, ...]
    posts: str


@dataclass(frozen=True, slots=True)
class Refused:
    """One that was not approved, and why."""

    number: int
    url: str
    reason: str


@require_http_methods(["GET", "HEAD", "POST"])
@proved(within=EIGHT_HOURS, only_posts=True)
def together(request: HttpRequest, pk: int) -> HttpResponse:
    """Lists them, what stands out first, or approves those that were ticked, each by itself."""
    reader = person(request)
    change = get_object_or_404(visible(reader).select_related("connection"), pk=pk)
    if not may(reader, Right.DECIDE, change.connection):
        raise PermissionDenied(refusal_sentence(Right.DECIDE, change.connection, to=reader))
    if request.method != "POST":
        return render(request, "changes/alike.html", {"page": AlikePage(change, reader)})
    chosen = _chosen(request.POST.getlist("change"))
    done, refused = _approve(change, chosen, reader)
    context = {"page": AlikePage(change, reader), "done": done, "refused": refused, "none_chosen": not chosen}
    return render(request, "changes/alike.html", context, status=200 if done else 422)


class AlikePage:
    """The requests that ask for the same as one of them, as one reader may decide on them."""

    def __init__(self, change: Change, reader: User) -> None:
        self.change, self.reader, self.now = change, reader, timezone.now()
        self.connection = change.connection

    @property
    def standing_out(self) -> list[One]:
        """Those to look at one by one."""
        return [one for one in self.all if one.standing_out]

    @property
    def usual(self) -> list[One]:
        """Those that differ in nothing."""
        return [one for one in self.all if not one.standing_out]

    @property
    def more(self) -> bool:
        """Whether there are others beyond those that one page takes."""
        return len(self._numbers) > MOST

    @property
    def most(self) -> int:
        """How many a page takes."""
        return MOST

    @property
    def transition(self) -> str:
        """“Occupation from Employee to Retired”, for each field; empty once there is none of them any more."""
        if not self._changes:
            return ""
        steps = _transition(self._changes[0])
        known = {field.name: field for field in self.connection.provider.fields}
        return listed(
            [
                f"{known[name].label} from {told(known[name], before)} to {told(known[name], after)}"
                for name, (before, after) in steps.items()
                if name in known
            ]
        )

    @cached_property
    def all(self) -> list[One]:
        """All of them, what ends first first."""
        rows_by_number = {row.change.pk: row for row in rows(self._changes, self.reader)}
        unlike = [self._reference, self._author, self._why]
        checks: list[Callable[[Change], str]] = [self._moved, self._besides, self._taken, *unlike, self._soon]
        return [
            One(
                rows_by_number[change.pk],
                change.why,
                change.reference,
                tuple(said for check in checks if (said := check(change))),
                _posts(change),
            )
            for change in self._changes
        ]

    @cached_property
    def _numbers(self) -> list[int]:
        return alike(self.change, self.reader, MOST + 1)

    @cached_property
    def _changes(self) -> list[Change]:
        """Those of them that ask for exactly the same: what was left out of one meanwhile makes it another request."""
        numbers = self._numbers[:MOST]
        place = {number: at for at, number in enumerate(numbers)}
        found = sorted(changes_of(numbers, self.connection), key=lambda change: place[change.pk])
        _with_values(found)
        return [change for change in found if _shape(change) == bytes(change.shape or b"")]

    @cached_property
    def _others(self) -> Mapping[int, list[int]]:
        """Of each customer the changes that have not ended, by number."""
        return unfinished_of({change.customer_id for change in self._changes})

    @cached_property
    def _most_common(self) -> Mapping[str, object]:
        """What more than half of them have in common."""
        return {
            "reference": _common([change.reference for change in self._changes]),
            "author": _common([change.requester_id for change in self._changes]),
            "why": _common([bool(change.sealed_why) for change in self._changes]),
        }

    def _moved(self, change: Change) -> str:
        record = change.customer.record
        moved = [line for line in _open(change) if line.has_moved(record)]
        now = listed([f"{line.rule.label} is {told(line.rule, record.get(line.field))}" for line in moved])
        return f"{now} there by now: approving this replaces it." if moved else ""

    def _besides(self, change: Change) -> str:
        others = [str(number) for number in self._others.get(change.customer_id, []) if number != change.pk]
        plural = "s" if len(others) > 1 else ""
        return f"More is under way for this customer: change{plural} {listed(others)}." if others else ""

    def _taken(self, change: Change) -> str:
        by = holder(change, self.now)
        return f"{by.name} took it {ago(change.claimed_at)}." if by and change.claimed_at and by != self.reader else ""

    def _reference(self, change: Change) -> str:
        usual = self._most_common["reference"]
        if usual is None or change.reference == usual:
            return ""
        if not change.reference:
            return f"It names no ticket; most name {usual}."
        return f"Its ticket is {change.reference}; most name {usual or 'none'}."

    def _author(self, change: Change) -> str:
        usual = self._most_common["author"]
        return (
            f"{change.requester.name} asked for it; most come from somebody else."
            if usual
            not in {
                None,
                change.requester_id,
            }
            else ""
        )

    def _why(self, change: Change) -> str:
        return "It gives no reason; most do." if self._most_common["why"] is True and not change.sealed_why else ""

    def _soon(self, change: Change) -> str:
        ends = change.expires_at
        return f"It ends {ago(ends)}." if ends and ends - self.now <= SOON else ""


def _with_values(changes: Sequence[Change]) -> None:
    """Brings along lines and records, whose values a list of changes does without."""
    prefetch_related_objects(changes, "lines")
    numbers = [change.pk for change in changes]
    sealed = Change.objects.filter(pk__in=numbers).values_list("pk", "sealed_why", "reference")
    whys = {number: (why, reference) for number, why, reference in sealed}
    customers = Customer.objects.in_bulk({change.customer_id for change in changes})
    for change in changes:
        change.sealed_why, change.reference = whys[change.pk]
        change.customer = customers[change.customer_id]
        change.customer.connection = change.connection
        for line in change.lines.all():
            line.change = change


def _open(change: Change) -> list[Line]:
    """The lines that somebody has to decide on."""
    return [line for line in change.lines.all() if line.state.is_sent and line.needs]


def _transition(change: Change) -> Transition:
    return {line.field: (line.before, line.after) for line in change.lines.all() if line.state.is_sent}


def _shape(change: Change) -> bytes | None:
    """What it asks for by now."""
    steps = _transition(change)
    before, wishes = ({name: step[at] for name, step in steps.items()} for at in (0, 1))
    return shape_of(change.customer, before, wishes)


def _common(values: Sequence[object]) -> object:
    """What more than half of them are; None where nothing is."""
    [(value, count)] = Counter(values).most_common(1) or [(None, 0)]
    return value if count * 2 > len(values) else None


def _posts(change: Change) -> str:
    """What its tick posts: the number, and of each line the digest as the page shows it."""
    record = change.customer.record
    return " ".join([str(change.pk), *(f"{line.field}:{line.digest_now(record).hex()}" for line in _open(change))])


def _chosen(posted: Iterable[str]) -> dict[int, dict[str, str]]:
    """By number, what was seen of each; what makes no sense counts as not ticked."""
    chosen = {}
    for text in list(posted)[:MOST]:
        number, *lines = text.split()
        if number.isascii() and number.isdigit() and len(number) < len(str(BIGGEST_KEY)):
            seen = (line.partition(":") for line in lines)
            chosen[int(number)] = {field: digest for field, _, digest in seen}
    return chosen


def _approve(change: Change, chosen: Mapping[int, Mapping[str, str]], by: User) -> tuple[int, list[Refused]]:
    """Each by itself, so that one that is refused holds up no other; how many were approved, and which were not."""
    here = Change.objects.filter(pk__in=chosen, connection=change.connection, shape=change.shape)
    known = set(here.values_list("pk", flat=True)) if change.shape else set()
    done, refused = 0, []
    for number, seen in chosen.items():
        url = reverse("change", args=[number])
        if number not in known:
            refused.append(Refused(number, url, "It does not ask for the same."))
            continue
        try:
            review.approve(number, by=by, seen=seen)
            done += 1
        except ConsoleError as reason:
            refused.append(Refused(number, url, str(reason)))
    return done, refused
