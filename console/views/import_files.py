"""The files of imports: pieces that come in, and the rows that were refused with the reason beside each, going out."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from console.bulk.refused import table
from console.errors import ConsoleError, NotPermitted
from console.flows import bulk as flow
from console.flows.uploads import PIECE, NotThere
from console.views.imports import own
from console.views.limits import Limit, limited
from console.views.people import person
from console.views.proving import EIGHT_HOURS, proved


@require_POST
def piece(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes the next piece, which is the whole body. `?at=` says where it begins; told back is where the next one does.

    409: another one is next. 422: what is wrong, in a sentence.
    """
    user = person(request)
    bulk, given = own(pk, user), request.GET.get("at", "")
    at = int(given) if given.isascii() and given.isdigit() and len(given) < 14 else -1
    data = request.read(PIECE + 1)
    if len(data) > PIECE:
        raise RequestDataTooBig
    try:
        taken = flow.take_piece(bulk.pk, at=at, data=data, before=request.headers.get("X-Before", ""), by=user)
    except NotThere as problem:
        return JsonResponse({"kept": problem.kept}, status=409)
    except NotPermitted as problem:
        raise PermissionDenied(str(problem)) from None
    except ConsoleError as problem:
        return JsonResponse({"problem": str(problem)}, status=422)
    return JsonResponse({"kept": taken.bytes_kept, "url": reverse("import", args=[pk])})


@require_GET
@proved(within=EIGHT_HOURS, back_to="import")
@limited(Limit.EXPORT, methods=frozenset({"GET"}))
def refused(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The rows that are not carried out, as a table: the line, why, and the row as it stands in the file."""
    bulk = own(pk, person(request))
    response = StreamingHttpResponse(table(bulk), content_type="text/csv; charset=utf-8")
    name = f"steward-import-{bulk.pk}-refused.csv"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    return response
