"""Importing: reads files of customers of whatever origin, row by row, however long they are. It keeps nothing itself.

    file ─▶ open_table ─▶ Look: format, columns, first rows, what is to be asked
              rows ─▶ Row | BadRow ─▶ understanding ─▶ Understood: identity, values, what is wrong

`read` is all of it at once. What is wrong with a file as a whole is a NotATable, whose text quotes nothing of it.
"""

from __future__ import annotations

from console.errors import NotATable
from console.importing.asking import asked
from console.importing.files import open_table, rows
from console.importing.guessing import guess
from console.importing.reading import read
from console.importing.table import (
    ABSENT,
    EXTERNAL_ID,
    BadRow,
    CellProblem,
    DateStyle,
    Empty,
    Format,
    Guess,
    Look,
    NumberStyle,
    Options,
    Question,
    QuestionKind,
    Row,
    Source,
    Understood,
)
from console.importing.typed import understand, understanding

__all__ = [
    "ABSENT",
    "EXTERNAL_ID",
    "BadRow",
    "CellProblem",
    "DateStyle",
    "Empty",
    "Format",
    "Guess",
    "Look",
    "NotATable",
    "NumberStyle",
    "Options",
    "Question",
    "QuestionKind",
    "Row",
    "Source",
    "Understood",
    "asked",
    "guess",
    "open_table",
    "read",
    "rows",
    "understand",
    "understanding",
]
