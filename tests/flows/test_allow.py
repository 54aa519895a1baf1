"""What somebody may do only so often: counted for all alike, exactly, and it works again by itself."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from console.errors import TooMany
from console.flows.allow import allow, require_left
from console.models import Allowance

HOUR = timedelta(hours=1)


@pytest.mark.django_db
def test_it_is_allowed_so_often_and_then_no_more_for_this_person_and_this_thing() -> None:
    for _ in range(3):
        allow("export", 17, most=3, within=HOUR)
    with pytest.raises(TooMany, match="It works again in 60 minutes") as refused:
        allow("export", 17, most=3, within=HOUR)
    assert 3590 < refused.value.seconds <= 3600
    allow("export", 18, most=3, within=HOUR)
    allow("search", 17, most=3, within=HOUR)


@pytest.mark.django_db
def test_whether_any_is_left_can_be_asked_without_counting() -> None:
    for _ in range(3):
        require_left("miss", 17, most=1, within=HOUR)
    allow("miss", 17, most=1, within=HOUR)
    with pytest.raises(TooMany) as refused:
        require_left("miss", 17, most=1, within=HOUR)
    assert 3590 < refused.value.seconds <= 3600
    require_left("miss", 18, most=1, within=HOUR)
    require_left("miss", 17, most=1, within=timedelta(0))


@pytest.mark.django_db
def test_who_goes_on_trying_waits_no_longer_for_it_and_the_count_grows_no_further() -> None:
    allow("export", 17, most=1, within=HOUR)
    for _ in range(10):
        with pytest.raises(TooMany):
            allow("export", 17, most=1, within=HOUR)
    assert Allowance.objects.get().used == 2


@pytest.mark.django_db
def test_it_works_again_once_the_time_is_over() -> None:
    allow("export", 17, most=1, within=HOUR)
    Allowance.objects.update(began_at=Allowance.objects.get().began_at - HOUR)
    allow("export", 17, most=1, within=HOUR)
    with pytest.raises(TooMany):
        allow("export", 17, most=1, within=HOUR)


@pytest.mark.usefixtures("live_db")
def test_of_forty_at_the_same_moment_exactly_ten_are_allowed() -> None:
    allowed, start = [], threading.Barrier(8)

    def hurry() -> None:
        start.wait()
        for _ in range(5):
            try:
                allow("export", 17, most=10, within=HOUR)
            except TooMany:
                continue
            allowed.append(1)
        connection.close()

    threads = [threading.Thread(target=hurry) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(allowed) == 10


@pytest.mark.parametrize(
    ("seconds", "said"), [(1, "in a second."), (89, "in 89 seconds."), (90, "in 2 minutes."), (3600, "in 60 minutes.")]
)
def test_it_says_when_it_works_again(seconds: int, said: str) -> None:
    assert str(TooMany(seconds)).endswith(said)
