"""The pages of imports: a file comes, its columns are assigned, it is looked through and carried out."""

from __future__ import annotations

import csv
import hashlib
import io
import threading
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from console.bulk import work_all
from console.flows import bulk as flow
from console.flows import uploads
from console.models import Bulk, BulkKind, BulkStatus, Connection, Customer, User
from tests.cast import connect, person
from tests.deciding import no_policies, policy
from tests.importing_files import WHOLE, carried_out, checked, done_by_a_worker, fresh, many, read, row, table
from tests.views.pages import text_of

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def caibo() -> Connection:
    no_policies()
    return connect("caibo")


def said(connection: Connection, **more: Any) -> dict[str, Any]:
    """What the form says."""
    return {
        "connection": str(connection.pk),
        "kind": "fill",
        "as_of": "2026-01-01T09:30",
        "key": "a-key",
        **more,
    }


def sent(client: Client, connection: Connection, content: bytes, **more: Any) -> Any:
    """The form with its file, as a browser without scripts sends it."""
    file = SimpleUploadedFile("customers.csv", content)
    return client.post(reverse("imports"), said(connection, file=file, **more))


def work() -> None:
    work_all(threading.Event())


def test_a_file_goes_the_whole_way_without_a_script(client: Client, ed: User, caibo: Connection) -> None:
    address = sent(client, caibo, many(7)).headers["Location"]
    assert "Waiting to be read" in text_of(client.get(address))
    work()
    page = client.get(address)
    assert "What the columns hold" in text_of(page)
    chosen = {"column-0": "external_id", "column-1": "name", "column-2": "email"}
    assert client.post(f"{address}columns/", chosen).status_code == 303
    work()
    assert "Take in 7 customers" in text_of(client.get(address))
    assert not Customer.objects.exists()
    assert client.post(f"{address}run/").status_code == 303
    work()
    assert "7 added" in text_of(client.get(address))
    assert Customer.objects.get(external_id="3").email == "p3@example.com"


def test_a_script_sends_it_in_pieces_and_goes_on_where_it_was_cut_off(
    client: Client, ed: User, caibo: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = many(30)
    for module in (uploads, __import__("console.views.import_files", fromlist=["PIECE"])):
        monkeypatch.setattr(module, "PIECE", 1000)
    body = said(caibo, filename="customers.csv", size=len(content))
    told = client.post(reverse("imports"), body, headers={"X-Upload": "pieces"}).json()

    def piece(at: int, data: bytes, before: str = "") -> Any:
        headers = {"X-Before": before} if before else {}
        address = f"{told['piece']}?at={at}"
        return client.post(address, data, content_type="application/octet-stream", headers=headers)

    assert piece(0, content[:1000]).json()["kept"] == 1000
    assert (piece(0, content[:1000]).status_code, piece(5000, b"x").json()) == (409, {"kept": 1000})
    assert "The upload was cut off" in text_of(client.get(told["url"]))
    wrong = piece(1000, content[1000:2000], before="0" * 64)
    assert (wrong.status_code, "not the file" in wrong.json()["problem"]) == (422, True)
    before = hashlib.sha256(content[:1000]).hexdigest()
    assert piece(1000, content[1000:2000], before=before).json()["kept"] == 2000
    for at in range(2000, len(content), 1000):
        assert piece(at, content[at : at + 1000]).status_code == 200
    assert Bulk.objects.get().status == BulkStatus.TO_READ
    assert piece(len(content), b"more").status_code == 422


def test_more_than_a_piece_is_refused_before_it_is_read_and_elsewhere_as_before(client: Client, ed: User) -> None:
    for address, most in (("/imports/7/piece/", uploads.PIECE), ("/imports/", 8 * 1024**2), ("/you/", 2621440)):
        answer = client.post(address, b"x" * (most + 1), content_type="application/octet-stream")
        assert answer.status_code == 413, address


def test_what_is_missing_in_the_form_is_said_at_its_place(client: Client, ed: User, caibo: Connection) -> None:
    answer = client.post(reverse("imports"), {"key": "a-key"})
    assert answer.status_code == 422
    page = text_of(answer)
    assert "Choose where the customers are." in page
    assert "Choose what the file is for." in page
    assert "Choose a file, or drag it here." in text_of(client.post(reverse("imports"), said(caibo)))
    assert "Say when the values of the file were true." in text_of(sent(client, caibo, many(1), as_of=""))
    assert "in the future" in text_of(sent(client, caibo, many(1), as_of="2199-01-01T00:00"))
    assert not Bulk.objects.exists()


def test_dates_that_may_be_read_in_two_ways_are_asked_about_and_not_guessed(client: Client, ed: User) -> None:
    bulk = read(connect("sqril"), table([("cus_1", "03/04/1990")], ("customer_id", "dob")), by=ed)
    address = reverse("import", args=[bulk.pk])
    assert "How do the dates in “dob” read?" in text_of(client.get(address))
    assigned = {"column-0": "customer_id", "column-1": "dob"}
    refused = client.post(f"{address}columns/", assigned)
    assert (refused.status_code, "it is not guessed" in text_of(refused)) == (422, True)
    assert client.post(f"{address}columns/", {**assigned, "dates-1": "day first"}).status_code == 303
    assert fresh(bulk).options["dates"] == {"1": "day first"}


def test_which_column_says_whose_row_it_is_is_asked_before_anybody_runs_into_it(
    client: Client, ed: User, caibo: Connection
) -> None:
    nameless = read(caibo, table([("a", "Ann Whitfield")], ("whatever", "name")), by=ed)
    assert "Which column says whose row it is?" in text_of(client.get(reverse("import", args=[nameless.pk])))
    named = read(caibo, many(1), by=ed)
    assert "Which column says whose row it is?" not in text_of(client.get(reverse("import", args=[named.pk])))


def test_what_ended_without_being_done_leads_on(client: Client, ed: User, caibo: Connection) -> None:
    refused = read(caibo, b"%PDF-1.7", by=ed)
    assert "Begin a new import" in text_of(client.get(reverse("import", args=[refused.pk])))


LENT = ("external_id", "loan_amount")


def test_numbers_that_may_be_read_in_two_ways_are_asked_about_and_not_guessed(client: Client, ed: User) -> None:
    bulk = read(connect("timepay"), table([("camp/loan:1", "1.234")], LENT), by=ed)
    address = reverse("import", args=[bulk.pk])
    page = text_of(client.get(address))
    assert "How do the numbers in “loan_amount” read?" in page
    assert "1.234 is 1234" in page
    assigned = {"column-0": "external_id", "column-1": "loan_amount"}
    refused = client.post(f"{address}columns/", assigned)
    assert (refused.status_code, "Say how these numbers read" in text_of(refused)) == (422, True)
    assert client.post(f"{address}columns/", {**assigned, "numbers-1": "comma"}).status_code == 303
    assert fresh(bulk).options["numbers"] == {"1": "comma"}
    done_by_a_worker(bulk)
    done_by_a_worker(flow.carry_out(bulk.pk, by=ed))
    assert Customer.objects.get().record["loan_amount"] == "1234"


def test_what_only_a_row_further_down_needs_is_asked_once_the_columns_are_assigned_anew(
    client: Client, ed: User
) -> None:
    """The first rows leave nothing open, so nothing is asked; the row that does is refused, and says so."""
    rows = [(f"camp/loan:{number}", "12") for number in range(300)]
    seen = checked(connect("timepay"), table([*rows, ("camp/loan:300", "1.234,56")], LENT), by=ed)
    address = reverse("import", args=[seen.pk])
    assert "Say how the numbers of this column read" in text_of(client.get(address))
    client.post(f"{address}anew/")
    assert "How do the numbers in “loan_amount” read?" in text_of(client.get(address))
    assigned = {"column-0": "external_id", "column-1": "loan_amount"}
    assert client.post(f"{address}columns/", assigned).status_code == 422
    client.post(f"{address}columns/", {**assigned, "numbers-1": "comma"})
    assert done_by_a_worker(seen).summary["shapes"]["refused"] == 0


def test_a_row_of_somebody_known_that_needs_an_answer_is_told_and_asked_about(client: Client, ed: User) -> None:
    timepay = connect("timepay")
    rows = [(f"camp/loan:{number}", "12") for number in range(300)]
    carried_out(timepay, table(rows, LENT), by=ed)
    rows[-1] = (rows[-1][0], "1.234,56")
    seen = checked(timepay, table(rows, LENT), by=ed, kind=BulkKind.PROPOSE)
    address = reverse("import", args=[seen.pk])
    page = text_of(client.get(address))
    assert "Rows that are left out 1" in page
    assert "Say how the numbers of this column read" in page
    client.post(f"{address}anew/")
    assert "How do the numbers in “loan_amount” read?" in text_of(client.get(address))


def test_what_stands_in_a_sensitive_column_is_masked(client: Client, ed: User) -> None:
    bulk = read(connect("sqril"), table([("cus_1", "3174012345678901")], ("customer_id", "ic_number")), by=ed)
    assert "3174012345678901" not in client.get(reverse("import", args=[bulk.pk])).content.decode()
    born = read(connect("finosu"), table([("FN-1", "03/04/1990")], ("id", "birthday")), by=ed)
    page = client.get(reverse("import", args=[born.pk])).content.decode()
    assert "How do the dates in" in page
    assert "03/04/1990" not in page


def test_columns_that_name_nobody_are_refused_and_what_was_chosen_stays(
    client: Client, ed: User, caibo: Connection
) -> None:
    bulk = read(caibo, many(2), by=ed)
    answer = client.post(reverse("import_columns", args=[bulk.pk]), {"column-1": "name"})
    assert answer.status_code == 422
    assert "Say which column tells whose row it is" in text_of(answer)
    assert '<option value="name" selected>' in answer.content.decode()


def test_refused_rows_are_told_by_line_and_downloaded_with_the_reason_beside_each(
    client: Client, ed: User, caibo: Connection
) -> None:
    rows = [row(1), ("", "=cmd|' /C calc'!A0", "", "", ""), row(1)]
    bulk = checked(caibo, table(rows, WHOLE), by=ed)
    page = text_of(client.get(reverse("import", args=[bulk.pk])))
    assert "Rows that are left out 2" in page
    assert "This id stands in line 2 already" in page
    answer = client.get(reverse("import_refused", args=[bulk.pk]))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]  # it is streamed
    head, first, second = csv.reader(io.StringIO(text))
    assert head == ["Line", "Why", *WHOLE]
    assert (first[0], first[3]) == ("3", "'=cmd|' /C calc'!A0")
    assert second[0] == "4"


def test_many_refused_rows_are_turned_over(client: Client, ed: User, caibo: Connection) -> None:
    bulk = checked(caibo, table([("", f"No {number}", "", "", "") for number in range(45)], WHOLE), by=ed)
    address = reverse("import", args=[bulk.pk])
    assert f"{address}?after=21#refused" in client.get(address).content.decode()
    assert "The first ones" in text_of(client.get(f"{address}?after=21"))


def test_a_reason_that_is_wanted_is_asked_for_at_its_place(client: Client, ed: User, caibo: Connection) -> None:
    carried_out(caibo, many(3), by=ed)
    policy("Many", "name", asks_reason=True)
    bulk = checked(caibo, many(3, name="Other"), by=ed, kind=BulkKind.PROPOSE)
    address = reverse("import_run", args=[bulk.pk])
    answer = client.post(address, {"why": " ", "reference": "SUP-1"})
    assert (answer.status_code, "wants a reason" in text_of(answer)) == (422, True)
    assert client.post(address, {"why": "They were renamed.", "reference": "SUP-1"}).status_code == 303
    work()
    page = text_of(client.get(reverse("import", args=[bulk.pk])))
    assert "3 changes in the batch" in page
    assert "Go to batch" in page


def test_a_poll_gets_what_moved_or_nothing(client: Client, ed: User, caibo: Connection) -> None:
    address = sent(client, caibo, many(3)).headers["Location"]
    htmx = {"HX-Request": "true"}
    assert client.get(f"{address}?seen=to_read-0-0", headers=htmx).status_code == 204
    assert "Being read" not in text_of(client.get(f"{address}?seen=to_read-1-0", headers=htmx))
    work()
    assert client.get(f"{address}?seen=to_read-0-0", headers=htmx).headers["HX-Refresh"] == "true"


def test_a_file_is_read_in_another_way_if_somebody_says_so(client: Client, ed: User, caibo: Connection) -> None:
    bulk = read(caibo, table([("1", "Jos\xe9", "")], ("external_id", "name", "phone")), by=ed)
    address = reverse("import_reading", args=[bulk.pk])
    assert client.post(address, {"encoding": "cp1252", "delimiter": ","}).status_code == 303
    work()
    assert (fresh(bulk).status, fresh(bulk).encoding) == (BulkStatus.MAPPING, "cp1252")
    assert "JosÃ©" in text_of(client.get(reverse("import", args=[bulk.pk])))


def test_what_is_read_anew_has_nothing_assigned_of_what_it_was_before(
    client: Client, ed: User, caibo: Connection
) -> None:
    """Its columns may be others, and fewer of them."""
    seen = checked(caibo, many(3), by=ed)
    address = reverse("import", args=[seen.pk])
    client.post(f"{address}anew/")
    assert client.post(f"{address}reading/", {"encoding": "utf-8", "delimiter": ";"}).status_code == 303
    work()
    page = client.get(address)
    assert page.status_code == 200
    assert '<option value="name" selected>' not in page.content.decode()
    assert (fresh(seen).mapping, fresh(seen).summary) == ({}, {})


def test_who_may_import_nowhere_is_told_what_it_takes(client: Client, caibo: Connection) -> None:
    client.force_login(person("ann"))
    assert "You may not import" in text_of(client.get(reverse("imports")))
    assert sent(client, caibo, many(1)).status_code == 403


def test_an_import_is_stopped_and_says_so(client: Client, ed: User, caibo: Connection) -> None:
    bulk = checked(caibo, many(3), by=ed)
    assert client.post(reverse("import_stop", args=[bulk.pk])).status_code == 303
    assert "You stopped it." in text_of(client.get(reverse("import", args=[bulk.pk])))
    assert "You stopped it." not in text_of(client.get(reverse("imports")))
