"""Parameters of prepared statements, in both directions."""

from __future__ import annotations

import datetime
import decimal
import struct
from collections.abc import Sequence
from typing import Any, Final

from targets.mysql.reference.packets import (
    ProtocolError,
    parse_stmt_id,
    read_integer,
    read_string,
    write_string,
)

EXECUTE: Final = 0x17
_UNSIGNED: Final = 0x80
_INTEGERS: Final = {1: "b", 2: "h", 3: "i", 9: "i", 8: "q", 13: "h"}
_DATES: Final = (7, 10, 12)
_STRINGS: Final = frozenset((15, 16, 245, 246, 0, *range(247, 256)))


def write_execute(number: int, values: Sequence[object]) -> bytes:
    """COM_STMT_EXECUTE with new types for all parameters."""
    nulls = sum(1 << index for index, value in enumerate(values) if value is None)
    head = bytes([EXECUTE]) + number.to_bytes(4, "little") + b"\0\x01\0\0\0"
    if not values:
        return head
    types, cells = [], []
    for value in values:
        kind, cell = _write_value(value)
        types.append(kind.to_bytes(2, "little"))
        cells.append(cell)
    bits = nulls.to_bytes((len(values) + 7) // 8, "little")
    return head + bits + b"\x01" + b"".join(types) + b"".join(cells)


def _write_value(value: object) -> tuple[int, bytes]:
    match value:
        case None:
            return 6, b""
        case bool() | int():
            if value < 0:
                return 8, struct.pack("<q", value)
            return 8 | _UNSIGNED << 8, struct.pack("<Q", value)
        case float():
            return 5, struct.pack("<d", value)
        case decimal.Decimal():
            return 246, write_string(str(value).encode())
        case datetime.datetime():
            day = struct.pack("<HBBBBB", *value.timetuple()[:6])
            return 12, b"\x0b" + day + value.microsecond.to_bytes(4, "little")
        case datetime.date():
            return 10, b"\x04" + struct.pack("<HBB", value.year, value.month, value.day)
        case datetime.timedelta():
            return 11, _write_time(value)
        case bytes():
            return 252, write_string(value)
        case str():
            return 253, write_string(value.encode())
    raise ProtocolError("a parameter of a type that has no encoding")


def _write_time(value: datetime.timedelta) -> bytes:
    span = abs(value)
    minutes, seconds = divmod(span.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    negative = value < datetime.timedelta(0)
    fields = struct.pack("<BIBBB", negative, span.days, hours, minutes, seconds)
    return b"\x0c" + fields + span.microseconds.to_bytes(4, "little")


def parse_execute(payload: bytes, count: int, *, attributes: bool = False) -> tuple[object, ...]:
    """The values of COM_STMT_EXECUTE: numbers, times, decimals as their text, strings as bytes.

    Unsigned and signed come out as numbers alike. With `attributes`, the client agreed to send
    query attributes, which are left out of the result. ProtocolError where it is malformed.
    """
    if payload[:1] != bytes([EXECUTE]) or parse_stmt_id(payload) is None or len(payload) < 10:
        raise ProtocolError("not an execute command")
    if payload[6:10] != b"\x01\0\0\0":
        raise ProtocolError("the number of iterations is not 1")
    at, total = 10, count
    if attributes and (count or payload[5] & 8):
        found = read_integer(payload, at)
        if found is None:
            raise ProtocolError("the number of parameters is missing")
        total, at = found
    if total < count:
        raise ProtocolError("fewer parameters than the statement has")
    if not total:
        if at != len(payload):
            raise ProtocolError("bytes are left over")
        return ()
    nulls = int.from_bytes(payload[at : at + (total + 7) // 8], "little")
    at += (total + 7) // 8
    if payload[at : at + 1] != b"\x01":
        raise ProtocolError("the types are missing")
    kinds, at = _types(payload, at + 1, total, named=attributes)
    values: list[object] = []
    for index, kind in enumerate(kinds):
        if nulls >> index & 1:
            values.append(None)
        else:
            value, at = _value(payload, at, kind)
            values.append(value)
    if at != len(payload):
        raise ProtocolError("bytes are left over")
    return tuple(values[:count])


def _types(payload: bytes, at: int, total: int, *, named: bool) -> tuple[list[int], int]:
    kinds = []
    for _ in range(total):
        if at + 2 > len(payload):
            raise ProtocolError("a type is cut short")
        kinds.append(int.from_bytes(payload[at : at + 2], "little"))
        at += 2
        if named:
            _, at = read_string(payload, at)
    return kinds, at


def _value(payload: bytes, at: int, kind: int) -> tuple[object, int]:
    base = kind & 0xFF
    if base in _STRINGS:
        return read_string(payload, at)
    form: Any = _INTEGERS.get(base) or {4: "f", 5: "d"}.get(base)
    if form is not None:
        form = form.upper() if kind >> 8 & _UNSIGNED and base in _INTEGERS else form
        size = struct.calcsize(f"<{form}")
        if at + size > len(payload):
            raise ProtocolError("a value is cut short")
        return struct.unpack_from(f"<{form}", payload, at)[0], at + size
    if base in _DATES or base == 11:
        text = payload[at + 1 : at + 1 + payload[at]] if at < len(payload) else b""
        return _temporal(base, text), at + 1 + len(text)
    raise ProtocolError("a parameter of an unknown type")


def _temporal(base: int, raw: bytes) -> object:
    allowed = (0, 8, 12) if base == 11 else (0, 4, 7, 11)
    if len(raw) not in allowed:
        raise ProtocolError("a time has an odd length")
    try:
        if base == 11:
            fields = struct.unpack("<BIBBBI", raw.ljust(12, b"\0"))
            if fields[0] > 1 or fields[2] > 23 or max(fields[3:5]) > 59 or fields[5] > 999_999:
                raise ProtocolError("a time out of range")
            span = datetime.timedelta(
                days=fields[1],
                hours=fields[2],
                minutes=fields[3],
                seconds=fields[4],
                microseconds=fields[5],
            )
            return -span if fields[0] else span
        moment = datetime.datetime(*struct.unpack("<HBBBBBI", raw.ljust(11, b"\0")))
    except (ValueError, OverflowError):
        raise ProtocolError("a time out of range") from None
    return moment.date() if base == 10 else moment
