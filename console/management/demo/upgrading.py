"""Brings the demo's database up to date, and says so beforehand where one would wait for it and wonder."""

from __future__ import annotations

from django.core.management import call_command
from django.core.management.base import OutputWrapper
from django.db import connection as database
from django.db.migrations.executor import MigrationExecutor

from console.models import Customer

BEFOREHAND = "Bringing the database up to date: with many customers this can take some minutes …"


def bring_up_to_date(out: OutputWrapper) -> None:
    """Applies the migrations that there are. Customers are written anew by some of them, each one."""
    if is_behind() and _has_customers():
        out.write(BEFOREHAND)
        out.flush()
    call_command("migrate", verbosity=0)


def is_behind() -> bool:
    """Whether there are migrations to apply."""
    executor = MigrationExecutor(database)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _has_customers() -> bool:
    """Whether anybody is there; names no column, since some may not be there yet."""
    is_made = Customer._meta.db_table in database.introspection.table_names()
    return is_made and Customer.objects.exists()
