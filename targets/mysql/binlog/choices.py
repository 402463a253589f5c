"""Decisions read from bytes: an input is the sequence of decisions of a grammar.

One byte for a small choice, more for wide numbers; what is missing counts as zero, which is the
simplest. So every input means something, a changed byte changes one decision, and cutting the end
makes the rest simple.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

T = TypeVar("T")
SIZES: Final = (
    *(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 30, 40) * 2,
    *(0, 1, 2, 3, 5, 7, 8, 20, 63, 64, 100, 126, 127, 128, 200, 249, 250, 251, 252, 254),
    *(255, 256, 257, 300, 325, 511, 512, 1000, 1023, 4096, 65534, 65535, 65536, 66000),
)
"""Lengths at which an encoding may change, and some between."""


class Choices:
    """A source of decisions, as `targets.drawing.Draw`."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def used_up(self) -> bool:
        """Whether all bytes were read: every further decision is the simplest."""
        return self._at >= len(self._data)

    def integer(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, of as few bytes as that range needs."""
        size = ((high - low).bit_length() + 7) // 8
        taken = self._take(size).ljust(size, b"\0")
        return low + int.from_bytes(taken, "big") % (high - low + 1)

    def chance(self, probability: float) -> bool:
        """True for that share of the values of one byte; False for zero."""
        return self.integer(0, 255) >= 256 - round(probability * 256)

    def choice(self, items: Sequence[T]) -> T:
        """One of them; the first for zero."""
        return items[self.integer(0, len(items) - 1)]

    def binary(self, low: int, high: int) -> bytes:
        """So many bytes as they are, filled up with zeros."""
        size = self.integer(low, high)
        return self._take(size).ljust(size, b"\0")

    def number(self, bits: int, *, signed: bool = False) -> int:
        """A number of that many bits: near an edge, or any."""
        low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
        edge = self.choice((0, 1, 2, high, high - 1, high >> 1, low, low + 1, 1 << bits // 2, None))
        if edge is None:
            return self.integer(low, high)
        return max(low, min(high, edge))

    def size(self, most: int) -> int:
        """A length at an edge, up to `most`."""
        return min(most, self.choice(SIZES))

    def text(self, most: int, letters: str = "abcdefgh") -> str:
        """A text of at most `most` characters, whose content tells if it was cut or moved."""
        size = self.size(most)
        start = self.integer(0, 255)
        return "".join(letters[(start + at + at // 7) % len(letters)] for at in range(size))

    def _take(self, size: int) -> bytes:
        taken = self._data[self._at : self._at + size]
        self._at += size
        return taken
