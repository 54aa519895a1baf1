"""How long one person waits for a page, and for a save."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import override

import httpx

from tests.bench.figures import Figure, latency
from tests.bench.stack import PASSWORD, Stack
from tests.demos import signed_in


class Form(HTMLParser):
    """The fields of one form, as a browser would post them untouched."""

    def __init__(self, page: str, form: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._form, self._inside, self._open = form, False, ""
        self.feed(page)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = given.get("id") == self._form
        elif self._inside and tag == "input":
            self.values[given["name"]] = given.get("value", "")
        elif self._inside and tag in {"textarea", "select"}:
            self._open = given["name"]
            self.values[self._open] = ""
        elif tag == "option" and "selected" in given:
            self.values[self._open] = given["value"]

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea":
            self.values[self._open] = self.values[self._open].removeprefix("\n")
            self._open = ""

    @override
    def handle_data(self, data: str) -> None:
        if self._open and self.get_starttag_text() and data.strip():
            self.values[self._open] += data


def measure(stack: Stack, count: int) -> Iterator[Figure]:
    """The list, a search, a customer, the form, and the save itself, each over HTTP with its session."""
    with signed_in(stack.url, "ed", PASSWORD) as browser:
        yield latency("customer list", lambda _: see(browser, "/customers/"), count)
        yield latency("customer page", lambda number: see(browser, f"/customers/{number + 1}/"), count)
        yield latency("edit form", lambda number: see(browser, f"/customers/{number + 1}/edit/"), count)
        forms = {number: Form(see(browser, edit(number)), "edit").values for number in range(count + 3)}
        yield latency("save", lambda number: save(browser, number, forms[number]), count)


def edit(number: int) -> str:
    """Where a customer is edited."""
    return f"/customers/{number + 1}/edit/"


def see(browser: httpx.Client, path: str) -> str:
    """The page, which has to be there."""
    answer = browser.get(path)
    if answer.status_code != httpx.codes.OK:
        raise SystemExit(f"{path} answered {answer.status_code}")
    return answer.text


def save(browser: httpx.Client, number: int, form: dict[str, str]) -> None:
    """Posts the form with another phone number."""
    changed = {**form, "v-phone": f"+9197{number:08}", "why": "Called in."}
    answer = browser.post(edit(number), data=changed, headers={"Referer": str(browser.base_url)})
    if answer.status_code != httpx.codes.SEE_OTHER:
        raise SystemExit(f"the save of {edit(number)} answered {answer.status_code}")
