"""The pages of the audit's search: what they find, say and offer, to whom, and that reading them is written down."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from console.auditing import Query
from console.flows import searches
from console.flows.record import record
from console.models import Connection, Customer, Event, Leaf, Origin, SavedSearch, Status, User
from tests import cast
from tests.views.counting import queries
from tests.views.pages import form_of, text_of
from tests.views.standing import standing

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

pytestmark = pytest.mark.django_db

AUDIT = "/audit/"


@pytest.fixture
def sqril() -> Connection:
    return cast.connect("sqril")


@pytest.fixture
def adi(sqril: Connection) -> Customer:
    return cast.sample(sqril)


@pytest.fixture
def rae() -> User:
    return cast.person("rae")


@pytest.fixture
def client(rae: User) -> Client:
    return signed_in(rae)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def read(client: Client, **asked: object) -> Response:
    return client.get(AUDIT, {name: str(value) for name, value in asked.items()})


def test_events_are_told_with_when_what_who_where_from_and_of_what(client: Client, adi: Customer) -> None:
    ed = cast.person("ed")
    change = standing(adi, ed, Status.APPLIED, wishes={"occupation": "OCC9"})
    event = Event.objects.get(verb="change.proposed")
    page = text_of(read(client))
    local = f"{event.at.day} {event.at:%b %Y, %H:%M:%S}"
    for words in (local, "Ed Kowalski", "Adi Wijaya", "customer at Sqril", f"change {change.pk}", "page"):
        assert words in page
    assert "Occupation" in page
    events = Event.objects.exclude(verb="audit.searched").count()  # the reading itself comes after it
    assert f"{events} events" in page


def test_the_form_keeps_what_was_asked_and_chips_take_it_away(client: Client, adi: Customer) -> None:
    cast.person("ed")
    answer = read(client, kind="customer", connection=adi.connection_id, since="2020-01-01", customer=adi.pk)
    assert form_of(answer, "asked")["kind"] == "customer"
    assert form_of(answer, "asked")["connection"] == str(adi.connection_id)
    assert form_of(answer, "asked")["customer"] == str(adi.pk)
    assert form_of(answer, "asked")["since"] == "2020-01-01"
    page = text_of(answer)
    for chip in ("Customers' records", "Sqril", "Since 1 Jan 2020", "Adi Wijaya"):
        assert f"{chip} : search without it" in page
    assert f'href="/audit/?kind=customer&amp;connection={adi.connection_id}&amp;since=2020-01-01"' in answer.text


def test_facets_lead_on_and_count(client: Client, adi: Customer) -> None:
    ed = cast.person("ed")
    standing(adi, ed, Status.REFUSED)
    cast.sample(cast.connect("caibo"))
    answer = read(client)
    page = text_of(answer)
    assert "Changes: Refused by the provider 1" in page
    assert f'href="/audit/?person={ed.pk}"' in answer.text
    assert "Customers' records: First seen 2" in page
    narrowed = text_of(read(client, kind="customer.baseline"))
    assert "Changes: Refused" not in narrowed.partition("Who did it")[0]
    assert "2 events" in narrowed


def test_what_makes_no_sense_is_said_at_its_field_and_nothing_is_searched(client: Client, adi: Customer) -> None:
    answer = read(client, since="2026-05-02", until="2026-05-01", field="shoe_size")
    assert answer.status_code == 422
    page = text_of(answer)
    assert "The period ends before it begins." in page
    assert "has a field “shoe_size”" in page
    assert "Nothing was searched" in page
    assert form_of(answer, "asked")["since"] == "2026-05-02"
    assert form_of(answer, "asked")["field"] == "shoe_size"
    assert "First read" not in page
    assert not Event.objects.filter(verb="audit.searched").exists()


@pytest.mark.parametrize(
    "asked", [{"after": "x"}, {"after": "99999999999999999-1"}, {"before": "1-"}, {"page": "7"}, {"after": "1-1"}]
)
def test_a_place_that_makes_no_sense_breaks_nothing(client: Client, adi: Customer, asked: dict[str, str]) -> None:
    assert client.get(AUDIT, asked).status_code == 200


def test_pages_lead_on_and_back(client: Client, rae: User) -> None:
    for _ in range(120):
        record(rae, "person.signed_in", by=rae, origin=Origin.PAGE)
    first = read(client, kind="person.signed_in")
    ids = set()
    answer, turned = first, 0
    while 'id="older"' in answer.text:
        ids |= listed(answer)
        answer = client.get(link(answer, "older"))
        turned += 1
    ids |= listed(answer)
    assert turned == 2
    assert len(ids) == 120
    assert listed(client.get(link(client.get(link(answer, "newer")), "newer"))) == listed(first)
    assert listed(client.get(link(answer, "latest"))) == listed(first)


def listed(answer: Response) -> set[str]:
    return {part.partition('"')[0] for part in answer.text.split('id="event-')[1:]}


def link(answer: Response, name: str) -> str:
    return answer.text.partition(f'id="{name}" href="')[2].partition('"')[0].replace("&amp;", "&")


def test_who_audits_one_connection_reads_only_that(adi: Customer) -> None:
    other = cast.sample(cast.connect("caibo"))
    rae, max_ = cast.person("rae", adi.connection), cast.person("max")
    record(max_, "person.signed_in", by=max_, origin=Origin.PAGE)
    client = signed_in(rae)
    page = text_of(read(client))
    assert "Adi Wijaya" in page
    for words in ("Ann Whitfield", "Caibo", "Max Brandt signed", "audit"):
        assert words not in page.partition("What happened")[2] or words == "audit"
    assert read(client, customer=other.pk).status_code == 422
    for event in Event.objects.all():
        mine = event.connection_id == adi.connection_id
        assert client.get(reverse("audit_event", args=[event.pk])).status_code == (200 if mine else 404)


def test_who_may_not_read_it_is_told_whom_to_ask(rae: User, adi: Customer) -> None:
    client = signed_in(cast.person("ed"))
    event = Event.objects.get()
    for url in (AUDIT, reverse("audit_event", args=[event.pk]), reverse("audit_event", args=[987])):
        answer = client.get(url)
        assert answer.status_code == 403
        assert "You may not read the audit: it takes the role Reviewer" in text_of(answer)
        assert "Rae Okafor" in text_of(answer)


def test_a_customer_is_found_by_name_and_the_name_stays_out_of_the_address(client: Client, adi: Customer) -> None:
    answer = client.post("/audit/customer/", {"q": "wijaya", "kind": "customer"})
    assert answer.status_code == 303
    assert answer["Location"] == f"/audit/?kind=customer&customer={adi.pk}"
    exact = client.post("/audit/customer/", {"q": adi.external_id})
    assert exact["Location"] == f"/audit/?customer={adi.pk}"


def test_of_several_customers_one_is_chosen(client: Client, adi: Customer) -> None:
    second = cast.sample(adi.connection, customer_id="cus_2", name_first="Adinda", name_last="Wijaya")
    answer = client.post("/audit/customer/", {"q": "wijaya", "kind": "change", "person": "0"})
    assert answer.status_code == 200
    for each in (adi, second):
        assert f'href="/audit/?person=0&amp;kind=change&amp;customer={each.pk}"' in answer.text
    assert "the console itself · changes" in text_of(answer)


def test_nobody_found_is_said_and_others_customers_are_nobody(adi: Customer) -> None:
    cast.sample(cast.connect("caibo"))
    client = signed_in(cast.person("rae", adi.connection))
    for text, said in (("whitfield", "Nobody where you read the audit matches “ whitfield ”"), ("", "Type whose")):
        answer = client.post("/audit/customer/", {"q": text})
        assert answer.status_code == 422
        assert said in text_of(answer)


def test_reading_is_written_down_once_a_minute_and_pages_further_on_are_not(client: Client, adi: Customer) -> None:
    for _ in range(3):
        read(client, kind="customer")
    read(client, kind="customer", after="1900000000000000-5")
    events = Event.objects.filter(verb="audit.searched")
    assert [event.details for event in events] == [{"query": {"kind": "customer"}}]
    opened = Event.objects.get(verb="customer.baseline")
    for _ in range(2):
        client.get(reverse("audit_event", args=[opened.pk]))
    [event] = Event.objects.filter(verb="audit.opened")
    assert event.details == {"event": opened.pk, "of": opened.subject, "verb": "customer.baseline"}


def test_a_search_is_kept_used_and_forgotten(client: Client, rae: User, adi: Customer) -> None:
    answer = read(client, kind="customer", field="phone")
    kept = client.post("/audit/save/", {**form_of(answer, "keep"), "name": "Phones"})
    assert kept.status_code == 303
    assert kept["Location"] == "/audit/?kind=customer&field=phone"
    page = client.get(AUDIT)
    assert 'href="/audit/?kind=customer&amp;field=phone" ><bdi>Phones</bdi>' in " ".join(page.text.split())
    assert 'id="keep"' not in read(client, kind="customer", field="phone").text
    search = SavedSearch.objects.get()
    forget = reverse("audit_forget", args=[search.pk])
    assert signed_in(cast.person("rae", adi.connection)).post(reverse("audit_forget", args=[987])).status_code == 404
    assert client.post(forget).status_code == 303
    assert not SavedSearch.objects.exists()


def test_a_name_that_will_not_do_is_said_beside_it(client: Client, rae: User, adi: Customer) -> None:
    searches.save(Query(kind="change"), "Mine", by=rae)
    answer = client.post("/audit/save/", {"kind": "customer", "name": "Mine"})
    assert answer.status_code == 422
    assert "You keep a search called “Mine” already" in text_of(answer)
    assert form_of(answer, "keep")["name"] == "Mine"
    assert client.post("/audit/save/", {"kind": "eaten", "name": "New"}).status_code == 422
    assert SavedSearch.objects.count() == 1


def test_nothing_found_says_what_to_do(client: Client, adi: Customer) -> None:
    page = text_of(read(client, kind="review"))
    assert "Nothing happened that fits all of this" in page
    assert "Take something away above" in page


def test_an_event_is_shown_with_values_masked_where_sensitive_and_all_that_proves_it(client: Client) -> None:
    lena = cast.sample(cast.connect("finosu"))
    standing(lena, cast.person("ed"), Status.APPLIED, wishes={"city": "Oakland"})
    event = Event.objects.get(verb="customer.baseline")
    answer = client.get(reverse("audit_event", args=[event.pk]))
    page = text_of(answer)
    assert bytes(event.hash).hex() in page
    assert "nothing: it is the first" in page
    assert "Fits its hash" in page
    assert "Not sealed yet" in page
    assert f"1 of {Customer.objects.get().chain_length}" in page
    assert "lena.okafor@example.com" in page
    assert ">1234<" not in answer.text
    assert "hidden" in page
    after = reverse("audit_event", args=[event.pk + 1])
    assert f'href="{after}" rel="next"' in answer.text
    later = client.get(after)
    assert f'href="{reverse("audit_event", args=[event.pk])}" rel="prev"' in later.text
    assert bytes(event.hash).hex() in later.text


def test_the_page_of_a_try_shows_what_was_sent_and_answered_and_sees_that_it_was_altered(
    client: Client, adi: Customer
) -> None:
    change = standing(adi, cast.person("ed"), Status.REFUSED)
    attempt = change.attempts.get()
    attempt.shown_request, attempt.method, attempt.url = '{"occupation": "OCC9"}', "PUT", "https://sqril.example.com/x"
    attempt.sealed_request = b"what was sent"
    attempt.save()
    about: dict[str, Any] = {"by": None, "origin": Origin.WORKER, "change": change, "attempt": attempt}
    adi.refresh_from_db()
    kept = record(adi, "customer.moved", details={"request": sha256(b"what was sent").hexdigest()}, **about)
    other = record(adi, "customer.moved", details={"request": "ab" * 32}, **about)
    page = text_of(client.get(reverse("audit_event", args=[kept.pk])))
    assert "What exactly was sent and answered" in page
    assert "OCC9" in page
    assert "altered after" not in page
    assert "altered after" in text_of(client.get(reverse("audit_event", args=[other.pk])))


def test_a_sealed_event_names_its_leaf(client: Client, adi: Customer) -> None:
    event = Event.objects.get()
    Leaf.objects.create(index=0, event=event, hash=event.hash)
    page = text_of(client.get(reverse("audit_event", args=[event.pk])))
    assert "Not sealed yet" in page  # no checkpoint covers it


def test_an_erased_customers_event_shows_no_values_and_still_fits(client: Client, adi: Customer) -> None:
    event = Event.objects.get()
    Customer.objects.filter(pk=adi.pk).update(wrapped_key=b"")
    page = text_of(client.get(reverse("audit_event", args=[event.pk])))
    assert "The values were erased" in page
    assert "Fits its hash" in page
    assert read(client).status_code == 200


def test_dates_are_those_of_the_reader(rae: User, adi: Customer) -> None:
    event = Event.objects.get()
    rae.time_zone = "Pacific/Kiritimati"
    rae.save()
    client = signed_in(rae)
    there = event.at.astimezone(rae.zone).date()
    assert f'id="event-{event.pk}"' in read(client, since=there, until=there).text
    assert f'id="event-{event.pk}"' not in read(client, until=there - timedelta(days=1)).text


def test_a_swap_brings_the_search_alone(client: Client, adi: Customer) -> None:
    answer = client.get(AUDIT, {"kind": "customer"}, headers={"HX-Request": "true", "HX-Target": "audit"})
    assert answer.text.strip().startswith('<div class="stack audit" id="audit"')
    assert 'hx-swap-oob="innerHTML"' in answer.text
    assert "HX-Request" in answer["Vary"]


def test_the_export_takes_the_search_along(client: Client, adi: Customer) -> None:
    assert 'href="/audit/exports/?kind=customer&amp;field=phone"' in read(client, kind="customer", field="phone").text


def test_the_list_asks_the_database_as_often_for_one_event_as_for_twenty(client: Client, rae: User) -> None:
    sqril = cast.connect("sqril")
    cast.sample(sqril)
    record(rae, "person.signed_in", by=rae, origin=Origin.PAGE)
    few = queries(client, AUDIT)
    for number in range(20):
        customer = cast.sample(sqril, customer_id=f"cus_{number}")
        standing(customer, cast.person("ed"), Status.APPLIED)
        user = User.objects.create_user(f"user-{number}")
        record(user, "person.signed_in", by=user, origin=Origin.PAGE)
    assert queries(client, AUDIT) == few
