"""What an event's hash covers, and that the fast way of computing it gives the same."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.proof import verify

numbers = st.none() | st.integers(1, 2**63 - 1)
words = st.text(max_size=20)
details = st.dictionaries(
    words,
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63) | words,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)
rows = st.fixed_dictionaries(
    {
        **dict.fromkeys(("subject", "verb", "origin", "request"), words),
        **dict.fromkeys(("actor", "behalf", "change", "attempt"), numbers),
        **dict.fromkeys(("number", "at"), st.integers(0, 2**62)),
        "details": details,
        "values": st.none() | st.binary(max_size=40),
    }
)


@given(value=details)
def test_canonical_json_is_what_the_standard_library_writes(value: dict[str, Any]) -> None:
    expected = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert verify.canonical(value) == expected.encode("utf-8", "surrogatepass")


@given(row=rows, previous=st.binary(max_size=32))
def test_the_hash_of_a_row_is_that_of_the_events_content(row: dict[str, Any], previous: bytes) -> None:
    content = {name: value for name, value in row.items() if name != "behalf" or value}
    content["values"] = row["values"].hex() if row["values"] else None
    assert verify.row_hash(previous, **row) == verify.event_hash(previous, content)


def test_an_event_hash_is_sha_256_over_the_one_before_and_the_content() -> None:
    assert verify.event_hash(b"before", {"b": 1, "a": "é"}) == hashlib.sha256('before{"a":"é","b":1}'.encode()).digest()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (0, False),
        (1, 1.0),
        (1, "1"),
        (None, "null"),
        ("", None),
        ([], {}),
        ("é", "e\u0301"),
        ([1, 2], [2, 1]),
    ],
    ids=repr,
)
def test_values_that_are_alike_in_python_or_to_the_eye_have_different_hashes(one: object, other: object) -> None:
    assert verify.event_hash(b"", {"x": one}) != verify.event_hash(b"", {"x": other})
