"""A stranger with a dump of the whole database, and not the keys, learns no sensitive value and no credential."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest
from allauth.mfa.models import Authenticator
from django.db import connections
from django.test import Client

from console.accounts.secrets import FactorAdapter
from console.auditing import Query
from console.exporting import make_all
from console.flows import review
from console.flows.drafts import keep as keep_draft
from console.flows.exports import ask
from console.flows.refresh import refresh
from console.models import Connection, Customer, Format, Status
from console.models.sealing import key_ring
from tests.cast import connect, person, sample
from tests.deciding import approve, no_policies, policy
from tests.flows.helpers import fresh, push, wish

if TYPE_CHECKING:
    from providers.sandbox import Sandbox
    from tests.databases import Database

DOCUMENT, NEW_DOCUMENT, BORN, LATER_BORN = "X9CANARY4471882", "X9CANARY5582993", "1931-07-29", "1932-08-30"
CREDENTIAL, SECRET, PASSWORD = "canary-key-8842-of-the-account", "JBSWY3DPCANARYSEED", "canary pass phrase 5591"
WHY, COMMENT, DRAFTED, SOUGHT = "canarywhy 3319", "canarycomment 7720", "canarydraft 6612", "canarysearch 9043"
CANARIES = (DOCUMENT, NEW_DOCUMENT, BORN, LATER_BORN, CREDENTIAL, SECRET, PASSWORD, WHY, COMMENT, DRAFTED, SOUGHT)
OPEN = "Wijayacanary"  # a name is no secret: people search by it


def dump() -> dict[str, str]:
    """Every table there is, as COPY writes it; bytes are hexadecimal there."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT schemaname, tablename FROM pg_tables WHERE schemaname !~ '^(pg_|information_schema)'")
        tables = [f'"{schema}"."{table}"' for schema, table in cursor.fetchall()]
        return {table: _copied(cursor, table) for table in tables}


def _copied(cursor: object, table: str) -> str:
    with cursor.copy(f"COPY {table} TO STDOUT") as copy:  # type: ignore[attr-defined]  # psycopg's own
        return "".join(bytes(block).decode() for block in copy)


def spellings(text: str) -> set[str]:
    """As it is, backwards, in hexadecimal, and in base64 wherever it may begin in it."""
    plain = text.encode()
    coded = {base64.b64encode(b"\0" * begin + plain)[4 if begin else 0 : -4].decode() for begin in (0, 1, 2)}
    return {text.lower(), text[::-1].lower(), plain.hex(), *(each.lower() for each in coded)}


def found_in(tables: dict[str, str], texts: Iterable[str]) -> dict[str, list[str]]:
    """Of each text the tables in which it stands."""
    low = {table: content.lower() for table, content in tables.items()}
    found = {text: [t for t, content in low.items() if any(s in content for s in spellings(text))] for text in texts}
    return {text: where for text, where in found.items() if where}


def lived(sandbox: Sandbox, client: Client) -> Customer:
    """All canaries go where people and workers put such things."""
    ed, ann = person("ed"), person("ann")
    ed.set_password(PASSWORD)
    ed.save()
    Authenticator.objects.create(user=ed, type="totp", data={"secret": FactorAdapter().encrypt(SECRET)})
    sqril = connect("sqril", sandbox, editable="ic_number")
    adi = sample(sqril, sandbox, ic_number=DOCUMENT, dob=BORN, name_last=OPEN)
    policy("Documents", "ic_number", at=[sqril])
    change = wish(adi, ed, {"ic_number": NEW_DOCUMENT}, why=WHY)
    review.comment(change.pk, by=ann, text=COMMENT)
    approve(change, ann)
    push(adi)
    assert fresh(change).state is Status.REFUSED  # SQRIL takes no other number; what it answers names it
    lena = sample(connect("finosu", sandbox), sandbox, birthday=BORN)
    policy("Birth dates", "birthday", at=[lena.connection])
    moved = wish(lena, ed, {"birthday": LATER_BORN})
    approve(moved, ann)
    push(lena)
    assert fresh(moved).state is Status.APPLIED
    refresh(fresh(adi), by=ed)
    keep_draft(fresh(adi), {"v-address": DRAFTED}, ("address",), by=ed)
    client.force_login(ed)
    for text in (SOUGHT, NEW_DOCUMENT):
        assert client.post("/customers/", {"q": text}).status_code == 303
    ask(Query(), Format.JSONL, by=person("rae"))
    make_all(threading.Event())
    account = Connection.objects.get(pk=sqril.pk)
    account.credentials = dict.fromkeys(account.credentials, CREDENTIAL)
    account.save()
    return Customer.objects.get(pk=adi.pk)


def test_no_table_holds_a_sensitive_value_a_secret_or_what_people_wrote(live_db: Database, sandbox: Sandbox) -> None:
    no_policies()
    adi = lived(sandbox, Client())
    tables = dump()
    assert '"public"."console_customer"' in found_in(tables, [OPEN])[OPEN]  # so it is a dump of what was lived
    assert '"public"."console_searchterm"' in found_in(tables, [OPEN])[OPEN]
    assert found_in(tables, CANARIES) == {}
    assert (adi.record["ic_number"], adi.record["dob"]) == (DOCUMENT, BORN)  # whoever has the keys reads them


def test_no_key_is_in_it(live_db: Database, sandbox: Sandbox) -> None:
    no_policies()
    adi, tables = lived(sandbox, Client()), dump()
    keys = [adi.key.secret, *key_ring()._keys.values()]
    for key in keys:
        forms = (key.hex(), base64.b64encode(key).decode()[:-1], base64.urlsafe_b64encode(key).decode()[:-1])
        assert not [table for table, content in tables.items() for form in forms if form in content]


@pytest.mark.parametrize("text", [DOCUMENT, CREDENTIAL])
def test_what_stands_in_the_open_would_be_found(live_db: Database, text: str) -> None:
    sqril = connect("sqril")
    for spelled in (text, text.encode().hex(), base64.b64encode(b"{" + text.encode() + b"}").decode()):
        Connection.objects.filter(pk=sqril.pk).update(base_url=f"https://x/{spelled}")
        assert found_in(dump(), [text]) == {text: ['"public"."console_connection"']}
