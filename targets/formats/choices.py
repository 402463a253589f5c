"""Decisions read from bytes: an input of any format is also a recipe for a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from targets.drawing import Draw

T = TypeVar("T")


class _FromBytes:
    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        # Bytes of a text are few different ones: the place of each makes them all of them. A byte
        # that changes still changes its own decision only.
        self._data = bytes((byte * 167 + at * 101 + 55) & 255 for at, byte in enumerate(data))
        self._at = 0

    def integer(self, low: int, high: int) -> int:
        span = high - low + 1
        width = max(
            1, (span.bit_length() + 7) // 8 if span & (span - 1) else span.bit_length() // 8
        )
        taken = self._data[self._at : self._at + width]
        self._at += len(taken)
        return low + int.from_bytes(taken, "little") % span

    def chance(self, probability: float) -> bool:
        return self.integer(0, 255) >= 256 - round(probability * 256)

    def choice(self, items: Sequence[T]) -> T:
        return items[self.integer(0, len(items) - 1)]

    def binary(self, low: int, high: int) -> bytes:
        size = self.integer(low, high)
        taken = self._data[self._at : self._at + size]
        self._at += len(taken)
        return taken.ljust(low, b"\0")


def from_bytes(data: bytes) -> Draw:
    """Decisions in the order of `data`; the simplest ones when it is used up."""
    return _FromBytes(data)
