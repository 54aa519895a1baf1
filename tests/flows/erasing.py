"""What the tests of erasing do over and over: two people erase a customer, one looks where anything still stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import connection as database

from console.flows import erase
from console.models import Customer, Erasure, Grant, Role, User

if TYPE_CHECKING:
    from console.models import Connection

TICKET = "PRIV-204"


def eraser(username: str, *connections: Connection) -> User:
    """Somebody who may have customers erased, everywhere or at these connections."""
    user, _ = User.objects.get_or_create(username=username, defaults={"first_name": username.capitalize()})
    for connection in connections or (None,):
        Grant.objects.get_or_create(user=user, connection=connection, role=Role.ERASURE)
    return user


def erased(customer: Customer, *, by: tuple[User, User] | None = None) -> Customer:
    """Erases a customer as two people do."""
    asking, agreeing = by or (eraser("uma"), eraser("eli"))
    erasure = erase.ask(customer.pk, by=asking, reference=TICKET)
    return erase.agree(erasure.pk, by=agreeing)


def asked(customer: Customer, by: User | None = None) -> Erasure:
    """Asks for it."""
    return erase.ask(customer.pk, by=by or eraser("uma"), reference=TICKET)


def left_of(marks: Iterable[str]) -> dict[str, list[str]]:
    """In which tables any of these texts stands, as text or inside of bytes, whatever its case; with which of them."""
    with database.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        tables = [name for (name,) in cursor.fetchall()]
        found = {}
        for table in tables:
            cursor.execute(f'SELECT lower(string_agg(t::text, chr(10))) FROM "{table}" t')  # noqa: S608 - of the catalogue
            [dump] = cursor.fetchone()
            hits = [mark for mark in marks if _stands(mark, dump or "")]
            if hits:
                found[table] = hits
    return found


def _stands(mark: str, dump: str) -> bool:
    as_json = mark.encode("unicode_escape").decode()
    forms = {mark.lower(), as_json.lower(), mark.encode().hex(), mark[::-1].lower()}
    return any(form in dump for form in forms)
