"""Archives as streams that cannot be made to take much memory, or to turn in circles."""

from __future__ import annotations

import bz2
import gzip
import importlib
import io
import lzma
from collections.abc import Callable
from typing import IO, Any, Protocol

from triage.importing.entry import Budget, RefusedError

CHUNK_BYTES = 64 << 10
HEADER_BYTES = 1 << 20
"""The longest header of one tar entry (long names, extended attributes)."""
DIRECTORY_BYTES = 20 << 20
"""The longest directory of a zip: it is read as a whole."""
LZMA_BYTES = 128 << 20
"""Memory that unpacking may take; `xz -9` needs half of it."""


class Decompressor(Protocol):
    """What `bz2`, `lzma` and, from Python 3.14 on, zstandard have in common."""

    @property
    def eof(self) -> bool:
        """Whether the compressed stream is complete."""

    @property
    def needs_input(self) -> bool:
        """Whether nothing more comes without further input."""

    @property
    def unused_data(self) -> bytes:
        """What follows the complete stream."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """The next unpacked bytes."""


class Unpacked:
    """The unpacked bytes of one or more compressed streams, in small pieces."""

    def __init__(self, file: IO[bytes], make: Callable[[], Decompressor]) -> None:
        self._file = file
        self._make = make
        self._decompressor = make()

    def read(self, size: int) -> bytes:
        """At most so many bytes; fewer than asked for are not the end, none are."""
        while True:
            unpacker, data = self._decompressor, b""
            if unpacker.eof:
                data = unpacker.unused_data or self._file.read(CHUNK_BYTES)
                if not data.strip(b"\0"):  # padding
                    return b""
                self._decompressor = unpacker = self._make()
            elif unpacker.needs_input and not (data := self._file.read(CHUNK_BYTES)):
                raise RefusedError("it is cut off")
            if piece := unpacker.decompress(data, size):
                return piece


def unpacked(file: IO[bytes]) -> Callable[[int], bytes]:
    """How to read what is packed in the file, by its first bytes; as it is when nothing is."""
    magic = file.read(6)
    file.seek(0)
    if magic.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=file, mode="rb").read
    if magic.startswith(b"BZh"):
        return Unpacked(file, bz2.BZ2Decompressor).read
    if magic == b"\xfd7zXZ\0":
        return Unpacked(file, lambda: lzma.LZMADecompressor(memlimit=LZMA_BYTES)).read
    if magic.startswith(b"\x28\xb5\x2f\xfd"):
        return Unpacked(file, _zstd()).read
    return file.read


def _zstd() -> Callable[[], Decompressor]:
    try:
        zstd: Any = importlib.import_module("compression.zstd")
    except ImportError:
        raise RefusedError(
            "it is packed with zstandard, which Python reads from 3.14 on: "
            "unpack it first, `zstd -d FILE`"
        ) from None
    window = {zstd.DecompressionParameter.window_log_max: LZMA_BYTES.bit_length() - 1}
    return lambda: zstd.ZstdDecompressor(options=window)


class Forward:
    """A stream that is read and skipped, never rewound nor read whole: what `tarfile` gets.

    All that passes is taken from the budget, also what is skipped.
    """

    def __init__(self, read: Callable[[int], bytes], budget: Budget) -> None:
        self._read = read
        self._budget = budget
        self._at = 0
        self.last = b""
        """What was read last; at the end of a complete tar, an empty block."""

    def read(self, size: int = -1) -> bytes:
        """So many bytes, fewer only at the end."""
        if not 0 <= size <= HEADER_BYTES:
            raise RefusedError("a header in it is too long")
        pieces: list[bytes] = []
        while size > 0 and (piece := self._read(min(size, CHUNK_BYTES))):
            self._budget.spend(len(piece))
            self._at += len(piece)
            size -= len(piece)
            pieces.append(piece)
        self.last = b"".join(pieces)
        return self.last

    def seek(self, position: int, _whence: int = 0) -> int:
        """Skip forward to so many bytes from the start."""
        if position < self._at:
            raise RefusedError("its headers contradict each other")
        while self._at < position and self.read(min(position - self._at, CHUNK_BYTES)):
            pass
        return self._at

    def tell(self) -> int:
        """Bytes passed so far."""
        return self._at


class Directory(io.FileIO):
    """A file that refuses to be read in big pieces: what `zipfile` gets, for it reads a zip's
    directory whole."""

    def read(self, size: int | None = -1) -> bytes:
        """As `FileIO.read`."""
        if size is None or size < 0:
            at = self.tell()
            size = max(self.seek(0, io.SEEK_END) - at, 0)
            self.seek(at)
        if size > DIRECTORY_BYTES:
            raise RefusedError("its directory is too long")
        return super().read(size) or b""
