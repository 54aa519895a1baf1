"""The file of an export, as it leaves: streamed piece by piece, as an attachment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from console.flows.making import piece
from console.models import Export, ExportPart, Format

CONTENT_TYPES: Mapping[Format, str] = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.JSONL: "application/jsonl; charset=utf-8",
    Format.PACK: "application/zip",
}


def file_of(kept: Export) -> StreamingHttpResponse:
    """The answer that holds the file of an export that is made."""
    response = StreamingHttpResponse(_pieces(kept), content_type=CONTENT_TYPES[Format(kept.format)])
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=kept.filename) or ""
    response["Content-Length"] = str(kept.size)
    return response


def _pieces(kept: Export) -> Iterator[bytes]:
    """The file piece by piece. One that is deleted meanwhile breaks off, which a browser notices by the length."""
    number = sent = 0
    while sent < kept.size:
        try:
            data = piece(kept, number)
        except ExportPart.DoesNotExist:
            return
        yield data
        number, sent = number + 1, sent + len(data)
