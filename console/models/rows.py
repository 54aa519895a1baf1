"""Rows: what is read and written at every save, by statements that are not composed anew each time.

Composing one takes longer than PostgreSQL takes to answer it. What is written is composed once for a table; what is
read is written out by hand, around the columns of a `Table`. Values go through the fields of the model either way.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, models
from django.db import connection as database
from django.db.models import NOT_PROVIDED

if TYPE_CHECKING:
    type Column = models.Field[Any, Any]


class Table[M: models.Model]:
    """The columns of a model in a statement that is written out, and the objects that its rows make."""

    def __init__(self, model: type[M], name: str, only: Sequence[str] = ()) -> None:
        """`name` is what the statement calls the table; of `only` some fields the others are asked for when needed."""
        fields = [field for field in model._meta.concrete_fields if not only or field.attname in only]
        self.model, self.names = model, [field.attname for field in fields]
        self.columns = ", ".join(f"{name}.{_column(field)}" for field in fields)
        self._to_convert = [(at, field) for at, field in enumerate(fields) if hasattr(field, "from_db_value")]

    def __len__(self) -> int:
        return len(self.names)

    def of(self, row: Sequence[Any]) -> M:
        """The object that the first columns of a row make."""
        values = list(row[: len(self.names)])
        for at, field in self._to_convert:
            values[at] = field.from_db_value(values[at], None, database)
        return self.model.from_db(database.alias, self.names, values)


def insert(rows: Sequence[models.Model]) -> None:
    """Writes new rows of one table; their keys, and what has a default in the database, are filled in by that."""
    statement, one, given, filled = _insertion(type(rows[0]))
    values = [field.get_db_prep_save(field.pre_save(row, True), database) for row in rows for field in given]
    with database.cursor() as cursor:
        cursor.execute(statement.format(", ".join([one] * len(rows))), values)
        for row, answer in zip(rows, cursor.fetchall(), strict=True):
            for field, value in zip(filled, answer, strict=True):
                setattr(row, field.attname, value)
            state = row._state  # noqa: SLF001 - documented, and what makes a later save an update
            state.adding, state.db = False, database.alias


def update(row: models.Model, names: Sequence[str]) -> None:
    """Writes these fields of a row, as `save(update_fields=…)` does; raises DatabaseError if it is not there."""
    statement, fields = _alteration(type(row), tuple(dict.fromkeys(names)))
    values = [field.get_db_prep_save(field.pre_save(row, False), database) for field in fields]
    with database.cursor() as cursor:
        cursor.execute(statement, [*values, row.pk])
        if not cursor.rowcount:
            raise DatabaseError("There is no such row any more.")


def put_beside(row: models.Model, name: str, related: Sequence[models.Model]) -> None:
    """Keeps what was read along with a row as `row.<name>.all()`, as prefetching it would."""
    found = getattr(row, name).all()
    found._result_cache = list(related)  # noqa: SLF001 - Django keeps it there, and offers no other way to
    row._prefetched_objects_cache = {name: found}  # type: ignore[attr-defined]  # noqa: SLF001


@lru_cache
def _insertion(model: type[models.Model]) -> tuple[str, str, list[Column], list[Column]]:
    """The statement, what stands in it for one row, the fields that are given, and those that are filled in."""
    fields = model._meta.concrete_fields
    filled = [field for field in fields if field.primary_key or field.db_default is not NOT_PROVIDED]
    given = [field for field in fields if field not in filled]
    table, columns, one = model._meta.db_table, ", ".join(map(_column, given)), ", ".join(["%s"] * len(given))
    statement = f"INSERT INTO {table} ({columns}) VALUES {{}} RETURNING {', '.join(map(_column, filled))}"  # noqa: S608 - of our own names
    return statement, f"({one})", given, filled


@lru_cache
def _alteration(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, list[Column]]:
    by_name = {field.name: field for field in model._meta.concrete_fields}
    fields = [by_name[name] for name in names]
    changed = ", ".join(f"{_column(field)} = %s" for field in fields)
    return f"UPDATE {model._meta.db_table} SET {changed} WHERE id = %s", fields  # noqa: S608 - of our own names


def _column(field: Column) -> str:
    """Quoted: “values” and some others are words of SQL."""
    return f'"{field.column}"'
