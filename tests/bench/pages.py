"""How long one person waits for each page, for what a page asks while one types, and for a save."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import httpx

from tests.bench.figures import Spread, timed
from tests.bench.forms import Form
from tests.bench.records import email_of, name_of, phone_of

SWAP = {"HX-Request": "true"}
SAVE = "save"


@dataclass(frozen=True, slots=True)
class Known:
    """The keys of some customers to look at, of the last change, and of a connection."""

    customers: list[int]
    change: int
    connection: int


def known(count: int) -> Known:
    """The first ones that nobody has changed yet."""
    from console.models import Change, Connection, Customer
    from tests.bench.stack import CONNECTION

    plain = Customer.objects.filter(connection__name=CONNECTION, changes=None)
    found = list(plain.order_by("pk").values_list("pk", flat=True)[:count])
    latest = Change.objects.order_by("-pk").values_list("pk", flat=True)[0]
    return Known(found, latest, Connection.objects.order_by("pk")[0].pk)


def measure(browser: httpx.Client, count: int, spent: Callable[[], float]) -> Iterator[tuple[str, Spread]]:
    """One after the other, each over HTTP with its session. `spent` reads what the processes used of the processors.

    Saving comes first: what was saved waits on the page of work and in its counts, with few customers as with many.
    """
    about, changed = known(count + 10), known(2 * count + 13).customers[count + 10 :]
    forms = [Form(see(browser, edit(pk)), "edit").values for pk in changed]
    yield SAVE, timed(lambda number: save(browser, changed[number], forms[number]), count, spent)
    for what, call in calls(browser, about).items():
        yield what, timed(call, count, spent)


def calls(browser: httpx.Client, about: Known) -> Mapping[str, Callable[[int], object]]:
    """Every page that only shows, by name."""
    sees = {
        "work": lambda _: "/",
        "customers": lambda _: "/customers/",
        "customers, further on": lambda number: f"/customers/?after={about.customers[number]}&from=51",
        "customer": lambda number: f"/customers/{about.customers[number]}/",
        "field history": lambda number: f"/customers/{about.customers[number]}/history/phone/",
        "edit form": lambda number: edit(about.customers[number]),
        "change": lambda _: f"/changes/{about.change}/",
        "changes": lambda _: "/changes/",
        "connections": lambda _: "/connections/",
        "connection": lambda _: f"/connections/{about.connection}/",
        "you": lambda _: "/you/",
    }
    shown = {what: partial(see_each, browser, path) for what, path in sees.items()}
    news = {"news": lambda _: browser.get("/news/?of=1&every=2", headers=SWAP).raise_for_status()}
    return {**shown, **news, **searches(browser), **typing(browser, about)}


def searches(browser: httpx.Client) -> Mapping[str, Callable[[int], object]]:
    """What is typed into the search: each kind of it finds in another way."""
    texts: Mapping[str, Callable[[int], str]] = {
        "search, one e-mail": lambda number: email_of(number * 7),
        "search, a beginning": lambda number: f"pri{'' if number % 2 else 'y'}",
        "search, a common name": lambda _: "priya",
        "search, two words": lambda number: " ".join(name_of(number * 7)),
        "search, last digits": lambda number: phone_of(number * 7)[-4:],
        "search, nobody": lambda number: f"nobody{number}",
    }
    return {what: partial(search, browser, text) for what, text in texts.items()}


def typing(browser: httpx.Client, about: Known) -> Mapping[str, Callable[[int], object]]:
    """What is asked while somebody types: what the palette finds, the request that a form would make, its checks."""
    form = Form(see(browser, edit(about.customers[0])), "edit").values
    changed = {**form, "v-phone": "+919700000000"}
    there = f"/customers/{about.customers[0]}"
    return {
        "palette": lambda number: swap(browser, "/palette/", {"q": name_of(number * 7)[0].lower()}),
        "live preview": lambda _: swap(browser, f"{there}/preview/", changed),
        "field check": lambda _: swap(browser, f"{there}/check/", changed),
    }


def edit(pk: int) -> str:
    """Where a customer is edited."""
    return f"/customers/{pk}/edit/"


def see_each(browser: httpx.Client, path: Callable[[int], str], number: int) -> str:
    """The page that is meant by a number."""
    return see(browser, path(number))


def see(browser: httpx.Client, path: str) -> str:
    """The page, which has to be there."""
    answer = browser.get(path)
    if answer.status_code != httpx.codes.OK:
        raise SystemExit(f"{path} answered {answer.status_code}")
    return answer.text


def search(browser: httpx.Client, text: Callable[[int], str], number: int) -> str:
    """What the list swaps in while somebody types."""
    return swap(browser, "/customers/", {"q": text(number)})


def swap(browser: httpx.Client, path: str, form: Mapping[str, str]) -> str:
    """Posts as htmx does; a part of a page comes back."""
    answer = post(browser, path, form)
    if answer.status_code != httpx.codes.OK:
        raise SystemExit(f"{path} answered {answer.status_code}")
    return answer.text


def save(browser: httpx.Client, pk: int, form: Mapping[str, str]) -> None:
    """Posts the form with another phone number."""
    answer = post(browser, edit(pk), {**form, "v-phone": f"+9197{pk:08}", "why": "Called in."})
    if "HX-Redirect" not in answer.headers and "HX-Location" not in answer.headers:
        raise SystemExit(f"the save of {edit(pk)} answered {answer.status_code}")


def post(browser: httpx.Client, path: str, form: Mapping[str, str]) -> httpx.Response:
    """With the token of the session, as every page of ours sends it."""
    token = browser.cookies.get("steward-csrf") or ""
    headers = {**SWAP, "Referer": f"{browser.base_url}", "X-CSRFToken": token}
    return browser.post(path, data=dict(form), headers=headers)
