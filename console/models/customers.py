"""The cached copy of a customer's record at one provider, with how we know each of its values."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from django.db import connection as database
from django.db import models
from django.db.models.functions import Now
from django.db.transaction import TransactionManagementError

from console import flaws
from console.errors import KeyMissing
from console.models import blind
from console.models.connections import Connection
from console.models.listing import STANDING, Awaits, Computed, Standing, moment_or_first
from console.models.people import User
from console.models.rows import BIGGEST_KEY, Table, execute, update
from console.models.sealing import DataKey, key_ring
from console.models.search import is_of_address, terms_of, words
from providers.fields import Meaning

if TYPE_CHECKING:
    from providers.base import Provider
    from providers.fields import Field, Value


class Known(models.TextChoices):
    """How we came to know a value."""

    READ = "read", "read from the provider"
    ECHOED = "echoed", "answered by the provider"
    SENT = "sent", "sent, not read back"
    IMPORTED = "imported", "imported"
    TYPED = "typed", "typed in by a person"


class CustomerQuerySet(models.QuerySet["Customer"]):
    """Questions about customers, as English."""

    def at(self, connections: models.QuerySet[Connection]) -> CustomerQuerySet:
        """Those of these connections: what a person may see is said by the connections they may see."""
        return self.filter(connection__in=connections)

    def locked(self, pks: Iterable[int]) -> list[Customer]:
        """These customers with their connections, locked in the order of their keys until the transaction ends.

        `locked_at` on each is the database's clock at that moment.
        """
        if not database.in_atomic_block:
            raise TransactionManagementError("A lock is held by a transaction, and none is open.")
        with database.cursor() as cursor:
            cursor.execute(_LOCKED, [list(pks)])
            return [_with_connection(row, locked_at=row[-1]) for row in cursor.fetchall()]

    def with_connection(self, pk: int) -> Customer | None:
        """The customer of this key with its connection; None if there is none."""
        if pk > BIGGEST_KEY:
            return None
        with database.cursor() as cursor:
            cursor.execute(_ONE, [pk])
            row = cursor.fetchone()
        return _with_connection(row) if row else None


class Customer(models.Model):
    """One record at one provider, as we know it."""

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="customers")
    identity = models.JSONField()
    external_id = models.CharField(max_length=700, db_collation="C")
    values = models.JSONField(default=dict)
    sealed = models.JSONField(default=dict)
    known = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    key_id = models.CharField(max_length=32)
    wrapped_key = models.BinaryField(null=True)

    name = models.CharField(max_length=300, blank=True)
    sort_name = models.CharField(max_length=300, blank=True, db_collation="C")
    email = models.CharField(max_length=320, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    known_at = models.DateTimeField(null=True, blank=True)

    places = models.PositiveIntegerField(default=0, help_text="How many changes were given a place in order.")
    chain_length = models.PositiveIntegerField(default=0)
    chain_head = models.BinaryField(default=bytes)

    # What moved at the provider without our asking, until a person has seen to it: field → key of the first event.
    drift = models.JSONField(default=dict)
    # What would make the provider refuse an update: field → code. The database keeps a `Flaw` of each.
    flaws = models.JSONField(default=dict)
    gone_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    forgotten_at = models.DateTimeField(null=True, blank=True, help_text="When our copy went, its time over.")
    created_at = models.DateTimeField(db_default=Now())

    # Written by the database at each step of a change, so that the list walks an index whatever it is asked for.
    awaits = models.PositiveSmallIntegerField(choices=Awaits, db_default=Awaits.NOTHING)
    touched_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    touched_at = models.DateTimeField(null=True, help_text="When somebody last asked for a change.")
    standing = Computed(
        expression=STANDING, output_field=models.PositiveSmallIntegerField(choices=Standing), db_persist=True
    )

    objects = CustomerQuerySet.as_manager()
    is_found_by_other_words = False  # since it was loaded: the search terms may have to be written anew

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "external_id"], name="a_customer_is_cached_once"),
        ]
        indexes = [
            models.Index(fields=["sort_name", "id"], name="customer_by_name"),
            models.Index(fields=["connection", "sort_name", "id"], name="customer_by_connection_name"),
            # An order of the list each, walked within a connection and a standing.
            models.Index(fields=["connection", "standing", "sort_name", "id"], name="listed_by_name"),
            models.Index(fields=["connection", "standing", "external_id", "id"], name="listed_by_external_id"),
            models.Index(fields=["connection", "standing", "email", "id"], name="listed_by_email"),
            models.Index("connection", "standing", moment_or_first("known_at"), "id", name="listed_by_known"),
            models.Index("connection", "standing", moment_or_first("touched_at"), "id", name="listed_by_touched"),
            models.Index(
                fields=["connection", "touched_by", "standing", "sort_name"],
                condition=models.Q(touched_by__isnull=False),
                name="customer_by_who_touched",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.external_id

    @property
    def provider(self) -> Provider:
        """The rules of this customer's provider, with the connection's options."""
        return self.connection.provider

    @cached_property
    def key(self) -> DataKey:
        """The data key that seals this customer's personal values."""
        return key_ring().unwrap(self.key_id, self.wrapped_key)

    @property
    def never_read(self) -> bool:
        """We know the id and nothing that the provider told us or was sent."""
        return not any(entry["how"] != Known.TYPED for entry in self.known.values())

    @property
    def is_gone(self) -> bool:
        """The provider said that it has no such customer."""
        return self.gone_at is not None

    @property
    def is_forgotten(self) -> bool:
        """Nobody needed our copy for so long that it went; nothing was learnt since."""
        return self.forgotten_at is not None

    @property
    def is_erased(self) -> bool:
        """Their values are gone for good; what happened to them is still told."""
        return self.erased_at is not None

    @property
    def record(self) -> dict[str, Value]:
        """All we know, identity included, sensitive values opened: what the provider library calls `before`."""
        return {**self.values, **{name: self._opened(name) for name in self.sealed}, **self.identity}

    def _opened(self, name: str) -> Value:
        return self.key.open("values", name, base64.b64decode(self.sealed[name]))  # type: ignore[return-value]  # sealed as one

    def shown_digest(self, name: str, value: Value) -> str:
        """What a form posts for the value it showed: an HMAC, so that a masked value works as well."""
        return self.key.digest("form", [name, self.provider.field(name).canonical(value)]).hex()

    def new_key(self) -> None:
        """Gives a customer that is being made its data key."""
        key = self.key = DataKey.new()
        self.key_id, self.wrapped_key = key.key_id, key_ring().wrap(key)

    def learn(self, values: Mapping[str, Value], *, how: Known, at: datetime, change: int | None = None) -> list[str]:
        """Takes over what we now know; gives the names of the fields whose value moved. Does not save.

        To learn that a field is empty of which nothing was known moves nothing. `version` grows by one when anything
        moved. Identity and fields unknown to the provider's table are left out. Raises KeyMissing for a customer who
        was erased: of them nothing is known ever again.
        """
        if self.is_erased:
            raise KeyMissing("This customer was erased, so nothing is kept of them any more.")
        provider, record = self.provider, self.record
        entry = {"how": how, "at": at.isoformat()} | ({"change": change} if change else {})
        moved = []
        for name, value in values.items():
            if name in provider.identity or name not in _names(provider):
                continue
            field, was_known = provider.field(name), name in record
            if not was_known or not field.same(record[name], value):
                self._store(field, value)
                record[name] = value
                self.is_found_by_other_words |= field.found_whole or is_of_address(field)
                if was_known or not field.is_blank(value):
                    moved.append(name)
            self.known[name] = dict(entry)
        self.known_at = max(filter(None, [self.known_at, at])) if values else self.known_at
        self.forgotten_at = None if values else self.forgotten_at
        if moved or self._state.adding:
            self.flaws = flaws.compute(provider, record)
        if moved:
            self.version += 1
            found_by = self._found_by
            self.describe()
            self.is_found_by_other_words |= found_by != self._found_by
        return moved

    @property
    def _found_by(self) -> tuple[str, str, str]:
        return self.name, self.email, self.phone

    def known_after(self, name: str, moment: datetime) -> bool:
        """Whether a field became known later than that."""
        entry = self.known.get(name)
        return bool(entry) and datetime.fromisoformat(entry["at"]) > moment

    def describe(self) -> None:
        """Fills what lists show and sort by from the values; sensitive values never get there."""
        plain = {**self.values, **self.identity}
        shown = describe(self.provider, plain)
        self.name, self.email, self.phone = shown["name"], shown["email"], shown["phone"]
        self.sort_name = " ".join(words(self.name))[:300] or self.external_id.lower()

    def _store(self, field: Field, value: Value) -> None:
        name = field.name
        if field.sensitive:
            self.sealed[name] = base64.b64encode(self.key.seal("values", name, value)).decode()
            self.values.pop(name, None)
        else:
            self.values[name] = value
            self.sealed.pop(name, None)

    def keep_anew(self) -> None:
        """Seals what is sensitive by now and opens what no longer is, and saves what follows; no value moves."""
        for name, value in self.record.items():
            if name in _names(self.provider) and name not in self.provider.identity:
                self._store(self.provider.field(name), value)
        self.describe()
        self.flaws = flaws.compute(self.provider, self.record)
        self.is_found_by_other_words = True
        self.save_learnt()

    def save_learnt(self) -> None:
        """Saves what `learn` took over, and what follows from it, search terms included."""
        is_new = self._state.adding
        if is_new:
            self.save()
        else:
            update(self, LEARNT)
        if is_new or self.is_found_by_other_words:
            self.index()

    def index(self) -> None:
        """Writes the search terms anew where they differ."""
        wanted = terms_of(self)
        execute(_FORGET_TERMS, [self.pk, wanted.terms])
        execute(_KEEP_TERMS, [self.connection_id, self.pk, wanted.terms])
        execute(_KEEP_TEXT, [self.connection_id, self.pk, wanted.text, wanted.grams])
        self.index_blindly()

    def index_blindly(self) -> None:
        """Writes anew by what sealed values it is found, under the key of the ring that wraps now."""
        if not blind.fields_found_whole(self.provider):
            return
        key, wanted = key_ring().current, {name: digest for _, _, name, digest in self.blind_terms_now()}
        execute(_FORGET_BLIND_TERMS, [self.pk, key, list(wanted)])
        execute(_KEEP_BLIND_TERMS, [self.pk, key, list(wanted), list(wanted.values())])

    def blind_terms_now(self) -> list[tuple[int, str, str, bytes]]:
        """By what sealed values it is found: its key, that of the ring which wraps now, field and digest of each."""
        names = {field.name for field in blind.fields_found_whole(self.provider)} & self.sealed.keys()
        if not names:
            return []
        digests = blind.digests_of(self.connection_id, self.provider, {name: self._opened(name) for name in names})
        return [(self.pk, key_ring().current, name, digest) for name, digest in digests.items()]


LEARNT = (
    *("values", "sealed", "known", "version", "name", "sort_name", "email", "phone"),
    *("known_at", "drift", "flaws", "gone_at", "forgotten_at"),
)
_FORGET_TERMS = "DELETE FROM console_searchterm WHERE customer_id = %s AND term <> ALL(%s::varchar[])"
_KEEP_TERMS = """
    INSERT INTO console_searchterm (connection_id, customer_id, term) SELECT %s, %s, unnest(%s::varchar[])
    ON CONFLICT DO NOTHING
"""
_KEEP_TEXT = """
    INSERT INTO console_searchtext (connection_id, customer_id, text, grams) VALUES (%s, %s, %s, %s::smallint[])
    ON CONFLICT (connection_id, customer_id) DO UPDATE SET text = excluded.text, grams = excluded.grams
    WHERE console_searchtext.text <> excluded.text
"""
_FORGET_BLIND_TERMS = """
    DELETE FROM console_blindterm WHERE customer_id = %s AND NOT (key = %s AND field = ANY(%s::varchar[]))"""
_KEEP_BLIND_TERMS = """
    INSERT INTO console_blindterm (customer_id, key, field, digest)
    SELECT %s, %s, named.field, named.digest FROM unnest(%s::varchar[], %s::bytea[]) AS named (field, digest)
    ON CONFLICT (customer_id, field, key) DO UPDATE SET digest = excluded.digest
    WHERE console_blindterm.digest <> excluded.digest
"""
_CUSTOMER, _CONNECTION = Table(Customer, "customer"), Table(Connection, "connection")
_FROM = "FROM console_customer customer JOIN console_connection connection ON connection.id = customer.connection_id"
_ONE = f"SELECT {_CUSTOMER.columns}, {_CONNECTION.columns} {_FROM} WHERE customer.id = %s"
_LOCKED = f"""
    SELECT {_CUSTOMER.columns}, {_CONNECTION.columns}, statement_timestamp() {_FROM}
    WHERE customer.id = ANY(%s) ORDER BY customer.id FOR NO KEY UPDATE OF customer"""


def _with_connection(row: tuple[Any, ...], **more: datetime) -> Customer:
    customer = _CUSTOMER.of(row)
    customer.connection = _CONNECTION.of(row[len(_CUSTOMER) :])
    vars(customer).update(more)
    return customer


def describe(provider: Provider, values: Mapping[str, Any]) -> dict[str, str]:
    """Name, e-mail and phone of a record by the meaning of its fields, sensitive ones left out."""
    plain = {name: value for name, value in values.items() if name not in _sensitive(provider)}
    email = provider.meaning(plain, Meaning.EMAIL) or ""
    phone = provider.meaning(plain, Meaning.PHONE) or ""
    return {"name": provider.name_of(plain)[:300], "email": str(email)[:320], "phone": str(phone)[:40]}


@lru_cache(maxsize=256)
def _names(provider: Provider) -> Collection[str]:
    return frozenset(field.name for field in provider.fields)


@lru_cache(maxsize=256)
def _sensitive(provider: Provider) -> Collection[str]:
    return frozenset(field.name for field in provider.fields if field.sensitive)
