"""Imports: files of customers, dropped onto a page, looked through before anything is done, then carried out."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from console.bulk import file
from console.errors import ConsoleError, NotFit, NotPermitted, ReasonMissing
from console.flows import bulk as flow
from console.flows import notices
from console.flows.bulk import Import
from console.flows.uploads import PIECE
from console.forms.imports import ImportForm, assignment
from console.forms.posted import new_key
from console.models import Bulk, BulkKind, BulkStatus, User
from console.models.rows import BIGGEST_KEY
from console.permissions import Right, connections_where, places_where
from console.views.answers import go_to, is_swap, vary_on_swap
from console.views.bulk_page import POLL_SECONDS
from console.views.import_columns import columns_of, needed_further
from console.views.import_page import SOME_ROWS, ImportPage, pages
from console.views.people import person
from console.views.proving import EIGHT_HOURS, proved

IN_PIECES = "X-Upload"
MEANINGS = {
    BulkKind.FILL: "Customers as the provider has them come into the cache. Nothing is sent to the provider.",
    BulkKind.PROPOSE: "Each row becomes a change. They are decided on as one batch, and sent a few first.",
}
NO_FILE = "Choose a file, or drag it here."


@require_http_methods(["GET", "HEAD", "POST"])
@proved(within=EIGHT_HOURS, only_posts=True, goes_on=False, back_to="imports")
def imports(request: HttpRequest) -> HttpResponse:
    """Those of the reader, and the form for a new one; a script sends the file afterwards, in pieces."""
    user = person(request)
    if request.method == "POST":
        return _begin(request, user)
    return _show(request, user, ImportForm(connections=connections_where(user, Right.PROPOSE)))


@require_http_methods(["GET", "HEAD"])
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """How it stands: the file, its columns, what would become of it, how far it is; a poll gets what moved."""
    page = ImportPage(own(pk, person(request)))
    if not is_swap(request):
        notices.work_seen(pk, by=person(request))
        return _page(request, page)
    seen = request.GET.get("seen", "")
    if seen == page.token:
        return vary_on_swap(HttpResponse(status=204))
    if page.is_going and seen.startswith(page.token.partition("-")[0] + "-"):
        context = {"page": page, "bulk": page.bulk, "every": POLL_SECONDS, "oob": True}
        return vary_on_swap(render(request, "imports/import.html#progress", context))
    return vary_on_swap(HttpResponse(headers={"HX-Refresh": "true"}))


@require_POST
@proved(within=EIGHT_HOURS, back_to="import")
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Assigns the columns and has the file looked through."""
    user = person(request)
    bulk = own(pk, user)
    try:
        look = file.look_of(bulk)
    except ConsoleError as problem:
        return _told(request, bulk, problem)
    given = assignment(request.POST.dict(), look, bulk.connection.provider, further=needed_further(bulk))
    if given.missing and bulk.status == BulkStatus.MAPPING:
        return _page(request, ImportPage(bulk), given=given, status=422)
    stored = given.options.stored()
    try:
        flow.assign(bulk.pk, mapping=given.mapping, options=stored, columns=look.columns, by=user)
    except NotFit as problem:
        return _page(request, ImportPage(bulk), given=given, problems=problem.wanted, status=422)
    except ConsoleError as problem:
        return _told(request, bulk, problem)
    return go_to(request, "import", pk)


@require_POST
@proved(within=EIGHT_HOURS, back_to="import")
def reading(request: HttpRequest, pk: int) -> HttpResponse:
    """Has the file read in another way."""
    bulk, said = own(pk, person(request)), request.POST
    names = ("encoding", "delimiter", "sheet")
    try:
        flow.read_anew(bulk.pk, by=person(request), **{name: said.get(name, "")[:100] for name in names})
    except ConsoleError as problem:
        return _told(request, bulk, problem)
    return go_to(request, "import", pk)


@require_POST
def anew(request: HttpRequest, pk: int) -> HttpResponse:
    """Back to the columns."""
    bulk = own(pk, person(request))
    try:
        flow.assign_anew(bulk.pk, by=person(request))
    except ConsoleError as problem:
        return _told(request, bulk, problem)
    return go_to(request, "import", pk)


@sensitive_post_parameters("why")
@require_POST
@proved(within=EIGHT_HOURS, back_to="import")
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Has it carried out as it was looked through."""
    bulk = own(pk, person(request))
    said = {"why": request.POST.get("why", "").strip()[:2000], "reference": request.POST.get("reference", "").strip()}
    try:
        done = flow.carry_out(bulk.pk, by=person(request), why=said["why"], reference=said["reference"][:120])
    except ReasonMissing as problem:
        return _page(request, ImportPage(bulk), said=said, wanted=problem.wanted, status=422)
    except ConsoleError as problem:
        return _told(request, bulk, problem)
    if done.note:
        messages.warning(request, done.note)
    return go_to(request, "import", pk)


@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends it where it is."""
    bulk = own(pk, person(request))
    try:
        flow.stop(bulk.pk, by=person(request))
    except ConsoleError as problem:
        return _told(request, bulk, problem)
    return go_to(request, "import", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def stop_anothers(request: HttpRequest, pk: int) -> HttpResponse:
    """An operator ends what is at work at their connection, and says why; whose file it is stays its owner's alone.

    No fresh proof is asked for, as for no stop: it is the safe direction, and whoever has to look for their second
    factor while something goes wrong loses the time that counts. Going on asks for one.
    """
    user = person(request)
    if request.method != "POST":
        return go_to(request, "imports")
    reason = request.POST.get("reason", "")
    try:
        stopped = flow.stop_anothers(pk if pk <= BIGGEST_KEY else 0, by=user, reason=reason)
    except Bulk.DoesNotExist:
        raise Http404 from None
    except ConsoleError as problem:
        form = ImportForm(connections=connections_where(user, Right.PROPOSE))
        return _show(request, user, form, status=422, not_stopped=str(problem), reason=reason, asked=pk)
    messages.success(request, f"Stopped. {stopped.owner.name} reads why.")
    return go_to(request, "imports")


def own(pk: int, reader: User) -> Bulk:
    """An import of the reader's; nobody else learns that there is one."""
    found = flow.one(pk, by=reader) if pk <= BIGGEST_KEY else None
    if found is None or found.kind == BulkKind.EDIT:
        raise Http404
    return found


def _begin(request: HttpRequest, user: User) -> HttpResponse:
    connections = connections_where(user, Right.PROPOSE)
    form = ImportForm(request.POST, connections=connections)
    if not connections.exists():
        raise PermissionDenied("You may not import: it takes the role Editor at a connection.")
    sent, in_pieces = request.FILES.get("file"), request.headers.get(IN_PIECES) == "pieces"
    if form.is_valid():
        name, size = (sent.name or "", sent.size or 0) if sent else (form.cleaned_data["filename"], 0)
        size = form.cleaned_data["size"] or 0 if in_pieces else size
        if not (sent or in_pieces):
            form.add_error(None, NO_FILE)
        else:
            return _open(request, user, form, _wanted(form.cleaned_data, name, size))
    return _show(request, user, form, status=422)


def _wanted(said: dict[str, Any], name: str, size: int) -> Import:
    return Import(said["connection"], BulkKind(said["kind"]), name, size, said["key"], said["as_of"])


def _open(request: HttpRequest, user: User, form: ImportForm, wanted: Import) -> HttpResponse:
    try:
        bulk = flow.begin(wanted, by=user)
        sent = request.FILES.get("file")
        at = bulk.bytes_kept
        while sent and at < bulk.bytes_expected and (data := sent.read(PIECE)):
            at = flow.take_piece(bulk.pk, at=at, data=data, by=user).bytes_kept
    except NotFit as problem:
        for name, sentence in (problem.wanted or {"file": str(problem)}).items():
            form.add_error(name if name in form.fields else None, sentence)
        return _show(request, user, form, status=422)
    except ConsoleError as problem:
        form.add_error(None, str(problem))
        return _show(request, user, form, status=422)
    if request.headers.get(IN_PIECES) == "pieces":
        urls = {"url": reverse("import", args=[bulk.pk]), "piece": reverse("import_piece", args=[bulk.pk])}
        return JsonResponse({**urls, "size": PIECE, "kept": bulk.bytes_kept})
    return go_to(request, "import", bulk.pk)


def _show(request: HttpRequest, user: User, form: ImportForm, status: int = 200, **about: object) -> HttpResponse:
    connections = list(connections_where(user, Right.PROPOSE).order_by("name"))
    held = places_where(user, Right.PAUSE)
    operates = held.everywhere or bool(held.ids)
    context = {
        "form": form,
        "connections": connections,
        "chosen": str(connections[0].pk if len(connections) == 1 else form["connection"].value() or ""),
        "kinds": [(kind.value, kind.label, MEANINGS[kind]) for kind in MEANINGS],
        "key": new_key(),
        "own": pages(flow.own(user)),
        "others": pages(flow.at_work(user)) if operates else [],
        "operates": operates,
        **about,
    }
    return vary_on_swap(render(request, "imports/imports.html", context, status=status))


def _page(request: HttpRequest, page: ImportPage, *, status: int = 200, **about: Any) -> HttpResponse:
    given, problems = about.pop("given", None), about.pop("problems", None)
    after = request.GET.get("after", "")
    line = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0
    rows = page.refused_rows(line)
    context = {
        "page": page,
        "bulk": page.bulk,
        "every": POLL_SECONDS,
        "piece": PIECE,
        "refused": rows[:SOME_ROWS],
        "more": rows[SOME_ROWS - 1].line if len(rows) > SOME_ROWS else 0,
        "first": not line,
        **about,
    }
    if page.is_mapping:
        context["columns"] = columns_of(page.bulk, given, problems)
    return vary_on_swap(render(request, "imports/import.html", context, status=status))


def _told(request: HttpRequest, bulk: Bulk, problem: ConsoleError) -> HttpResponse:
    if isinstance(problem, NotPermitted):
        raise PermissionDenied(str(problem)) from None
    messages.warning(request, str(problem))
    return go_to(request, "import", bulk.pk)
