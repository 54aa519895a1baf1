"""Imports as the scenes show them: cut off, to be assigned, looked through, being carried out, done, refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from console.flows import bulk as flow
from console.flows.bulk import Import
from console.models import Bulk, BulkKind, BulkStatus, Connection, Customer
from tests.browser.scenes.playing import Play, Scene
from tests.importing_files import WHOLE, carried_out, checked, read, table, uploaded

if TYPE_CHECKING:
    from collections.abc import Iterator


SHEET = (
    ("Customer", "Given name", "Surname", "Mobile", "Mail", "Born", "Passport no.", "Note"),
    ("cus_71aa01", "Siti", "Rahma", "+62 812 9988 7766", "siti@example.com", "03/04/1990", "3174012345678901", "VIP"),
    ("cus_71aa02", "Budi", "", "0812-555-0101", "budi@example", "12/11/1984", "3174019876543210", ""),
    ("cus_71aa03", "", "", "", "", "", "", "=HYPERLINK(1)"),
)


def play(played: Play) -> None:
    """Ed's imports, at Caibo, SQRIL and TimePay."""
    caibo, sqril, by = played.stage.connections["caibo"], played.stage.connections["sqril"], played.people["ed"]
    cut_off = flow.begin(
        Import(caibo, BulkKind.FILL, "customers-2026-11.csv", 46_137_344, "a-key", timezone.now()), by=by
    )
    to_assign = read(sqril, table(SHEET[1:], SHEET[0]), by=by, filename="onboarding Q4.csv", kind=BulkKind.PROPOSE)
    looked = checked(caibo, table(_proposed(caibo), WHOLE), by=by, filename="renamed.csv", kind=BulkKind.PROPOSE)
    done = carried_out(caibo, table([*_new(), *_left_out()], WHOLE), by=by, filename="branch London.csv")
    refused = read(caibo, b"%PDF-1.7", by=by, filename="scan of the list.csv")
    going = uploaded(caibo, table(_new(), WHOLE), by=by, filename="everybody.csv")
    Bulk.objects.filter(pk=going.pk).update(status=BulkStatus.READING, beat_at=timezone.now(), rows=0)
    Bulk.objects.filter(pk=going.pk).update(status=BulkStatus.MAPPING)
    Bulk.objects.filter(pk=going.pk).update(status=BulkStatus.TO_CHECK, rows=812_400)
    Bulk.objects.filter(pk=going.pk).update(
        status=BulkStatus.CHECKING, done=301_500, started_at=timezone.now() - timedelta(seconds=61)
    )
    timepay = Connection.objects.filter(provider_slug="timepay").earliest("pk")
    lent = table([("camp/loan:1", "1.234,50"), ("camp/loan:2", "250")], ("external_id", "loan_amount"))
    numbers = read(timepay, lent, by=by, filename="amounts.csv")
    played.numbers |= {
        "import_numbers": numbers.pk,
        "import_cut_off": cut_off.pk,
        "import_to_assign": to_assign.pk,
        "import_looked": looked.pk,
        "import_done": done.pk,
        "import_refused": refused.pk,
        "import_going": going.pk,
    }


def _proposed(caibo: Connection) -> Iterator[tuple[str, ...]]:
    """A file about those who are known: others names, one phone for several, rows of nobody and rows that are wrong."""
    known = Customer.objects.filter(connection=caibo, erased_at=None, gone_at=None).order_by("pk")[:9]
    for number, customer in enumerate(known):
        email = "info@example.com" if number % 3 else f"person{number}@example.com"
        phone = "not a phone" if number == 4 else f"+4420794609{number:02}"
        yield customer.external_id, f"{customer.name} Jr", email, f"{number} Low Street, Leeds", phone
    yield "99999001", "Nobody Known", "nobody@example.com", "", ""
    yield "", "No Id At All", "noid@example.com", "", ""


def _new() -> Iterator[tuple[str, ...]]:
    for number in range(40):
        phone = f"+4420794611{number:02}"
        yield str(88000 + number), f"Newcomer {number}", f"n{number}@example.com", f"{number} Mill Lane", phone


def _left_out() -> Iterator[tuple[str, ...]]:
    yield "", "No Id At All", "noid@example.com", "", ""
    for number in range(3):
        yield "88001", f"Twice {number}", "twice@example.com", "", ""


SCENES: Mapping[str, Scene] = {
    "imports": Scene("/imports/"),
    "imports, nowhere": Scene("/imports/", who="vic"),
    "imports of others, to an operator": Scene("/imports/", who="ops"),
    "import with numbers to be told": Scene("/imports/{import_numbers}/"),
    "import cut off": Scene("/imports/{import_cut_off}/"),
    "import to be assigned": Scene("/imports/{import_to_assign}/"),
    "import being looked through": Scene("/imports/{import_going}/"),
    "import looked through": Scene("/imports/{import_looked}/"),
    "import done": Scene("/imports/{import_done}/"),
    "import refused": Scene("/imports/{import_refused}/"),
}
