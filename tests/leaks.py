"""Where words would be found that slipped out: log lines, rows of tables, addresses and cookies of answers."""

from __future__ import annotations

import contextlib
import io
import logging
import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection as database

from console import logs

LEADS = ("Location", "HX-Redirect", "HX-Location", "HX-Push-Url", "HX-Replace-Url", "Refresh", "Link")


def found_in(texts: Iterable[str], words: Iterable[str]) -> list[tuple[str, str]]:
    """Each word that stands by itself in a text, with what is round it."""
    patterns = [re.compile(rf"(?<![0-9A-Za-z]){re.escape(word)}(?![0-9A-Za-z])") for word in words]
    hits = ((pattern.pattern, text, pattern.search(text)) for text in texts for pattern in patterns)
    return [(pattern, text[max(0, hit.start() - 60) : hit.end() + 60]) for pattern, text, hit in hits if hit]


def rows() -> Iterator[str]:
    """Every row of every table, as text, as a dump would hold it."""
    with database.cursor() as cursor:
        for table in database.introspection.table_names(cursor):
            cursor.execute(f"SELECT t::text FROM {database.ops.quote_name(table)} t")  # noqa: S608 - our own tables
            yield from (f"{table}: {row}" for (row,) in cursor.fetchall())


def addresses(response: Any) -> list[str]:
    """Every address in a page and in the headers of its answer."""
    page = response.content.decode(errors="replace")
    named = re.findall(r'(?:href|action|formaction|hx-(?:get|post|push-url)|data-url|src)="([^"]*)"', page)
    return [*named, *(response.headers.get(name, "") for name in LEADS)]


def cookies(response: Any) -> list[str]:
    """What an answer lets a browser keep."""
    return [cookie.OutputString() for cookie in response.cookies.values()]


@contextlib.contextmanager
def listening(level: int = logging.INFO) -> Iterator[io.StringIO]:
    """Everything that is logged meanwhile, as production writes it."""
    heard, root = io.StringIO(), logging.getLogger()
    configuration = logs.configuration(readable=False, messages_of_errors=False, level="INFO")
    formatter = dict(configuration["formatters"]["lines"])
    handler = logging.StreamHandler(heard)
    handler.setFormatter(formatter.pop("()")(**formatter))
    before = root.level
    root.addHandler(handler)
    root.setLevel(level)
    try:
        yield heard
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
