"""Signing: the keys that seal history, which live outside the database, and the notes they sign.

What a note says and how it is read stands in `verify`, which whoever checks a pack has too; what is fast stands here.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from console.proof import verify

_HOW = 'Write "id:base64", the base64 of 32 random bytes, and a comma between keys.'


class UnknownKey(ValueError):
    """A note is signed by a key that is not in the ring; the text is a sentence."""


class BadSignature(ValueError):
    """A note names a key of the ring, which did not sign it; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class SealingKey:
    """A key that signs: what it is called, and its public half."""

    id: str
    public: bytes
    _private: Ed25519PrivateKey = field(repr=False, compare=False)

    @classmethod
    def of(cls, name: str, seed: bytes) -> SealingKey:
        """The key that these 32 bytes make."""
        private = Ed25519PrivateKey.from_private_bytes(seed)
        return cls(name, private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), private)

    @property
    def fingerprint(self) -> str:
        """By which people compare it: 64 hexadecimal digits."""
        return verify.fingerprint(self.public)

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of an Ed25519 signature."""
        return self._private.sign(message)


@dataclass(frozen=True, slots=True)
class Ring:
    """The keys of an installation: the first one signs, all of them are known."""

    keys: tuple[SealingKey, ...] = ()

    @classmethod
    def read(cls, text: str) -> Ring:
        """From "id:base64, …"; raises ValueError with a sentence that shows no part of a key."""
        keys = [_key(part.strip()) for part in text.split(",") if part.strip()]
        names = [key.id for key in keys]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f'Two sealing keys are called "{name}": checkpoints name the key that signed them.')
        return cls(tuple(keys))

    @property
    def first(self) -> SealingKey | None:
        """The key that signs, if there is any."""
        return self.keys[0] if self.keys else None

    def get(self, name: str) -> SealingKey | None:
        """The key of this name."""
        return next((key for key in self.keys if key.id == name), None)

    def __iter__(self) -> Iterator[SealingKey]:
        return iter(self.keys)


def sign_checkpoint(key: SealingKey, *, installation: str, size: int, root: bytes, at: int, life: int) -> str:
    """The signed note about the first `size` leaves; `at` in microseconds since 1970."""
    name = f"steward/{installation}"
    return _note(key, name, [str(size), _base64(root), f"at {at}", f"life {life}"])


def sign_manifest(key: SealingKey, *, installation: str, manifest: bytes) -> str:
    """The signed note about the files of a pack, which its manifest lists."""
    return _note(key, f"steward-pack/{installation}", [sha256(manifest).hexdigest()])


def opened(text: str, ring: Ring) -> verify.Checkpoint:
    """The checkpoint that a key of the ring signed; raises `Unfit`, `UnknownKey` or `BadSignature`."""
    checkpoint = verify.read_note(text)
    key = ring.get(checkpoint.key_id)
    if key is None or key.public != checkpoint.public:
        raise UnknownKey(
            f'It is signed with the key "{checkpoint.key_id}" '
            f"({verify.grouped(verify.fingerprint(checkpoint.public))}), which STEWARD_SEALING_KEYS does not hold."
        )
    if not _fits(checkpoint):
        raise BadSignature(f'Its signature is not one of the key "{checkpoint.key_id}": it was altered, or forged.')
    return checkpoint


def keys_text(keys: Iterable[tuple[str, bytes]]) -> str:
    """What a pack's keys.txt says of keys, given by name and public half."""
    return "".join(f"{name} {_base64(public)} {verify.fingerprint(public)}\n" for name, public in keys)


def _key(part: str) -> SealingKey:
    name, colon, text = part.partition(":")
    if not colon or not re.fullmatch(r"[A-Za-z0-9._-]{1,40}", name):
        raise ValueError(f"A sealing key has no name that can stand in a checkpoint. {_HOW}")
    try:
        seed = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError(f'The sealing key "{name}" is not base64. {_HOW}') from None
    if len(seed) != 32:
        raise ValueError(f'The sealing key "{name}" has {len(seed)} bytes instead of 32. {_HOW}')
    return SealingKey.of(name, seed)


def _note(key: SealingKey, name: str, lines: Iterable[str]) -> str:
    text = "".join(f"{line}\n" for line in [name, *lines, f"key {key.id} {_base64(key.public)}"])
    signature = verify.key_hash(name, key.public) + key.sign(text.encode())
    return f"{text}\n— {name} {_base64(signature)}\n"


def _fits(note: verify.Note) -> bool:
    """As `verify.signed`, by the library."""
    if note.signature[:4] != verify.key_hash(note.name, note.public):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(note.public).verify(note.signature[4:], note.text.encode())
    except InvalidSignature:
        return False
    return True


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
