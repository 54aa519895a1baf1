"""Sealing of personal values: a data key per customer, wrapped by the key ring from the environment.

Values are AES-GCM under the customer's data key with `key_id:purpose:field` as associated data, so a sealed value can't
be moved to another place unnoticed. Digests are HMACs under subkeys of the same data key: erasing it leaves every proof
intact and every value unreadable. Pure: no model, no query.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import os
import uuid
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from console.errors import KeyMissing
from console.proof.verify import canonical as canonical  # noqa: PLC0414 - whoever seals finds it here

NONCE = 12
KEY = 32
_NO_SALT = bytes(32)

type Sealed = bytes | memoryview  # PostgreSQL's driver gives either


def _derive(secret: bytes, purpose: str) -> bytes:
    """HKDF-SHA-256 (RFC 5869) without a salt: of 32 bytes it is one round, and a new customer's key takes several."""
    extracted = hmac.digest(_NO_SALT, secret, "sha256")
    return hmac.digest(extracted, purpose.encode() + b"\x01", "sha256")


def _encrypt(key: bytes, plain: bytes, about: str) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, about.encode())


def _decrypt(key: bytes, sealed: bytes, about: str) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], about.encode())
    except InvalidTag:
        raise KeyMissing(
            "A sealed value could not be opened: it was altered, moved, or sealed under another key."
        ) from None


@dataclass(frozen=True, slots=True)
class DataKey:
    """One customer's key. `key_id` names it in the associated data of everything it sealed."""

    key_id: str
    secret: bytes = field(repr=False)

    @classmethod
    def new(cls) -> DataKey:
        """A fresh random key."""
        return cls(uuid.uuid4().hex, os.urandom(KEY))

    def seal(self, purpose: str, name: str, value: object) -> bytes:
        """Seals a JSON value for one purpose (`values`, `line`, `event`, …) and one field."""
        return _encrypt(self.secret, canonical(value), f"{self.key_id}:{purpose}:{name}")

    def open(self, purpose: str, name: str, sealed: Sealed) -> object:
        """Opens what `seal` made for the same purpose and field; raises KeyMissing if it was altered or moved."""
        opened: object = json.loads(_decrypt(self.secret, bytes(sealed), f"{self.key_id}:{purpose}:{name}"))
        return opened

    def seal_bytes(self, purpose: str, name: str, plain: bytes) -> bytes:
        """Like `seal`, for bodies that are bytes already."""
        return _encrypt(self.secret, plain, f"{self.key_id}:{purpose}:{name}")

    def open_bytes(self, purpose: str, name: str, sealed: Sealed) -> bytes:
        """Opens what `seal_bytes` made."""
        return _decrypt(self.secret, bytes(sealed), f"{self.key_id}:{purpose}:{name}")

    def digest(self, purpose: str, value: object) -> bytes:
        """HMAC-SHA-256 of the canonical JSON under a subkey for this purpose; 32 bytes."""
        return hmac.digest(_subkey(self.secret, purpose), canonical(value), hashlib.sha256)


@lru_cache(maxsize=4096)
def _subkey(secret: bytes, purpose: str) -> bytes:
    return _derive(secret, f"digest:{purpose}")


class KeyRing:
    """The keys from `STEWARD_KEYS`: the first one wraps, all of them unwrap; each is 32 random bytes in base64."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        if not keys:
            raise ValueError("STEWARD_KEYS holds no key. Give it as id:base64 of 32 random bytes.")
        self._keys = keys

    @classmethod
    def parse(cls, text: str) -> KeyRing:
        """Reads `id:base64[,id:base64 …]`; raises ValueError with a sentence that never shows a key."""
        keys: dict[str, bytes] = {}
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            name, _, encoded = part.partition(":")
            try:
                secret = base64.b64decode(encoded, validate=True)
            except ValueError:
                secret = b""
            if not name or len(name) > 32 or len(secret) != KEY:
                raise ValueError("Each key of STEWARD_KEYS is id:base64, the base64 of exactly 32 random bytes.")
            keys[name] = secret
        return cls(keys)

    @property
    def current(self) -> str:
        """The id of the key that wraps from now on."""
        return next(iter(self._keys))

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all keys, the one that wraps first."""
        return tuple(self._keys)

    def wrap(self, key: DataKey) -> bytes:
        """The data key, sealed for the database, with the id of the ring's key in front."""
        about = f"{self.current}:data key:{key.key_id}"
        return self.current.encode() + b":" + _encrypt(self._keys[self.current], key.secret, about)

    def unwrap(self, key_id: str, wrapped: Sealed | None) -> DataKey:
        """The data key again; raises KeyMissing when it was erased or the ring lacks the key that wrapped it."""
        if not wrapped:
            raise KeyMissing("The key of this customer's values was erased: the values are gone for good.")
        name, _, sealed = bytes(wrapped).partition(b":")
        secret = self._keys.get(name.decode())
        if secret is None:
            raise KeyMissing(f"The key ring has no key named {name.decode()!r}. Add it to STEWARD_KEYS.")
        return DataKey(key_id, _decrypt(secret, sealed, f"{name.decode()}:data key:{key_id}"))

    def seal(self, purpose: str, value: object) -> str:
        """A JSON value that belongs to no customer (credentials, a search in a session), as text for the database."""
        return self._fernet(purpose).encrypt(canonical(value)).decode()

    def open(self, purpose: str, sealed: str) -> object:
        """What `seal` got, for the same purpose; raises KeyMissing when no key of the ring made it."""
        try:
            opened: object = json.loads(self._fernet(purpose).decrypt(sealed.encode()))
        except InvalidToken:
            raise KeyMissing(
                f"Sealed {purpose} can't be opened: STEWARD_KEYS lacks the key, or they were altered."
            ) from None
        return opened

    def seal_bytes(self, purpose: str, name: str, plain: bytes) -> bytes:
        """Bytes that belong to no one customer, bound to their purpose and place; the id of the ring's key in front."""
        about = f"{self.current}:{purpose}:{name}"
        return self.current.encode() + b":" + _encrypt(_derive(self._keys[self.current], purpose), plain, about)

    def open_bytes(self, purpose: str, name: str, sealed: Sealed) -> bytes:
        """What `seal_bytes` got for the same purpose and place; raises KeyMissing if it was altered or moved, or the
        ring lacks its key.
        """
        given, _, encrypted = bytes(sealed).partition(b":")
        key = given.decode(errors="replace")
        if key not in self._keys:
            raise KeyMissing(f"The key ring has no key named {key!r}. Add it to STEWARD_KEYS.")
        return _decrypt(_derive(self._keys[key], purpose), encrypted, f"{key}:{purpose}:{name}")

    def digest(self, purpose: str, value: object, *, key: str = "") -> bytes:
        """HMAC-SHA-256 of the canonical JSON under a subkey of this key, or of the one that wraps now; 32 bytes."""
        return hmac.digest(_subkey(self._keys[key or self.current], purpose), canonical(value), hashlib.sha256)

    @staticmethod
    def key_of_bytes(sealed: Sealed) -> str:
        """The id of the key that `wrap` or `seal_bytes` used."""
        return bytes(sealed).partition(b":")[0].decode(errors="replace")

    def key_of_text(self, purpose: str, sealed: str) -> str:
        """The id of the key that `seal` used; "" where it is none of this ring's."""
        for name in self._keys:
            with contextlib.suppress(InvalidToken):
                self._fernet_of(name, purpose).decrypt(sealed.encode())
                return name
        return ""

    def _fernet(self, purpose: str) -> MultiFernet:
        return MultiFernet([self._fernet_of(name, purpose) for name in self._keys])

    def _fernet_of(self, name: str, purpose: str) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(_derive(self._keys[name], purpose)))


@lru_cache(maxsize=4)
def _ring(text: str) -> KeyRing:
    return KeyRing.parse(text)


def key_ring() -> KeyRing:
    """The installation's key ring, from the settings."""
    return _ring(settings.STEWARD_KEYS)
