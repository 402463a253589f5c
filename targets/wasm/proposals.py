"""Modules of proposals that the validator makes no statement about: large sizes, many memories.

What such a module does is not compared. It is loaded in every way that agrees on it, and made an
instance of where what it wants is little, or more than any machine has: then it is refused.
"""

from __future__ import annotations

from typing import Final

from targets.drawing import Draw
from targets.wasm import leb
from targets.wasm.decoder import sections
from targets.wasm.encoder import section
from targets.wasm.module import HEADER

START: Final = 8
_TABLES, _MEMORIES = 4, 5
_MAXIMUM, _SHARED, _WIDE, _PAGE = 1, 2, 4, 8
LITTLE: Final = 100
"""Elements or pages that every machine has."""
HUGE: Final = 1 << 45
"""Elements or pages that no machine has."""
_SIZES: Final = (
    0, 1, 2, LITTLE, 0xFFFF, 0x10000, 0x10001, 0x7FFFFFFF, 0xFFFFFFFF, 0x100000000, 1 << 47,
    1 << 48, (1 << 48) + 1, 1 << 60, 1 << 61, (1 << 61) - 1, 1 << 63, (1 << 63) - 1, (1 << 64) - 1,
)  # fmt: skip


def build(draw: Draw) -> bytes:
    """A few tables or memories with limits of any flags and sizes."""
    parts = []
    for id_ in (_TABLES, _MEMORIES):
        count = draw.choice((0, 1, 1, 2))
        if count:
            content = b"".join(_limited(draw, id_ == _TABLES) for _ in range(count))
            parts.append(section(id_, leb.unsigned(count) + content))
    return HEADER + b"".join(parts)


def _limited(draw: Draw, table: bool) -> bytes:
    flags = draw.choice((_WIDE, _WIDE, _WIDE | _MAXIMUM, _MAXIMUM | _SHARED, 0, _MAXIMUM))
    if draw.chance(0.1):
        flags = draw.integer(0, 15)
    minimum = draw.choice(_SIZES)
    out = bytes([draw.choice((0x70, 0x6F))]) if table else b""
    out += bytes([flags]) + leb.unsigned(minimum)
    if flags & _MAXIMUM:
        out += leb.unsigned(max(minimum, draw.choice(_SIZES)) if draw.chance(0.8) else 0)
    return out + (leb.unsigned(draw.choice((0, 16))) if flags & _PAGE else b"")


def modest(data: bytes) -> bool:
    """Whether an instance wants little, or what no machine has, and runs nothing."""
    sizes: list[int] = []
    for id_, content in sections(data):
        if id_ == START:
            return False
        if id_ in (_TABLES, _MEMORIES):
            try:
                sizes += _minimums(content, id_ == _TABLES)
            except (IndexError, ValueError):
                return False
    return all(size <= LITTLE or size >= HUGE for size in sizes)


def _minimums(content: bytes, table: bool) -> list[int]:
    count, at = _number(content, 0)
    found = []
    for _ in range(count):
        if table and content[at] not in (0x70, 0x6F):
            raise ValueError("an element of a proposal")
        flags, at = content[at + table], at + table + 1
        minimum, at = _number(content, at)
        found.append(minimum)
        for flag in (_MAXIMUM, _PAGE):
            if flags & flag:
                _, at = _number(content, at)
    return found


def _number(content: bytes, at: int) -> tuple[int, int]:
    """An unsigned number, and where it ends."""
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
