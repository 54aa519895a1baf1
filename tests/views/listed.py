"""The list of customers as a browser asks for it, and who stands in it."""

from __future__ import annotations

from typing import Any

from django.test import Client

from console.models import Customer
from tests.cast import connect, sample

LIST = "/customers/"


def many(count: int) -> list[Customer]:
    """Customers of Caibo, in the order of their names."""
    connection = connect("caibo")
    return [sample(connection, id=str(number), name=f"Person {number:03}") for number in range(1, count + 1)]


def names(response: Any) -> list[str]:
    """Who is listed, in order."""
    return [str(customer) for customer in response.context["page"].customers]


def search(client: Client, text: str, **more: Any) -> Any:
    """What is found by this text, as Enter leads there."""
    return client.post(LIST, {"q": text, **more}, follow=True)
