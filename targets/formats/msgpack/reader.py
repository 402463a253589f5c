"""A strict reader of the MessagePack specification, without recursion: the second parser."""

from __future__ import annotations

import dataclasses
import struct
from typing import Final

from targets.formats.implementation import Silent


class MsgpackError(ValueError):
    """Not MessagePack. The text is one of few, with no input in it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Ext:
    """An extension type; a timestamp is one with code -1."""

    code: int
    data: bytes


_SIZES: Final = {
    **{0xC4: 1, 0xC5: 2, 0xC6: 4, 0xC7: 1, 0xC8: 2, 0xC9: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4},
    **{0xDC: 2, 0xDD: 4, 0xDE: 2, 0xDF: 4, 0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8},
    **{0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8},
}
_FIXED_EXT: Final = {0xD4: 1, 0xD5: 2, 0xD6: 4, 0xD7: 8, 0xD8: 16}
_CONSTANTS: Final = {0xC0: None, 0xC2: False, 0xC3: True}


class _Reader:
    """A document and a position in it."""

    __slots__ = ("at", "data", "raw")

    def __init__(self, data: bytes, *, raw: bool) -> None:
        self.data = data
        self.raw = raw
        self.at = 0

    def take(self, size: int) -> bytes:
        taken = self.data[self.at : self.at + size]
        if len(taken) < size:
            raise MsgpackError("it ends early")
        self.at += size
        return taken

    def head(self) -> tuple[int, int]:
        """A first byte, and its argument: a number, a count or a length."""
        first = self.take(1)[0]
        if first in _SIZES:
            return first, int.from_bytes(self.take(_SIZES[first]), "big")
        return first, 0

    def scalar(self, first: int, argument: int) -> object:
        """What is no container."""
        if first < 0x80:
            return first
        if first >= 0xE0:
            return first - 256
        if first in _CONSTANTS:
            return _CONSTANTS[first]
        if 0xA0 <= first < 0xC0 or 0xD9 <= first <= 0xDB:
            return self.text(first & 31 if first < 0xC0 else argument)
        if 0xC4 <= first <= 0xC6:
            return self.take(argument)
        if 0xC7 <= first <= 0xC9 or first in _FIXED_EXT:
            code = self.take(1)[0]
            payload = self.take(_FIXED_EXT.get(first, argument))
            return Ext(code - 256 if code > 127 else code, payload)
        if first in (0xCA, 0xCB):
            form, size = (">f", 4) if first == 0xCA else (">d", 8)
            number: float = struct.unpack(form, argument.to_bytes(size, "big"))[0]
            return number
        if first in _SIZES:
            limit = 1 << 8 * _SIZES[first]
            return argument - limit if first >= 0xD0 and argument >= limit // 2 else argument
        raise MsgpackError("the byte that is never used")

    def text(self, size: int) -> object:
        payload = self.take(size)
        if self.raw:
            return payload
        try:
            return payload.decode()
        except UnicodeDecodeError:
            raise MsgpackError("a text that is not UTF-8") from None


def first(data: bytes, *, raw: bool = False) -> tuple[object, int]:
    """The first value in `data`, and where it ends. MsgpackError."""
    reader = _Reader(data, raw=raw)
    stack: list[tuple[bool, int, list[object]]] = []
    while True:
        kind, argument = reader.head()
        is_map = 0x80 <= kind < 0x90 or kind in (0xDE, 0xDF)
        if is_map or 0x90 <= kind < 0xA0 or kind in (0xDC, 0xDD):
            count = (kind & 15 if kind < 0xA0 else argument) * (1 + is_map)
            stack.append((is_map, count, []))
        else:
            value = reader.scalar(kind, argument)
            if not stack:
                return value, reader.at
            stack[-1][2].append(value)
        while stack and len(stack[-1][2]) == stack[-1][1]:
            is_map, _count, items = stack.pop()
            done = _mapped(items) if is_map else items
            if not stack:
                return done, reader.at
            stack[-1][2].append(done)


def _mapped(items: list[object]) -> dict[object, object]:
    pairs = {}
    for key, value in zip(items[0::2], items[1::2], strict=True):
        if isinstance(key, list | dict):
            raise Silent("a key that Python cannot hash")
        pairs[key] = value
    return pairs


def read(data: bytes, *, raw: bool = False) -> object:
    """The value that `data` is. MsgpackError."""
    value, end = first(data, raw=raw)
    if end != len(data):
        raise MsgpackError("more behind the value")
    return value
