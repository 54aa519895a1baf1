"""What a request may be made of: addresses, headers, bodies."""

from __future__ import annotations

import pytest

from providers.errors import Misrouted, NotAllowed, Refused
from providers.request import build_url, check_base_url, checked_headers, json_body

BASE = "https://api.example/router"


@pytest.mark.parametrize(
    ("part", "encoded"),
    [
        ("42", "42"),
        ("a/b", "a%2Fb"),
        ("../admin", "..%2Fadmin"),
        ("a?b=c#d", "a%3Fb%3Dc%23d"),
        ("%2F", "%252F"),
        ("a b", "a%20b"),
        ("zoë", "zo%C3%AB"),
        ("a\r\nX: y", "a%0D%0AX%3A%20y"),
        ("...", "..."),
        ("a;b@c", "a%3Bb%40c"),
    ],
)
def test_an_id_stays_one_part_of_the_path(part: str, encoded: str) -> None:
    assert build_url(BASE, ["customers", part]) == f"{BASE}/customers/{encoded}"


@pytest.mark.parametrize("part", ["", ".", "..", "\ud800", "9" * 9000])
def test_an_id_that_no_address_can_carry_is_refused(part: str) -> None:
    with pytest.raises(Refused):
        build_url(BASE, ["customers", part])


def test_a_query_is_encoded() -> None:
    assert build_url(f"{BASE}/", ["update"], {"customer_id": "a&b=c d/é"}) == (
        f"{BASE}/update?customer_id=a%26b%3Dc%20d%2F%C3%A9"
    )


def test_a_query_that_no_address_can_carry_is_refused() -> None:
    with pytest.raises(Refused):
        build_url(BASE, [], {"customer_id": "\udfff"})


@pytest.mark.parametrize(
    ("base_url", "kept"),
    [
        ("https://api.sqril.com", "https://api.sqril.com"),
        ("https://api.sqril.com/", "https://api.sqril.com"),
        ("http://127.0.0.1:8100/timepay", "http://127.0.0.1:8100/timepay"),
        ("https://[2001:db8::1]:8443/a", "https://[2001:db8::1]:8443/a"),
    ],
)
def test_a_base_url_is_kept_without_its_last_slash(base_url: str, kept: str) -> None:
    assert check_base_url(base_url) == kept


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "api.sqril.com",
        "ftp://api.sqril.com",
        "https://",
        "https:///path",
        "https://user:secret@api.sqril.com",
        "https://@api.sqril.com",
        "https://api.sqril.com?x=1",
        "https://api.sqril.com/?",
        "https://api.sqril.com#x",
        "https://api.sqril.com/a/../b",
        "https://api.sqril.com/..",
        "https://api.sqril.com:99999",
        "https://api.sqril.com:0",
        "https://api.sqril.com:x",
        "https://api sqril.com",
        "https://api.sqril.com/\r\nX: y",
        "https://api.sqril.com\\@evil.example",
        "https://[::1",
        "https://münchen.example",
        "https://api.sqril.com/ü",
        " https://api.sqril.com",
        "file:///etc/passwd",
    ],
)
def test_what_cannot_be_a_base_url_is_misrouted_without_being_quoted(base_url: str) -> None:
    with pytest.raises(Misrouted) as error:
        check_base_url(base_url)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    "credential",
    [
        "",
        " ",
        "secret\r\nX-Admin: yes",
        "secret\n",
        "\rsecret",
        "secret\x00",
        " secret",
        "secret\t",
        "sécret",
        "\ud800secret",
    ],
)
def test_a_credential_that_no_header_can_carry_is_not_allowed_and_not_quoted(credential: str) -> None:
    with pytest.raises(NotAllowed) as error:
        checked_headers({"X-API-Key": credential})
    assert "secret" not in repr(error.value)


@pytest.mark.parametrize("name", ["", "X API", "X:", "X\r\n", "Ü"])
def test_a_header_name_that_none_can_be_is_not_allowed(name: str) -> None:
    with pytest.raises(NotAllowed):
        checked_headers({name: "value"})


def test_a_body_is_compact_utf_8() -> None:
    assert json_body({"name": "Zoë", "phones": [1, None]}, None) == '{"name":"Zoë","phones":[1,null]}'.encode()


def test_a_text_rendered_before_is_sent_digit_by_digit() -> None:
    assert json_body(None, '{"loan_amount":25000.10}') == b'{"loan_amount":25000.10}'


def test_nothing_is_no_body() -> None:
    assert json_body(None, None) is None


@pytest.mark.parametrize("value", ["\ud800secret", float("nan"), float("inf")])
def test_a_value_that_json_cannot_carry_is_refused_and_not_quoted(value: object) -> None:
    with pytest.raises(Refused) as error:
        json_body({"name": value}, None)
    assert "secret" not in str(error.value)
    assert error.value.__context__ is None
