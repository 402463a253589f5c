"""Values worth trying, by type: ends of ranges, powers of two, NaN payloads, shift amounts."""

from __future__ import annotations

from typing import Any, Final

from targets.drawing import Draw

_EDGES: Final = (0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 33, 63, 64, 65, 127, 128, 255, 256)


def _integers(bits: int) -> tuple[int, ...]:
    mask = (1 << bits) - 1
    top = 1 << (bits - 1)
    found = [*_EDGES, *(-edge & mask for edge in (1, 2, 3, 4, 8, 31, 32, 64, 128, 129, 256))]
    found += [top, top - 1, top + 1, mask - 1, 0x0123456789ABCDEF & mask, 0xFEDCBA9876543210 & mask]
    found += [0x5555555555555555 & mask, 0xAAAAAAAAAAAAAAAA & mask, 0x8080808080808080 & mask]
    found += [0x7FFF, 0x8000, 0x8001, 0xFFFF, 0x10000, 0x10001, 0xFFFE, 0xFFFC, 0xFFF8]
    if bits == 64:
        found += [0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFF, 0x100000000, 0xFFFFFFFF00000000]
        found += [0xFFFFFFFF80000000, 0x4340000000000001, 0x7FFFFF4000000001, 0x20000020000001]
    return tuple(dict.fromkeys(found))


_F32: Final = (
    0x00000000, 0x80000000, 0x3F800000, 0xBF800000, 0x3F000000, 0xBF000000, 0x3FC00000, 0xBFC00000,
    0x40200000, 0xC0200000, 0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC00000, 0x7F800001, 0x7FA00000,
    0xFFFFFFFF, 0x7FFFFFFF, 0x00000001, 0x80000001, 0x007FFFFF, 0x00800000, 0x7F7FFFFF, 0xFF7FFFFF,
    0x4EFFFFFF, 0x4F000000, 0xCF000000, 0xCF000001, 0x4F7FFFFF, 0x4F800000, 0x5EFFFFFF, 0x5F000000,
    0xDF000000, 0xDF000001, 0x5F7FFFFF, 0x5F800000, 0x4B000001, 0x4AFFFFFF, 0xBF7FFFFF, 0x40490FDB,
    0x42280000, 0xC2280000, 0x4B7FFFFF, 0x3EFFFFFF, 0x3DCCCCCD,
)  # fmt: skip
_F64: Final = (
    0x0000000000000000, 0x8000000000000000, 0x3FF0000000000000, 0xBFF0000000000000,
    0x3FE0000000000000, 0xBFE0000000000000, 0x3FF8000000000000, 0xBFF8000000000000,
    0x4004000000000000, 0xC004000000000000, 0x7FF0000000000000, 0xFFF0000000000000,
    0x7FF8000000000000, 0xFFF8000000000000, 0x7FF0000000000001, 0x7FF4000000000000,
    0xFFFFFFFFFFFFFFFF, 0x0000000000000001, 0x8000000000000001, 0x000FFFFFFFFFFFFF,
    0x0010000000000000, 0x7FEFFFFFFFFFFFFF, 0xFFEFFFFFFFFFFFFF, 0x41DFFFFFFFC00000,
    0x41DFFFFFFFFFFFFF, 0x41E0000000000000, 0xC1E0000000000000, 0xC1E00000001FFFFF,
    0xC1E0000000200000, 0x41EFFFFFFFE00000, 0x41EFFFFFFFFFFFFF, 0x41F0000000000000,
    0x43DFFFFFFFFFFFFF, 0x43E0000000000000, 0xC3E0000000000000, 0xC3E0000000000001,
    0x43EFFFFFFFFFFFFF, 0x43F0000000000000, 0x4330000000000001, 0x432FFFFFFFFFFFFF,
    0xBFEFFFFFFFFFFFFF, 0x400921FB54442D18, 0x3FDFFFFFFFFFFFFF, 0x47EFFFFFE0000000,
    0x47EFFFFFF0000000, 0x36A0000000000000, 0x3690000000000001, 0x380FFFFFC0000000,
)  # fmt: skip
INTERESTING: Final = {"i": _integers(32), "I": _integers(64), "f": _F32, "F": _F64}
BITS: Final = {"i": 32, "I": 64, "f": 32, "F": 64, "V": 128}


def value(draw: Draw, letter: str) -> Any:
    """A value of a type, as the interpreter has it. References are null or a small number."""
    if letter == "r":
        return None
    if letter == "x":
        return draw.choice((None, 1, 2, 3))
    if letter == "V":
        return vector(draw)
    bits = BITS[letter]
    if draw.chance(0.1):
        return draw.integer(0, (1 << bits) - 1)
    if letter in "fF" and draw.chance(0.15):
        return draw.choice((0, 1 << bits - 1))
    if letter in "iI" and draw.chance(0.15):
        return 1 << draw.integer(0, bits - 1)
    if letter in "iI" and draw.chance(0.3):
        return draw.integer(0, 40)
    return draw.choice(INTERESTING[letter])


def vector(draw: Draw) -> int:
    """A vector whose lanes are interesting in some shape."""
    letter = draw.choice("iIfF")
    bits = BITS[letter]
    count = 1 if draw.chance(0.3) else 128 // bits
    lanes = [draw.choice(INTERESTING[letter]) for _ in range(count)]
    while len(lanes) < 128 // bits:
        lanes.append(lanes[0])
    return sum(lane << at * bits for at, lane in enumerate(lanes))
