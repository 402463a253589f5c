"""How candidates of a reduction come to a child process: orders in binary, on its stdin."""

from __future__ import annotations

import dataclasses
import mmap
import os
import struct
from collections.abc import Iterator

from harness.failure import Failure
from harness.fingerprint import fingerprint

HEADER = struct.Struct("<BBxxIQQ")
"""Order, the verdict to stop at (0 or 1), number of candidates, bytes that follow, batch number."""
WANT, TRY, TRY_APART, LEAVE = range(4)
"""Orders: a JSON object says what is wanted; try in one process; each in a clean one; end the
tester, for an order that is not its business."""
CANCELLED = "cancelled"
"""File of 8 bytes in the child's folder: batches below this number are not wanted any more."""
CAPACITY = 16 << 20
"""Bytes of the largest batch."""


@dataclasses.dataclass(frozen=True, slots=True)
class Want:
    """What is looked for, and how candidates run."""

    fingerprint: str = ""
    """As `named` gives it."""
    limit_s: float = 1.0
    """CPU seconds after which a candidate counts as a hang."""
    measure: bool = True
    """Measure each execution, as a replay does; else none, which is many times as fast."""
    splits: tuple[str, ...] = ()
    """Texts by which persons told parts of the crash from the rest."""


class Batch:
    """Candidates in shared memory: their lengths, then their bytes."""

    def __init__(self, memory: mmap.mmap, header: tuple[int, ...]) -> None:
        self.order, self.until, self.count, self.size_bytes, self.number = header
        self._memory = memory
        stop = 4 * self.count
        self._lengths = struct.unpack_from(f"<{self.count}I", memory) if stop else ()

    def candidates(self, start: int) -> Iterator[bytes]:
        """Those from number `start` on."""
        at = 4 * self.count + sum(self._lengths[:start])
        for length in self._lengths[start:]:
            yield self._memory[at : at + length]
            at += length

    def one(self, index: int) -> bytes:
        """The candidate of this number."""
        return next(self.candidates(index))


def read_into(place: memoryview) -> memoryview | None:
    """Fill `place` from stdin, unbuffered: another process reads what follows. None at the end."""
    at = 0
    while at < len(place):
        count = os.readv(0, [place[at:]])
        if count == 0:
            return None
        at += count
    return place


def named(failure: Failure, own: tuple[str, ...], splits: tuple[str, ...] = ()) -> str:
    """The fingerprint, followed by the first of `splits` that is in its messages or functions."""
    mark = fingerprint(failure, own)
    if splits:
        links = (failure, *failure.chain)
        frames = [f"{frame.module}.{frame.function}" for link in links for frame in link.frames]
        text = "\n".join([*(link.message for link in links), *frames])
        for where in splits:
            if where in text:
                return f"{mark}|split {where}"
    return mark
