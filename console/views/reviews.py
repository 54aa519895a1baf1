"""Reviews: a period looked at by a sample and all that is risky, with questions, answers and a sign-off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console.errors import ConsoleError, NotFit, NotPermitted
from console.flows import drawing, examine, notices
from console.flows.opening import Drawing, draw, open_review
from console.flows.risks import Risk
from console.flows.visits import visit
from console.forms.reviews import ReviewForm, initial, last_month, this_month
from console.models import Mark, Review, ReviewItem, User
from console.models.rows import BIGGEST_KEY
from console.views.answers import go_to
from console.views.auditors import auditor
from console.views.examined_item import ItemPage
from console.views.examining import ReviewPage, listed_reviews, next_open
from console.views.people import person
from console.views.reasons import WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.models import Connection

SAID = {Mark.FINE: "fine", Mark.QUESTIONED: "questioned", Mark.SETTLED: "its question is answered"}


@require_GET
def reviews(request: HttpRequest) -> HttpResponse:
    """All that the reader may read."""
    reader, _ = auditor(request)
    found = listed_reviews(reader)
    context = {
        "open": [each for each in found if not each.review.signed_at],
        "signed": [each for each in found if each.review.signed_at],
    }
    return render(request, "audit/reviews.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Opens one; or, asked to look first, says how many it would look at."""
    reader, held = auditor(request)
    places = list(held.connections().order_by("name"))
    if request.method != "POST":
        return _suggested(request, reader, places)
    form, found = ReviewForm(request.POST, places=places), None
    if form.is_valid():
        try:
            if request.POST.get("do") != "look":
                review = open_review(form.plan(), by=reader)
                messages.success(request, "Opened. What is looked at stands from now on.")
                return go_to(request, "review", review.pk)
            found = _trial(form, reader)
        except NotFit as problem:
            form.refuse(problem.wanted)
    return _form(request, form, found, status=422 if form.errors else 200)


@require_GET
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """One with what is looked at; asked to, whether history still says what it said."""
    found = _visible(request, pk)
    fit = examine.standing(found) if "check" in request.GET else None
    only, after = request.GET.get("show", ""), _number(request.GET.get("after"))
    page = ReviewPage(found, person(request), only=only, after=after, fit=fit)
    return _show(request, page)


@require_GET
def item(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """One change under review, with its thread. Whoever looks has read what they were told of it."""
    found, user = _visible_item(request, pk, item), person(request)
    visit(found.change.customer, by=user)
    notices.seen(found.change_id, by=user)
    return _show_item(request, found)


@require_POST
def mark(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Marks a change as fine, questions it, or says that its question is answered; leads on to the next one."""
    found, reader = _visible_item(request, pk, item), person(request)
    to, note, seen = (request.POST.get(name, "") for name in ("mark", "note", "seen"))
    if to not in SAID:
        return _show_item(request, found, problem="Say what you think of it: fine, or a question.", status=422)
    try:
        examine.mark(found.pk, Mark(to), by=reader, note=note, seen=seen)
    except ConsoleError as problem:
        return _show_item(request, _visible_item(request, pk, item), problem=str(problem), status=_status(problem))
    return _onward(request, found, Mark(to))


@require_POST
def say(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """An answer, or one more question."""
    found = _visible_item(request, pk, item)
    try:
        examine.say(found.pk, request.POST.get("text", ""), by=person(request))
    except ConsoleError as problem:
        return _show_item(request, found, problem=str(problem), status=_status(problem))
    messages.success(request, "Said. Whoever has a part in this conversation is told.")
    return go_to(request, "review_item", pk, item)


@require_POST
def sign_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends it and freezes what it was about."""
    found, conclusion = _visible(request, pk), request.POST.get("conclusion", "")
    try:
        examine.sign_off(found.pk, by=person(request), conclusion=conclusion)
    except ConsoleError as problem:
        page = ReviewPage(_visible(request, pk), person(request))
        return _show(request, page, problem=str(problem), conclusion=conclusion, status=_status(problem))
    messages.success(request, "Signed off. Nothing of it is altered any more.")
    return go_to(request, "review", pk)


def _suggested(request: HttpRequest, reader: User, places: Sequence[Connection]) -> HttpResponse:
    """The last full month, or, where nothing ended then, this one."""
    today = timezone.localdate()
    for days in (last_month(today), this_month(today)):
        given = initial(*days)
        try:
            found = _trial(ReviewForm(given, places=places), reader)
        except NotFit:
            continue
        return _form(request, ReviewForm(initial=given, places=places), found)
    return _form(request, ReviewForm(initial=initial(*last_month(today)), places=places), None)


def _trial(form: ReviewForm, reader: User) -> Drawing:
    """What it would look at, by a seed that is thrown away."""
    form.is_valid()
    return draw(form.plan(), by=reader, seed=drawing.new_seed())


def _form(request: HttpRequest, form: ReviewForm, found: Drawing | None, *, status: int = 200) -> HttpResponse:
    counts = [(WORDS[risk], found.count(risk)) for risk in Risk] if found else []
    context = {"form": form, "found": found, "counts": [(words, count) for words, count in counts if count]}
    return render(request, "audit/review_new.html", context, status=status)


def _show(request: HttpRequest, page: ReviewPage, *, status: int = 200, **more: Any) -> HttpResponse:
    return render(request, "audit/review.html", {"page": page, "review": page.review, **more}, status=status)


def _show_item(request: HttpRequest, found: ReviewItem, *, problem: str = "", status: int = 200) -> HttpResponse:
    page = ItemPage(found, person(request))
    typed = {name: request.POST.get(name, "") if problem else "" for name in ("note", "text", "mark")}
    context = {"examined": page, "item": found, "review": found.review, "change": page.change, "page": page.page}
    return render(request, "audit/review_item.html", {**context, "problem": problem, **typed}, status=status)


def _onward(request: HttpRequest, found: ReviewItem, to: Mark) -> HttpResponse:
    """To the next one that waits for this reader; where none does, to the review."""
    coming = next_open(found.review, person(request), after=found.position)
    messages.success(request, f"Change {found.change_id}: {SAID[to]}.")
    if coming is None:
        return go_to(request, "review", found.review_id)
    return go_to(request, "review_item", found.review_id, coming.pk)


def _visible(request: HttpRequest, pk: int) -> Review:
    """Another team's review does not exist."""
    return get_object_or_404(examine.reviews_of(person(request)).select_related("opened_by", "signed_by"), pk=pk)


def _visible_item(request: HttpRequest, pk: int, number: int) -> ReviewItem:
    """Nor does a change under review for whoever reviews nothing there and is asked nothing."""
    mine = examine.items_for(person(request)).select_related("review__opened_by", "review__signed_by", "marked_by")
    return get_object_or_404(mine, pk=number, review=pk)


def _status(problem: ConsoleError) -> int:
    return 403 if isinstance(problem, NotPermitted) else 422


def _number(text: str | None) -> int:
    """A position out of an address; whatever is none counts as the beginning."""
    is_one = text is not None and text.isascii() and text.isdigit() and len(text) < 20
    return min(int(text), BIGGEST_KEY) if is_one and text else 0
