"""What a query raises while PostgreSQL is restarted, by Django or by the queue, and how that is waited out."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psycopg
from django.db import Error, close_old_connections
from procrastinate.exceptions import ConnectorException

OUTAGE = (Error, psycopg.Error, ConnectorException)


@contextlib.contextmanager
def waited_out() -> Iterator[None]:
    """Gives the block up when PostgreSQL is away; this thread's next query then tries anew."""
    try:
        yield
    except OUTAGE:
        close_old_connections()
