"""An administrator signs somebody out everywhere."""

from __future__ import annotations

import pytest
from django.urls import reverse

from console.models import Grant
from tests.cast import connect, person
from tests.views.test_sessions import EDGE, is_in, signed_in, told

pytestmark = pytest.mark.django_db


class TestAnAdministrator:
    def test_signs_somebody_out_everywhere_and_it_is_told(self) -> None:
        connect("caibo")
        ed, maxs = person("ed"), signed_in(person("max"))
        theirs = [signed_in(ed), signed_in(ed, EDGE)]
        answer = maxs.post(reverse("person_sessions_end", args=[ed.pk]))
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/people/{ed.pk}/")
        assert not any(is_in(client) for client in theirs)
        assert is_in(maxs)
        assert told(ed) == ["Max Brandt ended 2 sessions of this person: Edge on Windows and Firefox on Linux"]

    def test_does_so_only_where_they_administer_all_that_the_person_may_do(self) -> None:
        here = connect("caibo")
        ed, vic = person("ed"), person("vic")
        Grant.objects.create(user=vic, connection=here, role="administrator")
        eds = signed_in(ed)
        answer = signed_in(vic).post(reverse("person_sessions_end", args=[ed.pk]))
        assert answer.status_code in {403, 404}
        assert is_in(eds)

    def test_is_the_only_one_who_does(self) -> None:
        ed, jo = person("ed"), signed_in(person("jo"))
        eds = signed_in(ed)
        assert jo.post(reverse("person_sessions_end", args=[ed.pk])).status_code == 403
        assert is_in(eds)
