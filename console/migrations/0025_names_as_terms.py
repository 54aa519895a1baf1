"""A name is a term from each of its words on, so that a search among a million reads no texts to know whose it is.

Everybody's terms are written anew, by COPY, some minutes for a million: until it is over nobody would be found by name.
"""

from __future__ import annotations

from itertools import batched
from typing import TYPE_CHECKING, Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from console.models.search import address_of, indexed
from providers import registry
from providers.base import BadOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.migrations.state import StateApps

AT_ONCE = 1000


def name_everybody(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """What `Customer.index` writes of each."""
    name = editor.connection.alias  # of the owner: any other connection would wait for what this one locks
    customers = apps.get_model("console", "Customer").objects.using(name).select_related("connection").order_by("pk")
    connections = apps.get_model("console", "Connection").objects.using(name)
    providers = {each.pk: _provider(each) for each in connections.all()}
    with editor.connection.cursor() as cursor:
        cursor.execute("TRUNCATE console_searchterm")
    for some in batched(customers.iterator(AT_ONCE), AT_ONCE):
        _write(editor, [(each, _terms(each, providers[each.connection_id])) for each in some])


def _provider(connection: Any) -> Any:
    """Its rules; by options that no longer can be, as the provider has them of itself."""
    try:
        return registry.get(connection.provider_slug).configured(connection.options)
    except BadOptions:
        return registry.get(connection.provider_slug)


def _terms(customer: Any, provider: Any) -> list[str]:
    address = address_of(provider, customer.values)
    said = (customer.name, customer.email, customer.phone)
    return indexed(*said, identity=customer.identity, external_id=customer.external_id, address=address).terms


def _write(editor: BaseDatabaseSchemaEditor, found: Sequence[tuple[Any, Sequence[str]]]) -> None:
    rows = sorted((each.connection_id, term, each.pk) for each, terms in found for term in terms)
    with (
        editor.connection.cursor() as cursor,
        cursor.copy("COPY console_searchterm (connection_id, term, customer_id) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)


class Migration(migrations.Migration):
    """No table looks otherwise: only what stands in one of them."""

    dependencies = [("console", "0024_large_batches")]

    operations = [migrations.RunPython(name_everybody, migrations.RunPython.noop)]
