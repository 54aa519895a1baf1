"""Every state that a page can show, brought about by the real flows against the sandbox, each under a name.

A subject is a module: `SCENES` are its pages, and `play`, where it has one, brings about what they show. They play in
the order of `SUBJECTS`, and the later ones find what the earlier ones did.
"""

from __future__ import annotations

from collections.abc import Mapping

from console.models import Grant, Role, User
from tests.browser.scenes import (
    audit,
    batches,
    bulk_edits,
    changes,
    connections,
    customers,
    editing,
    everywhere,
    exports,
    extremes,
    factors,
    hidden,
    history,
    imports,
    listing,
    news,
    people,
    policies,
    quality,
    requests,
    reviews,
    sessions,
    taken_back,
    work,
)
from tests.browser.scenes.playing import PEOPLE, Play, Scene
from tests.browser.stage import Stage
from tests.cast import PASSWORD, person

__all__ = ["OF_CUSTOMERS", "OF_MANY", "OTHERS", "SCENES", "Scene", "play"]

SUBJECTS = (
    changes,
    customers,
    history,
    connections,
    editing,
    policies,
    requests,
    reviews,
    taken_back,
    hidden,
    news,
    bulk_edits,
    people,
    factors,
    sessions,
    imports,
    batches,
    quality,
    exports,
    audit,
    listing,
    work,
    extremes,
    everywhere,
)
ABOUT_MANY = (audit, batches, connections, exports, imports, policies, quality, reviews)
SCENES: Mapping[str, Scene] = {name: scene for subject in SUBJECTS for name, scene in subject.SCENES.items()}
# In three, of which each is looked at in a process of its own.
OF_CUSTOMERS = {name: scene for name, scene in SCENES.items() if name.startswith(("customer", "edit", "field"))}
OF_MANY = {name: SCENES[name] for subject in ABOUT_MANY for name in subject.SCENES if name not in OF_CUSTOMERS}
OTHERS = {name: scene for name, scene in SCENES.items() if name not in OF_CUSTOMERS | OF_MANY}


def play(stage: Stage) -> Mapping[str, int]:
    """Plays everything, and gives the numbers of what came of it."""
    played = Play(stage, {username: person(username) for username in PEOPLE})
    newcomer = User.objects.create_user("kim", password=PASSWORD, first_name="Kim", last_name="Park")
    Grant.objects.create(user=newcomer, role=Role.EDITOR)
    for slug, connection in stage.connections.items():
        customers.take_in(stage, slug, connection)
        played.numbers[slug] = played.customer(slug, 0).pk
        played.numbers[f"{slug}_connection"] = connection.pk
    for subject in SUBJECTS:
        if hasattr(subject, "play"):
            subject.play(played)
    return played.numbers
