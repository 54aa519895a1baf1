"""Uploads: a file of customers comes in pieces, each sealed as it comes, and is read again as the one file it is.

A piece is taken only where the last one ended, so that whoever was cut off goes on there, and nothing comes in twice.
"""

from __future__ import annotations

import hashlib
import io
from typing import BinaryIO, override

from console.errors import NotFit, SeenOtherwise, StepNotPossible
from console.models import Bulk, BulkPart, BulkStatus
from console.models.sealing import key_ring

PIECE = 4 * 1024 * 1024
MOST_BYTES = 1024**3
PURPOSE = "bulk part"

ANOTHER_FILE = "This is not the file that the upload began with: choose the same one to go on, or begin a new import."


class NotThere(SeenOtherwise):
    """A piece that does not follow the last one; `kept` is where the next one begins."""

    def __init__(self, kept: int) -> None:
        super().__init__(["The place of this piece"])
        self.kept = kept


def require_size(size: int) -> None:
    """Raises NotFit, in a sentence that helps, for a file that is empty or larger than any may be."""
    if size <= 0:
        raise NotFit(wanted={"file": "This file is empty. Choose one with at least one line."})
    if size > MOST_BYTES:
        raise NotFit(wanted={"file": "This file is larger than 1 GiB: split it, then import the parts."})


def keep_piece(bulk: Bulk, *, at: int, data: bytes, before: str = "") -> None:
    """Keeps the next piece of a file; the row of its bulk is locked. `at`: the bytes that come before it; `before`: the
    SHA-256 (hex) of the piece before it, where who sends it can tell.

    Raises NotThere where another piece is next, NotFit for one of another size than it has to be, StepNotPossible where
    none is waited for, or it belongs to another file.
    """
    if bulk.status != BulkStatus.UPLOADING:
        raise StepNotPossible("This file is complete, or no longer wanted: nothing more is taken.")
    if at != bulk.bytes_kept:
        raise NotThere(bulk.bytes_kept)
    if len(data) != min(PIECE, bulk.bytes_expected - at):
        raise NotFit(wanted={"file": "The upload was cut off in the middle of a piece. Send that piece again."})
    number = at // PIECE
    if before and number and before != hashlib.sha256(piece(bulk.pk, number - 1)).hexdigest():
        raise StepNotPossible(ANOTHER_FILE)
    sealed = key_ring().seal_bytes(PURPOSE, _place(bulk.pk, number), data)
    BulkPart.objects.create(bulk=bulk, number=number, size=len(data), sealed=sealed)
    bulk.bytes_kept = at + len(data)
    bulk.save(update_fields=["bytes_kept"])


def piece(bulk_id: int, number: int) -> bytes:
    """A piece of the file; raises BulkPart.DoesNotExist if it is no longer kept."""
    part = BulkPart.objects.get(bulk=bulk_id, number=number)
    return key_ring().open_bytes(PURPOSE, _place(bulk_id, number), part.sealed)


def content(bulk: Bulk) -> BinaryIO:
    """The whole file, to be read from any place; one piece of it is held at a time."""
    return io.BufferedReader(_Pieces(bulk.pk, bulk.bytes_kept), buffer_size=256 * 1024)


class _Pieces(io.RawIOBase):
    """A file that is kept in pieces of one size."""

    def __init__(self, bulk_id: int, size: int) -> None:
        self._bulk, self._size, self._at = bulk_id, size, 0
        self._number, self._held = -1, b""

    @override
    def readable(self) -> bool:
        return True

    @override
    def seekable(self) -> bool:
        return True

    @override
    def tell(self) -> int:
        return self._at

    @override
    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, begin + offset)
        return self._at

    @override
    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # what callers give
        number, begin = divmod(self._at, PIECE)
        if self._at >= self._size:
            return 0
        if number != self._number:
            self._number, self._held = number, piece(self._bulk, number)
        some = self._held[begin : begin + len(buffer)]
        buffer[: len(some)] = some
        self._at += len(some)
        return len(some)


def _place(bulk_id: int, number: int) -> str:
    return f"{bulk_id}/{number}"
