"""Dossier: all that is held about one customer, opened, as plain data that a person and a machine can read.

What was erased, or went when its time was over, is told as gone. Nothing is masked: it is for the person themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from console.errors import KeyMissing
from console.models import (
    Attempt,
    BlindTerm,
    Change,
    Customer,
    Draft,
    Emergency,
    Erasure,
    Event,
    Known,
    Notice,
    Reveal,
    ReviewNote,
    SearchTerm,
    User,
    Visit,
)

if TYPE_CHECKING:
    from providers.fields import Value

GONE = "gone: its key was erased"

type Told = dict[str, Any]


def dossier_of(customer: Customer) -> Told:
    """Everything, in the order in which it is of interest. The customer must come with its connection."""
    return {
        "held at": customer.connection.name,
        "provider": customer.provider.title,
        "id": customer.external_id,
        "number here": customer.pk,
        "known since": _at(customer.created_at),
        "erased at": _at(customer.erased_at),
        "let go at": _at(customer.forgotten_at),
        "gone at the provider since": _at(customer.gone_at),
        "record": _record(customer),
        "requests": [_change(each) for each in _changes(customer)],
        "history": [_event(customer, each) for each in _of(Event, customer).select_related("actor").order_by("number")],
        "looked at by": [
            {"who": _name(each.user), "first": _at(each.first_at), "last": _at(each.last_at)}
            for each in _of(Visit, customer).select_related("user").order_by("pk")
        ],
        "shown or compared": [
            _reveal(customer, each) for each in _of(Reveal, customer).select_related("user").order_by("pk")
        ],
        "typed and not saved": [_draft(customer, each) for each in _of(Draft, customer).select_related("user")],
        "erasures asked for": [
            _erasure(each) for each in _of(Erasure, customer).select_related("asked_by", "decided_by")
        ],
        "told to people here": [
            _notice(each) for each in Notice.objects.filter(change__customer=customer).select_related("user")
        ],
        "said in reviews": [_note(customer, each) for each in _notes(customer)],
        "found by these words": sorted(_of(SearchTerm, customer).values_list("term", flat=True)),
        "found by the whole of": sorted(
            _label(customer, name) for name in set(_of(BlindTerm, customer).values_list("field", flat=True))
        ),
    }


def _record(customer: Customer) -> list[Told]:
    record = _opened(lambda: customer.record)
    if not isinstance(record, dict):
        return [{"field": "everything", "value": GONE}]
    in_order = [field.name for field in customer.provider.fields if field.name in record]
    return [
        {"field": _label(customer, name), "value": _said(customer, name, record[name]), **_known(customer, name)}
        for name in [*in_order, *(record.keys() - set(in_order))]
    ]


def _known(customer: Customer, name: str) -> Told:
    entry = customer.known.get(name)
    return {"how": str(Known(entry["how"]).label), "as of": _at(datetime.fromisoformat(entry["at"]))} if entry else {}


def _changes(customer: Customer) -> Iterable[Change]:
    found = Change.objects.filter(customer=customer).select_related("requester").order_by("pk")
    for change in found.prefetch_related("lines", "attempts", "decisions__by", "decisions__line"):
        change.customer, change.connection = customer, customer.connection
        yield change


def _change(change: Change) -> Told:
    customer = change.customer
    emergency = Emergency.objects.filter(change=change).select_related("by", "closed_by").first()
    for line in change.lines.all():
        line.change = change
    return {
        "number": change.pk,
        "asked by": _name(change.requester),
        "asked at": _at(change.created_at),
        "why": _opened(lambda: change.why),
        "ticket": change.reference,
        "state": str(change.state.label),
        "note": change.note,
        "ended at": _at(change.ended_at),
        "asked for": [
            {
                "field": _label(customer, line.field),
                "before": _opened(lambda line=line: _said(customer, line.field, line.before)),  # type: ignore[misc]
                "after": _opened(lambda line=line: _said(customer, line.field, line.after)),  # type: ignore[misc]
            }
            for line in change.lines.all()
        ],
        "decisions": [_decision(change, each) for each in change.decisions.all()],
        "sent without its approvals": _emergency(change, emergency) if emergency else None,
        "exchanges": [_attempt(customer, each) for each in change.attempts.all()],
    }


def _decision(change: Change, decision: Any) -> Told:
    decision.change = change
    told = {"who": _name(decision.by), "what": decision.act, "at": _at(decision.at)}
    return {**told, "field": _label(change.customer, decision.line.field), "reason": _opened(lambda: decision.reason)}


def _emergency(change: Change, emergency: Emergency) -> Told:
    emergency.change = change
    told = {"who": _name(emergency.by), "at": _at(emergency.at), "reason": _opened(lambda: emergency.reason)}
    return {**told, "looked into by": _name(emergency.closed_by), "finding": _opened(lambda: emergency.finding)}


def _attempt(customer: Customer, attempt: Attempt) -> Told:
    bodies = {
        name: _opened(lambda name=name, sealed=sealed: _text(customer.key.open_bytes(name, str(attempt.pk), sealed)))  # type: ignore[misc]
        for name, sealed in (("request", attempt.sealed_request), ("response", attempt.sealed_response))
        if sealed
    }
    return {
        "at": _at(attempt.started_at),
        "method": attempt.method,
        "address": attempt.url,
        "status": attempt.status_code,
        "came to": attempt.get_outcome_display(),
        "note": attempt.note,
        "bodies went at": _at(attempt.bodies_removed_at),
        **bodies,
    }


def _event(customer: Customer, event: Event) -> Told:
    event.customer = customer
    return {
        "number": event.number,
        "at": _at(event.at),
        "who": _name(event.actor),
        "what": event.verb,
        "about": event.details,
        "values": _opened(lambda: event.values),
    }


def _reveal(customer: Customer, reveal: Reveal) -> Told:
    what = "shown" if reveal.matched is None else f"compared: {'it matched' if reveal.matched else 'it did not match'}"
    told = {"who": _name(reveal.user), "at": _at(reveal.at), "field": _label(customer, reveal.field), "what": what}
    sealed = reveal.sealed_reason
    return {**told, "reason": _opened(lambda: customer.key.open("reveal", reveal.field, sealed)) if sealed else ""}


def _draft(customer: Customer, draft: Draft) -> Told:
    typed = _opened(lambda: customer.key.open("draft", str(draft.user_id), draft.sealed))
    return {"who": _name(draft.user), "at": _at(draft.saved_at), "typed": typed}


def _erasure(erasure: Erasure) -> Told:
    asked = {"asked by": _name(erasure.asked_by), "at": _at(erasure.asked_at), "ticket": erasure.reference}
    return {**asked, "state": erasure.get_status_display(), "decided by": _name(erasure.decided_by)}


def _notice(notice: Notice) -> Told:
    return {"who": _name(notice.user), "at": _at(notice.at), "request": notice.change_id, "about": notice.about}


def _notes(customer: Customer) -> Iterable[ReviewNote]:
    return ReviewNote.objects.filter(item__change__customer=customer).select_related("by", "item").order_by("pk")


def _note(customer: Customer, note: ReviewNote) -> Told:
    place = f"{note.item_id}/{note.by_id}"
    words = _opened(lambda: customer.key.open("review note", place, note.sealed_text))
    return {"who": _name(note.by), "at": _at(note.at), "request": note.item.change_id, "words": words}


def _of(model: Any, customer: Customer) -> Any:
    return model.objects.filter(customer=customer)


def _opened(value: Callable[[], Any]) -> Any:
    try:
        return value()
    except KeyMissing:
        return GONE


def _said(customer: Customer, name: str, value: Value) -> str:
    """A value in words; of a field that the connection declares no more, as it is kept."""
    try:
        return customer.provider.field(name).display(value)
    except KeyError:
        return "" if value is None else str(value)


def _label(customer: Customer, name: str) -> str:
    try:
        return customer.provider.field(name).label
    except KeyError:
        return name


def _name(user: User | None) -> str:
    return user.name if user else ""


def _at(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")
