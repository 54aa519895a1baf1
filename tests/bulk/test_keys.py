"""What imports hold under the key ring comes along when its keys are changed."""

from __future__ import annotations

import pytest
from django.conf import LazySettings

from console.bulk import file, problems
from console.flows import bulk as flow
from console.flows.rotate import rotate
from console.models import BulkKind, BulkStatus
from tests.cast import connect, person
from tests.deciding import no_policies
from tests.flows.test_rotate import change_keys, take_the_old_key_away
from tests.importing_files import carried_out, checked, done_by_a_worker, fresh, many, row, table
from tests.keys import ring

pytestmark = pytest.mark.django_db


def test_an_import_goes_on_and_tells_what_it_refused_once_its_key_is_gone(settings: LazySettings) -> None:
    settings.STEWARD_KEYS = ring("old")
    no_policies()
    caibo, ed = connect("caibo"), person("ed")
    carried_out(caibo, many(4), by=ed)
    rows = [*(row(number, "Other") for number in range(1, 5)), ("", "No Id", "", "", "")]
    seen = checked(
        caibo, table(rows, ("external_id", "name", "email", "address", "phone")), by=ed, kind=BulkKind.PROPOSE
    )
    change_keys(settings)
    rotate()
    take_the_old_key_away(settings)
    kept = fresh(seen)
    assert file.look_of(kept).columns[0] == "external_id"
    assert [one.cells[1] for one in problems.refused_rows(kept)] == ["No Id"]
    done = done_by_a_worker(flow.carry_out(kept.pk, by=ed, why="They were renamed."))
    assert (done.status, done.summary["proposed"]["made"]) == (BulkStatus.DONE, 4)
