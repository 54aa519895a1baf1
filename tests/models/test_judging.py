"""Judging: what policies leave outstanding, for whatever lines, policies, decisions and people there are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.models.judging import (
    APPROVAL_LASTS,
    NO_POLICY,
    Act,
    Asked,
    Given,
    Judged,
    LineState,
    Rule,
    Scope,
    Subject,
    judge,
)

NOW = datetime(2026, 11, 21, 10, 24, tzinfo=UTC)
HERE, ELSEWHERE = 1, 2
ED, ANN, SAM, MAX = 10, 11, 12, 13
FIELDS = ["occupation", "address", "phone"]
BY_ED = Subject(HERE, authors=frozenset({ED}))

fields = st.sampled_from(FIELDS)
digests = st.sampled_from([b"as it is", b"as it was"])
people = st.sampled_from([ED, ANN, SAM, MAX])
rules = st.builds(
    Rule,
    policy=st.integers(1, 5),
    number=st.integers(1, 3),
    name=st.sampled_from(["KYC fields", "Large batches", "No approval needed"]),
    connections=st.frozensets(st.sampled_from([HERE, ELSEWHERE])),
    scope=st.sampled_from(Scope),
    fields=st.frozensets(fields),
    from_size=st.integers(1, 60),
    approvals=st.integers(0, 3),
    asks_reason=st.booleans(),
    asks_ticket=st.booleans(),
    lasts=st.integers(1, 200).map(lambda hours: timedelta(hours=hours)),
)
lines = st.lists(
    st.builds(
        Asked,
        field=fields,
        sensitive=st.booleans(),
        state=st.sampled_from(LineState),
        digest=digests,
        moved=st.booleans(),
    ),
    unique_by=lambda line: line.field,
    min_size=1,
)
decisions = st.lists(
    st.builds(
        Given,
        field=fields,
        by=people,
        act=st.sampled_from(Act),
        digest=digests,
        at=st.integers(0, 14).map(lambda days: NOW - timedelta(days=days)),
    )
)
deciders = st.frozensets(people)
sizes = st.integers(1, 100)


def judged(asked: list[Asked], policies: list[Rule], told: list[Given], who: frozenset[int], size: int = 1) -> Judged:
    subject = Subject(HERE, size, frozenset({ED}))
    return judge(asked, policies, told, who, subject=subject, now=NOW)


def yes(field: str, by: int, digest: bytes = b"as it is", days: float = 0) -> Given:
    return Given(field, by, Act.APPROVE, digest, NOW - timedelta(days=days))


@given(lines, st.lists(rules), decisions, deciders, sizes)
def test_each_line_is_judged_once_in_the_order_given(asked, policies, told, who, size) -> None:  # type: ignore[no-untyped-def]
    assert [line.asked for line in judged(asked, policies, told, who, size).lines] == asked


@given(lines, st.lists(rules), decisions, deciders, sizes)
def test_nobody_counts_who_asked_for_it_or_may_not_decide(asked, policies, told, who, size) -> None:  # type: ignore[no-untyped-def]
    for line in judged(asked, policies, told, who, size).lines:
        assert ED not in line.by
        assert set(line.by) <= who
        assert len(set(line.by)) == len(line.by)


@given(lines, st.lists(rules), decisions, deciders, sizes)
def test_only_an_approval_of_the_very_digest_counts(asked, policies, told, who, size) -> None:  # type: ignore[no-untyped-def]
    for line in judged(asked, policies, told, who, size).lines:
        exact = {
            one.by for one in told if (one.field, one.digest, one.act) == (line.field, line.asked.digest, Act.APPROVE)
        }
        assert set(line.by) <= exact


@given(lines, st.lists(rules), decisions, deciders, sizes)
def test_what_was_left_out_stays_so_whatever_was_approved(asked, policies, told, who, size) -> None:  # type: ignore[no-untyped-def]
    for line in judged(asked, policies, told, who, size).lines:
        if line.asked.state in {LineState.REJECTED, LineState.DROPPED}:
            assert line.state is line.asked.state


@given(lines, st.lists(rules), decisions, deciders, sizes)
def test_a_line_is_approved_only_with_every_approval_and_only_unmoved(asked, policies, told, who, size) -> None:  # type: ignore[no-untyped-def]
    for line in judged(asked, policies, told, who, size).lines:
        if line.state is LineState.APPROVED:
            assert len(line.by) >= line.need.approvals
            assert not line.asked.moved


@given(lines, st.lists(rules), decisions, deciders, sizes)
def test_every_open_line_waits_for_somebody(asked, policies, told, who, size) -> None:  # type: ignore[no-untyped-def]
    result = judged(asked, policies, told, who, size)
    waiting = {line.field for line in (*result.for_approval, *result.for_author)}
    assert waiting == {line.field for line in result.lines if line.state is LineState.OPEN}
    assert result.is_settled == (not waiting)


@given(lines, st.lists(rules), decisions, deciders, sizes, rules)
def test_one_more_policy_never_asks_for_less_unless_none_named_the_field(  # type: ignore[no-untyped-def]
    asked, policies, told, who, size, more
) -> None:
    before, after = judged(asked, policies, told, who, size), judged(asked, [*policies, more], told, who, size)
    for was, now in zip(before.lines, after.lines, strict=True):
        if was.need.rules != (NO_POLICY,):
            assert now.need.approvals >= was.need.approvals


@given(lines, st.lists(rules), decisions, deciders, sizes)
def test_one_more_approval_never_leaves_more_outstanding(asked, policies, told, who, size) -> None:  # type: ignore[no-untyped-def]
    before = judged(asked, policies, told, who, size)
    after = judged(asked, policies, [*told, yes(asked[0].field, ANN)], who | {ANN}, size)
    assert after.approvals <= before.approvals


@given(lines, st.lists(rules), decisions, deciders, sizes)
def test_what_becomes_of_one_line_changes_nothing_about_another(asked, policies, told, who, size) -> None:  # type: ignore[no-untyped-def]
    whole = judged(asked, policies, told, who, size)
    for line in asked:
        assert judged([line], policies, told, who, size).lines == (whole.line(line.field),)


@given(lines, decisions, deciders)
def test_a_line_that_no_policy_names_needs_one_approval(asked, told, who) -> None:  # type: ignore[no-untyped-def]
    assert {line.need.approvals for line in judged(asked, [], told, who).lines} == {1}


def test_that_none_is_needed_has_to_be_said() -> None:
    nobody = Rule(1, 1, "No approval needed", approvals=0)
    assert judge([Asked("phone")], [nobody], subject=BY_ED).is_settled
    assert not judge([Asked("phone")], [], subject=BY_ED).is_settled


def test_of_several_policies_the_strictest_holds_and_the_shortest_time() -> None:
    policies = [
        Rule(1, 1, "No approval needed", approvals=0, lasts=timedelta(hours=1)),
        Rule(2, 4, "KYC fields", approvals=1, lasts=timedelta(hours=72), asks_reason=True),
        Rule(3, 1, "Sensitive", approvals=2, scope=Scope.SENSITIVE, lasts=timedelta(hours=24), asks_ticket=True),
    ]
    both = judge([Asked("address"), Asked("dob", sensitive=True)], policies, subject=BY_ED)
    assert [line.need.approvals for line in both.lines] == [1, 2]
    assert both.lasts == timedelta(hours=24)
    assert [rule.name for rule in both.asks_reason] == ["KYC fields"]
    assert [rule.name for rule in both.asks_ticket] == ["Sensitive"]


def test_a_policy_that_asks_for_nobody_shortens_no_request() -> None:
    policies = [Rule(1, 1, "No approval needed", approvals=0, lasts=timedelta(hours=1)), Rule(2, 1, "KYC fields")]
    assert judge([Asked("address")], policies, subject=BY_ED).lasts == timedelta(hours=72)


@pytest.mark.parametrize(
    ("rule", "applies"),
    [
        (Rule(1, 1, "everything"), True),
        (Rule(1, 1, "elsewhere", connections=frozenset({ELSEWHERE})), False),
        (Rule(1, 1, "here", connections=frozenset({HERE, ELSEWHERE})), True),
        (Rule(1, 1, "sensitive", scope=Scope.SENSITIVE), False),
        (Rule(1, 1, "named", scope=Scope.NAMED, fields=frozenset({"address"})), True),
        (Rule(1, 1, "another", scope=Scope.NAMED, fields=frozenset({"phone"})), False),
        (Rule(1, 1, "batches", from_size=50), False),
    ],
)
def test_a_policy_is_about_what_it_says(rule: Rule, applies: bool) -> None:
    [line] = judge([Asked("address")], [rule], subject=BY_ED).lines
    assert (rule in line.need.rules) is applies


def test_a_policy_about_batches_holds_from_its_size_on() -> None:
    batches = Rule(1, 1, "Large batches", from_size=50)
    assert batches.matches("phone", sensitive=False, connection=HERE, size=50)
    assert not batches.matches("phone", sensitive=False, connection=HERE, size=49)


def test_an_approval_counts_for_seven_days() -> None:
    policies, asked = [Rule(1, 1, "KYC fields")], [Asked("address", digest=b"as it is")]
    fresh, old = (
        yes("address", ANN, days=7),
        Given("address", ANN, Act.APPROVE, b"as it is", NOW - APPROVAL_LASTS * 1.01),
    )
    assert judge(asked, policies, [fresh], {ANN}, subject=BY_ED, now=NOW).is_settled
    assert not judge(asked, policies, [old], {ANN}, subject=BY_ED, now=NOW).is_settled


def test_the_same_person_twice_is_one_person() -> None:
    policies, asked = [Rule(1, 1, "KYC fields", approvals=2)], [Asked("address", digest=b"as it is")]
    told = [yes("address", ANN), yes("address", ANN)]
    assert judge(asked, policies, told, {ANN, SAM}, subject=BY_ED, now=NOW).approvals == 1
    assert judge(asked, policies, [*told, yes("address", SAM)], {ANN, SAM}, subject=BY_ED, now=NOW).is_settled


def test_what_has_moved_is_asked_anew_and_what_nobody_was_asked_about_goes_to_its_author() -> None:
    policies = [Rule(1, 1, "none", approvals=0), Rule(2, 1, "KYC", scope=Scope.NAMED, fields=frozenset({"address"}))]
    asked = [Asked("address", digest=b"as it is", moved=True), Asked("phone", moved=True)]
    result = judge(asked, policies, [yes("address", ANN)], {ANN}, subject=BY_ED, now=NOW)
    assert [line.field for line in result.for_approval] == ["address"]
    assert [line.field for line in result.for_author] == ["phone"]
