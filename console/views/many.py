"""Deciding about many changes of a connection at once: a page that says first how many and what it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from console.errors import ConsoleError
from console.flows import together
from console.models import Change, Connection, Status, Wait
from console.permissions import Right, may, refusal_sentence, visible_connections
from console.views.answers import go_to
from console.views.people import person
from console.views.push_console import Stuck
from console.views.retrying import why_not_again
from console.views.rows import rows_of

MOST = 200
LONGEST_KEY = 18  # digits: none that is there has more


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person is about to decide: which changes it concerns, and which not, each with why."""

    connection: Connection
    able: list[Stuck]
    unable: list[Stuck]
    more: bool = False

    @property
    def unclear(self) -> int:
        """How many of them may have been applied already."""
        return sum(each.row.change.maybe_applied for each in self.able)

    @property
    def refused(self) -> int:
        """How many of them the provider refused as they stand."""
        return sum(each.row.change.state is Status.REFUSED for each in self.able)


@require_http_methods(["GET", "HEAD", "POST"])
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Tries many stuck changes again: asks first, listing those that can't be with why, then does it."""
    found = _connection(request, pk)
    if not (may(person(request), Right.RESOLVE, found) or may(person(request), Right.PROPOSE, found)):
        raise PermissionDenied(refusal_sentence(Right.RESOLVE, found, to=person(request)))
    asked = _stuck(request, found)
    if request.method == "POST":
        return _decide(request, asked, "again", {"again": together.retry_many})
    return _ask(request, asked, "again")


@require_http_methods(["GET", "HEAD", "POST"])
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Releases, or withdraws, all that is held since a backup was restored: asks first, then does it."""
    found = _connection(request, pk)
    if not may(person(request), Right.RESOLVE, found):
        raise PermissionDenied(refusal_sentence(Right.RESOLVE, found, to=person(request)))
    asked = _held(request, found)
    if request.method == "POST":
        return _decide(
            request, asked, "release", {"release": together.release_many, "withdraw": together.withdraw_many}
        )
    return _ask(request, asked, "release")


def _connection(request: HttpRequest, pk: int) -> Connection:
    return get_object_or_404(visible_connections(person(request)), pk=pk)


def _stuck(request: HttpRequest, found: Connection) -> Asked:
    """Those that were chosen, or all that need a person."""
    given = request.POST if request.method == "POST" else request.GET
    here = Change.objects.filter(connection=found)
    if given.get("all"):
        numbers = list(here.needing_a_person().order_by("-pk").values_list("pk", flat=True)[: MOST + 1])
    else:
        chosen = [text for text in given.getlist("change")[:MOST] if text.isascii() and text.isdigit()]
        known = [int(text) for text in chosen if len(text) <= LONGEST_KEY]
        numbers = list(here.filter(pk__in=known).values_list("pk", flat=True))
    rows = rows_of(numbers[:MOST], person(request))
    why_not = why_not_again(rows.values(), person(request))
    each = [Stuck(row, why_not[number]) for number, row in sorted(rows.items(), reverse=True)]
    able, unable = [one for one in each if not one.why_not], [one for one in each if one.why_not]
    return Asked(found, able, unable, len(numbers) > MOST)


def _held(request: HttpRequest, found: Connection) -> Asked:
    held = Change.objects.filter(connection=found, status=Status.PROPOSED, wait=Wait.RESTORED).order_by("pk")
    numbers = list(held.values_list("pk", flat=True)[: MOST + 1])
    rows = rows_of(numbers[:MOST], person(request))
    return Asked(found, [Stuck(row, "") for _, row in sorted(rows.items())], [], len(numbers) > MOST)


def _ask(request: HttpRequest, asked: Asked, name: str, *, problem: str = "", status: int = 200) -> HttpResponse:
    reason = request.POST.get("reason", "")
    context = {"asked": asked, "connection": asked.connection, "problem": problem, "reason": reason}
    return render(request, f"connections/{name}.html", context, status=status)


def _decide(
    request: HttpRequest, asked: Asked, name: str, ways: Mapping[str, Callable[..., together.Each]]
) -> HttpResponse:
    """Does it with those that can be; the page again where something is missing, otherwise on to the connection."""
    reason, way = request.POST.get("reason", "").strip(), ways.get(request.POST.get("do", name))
    if not reason:
        return _ask(request, asked, name, problem="Say in a sentence why: it is kept with each change.", status=422)
    if way is None or not asked.able:
        return _ask(request, asked, name, problem="There is nothing left of it to decide on.", status=422)
    done = way([each.row.change.pk for each in asked.able], by=person(request), reason=reason)
    _tell(request, done, WORDS[request.POST.get("do", name)])
    return go_to(request, "connection", asked.connection.pk)


def _tell(request: HttpRequest, done: together.Each, words: Sequence[str]) -> None:
    """How many, and of each that was not done why."""
    problems = {number: problem for number, problem in done.items() if isinstance(problem, ConsoleError)}
    count = len(done) - len(problems)
    if count:
        messages.success(request, f"{count} change{'' if count == 1 else 's'} {words[0] if count == 1 else words[1]}.")
    if problems:
        told = " ".join(f"Change {number}: {problem}" for number, problem in list(problems.items())[:5])
        messages.warning(request, f"{len(problems)} not: {told}")


WORDS: Mapping[str, tuple[str, str]] = {
    "again": ("is on its way again", "are on their way again"),
    "release": ("is released and on its way", "are released and on their way"),
    "withdraw": ("is withdrawn", "are withdrawn"),
}
