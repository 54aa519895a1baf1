"""A database with a past is brought up to date: what stands there is kept, and what is new about it is filled in."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connections
from django.db.models import Value
from django.db.models.functions import Concat
from pytest_django import DjangoDbBlocker

from console.finding import find
from console.models import Change, Connection, Customer, Event, Mention, SearchTerm, SearchText
from tests.cast import connect, sample
from tests.databases import Database, Databases, connected_to

# As the console wrote it before events knew their connection and changes counted their steps.
A_PAST = """
INSERT INTO console_user (username, password, is_superuser, first_name, last_name, email, is_staff, is_active,
    date_joined, time_zone, single_keys, mail)
VALUES ('ed', '', false, '', '', '', false, true, now(), 'UTC', true, 'nothing');
INSERT INTO console_connection (provider_slug, name, base_url, options, sealed_credentials, rate, slots, pause,
    pause_reason, failures, tokens, updated_at)
VALUES ('sqril', 'Sqril', 'http://x', '{}', '', 5, 1, '', '', 0, 1, now());
INSERT INTO console_customer (connection_id, identity, external_id, values, sealed, known, version, key_id, name,
    sort_name, email, phone, places, chain_length, chain_head, drift)
VALUES (1, '{}', 'e', '{}', '{}', '{}', 1, 'k', 'n', 'n', '', '', 1, 3, '', '{}');
INSERT INTO console_change (customer_id, connection_id, requester_id, idempotency_key, content, place, origin,
    reference, rules_version, status, wait, note, problems, confirmation, verdict, epoch, tries, maybe_applied, size)
VALUES (1, 1, 1, 'k', '', 1, 'page', '', 'r', 'proposed', 'author', '', '[]', '', '', 0, 0, false, 1);
INSERT INTO console_event (subject, number, customer_id, at, actor_id, verb, origin, request_id, change_id, details,
    previous, hash)
VALUES
    ('customer:1', 1, 1, now(), 1, 'customer.baseline', 'page', '', NULL, '{"fields": ["phone", "email"]}', '', ''),
    ('customer:1', 2, 1, now(), 1, 'change.proposed', 'page', '', 1, '{"fields": ["phone"]}', '', ''),
    ('customer:1', 3, 1, now(), 1, 'customer.refreshed', 'page', '', NULL,
        '{"fields": ["phone"], "moved": ["email"]}', '', ''),
    ('connection:1', 1, NULL, now(), NULL, 'connection.set', 'page', '', NULL, '{}', '', '');
"""


@pytest.fixture
def earlier(databases: Databases, django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    database = databases.empty()
    with django_db_blocker.unblock(), connected_to(database):
        call_command("migrate", "console", "0010", verbosity=0)
        with connections["owner"].cursor() as cursor:
            cursor.execute(A_PAST)
        yield database
    databases.drop(database)


def test_history_from_before_its_proofs_is_kept_and_found_by_connection_and_field(earlier: Database) -> None:
    call_command("migrate", verbosity=0)
    assert list(Event.objects.order_by("pk").values_list("verb", "connection")) == [
        ("customer.baseline", 1),
        ("change.proposed", 1),
        ("customer.refreshed", 1),
        ("connection.set", 1),
    ]
    assert Change.objects.get().steps == 1
    assert sorted(Mention.objects.values_list("event__number", "field", "learnt")) == [
        (1, "email", False),
        (1, "phone", False),
        (2, "phone", False),
        (3, "email", False),
    ]
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname ~ '(is|are)_not_' AND tgenabled <> 'A'")
        assert cursor.fetchall() == []


def test_who_was_found_by_the_words_of_a_name_is_found_by_the_whole_name_from_each_of_them_on(
    live_db: Database,
) -> None:
    adi, ann = sample(connect("sqril")), sample(connect("caibo"))
    written = list(SearchTerm.objects.order_by("pk").values_list())
    SearchTerm.objects.all().delete()
    SearchTerm.objects.create(at=adi.connection_id, customer=adi, term="wijaya")
    with connections["owner"].schema_editor() as editor:
        import_module("console.migrations.0025_names_as_terms").name_everybody(apps, editor)
    assert list(SearchTerm.objects.order_by("pk").values_list()) == written
    assert [hit.pk for hit in find(Connection.objects.all(), "whitfield ann").hits] == [ann.pk]


def test_who_has_letters_that_no_accent_is_parted_from_is_found_by_plain_ones(live_db: Database) -> None:
    sample(connect("sqril"), name_first="Łukasz", address="Øster\u2011gade 1"), sample(connect("caibo"))
    written = [list(each.objects.order_by("pk").values_list()) for each in (SearchTerm, SearchText, Customer)]
    lukasz = Customer.objects.get(connection__provider_slug="sqril")
    SearchTerm.objects.filter(customer=lukasz).update(term=Concat(Value("ł"), "term"))
    SearchText.objects.filter(customer=lukasz).update(text="łukasz wijaya")
    Customer.objects.filter(pk=lukasz.pk).update(sort_name="łukasz wijaya")
    with connections["owner"].schema_editor() as editor:
        import_module("console.migrations.0030_plain_letters").find_by_plain_letters(apps, editor)
    assert written == [list(each.objects.order_by("pk").values_list()) for each in (SearchTerm, SearchText, Customer)]
    assert [hit.pk for hit in find(Connection.objects.all(), "lukasz oster-ga").hits] == [lukasz.pk]
