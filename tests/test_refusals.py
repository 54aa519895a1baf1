"""Whoever may not do a thing is told which right and role it takes, and which people can help."""

from __future__ import annotations

import pytest

from console.models import Grant, Role
from console.permissions import Right, givers_sentence, refusal_sentence
from tests import cast

pytestmark = pytest.mark.django_db


def test_it_names_the_right_the_role_who_has_it_and_who_can_give_it() -> None:
    sqril, vic = cast.connect("sqril"), cast.person("vic")
    cast.person("ed")
    cast.person("max")
    assert refusal_sentence(Right.PROPOSE, sqril, to=vic) == (
        "You may not propose changes at Sqril: it takes the role Editor there. "
        "Ask Ed Kowalski, who has it, or Max Brandt, who can give it."
    )


def test_it_names_every_role_that_carries_the_right_and_no_more_than_two_people_of_each_sort() -> None:
    sqril, vic = cast.connect("sqril"), cast.person("vic")
    for username in ("ed", "jo", "ann", "max", "ida"):
        cast.person(username)
    said = refusal_sentence(Right.SEE, sqril, to=vic)
    assert "one of the roles Viewer, Editor, Approver, Operator or Reviewer there" in said
    assert said.endswith("Ask Ann Mwangi or Ed Kowalski, who have it, or Ida Novak or Max Brandt, who can give it.")


def test_where_nobody_has_the_role_it_names_who_can_give_it() -> None:
    sqril, vic = cast.connect("sqril"), cast.person("vic")
    assert refusal_sentence(Right.PAUSE, sqril, to=vic).endswith("Nobody has it yet: ask whoever runs this console.")
    cast.person("max")
    assert refusal_sentence(Right.PAUSE, sqril, to=vic).endswith("Nobody has it yet: ask Max Brandt, who can give it.")


def test_nobody_of_another_team_or_switched_off_is_named_and_nobody_twice() -> None:
    sqril, caibo, vic = cast.connect("sqril"), cast.connect("caibo"), cast.person("vic")
    cast.person("ops", caibo)
    away = cast.person("ed")
    away.is_active = False
    away.save()
    Grant.objects.create(user=cast.person("max"), role=Role.OPERATOR, connection=sqril)
    assert refusal_sentence(Right.PAUSE, sqril, to=vic).endswith("there. Ask Max Brandt, who has it.")
    assert refusal_sentence(Right.PROPOSE, sqril, to=vic).endswith(
        "Nobody has it yet: ask Max Brandt, who can give it."
    )


def test_nobody_is_sent_to_ask_themselves() -> None:
    sqril, max_ = cast.connect("sqril"), cast.person("max")
    cast.person("ed")
    assert refusal_sentence(Right.PROPOSE, sqril, to=max_).endswith("there. Ask Ed Kowalski, who has it.")
    assert givers_sentence(to=max_) == "Whoever runs this console can give you one."
    cast.person("ida", sqril)
    assert givers_sentence(to=max_) == "Ask Ida Novak, who can give you one."
