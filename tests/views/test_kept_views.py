"""Views of the list, its columns, and rows that are selected: who has which, and what their links say."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client, RequestFactory
from django.utils import timezone

from console import finding
from console.models import Customer, Grant, ListChoice, Role, SavedView, Status, User
from console.views.selecting import carried, chosen
from tests.cast import connect, person, sample
from tests.views.counting import queries
from tests.views.pages import text_of
from tests.views.standing import standing

pytestmark = pytest.mark.django_db
LIST, KEEP = "/customers/", "/customers/views/keep/"


def names(response: Any) -> list[str]:
    return [str(customer) for customer in response.context["page"].customers]


def kept(client: Client, **given: str) -> Any:
    """The list, after it was kept as a view."""
    return client.post(KEEP, {"name": "Mine", **given}, follow=True)


def signed_in(name: str, *places: Any) -> Client:
    client = Client()
    client.force_login(person(name, *places))
    return client


class TestNarrowing:
    def test_states_are_chips_with_how_many_there_are(self, client: Client, ed: User) -> None:
        caibo = connect("caibo")
        for number, status in (("1", Status.REFUSED), ("2", Status.APPROVED), ("3", Status.APPLIED)):
            standing(sample(caibo, id=number, name=f"Person {number}"), ed, status)
        page = client.get(LIST)
        assert [(chip.label, chip.count) for chip in page.context["list"].states[:2]] == [
            ("Needs a person", "1"),
            ("Pending", "1"),
        ]
        assert names(client.get(page.context["list"].states[1].url)) == ["Person 2"]
        assert names(client.get(LIST, {"state": "in-step"})) == ["Person 3"]

    def test_a_search_stays_within_what_narrows_the_list_and_the_other_way_round(
        self, client: Client, ed: User
    ) -> None:
        caibo = connect("caibo")
        for number, name in enumerate(("Person Alpha", "Person Beta"), 1):
            sample(caibo, id=str(number), name=name)
        Customer.objects.filter(name="Person Beta").update(drift={"phone": 1})
        found = client.post(LIST, {"q": "person", "state": "moved"}, follow=True)
        assert names(found) == ["Person Beta"]
        token = found.context["asked"].token
        for form in ("search", "narrow", "unnarrow", "keep-list"):
            assert f'form="{form}" name="s" value="{token}"' in found.content.decode()
        assert names(client.get(LIST, {"s": token})) == ["Person Alpha", "Person Beta"]
        nobody = client.post(LIST, {"q": "alpha", "state": "moved"}, follow=True)
        assert "Only those whom the filters above leave were looked at." in text_of(nobody)

    def test_what_narrows_it_and_has_no_chip_is_told_and_can_be_taken_away(self, client: Client, ed: User) -> None:
        customer = sample(connect("caibo"))
        standing(customer, ed, Status.APPROVED)
        page = client.get(LIST, {"by": str(ed.pk), "known_from": "2020-01-01", "provider": "caibo"})
        assert names(page) == ["Ann Whitfield"]
        labels = [chip.label for chip in page.context["list"].further]
        assert labels == ["Caibo", "Last touched by Ed Kowalski", "Known since 2020-01-01"]
        assert "by=" not in page.context["list"].further[1].url

    def test_of_more_than_are_looked_at_it_is_not_said_that_nobody_matches(
        self, client: Client, ed: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(finding, "MOST", 2)
        caibo = connect("caibo")
        people = [sample(caibo, id=str(number), name=f"Person {number}") for number in range(1, 5)]
        Customer.objects.filter(pk=people[-1].pk).update(drift={"phone": 1})
        page = text_of(client.post(LIST, {"q": "person", "state": "moved"}, follow=True))
        assert "Nobody here matches" not in page
        assert "that not all were looked at" in page
        assert "Too many match to look at all of them." in page

    def test_nobody_left_says_so(self, client: Client, ed: User) -> None:
        sample(connect("caibo"))
        assert "No customer matches" in text_of(client.get(LIST, {"state": "erased"}))

    @pytest.mark.parametrize(
        "nonsense",
        [
            "state=x",
            "by=x",
            "provider=Ann Whitfield",
            "by=99999999999999999999",
            "known_from=31.12.2025",
            "known_to=0001-01-01",
            "sort=x",
        ],
    )
    def test_an_address_that_makes_no_sense_narrows_nothing(self, client: Client, ed: User, nonsense: str) -> None:
        sample(connect("caibo"))
        assert names(client.get(f"{LIST}?{nonsense}")) == ["Ann Whitfield"]

    def test_a_head_orders_the_list_and_turns_it_round(self, client: Client, ed: User) -> None:
        caibo = connect("caibo")
        for number, name in (("2", "Anna"), ("1", "Bert")):
            sample(caibo, id=number, name=name, email=f"{number}@example.com")
        by_mail = next(head for head in client.get(LIST).context["list"].heads if head.column.name == "email").url
        first = client.get(by_mail)
        assert names(first) == ["Bert", "Anna"]
        assert 'aria-sort="ascending"' in first.text
        turned = next(head for head in first.context["list"].heads if head.column.name == "email").url
        assert names(client.get(turned)) == ["Anna", "Bert"]


class TestViews:
    def test_a_view_opens_by_a_link_that_says_nothing_of_anybody(self, client: Client, ed: User) -> None:
        caibo = connect("caibo")
        sample(caibo), sample(caibo, id="2", name="Bert Wijaya", email="bert@example.com")
        token = client.post(LIST, {"q": "whitfield"})["Location"].partition("s=")[2]
        page = kept(client, s=token, at=str(caibo.pk))
        address = page.redirect_chain[-1][0]
        assert names(page) == ["Ann Whitfield"]
        assert "whitfield" not in address
        view = SavedView.objects.get()
        assert "whitfield" not in f"{view.criteria}{view.sealed_text}".lower()
        assert view.text == "whitfield"
        assert names(another_browser(ed).get(address)) == ["Ann Whitfield"]

    def test_it_keeps_criteria_order_and_columns(self, client: Client, ed: User) -> None:
        caibo = connect("caibo")
        for number, name in (("1", "Anna"), ("2", "Bert")):
            standing(sample(caibo, id=number, name=name), ed, Status.APPROVED)
        client.post("/customers/columns/", {"column": ["touched", "", "id", "id"], "sort": "email"})
        page = kept(client, state="pending", sort="name", down="1")
        client.post("/customers/columns/", {"as_made": "1"})
        again = client.get(page.redirect_chain[-1][0])
        assert names(again) == ["Bert", "Anna"]
        assert [column.name for column in again.context["list"].columns] == ["touched", "id"]

    def test_one_that_is_not_shared_is_its_owners_alone(self, client: Client, ed: User) -> None:
        sample(connect("caibo"))
        link = kept(client, state="in-step").redirect_chain[-1][0]
        jos = signed_in("jo")
        assert "This view is not here" in text_of(jos.get(link))
        assert "Mine" not in text_of(jos.get("/customers/views/"))
        client.post(f"/customers/views/{SavedView.objects.get().pk}/share/", {"shared": "1"})
        assert names(jos.get(link)) == ["Ann Whitfield"]
        assert "Mine" in text_of(jos.get("/customers/views/"))
        client.post(f"/customers/views/{SavedView.objects.get().pk}/share/", {})
        assert "This view is not here" in text_of(jos.get(link))

    def test_a_shared_one_is_there_for_who_sees_all_its_connections_and_nobody_else(self, client: Client) -> None:
        caibo, sqril = connect("caibo"), connect("sqril")
        sample(caibo), sample(sqril)
        ed = person("ed", caibo)
        Grant.objects.create(user=ed, role=Role.EDITOR, connection=sqril)
        client.force_login(User.objects.get(pk=ed.pk))
        of_both = kept(client, name="Both", state="in-step", shared="1").redirect_chain[-1][0]
        of_one = kept(client, name="One", at=str(caibo.pk), shared="1").redirect_chain[-1][0]
        jos = signed_in("jo", caibo)
        assert "This view is not here" in text_of(jos.get(of_both))
        assert names(jos.get(of_one)) == ["Ann Whitfield"]
        assert [view.name for view in jos.get(LIST).context["list"].views] == ["One"]
        assert names(signed_in("sam").get(of_both)) == ["Adi Wijaya", "Ann Whitfield"]
        assert "This view is not here" in text_of(signed_in("vic").get(of_one))

    def test_a_name_is_wanted_and_taken_once(self, client: Client, ed: User) -> None:
        kept(client, state="in-step")
        for name, said in (("Mine", "already"), (" ", "Give the view a name"), ("n" * 81, "at most 80")):
            refused = client.post(KEEP, {"name": name, "state": "moved"})
            assert refused.status_code == 422
            assert said in text_of(refused)
            assert 'value="moved"' in refused.text
        assert SavedView.objects.count() == 1

    def test_nothing_that_somebody_wrote_stands_open_in_it(self, client: Client, ed: User) -> None:
        sample(connect("caibo"))
        kept(client, state="in-step", provider="Ann Whitfield", by="Ann", sort="caibo:Ann Whitfield", known_from="Ann")
        view = SavedView.objects.get()
        assert (view.criteria, view.sort, view.sealed_text) == ({"state": "in-step"}, "name", "")

    def test_another_persons_is_neither_shared_nor_forgotten(self, client: Client, ed: User) -> None:
        kept(client, state="in-step", shared="1")
        pk, jos = SavedView.objects.get().pk, signed_in("jo")
        assert jos.post(f"/customers/views/{pk}/forget/").status_code == 404
        assert jos.post(f"/customers/views/{pk}/share/").status_code == 404
        assert SavedView.objects.get().is_shared
        client.post(f"/customers/views/{pk}/forget/")
        assert not SavedView.objects.exists()

    def test_it_asks_the_database_no_more_for_20_views_than_for_1(self, client: Client, ed: User) -> None:
        kept(client, name="0", state="in-step")
        at_one = queries(client, "/customers/views/")
        for number in range(1, 20):
            kept(client, name=str(number), state="in-step")
        assert queries(client, "/customers/views/") == at_one


class TestColumns:
    def test_they_are_each_persons_own(self, client: Client, ed: User) -> None:
        sample(connect("caibo"))
        client.post("/customers/columns/", {"column": ["touched", "mend", "nonsense"], "sort": "touched", "down": "1"})
        page = text_of(client.get(LIST))
        assert "Last change" in page
        assert "Phone" not in page
        assert "Phone" in text_of(signed_in("jo").get(LIST))
        choice = ListChoice.objects.get()
        assert (choice.columns, choice.sort, choice.is_descending) == (["touched", "mend"], "touched", True)

    def test_what_is_to_mend_and_who_asked_last_are_told(self, client: Client, ed: User) -> None:
        customer = sample(connect("caibo"))
        standing(customer, ed, Status.APPROVED)
        Customer.objects.filter(pk=customer.pk).update(flaws={"email": "required", "phone": "phone"})
        client.post("/customers/columns/", {"column": ["touched", "mend"]})
        row = client.get(LIST).context["rows"]
        assert "Ed Kowalski" in row
        assert "and 1 more" in row


class TestSelecting:
    def select(self, client: Client, user: User, **given: Any) -> set[int]:
        """Whom a POST of the list selects."""
        data = QueryDict(mutable=True)
        for name, value in given.items():
            data.setlist(name, value if isinstance(value, list) else [value])
        request = RequestFactory().post(LIST, data.urlencode(), content_type="application/x-www-form-urlencoded")
        request.session, request.user = client.session, user
        return set(chosen(request, user).values_list("pk", flat=True))

    def test_rows_are_selected_but_none_of_another_team(self, client: Client) -> None:
        mine, theirs = sample(connect("caibo")), sample(connect("sqril"))
        ed = person("ed", mine.connection)
        client.force_login(ed)
        assert self.select(client, ed, customer=[str(mine.pk), str(theirs.pk), "x", "9" * 30]) == {mine.pk}
        assert self.select(client, ed, all="1") == {mine.pk}
        assert self.select(client, ed, all="1", at=str(theirs.connection_id)) == set()

    def test_all_that_match_are_those_that_the_list_shows(self, client: Client, ed: User) -> None:
        caibo = connect("caibo")
        called = enumerate(("Person Alpha", "Person Beta", "Person Gamma", "Person Delta"), 1)
        rows = [sample(caibo, id=str(number), name=name) for number, name in called]
        Customer.objects.filter(pk__in=[rows[1].pk, rows[2].pk]).update(gone_at=timezone.now())
        assert self.select(client, ed, all="1", state="gone", at=str(caibo.pk)) == {rows[1].pk, rows[2].pk}
        page = client.post(LIST, {"q": "beta", "state": "gone"}, follow=True)
        token = page.context["asked"].token
        assert self.select(client, ed, all="1", state="gone", s=token) == {rows[1].pk}
        kept(client, state="gone", s=token)
        assert self.select(client, ed, all="1", view=SavedView.objects.get().token) == {rows[1].pk}

    def test_a_search_or_view_that_is_lost_selects_nobody(self, client: Client, ed: User) -> None:
        sample(connect("caibo"))
        assert self.select(client, ed, all="1", s="unknown") == set()
        assert self.select(client, ed, all="1", view="unknown") == set()

    def test_the_next_form_carries_the_same_selection(self) -> None:
        request = RequestFactory().post(LIST, {"all": "1", "state": "gone", "name": "x", "s": "t"})
        assert carried(request) == [("all", "1"), ("s", "t"), ("state", "gone")]
        request = RequestFactory().post(LIST, {"customer": ["1", "2", "x"], "state": "gone"})
        assert carried(request) == [("customer", "1"), ("customer", "2")]

    def test_who_may_not_ask_for_changes_selects_nothing_and_is_told_why(self, client: Client) -> None:
        sample(connect("caibo"))
        client.force_login(person("rae"))
        page = client.get(LIST)
        assert 'name="customer"' not in page.text
        assert "You may not add or edit customers" in text_of(page)


def another_browser(user: User) -> Client:
    """Another browser of the same person, whose session knows of no search."""
    client = Client()
    client.force_login(user)
    return client
