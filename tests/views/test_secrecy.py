"""Personal data stays where it belongs, told by one long story: a day's work of everybody with one customer.

Sensitive values stand on no page and in no column unsealed; nothing personal at all in logs, addresses, arguments of
jobs, cookies and sessions.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.urls import reverse

from console import logs
from console.backend import SessionStore
from console.models import Change, Customer, Session, Status
from console.models.sealing import key_ring
from providers.sandbox import Sandbox
from tests import cast
from tests.flows.helpers import make_due, push
from tests.views.pages import form_of

pytestmark = pytest.mark.django_db

HELD = {"ssnLastFour": "8642", "birthday": "1959-07-23", "externalMetadata": {"employer": "Quorvex Mills"}}
TYPED = {"ssnLastFour": "7391", "birthday": "1971-03-09", "externalMetadata": '{"employer": "Zorblatt Holdings"}'}
SENSITIVE = ["8642", "7391", "6420", "1959", "1971"]
SEALED = ["Caller Wimbish", "Checked by Drumlin", "Okafor Lena"]
PERSONAL = [
    "Lena",
    "Okafor",
    "Helena",
    "helena.new@example.com",
    "lena.okafor",
    "155550132",
    "Main St",
    "FN-20418",
    "Quorvex",
    "Zorblatt",
]
SEARCHES = ["8642", "7391", "1959-07-23", "1959", "23.07.1959", "Jul 1959", "1971-03-09"]


@dataclass(slots=True)
class Story:
    """Everything that the console let out while the story was told."""

    pages: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)
    unsaved: list[str] = field(default_factory=list)
    log: io.StringIO = field(default_factory=io.StringIO)

    def note(self, response: Any) -> Any:
        """Keeps what came, and every address in it."""
        self.pages.append(response.content.decode())
        self.note_addresses(response)
        return response

    def note_addresses(self, response: Any) -> None:
        page = response.content.decode()
        self.addresses += re.findall(r'(?:href|action|hx-\w+|src)="([^"]*)"', page)
        self.addresses += [response.headers.get(name, "") for name in ("Location", "HX-Redirect", "HX-Replace-Url")]
        self.cookies += [cookie.OutputString() for cookie in response.cookies.values()]


def found_in(texts: Any, words: list[str]) -> list[tuple[str, str]]:
    """Each word that stands by itself in a text, with what is round it."""
    patterns = [re.compile(rf"(?<![0-9A-Za-z]){re.escape(word)}(?![0-9A-Za-z])") for word in words]
    hits = ((pattern.pattern, text, pattern.search(text)) for text in texts for pattern in patterns)
    return [(pattern, text[max(0, hit.start() - 60) : hit.end() + 60]) for pattern, text, hit in hits if hit]


@pytest.fixture
def story(sandbox: Sandbox) -> Iterator[Story]:
    told = Story()
    configuration = logs.configuration(readable=False, messages_of_errors=False, level="INFO")
    formatter = dict(configuration["formatters"]["lines"])
    handler = logging.StreamHandler(told.log)
    handler.setFormatter(formatter.pop("()")(**formatter))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    _tell(told, sandbox)
    yield told
    root.removeHandler(handler)
    root.setLevel(level)


def _tell(story: Story, sandbox: Sandbox) -> None:
    finosu = cast.connect("finosu", sandbox)
    cast.person("ed", finosu), cast.person("ops", finosu), cast.person("rae", finosu), cast.person("max", finosu)
    customer = cast.sample(finosu, sandbox, **HELD)
    ed, ops = Client(), Client()
    for client, name in ((ed, "ed"), (ops, "ops")):
        story.note(client.post("/sign-in/", {"username": name, "password": cast.PASSWORD}))
    _search(story, ed)
    _refused(story, ed, customer, sandbox)
    _lost(story, ed, ops, customer, sandbox)
    _moved(story, ed, customer, sandbox)
    for who in ("ed", "ops", "rae", "max"):
        client = Client()
        client.force_login(cast.person(who))
        _look_round(story, client, customer)


def _search(story: Story, ed: Client) -> None:
    """Whoever searches sees the words again, on pages that are not noted; what is hidden finds nobody."""
    for text in ("Okafor Lena", *SEARCHES):
        found = ed.get(story.note(ed.post("/customers/", {"q": text})).headers["Location"])
        swapped = ed.post("/customers/", {"q": text}, headers={"HX-Request": "true"})
        story.note_addresses(found)
        story.note_addresses(swapped)
        assert all(("Nobody here matches" in page) == (text in SEARCHES) for page in (found.text, swapped.text))
    story.note(
        ed.post(
            "/customers/add/", {"connection": str(Customer.objects.get().connection_id), "external_id": "FN-20418-none"}
        )
    )


def _save(story: Story, ed: Client, customer: Customer, typed: Mapping[str, str], **more: str) -> Change:
    url = reverse("customer_edit", args=[customer.pk])
    form = {**form_of(story.note(ed.get(url)), "edit"), **{f"v-{name}": text for name, text in typed.items()}, **more}
    for headers in ({}, {"HX-Request": "true"}):
        shown = ed.post(reverse("customer_preview", args=[customer.pk]), form, headers=headers)
        assert shown.status_code == 200
        checked = story.note(ed.post(reverse("customer_check", args=[customer.pk]), form, headers=headers))
        assert checked.status_code == 200
    for page in (url, reverse("customer", args=[customer.pk])):
        assert "You began to change" in story.note(ed.get(page)).text
    story.note_addresses(ed.get(f"{url}?draft=1"))
    story.unsaved += list(rows())
    saved = story.note(ed.post(url, form))
    assert saved.status_code == 303, saved.content.decode()
    story.note(ed.get(saved.headers["Location"]))
    return Change.objects.order_by("-pk")[0]


def _refused(story: Story, ed: Client, customer: Customer, sandbox: Sandbox) -> None:
    """The provider repeats in its refusal what was sent and what it holds."""
    words = "ssn 7391 of Lena born 1971-03-09 does not fit 8642 of 1959-07-23"
    sandbox.fault("finosu", "refuse", field="ssnLastFour", message=words)
    more = {"why": "Caller Wimbish", "reference": "T-1"}
    change = _save(story, ed, customer, {**TYPED, "firstName": "Helena", "email": "helena.new@example.com"}, **more)
    push(customer)
    assert Change.objects.get(pk=change.pk).state is Status.REFUSED
    story.note(ed.get(reverse("change", args=[change.pk])))
    story.note(ed.post(reverse("change_again", args=[change.pk])))


def _lost(story: Story, ed: Client, ops: Client, customer: Customer, sandbox: Sandbox) -> None:
    """Nobody knows whether it was applied; an operator closes it."""
    sandbox.fault("finosu", "5xx", count=5, applied=True, message="while writing 7391 and 1971-03-09 for Lena")
    push(customer)
    change = Change.objects.get()
    make_due(change)
    push(customer)
    story.note(ops.get(reverse("change", args=[change.pk])))
    said = {"verdict": "applied", "reason": "Checked by Drumlin"}
    story.note(ops.post(reverse("change_close", args=[change.pk]), said))
    sandbox.clear_faults()


def _moved(story: Story, ed: Client, customer: Customer, sandbox: Sandbox) -> None:
    """Somebody else edits the record there; the console reads it, and a change meets it."""
    sandbox.edit("finosu", customer.external_id, HELD)
    change = _save(story, ed, customer, {"ssnLastFour": "7391"})
    push(customer)
    story.note(ed.get(reverse("change", args=[change.pk])))
    sandbox.edit("finosu", customer.external_id, {"ssnLastFour": "6420", "city": "Vallejo"})
    story.note(ed.get(story.note(ed.post(reverse("customer_read", args=[customer.pk]))).headers["Location"]))
    _put_back(story, ed, customer)


def _put_back(story: Story, ed: Client, customer: Customer) -> None:
    """What drifted is put into the form, shown in place, and accepted."""
    drift = Customer.objects.get(pk=customer.pk).drift
    assert "ssnLastFour" in drift
    story.note(ed.get(reverse("customer_edit", args=[customer.pk]), {"restore": drift["ssnLastFour"]}))
    accept = reverse("customer_accept", args=[customer.pk])
    shown = story.note(ed.get(reverse("customer", args=[customer.pk]))).text
    seen = dict(re.findall(r'name="(seen-\w+)" value="(\w+)"', shown))
    assert "seen-ssnLastFour" in seen
    for posted in ({**seen, "seen-ssnLastFour": "made up"}, {**seen, "field": "city"}, seen):
        for headers in ({}, {"HX-Request": "true"}):
            story.note(ed.post(accept, posted, headers=headers))
    assert not Customer.objects.get(pk=customer.pk).drift


def _look_round(story: Story, client: Client, customer: Customer) -> None:
    for name in ("work", "customers", "changes", "connections"):
        story.note(client.get(reverse(name)))
    story.note(client.get(reverse("connection", args=[customer.connection_id])))
    story.note(client.get(reverse("customer", args=[customer.pk])))
    story.note(client.get(reverse("customer_edit", args=[customer.pk])))
    for each in customer.provider.fields:
        story.note(client.get(reverse("field_history", args=[customer.pk, each.name])))
    swap = {"HX-Request": "true"}
    story.note(client.get(reverse("customer_state", args=[customer.pk]), headers=swap))
    for place in ("work", "you"):
        story.note(client.get(reverse(place), headers=swap))
    for text in ("", *SENSITIVE):
        story.note_addresses(client.post(reverse("palette"), {"q": text}))
    story.note(client.post(reverse("palette"), {"q": ""}))
    changes = Change.objects.all()
    story.note(client.get(reverse("news"), {"of": "-".join(str(change.pk) for change in changes)}, headers=swap))
    for change in changes:
        story.note(client.get(reverse("change", args=[change.pk])))
        story.note(client.get(reverse("change_state", args=[change.pk]), headers=swap))


def rows() -> Iterator[str]:
    """Every row of every table, as text."""
    with database.cursor() as cursor:
        for table in database.introspection.table_names(cursor):
            cursor.execute(f"SELECT t::text FROM {database.ops.quote_name(table)} t")  # noqa: S608 - our own tables
            yield from (f"{table}: {row}" for (row,) in cursor.fetchall())


def opened(session: Session) -> object:
    """What a session holds; it is sealed as well."""
    plain = key_ring().open_bytes("session", session.key_digest, session.sealed)
    return SessionStore().decode(plain.decode())


def test_personal_data_appears_only_where_it_may(story: Story) -> None:
    assert len(story.pages) > 100
    assert found_in(story.pages, SENSITIVE) == []
    assert len(story.unsaved) > 100
    assert found_in(story.unsaved, [*SENSITIVE, *SEALED]) == []
    assert found_in(rows(), [*SENSITIVE, *SEALED]) == []
    assert found_in((row for row in rows() if row.startswith("procrastinate")), PERSONAL) == []
    everywhere = [*SENSITIVE, *SEALED, *PERSONAL]
    assert found_in([story.log.getvalue()], everywhere) == []
    assert found_in(story.addresses, everywhere) == []
    assert found_in(story.cookies, everywhere) == []
    sessions = [str(opened(session)) for session in Session.objects.all()]
    assert len(sessions) >= 6
    assert found_in(sessions, everywhere) == []
    assert "request" in story.log.getvalue()
