"""What the demo says while it brings its database up to date: nothing, unless there are customers to wait for."""

from __future__ import annotations

import io

from django.core.management import call_command
from django.core.management.base import OutputWrapper

from console.management.demo.upgrading import BEFOREHAND, bring_up_to_date, is_behind
from tests.cast import connect, sample
from tests.databases import Database

EARLIER = "0026"  # what came since can be taken back


class Terminal(io.StringIO):
    """What a person sees; `early`: whether it came while there was something to wait for."""

    early = True

    def write(self, said: str) -> int:
        self.early &= is_behind()
        return super().write(said)


def started() -> Terminal:
    """The terminal of a demo that has brought its database up to date."""
    terminal = Terminal()
    bring_up_to_date(OutputWrapper(terminal))
    assert not is_behind()
    return terminal


def test_that_it_may_take_minutes_is_said_before_it_does(live_db: Database) -> None:
    sample(connect("sqril"))
    call_command("migrate", "console", EARLIER, verbosity=0)
    terminal = started()
    assert terminal.getvalue() == f"{BEFOREHAND}\n"
    assert terminal.early


def test_nothing_is_said_where_nobody_is_there_to_be_brought_along(live_db: Database) -> None:
    call_command("migrate", "console", EARLIER, verbosity=0)
    assert started().getvalue() == ""


def test_nothing_is_said_of_what_is_up_to_date(live_db: Database) -> None:
    sample(connect("sqril"))
    assert started().getvalue() == ""
