"""What readers of the audit keep, and the record of what they looked at."""

from __future__ import annotations

from datetime import date

import pytest

from console.auditing import Query
from console.errors import NotFit
from console.flows import searches
from console.models import Event, SavedSearch, User
from tests import cast

pytestmark = pytest.mark.django_db

QUERY = Query(kind="change", since=date(2026, 5, 1), zone="Asia/Jakarta")


@pytest.fixture
def rae() -> User:
    return cast.person("rae")


def test_a_search_is_kept_under_its_name_and_forgotten_by_its_owner_alone(rae: User) -> None:
    kept = searches.save(QUERY, "  Changes   since May ", by=rae)
    assert kept.name == "Changes since May"
    assert Query.of(SavedSearch.objects.get().query) == QUERY
    assert not searches.forget(kept.pk, by=cast.person("max"))
    assert searches.forget(kept.pk, by=rae)
    assert not SavedSearch.objects.exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (" ", "Give the search a name"),
        ("x" * 81, "at most 80 characters; this has 81"),
        ("Mine", "You keep a search called “Mine” already"),
        ("a\0b", "cannot be kept"),
    ],
)
def test_a_name_that_will_not_do_is_refused_in_a_sentence(rae: User, name: str, said: str) -> None:
    searches.save(QUERY, "Mine", by=rae)
    with pytest.raises(NotFit, match=said) as refused:
        searches.save(QUERY, name, by=rae)
    assert set(refused.value.wanted) == {"name"}
    assert SavedSearch.objects.count() == 1


def test_nothing_is_kept_that_narrows_nothing_and_no_more_than_fifty(rae: User) -> None:
    with pytest.raises(NotFit, match="Nothing narrows this search"):
        searches.save(Query(), "All", by=rae)
    for number in range(50):
        searches.save(QUERY, f"Search {number}", by=rae)
    with pytest.raises(NotFit, match="You keep 50 searches"):
        searches.save(QUERY, "One more", by=rae)
    searches.save(QUERY, "Another person's", by=cast.person("max"))


def test_reading_the_audit_is_written_down_but_not_twice_within_a_minute(rae: User) -> None:
    event = searches.searched(QUERY, by=rae)
    assert event is not None
    assert (event.subject, event.verb, event.actor) == (f"person:{rae.pk}", "audit.searched", rae)
    assert event.details == {"query": {"kind": "change", "since": "2026-05-01", "zone": "Asia/Jakarta"}}
    assert searches.searched(QUERY, by=rae) is None
    assert searches.opened(event, by=rae) is not None
    assert searches.opened(event, by=rae) is None
    assert searches.searched(QUERY.but(kind="person"), by=rae) is not None
    assert searches.searched(QUERY, by=cast.person("max")) is not None
    assert Event.objects.filter(verb__startswith="audit.").count() == 4


def test_the_same_is_written_again_after_a_minute(rae: User, monkeypatch: pytest.MonkeyPatch) -> None:
    searches.searched(QUERY, by=rae)
    monkeypatch.setattr(searches, "THE_SAME", searches.THE_SAME * 0)
    assert searches.searched(QUERY, by=rae) is not None
