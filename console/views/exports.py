"""Exports of the audit: asked for, made by a worker, downloaded by their owner."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console import auditing
from console.errors import ConsoleError
from console.exporting import ENDINGS, title
from console.flows import exports as flow
from console.models import Export, Format, User
from console.models.rows import BIGGEST_KEY
from console.permissions import Places
from console.views.answers import go_to, is_swap, vary_on_swap
from console.views.auditors import auditor
from console.views.export_file import file_of
from console.views.export_page import MEANINGS, ExportPage
from console.views.export_watched import list_again, listed, watched
from console.views.limits import Limit, limited
from console.views.proving import TEN_MINUTES, proved

MOST_COUNTED = 10_000


@require_http_methods(["GET", "HEAD", "POST"])
@proved(within=TEN_MINUTES, only_posts=True)
@limited(Limit.EXPORT)
def exports(request: HttpRequest) -> HttpResponse:
    """Those of the reader, and the form for a new one."""
    reader, places = auditor(request)
    if request.method == "POST":
        return _ask(request, reader, places)
    if is_swap(request):
        return list_again(request, _pages(reader), "audit/exports.html")
    asked = auditing.parse(request.GET, reader)
    return _show(request, reader, places, asked, format=_format(request.GET.get("format"), asked.query))


@require_GET
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them, and how far it is: a poll gets what moved, or nothing."""
    reader, _ = auditor(request)
    return watched(request, ExportPage(_own(pk, reader)), "audit/export.html")


@require_GET
@proved(within=TEN_MINUTES, back_to="export")
@limited(Limit.EXPORT, methods=frozenset({"GET"}))
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file, streamed; that it was fetched stands in the history of its owner."""
    reader, _ = auditor(request)
    try:
        return file_of(flow.download(_own(pk, reader), by=reader))
    except ConsoleError as problem:
        messages.warning(request, str(problem))
        return go_to(request, "export", pk)


@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stops it, or forgets the file."""
    reader, _ = auditor(request)
    try:
        flow.stop(_own(pk, reader), by=reader)
    except ConsoleError as problem:
        messages.warning(request, str(problem))
    return go_to(request, "export", pk)


def _ask(request: HttpRequest, reader: User, places: Places) -> HttpResponse:
    asked, wanted = auditing.parse(request.POST, reader), request.POST.get("format", "")
    if not asked.fits:
        return _show(request, reader, places, asked, format=wanted)
    if wanted not in ENDINGS:
        return _show(request, reader, places, asked, format_problem="Choose one of these formats.")
    try:
        made = flow.ask(asked.query, Format(wanted), by=reader)
    except ConsoleError as problem:
        return _show(request, reader, places, asked, format=wanted, problem=str(problem))
    return go_to(request, "export", made.pk)


def _show(request: HttpRequest, reader: User, places: Places, asked: auditing.Asked, **about: str) -> HttpResponse:
    query = asked.query
    count = auditing.count(query, places, MOST_COUNTED + 1) if asked.fits else 0
    context = {
        "asked": asked,
        "title": title(query),
        "search": query.address(),
        "hidden": query.given().items(),
        "count": f"More than {MOST_COUNTED:,}" if count > MOST_COUNTED else f"{count:,}",
        "one": count == 1,
        "formats": [(kind, kind.label, MEANINGS[kind]) for kind in ENDINGS],
        **listed(_pages(reader)),
        **about,
    }
    wrong = not asked.fits or about.get("problem") or about.get("format_problem")
    return vary_on_swap(render(request, "audit/exports.html", context, status=422 if wrong else 200))


def _pages(reader: User) -> list[ExportPage]:
    return [ExportPage(export) for export in flow.own(reader)]


def _format(given: str | None, query: auditing.Query) -> str:
    """What is chosen at first: of one change or customer the proof is wanted, of anything else a table."""
    if given and given in ENDINGS:
        return given
    return Format.PACK if query.change or query.customer else Format.CSV


def _own(pk: int, reader: User) -> Export:
    found = flow.one(pk, by=reader) if pk <= BIGGEST_KEY else None
    if found is None:
        raise Http404
    return found
