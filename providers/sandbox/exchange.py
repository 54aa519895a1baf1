"""One request and what becomes of it: fault, judgement, change and ledger entry in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from providers.sandbox.api import Api, Values
from providers.sandbox.catalogue import APIS
from providers.sandbox.faults import Fault
from providers.sandbox.messages import Answer, Change, Outcome, Request
from providers.sandbox.moments import now
from providers.sandbox.state import Book, State


@dataclass(frozen=True, slots=True)
class Reply:
    """What is to leave, how, and the ledger entry that tells of it."""

    answer: Answer | None
    fault: Fault | None
    entry: int


def take(state: State, request: Request) -> Reply:
    """Judge a request, apply what is to be applied, note it; committed when this returns."""
    api, at = APIS[request.slug], now()
    with state.transaction() as book:
        name = api.subject(request, book.settings(api.slug))
        before = (book.find(api.slug, name) if name else None) or (name, {})
        taken = book.take_fault(api.slug, request.method, before[0])
        fault = Fault(*taken) if taken else None
        outcome = _judged(book, api, request, fault, before)
        answer = fault.answer(api, outcome, before[1]) if fault else outcome.answer()
        entry = book.enter(request, before[0], at, _status(answer, fault), fault.kind if fault else None)
        if outcome.change and (fault is None or fault.applied):
            book.apply(entry, api.slug, _kept(outcome.change, fault))
    return Reply(answer, fault, entry)


def apply_late(state: State, request: Request, entry: int) -> None:
    """Apply what was asked long ago to the record as it is now."""
    with state.transaction() as book:
        change = APIS[request.slug].answer(request, book).change
        if change:
            book.apply(entry, request.slug, change)


def edit(book: Book, api: Api, external_id: str, values: Mapping[str, Any]) -> bool:
    """Somebody else changes a record; False when there is none."""
    found = book.find(api.slug, external_id)
    if found is None:
        return False
    return book.write(api.slug, found[0], api.touched({**found[1], **api.stored(values)}))


def _judged(book: Book, api: Api, request: Request, fault: Fault | None, before: tuple[str | None, Values]) -> Outcome:
    values = fault["values"] if fault and fault.kind == "edit-between" else None
    if values is None or before[0] is None:
        return api.answer(request, book)
    # In between a read and a write: after the one, before the other.
    if request.method == "PUT":
        edit(book, api, before[0], values)
        return api.answer(request, book)
    outcome = api.answer(request, book)
    edit(book, api, before[0], values)
    return outcome


def _kept(change: Change, fault: Fault | None) -> Change:
    if fault and fault.kind == "wrong-echo" and fault["kept"]:
        return replace(change, values={**change.values, **fault["values"]})
    return change


def _status(answer: Answer | None, fault: Fault | None) -> int | None:
    dropped = fault is not None and fault.kind == "apply-drop"
    return None if answer is None or dropped else answer.status
