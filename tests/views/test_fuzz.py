"""Whatever stands in a filter, an order, a form or a header of any address: it is answered, and nothing breaks.

The names of all parameters are read from the code and the templates, so that a new one is tried as soon as it is there.
STEWARD_FUZZ says how many requests are made of each address; by default a few, always the same.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.models import Grant, Role
from tests.views.answers_declared import ANSWERS
from tests.views.test_access import undone
from tests.views.worlds import World, world

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = int(os.environ.get("STEWARD_FUZZ", "0"))
TAKEN = re.compile(r"""(?:GET|POST|data|posted|given|query|parameters)(?:\.get(?:list)?\(|\[)"([\w-]+)\"""")
NAMED = re.compile(r'\bname="([a-z][\w-]*)"')
# How the names of a record's fields are made, and some fields.
OF_FIELDS = [
    f"{kind}{name}" for kind in ("v-", "d-", "clear-", "whose-", "seen-", "line-") for name in ("phone", "name", "no")
]
TIMES = ["2026-02-30", "0000-00-00", "9999-12-31", "-1", "2026-05-01T25:61", "23.07.1959", "Asia/Jakarta", "Moon/Base"]
NUMBERS = ["0", "1", "-1", "1.5", "1e999", "NaN", "²", "٣", str(2**31), str(2**63), str(10**30), "0x1F", "1_000"]
TEXTS = [
    "",
    "\0",
    "a\0b",
    "\u202e",
    "\ud7ff",
    "' or 1=1 --",
    '"><script>alert(1)</script>',
    "{{7*7}}",
    "%s%n",
    "../..",
    "//x",
]
WORDS = ["on", "true", "csv", "pack", "change", "applied", "person", "all", "me", "edit", "work", "none", "null", "asc"]
JSON = ['{"a":', "[]", '{"kind": 1}', "[[[[", '"']
LONG = ["x" * 5000, "9" * 5000, "é" * 2000, "a " * 2000]

values = st.one_of(
    st.sampled_from(TIMES + NUMBERS + TEXTS + WORDS + JSON + LONG),
    st.text(max_size=30),
    st.integers().map(str),
)
headers = st.fixed_dictionaries(
    {},
    optional={
        "HX-Request": st.sampled_from(["true", "false", ""]),
        "HX-Target": st.sampled_from(["main", "results", "\\x", "é"]),
        "HX-Current-URL": st.sampled_from(["http://testserver/", "https://evil.example/", "x", "http://[", ""]),
        "HX-History-Restore-Request": st.just("true"),
        "Referer": st.sampled_from(["http://[::1", "https://evil.example/", ""]),
        "X-Forwarded-For": st.sampled_from(["1.2.3.4", "x, y", "::1", ""]),
        "Accept-Language": st.sampled_from(["de", "x" * 300, "*;q=0"]),
    },
)


def _names() -> list[str]:
    """Every name under which something is given, wherever it is taken."""
    code = [path.read_text(encoding="utf-8") for path in (ROOT / "console").rglob("*.py")]
    pages = [path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html")]
    found = {name for text in code for name in TAKEN.findall(text)} | {
        name for text in pages for name in NAMED.findall(text)
    }
    return sorted(found - {"csrfmiddlewaretoken", "viewport", "color-scheme", "htmx-config"}) + OF_FIELDS


NAMES = _names()
given_values = st.dictionaries(st.sampled_from(NAMES), values, max_size=8)


@pytest.fixture
def somebody(name: str) -> tuple[World, Client]:
    """The world of an address, and the browser of somebody who may do everything there."""
    here = world(name)
    who = here.people["reviewer"]  # whose exports and searches there are
    for role in Role:
        Grant.objects.get_or_create(user=who, role=role, connection=here.connection)
    return here, here.client("reviewer")


def test_the_names_of_what_is_given_are_found() -> None:
    assert {"q", "at", "after", "kind", "person", "since", "why", "key", "next", "format", "reason"} <= set(NAMES)


@pytest.mark.parametrize("name", ANSWERS)
@settings(
    max_examples=EXAMPLES or 8,
    derandomize=not EXAMPLES,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(query=given_values, body=given_values, sent=headers)
def test_whatever_is_asked_of_an_address_nothing_breaks(
    somebody: tuple[World, Client], name: str, query: dict[str, str], body: dict[str, str], sent: dict[str, str]
) -> None:
    here, client = somebody
    url = here.url(name)
    with undone():
        assert _answered(client.get(url, query, headers=sent))
    for posted in (body, {**here.body(name), **body}):
        with undone():
            assert _answered(client.post(url, posted, query_params=query, headers=sent))


@pytest.mark.parametrize("name", ANSWERS)
def test_the_same_in_every_parameter_at_once_breaks_nothing(somebody: tuple[World, Client], name: str) -> None:
    here, client = somebody
    url = here.url(name)
    for value in ("\0", "²", "9" * 30, "on"):
        everything = dict.fromkeys(NAMES, value)
        with undone():
            assert _answered(client.get(url, everything)), value
        with undone():
            assert _answered(client.post(url, everything)), value


def _answered(response: Any) -> bool:
    """It was answered, by us, and leads to nowhere else."""
    leads = response.headers.get("Location", response.headers.get("HX-Redirect", "/"))
    ours = leads.startswith(("/", "?", "http://testserver/")) and not leads.startswith("//")
    return ours and response.status_code < 500
