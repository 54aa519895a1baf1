"""A code that is sent twice at the same moment, to two processes, is good once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from console.accounts.codes import use_code
from console.accounts.guessing import Wrong
from console.models import User
from tests import cast
from tests.databases import Database
from tests.factors import add_app, code, recovery_codes

AT_ONCE = 8


@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_one_of_those_who_send_it_gets_in(live_db: Database, kind: str) -> None:
    ed = cast.person("ed")
    add_app(ed)
    shown, together = code() if kind == "app" else recovery_codes(ed)[0], Barrier(AT_ONCE)

    def send(_: int) -> bool:
        try:
            user = User.objects.get(pk=ed.pk)  # so that each has its connection to the database before they begin
            together.wait()
            return bool(use_code(user, shown))
        except Wrong:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        assert sorted(threads.map(send, range(AT_ONCE))) == [*[False] * (AT_ONCE - 1), True]
