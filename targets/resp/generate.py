"""Builds frames from bytes: every byte string gives some frames, and near strings near frames."""

from __future__ import annotations

import struct
from typing import Final

from targets.resp.frames import (
    NULL,
    Array,
    BigNumber,
    Boolean,
    Bulk,
    BulkError,
    Double,
    Error,
    Frame,
    Integer,
    Map,
    Push,
    Set,
    Simple,
    Verbatim,
)

MAX_FRAMES: Final = 128
"""Frames of one input, those inside others too."""
MAX_DEPTH: Final = 8
KINDS2: Final = 8
KINDS3: Final = 16


class _Source:
    """Bytes to draw from; zeros behind their end."""

    __slots__ = ("at", "data", "frames")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.frames = 0

    def number(self, below: int) -> int:
        at = self.at
        self.at = at + 1
        return self.data[at] % below if at < len(self.data) else 0

    def take(self, length: int) -> bytes:
        found = self.data[self.at : self.at + length]
        self.at += length
        return found

    def left(self) -> int:
        return len(self.data) - self.at


def generate(data: bytes, *, resp3: bool) -> list[Frame]:
    """Outermost frames drawn from `data`; map keys are scalars and differ within a map."""
    source = _Source(data)
    frames: list[Frame] = []
    while source.left() > 0 and source.frames < MAX_FRAMES:
        frames.append(_frame(source, resp3=resp3, depth=0))
    return frames


def _frame(source: _Source, *, resp3: bool, depth: int) -> Frame:
    kind = source.number(KINDS3 if resp3 else KINDS2)
    source.frames += 1
    if kind < 6 or (kind < 8 and depth >= MAX_DEPTH):
        return _scalar2(source, kind)
    if kind < 8:
        return Array(_items(source, resp3=resp3, depth=depth))
    if kind < 12 or depth >= MAX_DEPTH:
        return _scalar3(source, kind)
    if kind == 12:
        return Set(_items(source, resp3=resp3, depth=depth))
    if kind == 13:
        return Map(_pairs(source, depth=depth))
    if kind == 14 and depth == 0:
        return Push((Simple("message"), *_items(source, resp3=resp3, depth=depth)))
    if kind == 15:
        return BulkError(_text(source).replace("\n", "\r\n"))
    return Verbatim(b"txt", source.take(source.number(64)))


def _items(source: _Source, *, resp3: bool, depth: int) -> tuple[Frame, ...]:
    count = min(source.number(16), source.left() + 1, max(0, MAX_FRAMES - source.frames))
    return tuple(_frame(source, resp3=resp3, depth=depth + 1) for _ in range(count))


def _pairs(source: _Source, *, depth: int) -> tuple[tuple[Frame, Frame], ...]:
    count = min(source.number(8), source.left() + 1, max(0, MAX_FRAMES - source.frames))
    return tuple(
        (Bulk(b"%d:%b" % (at, source.take(2))), _frame(source, resp3=True, depth=depth + 1))
        for at in range(count)
    )


def _text(source: _Source) -> str:
    return source.take(source.number(32)).decode("utf-8", "replace").replace("\r", "\n")


def _line(source: _Source) -> str:
    return _text(source).replace("\n", " ")


def _scalar2(source: _Source, kind: int) -> Frame:
    match kind:
        case 0:
            return NULL
        case 1:
            return Simple(_line(source))
        case 2:
            return Error(f"ERR {_line(source)}.")
        case 3:
            return Integer(int.from_bytes(source.take(8), "little", signed=True))
        case 4:
            return Integer(source.number(256) - 128)
        case _:
            return Bulk(source.take(source.number(256)))


def _scalar3(source: _Source, kind: int) -> Frame:
    match kind % 4:
        case 0:
            return Boolean(source.number(2) == 1)
        case 1:
            return Double(_double(source.take(8)))
        case 2:
            return Double(source.number(256) / 4 - 32)
        case _:
            number = int.from_bytes(source.take(source.number(40)), "little", signed=True)
            return BigNumber(str(number))


def _double(data: bytes) -> float:
    (value,) = struct.unpack("<d", data.ljust(8, b"\0"))
    return float(value)
