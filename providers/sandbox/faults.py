"""The ways in which a provider can misbehave: what each does to the answer, and whether the change is applied."""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from providers.sandbox import documents
from providers.sandbox.api import Api, Values
from providers.sandbox.messages import JSON, Answer, Outcome, page
from providers.sandbox.misuse import Misuse

FOREVER = None
_MEBIBYTE = 1 << 20
_NUMBERS = frozenset({"seconds", "interval", "size", "sent", "status", "depth", "padding"})


@dataclass(frozen=True, slots=True)
class Kind:
    """A fault's parameters with their defaults (`applied`: whether the change is applied), and what it answers."""

    parameters: Mapping[str, Any]
    spoil: "Callable[[Case], Answer | None]"


@dataclass(frozen=True, slots=True)
class Fault:
    kind: str
    parameters: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        """The value of a parameter, or its default."""
        return self.parameters.get(name, KINDS[self.kind].parameters[name])

    @property
    def applied(self) -> bool:
        return bool(self["applied"])

    def answer(self, api: Api, outcome: Outcome, before: Values) -> Answer | None:
        """What leaves in place of the provider's answer; None when nothing does."""
        return KINDS[self.kind].spoil(Case(self, api, outcome, before))


@dataclass(frozen=True, slots=True)
class Case:
    """What a fault has to go by: itself, the provider, its true outcome, and the record as it was."""

    fault: Fault
    api: Api
    outcome: Outcome
    before: Values


def check(kind: str, parameters: Mapping[str, Any]) -> None:
    """Raise Misuse for a fault that does not exist or does not take these parameters."""
    if kind not in KINDS:
        raise Misuse(f"There is no fault {kind!r}, only {', '.join(KINDS)}.")
    known = KINDS[kind].parameters
    strange = sorted(set(parameters) - set(known))
    if strange:
        raise Misuse(f"The fault {kind} has no parameter {', '.join(strange)}, only {', '.join(sorted(known))}.")
    missing = [name for name, default in known.items() if default is ... and name not in parameters]
    if missing:
        raise Misuse(f"The fault {kind} needs {', '.join(missing)}.")
    if not all(
        value is None or isinstance(value, int | float) for name, value in parameters.items() if name in _NUMBERS
    ):
        raise Misuse(f"{', '.join(sorted(_NUMBERS))} are numbers.")


def _as_it_is(case: Case) -> Answer:
    return case.outcome.answer()


def _nothing(_: Case) -> None:
    return None


def _error(case: Case) -> Answer:
    headers = {} if case.fault["retry_after"] is None else {"Retry-After": str(case.fault["retry_after"])}
    return Answer.json(case.fault["status"], case.api.error(case.fault["status"], case.fault["message"]), headers)


def _refused(case: Case) -> Answer:
    return case.api.refusal({case.fault["field"]: case.fault["message"]}).answer()


def _html(case: Case) -> Answer:
    return page(case.fault["status"])


def _redirect(case: Case) -> Answer:
    return page(case.fault["status"], {"Location": case.fault["location"]})


def _malformed(case: Case) -> Answer:
    body = case.outcome.answer().body or b'{"message": "cut'
    return Answer(case.fault["status"], {"Content-Type": JSON}, body[:-1])


def _empty(case: Case) -> Answer:
    return Answer(case.fault["status"], {}, b"")


def _not_object(case: Case) -> Answer:
    return Answer(200, {"Content-Type": JSON}, documents.write(case.fault["document"]).encode())


def _gzip(case: Case) -> Answer:
    plain = case.outcome.answer()
    # Members may follow each other: a body of so many spaces, in a thousandth of their length.
    bomb = gzip.compress(b" " * (16 * _MEBIBYTE)) * (int(case.fault["padding"]) // (16 * _MEBIBYTE))
    body = gzip.compress(plain.body) + bomb
    return replace(plain, headers={**plain.headers, "Content-Encoding": "gzip"}, body=body)


def _deep(case: Case) -> Answer:
    depth = int(case.fault["depth"])
    return Answer(200, {"Content-Type": JSON}, b'{"a":' * depth + b"1" + b"}" * depth)


def _nul(case: Case) -> Answer:
    document = case.outcome.document if isinstance(case.outcome.document, dict) else {}
    text = f"{document.get(case.fault['field']) or ''}\0\ud800"
    return Answer.json(case.outcome.status, {**document, case.fault["field"]: text})


def _wrong_echo(case: Case) -> Answer:
    if case.outcome.change is None:
        return case.outcome.answer()
    told = {**case.outcome.change.values, **case.fault["values"]} if case.fault["values"] else case.before
    return Answer.json(case.outcome.status, case.api.echo(told, {"empty_answers": False}))


def _status(status: object) -> Kind:
    return Kind({"status": status, "applied": False, "retry_after": None, "message": None}, _error)


KINDS: dict[str, Kind] = {
    # The answer is right, its way is not.
    "slow": Kind({"seconds": 1.0, "applied": True}, _as_it_is),
    "drip": Kind({"interval": 0.1, "size": 1, "part": "all", "applied": True}, _as_it_is),
    "gzip": Kind({"padding": 0, "applied": True}, _gzip),
    # No answer at all.
    "hang-before": Kind({"seconds": FOREVER, "applied": False}, _nothing),
    "apply-hang": Kind({"seconds": FOREVER, "applied": True}, _nothing),
    "late-apply": Kind({"seconds": 1.0, "applied": False}, _nothing),
    "drop": Kind({"reset": False, "applied": False}, _nothing),
    "apply-drop": Kind({"reset": False, "sent": 0, "applied": True}, _as_it_is),
    # Another answer.
    "429": _status(429),
    "425": _status(425),
    "401": _status(401),
    "403": _status(403),
    "5xx": _status(500),
    "408": _status(408),
    "409": _status(409),
    "status": _status(...),
    "refuse": Kind({"field": ..., "message": ..., "applied": False}, _refused),
    "html": Kind({"status": 502, "applied": False}, _html),
    "redirect": Kind({"status": 302, "location": "/elsewhere", "applied": False}, _redirect),
    "malformed": Kind({"status": 200, "applied": True}, _malformed),
    "empty": Kind({"status": 200, "applied": True}, _empty),
    "huge": Kind({"status": 200, "size": 64 * _MEBIBYTE, "applied": True}, _empty),
    "not-object": Kind({"document": ["ok"], "applied": True}, _not_object),
    "deep": Kind({"depth": 100_000, "applied": True}, _deep),
    "nul": Kind({"field": "remark", "applied": True}, _nul),
    # The answer or the record says something else than what was asked.
    "wrong-echo": Kind({"values": {}, "kept": False, "applied": True}, _wrong_echo),
    "edit-between": Kind({"values": ..., "applied": True}, _as_it_is),
}
