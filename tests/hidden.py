"""Who may learn what of hidden values in the tests: Ed and Ann compare, Jo and Sam are also shown them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.models import Grant, Role
from tests.cast import person

if TYPE_CHECKING:
    from console.models import Connection, User

SSN, WRONG, REASON = "4471", "4472", "The bank asks for it on the other line."


def comparing(username: str, *at: Connection) -> User:
    """Somebody of the cast who may also compare hidden values with what a caller says."""
    return _also(username, Role.COMPARE, *at)


def shown(username: str, *at: Connection) -> User:
    """Somebody of the cast who may also be shown hidden values."""
    return _also(username, Role.REVEAL, *at)


def _also(username: str, role: Role, *at: Connection) -> User:
    user = person(username, *at)
    for connection in at or (None,):
        Grant.objects.get_or_create(user=user, connection=connection, role=role)
    return user
