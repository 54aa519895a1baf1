"""What customers are found by: a row for each term, and one with the text of all of them. Sensitive values are neither.

Nothing but `Customer.index` and `index_new` writes here; both write what `search.terms_of` says.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models

from console.models.customers import Customer
from console.models.rows import Copied, copied
from console.models.search import terms_of


class SearchTerm(models.Model):
    """One word by which a customer is found, in lower case and without accents; a phone's digits also backwards.

    In byte order, so that those of a connection with a beginning are a range of a B-tree, flat in the number of
    customers. No constraint ties it to customer and connection: that would be a dozen checks for each customer of an
    import, and no customer is ever deleted.
    """

    pk = models.CompositePrimaryKey("at", "term", "customer")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="terms", db_constraint=False)
    at = models.IntegerField(db_column="connection_id", help_text="The connection's key.")
    term = models.CharField(max_length=120, db_collation="C")

    def __str__(self) -> str:
        return self.term


class SearchText(models.Model):
    """All by which a customer is found, as one text: what any part of a word is looked for in, and ranks are told from.

    By connection and customer, so that those of one connection can be walked. The table has one more column, `grams`,
    with an index of its own, which only SQL reads and writes: arrays would take Django's app for PostgreSQL, and that
    asks every new connection for types that are not there.
    """

    pk = models.CompositePrimaryKey("at", "customer")
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    at = models.IntegerField(db_column="connection_id", help_text="The connection's key.")
    text = models.TextField(db_collation="C")

    def __str__(self) -> str:
        return f"of customer {self.customer_id}"


def index_new(customers: Sequence[Customer]) -> None:
    """Writes by what these are found, all of them new: by COPY, in the order of the index."""
    for rows in indexed_new(customers):
        copied(*rows)


def indexed_new(customers: Sequence[Customer]) -> Sequence[Copied]:
    """What `copied` takes to write that, table by table; asks the database nothing."""
    found = [(each.connection_id, each.pk, terms_of(each)) for each in customers]
    terms = sorted((at, term, pk) for at, pk, indexed in found for term in indexed.terms)
    texts = [(at, pk, indexed.text, f"{{{','.join(map(str, indexed.grams))}}}") for at, pk, indexed in found]
    return (
        (terms, "console_searchterm", "connection_id, term, customer_id"),
        (texts, "console_searchtext", "connection_id, customer_id, text, grams"),
    )
