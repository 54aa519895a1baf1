"""Rows: what is read and written at every save, by statements that are not composed anew each time.

Composing one takes longer than PostgreSQL takes to answer it. What is written is composed once for a table; what is
read is written out by hand, around the columns of a `Table`. Values go through the fields of the model either way.
What a step writes to several tables may be `gathered` into one statement.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, models
from django.db import connection as database
from django.db.models import NOT_PROVIDED
from django.db.models.base import ModelState

type Copied = tuple[Iterable[Sequence[Any]], str, str]  # rows, their table, its columns: as COPY takes them

GONE = "There is no such row any more."
BIGGEST_KEY = 2**63 - 1
"""The database takes no larger number for a key: whoever asks for one asks for nothing that is there."""

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


def made[M: models.Model](model: type[M], **values: Any) -> M:
    """A new row that is not written yet, as `model(**values)` makes one, without asking each field how to: of a change
    with its lines and its event that is a third of the time.
    """
    row = model.__new__(model)
    state, told = ModelState(), vars(row)
    told["_state"] = state
    plain, computed, related = _beginnings(model)
    told.update(plain)
    for name, default in computed:
        told[name] = default()
    for name, value in values.items():
        if name not in related:
            told[name] = value
            continue
        told[related[name]] = None if value is None else value.pk
        state.fields_cache[name] = value
    return row


@lru_cache
def _beginnings(
    model: type[models.Model],
) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]], dict[str, str]]:
    """What the fields of a new row hold: the same for every row, or made for each; and those that name another row."""
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    plain = {field.attname: field.get_default() for field in fields}
    computed = [
        (field.attname, field.get_default)
        for field in fields
        if not isinstance(plain[field.attname], str | int | bool | bytes | None)
    ]
    return plain, computed, {field.name: field.attname for field in fields if field.is_relation}


def insert(rows: Sequence[models.Model]) -> None:
    """Writes new rows of one table; their keys, and what has a default in the database, are filled in by that."""
    if (waiting := _gathering.get()) and waiting.takes(rows):
        return
    statement, one, given, filled = _insertion(type(rows[0]))
    values = [value for row in rows for value in _values(row, given, new=True)]
    with database.cursor() as cursor:
        cursor.execute(f"{statement.format(', '.join([one] * len(rows)))} RETURNING {_listed(filled)}", values)
        for row, answer in zip(rows, cursor.fetchall(), strict=True):
            _fill(row, filled, answer)


def copy_in(rows: Sequence[models.Model], *, besides: Sequence[str] = ()) -> None:
    """Writes many new rows of one table at once, with the keys that they have, if they do; what has a default in the
    database gets it there, but for `besides`. Raises IntegrityError if any of them breaks a constraint; then none is
    written.
    """
    copied(*as_copied(rows, besides=besides))


def as_copied(rows: Sequence[models.Model], *, besides: Sequence[str] = ()) -> Copied:
    """What `copied` takes to write these rows; asks the database nothing."""
    _, _, given, filled = _insertion(type(rows[0]))
    told = [each for each in filled if (each.primary_key and rows[0].pk) or each.attname in besides]
    fields = [*told, *given]
    columns = [(field.attname, isinstance(field, models.JSONField)) for field in fields]
    return [_as_text(vars(row), columns) for row in rows], rows[0]._meta.db_table, _listed(fields)


def copied(rows: Iterable[Sequence[Any]], table: str, columns: str) -> None:
    """Writes rows of a table as COPY takes them; raises as Django does what the database has to say of them."""
    statement = f"COPY {table} ({columns}) FROM STDIN"
    with database.wrap_database_errors, database.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _as_text(values: Mapping[str, Any], columns: Iterable[tuple[str, bool]]) -> list[Any]:
    """The values as PostgreSQL reads them from a text: those of JSON are told, all others are known to the driver."""
    return [_as_json(values[name]) if is_json else values[name] for name, is_json in columns]


def _as_json(value: Any) -> str:
    return "{}" if value == {} else json.dumps(value)  # what most columns of a new row hold is not composed anew


def reserved(model: type[models.Model], count: int) -> list[int]:
    """So many keys for new rows of a table, in ascending order."""
    with database.cursor() as cursor:
        cursor.execute(_RESERVE, [model._meta.db_table, count])
        return sorted(key for (key,) in cursor.fetchall())


_RESERVE = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"


def update(row: models.Model, names: Sequence[str]) -> None:
    """Writes these fields of a row, as `save(update_fields=…)` does; raises DatabaseError if it is not there."""
    if waiting := _gathering.get():
        waiting.alter(row, names)
        return
    statement, fields = _alteration(type(row), tuple(dict.fromkeys(names)))
    with database.cursor() as cursor:
        cursor.execute(statement, [*_values(row, fields, new=False), row.pk])
        if not cursor.rowcount:
            raise DatabaseError(GONE)


def update_all(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Writes these fields of many rows of one table by one statement; raises DatabaseError if one of them is gone."""
    statement, one, fields = _alteration_of_all(type(rows[0]), tuple(names))
    values = [value for row in rows for value in (row.pk, *_values(row, fields, new=False))]
    with database.cursor() as cursor:
        cursor.execute(statement.format(", ".join([one] * len(rows))), values)
        if cursor.rowcount != len(rows):
            raise DatabaseError(GONE)


def execute(statement: str, values: Sequence[Any]) -> None:
    """Runs a statement that writes and of which nothing is asked back."""
    if waiting := _gathering.get():
        waiting.others.append((statement, values))
        return
    with database.cursor() as cursor:
        cursor.execute(statement, values)


@contextlib.contextmanager
def gathered() -> Iterator[None]:
    """What is written in the block goes to the database at its end, in one statement, as the objects are by then.

    Until then nothing that is read sees it, and new rows have no key: whoever needs that calls `write_gathered`.
    """
    waiting = _Gathered()
    token = _gathering.set(waiting)
    try:
        yield
    finally:
        _gathering.reset(token)
    waiting.write()


def write_gathered() -> None:
    """Writes what was gathered so far, if anything is being gathered."""
    if waiting := _gathering.get():
        waiting.write()


class _Gathered:
    """Rows to be written together: altered ones with the names of their fields, at most one new one of each table."""

    def __init__(self) -> None:
        self.altered: dict[tuple[type[models.Model], Any], tuple[models.Model, dict[str, None]]] = {}
        self.new: dict[type[models.Model], models.Model] = {}
        self.others: list[tuple[str, Sequence[Any]]] = []

    def takes(self, rows: Sequence[models.Model]) -> bool:
        """Keeps a new row. Several of a table are written at once, in their order, and whatever came before them."""
        if len(rows) > 1 or type(rows[0]) in self.new:
            self.write()
        if len(rows) == 1:
            self.new[type(rows[0])] = rows[0]
        return len(rows) == 1

    def alter(self, row: models.Model, names: Sequence[str]) -> None:
        """Keeps which fields of a row are to be written; a row is altered once in a statement."""
        _, known = self.altered.setdefault((type(row), row.pk), (row, {}))
        known.update(dict.fromkeys(names))

    def write(self) -> None:
        """One statement of a part for each row; each part gives one row back, so that together they give one."""
        parts, values = list[str](), list[Any]()
        for row, names in self.altered.values():
            statement, fields = _alteration(type(row), tuple(names))
            parts.append(f"{statement} RETURNING id")
            values += [*_values(row, fields, new=False), row.pk]
        for model, row in self.new.items():
            statement, one, given, filled = _insertion(model)
            parts.append(f"{statement.format(one)} RETURNING {_listed(filled)}")
            values += _values(row, given, new=True)
        answering = len(parts)
        for statement, more in self.others:
            parts.append(statement)
            values += more
        answer = _written(parts, values, answering)[len(self.altered) :]
        for model, row in self.new.items():
            filled = _insertion(model)[-1]
            _fill(row, filled, answer[: len(filled)])
            answer = answer[len(filled) :]
        self.altered, self.new, self.others = {}, {}, []


_gathering: ContextVar[_Gathered | None] = ContextVar("gathering", default=None)


def _written(parts: Sequence[str], values: Sequence[Any], answering: int) -> Sequence[Any]:
    """What the parts that answer gave back, one after the other."""
    if not parts:
        return ()
    named = ", ".join(f"part{number} AS ({part})" for number, part in enumerate(parts))
    asked = ", ".join(f"part{number}" for number in range(answering))
    with database.cursor() as cursor:
        cursor.execute(f"WITH {named} SELECT {f'* FROM {asked}' if asked else '1'}", values)  # noqa: S608 - of our own
        answer: Sequence[Any] | None = cursor.fetchone()
    if answer is None:
        raise DatabaseError(GONE)
    return answer


def _values(row: models.Model, fields: Sequence[Column], *, new: bool) -> list[Any]:
    return [field.get_db_prep_save(field.pre_save(row, new), database) for field in fields]


def _fill(row: models.Model, filled: Sequence[Column], answer: Sequence[Any]) -> None:
    for field, value in zip(filled, answer, strict=True):
        setattr(row, field.attname, value)
    state = row._state  # noqa: SLF001 - documented, and what makes a later save an update
    state.adding, state.db = False, database.alias


def put_beside(row: models.Model, name: str, related: Sequence[models.Model]) -> None:
    """Keeps what was read along with a row as `row.<name>.all()`, as prefetching it would."""
    found = getattr(row, name).all()
    found._result_cache = list(related)  # noqa: SLF001 - Django keeps it there, and offers no other way to
    row._prefetched_objects_cache = {name: found}  # type: ignore[attr-defined]  # noqa: SLF001


@lru_cache
def _insertion(model: type[models.Model]) -> tuple[str, str, list[Column], list[Column]]:
    """The statement, what stands in it for one row, the fields that are given, and those that are filled in."""
    fields = model._meta.concrete_fields
    filled = [each for each in fields if each.primary_key or each.generated or each.db_default is not NOT_PROVIDED]
    given = [field for field in fields if field not in filled]
    statement = f"INSERT INTO {model._meta.db_table} ({_listed(given)}) VALUES {{}}"  # noqa: S608 - of our own names
    return statement, f"({', '.join(['%s'] * len(given))})", given, filled


@lru_cache
def _alteration(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, list[Column]]:
    by_name = {field.name: field for field in model._meta.concrete_fields}
    fields = [by_name[name] for name in names]
    changed = ", ".join(f"{_column(field)} = %s" for field in fields)
    return f"UPDATE {model._meta.db_table} SET {changed} WHERE id = %s", fields  # noqa: S608 - of our own names


@lru_cache
def _alteration_of_all(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, str, list[Column]]:
    """The statement, what stands in it for one row, and the fields. A value that is null everywhere has no type."""
    by_name = {field.name: field for field in model._meta.concrete_fields}
    fields, table = [by_name[name] for name in names], model._meta.db_table
    changed = ", ".join(f"{_column(field)} = altered.{_column(field)}::{field.db_type(database)}" for field in fields)
    given = f"(VALUES {{}}) AS altered (id, {_listed(fields)})"
    statement = f"UPDATE {table} SET {changed} FROM {given} WHERE {table}.id = altered.id"  # noqa: S608 - of our own names
    return statement, f"({', '.join(['%s'] * (len(fields) + 1))})", fields


def _listed(fields: Sequence[Column]) -> str:
    return ", ".join(map(_column, fields))


def _column(field: Column) -> str:
    """Quoted: “values” and some others are words of SQL."""
    return f'"{field.column}"'
