"""Made-up things to show each component with: short and very long, plain and hostile, right to left. Nobody is real."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from types import SimpleNamespace

from django.utils import timezone

from console.forms.entry import Entry
from providers import registry
from providers.body import Span
from providers.fields import Field, Kind, Locked, Meaning, Value
from providers.shapes import Preview

LONG = "Wolfeschlegelsteinhausenbergerdorff " * 4 + "Pneumonoultramicroscopicsilicovolcanoconiosis" * 3
ARABIC = "عبد الرحمن بن خالد الفهد‎ (ID 4711)"
HOSTILE = "<script>alert(1)</script> {{ name }} \u202eoof\u202c 👩🏽‍⚕️ <img src=x onerror=y>"

# What is shown in the input of each kind; kinds that no provider lets anyone change stand locked.
TEXTS = {
    Kind.TEXT: "Priya",
    Kind.EMAIL: "priya.sharma@example.com",
    Kind.PHONE: "+919876543210",
    Kind.DATE: "2026-12-05",
    Kind.MONEY: "125000.50",
    Kind.WHOLE_NUMBER: "24",
    Kind.CHOICE: "",
    Kind.YES_NO: "yes",
    Kind.US_STATE: "CA",
    Kind.ZIP: "94105",
    Kind.TIME_ZONE: "America/Los_Angeles",
    Kind.JSON: '{"tier": "gold", "since": "2019"}',
}


@dataclass(frozen=True, slots=True)
class Person:
    """A row of a list."""

    name: str
    external_id: str
    provider: str
    tone: str
    icon: str
    word: str


PEOPLE = (
    Person("Adi Wijaya", "cus_8f31c2", "SQRIL", "waiting", "clock", "1 waiting for approval"),
    Person("Lena Okafor", "FN-20418", "Finosu", "neutral", "check", "In step"),
    Person("Marcus Bell", "FN-20977", "Finosu", "refused", "cross", "Refused by the provider"),
    Person("Asha Rao", "camp_abc123 / LOAN-2025-00123", "TimePay", "unknown", "question", "Outcome unknown"),
    Person(ARABIC, "16772748432912191", "Caibo", "applied", "check", "Applied"),
    Person(LONG, "x" * 120, "Flowwise", "waiting", "warning", "Moved at the provider"),
    Person(HOSTILE, "<b>&amp;</b>", "Caibo", "neutral", "check", "In step"),
)


def previews() -> dict[str, Preview]:
    """A request as it would be sent, and one with everything too long."""
    headers = (("Authorization", "Basic ••••••"), ("Content-Type", "application/json"))
    url = "https://api.sqril.example/updateCustomer?customer_id=cus_8f31c2"
    short = (
        Span('{\n  "email": "', False),
        Span("adi@example.com", True),
        Span('",\n  "occupation": "OCC4"\n}', False),
    )
    long = (Span(f'{{\n  "name": "{LONG}",\n  "address": "', False), Span(ARABIC + HOSTILE, True), Span('"\n}', False))
    return {
        "request_shown": Preview("PUT", url, headers, short, ("email",), ("occupation",)),
        "long_request": Preview("PUT", url + "&x=" + "y" * 200, headers, long, ("address",), ("name",)),
    }


def moments() -> dict[str, object]:
    """Times near and far."""
    now = timezone.now()
    return {"just_now": now, "earlier": now - timedelta(hours=3), "long_ago": now - timedelta(days=700)}


def entries() -> list[Entry]:
    """A row of a form for each kind of field there is: open, and in each state that an open one can be in."""
    kinds = list(_one_of_each_kind())
    text = next(field for field in kinds if field.kind is Kind.TEXT)
    address = next(field for field in _fields() if field.meaning is Meaning.ADDRESS)
    secret = next(field for field in _fields() if field.sensitive and field.locked is Locked.NO)
    return [
        *(_entry(field) for field in kinds),
        _entry(address, text="Jl. Kebon Sirih 12, Jakarta 10340", named="address"),
        _entry(secret, held="1234", text="", named="hidden"),
        _entry(text, held="Adi", text="Adi Putra", is_wished=True, named="changed"),
        _entry(text, held="Adi", text="", errors=("Enter a first name.",), is_wished=True, named="wrong"),
        _entry(text, held=ARABIC, text=ARABIC, named="right-to-left"),
        _entry(text, held=LONG, text=LONG, is_wished=True, errors=(f"{LONG} is too long.",), named="long"),
    ]


def locked() -> list[Entry]:
    """Rows of a form that nobody can type into, each with its reason."""
    closed = next(field for field in _fields() if field.locked is Locked.FORBIDDEN)
    careful = next(field for field in _fields() if field.locked is Locked.CAUTION)
    return [
        _entry(closed, held="cus_8f31c2", reason="SQRIL knows this customer by this ID.", named="forbidden"),
        _entry(careful, held=None, text="", reason="An administrator can open it here.", named="caution"),
        _entry(closed, held=LONG, reason=LONG, named="locked-long"),
    ]


def form() -> dict[str, object]:
    """What a row of a form asks of what stands around it."""
    return {
        "form": SimpleNamespace(first_wrong=""),
        "customer": SimpleNamespace(provider=SimpleNamespace(title="SQRIL")),
        "entries": entries(),
        "locked": locked(),
    }


def _fields() -> Iterator[Field]:
    for provider in registry.all():
        yield from provider.fields


def _one_of_each_kind() -> Iterator[Field]:
    seen: set[Kind] = set()
    for field in _fields():
        if field.locked is Locked.NO and not field.sensitive and field.kind not in seen:
            seen.add(field.kind)
            yield field


def _entry(field: Field, *, named: str = "", text: str | None = None, held: Value = None, **state: object) -> Entry:
    """An entry under a name of its own, since a page has each id once."""
    shown = TEXTS.get(field.kind, "") if text is None else text
    known = field.store(shown) if held is None and shown else held
    given = {"is_known": known is not None, "digest": "", "wish": field.parse(shown), "is_wished": False, **state}
    return Entry(_renamed(field, f"look-{named or field.name}"), known, text=shown, **given)  # type: ignore[arg-type]


def _renamed(field: Field, name: str) -> Field:
    return replace(field, name=name)
