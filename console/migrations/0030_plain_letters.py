"""Who has letters that no accent is parted from, signs of a text processor or unseen marks is found by plain ones.

Only they are written anew: what all others are found by reads the same.
"""

from __future__ import annotations

from itertools import batched
from typing import TYPE_CHECKING, Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from console.models.search import Indexed, address_of, indexed, words
from providers import registry
from providers.base import BadOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.migrations.state import StateApps

AT_ONCE = 1000
# What `fold` makes plain since, in both cases, and every mark of Unicode's category Cf that texts are known to hold.
LETTERS, SIGNS = "ÆæĐđÐðĦħ\u0131ŁłØøŒœÞþŦŧ", "\u02bc\u2018\u2019\u201b\u2010-\u2014\u2212"
UNSEEN = "\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
THEY = """
SELECT id FROM console_customer
WHERE concat_ws(' ', name, email, phone, external_id, identity::text, values::text) ~ %s
"""
FORGET_TEXTS = """
DELETE FROM console_searchtext USING unnest(%s::integer[], %s::bigint[]) AS they (at, pk)
WHERE connection_id = they.at AND customer_id = they.pk
"""


def find_by_plain_letters(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """What `Customer.index` writes of each of them."""
    name = editor.connection.alias  # of the owner: any other connection would wait for what this one locks
    customers = apps.get_model("console", "Customer").objects.using(name)
    connections = apps.get_model("console", "Connection").objects.using(name)
    providers = {each.pk: _provider(each) for each in connections.all()}
    with editor.connection.cursor() as cursor:
        cursor.execute(THEY, [f"[{LETTERS}{SIGNS}{UNSEEN}]"])
        they = [pk for (pk,) in cursor.fetchall()]
    for some in batched(they, AT_ONCE):
        found = [(each, _indexed(each, providers[each.connection_id])) for each in customers.filter(pk__in=some)]
        customers.bulk_update([each for each, _ in found if _is_put_elsewhere(each)], ["sort_name"])
        _write(editor, found)


def _is_put_elsewhere(customer: Any) -> bool:
    """Whether its name is put in order by other letters now; that is taken over."""
    before, now = customer.sort_name, " ".join(words(customer.name))[:300]
    customer.sort_name = now or before
    return bool(customer.sort_name != before)


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
    numbers, places = [each.pk for each, _ in found], [each.connection_id for each, _ in found]
    with editor.connection.cursor() as cursor:
        cursor.execute("DELETE FROM console_searchterm WHERE customer_id = ANY(%s)", [numbers])
        with cursor.copy("COPY console_searchterm (connection_id, term, customer_id) FROM STDIN") as copy:
            for row in sorted((each.connection_id, term, each.pk) for each, by in found for term in by.terms):
                copy.write_row(row)
        cursor.execute(FORGET_TEXTS, [places, numbers])
        with cursor.copy("COPY console_searchtext (connection_id, customer_id, text, grams) FROM STDIN") as copy:
            for each, by in found:
                copy.write_row((each.connection_id, each.pk, by.text, by.grams))


class Migration(migrations.Migration):
    """No table looks otherwise: only what stands in three of them."""

    dependencies = [("console", "0029_no_second_indexes")]

    operations = [migrations.RunPython(find_by_plain_letters, migrations.RunPython.noop)]
