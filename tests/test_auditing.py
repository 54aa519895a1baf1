"""Searching the audit: what is found by each filter, who sees it, and in what order it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from django.db.models.functions import Now

from console.auditing import (
    CONSOLE,
    EVERYTHING,
    Query,
    batches,
    count,
    describe,
    events,
    find,
    may_see,
    parse,
    refusal,
    sight,
    walking,
)
from console.auditing.kinds import LABELS, VERBS
from console.flows.record import record
from console.models import Connection, Customer, Event, Origin, Status, User
from console.models.rows import insert
from console.permissions import Places
from tests import cast
from tests.views.standing import standing

pytestmark = pytest.mark.django_db

A_DAY = timedelta(days=1)
MAY = datetime(2026, 5, 1, 12, tzinfo=UTC)


def happened(customer: Customer, at: datetime, verb: str = "customer.moved", by: User | None = None) -> Event:
    """An event of the past, as it would stand in the chain."""
    customer.refresh_from_db()
    event = Event(subject=f"customer:{customer.pk}", number=customer.chain_length + 1, customer=customer, at=at)
    event.verb, event.origin, event.actor, event.connection = verb, Origin.WORKER, by, customer.connection
    event.details, event.previous = {"fields": ["phone"]}, bytes(customer.chain_head)
    event.hash = event.computed_hash()
    insert([event])
    customer.chain_length, customer.chain_head = event.number, event.hash
    customer.save()
    return event


def verbs(ids: Iterable[int]) -> set[str]:
    return {event.verb for event in events(ids)}


def found(query: Query, places: Places = EVERYTHING) -> list[int]:
    return list(find(query, places).ids)


@pytest.fixture
def sqril() -> Connection:
    return cast.connect("sqril")


@pytest.fixture
def adi(sqril: Connection) -> Customer:
    return cast.sample(sqril)


@pytest.fixture
def ann(sqril: Connection) -> Customer:
    """Of another connection."""
    return cast.sample(cast.connect("caibo"))


def test_each_filter_finds_what_passes_it_and_nothing_else(adi: Customer, ann: Customer) -> None:
    ed, jo = cast.person("ed"), cast.person("jo")
    change, other = standing(adi, ed, Status.APPLIED), standing(ann, jo, Status.REFUSED)
    record(jo, "person.signed_in", by=jo, origin=Origin.PAGE)
    everything = {event.pk: event for event in Event.objects.select_related("change")}
    passing: dict[Query, Callable[[Event], bool]] = {
        Query(person=ed.pk): lambda event: event.actor_id == ed.pk,
        Query(person=CONSOLE): lambda event: event.actor_id is None,
        Query(kind="change"): lambda event: event.verb.startswith("change."),
        Query(kind="change.sending"): lambda event: event.verb == "change.sending",
        Query(kind="person"): lambda event: event.verb == "person.signed_in",
        Query(connection=adi.connection_id): lambda event: event.connection_id == adi.connection_id,
        Query(customer=ann.pk): lambda event: event.customer_id == ann.pk,
        Query(change=other.pk): lambda event: event.change_id == other.pk,
        Query(field="phone"): lambda event: event.mentions.filter(field="phone").exists(),
        Query(outcome="applied"): lambda event: event.verb == "change.applied",
        Query(kind="change", outcome="refused"): lambda event: event.verb == "change.refused",
        Query(kind="decision", outcome="refused"): lambda _: False,
        Query(customer=adi.pk, field="address"): lambda event: (
            event.customer_id == adi.pk and event.mentions.filter(field="address").exists()
        ),
        Query(person=ed.pk, change=change.pk): lambda event: event.change_id == change.pk and event.actor_id == ed.pk,
        Query(): lambda _: True,
    }
    for query, passes in passing.items():
        wanted = {pk for pk, event in everything.items() if passes(event)}
        got = found(query)
        assert (query, set(got)) == (query, wanted)
        assert len(got) == len(wanted)
        assert count(query, EVERYTHING, 1000) == len(wanted)
        assert [event.pk for batch in batches(query, EVERYTHING, size=2) for event in batch] == got[::-1]


def test_a_request_is_found_by_its_id(adi: Customer) -> None:
    event = happened(adi, MAY)
    assert found(Query(request="none of ours")) == []
    late = Event(subject="installation:1", number=1, at=MAY, verb="installation.restored", origin=Origin.WORKER)
    late.request_id, late.details, late.previous = "req-77", {}, b""
    late.hash = late.computed_hash()
    insert([late])
    assert found(Query(request="req-77")) == [late.pk]
    assert event.pk not in found(Query(request="req-77"))


def test_a_period_counts_whole_days_of_the_readers_zone(adi: Customer) -> None:
    late = happened(adi, datetime(2026, 5, 1, 21, 30, tzinfo=UTC))  # 4:30 of the next morning in Jakarta
    first, second = date(2026, 5, 1), date(2026, 5, 2)
    assert found(Query(since=first, until=first)) == [late.pk]
    assert found(Query(since=first, until=first, zone="Asia/Jakarta")) == []
    assert found(Query(since=second, until=second, zone="Asia/Jakarta", customer=adi.pk)) == [late.pk]
    assert found(Query(since=second, until=second, kind="customer.moved")) == []
    assert found(Query(until=date(2026, 4, 30))) == []


@pytest.mark.parametrize("extreme", [date.min, date.max])
@pytest.mark.parametrize("zone", ["Asia/Jakarta", "America/Los_Angeles", "UTC"])
def test_the_first_and_the_last_day_there_are_break_nothing(adi: Customer, extreme: date, zone: str) -> None:
    assert found(Query(since=extreme, customer=adi.pk, zone=zone)) == ([] if extreme == date.max else found(Query()))
    assert found(Query(until=extreme, zone=zone)) == ([] if extreme == date.min else found(Query()))


def test_pages_follow_each_other_without_a_gap_also_at_one_moment(adi: Customer) -> None:
    for number in range(11):
        happened(adi, MAY + A_DAY * (number // 4))
    for query in (Query(kind="customer.moved"), Query(customer=adi.pk, kind="customer.moved"), Query(field="phone")):
        whole = found(query)
        first = find(query, EVERYTHING, size=4)
        second = find(query, EVERYTHING, size=4, after=first.older)
        third = find(query, EVERYTHING, size=4, after=second.older)
        assert [*first.ids, *second.ids, *third.ids] == whole
        assert third.older is None
        assert first.newer is None
        back = find(query, EVERYTHING, size=4, before=third.newer)
        assert back.ids == second.ids
        assert find(query, EVERYTHING, size=4, before=back.newer).ids == first.ids


def test_a_search_that_looked_far_enough_says_how_far_and_goes_on_from_there(
    adi: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ed = cast.person("ed")
    oldest = happened(adi, MAY, by=ed)
    for number in range(1, 30):
        happened(adi, MAY + A_DAY * number)
    monkeypatch.setattr(walking.walk, "__kwdefaults__", {**(walking.walk.__kwdefaults__ or {}), "bound": 12})
    query = Query(person=CONSOLE, field="phone")
    rare = query.but(person=ed.pk, until=date(2026, 12, 31), zone="UTC")
    assert found(rare) == [oldest.pk]  # walked along the one event of Ed
    pages = [find(query, EVERYTHING, size=50)]
    while pages[-1].horizon:
        assert pages[-1].older == pages[-1].horizon
        assert not pages[-1].facets.is_all
        pages.append(find(query, EVERYTHING, size=50, after=pages[-1].older))
    assert len(pages) > 2
    met = [pk for page in pages for pk in page.ids]
    assert len(met) == Event.objects.filter(actor=None, mentions__field="phone").count()


def test_facets_count_what_the_search_finds(adi: Customer, ann: Customer) -> None:
    ed = cast.person("ed")
    standing(adi, ed, Status.APPLIED)
    facets = find(Query(), EVERYTHING, size=1).facets
    assert facets.is_all
    assert facets.total == Event.objects.count()
    assert facets.verbs["customer.baseline"] == 2
    assert facets.connections[ann.connection_id] == 1
    assert facets.people[ed.pk] == Event.objects.filter(actor=ed).count()
    assert facets.people[CONSOLE] == Event.objects.filter(actor=None).count()
    assert facets.outcomes["applied"] == 1
    assert "baseline" not in facets.outcomes


def test_who_audits_one_connection_sees_only_its_events(adi: Customer, ann: Customer) -> None:
    rae, max_ = cast.person("rae", adi.connection), cast.person("max")
    record(max_, "person.signed_in", by=max_, origin=Origin.PAGE)
    places = sight(rae)
    here = Event.objects.filter(connection=adi.connection_id)
    assert set(found(Query(), places)) == {event.pk for event in here}
    for query in (Query(customer=ann.pk), Query(connection=ann.connection_id), Query(person=max_.pk)):
        assert found(query, places) == []
        assert count(query, places, 10) == 0
        assert list(batches(query, places)) == []
    for event in Event.objects.all():
        assert may_see(event, places) == (event.connection_id == adi.connection_id)
    assert found(Query(), sight(cast.person("ed"))) == []


def test_an_export_leaves_out_what_happens_while_it_runs(adi: Customer) -> None:
    for number in range(4):
        happened(adi, MAY + A_DAY * number)
    running = batches(Query(), EVERYTHING, size=2)
    met = [event.pk for event in next(running)]
    new = happened(adi, Event.objects.values_list(Now(), flat=True)[0] + A_DAY)
    met += [event.pk for batch in running for event in batch]
    assert new.pk not in met
    assert len(met) == 5


def test_what_a_page_says_of_a_refusal_names_who_can_help(adi: Customer) -> None:
    cast.person("rae")
    cast.person("max")
    said = refusal(cast.person("ed"))
    assert "You may not read the audit: it takes the role Reviewer at a connection." in said
    assert "Rae Okafor" in said
    assert "Max Brandt" in said
    assert refusal(cast.person("rae")) == ""


WRONG = {
    "person": {"x": "Choose a person from the list", "987": "There is no such person", "²": "no number"},
    "kind": {"birthday": "no events of the kind “birthday”", "change.eaten": "no events of the kind"},
    "connection": {"987": "There is no such connection", "-1": "no number"},
    "customer": {"987": "There is no customer 987", "Adi": "no number", "9" * 30: "no number"},
    "change": {"987": "There is no change 987", "9223372036854775808": "no number"},
    "field": {"shoe_size": "has a field “shoe_size”", "x" * 300: "too long: 300"},
    "since": {"2026-02-30": "“2026-02-30” is no date", "yesterday": "is no date", "20260": "is no date"},
    "until": {"31.5.2026": "is no date"},
    "outcome": {"eaten": "No change ends as “eaten”"},
    "request": {
        "a" * 65: "The id of a request is 32 of the digits",
        "Ann Whitfield": "The id of a request is 32 of the digits",
        "a\0b": "cannot be searched for",
    },
}


@pytest.mark.parametrize(("name", "text", "said"), [(n, t, s) for n, texts in WRONG.items() for t, s in texts.items()])
def test_what_makes_no_sense_is_answered_by_a_sentence_at_its_field(name: str, text: str, said: str) -> None:
    asked = parse({name: text}, cast.person("rae"))
    assert said in asked.problems[name]
    assert set(asked.problems) == {name}
    assert not asked.fits


def test_a_period_that_ends_before_it_begins_is_refused_in_a_sentence() -> None:
    rae = cast.person("rae")
    asked = parse({"since": "2026-05-02", "until": "2026-05-01"}, rae)
    assert asked.problems == {"until": "The period ends before it begins. Choose the same day or a later one."}
    assert parse({"since": "2026-05-01", "until": "2026-05-01"}, rae).fits


def test_others_connections_customers_and_fields_do_not_exist_for_who_audits_one(adi: Customer, ann: Customer) -> None:
    rae, jo = cast.person("rae", adi.connection), cast.person("jo", ann.connection)
    change = standing(ann, jo, Status.APPLIED)
    given = {"connection": ann.connection_id, "customer": ann.pk, "change": change.pk, "field": "memberId"}
    for name, value in {**given, "person": jo.pk}.items():
        assert name in parse({name: str(value)}, rae).problems
    mine = {"connection": str(adi.connection_id), "customer": str(adi.pk), "field": "phone", "person": "0"}
    wanted = Query(connection=adi.connection_id, customer=adi.pk, field="phone", person=CONSOLE)
    assert parse(mine, rae).query == wanted


def test_who_acted_here_once_is_known_without_a_role(adi: Customer) -> None:
    rae, vic = cast.person("rae", adi.connection), cast.person("vic")
    assert "person" in parse({"person": str(vic.pk)}, rae).problems
    happened(adi, MAY, by=vic)
    assert parse({"person": str(vic.pk)}, rae).fits


def test_a_field_is_taken_by_its_name_or_by_what_pages_call_it_alone(adi: Customer) -> None:
    rae = cast.person("rae")
    label = next(field.label for field in adi.provider.fields if field.name == "occupation")
    assert parse({"field": label.upper()}, rae).query.field == "occupation"
    said = parse({"field": "First name"}, rae).problems["field"]
    assert "Several fields are called “First name”: " in said
    assert "name_first" in said


def test_a_query_survives_being_kept_and_standing_in_an_address(adi: Customer) -> None:
    rae = cast.person("rae")
    rae.time_zone = "Asia/Jakarta"
    given = {"person": "0", "kind": "change", "since": "2026-05-01", "field": "phone", "customer": str(adi.pk)}
    query = parse(given, rae).query
    assert Query.of(query.stored()) == query
    assert query.address() == f"person=0&kind=change&customer={adi.pk}&field=phone&since=2026-05-01"
    assert query.stored()["zone"] == "Asia/Jakarta"
    assert Query().is_empty
    assert Query().address() == ""
    assert Query.of({}) == Query()
    assert not query.is_empty
    assert query.without("person").person is None


def test_a_query_is_told_in_words_without_a_customers_name(adi: Customer) -> None:
    ed = cast.person("ed")
    query = Query(ed.pk, "change", adi.connection_id, adi.pk, None, "phone", date(2026, 5, 1), None, "applied")
    assert describe(query) == [
        "Ed Kowalski",
        "changes",
        "outcome applied",
        "Sqril",
        f"customer {adi.pk}",
        "field Phone",
        "since 1 May 2026",
    ]


def test_every_verb_has_a_subject_and_a_label() -> None:
    assert all(verb.partition(".")[0] in LABELS for verb in VERBS)
    assert {f"change.{status}" for status in Status} <= set(VERBS)


def test_the_order_holds_where_transactions_end_in_another_one(adi: Customer) -> None:
    with transaction.atomic():
        late, early = happened(adi, MAY + A_DAY), happened(adi, MAY)
    assert found(Query(kind="customer.moved")) == [late.pk, early.pk]
