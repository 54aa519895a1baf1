"""A form of a page, as a browser without scripts would post it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import override


class Form(HTMLParser):
    """The fields of one form, untouched."""

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
        elif not self._inside:
            return
        elif tag == "input" and "name" in given:
            self._input(given)
        elif tag in {"textarea", "select"} and "name" in given:
            self._open = given["name"]
            self.values[self._open] = ""
        elif tag == "option" and "selected" in given and self._open:
            self.values[self._open] = given["value"]

    def _input(self, given: dict[str, str]) -> None:
        if given.get("type") not in {"checkbox", "radio"} or "checked" in given:
            self.values[given["name"]] = given.get("value", "on" if given.get("type") == "checkbox" else "")

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag in {"textarea", "select"} and self._open:
            self.values[self._open] = self.values[self._open].removeprefix("\n")
            self._open = ""

    @override
    def handle_data(self, data: str) -> None:
        if self._open and self.get_starttag_text() and not (self.get_starttag_text() or "").startswith("<option"):
            self.values[self._open] += data
