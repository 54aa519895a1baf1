"""What is sealed opens only in its own place, under its own key, and the key ring can be turned."""

import base64
import hmac

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from console.errors import KeyMissing
from console.models.sealing import DataKey, KeyRing, canonical

OLD = "old:" + base64.b64encode(b"o" * 32).decode()
NEW = "new:" + base64.b64encode(b"n" * 32).decode()

json_values = st.recursive(
    st.none() | st.booleans() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(value=json_values)
def test_a_sealed_value_opens_to_what_it_was(value: object) -> None:
    key = DataKey.new()
    assert key.open("values", "dob", key.seal("values", "dob", value)) == value


@pytest.mark.parametrize(("purpose", "name"), [("values", "ssnLastFour"), ("line before", "dob")])
def test_a_sealed_value_does_not_open_in_another_place(purpose: str, name: str) -> None:
    key = DataKey.new()
    sealed = key.seal("values", "dob", "1985-06-15")
    with pytest.raises(KeyMissing):
        key.open(purpose, name, sealed)


def test_a_sealed_value_does_not_open_under_another_customers_key() -> None:
    sealed = DataKey.new().seal("values", "dob", "1985-06-15")
    with pytest.raises(KeyMissing):
        DataKey.new().open("values", "dob", sealed)


def test_sealing_the_same_value_twice_gives_different_bytes() -> None:
    key = DataKey.new()
    assert key.seal("values", "dob", "1985-06-15") != key.seal("values", "dob", "1985-06-15")


def test_one_flipped_bit_is_noticed() -> None:
    key = DataKey.new()
    sealed = bytearray(key.seal_bytes("request", "1", b"{}"))
    sealed[-1] ^= 1
    with pytest.raises(KeyMissing):
        key.open_bytes("request", "1", bytes(sealed))


def test_digests_differ_by_purpose_and_by_customer() -> None:
    ours, theirs = DataKey.new(), DataKey.new()
    assert ours.digest("line", ["1234"]) == ours.digest("line", ["1234"])
    assert len({ours.digest("line", ["1234"]), ours.digest("form", ["1234"]), theirs.digest("line", ["1234"])}) == 3


def test_a_new_first_key_wraps_while_the_old_one_still_unwraps() -> None:
    key = DataKey.new()
    wrapped = KeyRing.parse(OLD).wrap(key)
    turned = KeyRing.parse(f"{NEW},{OLD}")
    assert turned.unwrap(key.key_id, wrapped) == key
    assert turned.wrap(key).startswith(b"new:")


def test_a_ring_without_the_wrapping_key_names_it() -> None:
    key = DataKey.new()
    with pytest.raises(KeyMissing, match="'old'"):
        KeyRing.parse(NEW).unwrap(key.key_id, KeyRing.parse(OLD).wrap(key))


def test_an_erased_key_is_told_from_a_missing_one() -> None:
    with pytest.raises(KeyMissing, match="erased"):
        KeyRing.parse(NEW).unwrap("x", None)


def test_a_wrapped_key_does_not_serve_another_customer() -> None:
    ring, key = KeyRing.parse(NEW), DataKey.new()
    with pytest.raises(KeyMissing):
        ring.unwrap(DataKey.new().key_id, ring.wrap(key))


def test_credentials_survive_a_turn_of_the_ring_and_open_for_their_purpose_only() -> None:
    sealed = KeyRing.parse(OLD).seal("credentials", {"token": "t0p"})
    turned = KeyRing.parse(f"{NEW},{OLD}")
    assert turned.open("credentials", sealed) == {"token": "t0p"}
    with pytest.raises(KeyMissing):
        turned.open("search", sealed)


@pytest.mark.parametrize("text", ["", "a", "a:", ":" + "x" * 44, "a:!!", "a:" + base64.b64encode(b"short").decode()])
def test_a_malformed_ring_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(ValueError, match="STEWARD_KEYS") as refusal:
        KeyRing.parse(text)
    assert base64.b64encode(b"short").decode() not in str(refusal.value)


def test_canonical_json_does_not_depend_on_the_order_of_keys() -> None:
    assert canonical({"b": 1, "a": "é"}) == canonical({"a": "é", "b": 1}) == '{"a":"é","b":1}'.encode()


def test_neither_key_shows_in_its_repr() -> None:
    key = DataKey.new()
    assert key.secret.hex() not in repr(key)
    assert repr(key.secret) not in repr(key)


@given(purpose=st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_subkeys_are_those_of_hkdf(purpose: str) -> None:
    key = DataKey.new()
    subkey = HKDF(SHA256(), 32, salt=None, info=f"digest:{purpose}".encode()).derive(key.secret)
    assert key.digest(purpose, ["a value"]) == hmac.digest(subkey, canonical(["a value"]), "sha256")
