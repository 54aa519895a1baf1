"""Opening a review: what it looks at, why, and that anybody can draw the same again."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from console.errors import NotFit, NotPermitted
from console.flows import drawing, glass, resolve
from console.flows.drawing import Member
from console.flows.opening import draw, open_review
from console.flows.population import compare
from console.flows.record import record
from console.models import Act, Change, Connection, Decision, Event, Grant, Origin, Review, Role, Status, User, Verdict
from tests.cast import connect, person, sample
from tests.deciding import policy
from tests.flows.helpers import wish
from tests.flows.test_glass import holding_the_hammer
from tests.reviewing import SINCE, UNTIL, WITHIN, ended, ended_changes, opened, plan
from tests.views.standing import asked, standing

pytestmark = pytest.mark.django_db


@pytest.fixture
def sqril() -> Connection:
    return connect("sqril")


@pytest.fixture
def ed() -> User:
    return person("ed")


@pytest.fixture
def rae() -> User:
    return person("rae")


@pytest.fixture
def kyc() -> None:
    """What asks for one approval of an occupation."""
    policy("KYC fields", "occupation")


def reasons(review: Review) -> dict[int, list[str]]:
    """The codes of each change that is looked at."""
    found = review.items.values_list("change", "reasons")
    return {number: [reason["code"] for reason in each] for number, each in found}


def theirs(connection: Connection, by: User) -> Change:
    """A change elsewhere that ended in the same period."""
    return ended(standing(sample(connection), by, Status.APPLIED))


def asking(connection: Connection, by: User, occupation: str = "OCC10") -> Change:
    """A change that waits for approval, about a customer of its own."""
    return wish(sample(connection, customer_id=f"cus_{Change.objects.count()}"), by, {"occupation": occupation})


def approved(change: Change, by: User, later: timedelta) -> Change:
    """As if this person had approved it so much later than it was asked for, and it had ended in September."""
    line, at = change.lines.get(), _asked_at(change) + later
    Decision.objects.create(change=change, line=line, by=by, act=Act.APPROVE, digest=line.digest, at=at)
    return ended(change)


def test_it_looks_at_what_ended_then_and_at_nothing_else(sqril: Connection, ed: User, rae: User) -> None:
    inside = ended_changes(sqril, ed, 3)
    [first] = ended_changes(sqril, ed, 1, at=SINCE)
    ended_changes(sqril, ed, 1, at=SINCE - timedelta(microseconds=1))
    ended_changes(sqril, ed, 1, at=UNTIL)
    asked(sample(sqril, customer_id="cus_open"), ed)
    review = opened(rae)
    assert review.population == 4
    assert reasons(review) == {change.pk: ["sample"] for change in (*inside, first)}


def test_it_looks_only_where_its_reviewer_reads_the_audit(sqril: Connection, ed: User) -> None:
    elsewhere = connect("caibo")
    rae = person("rae", sqril)
    mine = ended_changes(sqril, ed, 2)
    theirs(elsewhere, ed)
    review = opened(rae)
    assert review.connection_ids == [sqril.pk]
    assert set(reasons(review)) == {change.pk for change in mine}
    with pytest.raises(NotFit, match="Choose connections from the list"):
        opened(rae, connections=[elsewhere.pk])


def test_it_can_be_narrowed_to_some_connections(sqril: Connection, ed: User, rae: User) -> None:
    elsewhere = connect("caibo")
    ended_changes(sqril, ed, 2)
    other = theirs(elsewhere, ed)
    review = opened(rae, connections=[elsewhere.pk])
    assert (review.connection_ids, list(reasons(review))) == ([elsewhere.pk], [other.pk])


def test_the_sample_is_what_the_seed_says_and_nothing_else(sqril: Connection, ed: User, rae: User) -> None:
    numbers = [change.pk for change in ended_changes(sqril, ed, 12)]
    review = opened(rae, seed="0123", sample=4)
    lots = {number: hashlib.sha256(f"0123 {number}".encode()).digest() for number in numbers}
    expected = sorted(numbers, key=lambda number: lots[number])[:4]
    assert list(review.items.order_by("position").values_list("change", flat=True)) == expected
    assert list(draw(plan(sample=4), by=rae, seed="0123").chosen) == expected
    assert len({tuple(draw(plan(sample=4), by=rae, seed=str(seed)).chosen) for seed in range(5)}) > 1


def test_the_console_draws_another_seed_each_time(sqril: Connection, ed: User, rae: User) -> None:
    ended_changes(sqril, ed, 1)
    seeds = {open_review(plan(), by=rae).seed for _ in range(3)}
    assert len(seeds) == 3
    assert {len(seed) for seed in seeds} == {32}


def test_the_population_hash_is_over_the_last_step_of_each_change(sqril: Connection, ed: User, rae: User) -> None:
    changes = ended_changes(sqril, ed, 3)
    review = opened(rae, sample=1)
    lines = []
    for change in changes:
        [last] = Event.objects.filter(change=change, verb="change.applied")
        lines.append(f"{change.pk} {bytes(last.hash).hex()}\n")
    assert review.population_hash == hashlib.sha256("".join(lines).encode()).hexdigest()


def test_history_keeps_all_by_which_it_is_drawn_again(sqril: Connection, ed: User, rae: User) -> None:
    changes = ended_changes(sqril, ed, 3)
    review = opened(rae, sample=2)
    event = Event.objects.get(verb="review.opened")
    assert (event.subject, event.actor, event.origin) == (f"review:{review.pk}", rae, Origin.PAGE)
    told = {name: event.details[name] for name in ("seed", "sample", "items", "count", "population_hash")}
    assert told == {
        "seed": "a seed",
        "sample": 2,
        "items": 2,
        "count": 3,
        "population_hash": review.population_hash,
    }
    assert drawing.read(event.details["population"]) == {change.pk: 4 for change in changes}
    assert "September" not in str(event.details)


def test_what_was_let_through_without_approval_is_looked_at(sqril: Connection, ed: User, rae: User) -> None:
    policy("KYC fields", "occupation")
    change = wish(sample(sqril), ed, {"occupation": "OCC10"})
    ops = holding_the_hammer("ops")
    glass.break_glass(change.pk, by=ops, reason="It could not wait.")
    ended(change)
    review = opened(rae)
    assert review.items.get().reasons == [{"code": "emergency", "by": ops.pk}]


@pytest.mark.parametrize(("status", "found"), [(Status.UNKNOWN, "closed"), (Status.REFUSED, "sample")])
def test_an_unknown_that_was_closed_by_hand_is_looked_at(
    sqril: Connection, ed: User, rae: User, status: Status, found: str
) -> None:
    change, ops = standing(sample(sqril), ed, status), person("ops")
    resolve.close(change.pk, by=ops, verdict=Verdict.APPLIED, reason="They said so.")
    ended(change)
    [reason] = opened(rae).items.get().reasons
    assert reason["code"] == found
    if found == "closed":
        assert reason == {"code": "closed", "by": ops.pk, "verdict": "applied"}


@pytest.mark.usefixtures("kyc")
@pytest.mark.parametrize(("seconds", "found"), [(4, ["hasty"]), (10, ["sample"])])
def test_what_was_approved_within_seconds_is_looked_at(
    sqril: Connection, ed: User, rae: User, seconds: int, found: list[str]
) -> None:
    ann = person("ann")
    change = approved(asking(sqril, ed), ann, timedelta(seconds=seconds))
    review = opened(rae)
    assert reasons(review) == {change.pk: found}
    if found == ["hasty"]:
        assert review.items.get().reasons == [{"code": "hasty", "by": ann.pk, "seconds": 4, "after": "asked"}]


@pytest.mark.usefixtures("kyc")
def test_what_was_asked_anew_counts_from_then(sqril: Connection, ed: User, rae: User) -> None:
    change = asking(sqril, ed)
    first = Event.objects.get(change=change, verb="change.proposed").at
    with transaction.atomic():
        locked = change.locked()
        record(locked.customer, "change.amended", by=ed, origin=Origin.PAGE, change=locked)
    amended = Event.objects.get(verb="change.amended").at
    approved(change, person("ann"), amended - first + timedelta(seconds=9))
    approved(change, person("sam"), amended - first + timedelta(seconds=10))
    [reason] = opened(rae).items.get().reasons
    assert (reason["by"], reason["seconds"]) == (person("ann").pk, 9)


@pytest.mark.usefixtures("kyc")
@pytest.mark.parametrize(("same", "apart", "found"), [(False, 2, 1), (False, 3, 0), (True, 2, 0)])
def test_who_approves_one_thing_after_the_other_without_reading_is_looked_at(
    sqril: Connection, ed: User, rae: User, *, same: bool, apart: int, found: int
) -> None:
    first, second = asking(sqril, ed), asking(sqril, ed, "OCC10" if same else "OCC11")
    ann, between = person("ann"), _asked_at(second) - _asked_at(first)
    approved(first, ann, timedelta(hours=1))
    approved(second, ann, timedelta(hours=1, seconds=apart) - between)
    review = opened(rae)
    hasty = [number for number, codes in reasons(review).items() if "hasty" in codes]
    assert hasty == [second.pk] * found
    if found:
        [told] = review.items.get(change=second).reasons
        assert told == {"code": "hasty", "by": ann.pk, "seconds": 2, "after": "another"}


def _asked_at(change: Change) -> datetime:
    return Event.objects.get(change=change, verb="change.proposed").at


def approved_by(sqril: Connection, author: User, by: User, count: int) -> list[Change]:
    """So many changes of one person that another approved, each hours after the last one."""
    found = [asking(sqril, author) for _ in range(count)]
    return [approved(change, by, timedelta(hours=change.pk)) for change in found]


@pytest.mark.usefixtures("kyc")
def test_what_nearly_always_the_same_person_approved_is_looked_at(sqril: Connection, ed: User, rae: User) -> None:
    ann, sam, jo, ida = map(person, ("ann", "sam", "jo", "ida"))
    Grant.objects.create(user=ida, connection=None, role=Role.EDITOR)
    always = approved_by(sqril, ed, ann, 5)
    mixed = [*approved_by(sqril, jo, ann, 5), *approved_by(sqril, jo, sam, 2)]
    few = approved_by(sqril, ida, ann, 4)
    review = opened(rae)
    assert {number for number, codes in reasons(review).items() if "pair" in codes} == {each.pk for each in always}
    told = {"code": "pair", "author": ed.pk, "by": ann.pk, "count": 5, "of": 5}
    assert review.items.get(change=always[0]).reasons == [told]
    assert all(reasons(review)[change.pk] == ["sample"] for change in (*mixed, *few))


@pytest.mark.usefixtures("kyc")
def test_of_much_that_one_person_approved_of_another_ten_are_looked_at(sqril: Connection, ed: User, rae: User) -> None:
    numbers = [change.pk for change in approved_by(sqril, ed, person("ann"), 12)]
    chosen = opened(rae, sample=1, seed="x").items.filter(reasons__contains=[{"code": "pair"}])
    assert {item.change_id for item in chosen} == set(drawing.in_order("x", numbers)[:10])


@pytest.mark.usefixtures("kyc")
@pytest.mark.parametrize(("back", "found"), [(3, True), (2, False)])
def test_two_who_approve_for_each_other_are_looked_at(
    sqril: Connection, ed: User, rae: User, *, back: int, found: bool
) -> None:
    jo = person("jo")
    forth, ours = approved_by(sqril, ed, jo, 3), approved_by(sqril, jo, ed, back)
    review = opened(rae)
    assert {code for codes in reasons(review).values() for code in codes} == {"pair" if found else "sample"}
    assert len(reasons(review)) == len(forth) + len(ours)
    if found:
        assert review.items.get(change=forth[0]).reasons[0]["back"] == 3


def test_of_many_that_were_proposed_together_ten_are_looked_at(sqril: Connection, ed: User, rae: User) -> None:
    many = ended_changes(sqril, ed, 14)
    Change.objects.filter(pk__in=[change.pk for change in many]).update(size=14)
    few = ended_changes(sqril, ed, 2)
    Change.objects.filter(pk__in=[change.pk for change in few]).update(size=9)
    review = opened(rae, sample=1, seed="x")
    bulk = [number for number, codes in reasons(review).items() if "bulk" in codes]
    assert set(bulk) == set(drawing.in_order("x", [change.pk for change in many])[:10])
    assert review.items.count() == 11


def test_what_was_undone_is_looked_at(sqril: Connection, ed: User, rae: User) -> None:
    first, second, third = ended_changes(sqril, ed, 3)
    Change.objects.filter(pk=second.pk).update(undoes=first)
    dropped = standing(sample(sqril, customer_id="cus_dropped"), ed, Status.WITHDRAWN)
    Change.objects.filter(pk=dropped.pk).update(undoes=third)
    assert reasons(opened(rae))[first.pk] == ["undone"]
    assert reasons(opened(rae))[third.pk] == ["sample"]
    assert opened(rae).items.get(change=first).reasons == [{"code": "undone", "change": second.pk}]


def test_the_weightiest_comes_first(sqril: Connection, ed: User, rae: User) -> None:
    plain, undone, undo = ended_changes(sqril, ed, 3)
    Change.objects.filter(pk=undo.pk).update(undoes=undone, size=50)
    Change.objects.filter(pk=plain.pk).update(size=1)
    order = list(opened(rae).items.order_by("position").values_list("change", flat=True))
    assert order == [undone.pk, undo.pk, plain.pk]


@pytest.mark.parametrize(
    ("wrong", "part", "sentence"),
    [
        ({"title": " "}, "title", "Give it a name"),
        ({"title": "x" * 121}, "title", "120 characters, not 121"),
        ({"since": UNTIL, "until": SINCE}, "until", "ends before it begins"),
        ({"since": SINCE, "until": SINCE}, "until", "ends before it begins"),
        ({"until": UNTIL + timedelta(days=50_000)}, "until", "in the future"),
        ({"sample": 0}, "sample", "from 1 to 500"),
        ({"sample": 501}, "sample", "from 1 to 500"),
        ({"since": SINCE - timedelta(days=3), "until": SINCE}, "since", "No change ended then"),
    ],
)
def test_what_cannot_be_reviewed_is_said_in_a_sentence(
    sqril: Connection, ed: User, rae: User, wrong: dict[str, Any], part: str, sentence: str
) -> None:
    ended_changes(sqril, ed, 1)
    with pytest.raises(NotFit) as refused:
        opened(rae, **wrong)
    assert list(refused.value.wanted) == [part]
    assert sentence in refused.value.wanted[part]
    assert not Review.objects.exists()
    assert not Event.objects.filter(verb="review.opened").exists()


@pytest.mark.parametrize("who", ["ed", "ann", "ops", "max", "vic"])
def test_nobody_but_a_reviewer_opens_one(sqril: Connection, ed: User, who: str) -> None:
    ended_changes(sqril, ed, 1)
    with pytest.raises(NotPermitted):
        opened(person(who))


@given(st.dictionaries(st.integers(1, 400), st.integers(1, 5)))
def test_a_population_is_written_and_read_back(steps: dict[int, int]) -> None:
    written = drawing.written(Member(number, count, b"") for number, count in steps.items())
    assert drawing.read(written) == steps


def test_a_population_is_written_briefly() -> None:
    members = [Member(number, 3, b"") for number in (*range(1000, 51000), 60000, 70001, 70002)]
    assert drawing.written(members) == {"3": "1000-50999 60000 70001-70002"}


def test_a_change_of_which_history_lost_a_step_is_named(sqril: Connection, ed: User) -> None:
    [change] = ended_changes(sqril, ed, 1, at=WITHIN)
    fit = compare({"5": str(change.pk), "3": "999999"}, "")
    assert (fit.fits, fit.lost) == (False, (change.pk, 999999))
