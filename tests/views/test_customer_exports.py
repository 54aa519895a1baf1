"""The pages of exports of customers: reached from the list, asked for in words, watched, downloaded, nobody else's."""

from __future__ import annotations

import hashlib
import io
import threading
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from console.exporting import make_all
from console.exporting.taking_out import meant
from console.flows.export_customers import Which, Wish, ask
from console.flows.listing import Wanted, keep
from console.flows.making import beat, claim
from console.importing import open_table
from console.models import Connection, Customer, Event, Export, ExportStatus, Format, Reveal, User
from tests.cast import connect, person, sample
from tests.hidden import shown
from tests.importing_files import carried_out, many
from tests.views.counting import queries
from tests.views.pages import form_of, text_of

pytestmark = pytest.mark.django_db
SWAP = {"HX-Request": "true"}
WHY = "The registry has to be compared."


@pytest.fixture
def caibo() -> Connection:
    here = connect("caibo")
    carried_out(here, many(3), by=person("ed"))
    return here


@pytest.fixture
def ed(client: Client, caibo: Connection) -> User:
    """Ed, signed in, where Caibo has three customers."""
    client.force_login(person("ed"))
    return person("ed")


@pytest.fixture
def jo(client: Client) -> User:
    """Jo, signed in, who may be shown what is hidden."""
    client.force_login(shown("jo"))
    return person("jo")


def made(at: Connection, by: User, kind: Format = Format.XLSX, which: Which | None = None) -> Export:
    which = which or Which()
    export = ask(Wish(at, kind, which), meant(at, which), by=by)
    make_all(threading.Event())
    return Export.objects.get(pk=export.pk)


def page(client: Client, **given: Any) -> Any:
    return client.get(reverse("customers_export"), given)


def posted(client: Client, answer: Any, **more: str) -> Any:
    return client.post(reverse("customers_export"), {**form_of(answer, "export-form"), **more})


# From the list to the form.


def test_the_list_leads_to_the_form_about_what_it_shows(client: Client, ed: User, caibo: Connection) -> None:
    Customer.objects.filter(external_id="2").update(gone_at=timezone.now())
    listed = client.get(f"{reverse('customers')}?at={caibo.pk}&state=gone").text
    address = f"{reverse('customers_export')}?at={caibo.pk}&amp;state=gone"
    assert f'href="{address}"' in listed
    answer = client.get(address.replace("&amp;", "&"))
    assert "What Customers at Caibo · Gone there Holds 1 customer" in text_of(answer)
    assert "one that splits them at semicolons is better given a workbook" in text_of(answer)
    made_of = posted(client, answer)
    assert Export.objects.get().query["customers"]["criteria"] == {"state": "gone"}
    assert made_of["Location"] == reverse("customers_exported", args=[Export.objects.get().pk])


def test_ticked_rows_are_exported_with_those_of_other_pages(client: Client, ed: User, caibo: Connection) -> None:
    first, second, third = Customer.objects.order_by("external_id").values_list("pk", flat=True)
    client.post(reverse("list_picked"), {"customer": str(first), "shown": f"{first},{second}"})
    answer = client.post(reverse("customers_export_chosen"), {"customer": str(third), "shown": str(third)})
    assert (answer.status_code, answer["Location"]) == (303, f"{reverse('customers_export')}?picked=1")
    form = client.get(answer["Location"])
    assert "What Chosen customers at Caibo Holds 2 customers" in text_of(form)
    posted(client, form)
    assert Export.objects.get().query["customers"]["keys"] == [first, third]


def test_of_a_search_whom_it_found_is_exported_and_its_text_is_kept_nowhere(
    client: Client, ed: User, caibo: Connection
) -> None:
    token = client.post(reverse("customers"), {"q": "p2@example"})["Location"].partition("s=")[2]
    form = page(client, s=token)
    assert "What Chosen customers at Caibo Holds 1 customer" in text_of(form)
    posted(client, form)
    asked = Export.objects.get().query
    assert asked["customers"]["keys"] == [Customer.objects.get(external_id="2").pk]
    assert "example" not in str(asked)
    assert "What was searched for here is not known any more" in text_of(page(client, s="gone"))


def test_a_kept_view_is_exported_by_what_it_holds(client: Client, ed: User, caibo: Connection) -> None:
    Customer.objects.filter(external_id="2").update(gone_at=timezone.now())
    view = keep(Wanted({"state": "gone"}, [caibo.pk]), "Gone", shared=False, by=ed)
    posted(client, page(client, view=view.token))
    assert Export.objects.get().query["customers"]["criteria"] == {"state": "gone"}


def test_of_several_connections_one_has_to_be_said(client: Client, ed: User, caibo: Connection) -> None:
    sample(finosu := connect("finosu"))
    answer = page(client)
    assert "Of which connection?" in text_of(answer)
    assert "Caibo 3 customers" in text_of(answer)
    assert "export-form" not in answer.text
    assert f"?connection={finosu.pk}" in answer.text
    assert "What Customers at Finosu Holds 1 customer" in text_of(page(client, connection=finosu.pk))
    refused = client.post(reverse("customers_export"), {"format": "csv"})
    assert (refused.status_code, Export.objects.count()) == (422, 0)
    assert "a file is of one" in text_of(refused)


def test_criteria_are_told_in_words(client: Client, ed: User, caibo: Connection) -> None:
    sample(caibo)
    Customer.objects.filter(external_id="1").update(touched_by=ed, touched_at=timezone.now())
    today = f"{timezone.localdate():%Y-%m-%d}"
    answer = page(client, by=ed.pk, changed_from=today, changed_to=today)
    assert f"Customers at Caibo · Last touched by Ed Kowalski · Changed since {today} until {today}" in text_of(answer)


# Who may, and what is refused.


def test_another_teams_connection_is_neither_offered_nor_taken(client: Client, caibo: Connection) -> None:
    sample(finosu := connect("finosu"))
    client.force_login(person("jo", finosu))
    assert "What Customers at Finosu" in text_of(page(client))
    for answer in (
        page(client, connection=caibo.pk),
        client.post(reverse("customers_export"), {"connection": caibo.pk}),
    ):
        assert answer.status_code == 422
        assert "There is no such connection where you see customers" in text_of(answer)
        assert "Caibo" not in answer.text
    keys = {"customer": [str(pk) for pk in Customer.objects.values_list("pk", flat=True)]}
    client.post(reverse("customers_export_chosen"), keys)
    assert "What Chosen customers at Finosu Holds 1 customer" in text_of(page(client, picked=1))


def test_who_sees_no_customers_is_told_so(client: Client, caibo: Connection) -> None:
    client.force_login(person("vic"))
    answer = page(client)
    assert answer.status_code == 403
    assert "None of your roles shows customers" in text_of(answer)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"format": "exe"}, "Choose one of these formats."),
        ({"format": "pack"}, "Choose one of these formats."),
        ({}, "Choose one of these formats."),
        ({"format": "csv", "state": "erased"}, "Nobody is found, so there is nothing to export."),
        ({"format": "csv", "reveal": "1"}, "You may not be shown sensitive values"),
    ],
)
def test_what_cannot_be_exported_is_refused_in_a_sentence(
    client: Client, ed: User, given: dict[str, str], sentence: str
) -> None:
    answer = client.post(reverse("customers_export"), given)
    assert answer.status_code in {403, 422}
    assert sentence in text_of(answer)
    assert not Export.objects.exists()


# What is hidden.


def test_whoever_may_not_be_shown_hidden_values_reads_why_they_stay_out(client: Client, ed: User) -> None:
    sample(connect("finosu"))
    answer = page(client, connection=Connection.objects.get(name="Finosu").pk)
    assert "Take along Birthday and SSN, last four digits Left out. You may not be shown sensitive values" in text_of(
        answer
    )
    assert 'name="reveal"' not in answer.text
    assert "What every page hides" not in text_of(page(client, connection=Connection.objects.get(name="Caibo").pk))


def test_for_a_reason_hidden_values_go_along_and_without_one_it_is_asked_for(client: Client, jo: User) -> None:
    sample(connect("finosu"))
    form = page(client)
    assert "counts among the 30 that you may be shown in an hour" in text_of(form)
    refused = posted(client, form, reveal="1", format="jsonl")
    assert refused.status_code == 422
    assert "Say why you have to see it" in text_of(refused)
    again = form_of(refused, "export-form")
    assert (again["reveal"], again["format"]) == ("1", "jsonl")
    answer = posted(client, refused, reason=WHY)
    make_all(threading.Event())
    assert Reveal.objects.count() == 2
    assert "Hidden values With Birthday and SSN, last four digits" in text_of(client.get(answer["Location"]))


def test_more_hidden_values_than_an_hour_allows_are_refused(client: Client, jo: User, settings: LazySettings) -> None:
    sample(connect("finosu"))
    settings.STEWARD_REVEALS = 1
    refused = posted(client, page(client), reveal="1", reason=WHY)
    assert (refused.status_code, Export.objects.count()) == (422, 0)
    assert "have 2 hidden values, and one person is shown 1 in an hour at most" in text_of(refused)
    settings.STEWARD_REVEALS = 3
    assert posted(client, page(client), reveal="1", reason=WHY).status_code == 303
    assert posted(client, page(client), reveal="1", reason=WHY).status_code == 429
    assert Export.objects.count() == 1


# How far it is, and the file.


def test_the_file_comes_whole_as_a_workbook_that_is_read_again(client: Client, ed: User, caibo: Connection) -> None:
    export = made(caibo, ed)
    answer = client.get(reverse("customers_exported_download", args=[export.pk]))
    content = b"".join(answer)
    assert hashlib.sha256(content).hexdigest() == export.digest
    assert answer["Content-Disposition"] == f'attachment; filename="{export.filename}"'
    assert answer["Content-Type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert (answer["Content-Length"], "no-store" in answer["Cache-Control"]) == (str(len(content)), True)
    assert open_table(io.BytesIO(content), export.filename).samples(0) == ["1", "2", "3"]
    assert Event.objects.filter(verb="bulk.downloaded", actor=ed).count() == 1


def test_the_page_says_how_far_it_is_then_that_it_is_ready_and_then_that_it_is_gone(
    client: Client, ed: User, caibo: Connection
) -> None:
    answer = posted(client, page(client, connection=caibo.pk))
    address = answer["Location"]
    told = text_of(client.get(address))
    assert "Waiting for a worker. A worker takes it up now." in told
    assert "0 of 3 customers" in told
    assert client.get(address, {"seen": "waiting-0-3"}, headers=SWAP).status_code == 204
    taken = claim()
    assert taken
    beat(taken, 2)
    assert 'id="head"' in client.get(address, {"seen": "waiting-0-3"}, headers=SWAP).text  # it waits no longer
    beat(taken, 3)
    moved = client.get(address, {"seen": "running-2-3"}, headers=SWAP).text
    assert "All customers are written; the file is being closed." in moved
    assert 'id="head"' not in moved
    Export.objects.update(status=ExportStatus.WAITING)
    make_all(threading.Event())
    ended = client.get(address, {"seen": "running-3-3"}, headers=SWAP).text
    assert "The file is ready." in ended
    assert "data-poll" not in ended
    client.post(reverse("customers_exported_stop", args=[Export.objects.get().pk]))
    told = text_of(client.get(address))
    assert "No longer kept. You deleted the file." in told
    assert "Ask once more" in told
    gone = client.get(reverse("customers_exported_download", args=[Export.objects.get().pk]), follow=True)
    assert "You deleted the file." in text_of(gone)


def test_the_list_of_ones_own_is_asked_anew_while_anything_is_being_made(
    client: Client, ed: User, caibo: Connection
) -> None:
    posted(client, page(client, connection=caibo.pk))
    answer = page(client)
    assert f'hx-get="{reverse("customers_export")}?seen=waiting-0-3"' in answer.text
    address = reverse("customers_export")
    assert client.get(address, {"seen": "waiting-0-3"}, headers=SWAP).status_code == 204
    make_all(threading.Event())
    moved = client.get(address, {"seen": "waiting-0-3"}, headers=SWAP)
    assert "Ready" in text_of(moved)
    assert "data-poll" not in moved.text


def test_once_more_the_same_is_asked_for_and_the_list_is_a_press_away(
    client: Client, ed: User, caibo: Connection
) -> None:
    Customer.objects.filter(external_id="2").update(gone_at=timezone.now())
    export = made(caibo, ed, which=Which({"state": "gone"}))
    client.post(reverse("customers_exported_stop", args=[export.pk]))
    text = client.get(reverse("customers_exported", args=[export.pk])).text.replace("&amp;", "&")
    assert f"{reverse('customers')}?at={caibo.pk}&state=gone" in text
    again = f"{reverse('customers_export')}?state=gone&connection={caibo.pk}&format=xlsx"
    assert again in text
    assert form_of(client.get(again), "export-form")["format"] == "xlsx"


def test_of_chosen_customers_the_same_are_asked_for_once_more(client: Client, ed: User, caibo: Connection) -> None:
    first, second, third = Customer.objects.order_by("external_id")
    export = made(caibo, ed, which=Which(keys=(first.pk, second.pk), chosen=True))
    client.post(reverse("customers_exported_stop", args=[export.pk]))
    Customer.objects.filter(pk=second.pk).update(forgotten_at=timezone.now())
    again = f"{reverse('customers_export')}?again={export.pk}&connection={caibo.pk}&format=xlsx"
    assert again in client.get(reverse("customers_exported", args=[export.pk])).text.replace("&amp;", "&")
    form = client.get(again)
    assert "What Chosen customers at Caibo Holds 1 customer" in text_of(form)
    assert form_of(form, "export-form")["format"] == "xlsx"
    assert f'<a class="right" href="{reverse("customers")}">Back to the list' in form.text
    client.post(reverse("list_picked"), {"customer": str(third.pk), "shown": str(third.pk)})
    assert posted(client, form).status_code == 303
    assert Export.objects.latest("pk").query["customers"]["keys"] == [first.pk]


def test_of_no_export_of_ones_own_nobody_is_asked_for_once_more(client: Client, ed: User, caibo: Connection) -> None:
    keys = tuple(Customer.objects.values_list("pk", flat=True))
    theirs = made(caibo, person("jo"), which=Which(keys=keys, chosen=True))
    all_of_them, mine = made(caibo, ed), made(caibo, ed, which=Which(keys=keys, chosen=True))
    for number in (theirs.pk, all_of_them.pk, 987654321, 10**30, "x"):
        for answer in (page(client, again=number), client.post(reverse("customers_export"), {"again": number})):
            assert "Whom that export was of is not known here." in text_of(answer)
            assert "export-form" not in answer.text
    ed.grants.all().delete()
    person("ed", sample(connect("finosu")).connection)
    assert "Whom that export was of is not known here." in text_of(page(client, again=mine.pk))
    assert Export.objects.count() == 3


def test_the_list_of_ones_own_takes_as_many_queries_for_many_as_for_one(
    client: Client, ed: User, caibo: Connection
) -> None:
    sample(finosu := connect("finosu"))
    address = reverse("customers_export")
    export = made(caibo, ed)
    one = queries(client, address)
    for number in range(1, 20):
        export.pk, export.query["places"] = None, [[caibo, finosu][number % 2].pk]
        export._state.adding = True
        export.save()
    assert queries(client, address) == one
    assert "Yours 20" in text_of(page(client))


@pytest.mark.parametrize("name", ["customers_exported", "customers_exported_download", "customers_exported_stop"])
def test_anothers_export_is_not_there(client: Client, ed: User, caibo: Connection, name: str) -> None:
    export = made(caibo, ed)
    client.force_login(person("jo"))
    address = reverse(name, args=[export.pk])
    answer = client.post(address) if name.endswith("stop") else client.get(address)
    assert answer.status_code == 404
    assert "No export yet" in text_of(page(client))
    assert client.get(f"{reverse('customers_export')}{10**30}/").status_code == 404


def test_who_lost_the_right_fetches_no_file_that_was_made_before(client: Client, ed: User, caibo: Connection) -> None:
    export = made(caibo, ed)
    ed.grants.all().delete()
    person("ed", sample(connect("finosu")).connection)
    for name in ("customers_exported", "customers_exported_download"):
        assert client.get(reverse(name, args=[export.pk])).status_code == 404
    assert "Caibo" not in page(client).text
    assert not Event.objects.filter(verb="bulk.downloaded").exists()


def test_an_auditor_finds_no_export_of_customers_among_those_of_the_audit(client: Client, caibo: Connection) -> None:
    client.force_login(rae := person("rae"))
    export = made(caibo, rae)
    assert client.get(reverse("export", args=[export.pk])).status_code == 404
    assert "No export yet" in text_of(client.get(reverse("exports")))
    assert 'value="xlsx"' not in client.get(reverse("exports")).text
    assert client.post(reverse("exports"), {"format": "xlsx"}).status_code == 422
