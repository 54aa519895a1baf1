"""Fills the demo in the order in which a visitor wants it: some customers, their history, then all the others."""

from __future__ import annotations

from console.management.demo import audited, batches, colleagues, customers, everyday, scenes
from console.management.demo.people import everybody
from console.management.demo.stage import Stage
from console.models import Connection
from providers import registry
from providers.sandbox import Control

AT_ONCE = 60
"""So many of each provider first: the samples of the documentation, and everybody whom the history needs."""


def fill(url: str, count: int = 0) -> None:
    """Needs the people and the connections, and a worker at work. `count`: of customers in all, where the samples of
    the providers are not enough.
    """
    control = Control(url)
    titles = {provider.title: provider.slug for provider in registry.all()}
    connections = {titles[connection.name]: connection for connection in Connection.objects.filter(name__in=titles)}
    for connection in connections.values():
        customers.take_in(connection, control, AT_ONCE)
    ids = {slug: customers.ids(connection, control) for slug, connection in connections.items()}
    stage = Stage(control, everybody(), connections, ids)
    for scene in (*colleagues.PEOPLE, colleagues.asked_about):
        scene(stage)
    everyday.play(stage)
    quick, slow = scenes.SCENES[:-4], scenes.SCENES[-4:]
    for scene in quick:
        scene(stage)
    for connection in connections.values():
        customers.take_in(connection, control)
    for scene in (batches.addresses_from_a_file, *slow, *audited.SCENES):
        scene(stage)
    customers.take_in_many(connections, control, count)
