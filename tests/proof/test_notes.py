"""Keys are read with sentences for what is wrong with them; notes are signed and read in one spelling alone."""

import base64
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.proof import verify
from console.proof.notes import BadSignature, Ring, SealingKey, UnknownKey, keys_text, opened, sign_checkpoint
from tests.proof.packs import INSTALLATION, KEY, OTHER_KEY

SEED = base64.b64encode(b"k" * 32).decode()
RING = Ring.read(f"first:{SEED}")


def note(key: SealingKey = KEY, *, size: int = 5, root: bytes = b"r" * 32, at: int = 7, life: int = 0) -> str:
    return sign_checkpoint(key, installation=INSTALLATION, size=size, root=root, at=at, life=life)


def test_the_first_key_signs_and_all_are_known() -> None:
    ring = Ring.read(f" new:{base64.b64encode(b'n' * 32).decode()} , first:{SEED},")
    assert ring.first
    assert [key.id for key in ring] == ["new", "first"]
    assert (ring.first.id, ring.get("first"), ring.get("third")) == ("new", KEY, None)


def test_without_keys_the_ring_is_empty() -> None:
    assert Ring.read(" ").first is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (SEED, "has no name"),
        (f":{SEED}", "has no name"),
        (f"two words:{SEED}", "has no name"),
        ("first:not base64!", '"first" is not base64'),
        ("first:" + base64.b64encode(b"secret").decode(), '"first" has 6 bytes instead of 32'),
        (f"first:{SEED},first:{SEED}", 'Two sealing keys are called "first"'),
    ],
)
def test_what_is_wrong_with_a_key_is_said_without_showing_it(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as refused:
        Ring.read(text)
    assert SEED[:10] not in str(refused.value)


def test_a_key_does_not_show_itself() -> None:
    assert SEED not in repr(RING)
    assert b"k" * 8 not in repr(RING).encode()


@given(
    size=st.integers(0, 10**17),
    root=st.binary(min_size=32, max_size=32),
    at=st.integers(0, 10**17),
    life=st.integers(0, 9),
)
def test_what_is_signed_is_read_as_it_was(size: int, root: bytes, at: int, life: int) -> None:
    checkpoint = opened(note(size=size, root=root, at=at, life=life), RING)
    assert (checkpoint.size, checkpoint.root, checkpoint.at, checkpoint.life) == (size, root, at, life)
    assert (checkpoint.installation, checkpoint.key_id, checkpoint.public) == (INSTALLATION, "first", KEY.public)


def test_both_ways_of_checking_a_signature_agree() -> None:
    assert verify.signed(verify.read_note(note()))
    forged = note().replace("\n5\n", "\n6\n")
    assert not verify.signed(verify.read_note(forged))
    with pytest.raises(BadSignature, match="altered, or forged"):
        opened(forged, RING)


def test_a_key_that_is_not_in_the_ring_is_named() -> None:
    with pytest.raises(UnknownKey, match=verify.grouped(OTHER_KEY.fingerprint)):
        opened(note(OTHER_KEY), RING)


@pytest.mark.parametrize(
    "alter",
    [
        lambda text: "",
        lambda text: text[:-1],
        lambda text: text + "\n",
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n5\n", "\n05\n"),
        lambda text: text.replace("\n5\n", "\n+5\n"),
        lambda text: text.replace("\n5\n", "\n\u0665\n"),
        lambda text: text.replace("\n5\n", "\n" + "9" * 5000 + "\n"),
        lambda text: text.replace("at 7", "at -7"),
        lambda text: text.replace("life 0\n", ""),
        lambda text: text.replace("— ", "- "),
        lambda text: text.replace(INSTALLATION, INSTALLATION.upper()),
        lambda text: text.replace(f"— steward/{INSTALLATION}", "— steward/00000000-0000-0000-0000-000000000000"),
        lambda text: text.replace("key first", "key first key"),
        lambda text: text + text.splitlines()[-1] + "\n",
        lambda text: text.replace("=\nat", "\nat"),
        lambda text: text.replace("cnI=", "cnJ="),
    ],
)
def test_a_note_in_another_spelling_is_none(alter: Callable[[str], str]) -> None:
    assert alter(note()) != note()
    with pytest.raises(verify.Unfit):
        opened(alter(note()), RING)


def test_the_signature_names_the_key_by_its_four_bytes() -> None:
    *rest, last = note().splitlines(keepends=True)
    mark, name, text = last.split()
    data = bytearray(base64.b64decode(text))
    assert bytes(data[:4]) == verify.key_hash(name, KEY.public)
    data[0] ^= 1
    altered = "".join([*rest, f"{mark} {name} {base64.b64encode(data).decode()}\n"])
    assert not verify.signed(verify.read_note(altered))
    with pytest.raises(BadSignature):
        opened(altered, RING)


def test_keys_are_told_with_what_people_compare() -> None:
    [name, public, fingerprint] = keys_text([("first", KEY.public)]).split()
    assert (name, base64.b64decode(public), fingerprint) == ("first", KEY.public, verify.fingerprint(KEY.public))
