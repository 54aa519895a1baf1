"""What happened to our copy of a record: read, imported, found moved, said by a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from console.models import Known
from console.sentences.happening import Happening
from console.sentences.words import days, named


def _baseline(about: Happening) -> str:
    count = len([name for name in about.said("fields") or () if name in about.fields])
    values = f"{count} value{'' if count == 1 else 's'}"
    match about.said("how"):
        case Known.READ:
            return f"First read from {about.there}: {values}"
        case Known.IMPORTED:
            return f"Imported: {values}{about.as_of}"
        case _:
            return f"{about.who} added this customer by id, without having read anything from {about.there}"


def _refreshed(about: Happening) -> str:
    what = (
        f"{about.named('moved')} had changed{about.from_to('moved')}" if about.said("moved") else "nothing had changed"
    )
    return f"{about.who} read it from {about.there}: {what}"


def _moved(about: Happening) -> str:
    detail = "moved" if about.said("moved") else "fields"
    return f"{about.there} showed another value for {about.named(detail)} than we knew{about.instead(detail)}"


def _accepted(about: Happening) -> str:
    return f"{about.who} accepted what {about.there} holds for {about.named('fields')}{about.instead('fields')}"


def _imported(about: Happening) -> str:
    return f"An import brought a change: {about.named('moved')}{about.from_to('moved')}{about.as_of}"


def _declared(about: Happening) -> str:
    return f"{about.who} said what {about.there} holds for {about.named('fields')}"


def _gone(about: Happening) -> str:
    return f"{about.there} said that it has no such customer any more"


def _revealed(about: Happening) -> str:
    return f"{about.who} was shown {_hidden(about)}{about.reason}"


def _compared(about: Happening) -> str:
    found = "it matches" if about.said("matched") else "it does not match"
    return f"{about.who} compared {_hidden(about)} with what was said to them: {found}"


def _hidden(about: Happening) -> str:
    what = named([str(about.said("field"))], about.fields)
    if about.said("file"):
        return f"{what} in a file"
    return f"{what} as asked for" if about.said("asked") else what


def _forgotten(about: Happening) -> str:
    return f"Our copy of the record went: nobody had needed it for {days(about.said('days'))}"


def _disclosed(about: Happening) -> str:
    reference = about.values.get("reference")
    return f"{about.who} took out all that is held about this person{f' (“{reference}”)' if reference else ''}"


TELLING: Mapping[str, Callable[[Happening], str]] = {
    "customer.baseline": _baseline,
    "customer.refreshed": _refreshed,
    "customer.moved": _moved,
    "customer.imported": _imported,
    "customer.declared": _declared,
    "customer.gone": _gone,
    "customer.revealed": _revealed,
    "customer.compared": _compared,
    "customer.forgotten": _forgotten,
    "customer.disclosed": _disclosed,
    "drift.accepted": _accepted,
}
