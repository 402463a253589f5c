"""Inputs of the check `replies`: a line that names a command, and bytes that its reply is made of.

Every byte string behind a known name gives a well-formed reply, near strings near replies; zeros
give the simplest.
"""

from __future__ import annotations

import random as randomness
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from targets import drawing
from targets.drawing import Draw
from targets.resp.catalogue import CATALOGUE
from targets.resp.catalogue.exchange import Command

if TYPE_CHECKING:  # pragma: no cover - a pinned environment has no Hypothesis
    from hypothesis.strategies import SearchStrategy

T = TypeVar("T")
NAMES: Final = tuple(CATALOGUE)
MAX_BYTES: Final = 160
"""Of a reply that is made new."""
END: Final = b"\n"


class Source:
    """Decisions drawn from bytes; zeros behind their end."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def _take(self, size: int) -> int:
        found = self._data[self._at : self._at + size]
        self._at += size
        return int.from_bytes(found.ljust(size, b"\0"), "little")

    def integer(self, low: int, high: int) -> int:
        """See `Draw`."""
        span = high - low + 1
        return low + self._take((span.bit_length() + 7) // 8) % span

    def chance(self, probability: float) -> bool:
        """See `Draw`."""
        return self._take(1) >= 256 * (1 - probability)

    def choice(self, items: Sequence[T]) -> T:
        """See `Draw`."""
        return items[self.integer(0, len(items) - 1)]

    def binary(self, low: int, high: int) -> bytes:
        """See `Draw`."""
        size = self.integer(low, high)
        found = self._data[self._at : self._at + size]
        self._at += size
        return found.ljust(size, b"\0")


def read(data: bytes) -> tuple[bytes, Command, Draw] | None:
    """The name, the command and the decisions of an input; None: it names no command."""
    name, _, rest = data.partition(END)
    command = CATALOGUE.get(name.upper())
    return None if command is None else (name.upper(), command, Source(rest))


def tokens(data: bytes) -> list[bytes]:
    """The line, and every byte behind it.

    >>> tokens(b"GET\\n\\x00\\x01")
    [b'GET\\n', b'\\x00', b'\\x01']
    """
    name, end, rest = data.partition(END)
    line = [name + end] if name or end else []
    return line + [rest[at : at + 1] for at in range(len(rest))]


def build(draw: Draw) -> bytes:
    """Any command, any reply."""
    return draw.choice(NAMES) + END + draw.binary(0, MAX_BYTES)


def strategy() -> SearchStrategy[bytes]:
    """The same inputs for Hypothesis."""
    return drawing.strategy(build)


def mutate(data: bytes, max_size: int, random: randomness.Random) -> bytes:
    """Another reply to the command of `data`, or to another one; at most `max_size` bytes."""
    draw = drawing.from_random(random)
    name, _, rest = data.partition(END)
    if draw.chance(0.3) or name.upper() not in CATALOGUE:
        if draw.chance(0.7):
            return build(draw)[:max_size]
        name = draw.choice(NAMES)
    changed = bytearray(rest)
    for _ in range(draw.integer(1, 3)):
        _change(changed, draw)
    return (name + END + bytes(changed))[:max_size]


def _change(data: bytearray, draw: Draw) -> None:
    at = draw.integer(0, len(data))
    way = draw.integer(0, 5)
    if way == 0:
        data[at:at] = draw.binary(1, 8)
    elif way == 1:
        del data[at : at + draw.integer(1, 4)]
    elif way == 2:
        data[at : at + 1] = draw.choice((b"\0", b"\xff", b"\x01", b"\x80"))
    elif way == 3:
        size = draw.integer(1, 24)
        data[at : at + size] = draw.binary(size, size)
    elif way == 4:
        data.extend(draw.binary(1, MAX_BYTES))
    else:
        data[at : at + 1] = draw.binary(1, 1)
