"""Quality: what would make a provider refuse an update, by rule and connection, and putting it right one by one."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from console.errors import ConsoleError, NotFit
from console.flaw_words import CODES
from console.flows import notices
from console.flows.assign import assign, assign_next, next_one
from console.models import Connection, User
from console.models.quality import Rule
from console.permissions import Right, connections_where, may, refusal_sentence
from console.views.answers import go_to
from console.views.people import person
from console.views.quality_page import PAGE, Queue, RulePage, address, edit_url, number, place

NOBODY = "0"


@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """What is wrong, by rule and connection."""
    return render(request, "quality/queue.html", {"queue": Queue(person(request), request.GET)})


@require_GET
def rule(request: HttpRequest, pk: int, field: str, code: str) -> HttpResponse:
    """The records that break one rule."""
    page = _page(request, pk, field, code)
    notices.rule_seen(page.rule, by=page.reader)
    return render(request, "quality/rule.html", {"page": page})


@require_GET
def following(request: HttpRequest, pk: int, field: str, code: str) -> HttpResponse:
    """On to the form of the next record that breaks it."""
    page = _fixable(request, pk, field, code)
    found = next_one(page.rule, by=page.reader, after=number(request.GET.get("after")))
    if found and not page.wrong.why_not:
        return go_to(request, edit_url(found))
    return go_to(request, address(place("quality_rule", page.rule), done="1"))


@require_POST
def give(request: HttpRequest, pk: int, field: str, code: str) -> HttpResponse:
    """Says who sees to those that were chosen, or to the next ones that nobody sees to."""
    page = _fixable(request, pk, field, code)
    try:
        to = _whom(request, page)
        messages.success(request, _done(_give(request, page, to), to, page.reader))
    except ConsoleError as problem:
        return _refused(request, page, str(problem))
    return go_to(request, place("quality_rule", page.rule))


def _page(request: HttpRequest, pk: int, field: str, code: str) -> RulePage:
    """Of a connection whose customers the reader sees; a rule that there cannot be is not here."""
    reader = person(request)
    connection = get_object_or_404(connections_where(reader, Right.SEE), pk=pk)
    if code not in CODES or field not in _names(connection):
        raise Http404
    return RulePage(reader, connection, Rule(connection.pk, field, code), request.GET)


def _fixable(request: HttpRequest, pk: int, field: str, code: str) -> RulePage:
    """The same, for whoever may propose there."""
    page = _page(request, pk, field, code)
    if not may(page.reader, Right.PROPOSE, page.connection):
        raise PermissionDenied(refusal_sentence(Right.PROPOSE, page.connection, to=page.reader))
    return page


def _names(connection: Connection) -> set[str]:
    return {field.name for field in connection.provider.fields}


def _whom(request: HttpRequest, page: RulePage) -> User | None:
    """The person who was chosen; nobody, where that was. Somebody who may not propose there is no choice."""
    chosen = request.POST.get("who", "")
    if chosen == NOBODY:
        return None
    found = next((each for each in page.people if str(each.pk) == chosen), None)
    if found is None:
        raise NotFit("Choose who is to see to them: somebody who may propose changes there.")
    return found


def _give(request: HttpRequest, page: RulePage, to: User | None) -> int:
    if request.POST.get("do") == "next" and to:
        return assign_next(number(request.POST.get("count")), page.rule, to, by=page.reader)
    chosen = list(filter(None, map(number, request.POST.getlist("flaw")[:PAGE])))
    if not chosen:
        raise NotFit("Choose some of them first.")
    return assign(chosen, page.rule, to, by=page.reader)


def _done(count: int, to: User | None, reader: User) -> str:
    if not count:
        return "Nothing was left to assign: somebody sees to each of them, or they are put right."
    records = "1 record" if count == 1 else f"{count:,} records"
    if to is None:
        return f"Nobody in particular sees to {records} any more."
    return f"{'You see' if to == reader else f'{to.name} sees'} to {records} now."


def _refused(request: HttpRequest, page: RulePage, problem: str) -> HttpResponse:
    return render(request, "quality/rule.html", {"page": page, "problem": problem}, status=422)
