"""Inputs whose first or last bytes are a checksum of the others, which is made anew."""

from __future__ import annotations

import dataclasses
import functools
import operator
import zlib
from collections.abc import Callable
from typing import Literal

MIN_BYTES = 4
"""Shorter inputs have a right checksum by luck, and need none."""


@dataclasses.dataclass(frozen=True, slots=True)
class Checksum:
    """The format: the payload alone; ValueError where the checksum is not right."""

    name: str
    width: int
    order: Literal["big", "little"]
    leads: bool
    compute: Callable[[bytes], int]

    def parse(self, case: bytes) -> bytes:
        """The payload."""
        width = self.width
        payload = case[width:] if self.leads else case[:-width]
        if len(case) < MIN_BYTES or self.dumps(payload) != case:
            raise ValueError(f"no {self.name}")
        return payload

    def dumps(self, shape: bytes) -> bytes:
        """The payload with its checksum."""
        field = (self.compute(shape) % (1 << 8 * self.width)).to_bytes(self.width, self.order)
        return field + shape if self.leads else shape + field


def _xor(payload: bytes) -> int:
    return functools.reduce(operator.xor, payload, 0)


def _all() -> tuple[Checksum, ...]:
    computes: tuple[tuple[str, Callable[[bytes], int], tuple[int, ...]], ...] = (
        ("sum", sum, (1, 2, 4)),
        ("negative", lambda payload: -sum(payload), (1, 2)),
        ("xor", _xor, (1,)),
        ("crc32", zlib.crc32, (4,)),
        ("adler32", zlib.adler32, (4,)),
    )
    orders: tuple[Literal["big", "little"], ...] = ("big", "little")
    return tuple(
        Checksum(name, width, order, leads, compute)
        for name, compute, widths in computes
        for width in widths
        for order in (orders if width > 1 else orders[:1])
        for leads in (True, False)
    )


CHECKSUMS = _all()
