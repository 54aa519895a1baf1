"""What became of each change of a batch, as a table (CSV) that is streamed: a million of them take no more memory than
a page. Sensitive values are masked, and nothing in it is taken for a formula.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import UTC
from itertools import batched
from typing import TYPE_CHECKING

from django.db import transaction
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from console.exporting.table import MARK, harmless
from console.flows.batches.members import IN_PART
from console.flows.batches.outlining import Asked, opened
from console.flows.record import record
from console.models import BatchRefusal, Change, Origin
from console.sentences import MASK
from console.views.rows import Row, rows_of

if TYPE_CHECKING:
    from console.models import Batch, User
    from providers.fields import Field, Value

AT_ONCE = 500


def results_of(batch: Batch, *, by: User) -> StreamingHttpResponse:
    """The table as a file; that it was fetched stands in the history of who did."""
    with transaction.atomic():
        details = {"batch": batch.pk, "changes": batch.size}
        record(by, "batch.downloaded", by=by, origin=Origin.PAGE, details=details)
    answer = StreamingHttpResponse(table(batch, by), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = content_disposition_header(True, f"batch-{batch.pk}.csv") or ""
    return answer


def table(batch: Batch, reader: User) -> Iterator[bytes]:
    """The table in pieces: each change in the order of its place, then the rows that became none.

    Of which a part became one, why the rest did not stands with it.
    """
    fields = _fields(batch)
    identity = list(batch.connection.provider.identity)
    labels = {field.name: field.label for field in batch.connection.provider.fields}
    heading = ["Row", "Customer", *(labels.get(name, name) for name in identity)]
    heading += [*(field.label for field in fields), "State", "What that means", "Change", "Ended"]
    yield MARK.encode() + _lines([heading])
    for some in _pieces(batch):
        yield _lines(_rows(batch, some, reader, fields, identity))
    refused = BatchRefusal.objects.filter(batch=batch).exclude(code=IN_PART).order_by("place")
    gap = [""] * (1 + len(identity) + len(fields))
    told = refused.values_list("place", "problem")
    for several in batched(told.iterator(AT_ONCE), AT_ONCE):
        yield _lines([place, *gap, "No change", problem, "", ""] for place, problem in several)


def _pieces(batch: Batch) -> Iterator[list[tuple[int | None, int]]]:
    """Places and numbers, some at a time, each piece behind the one before: nothing is held or walked through twice."""
    members, after = Change.objects.filter(batch=batch).order_by("batch_place"), 0
    while some := list(members.filter(batch_place__gt=after).values_list("batch_place", "pk")[:AT_ONCE]):
        yield some
        after = some[-1][0] or 0


def _fields(batch: Batch) -> list[Field]:
    return [field for field in batch.connection.provider.fields if field.name in batch.fields]


def _rows(
    batch: Batch, some: Iterable[tuple[int | None, int]], reader: User, fields: list[Field], identity: list[str]
) -> Iterator[list[object]]:
    places = {number: place or 0 for place, number in some}
    asked = {one.place: one for one in opened(batch.pk, list(places.values())) if one}
    told, stays = rows_of(places, reader), _in_part(batch, list(places.values()))
    for number, place in places.items():
        row, one = told[number], asked.get(place)
        named = [_named(one, name) for name in identity]
        yield [place, row.customer, *named, *_values(one, fields), *_ended(row, stays.get(place, ""))]


def _in_part(batch: Batch, places: list[int]) -> dict[int, str]:
    """Why not all that was wanted is asked for at these places; only what undoes another batch is asked for in part."""
    if not batch.undoes_id:
        return {}
    beside = BatchRefusal.objects.filter(batch=batch, place__in=places, code=IN_PART)
    return {place: f"In part: {problem}" for place, problem in beside.values_list("place", "problem")}


def _named(one: Asked | None, name: str) -> object:
    return one.customer.identity.get(name, "") if one else ""


def _values(one: Asked | None, fields: list[Field]) -> list[str]:
    """What each field is to hold; empty where it is not asked for, is to be empty, or can no longer be read."""
    return [_told(field, one.after.get(field.name)) if one else "" for field in fields]


def _told(field: Field, value: Value) -> str:
    if field.is_blank(value):
        return ""
    if field.sensitive:
        return MASK
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _ended(row: Row, stays: str) -> list[str]:
    ended = row.change.ended_at
    moment = ended.astimezone(UTC).isoformat().replace("+00:00", "Z") if ended else ""
    means = " ".join(filter(None, [row.state.headline, row.state.following, stays]))
    return [row.state.word, means, row.number, moment]


def _lines(rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode(errors="replace")
