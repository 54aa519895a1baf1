"""Reads pages as a browser would: what a form posts when nobody touches it, and the text that a person sees."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response


class _Form(HTMLParser):
    """The successful controls of one form."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id, self.inside = form_id, False
        self.data: dict[str, str] = {}
        self.select = self.textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = given.get("id") == self.form_id
        if not self.inside or ("name" not in given and tag != "option"):
            return
        if tag == "input" and (given.get("type") not in {"checkbox", "radio"} or "checked" in given):
            self.data[given["name"]] = given.get("value", "")
        elif tag == "select":
            self.select = given["name"]
        elif tag == "option" and self.select and ("selected" in given or self.select not in self.data):
            self.data[self.select] = given.get("value", "")
        elif tag == "textarea":
            self.textarea = given["name"]
            self.data[self.textarea] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "select":
            self.select = ""
        elif tag == "textarea":
            self.textarea = ""

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.data[self.textarea] += data.removeprefix("\n") if not self.data[self.textarea] else data


def form_of(response: Response, form_id: str) -> dict[str, str]:
    """What the browser would post, untouched."""
    form = _Form(form_id)
    form.feed(response.content.decode())
    return form.data


def text_of(response: Response) -> str:
    """The words of the page with single spaces between them."""
    return words(response.content.decode())


def words(page: str) -> str:
    """The words of what is a page, or a part of one, with single spaces between them."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", page)))


def section(page: str, heading: str) -> str:
    """The markup of one section of a page, from its heading's id on; empty where there is none."""
    return page.partition(f'id="{heading}"')[2].partition("</section>")[0]


def without_chance_digits(text: str) -> str:
    """A page without its digests, tokens, exact moments and numbers of rows, in which any four digits may stand."""
    return re.sub(r"[0-9A-Za-z]{32,}|\d{4}-\d\d-\d\dT[\w:.%+-]+|(?<=/)\d+(?=/)", "", text)
