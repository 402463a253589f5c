"""The farm's own CBOR decoder and encoder: incremental, strict, without recursion.

Decodes a sequence of data items (RFC 8742) into the generic data model: tags are kept, not
interpreted. Strict is RFC 8949 section 5.3.1 (well-formedness) and valid UTF-8 in every text.
"""

from __future__ import annotations

import math
import struct
from typing import Final

from targets import faults
from targets.formats.cbor.model import UNDEFINED, CborError, Map, Simple, Tag

_NEED: Final = (1, 2, 4, 8)
_CONSTANTS: Final = {20: False, 21: True, 22: None, 23: UNDEFINED}
_BREAK: Final = object()


class _Open:
    """An item whose content is still to come. `need` counts down; below 0: until a break."""

    __slots__ = ("items", "major", "need", "number")

    def __init__(self, major: int, need: int, number: int = 0) -> None:
        self.major = major
        self.need = need
        self.number = number
        self.items: list[object] = []


class Decoder:
    """One stream of data items."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._at = 0
        self._open: list[_Open] = []
        self._error: CborError | None = None
        self._lenient_break = faults.on("cbor-break-anywhere")
        self._mixed_chunks = faults.on("cbor-mixed-chunks")
        self._keeps_state = faults.on("cbor-state-after-error")
        self._lenient_text = faults.on("cbor-lenient-text")
        self._half_subnormal = faults.on("cbor-half-subnormal")
        self._negative_edge = faults.on("cbor-negative-edge")
        self._reserves = faults.on("cbor-reserves-claims")
        self._reserved = bytearray()
        self._seen = False
        self._looks_back = faults.on("cbor-looks-back")
        self._loses_head = faults.on("cbor-loses-head")
        self._recurses = faults.on("cbor-recurses")

    def decode(self, data: bytes) -> object:
        """The one item that `data` is. CborError; whatever came before does not matter."""
        if self._keeps_state:
            self._error = None
        else:
            self.reset()
        values = self.feed(data)
        self.close()
        if len(values) != 1:
            raise CborError("more than one item" if values else "no item")
        if self._recurses:
            _depth(values[0])
        return values[0]

    def first(self, data: bytes) -> tuple[object, int]:
        """The first item in `data`, and where it ends. CborError, also when it is unfinished."""
        self.reset()
        self._buffer += data
        values: list[object] = []
        while not values and self._at < len(self._buffer) and self._step(values):
            pass
        if not values:
            raise CborError("the input ends inside an item")
        return values[0], self._at

    def reset(self) -> None:
        """Forget what is unfinished."""
        self._buffer.clear()
        self._at = 0
        self._open.clear()
        self._error = None

    def feed(self, chunk: bytes) -> list[object]:
        """Take `chunk`; the items that it completes. CborError ends the stream.

        An error behind complete items is kept for the next call, so that chunks do not matter.
        """
        self._require_sound()
        self._buffer += chunk
        values: list[object] = []
        try:
            while self._at < len(self._buffer) and self._step(values):
                pass
        except CborError as error:
            self._error = error
            if not values:
                raise
            return values
        if self._loses_head and self._at < len(self._buffer) < self._at + 2:
            self._at = len(self._buffer)
        del self._buffer[: self._at]
        self._at = 0
        return values

    def close(self) -> None:
        """CborError when an item is unfinished, or when there was one."""
        self._require_sound()
        if self._open or self._buffer:
            raise CborError("the input ends inside an item")

    def _require_sound(self) -> None:
        if self._error is not None:
            raise self._error

    def _step(self, values: list[object]) -> bool:
        """Read one head, with its payload; False: more bytes are needed."""
        initial = self._buffer[self._at]
        major, info = initial >> 5, initial & 31
        argument, end = info, self._at + 1
        if info >= 24:
            if info == 31:
                self._at += 1
                self._indefinite(major, values)
                return True
            if info >= 28:
                raise CborError("a reserved length")
            end += _NEED[info - 24]
            if end > len(self._buffer):
                return False
            argument = int.from_bytes(self._buffer[self._at + 1 : end])
        if major in (2, 3):
            if end + argument > len(self._buffer):
                if self._reserves:
                    self._reserved = bytearray(min(argument, 1 << 28))
                return False
            payload = bytes(self._buffer[end : end + argument])
            self._at = end + argument
            self._put(payload if major == 2 else self._text(payload), values, chunk_of=major)
            return True
        self._at = end
        if major == 7:
            self._put(self._simple(info, argument), values)
        elif major < 2:
            self._put(self._integer(major, argument), values)
        elif major == 6:
            self._begin(_Open(6, 1, argument), values)
        else:
            self._begin(_Open(major, argument * (major - 3)), values)
        return True

    def _integer(self, major: int, argument: int) -> int:
        if major == 0:
            return argument
        if self._negative_edge and argument >= 1 << 63:
            return -argument
        return -1 - argument

    def _text(self, payload: bytes) -> str:
        try:
            return payload.decode("utf-8", "replace" if self._lenient_text else "strict")
        except UnicodeDecodeError:
            raise CborError("a text that is not UTF-8") from None

    def _simple(self, info: int, argument: int) -> object:
        if info < 24:
            return _CONSTANTS[info] if info in _CONSTANTS else Simple(info)
        if info == 24:
            if argument < 32:
                raise CborError("a simple value of two bytes below 32")
            return Simple(argument)
        if info == 25 and self._half_subnormal and not argument & 0x7C00:
            return (argument & 0x3FF) * 2.0**-25 * (-1 if argument >> 15 else 1)
        form = (">e", ">f", ">d")[info - 25]
        number: float = struct.unpack(form, argument.to_bytes(_NEED[info - 24]))[0]
        return number

    def _indefinite(self, major: int, values: list[object]) -> None:
        if major in (0, 1, 6):
            raise CborError("an indefinite length of what has no length")
        if major == 7:
            self._put(_BREAK, values)
        elif self._open and self._open[-1].major in (2, 3):
            raise CborError("a chunk that is not a definite string of its kind")
        else:
            self._begin(_Open(major, -1), values)

    def _begin(self, opened: _Open, values: list[object]) -> None:
        if self._open and self._open[-1].major in (2, 3):
            raise CborError("a chunk that is not a definite string of its kind")
        self._open.append(opened)
        if opened.need == 0:
            self._finish(values)

    def _put(self, value: object, values: list[object], chunk_of: int = 0) -> None:
        """Give `value` to the item that waits for it, and finish what it completes."""
        if not self._open:
            if value is _BREAK:
                raise CborError("a break outside an indefinite item")
            values.append(value)
            return
        top = self._open[-1]
        if value is _BREAK:
            odd = top.major == 5 and len(top.items) % 2
            if (top.need >= 0 or odd) and not self._lenient_break:
                raise CborError("a break outside an indefinite item")
            self._finish(values)
            return
        if top.major in (2, 3) and chunk_of != top.major and not (self._mixed_chunks and chunk_of):
            raise CborError("a chunk that is not a definite string of its kind")
        if self._looks_back:
            self._seen = sum(str(item is value) == "" for item in top.items) > 0
        top.items.append(value)
        top.need -= 1
        if top.need == 0:
            self._finish(values)

    def _finish(self, values: list[object]) -> None:
        """Close the innermost open item, and those that it completes."""
        while True:
            value = _closed(self._open.pop())
            if not self._open:
                values.append(value)
                return
            top = self._open[-1]
            top.items.append(value)
            top.need -= 1
            if top.need != 0:
                return


def _closed(opened: _Open) -> object:
    items = opened.items
    match opened.major:
        case 2:
            return b"".join(item for item in items if isinstance(item, bytes))
        case 3:
            return "".join(item for item in items if isinstance(item, str))
        case 4:
            return items
        case 5:
            return Map(tuple(zip(items[0::2], items[1::2], strict=False)))
    return Tag(opened.number, items[0] if items else None)


def _depth(value: object) -> int:
    """A planted fault: recursion that the input drives."""
    match value:
        case list():
            return 1 + max(map(_depth, value), default=0)
        case Tag():
            return 1 + _depth(value.content)
    return 0


def decode(data: bytes) -> object:
    """The one data item that `data` is. CborError."""
    return Decoder().decode(data)


def encode(value: object, *, indefinite: bool = False) -> bytes:
    """The preferred serialization (RFC 8949, section 4.1), or with lengths left open.

    Takes what `decode` gives.
    """
    written = bytearray()
    waiting: list[object] = [value]
    while waiting:
        current = waiting.pop()
        if current is _BREAK:
            written.append(0xFF)
            continue
        major, length, inside = _container(current)
        if inside is None:
            written += _scalar(current)
            continue
        if indefinite and major in (4, 5):
            written.append(major << 5 | 31)
            waiting.append(_BREAK)
        else:
            written += _head(major, length)
        waiting.extend(reversed(inside))
    return bytes(written)


def _container(value: object) -> tuple[int, int, list[object] | None]:
    """Major type, argument and content of what has content."""
    match value:
        case list():
            return 4, len(value), value
        case Map(pairs):
            return 5, len(pairs), [part for pair in pairs for part in pair]
        case Tag(number, content):
            return 6, number, [content]
    return 0, 0, None


def _scalar(value: object) -> bytes:
    match value:
        case bool():
            return b"\xf5" if value else b"\xf4"
        case None:
            return b"\xf6"
        case int():
            return _head(0, value) if value >= 0 else _head(1, -1 - value)
        case bytes():
            return _head(2, len(value)) + value
        case str():
            text = value.encode()
            return _head(3, len(text)) + text
        case float():
            return _float(value)
        case Simple(number):
            return _head(7, number) if number < 24 else bytes((0xF8, number))
    raise TypeError(f"no CBOR for a value of type {type(value).__name__}")


def _head(major: int, argument: int) -> bytes:
    if argument < 24:
        return bytes((major << 5 | argument,))
    for info, size in enumerate(_NEED, 24):
        if argument < 1 << 8 * size:
            return bytes((major << 5 | info,)) + argument.to_bytes(size)
    raise ValueError("an argument of more than 64 bits")


def _float(value: float) -> bytes:
    """The shortest form that keeps the value; NaN is always the half one."""
    if math.isnan(value):
        return b"\xf9\x7e\x00"
    for initial, form in ((0xF9, ">e"), (0xFA, ">f")):
        try:
            packed = struct.pack(form, value)
        except OverflowError:
            continue
        if struct.unpack(form, packed)[0] == value:
            return bytes((initial,)) + packed
    return b"\xfb" + struct.pack(">d", value)
