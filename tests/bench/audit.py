"""Reading history with little of it and with very much: the audit's search, a timeline, a field, a record as it was."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

import httpx

from tests.bench import events
from tests.bench.figures import Figure, Spread, per_second, timed
from tests.bench.sizes import processes
from tests.bench.stack import PASSWORD, Stack, must
from tests.bench.used import processor_milliseconds
from tests.demos import signed_in

FEW, MANY = 10_000, 1_000_000
SERVER, PAGE = 50, 100  # milliseconds that 95 of 100 don't exceed

type Taken = dict[str, Spread]


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to ask for: what is frequent, and what is rare."""

    person: int
    customer: int
    change: int
    request: str
    event: int
    places: list[int]
    moment: datetime


def measure(stack: Stack, count: int, *, many: int = MANY) -> Iterator[Figure]:
    """Each with few events and with many; sealed in between by nobody, since reading asks for no seal."""
    must(stack.folder, "person", "rae", "--role", "reviewer", STEWARD_PASSWORD=PASSWORD)
    events.fill(FEW)
    few = measured(stack, count)
    began = time.perf_counter()
    events.fill(many - FEW)
    seconds = time.perf_counter() - began
    yield Figure("events made", f"{per_second(many - FEW, seconds):,.0f} / s", f"{many:,} with all that is about them")
    yield from compared(few, measured(stack, count), many, count)


def compared(few: Taken, much: Taken, many: int, count: int) -> Iterator[Figure]:
    """A line for each; one that misses its target is marked."""
    yield Figure(f"events: {FEW:,} → {many:,}", "p50 / p95", f"of {count} each, one client")
    for what, first in few.items():
        second, most = much[what], PAGE if what.startswith("page") else SERVER
        how = f"{second.p50 / first.p50:.2f} times; {first.processor:.1f} → {second.processor:.1f} ms on processors"
        yield Figure(what, f"{first} → {second}", how, second.p95 <= most)


def measured(stack: Stack, count: int) -> Taken:
    """What is asked of the server's code alone, and pages as a browser gets them."""
    about = known()
    spent = partial(processor_milliseconds, *processes(stack))
    taken = {what: timed(call, count, own_milliseconds) for what, call in {**searches(about), **records(about)}.items()}
    with signed_in(stack.url, "rae", PASSWORD) as browser:
        for what, path in pages(about).items():
            taken[what] = timed(partial(see, browser, path), count, spent)
    return taken


def see(browser: httpx.Client, path: str, _: int) -> None:
    """Opens a page, which has to be there."""
    browser.get(path).raise_for_status()


def own_milliseconds() -> float:
    """What this process used of the processors; the database's part is in the time alone."""
    return time.process_time() * 1000


def known() -> Known:
    """The busiest person and customer, and others as they come."""
    from django.db.models import Count

    from console.models import Connection, Event

    def busiest(name: str) -> int:
        counted = Event.objects.exclude(**{name: None}).values(name).annotate(count=Count("pk")).order_by("-count")
        return int(counted[0][name])

    customer = busiest("customer")
    one = Event.objects.filter(customer=customer).exclude(change=None).order_by("pk")[10]
    asked = Event.objects.filter(customer=customer).exclude(request_id="").order_by("pk")[10]
    places = list(Connection.objects.order_by("pk").values_list("pk", flat=True))
    return Known(busiest("actor"), customer, one.change_id or 0, asked.request_id, one.pk, places, one.at)


def searches(about: Known) -> Mapping[str, Callable[[int], object]]:
    """Each filter alone, usual combinations, and the worst: frequent filters that hardly ever meet."""
    from console.auditing import CONSOLE, EVERYTHING, Query, find, listed
    from console.permissions import Places

    long_ago = date.today() - timedelta(days=400)  # noqa: DTZ011 - to the day is enough
    one_place = Places(everywhere=False, ids=about.places[1:])
    queries = {
        "search, everything": Query(),
        "search, person": Query(person=about.person),
        "search, verb": Query(kind="change.applied"),
        "search, kind of 25 verbs": Query(kind="change"),
        "search, rare verb": Query(kind="customer.gone"),
        "search, connection": Query(connection=about.places[0]),
        "search, busiest customer": Query(customer=about.customer),
        "search, change": Query(change=about.change),
        "search, field": Query(field="phone"),
        "search, rare field": Query(field="gender"),
        "search, request": Query(request=about.request),
        "search, period long ago": Query(since=long_ago, until=long_ago + timedelta(days=30)),
        "search, outcome": Query(outcome="refused"),
        "person, kind, connection": Query(person=about.person, kind="change", connection=about.places[0]),
        "customer, field": Query(customer=about.customer, field="email"),
        "field, kind, period": Query(field="phone", kind="customer", until=long_ago),
        "worst: never together": Query(person=CONSOLE, kind="person.signed_in"),
        "worst: four at once": Query(
            person=about.person, kind="audit", connection=about.places[0], field="phone", since=long_ago
        ),
    }
    found = {what: lambda _, query=query: listed(find(query, EVERYTHING).ids) for what, query in queries.items()}
    return found | {"search at one connection": lambda _: listed(find(Query(), one_place).ids)}


def records(about: Known) -> Mapping[str, Callable[[int], object]]:
    """The busiest customer's record as it was."""
    from console.models import Customer
    from console.recalling import record_at

    customer = Customer.objects.select_related("connection").get(pk=about.customer)
    return {"as of a moment": lambda _: record_at(customer, about.moment).record}


def pages(about: Known) -> Mapping[str, str]:
    """As a reviewer opens them."""
    there = f"/customers/{about.customer}"
    return {
        "page: audit": "/audit/",
        "page: audit, kind": "/audit/?kind=change",
        "page: audit, combined": f"/audit/?kind=change&person={about.person}&field=phone",
        "page: event": f"/audit/events/{about.event}/",
        "page: timeline": f"{there}/timeline/",
        "page: field history": f"{there}/history/phone/",
        "page: as of": f"{there}/as-of/",
    }
