"""What is held about one customer as tables to read: the same as in the file, but for fingerprints. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.auditing.kinds import told as words_of

NAMES = {
    "record": "The record",
    "history": "What happened",
    "looked at by": "Who looked at it",
    "shown or compared": "Who was shown or told a value",
    "typed and not saved": "Typed and not saved",
    "erasures asked for": "Erasures asked for",
    "told to people here": "What people here were told",
    "said in reviews": "Said in reviews",
}


@dataclass(frozen=True, slots=True)
class Section:
    """A table with its heading."""

    heading: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    @property
    def labelled(self) -> list[list[tuple[str, str]]]:
        """Each cell of each row with what stands above it."""
        return [list(zip(self.head, row, strict=True)) for row in self.rows]


def sections(record: Mapping[str, Any]) -> list[Section]:
    """All of one record; what there is none of is left out."""
    about = {name: value for name, value in record.items() if not isinstance(value, list)}
    found = [Section("About it", ("What", "Value"), _pairs(about))]
    found += [_table(NAMES[name], record[name]) for name in NAMES if record[name]]
    found += [_request(each) for each in record["requests"]]
    terms = [[", ".join(record["found by these words"])]] if record["found by these words"] else []
    whole = [[", ".join(record["found by the whole of"])]] if record["found by the whole of"] else []
    found += [Section("Found by these words", ("Words",), terms)] if terms else []
    return found + ([Section("Found by the whole of", ("Fields",), whole)] if whole else [])


def _table(heading: str, rows: Sequence[Mapping[str, Any]]) -> Section:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return Section(
        heading, [_word(name) for name in names], [[_text(row.get(name, "")) for name in names] for row in rows]
    )


def _request(request: Mapping[str, Any]) -> Section:
    about = {name: value for name, value in request.items() if not isinstance(value, (list, dict))}
    rows = _pairs({name: value for name, value in about.items() if name != "number"})
    rows += [
        [f"{line['field']}", f"{line['before'] or 'nothing'} → {line['after'] or 'nothing'}"]
        for line in request["asked for"]
    ]
    rows += [["Decision", _text(each)] for each in request["decisions"]]
    rows += [["Exchange", _text(each)] for each in request["exchanges"]]
    glass = request["sent without its approvals"]
    rows += [["Sent without its approvals", _text(glass)]] if glass else []
    return Section(f"Request {request['number']}", ("What", "Value"), rows)


def _pairs(about: Mapping[str, Any]) -> list[Sequence[str]]:
    return [[_word(name), _text(value)] for name, value in about.items() if value not in (None, "")]


def _word(name: str) -> str:
    return f"{name[:1].upper()}{name[1:]}"


def _text(value: Any) -> str:
    """Whatever it is, as one text: a map as lines of its own, a pair as one followed by the other."""
    if isinstance(value, Mapping):
        said = {name: _text(each) for name, each in value.items()}
        return "\n".join(f"{name}: {text}" for name, text in said.items() if text)
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(each) or "nothing" for each in value)
    if isinstance(value, str) and _FINGERPRINT.fullmatch(value):
        return ""
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return f"{value[:10]} {value[11:16]} UTC"
    if isinstance(value, str) and "." in value and words_of(value) != f"{value.partition('.')[0]}: {value}":
        return words_of(value) if value.partition(".")[0] in _SUBJECTS else value
    return "" if value is None else str(value)


_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")
_SUBJECTS: Iterable[str] = frozenset({"customer", "change", "decision", "emergency", "drift", "review"})
