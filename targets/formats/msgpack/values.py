"""Python values that MessagePack packers document to take."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, Final

from targets.drawing import Draw
from targets.formats.grammar import some

INTEGERS: Final = (
    *(
        0,
        1,
        -1,
        127,
        128,
        -32,
        -33,
        255,
        256,
        -128,
        -129,
        32767,
        32768,
        -32768,
        -32769,
        65535,
        65536,
    ),
    *(
        2**31 - 1,
        2**31,
        -(2**31),
        -(2**31) - 1,
        2**32 - 1,
        2**32,
        2**63 - 1,
        2**63,
        2**64 - 1,
        -(2**63),
    ),
)
FLOATS: Final = (
    *(
        0.0,
        -0.0,
        1.5,
        0.1,
        1e300,
        -1e300,
        5e-324,
        float("inf"),
        float("-inf"),
        float("nan"),
        3.4e38,
    ),
    *(2.0**-149, 16777217.0),
)
TEXTS: Final = (
    *("", "a", "é", "😀", "\0", "a" * 31, "a" * 32, "é" * 128, "b" * 255, "c" * 256, "é" * 16),
)
BIG: Final = (65535, 65536)
"""Sizes that need four bytes, seldom tried: they take long."""
UTC: Final = datetime.timezone.utc  # noqa: UP017 - as in the documentation of msgpack


class Natives:
    """Python values; the two classes of msgpack are parameters. None: the packer has none."""

    def __init__(
        self, extension: Callable[..., Any] | None, timestamp: Any, *, odd_keys: bool
    ) -> None:
        self._extension = extension
        self._timestamp = timestamp
        self._odd_keys = odd_keys

    def value(self, draw: Draw, depth: int = 0) -> object:
        """Any value; containers hold less the deeper they are."""
        kind = draw.integer(0, 11 if depth < 4 else 6)
        if kind <= 1:
            return draw.choice(INTEGERS)
        if kind == 2:
            return draw.choice(FLOATS)
        if kind == 3:
            return draw.choice(TEXTS) if depth or draw.chance(0.9) else "d" * draw.choice(BIG)
        if kind == 4:
            return draw.binary(0, 40) if depth or draw.chance(0.9) else bytes(draw.choice(BIG))
        if kind == 5:
            return draw.choice((True, False, None))
        if kind == 6:
            return self._special(draw)
        if kind <= 8:
            return [self.value(draw, depth + 1) for _ in range(some(draw, 0, 5))]
        if kind == 9:
            sizes = (15, 16, 17) if depth or draw.chance(0.97) else BIG
            return [draw.choice(INTEGERS)] * draw.choice(sizes)
        if kind == 10 and draw.chance(0.3):
            nested: object = []
            for _ in range(draw.choice((10, 400, 510))):
                nested = [nested]
            return nested
        count = some(draw, 0, 5) if draw.chance(0.9) else draw.choice((15, 16, 17))
        return {self._key(draw, number): self.value(draw, depth + 1) for number in range(count)}

    def _key(self, draw: Draw, number: int) -> object:
        if self._odd_keys and draw.chance(0.3):
            return draw.choice((1, -1, 2**64 - 1, 1.5, None, True, b"k", -(2**63), 200))
        return draw.choice(TEXTS[:6]) if draw.chance(0.3) else f"k{number}"

    def _special(self, draw: Draw) -> object:
        if self._extension is not None and draw.chance(0.4):
            size = draw.choice((0, 1, 2, 3, 4, 8, 12, 16, 17, 255, 256, 65))
            return self._extension(draw.choice((0, 1, 5, 127)), bytes(size))
        if self._timestamp is None:
            return draw.choice(FLOATS)
        seconds = draw.choice((0, 1, -1, 2**32 - 1, 2**32, 2**34 - 1, 2**34, -(2**40), 2**63 - 1))
        if draw.chance(0.5):
            return self._timestamp(seconds, draw.choice((0, 1, 999999999, 500000000)))
        year = draw.choice((1, 1969, 1970, 2024, 2106, 2107, 2514, 9999))
        micros = draw.choice((0, 1, 999999, 500000))
        return datetime.datetime(year, draw.integer(1, 12), 1, 1, 2, 3, micros, UTC)
