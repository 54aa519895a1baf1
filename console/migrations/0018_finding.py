"""By what customers are found among a million: terms by connection, and the whole text with its grams.

Everybody there is gets theirs here, by COPY, rather than by and by: until it is over nobody would know who is missing
from what they find. A million take some three minutes.
"""

from __future__ import annotations

from itertools import batched
from typing import TYPE_CHECKING, Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from console.models.search import Indexed, address_of, indexed
from providers import registry
from providers.base import BadOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.migrations.state import StateApps

AT_ONCE = 1000
GRAMS = "ALTER TABLE console_searchtext ADD COLUMN grams smallint[] NOT NULL"
# What was written last is looked through word by word until there is this much of it, in kB: half a millisecond.
GRAMS_FOUND = """
CREATE INDEX customer_by_grams ON console_searchtext USING gin (grams) WITH (gin_pending_list_limit = 512);
"""


def find_everybody(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """What `Customer.index` writes of each."""
    name = editor.connection.alias  # of the owner: any other connection would wait for what this one locks
    customers = apps.get_model("console", "Customer").objects.using(name).select_related("connection").order_by("pk")
    connections = apps.get_model("console", "Connection").objects.using(name)
    providers = {each.pk: _provider(each) for each in connections.all()}
    for some in batched(customers.iterator(AT_ONCE), AT_ONCE):
        _write(editor, [(each, _indexed(each, providers[each.connection_id])) for each in some])


def _provider(connection: Any) -> Any:
    """Its rules; by options that no longer can be, as the provider has them of itself."""
    try:
        return registry.get(connection.provider_slug).configured(connection.options)
    except BadOptions:
        return registry.get(connection.provider_slug)


def _indexed(customer: Any, provider: Any) -> Indexed:
    address = address_of(provider, customer.values)
    said = (customer.name, customer.email, customer.phone)
    return indexed(*said, identity=customer.identity, external_id=customer.external_id, address=address)


def _write(editor: BaseDatabaseSchemaEditor, found: Sequence[tuple[Any, Indexed]]) -> None:
    with editor.connection.cursor() as cursor:
        with cursor.copy("COPY console_searchterm (connection_id, term, customer_id) FROM STDIN") as copy:
            for row in sorted((each.connection_id, term, each.pk) for each, by in found for term in by.terms):
                copy.write_row(row)
        with cursor.copy("COPY console_searchtext (connection_id, customer_id, text, grams) FROM STDIN") as copy:
            for each, by in found:
                copy.write_row((each.connection_id, each.pk, by.text, by.grams))


class Migration(migrations.Migration):
    """The terms get another key, so they are made anew."""

    dependencies = [("console", "0017_batch_guards")]

    operations = [
        migrations.DeleteModel("SearchTerm"),
        migrations.CreateModel(
            name="SearchTerm",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "at", "term", "customer", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="terms",
                        to="console.customer",
                    ),
                ),
                ("at", models.IntegerField(db_column="connection_id", help_text="The connection's key.")),
                ("term", models.CharField(db_collation="C", max_length=120)),
            ],
        ),
        migrations.CreateModel(
            name="SearchText",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "at", "customer", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="console.customer",
                    ),
                ),
                ("at", models.IntegerField(db_column="connection_id", help_text="The connection's key.")),
                ("text", models.TextField(db_collation="C")),
            ],
        ),
        migrations.RunSQL(GRAMS, migrations.RunSQL.noop),
        migrations.RunPython(find_everybody, migrations.RunPython.noop),
        migrations.RunSQL(GRAMS_FOUND, migrations.RunSQL.noop),
    ]
