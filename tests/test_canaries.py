"""Canaries: values unlike any other go through 200 actions of all kinds, forced failures among them.

Afterwards they are looked for wherever somebody could read them who should not: in logs, jobs, addresses, cookies,
metrics, error pages, files and every row of the database.
"""

from __future__ import annotations

import io
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connections
from django.test import Client
from django.urls import reverse

from console.flows.seal import seal
from console.metrics import exposition
from console.models import Change, Customer, Event, Grant, Role, User
from providers.sandbox import Sandbox
from tests import cast
from tests.databases import Database
from tests.deciding import policy
from tests.flows.helpers import make_due, push
from tests.leaks import addresses, cookies, found_in, listening, rows
from tests.management.running import run
from tests.views.pages import form_of

SSN, NEW_SSN, WRONG_SSN = "8642", "7391", "9517"
DOCUMENT = "3174998877665544"
PHONE, NEW_PHONE = "+14155559273", "+14155559274"
API_KEY = "key-of-the-canary-5f1d9b"
PASSWORD = "the canary sings at 4 in Zorblatt"
REASON = "Caller Wimbish of Drumlin"
NAME, EMAIL = "Quillonbrax", "quillonbrax@example.com"
# The first stand nowhere unsealed; the others, plain in the record that they are of, nowhere else.
SECRET = [SSN, NEW_SSN, WRONG_SSN, DOCUMENT, API_KEY, PASSWORD, "1959-07-23", REASON]
PERSONAL = [PHONE, PHONE[2:], NEW_PHONE, NEW_PHONE[2:], NAME, EMAIL, "Quorvex"]
ALL = [*SECRET, *PERSONAL]

HELD: dict[str, Any] = {
    "ssnLastFour": SSN,
    "birthday": "1959-07-23",
    "phoneNumber": PHONE,
    "lastName": NAME,
    "email": EMAIL,
    "externalMetadata": {"employer": "Quorvex"},
}
SWAP = {"HX-Request": "true"}
# Every row that is to be written there is refused in words that quote all of it.
SPOILT = (
    *("console_change", "console_line", "console_event", "console_draft", "console_visit", "console_session"),
    *("console_reveal", "console_allowance", "console_user", "console_customer", "console_attempt", "console_cache"),
)


@dataclass(slots=True)
class Day:
    """What everybody did, and what the console let out by it."""

    customers: list[Customer]
    sandbox: Sandbox
    folder: Path
    clients: dict[str, Client] = field(default_factory=dict)
    let_out: dict[str, list[str]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    dice: random.Random = field(default_factory=lambda: random.Random(20261122))  # noqa: S311 - the same on every run

    def keep(self, where: str, *texts: str) -> None:
        self.let_out.setdefault(where, []).extend(texts)

    def note(self, response: Any) -> Any:
        """Keeps whatever of an answer is read elsewhere than on the page."""
        self.statuses[response.status_code] += 1
        self.keep("addresses", *addresses(response))
        self.keep("cookies", *cookies(response))
        self.keep("headers", str(response.headers))
        if response.status_code >= 500:
            self.keep("error pages", response.content.decode())
        return response

    def get(self, who: str, url: str, *args: Any, **kwargs: Any) -> Any:
        return self.note(self.clients[who].get(url, *args, **kwargs))

    def post(self, who: str, url: str, *args: Any, **kwargs: Any) -> Any:
        return self.note(self.clients[who].post(url, *args, **kwargs))

    @property
    def customer(self) -> Customer:
        return self.dice.choice(self.customers)

    @property
    def finosu(self) -> Customer:
        return self.customers[0]

    def change(self) -> Change | None:
        return Change.objects.order_by("-pk").first()


def sign_in(day: Day) -> None:
    """Rightly, wrongly, and with the password where the name belongs."""
    client = Client(raise_request_exception=False)
    for name, password in (("cora", PASSWORD), ("cora", f"{PASSWORD}!"), (PASSWORD, PASSWORD), (EMAIL, "x")):
        day.note(client.post("/sign-in/", {"username": name, "password": password}))


def search(day: Day) -> None:
    for text in day.dice.sample((NAME, EMAIL, PHONE, DOCUMENT, SSN), 2):
        found = day.post("all", "/customers/", {"q": text})
        if "Location" in found.headers:
            day.get("all", found.headers["Location"])
        day.post("all", reverse("palette"), {"q": text}, headers=SWAP)


def look(day: Day) -> None:
    one = day.customer
    of_one = ("customer", "customer_edit", "customer_timeline", "customer_as_of", "customer_looked", "customer_erase")
    for name in day.dice.sample(of_one, 2):
        day.get("all", reverse(name, args=[one.pk]))
    for place in day.dice.sample(("work", "changes", "connections", "notices", "audit", "you", "exports", "people"), 2):
        day.get("all", reverse(place))


def typed(day: Day) -> dict[str, str]:
    url = reverse("customer_edit", args=[day.finosu.pk])
    form = form_of(day.get("all", url), "edit")
    number = day.dice.randrange(100)
    new = {"v-ssnLastFour": NEW_SSN, "v-phoneNumber": NEW_PHONE, "v-city": f"Vallejo {chr(65 + number % 26)}"}
    return {**form, **new, "why": REASON}


def draft(day: Day) -> None:
    for name in ("customer_check", "customer_preview"):
        day.post("all", reverse(name, args=[day.finosu.pk]), typed(day), headers=SWAP)


def save(day: Day) -> None:
    day.post("all", reverse("customer_edit", args=[day.finosu.pk]), typed(day))
    decide(day)
    send(day)


def decide(day: Day) -> None:
    change = day.change()
    if change is None:
        return
    seen = re.findall(r'name="(seen-\w+)" value="(\w+)"', day.get("ann", reverse("change", args=[change.pk])).text)
    name = day.dice.choice(["change_approve", "change_approve", "change_comment", "change_reject"])
    day.post("ann", reverse(name, args=[change.pk]), {**dict(seen), "reason": REASON, "text": REASON})


def send(day: Day) -> None:
    """While the provider quotes in its refusals and failures what it was sent and what it holds."""
    words = f"ssn {NEW_SSN} of {NAME}, {NEW_PHONE}, does not fit {SSN}"
    kind = day.dice.choice(["refuse", "5xx", "", "html", "malformed"])
    if kind:
        more: dict[str, Any] = {"refuse": {"field": "ssnLastFour", "message": words}, "5xx": {"message": words}}.get(
            kind, {}
        )
        day.sandbox.fault("finosu", kind, **more)
    push(day.finosu)
    if (change := day.change()) and not change.state.is_final:
        make_due(change)
        push(day.finosu)
    day.sandbox.clear_faults()


def read(day: Day) -> None:
    day.sandbox.edit("finosu", day.finosu.external_id, {"ssnLastFour": WRONG_SSN, "city": "Benicia"})
    day.post("all", reverse("customer_read", args=[day.finosu.pk]))
    day.sandbox.edit("finosu", day.finosu.external_id, HELD)
    day.post("all", reverse("customer_read", args=[day.finosu.pk]))


def reveal(day: Day) -> None:
    """By whoever may, for a reason; and comparing with what a caller says."""
    tries = ((0, "ssnLastFour", SSN), (0, "ssnLastFour", WRONG_SSN), (1, "ic_number", DOCUMENT))
    for one, name, said in day.dice.sample(tries, 2):
        args = [day.customers[one].pk, name]
        day.post("all", reverse("hidden_compare", args=args), {"said": said}, headers=SWAP)
        day.post("all", reverse("hidden_reveal", args=args), {"reason": REASON})


def add(day: Day) -> None:
    posted = {"connection": str(day.finosu.connection_id), "external_id": f"{NAME}-{DOCUMENT}"}
    day.post("all", reverse("customer_add"), posted)


def audit(day: Day) -> None:
    day.post("all", reverse("audit_customer"), {"q": NAME, "kind": "change"})
    day.post("all", reverse("audit_customer"), {"q": DOCUMENT})
    for event in Event.objects.order_by("-pk")[:2]:
        day.get("all", reverse("audit_event", args=[event.pk]))
    day.post("all", reverse("exports"), {"kind": "change", "format": "csv"})


def mistype(day: Day) -> None:
    """Addresses, hosts and cookies that somebody made up of what they know; their own, so they are not looked into."""
    kept = list(day.let_out.get("addresses", []))
    day.get("all", f"/customers/{NAME}/{DOCUMENT}/")
    day.get("all", "/customers/", {"q": DOCUMENT, "at": PHONE, "s": NAME, "next": EMAIL})
    day.get("all", "/", headers={"host": f"{NAME}.example.com"})
    day.get("all", "/", headers={"hx-current-url": f"http://testserver/?q={DOCUMENT}", "user-agent": "x" * 9_000})
    day.note(Client(headers={"cookie": f"steward-session={API_KEY}"}).get("/"))
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    day.note(strict.post("/sign-in/", {"username": NAME, "password": PASSWORD}))
    day.post("all", f"/changes/{NAME}/approve/", {"why": REASON})
    day.post("all", "/customers/", data=b"{" + DOCUMENT.encode(), content_type="application/json")
    day.post("all", "/customers/", {"q": DOCUMENT * 200_000})
    day.let_out["addresses"] = kept


def poll(day: Day) -> None:
    for name in ("news", "notices_bell"):
        day.get("all", reverse(name), headers=SWAP)
    day.get("all", reverse("customer_state", args=[day.finosu.pk]), headers=SWAP)
    seal()
    day.keep("metrics", exposition().decode())


def command(day: Day) -> None:
    """A file with good rows and bad ones, and credentials, on the command line."""
    file = day.folder / "rows.csv"
    file.write_text(
        f"id,lastName,ssnLastFour,birthday,phoneNumber,doNotCall\nFN-{day.dice.randrange(10**6)},{NAME},{SSN},"
        f"1959-07-23,{PHONE},no\nFN-2,{NAME},{DOCUMENT},{NAME},{PHONE},{NAME}\n,{NAME},{SSN},,,\n"
    )
    said = run("import_customers", str(file), "--connection", day.finosu.connection.name)
    day.keep("commands", said.out, said.err, said.refusal)
    key = day.folder / "key"
    key.write_text(API_KEY)
    sqril = day.customers[1].connection
    name = next(iter(sqril.provider.credential_keys))
    said = run("connection", sqril.name, "--credential", f"{name}=@{key}")
    day.keep("commands", said.out, said.err, said.refusal)
    said = run("connection", sqril.name, "--credential", f"nothing=@{key}")
    day.keep("commands", said.out, said.err, said.refusal)


ACTIONS: tuple[Callable[[Day], None], ...] = (
    *(sign_in, search, look, draft, save, decide, read, reveal, add, audit, mistype, poll, command),
)


@contextmanager
def spoilt(table: str) -> Iterator[None]:
    """Nothing can be written there meanwhile, and what the database says of it quotes the whole row."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT spoilt CHECK (false) NOT VALID")
        try:
            yield
        finally:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT spoilt")


def act(day: Day, action: Callable[[Day], None]) -> None:
    """Whatever a flow of ours raises out of a command or a worker, its text is let out as well."""
    day.done[action.__name__] += 1
    try:
        action(day)
    except Exception as problem:  # noqa: BLE001 - in the forced failures anything may be raised
        day.done[f"raised {type(problem).__name__}"] += 1


@pytest.fixture
def day(live_db: Database, sandbox: Sandbox, tmp_path: Path, settings: LazySettings) -> Day:
    finosu, sqril = cast.connect("finosu", sandbox), cast.connect("sqril", sandbox)
    day = Day([cast.sample(finosu, sandbox, **HELD), cast.sample(sqril, ic_number=DOCUMENT)], sandbox, tmp_path)
    cora = User.objects.create_user("cora", password=PASSWORD)
    Grant.objects.bulk_create(Grant(user=cora, role=role) for role in Role)
    policy("KYC fields", "ssnLastFour", at=[finosu])
    for who, user in (("all", cora), ("ann", cast.person("ann"))):
        day.clients[who] = Client(raise_request_exception=False)
        day.clients[who].force_login(user)
    settings.STEWARD_REVEALS = settings.STEWARD_COMPARES = 1_000
    return day


def test_canaries_are_found_nowhere_after_200_mixed_actions(
    day: Day, marks: Path, seals: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    heard: io.StringIO
    with listening() as heard:
        for _ in range(8):
            for action in day.dice.sample(ACTIONS, len(ACTIONS)):
                act(day, action)
        for table in SPOILT:
            with spoilt(table):
                for action in day.dice.sample(ACTIONS, 8):
                    act(day, action)
    assert sum(day.done.values()) >= 200
    assert day.statuses[500] >= 20
    assert day.statuses[200] >= 200
    day.keep("logs", heard.getvalue(), *capfd.readouterr())
    day.keep("jobs", *(row for row in rows() if row.startswith("procrastinate")))
    day.keep("files", *(file.read_text(errors="replace") for folder in (marks, seals) for file in folder.rglob("*.*")))
    leaks = {where: found_in(texts, ALL)[:3] for where, texts in day.let_out.items()}
    assert {where: found for where, found in leaks.items() if found} == {}
    assert found_in(rows(), SECRET) == []
