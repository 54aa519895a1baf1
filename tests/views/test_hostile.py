"""Input that no page of ours makes a browser send: it is refused, and breaks nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from console.models import Change, Customer, Event, Status, User
from tests import cast
from tests.views.pages import form_of, text_of
from tests.views.standing import standing

pytestmark = pytest.mark.django_db

SWAP = {"HX-Request": "true"}
FORM = "application/x-www-form-urlencoded"
HUGE = "9" * 5000
# A NUL, signs that only look like digits, numbers beyond any key, markup.
GARBAGE = ["\0", "a\0b", "-1", "²", "٣", "9" * 18, "9" * 30, HUGE, "' or 1=1 --", "<script>", "../.."]
DAMAGED = "%ED%A0%80%00%FF"  # half a character of UTF-16, NUL, and a byte that begins nothing
LISTS = ["work", "customers", "changes", "connections", "customer_add", "sign_in", "you", "news"]
OF_LISTS = ["at", "s", "after", "before", "from", "connection", "state", "whose", "seen", "next"]
OF_CUSTOMERS = ["again", "restore", "draft", "field", "read", "watched", "of", "but", "every"]
PARAMETERS = [*OF_LISTS, *OF_CUSTOMERS]


@pytest.fixture
def ed(client: Client) -> User:
    user = cast.person("ed")
    client.force_login(user)
    return user


def answered(response: Any) -> bool:
    """It is a page that tells something, or leads to one of ours."""
    leads = response.headers.get("Location", response.headers.get("HX-Redirect", "/"))
    return response.status_code in {200, 204, 303, 302, 400, 404, 413, 422} and leads.startswith("/")


def edit_of(customer: Customer) -> str:
    return reverse("customer_edit", args=[customer.pk])


class TestAddresses:
    @pytest.mark.parametrize("garbage", GARBAGE)
    def test_garbage_in_any_parameter_of_any_page_is_no_more_than_a_wrong_address(
        self, client: Client, ed: User, garbage: str
    ) -> None:
        customer = cast.sample(cast.connect("caibo"))
        change = standing(customer, ed, Status.APPROVED)
        of_customer = [(name, customer) for name in ("customer", "customer_edit", "customer_state")]
        about = [*of_customer, ("change", change), ("change_state", change)]
        urls = [*map(reverse, LISTS), *(reverse(name, args=[row.pk]) for name, row in about)]
        urls.append(reverse("field_history", args=[customer.pk, "phone"]))
        for url in urls:
            for headers in ({}, SWAP):
                assert answered(client.get(url, dict.fromkeys(PARAMETERS, garbage), headers=headers)), url

    @pytest.mark.parametrize("garbage", ["-1", "0", "9" * 25, HUGE, "\0", "%00", "٣", "1.0", "<b>", ".."])
    def test_garbage_in_the_path_is_not_found(self, client: Client, ed: User, garbage: str) -> None:
        customer = cast.sample(cast.connect("caibo"))
        for path in ("customers/{}", "customers/{}/edit", "changes/{}", "connections/{}"):
            assert client.get(f"/{path.format(garbage)}/").status_code == 404
        assert client.get(f"/customers/{customer.pk}/history/{garbage}/").status_code == 404

    def test_bytes_that_are_no_text_are_taken_as_damaged_text(self, client: Client, ed: User) -> None:
        for place in ("customers", "changes", "sign_in"):
            query = "&".join(f"{name}={DAMAGED}" for name in PARAMETERS)
            assert answered(client.get(reverse(place), query_string=query))

    def test_a_forged_host_is_refused(self, client: Client, ed: User) -> None:
        for host in ("evil.example.com", "localhost:80:80", "a b"):
            assert client.get("/", headers={"host": host}).status_code == 400


class TestSearching:
    TEXTS = ("%", "_", "\\", "%_\\" * 50, "a\0b", "\0", "x" * 100_000, " ".join(map(str, range(200))), "-----", "'")

    @pytest.mark.parametrize("text", TEXTS)
    @pytest.mark.parametrize("headers", [{}, SWAP])
    def test_any_text_can_be_looked_for(self, client: Client, ed: User, text: str, headers: dict[str, str]) -> None:
        found = client.post("/customers/", {"q": text, "s": "\0", "at": "²"}, headers=headers, follow=True)
        assert found.status_code == 200

    @pytest.mark.parametrize("text", ["%", "_", "\\", "%hitfield", "w_itfield", "-----", "....."])
    def test_signs_of_the_database_mean_themselves(self, client: Client, ed: User, text: str) -> None:
        cast.sample(cast.connect("caibo"))
        assert "Ann Whitfield" not in client.post("/customers/", {"q": text}, follow=True).text

    def test_the_token_of_another_session_finds_nothing_out(self, client: Client, ed: User) -> None:
        address = client.post("/customers/", {"q": "Whitfield"}).headers["Location"]
        other = Client()
        other.force_login(cast.person("jo"))
        assert "Whitfield" in client.get(address).text
        assert "Whitfield" not in other.get(address).text

    def test_a_token_that_somebody_chose_is_not_taken(self, client: Client, ed: User) -> None:
        response = client.post("/customers/", {"q": "Ann", "s": "chosen-by-somebody"}, headers=SWAP)
        assert "chosen-by-somebody" not in response.headers["HX-Replace-Url"]


class TestForms:
    @pytest.mark.parametrize("slug", cast.SLUGS)
    @pytest.mark.parametrize(
        "text", ["\0", HUGE, "1e999999999", "NaN", "{" * 50_000, '{"a": "\\ud800\\u0000"}', "\u202e"]
    )
    def test_whatever_stands_everywhere_is_refused_or_taken_as_text(
        self, client: Client, ed: User, slug: str, text: str
    ) -> None:
        customer = cast.sample(cast.connect(slug))
        form = dict.fromkeys(form_of(client.get(edit_of(customer)), "edit"), text)
        urls = [reverse(name, args=[customer.pk]) for name in ("customer_preview", "customer_check", "customer_edit")]
        for url in urls:
            for headers in ({}, SWAP):
                assert answered(client.post(url, form, headers=headers))
        assert answered(client.get(edit_of(customer), {"draft": "1"}))

    @pytest.mark.parametrize("text", ["", *GARBAGE, "\u202e", "x" * 100_000, "{{ 7*7 }}", "change " + HUGE])
    def test_whatever_is_posted_beside_the_form_is_answered_and_changes_nothing(
        self, client: Client, ed: User, text: str
    ) -> None:
        customer = cast.sample(cast.connect("caibo"))
        names = ("q", "field", "seen-phone", f"seen-{text[:50]}", "to", "time_zone", "single_keys", "s", "n", "at")
        before = (Event.objects.count(), User.objects.values().get(pk=ed.pk))
        for name in ("palette", "you", "customer_accept", "customer_read", "customer_discard"):
            url = reverse(name, args=[customer.pk] if name.startswith("customer") else [])
            for headers in ({}, SWAP):
                assert answered(client.post(url, dict.fromkeys(names, text), headers=headers)), name
        assert (Event.objects.count(), User.objects.values().get(pk=ed.pk)) == before

    @pytest.mark.parametrize("key", ["", "\0", "k" * 1000, "a key with spaces", "<b>"])
    def test_a_key_that_no_form_has_is_replaced(self, client: Client, ed: User, key: str) -> None:
        customer = cast.sample(cast.connect("caibo"))
        client.post(edit_of(customer), {"key": key, "v-address": "2 Low Street, Leeds"})
        assert Change.objects.get().idempotency_key not in {"", key, key[:64]}

    def test_what_the_provider_locks_cannot_be_posted(self, client: Client, ed: User) -> None:
        customer = cast.sample(cast.connect("sqril"))
        for name in ("name_first", "name_last", "customer_id", "ic_country", "dob"):
            assert client.post(edit_of(customer), {"key": "a", f"v-{name}": "1999-12-31"}).status_code == 422
        assert not Change.objects.exists()

    def test_what_is_no_field_cannot_be_posted(self, client: Client, ed: User) -> None:
        customer = cast.sample(cast.connect("caibo"))
        names = ("nosuch", "pk", "identity", "connection", "__class__", "values", "status")
        posted = {f"{kind}-{name}": "x" for name in names for kind in ("v", "d", "clear", "whose")}
        assert client.post(edit_of(customer), {"key": "a", **posted}).status_code == 422
        assert not Change.objects.exists()

    def test_a_choice_that_is_not_offered_cannot_be_posted(self, client: Client, ed: User) -> None:
        customer = cast.sample(cast.connect("timepay"))
        assert client.post(edit_of(customer), {"key": "a", "v-language": "klingon"}).status_code == 422
        assert not Change.objects.exists()

    def test_a_digest_that_was_made_up_overwrites_nothing(self, client: Client, ed: User) -> None:
        customer = cast.sample(cast.connect("caibo"))
        posted = {"key": "a", "v-address": "2 Low Street, Leeds", "d-address": "0" * 64, "version": HUGE}
        response = client.post(edit_of(customer), posted)
        assert response.status_code == 422
        assert "Choose whose value" in text_of(response)

    @pytest.mark.parametrize(
        "posted", [{"why": "\0"}, {"why": "x" * 2001}, {"reference": "\0"}, {"reference": "x" * 121}]
    )
    def test_a_reason_that_cannot_be_kept_is_refused_at_its_place(
        self, client: Client, ed: User, posted: dict[str, str]
    ) -> None:
        customer = cast.sample(cast.connect("caibo"))
        response = client.post(edit_of(customer), {"key": "a", "v-address": "2 Low Street, Leeds", **posted})
        assert response.status_code == 422
        assert 'aria-invalid="true"' in response.text
        assert not Change.objects.exists()

    @pytest.mark.parametrize("step", ["again", "close"])
    def test_the_reason_for_a_step_is_a_sentence_and_no_novel(self, client: Client, step: str) -> None:
        client.force_login(cast.person("ops"))
        change = standing(cast.sample(cast.connect("caibo")), cast.person("ed"), Status.UNKNOWN)
        events = Event.objects.count()
        response = client.post(f"/changes/{change.pk}/{step}/", {"reason": "x" * 501, "verdict": "applied"})
        assert response.status_code == 422
        assert "Shorten the reason" in text_of(response)
        assert Event.objects.count() == events

    @pytest.mark.parametrize("external_id", ["\0", "", " ", "..", "x" * 701, "\U00020000" * 700, "\u202e", HUGE])
    @pytest.mark.parametrize("slug", ["timepay", "caibo", "flowwise"])
    def test_an_id_that_no_address_can_carry_is_not_added(
        self, client: Client, ed: User, slug: str, external_id: str
    ) -> None:
        posted = {"connection": cast.connect(slug).pk, "external_id": external_id}
        assert client.post("/customers/add/", posted).status_code == 422
        assert not Customer.objects.exists()

    @pytest.mark.parametrize("connection", ["", "\0", "-1", "9" * 30, HUGE, "<b>"])
    def test_a_connection_that_is_not_offered_cannot_be_posted(self, client: Client, ed: User, connection: str) -> None:
        cast.connect("caibo")
        assert client.post("/customers/add/", {"connection": connection, "external_id": "1"}).status_code == 422


class TestRequests:
    @pytest.mark.parametrize("charset", ["unicode_escape", "rot13", "idna", "utf-16", "utf-7", "undefined", "hex"])
    @pytest.mark.parametrize("place", ["customers", "sign_in"])
    def test_another_charset_is_refused(self, client: Client, ed: User, charset: str, place: str) -> None:
        body = b'--B\r\nContent-Disposition: form-data; name="q"\r\n\r\n\\ud800\r\n--B--\r\n'
        kind = f"multipart/form-data; boundary=B; charset={charset}"
        response = client.generic("POST", reverse(place), body, content_type=kind)
        assert response.status_code == 400
        assert "The console could not read this request" in response.text
        assert "script-src 'self'" in response.headers["Content-Security-Policy"]
        assert "no-store" in response.headers["Cache-Control"]

    def test_half_a_character_becomes_a_mark_for_one_that_is_damaged(self, client: Client, ed: User) -> None:
        customer = cast.sample(cast.connect("caibo"))
        body = "&".join(f"{name}={DAMAGED}" for name in ("key", "v-name", "why", "reference", "d-name"))
        checked = client.generic("POST", reverse("customer_check", args=[customer.pk]), body, content_type=FORM)
        assert checked.status_code == 200
        response = client.generic("POST", edit_of(customer), body, content_type=FORM)
        assert response.status_code == 422
        assert not Change.objects.exists()

    def test_too_many_fields_are_refused(self, client: Client, ed: User) -> None:
        assert client.post("/customers/", {f"q{number}": "x" for number in range(2000)}).status_code == 413

    def test_a_huge_body_is_refused_whatever_it_holds(self, client: Client) -> None:
        file = SimpleUploadedFile("a file", b"x" * 3_000_000)
        for data in ({"q": file}, {"q": "x" * 3_000_000}):
            answer = client.post("/sign-in/", data)
            assert answer.status_code == 413
            assert "This is larger than the console takes" in answer.text

    @pytest.mark.parametrize(("length", "status"), [("-1", 400), ("many", 400), ("²", 400), ("٣", 400), (HUGE, 413)])
    def test_a_length_that_is_none_is_refused(self, client: Client, length: str, status: int) -> None:
        assert client.generic("POST", "/sign-in/", b"a=b", FORM, CONTENT_LENGTH=length).status_code == status

    @pytest.mark.parametrize("name", ["steward-session", "steward-csrf", "messages"])
    @pytest.mark.parametrize("value", [r'"\000\000\000\000\000\000\000\000\000"', "x" * 4000, r'"\377"', "{}", '"'])
    def test_a_cookie_that_we_never_set_makes_nobody_of_whoever_sends_it(self, name: str, value: str) -> None:
        assert Client(headers={"cookie": f"{name}={value}"}).get("/").status_code in {302, 400}

    def test_headers_of_htmx_choose_a_part_of_a_page_and_nothing_else(self, client: Client, ed: User) -> None:
        forged = {
            "HX-Target": "<script>",
            "HX-Trigger": "\xed\xa0\x80",
            "HX-Prompt": "yes",
            "HX-Boosted": "true",
            "HX-Current-URL": "https://evil.example.com/?<script>",
        }
        for name in ("customers", "changes", "work", "connections"):
            response = client.get(reverse(name), headers={**SWAP, **forged})
            assert response.status_code == 200
            assert "evil.example" not in response.text + str(response.headers)

    def test_a_line_break_makes_no_header(self, client: Client, ed: User) -> None:
        text = "x\r\nSet-Cookie: a=b"
        for headers in ({}, SWAP):
            response = client.post("/customers/", {"q": text, "s": text, "at": text}, headers=headers)
            assert "a" not in response.cookies
            assert "Set-Cookie: a" not in str(response.headers)
