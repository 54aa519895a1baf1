"""Ed25519 in plain Python accepts what a signer made, and nothing that somebody else could have."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from console.proof import verify
from console.proof.notes import SealingKey
from console.proof.verify import ed25519

# RFC 8032, section 7.1: secret, public, message, signature.
VECTORS = {
    "nothing": (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    "one byte": (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    "two bytes": (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    "a hash": (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
}
ORDER = 2**252 + 27742317777372353535851937790883648493
FIELD = 2**255 - 19
# All points of small order, and second spellings of them (more than 2^255 - 19, or zero with a sign).
SMALL = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]
KEY = SealingKey.of("key", b"k" * 32)


@pytest.mark.parametrize(("secret", "public", "message", "signature"), VECTORS.values(), ids=VECTORS)
def test_the_examples_of_the_standard_fit(secret: str, public: str, message: str, signature: str) -> None:
    assert SealingKey.of("key", bytes.fromhex(secret)).public.hex() == public
    assert ed25519(bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature))


@given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=100))
@settings(max_examples=60)
def test_what_the_library_signs_fits(seed: bytes, message: bytes) -> None:
    key = SealingKey.of("key", seed)
    assert ed25519(key.public, message, key.sign(message))


@given(message=st.binary(max_size=40), bit=st.integers(0, 511))
@settings(max_examples=60)
def test_a_signature_with_a_flipped_bit_does_not_fit(message: bytes, bit: int) -> None:
    signature = bytearray(KEY.sign(message))
    signature[bit // 8] ^= 1 << bit % 8
    assert not ed25519(KEY.public, message, bytes(signature))


def test_a_signature_fits_neither_another_message_nor_another_key() -> None:
    signature = KEY.sign(b"one")
    assert not ed25519(KEY.public, b"other", signature)
    assert not ed25519(SealingKey.of("key", b"o" * 32).public, b"one", signature)


def test_a_number_beyond_the_order_is_a_second_spelling_and_does_not_fit() -> None:
    signature = KEY.sign(b"one")
    factor = int.from_bytes(signature[32:], "little")
    for times in range(1, 15):
        spelled = (factor + times * ORDER).to_bytes(32, "little")
        assert not ed25519(KEY.public, b"one", signature[:32] + spelled)


@pytest.mark.parametrize("key", SMALL)
def test_a_key_of_small_order_fits_no_signature_that_nobody_made(key: str) -> None:
    for point in SMALL:
        for message in (b"", b"1", b"2", b"3"):
            assert not ed25519(bytes.fromhex(key), message, bytes.fromhex(point) + bytes(32))


@pytest.mark.parametrize("spare", range(19))
@pytest.mark.parametrize("sign", [0, 1])
def test_a_point_has_one_spelling(spare: int, sign: int) -> None:
    assert verify._point((FIELD + spare + (sign << 255)).to_bytes(32, "little")) is None


def test_a_point_on_the_axis_has_no_sign() -> None:
    for y in (1, FIELD - 1):
        assert verify._point(y.to_bytes(32, "little"))
        assert verify._point((y + (1 << 255)).to_bytes(32, "little")) is None


def scalar(seed: bytes) -> int:
    """The secret number of a key (RFC 8032, section 5.1.5): its public point is so many times the base."""
    number = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little")
    return number & ((1 << 254) - 8) | 1 << 254


def test_a_key_that_is_no_point_at_all_would_fit_what_anybody_writes() -> None:
    # With the neutral point as key, R = [r]B and S = r fit every message: here r is the secret number of some key.
    signature = KEY.public + (scalar(b"k" * 32) % ORDER).to_bytes(32, "little")
    for message in (b"one", b"other"):
        assert not ed25519(bytes.fromhex(SMALL[0]), message, signature)


def test_a_signature_whose_point_is_of_small_order_does_not_fit() -> None:
    neutral = bytes.fromhex(SMALL[0])
    challenge = int.from_bytes(hashlib.sha512(neutral + KEY.public + b"one").digest(), "little")
    factor = challenge * scalar(b"k" * 32) % ORDER
    assert not ed25519(KEY.public, b"one", neutral + factor.to_bytes(32, "little"))


@pytest.mark.parametrize(
    "public", [(FIELD + 3).to_bytes(32, "little"), bytes([2]) + bytes(31), b"\xff" * 32, b"", b"k" * 31]
)
def test_what_is_no_point_is_no_key(public: bytes) -> None:
    assert not ed25519(public, b"one", KEY.sign(b"one"))


@pytest.mark.parametrize("signature", [b"", b"s" * 63, b"s" * 65, b"\xff" * 64, bytes(64)])
def test_what_is_no_signature_does_not_fit(signature: bytes) -> None:
    assert not ed25519(KEY.public, b"one", signature)


def test_a_signature_made_by_the_library_itself_is_the_same_as_ours() -> None:
    assert Ed25519PrivateKey.from_private_bytes(b"k" * 32).sign(b"one") == KEY.sign(b"one")
