"""Inputs of the check `escape`: parameters, as bytes that any mutation keeps readable.

An input is two bytes of options and then items, each a letter and what it needs; what is cut off
counts as zero, and an unknown letter is skipped.

    option 1    charset (low 4 bits), 0x10 NO_BACKSLASH_ESCAPES, 0x20 parameters by name,
                0x40 short statements
    option 2    call (low 2 bits): execute, executemany of rows, executemany of others, callproc;
                the rest is the number of the statement's wording
    s S n…      str, subclass of str: a length byte and UTF-8 (other bytes become surrogates)
    y Y B n…    bytes, bytearray, subclass of bytes: a length byte and the bytes
    O n…        an object that is none of MySQL's types, whose text is that
    i I n…      int, subclass of int: a length byte and a signed number, most significant byte first
    f F 8       float, subclass of float
    d n…        Decimal of the text
    n t u       None, True, False
    D 3         date         T 7   datetime        Z 7   struct_time
    M 6         time         E 7   timedelta
    [ ( < > {   list, tuple, set, frozenset, dict of what follows, up to `]`
    /           the next row
"""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import struct
import time
from typing import Final

CHARSETS: Final = (
    *("utf8mb4", "gbk", "sjis", "big5", "latin1", "cp932", "gb18030", "euckr"),
    *("ujis", "gb2312", "ascii", "utf8"),
)
SIZED: Final = b"sSyYBOiId"
FIXED: Final = {ord("f"): 8, ord("F"): 8, ord("D"): 3, ord("T"): 7, ord("Z"): 7} | {
    ord("M"): 6,
    ord("E"): 7,
}
OPENING: Final = b"[(<>{"
MAX_DEPTH: Final = 12
MAX_VALUES: Final = 24
MAX_ROWS: Final = 8


class Call(enum.Enum):
    """How the parameters are given."""

    EXECUTE = 0
    ROWS = 1
    MANY = 2
    PROCEDURE = 3


class Text(str):
    """A str of a class of the user, which shows itself in another way."""

    __slots__ = ()

    def __str__(self) -> str:
        return "a text' OR 1=1 -- "

    def __repr__(self) -> str:
        return "a text' OR 1=1 -- "


class Whole(int):
    """An int of a class of the user, which shows itself in another way."""

    def __str__(self) -> str:
        return "1 OR 1=1"

    def __repr__(self) -> str:
        return "1 OR 1=1"


class Real(float):
    """A float of a class of the user, which shows itself in another way."""

    def __str__(self) -> str:
        return "1.0 OR 1=1"

    def __repr__(self) -> str:
        return "1.0 OR 1=1"


class Octets(bytes):
    """Bytes of a class of the user."""


class Thing:
    """An object that no database knows."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text

    def __hash__(self) -> int:
        return 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Thing) and other.text == self.text


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """What an input says."""

    charset: str
    backslash_escapes: bool
    named: bool
    short: bool
    call: Call
    wording: int
    rows: tuple[tuple[object, ...], ...]


def read(data: bytes) -> Case:
    """The case of an input; every input has one, of at least one value."""
    first, second = (data + b"\0\0")[:2]
    reader = _Reader(data, 2)
    rows: list[tuple[object, ...]] = []
    while reader.at < len(data) and reader.left > 0 and len(rows) < MAX_ROWS:
        row = reader.values(b"/")
        if row:
            rows.append(tuple(row))
    return Case(
        charset=CHARSETS[(first & 15) % len(CHARSETS)],
        backslash_escapes=not first & 0x10,
        named=bool(first & 0x20),
        short=bool(first & 0x40),
        call=Call(second & 3),
        wording=second >> 2,
        rows=tuple(rows) or ((None,),),
    )


def tokens(data: bytes) -> list[bytes]:
    """The options and each item, which join to `data`."""
    pieces = [data[:2]]
    at = 2
    while at < len(data):
        end = _end(data, at)
        pieces.append(data[at:end])
        at = end
    return [piece for piece in pieces if piece]


def _end(data: bytes, at: int) -> int:
    letter = data[at]
    if letter in SIZED:
        size = data[at + 1] if at + 1 < len(data) else 0
        return min(len(data), at + 2 + size)
    return min(len(data), at + 1 + FIXED.get(letter, 0))


class _Reader:
    """Reads items one after another."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data = data
        self.at = at
        self.left = MAX_VALUES * MAX_ROWS

    def values(self, closing: bytes, depth: int = 0) -> list[object]:
        """Values up to one of `closing`, or to the end; what is too deep counts no more."""
        found: list[object] = []
        while self.at < len(self.data) and self.left > 0:
            start = self.at
            letter = self.data[start : start + 1]
            self.at = _end(self.data, start)
            if letter in closing:
                break
            if letter in b"]/" or (letter[0] in OPENING and depth >= MAX_DEPTH):
                continue
            if letter[0] in OPENING:
                found.append(_container(letter, self.values(b"]", depth + 1)))
                continue
            value = _scalar(letter, self.data[start : self.at])
            if value is not _NOTHING:
                self.left -= 1
                found.append(value)
        return found[:MAX_VALUES]


_NOTHING: Final = object()


def _scalar(letter: bytes, item: bytes) -> object:
    if letter[0] in SIZED:
        return _sized(letter, item[2:])
    return _fixed(letter, item[1:].ljust(8, b"\0"))


def _sized(letter: bytes, body: bytes) -> object:
    match letter:
        case b"s":
            return body.decode("utf-8", "surrogateescape")
        case b"S":
            return Text(body.decode("utf-8", "surrogateescape"))
        case b"O":
            return Thing(body.decode("utf-8", "replace"))
        case b"y":
            return body
        case b"Y":
            return bytearray(body)
        case b"B":
            return Octets(body)
        case b"i":
            return int.from_bytes(body, "big", signed=True)
        case b"I":
            return Whole(int.from_bytes(body, "big", signed=True))
        case _:
            return _decimal(body)


def _decimal(body: bytes) -> decimal.Decimal:
    """Decimal of the text; zero where it is none, or one too long to write out."""
    try:
        number = decimal.Decimal(body.decode("ascii", "replace").strip())
    except (decimal.InvalidOperation, ValueError):
        return decimal.Decimal(0)
    if number.is_finite() and abs(number.adjusted()) > 400:
        return decimal.Decimal(0)
    return number


def _fixed(letter: bytes, body: bytes) -> object:
    match letter:
        case b"n":
            return None
        case b"t":
            return True
        case b"u":
            return False
        case b"f":
            return float(struct.unpack(">d", body)[0])
        case b"F":
            return Real(struct.unpack(">d", body)[0])
        case b"D":
            return _moment(body).date()
        case b"T":
            return _moment(body)
        case b"Z":
            return _moment(body).timetuple()
        case b"M":
            micros = int.from_bytes(body[3:6], "big") % 1_000_000
            return datetime.time(body[0] % 24, body[1] % 60, body[2] % 60, micros)
        case b"E":
            seconds = int.from_bytes(body[:4], "big", signed=True) % 6_000_000 - 3_000_000
            return datetime.timedelta(0, seconds, int.from_bytes(body[4:7], "big") % 1_000_000)
        case _:
            return _NOTHING


def _moment(body: bytes) -> datetime.datetime:
    """Year from 1000 on, MySQL's first (two bytes), day of the year, hour, minute, second; the
    last byte sets microseconds."""
    year = 1000 + int.from_bytes(body[:2], "big") % 9000
    day = datetime.datetime(year, 1, 1) + datetime.timedelta(days=body[2])
    return day.replace(
        hour=body[3] % 24, minute=body[4] % 60, second=body[5] % 60, microsecond=body[6] * 3900
    )


def _container(letter: bytes, inner: list[object]) -> object:
    if letter == b"[":
        return inner
    if letter == b"(":
        return tuple(inner)
    if letter in b"<>":
        hashable = [value for value in inner if _is_hashable(value)]
        return set(hashable) if letter == b"<" else frozenset(hashable)
    pairs = zip(inner[::2], [*inner[1::2], None], strict=False)
    return {key: value for key, value in pairs if _is_hashable(key)}


def _is_hashable(value: object) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return not isinstance(value, time.struct_time)
