"""The reference parser: an incremental decoder whose work and memory are linear in bytes received.

It keeps the state of unfinished frames between chunks, so no chunk makes it start a frame again;
it drops consumed bytes in big steps, so no element makes it copy the rest; and it looks for a
line end only in bytes not looked at before.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Final

from targets.resp.frames import (
    NULL,
    Array,
    Attribute,
    BigNumber,
    Boolean,
    Bulk,
    BulkError,
    Double,
    Error,
    Frame,
    Integer,
    Map,
    ProtocolError,
    Push,
    Set,
    Simple,
    Verbatim,
)

MAX_BULK: Final = 512 * 1024 * 1024
"""Bytes of the longest bulk payload."""
MAX_ARRAY: Final = 1024 * 1024
"""Elements of the longest array, and pairs of the biggest map."""
MAX_DEPTH: Final = 32
"""Arrays inside each other that still parse."""
MAX_PREALLOC: Final = 1024
"""Slots that a claimed but not yet received count may reserve; this decoder reserves none."""
MAX_ECHO: Final = 64
"""Characters of the input that an error text repeats."""
COMPACT_AT: Final = 64 * 1024
"""Consumed bytes kept in front of the buffer before they are dropped."""

SIMPLE, ERROR, INTEGER, BULK, ARRAY = b"+-:$*"
NULL3, DOUBLE, BOOLEAN, BIG, BULK_ERROR, VERBATIM, MAP, SET, PUSH, ATTRIBUTE = b"_,#(!=%~>|"
KINDS2: Final = frozenset(b"+-:$*")
KINDS3: Final = KINDS2 | frozenset(b"_,#(!=%~>|")
AGGREGATES: Final = frozenset(b"*%~>|")
PAYLOADS: Final = frozenset(b"$!=")

_INTEGER = re.compile(rb"[+-]?[0-9]+")
_DOUBLE = re.compile(rb"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?|[+-]?inf|nan")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """What a parser refuses: the stated numbers are still accepted, one more is not."""

    bulk: int = MAX_BULK
    array: int = MAX_ARRAY
    depth: int = MAX_DEPTH


CONTRACT: Final = Limits()


@dataclasses.dataclass(slots=True)
class _Open:
    """An aggregate whose frames are still coming."""

    kind: int
    need: int
    items: list[Frame]


class Decoder:
    """Turns a stream in chunks of any size into frames.

    After an error the decoder has dropped its input and repeats the error for ever: where the next
    frame starts is not known any more.
    """

    __slots__ = (
        *("_buffer", "_failed", "_kinds", "_limits", "_open", "_payload", "_pos", "_scan"),
        *("_single", "consumed"),
    )

    def __init__(
        self, *, resp3: bool = False, limits: Limits = CONTRACT, single: bool = False
    ) -> None:
        """`single` stops behind the first frame, and `consumed` then tells its length."""
        self._kinds = KINDS3 if resp3 else KINDS2
        self._limits = limits
        self._buffer = bytearray()
        self._pos = 0
        self._scan = 0
        """No line end starts between `_pos` and here."""
        self._open: list[_Open] = []
        self._payload: tuple[int, int] | None = None
        """Kind and length of a payload whose length line has been read."""
        self._failed = ""
        self._single = single
        self.consumed = 0
        """Bytes read of what the last call had before it; those of an unfinished frame too."""

    def feed(self, chunk: bytes) -> list[Frame]:
        """Take `chunk`; return the frames that it completes. ProtocolError: see the class."""
        if self._failed:
            raise ProtocolError(self._failed)
        self._buffer += chunk
        frames: list[Frame] = []
        try:
            self._advance(frames)
        except ProtocolError as error:
            self._failed = str(error)
            self._buffer = bytearray()
            self._open = []
            error.frames = tuple(frames)
            raise
        self.consumed = self._pos
        if self._pos == len(self._buffer):
            self._buffer.clear()
            self._pos = self._scan = 0
        elif self._pos >= COMPACT_AT and 2 * self._pos >= len(self._buffer):
            del self._buffer[: self._pos]
            self._scan = max(0, self._scan - self._pos)
            self._pos = 0
        return frames

    def _advance(self, frames: list[Frame]) -> None:
        buffer, levels, kinds = self._buffer, self._open, self._kinds
        frame: Frame | None
        while True:
            if self._payload is not None:
                frame = self._take_payload(*self._payload)
                if frame is None:
                    return
            else:
                start = self._pos
                if start >= len(buffer):
                    return
                kind = buffer[start]
                if kind not in kinds:
                    raise ProtocolError(f"unexpected type byte: 0x{kind:02x}")
                if kind in AGGREGATES and len(levels) >= self._limits.depth:
                    raise ProtocolError(f"array nesting deeper than {self._limits.depth} levels")
                end = buffer.find(b"\r\n", max(self._scan, start + 1))
                if end < 0:
                    self._scan = max(start + 1, len(buffer) - 1)
                    return
                self._pos = self._scan = end + 2
                frame = self._line(kind, bytes(buffer[start + 1 : end]))
                if frame is None:
                    continue
            if levels:
                frame = self._settle(frame)
                if frame is None:
                    continue
            frames.append(frame)
            if self._single:
                return

    def _settle(self, frame: Frame) -> Frame | None:
        """Put `frame` into its aggregate; the outermost frame if that is complete now."""
        levels = self._open
        while levels:
            top = levels[-1]
            top.items.append(frame)
            if len(top.items) < top.need:
                return None
            levels.pop()
            frame = _aggregate(top.kind, top.items)
        return frame

    def _line(self, kind: int, line: bytes) -> Frame | None:
        """The frame that this line is; None: more of it follows."""
        if kind == BULK:
            return self._open_payload(kind, line)
        if kind == ARRAY:
            return self._open_aggregate(kind, line)
        if kind == SIMPLE:
            return Simple(line.decode("utf-8", "replace"))
        if kind == INTEGER:
            return Integer(_integer(line))
        if kind == ERROR:
            return Error(line.decode("utf-8", "replace"))
        if kind in AGGREGATES:
            return self._open_aggregate(kind, line)
        if kind in PAYLOADS:
            return self._open_payload(kind, line)
        return _scalar3(kind, line)

    def _take_payload(self, kind: int, length: int) -> Frame | None:
        """The frame of a payload, or None while bytes are missing; its trailer is not looked at."""
        end = self._pos + length
        if len(self._buffer) < end + 2:
            return None
        data = bytes(self._buffer[self._pos : end])
        self._pos = self._scan = end + 2
        self._payload = None
        if kind == BULK:
            return Bulk(data)
        if kind == BULK_ERROR:
            return BulkError(data.decode("utf-8", "replace"))
        if length < 4 or data[3:4] != b":":
            raise ProtocolError("invalid verbatim string")
        return Verbatim(data[:3], data[4:])

    def _open_payload(self, kind: int, line: bytes) -> Frame | None:
        length = _integer(line)
        if length < 0:
            return NULL
        if length > self._limits.bulk:
            raise ProtocolError("invalid bulk length")
        self._payload = (kind, length)
        return None

    def _open_aggregate(self, kind: int, line: bytes) -> Frame | None:
        count = _integer(line)
        if count < 0:
            return NULL
        if count > self._limits.array:
            raise ProtocolError("invalid multibulk length")
        need = count if kind not in (MAP, ATTRIBUTE) else 2 * count + (kind == ATTRIBUTE)
        if need == 0:
            return _aggregate(kind, [])
        self._open.append(_Open(kind, need, []))
        return None


def parse(
    buffer: bytes, *, resp3: bool = False, limits: Limits = CONTRACT
) -> tuple[Frame, int] | None:
    """The first frame of `buffer` and its length in bytes; None when more bytes are needed.

    The buffer is never changed. ProtocolError as for `Decoder`.
    """
    decoder = Decoder(resp3=resp3, limits=limits, single=True)
    frames = decoder.feed(buffer)
    return (frames[0], decoder.consumed) if frames else None


def _scalar3(kind: int, line: bytes) -> Frame:
    if kind == BIG:
        return _big(line)
    if kind == DOUBLE:
        if not _DOUBLE.fullmatch(line):
            raise ProtocolError("invalid double")
        return Double(float(line))
    if kind == BOOLEAN:
        if line not in (b"t", b"f"):
            raise ProtocolError("invalid boolean")
        return Boolean(line == b"t")
    if line:
        raise ProtocolError("invalid null")
    return NULL


def _aggregate(kind: int, items: list[Frame]) -> Frame:
    if kind == ARRAY:
        return Array(tuple(items))
    if kind == SET:
        return Set(tuple(items))
    if kind == PUSH:
        return Push(tuple(items))
    pairs = tuple(zip(items[0::2], items[1::2], strict=False))
    return Map(pairs) if kind == MAP else Attribute(pairs, items[-1])


def _integer(line: bytes) -> int:
    """A decimal number of 64 bits; ProtocolError for anything else."""
    if len(line) < 19 and _INTEGER.fullmatch(line):
        return int(line)
    digits = line.lstrip(b"+-").lstrip(b"0") if _INTEGER.fullmatch(line) else b""
    if digits and len(digits) <= 19:
        value = -int(digits) if line[:1] == b"-" else int(digits)
        if -(2**63) <= value < 2**63:
            return value
    elif not digits and _INTEGER.fullmatch(line):
        return 0
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise ProtocolError("non-UTF-8 integer line") from None
    raise ProtocolError(f"invalid integer: {quoted(text)}")


def _big(line: bytes) -> Frame:
    if not _INTEGER.fullmatch(line):
        raise ProtocolError("invalid big number")
    digits = line.lstrip(b"+-").lstrip(b"0").decode("ascii") or "0"
    return BigNumber(f"-{digits}" if line[:1] == b"-" and digits != "0" else digits)


def quoted(text: str) -> str:
    """`text` fit to be repeated to a peer: bounded, and free of anything that could end a line."""
    safe = _UNSAFE.sub(lambda found: f"\\x{ord(found[0]):02x}", text[: MAX_ECHO + 1])
    return safe if len(safe) <= MAX_ECHO else f"{safe[:MAX_ECHO]}…"
