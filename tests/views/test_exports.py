"""The pages of exports: asked for in words, watched, downloaded whole, and nobody else's business."""

from __future__ import annotations

import csv
import hashlib
import io
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from console.auditing import Query
from console.exporting import make_all
from console.flows.exports import ask
from console.flows.making import PURPOSE, beat, claim
from console.models import Change, Customer, Event, Export, ExportPart, ExportStatus, Format, User
from console.models.sealing import key_ring
from tests.cast import connect, person, sample
from tests.flows.helpers import wish
from tests.views.pages import form_of, text_of

if TYPE_CHECKING:
    from django.http import StreamingHttpResponse

pytestmark = pytest.mark.django_db
SWAP = {"HX-Request": "true"}


@pytest.fixture
def rae(client: Client) -> User:
    """Rae, who reviews everywhere, signed in; Ed changed a phone number."""
    wish(sample(connect("caibo")), person("ed"))
    user = person("rae")
    client.force_login(user)
    return user


def made(by: User, kind: Format = Format.CSV) -> Export:
    export = ask(Query(), kind, by=by)
    make_all(threading.Event())
    return Export.objects.get(pk=export.pk)


def downloaded(client: Client, export: Export) -> tuple[StreamingHttpResponse, bytes]:
    answer = client.get(reverse("export_download", args=[export.pk]))
    return answer, b"".join(answer)  # type: ignore[return-value]  # streamed


def test_the_form_says_in_words_what_is_exported_and_how_much(client: Client, rae: User) -> None:
    answer = client.get(reverse("exports"), {"person": str(person("ed").pk), "kind": "change.proposed"})
    assert "What Ed Kowalski" in text_of(answer)
    assert "Holds 1 event" in text_of(answer)
    assert form_of(answer, "export-form")["format"] == "csv"
    assert "No export yet" in text_of(answer)


def test_of_a_change_a_pack_is_offered_first(client: Client, rae: User) -> None:
    answer = client.get(reverse("exports"), {"change": str(Change.objects.get().pk)})
    assert f"What Change {Change.objects.get().pk}" in text_of(answer)
    assert form_of(answer, "export-form")["format"] == "pack"
    assert "Everything" in text_of(client.get(reverse("exports")))


def test_asking_leads_to_the_page_of_the_export(client: Client, rae: User) -> None:
    address = reverse("exports")
    form = form_of(client.get(address, {"change": str(Change.objects.get().pk)}), "export-form")
    answer = client.post(address, {**form, "format": "jsonl"})
    export = Export.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, reverse("export", args=[export.pk]))
    assert export.query["search"] == {"change": Change.objects.get().pk}
    page = text_of(client.get(answer["Location"]))
    assert "Waiting for a worker. A worker takes it up now. You need not wait here" in page
    assert "0 of 2 events" in page


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"format": "exe"}, "Choose one of these formats."),
        ({}, "Choose one of these formats."),
        ({"format": "csv", "since": "2026-05-02", "until": "2026-05-01"}, "The period ends before it begins."),
        ({"format": "csv", "connection": "987654321"}, "There is no such connection where you read the audit."),
        ({"format": "csv", "person": "0"}, "Nothing is found, so there is nothing to export."),
        ({"format": "csv", "field": "nothing_of_the_kind"}, "nothing_of_the_kind"),
    ],
)
def test_what_cannot_be_exported_is_refused_in_a_sentence(
    asked: dict[str, str], sentence: str, client: Client, rae: User
) -> None:
    Event.objects.filter(actor=None).exists()
    if asked.get("person") == "0":
        asked = {**asked, "kind": "decision"}
    answer = client.post(reverse("exports"), asked)
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert not Export.objects.exists()


def test_over_the_limit_is_refused_in_a_sentence(client: Client, rae: User, settings: LazySettings) -> None:
    settings.STEWARD_EXPORT_LIMIT = 1
    answer = client.post(reverse("exports"), {"format": "pack"})
    assert answer.status_code == 422
    assert "More than 1 events are found, and an export holds 1 at most." in text_of(answer)
    assert form_of(answer, "export-form")["format"] == "pack"


def test_a_backwards_period_in_the_address_exports_nothing_and_says_why(client: Client, rae: User) -> None:
    answer = client.get(reverse("exports"), {"since": "2026-05-02", "until": "2026-05-01"})
    assert answer.status_code == 422
    assert "The period ends before it begins." in text_of(answer)


def test_the_file_comes_whole_as_an_attachment_that_nothing_keeps_or_guesses_at(client: Client, rae: User) -> None:
    export = made(rae)
    answer, content = downloaded(client, export)
    assert hashlib.sha256(content).hexdigest() == export.digest
    assert answer["Content-Disposition"] == f'attachment; filename="{export.filename}"'
    assert answer["Content-Length"] == str(len(content))
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert len(list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))) == 1 + export.total
    assert Event.objects.filter(verb="audit.downloaded", actor=rae).count() == 1


def test_a_file_of_many_pieces_comes_in_their_order(client: Client, rae: User) -> None:
    export = made(rae)
    ExportPart.objects.all().delete()
    for number, piece in enumerate([b"one ", b"two ", b"three"]):
        sealed = key_ring().seal_bytes(PURPOSE, f"{export.pk}/{number}", piece)
        ExportPart.objects.create(export=export, number=number, sealed=sealed)
    Export.objects.update(size=13)
    assert downloaded(client, export)[1] == b"one two three"


def test_a_file_that_is_deleted_meanwhile_breaks_off(client: Client, rae: User) -> None:
    export = made(rae)
    answer = client.get(reverse("export_download", args=[export.pk]))
    ExportPart.objects.all().delete()
    assert b"".join(answer) == b""
    assert int(answer["Content-Length"]) > 0


def test_before_it_is_made_there_is_nothing_to_download(client: Client, rae: User) -> None:
    export = ask(Query(), Format.CSV, by=rae)
    answer = client.get(reverse("export_download", args=[export.pk]), follow=True)
    assert answer.redirect_chain == [(reverse("export", args=[export.pk]), 303)]
    assert "There is no file of it yet." in text_of(answer)
    assert not Event.objects.filter(verb="audit.downloaded").exists()


@pytest.mark.parametrize("name", ["export", "export_download", "export_stop"])
def test_anothers_export_is_not_there(name: str, client: Client, rae: User) -> None:
    export = made(rae)
    sam = User.objects.create_user("sue")
    sam.grants.create(role="reviewer")
    client.force_login(sam)
    address = reverse(name, args=[export.pk])
    answer = client.post(address) if name == "export_stop" else client.get(address)
    assert answer.status_code == 404
    assert Export.objects.get().status == ExportStatus.DONE
    assert "Caibo" not in client.get(reverse("exports")).text


def test_numbers_beyond_any_key_are_not_there(client: Client, rae: User) -> None:
    assert client.get(f"/audit/exports/{10**30}/").status_code == 404


def test_a_poll_gets_the_progress_then_all_that_shows_how_it_ended(client: Client, rae: User) -> None:
    export = ask(Query(), Format.CSV, by=rae)
    page = client.get(reverse("export", args=[export.pk]))
    address = reverse("export", args=[export.pk])
    assert client.get(address, {"seen": "waiting-0-3"}, headers=SWAP).status_code == 204
    taken = claim()
    assert taken
    beat(taken, 2)
    moved = client.get(address, {"seen": "waiting-0-3"}, headers=SWAP).text
    assert 'value="2"' in moved
    assert 'id="head"' in moved  # it waits no longer
    beat(taken, 3)
    moved = client.get(address, {"seen": "running-2-3"}, headers=SWAP).text
    assert "All events are written; what belongs to them follows." in moved
    assert 'id="head"' not in moved
    Export.objects.update(started_at=timezone.now() - timedelta(hours=1), beat_at=timezone.now() - timedelta(hours=1))
    make_all(threading.Event())
    ended = client.get(address, {"seen": "running-3-3"}, headers=SWAP).text
    assert "The file is ready." in ended
    assert "data-poll" not in ended
    assert "data-poll" in page.text


def test_the_list_is_asked_anew_while_anything_is_being_made(client: Client, rae: User) -> None:
    ask(Query(), Format.CSV, by=rae)
    address = reverse("exports")
    assert 'data-poll="1"' in client.get(address).text
    seen = f"waiting-0-{3}"
    assert client.get(address, {"seen": seen}, headers=SWAP).status_code == 204
    make_all(threading.Event())
    moved = client.get(address, {"seen": seen}, headers=SWAP).text
    assert "Ready" in moved
    assert "data-poll" not in moved


def test_who_only_hears_the_list_hears_when_nothing_is_being_made_any_more(client: Client, rae: User) -> None:
    first = ask(Query(), Format.CSV, by=rae)
    ask(Query(), Format.JSONL, by=rae)
    Export.objects.filter(pk=first.pk).update(status=ExportStatus.STOPPED)
    said = "Nothing is being made any more."
    assert said not in client.get(reverse("exports"), headers=SWAP).text
    make_all(threading.Event())
    assert said in client.get(reverse("exports"), headers=SWAP).text
    assert said not in client.get(reverse("exports")).text


def test_what_cannot_be_exported_has_a_locked_button_that_names_its_reason(client: Client, rae: User) -> None:
    page = client.get(reverse("exports"), {"since": "2026-05-02", "until": "2026-05-01"}).text
    assert 'disabled aria-describedby="not-exported"' in page
    assert 'id="not-exported" role="alert"' in page


def test_one_is_stopped_and_its_page_says_so(client: Client, rae: User) -> None:
    export = ask(Query(), Format.CSV, by=rae)
    answer = client.post(reverse("export_stop", args=[export.pk]), follow=True)
    assert "Stopped. You stopped it." in text_of(answer)
    assert "Ask once more" in text_of(answer)
    again = client.post(reverse("export_stop", args=[export.pk]), follow=True)
    assert "It has ended already" in text_of(again)


def test_the_page_of_a_pack_says_how_it_is_checked(client: Client, rae: User) -> None:
    page = text_of(client.get(reverse("export", args=[made(rae).pk])))
    assert "verify.py" not in page
    export = made(rae)
    Export.objects.filter(pk=export.pk).update(format=Format.PACK, filename="steward-audit.zip")
    page = text_of(client.get(reverse("export", args=[export.pk])))
    assert "python verify.py steward-audit.zip --key FINGERPRINT" in page


def test_a_pack_of_which_something_is_not_sealed_yet_says_so(client: Client, rae: User) -> None:
    export = made(rae)
    Export.objects.update(note="1 of its events is not sealed yet: ask once more in a minute to have it proved.")
    page = text_of(client.get(reverse("export", args=[export.pk])))
    assert "The file is ready. 1 of its events is not sealed yet" in page


def test_a_title_of_a_customer_names_them_by_number_alone(client: Client, rae: User) -> None:
    customer = Customer.objects.get()
    page = text_of(client.get(reverse("exports"), {"customer": str(customer.pk)}))
    assert f"What Customer {customer.pk}" in page
