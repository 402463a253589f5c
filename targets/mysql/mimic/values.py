"""Values that a server is given or sends back: drawn, as parameters, and as cells of a result.

Source: MySQL 8.0 source documentation, "Binary Protocol Resultset", "COM_STMT_EXECUTE".
"""

from __future__ import annotations

import datetime
import struct
from typing import Final

from targets.mysql.binlog.choices import Choices
from targets.mysql.binlog.tables import length
from targets.mysql.literals.expected import clock, day

TEXTS: Final = (
    "a",
    "it's",
    "?",
    "\\",
    "\\1",
    "é𝄞",
    '"',
    "`",
    "",
    "%s",
    "NULL",
    "\0",
    "a\nb",
    "'?'",
)
VARCHAR: Final = 0xFD
NULL: Final = 6


def draw_value(choices: Choices, *, binary: bool = True) -> object:
    """A value of any type that both directions know; bytes that are no text only if told so."""
    match choices.integer(0, 8 if binary else 7):
        case 0:
            return choices.choice(TEXTS) + choices.text(66000)
        case 1:
            return choices.number(64, signed=True)
        case 2:
            return choices.choice((0.5, -1.5, 1e100, 0.0, 3.0))
        case 3:
            return None
        case 4:
            return choices.chance(0.5)
        case 5:
            return datetime.date(choices.choice((2024, 1000, 9999)), 2, choices.integer(1, 28))
        case 6:
            micros = choices.choice((0, 1, 999_999, 500_000))
            return datetime.datetime(2024, 2, 29, choices.integer(0, 23), 59, 1, micros)
        case 7:
            seconds = choices.choice((0, 1, 3600, 86399, 90061, 3_020_399))
            micros = choices.choice((0, 1, 500_000))
            delta = datetime.timedelta(seconds=seconds, microseconds=micros)
            return -delta if choices.chance(0.5) else delta
        case _:
            return choices.binary(0, 12)


def parameter(value: object) -> tuple[int, bytes]:
    """Type and bytes of a parameter of COM_STMT_EXECUTE."""
    if value is None:
        return NULL, b""
    if isinstance(value, bool):
        return 1, bytes([value])
    if isinstance(value, int):
        return 8, struct.pack("<q", value)
    if isinstance(value, float):
        return 5, struct.pack("<d", value)
    if isinstance(value, datetime.datetime):
        head = struct.pack("<HBBBBB", *value.timetuple()[:6])
        micros = struct.pack("<I", value.microsecond) if value.microsecond else b""
        return 12, bytes([len(head + micros)]) + head + micros
    if isinstance(value, datetime.date):
        return 10, b"\x04" + struct.pack("<HBB", value.year, value.month, value.day)
    if isinstance(value, datetime.timedelta):
        return 11, _time(value)
    data = value.encode() if isinstance(value, str) else value
    assert isinstance(data, bytes), "the last of the types drawn"
    return VARCHAR, length(len(data)) + data


def _time(value: datetime.timedelta) -> bytes:
    if not value:
        return b"\0"
    days, rest = divmod(abs(value), datetime.timedelta(days=1))
    minutes, second = divmod(rest.seconds, 60)
    body = struct.pack(
        "<BIBBB", value < datetime.timedelta(0), days, minutes // 60, minutes % 60, second
    )
    micros = struct.pack("<I", rest.microseconds) if rest.microseconds else b""
    return bytes([len(body + micros)]) + body + micros


def text_means(cell: bytes | None, value: object) -> bool:
    """Whether a cell of the text protocol stands for the value."""
    if cell is None or value is None:
        return cell is None and value is None
    try:
        return _text_means(cell, value)
    except ValueError:
        return False


def _text_means(cell: bytes, value: object) -> bool:
    if isinstance(value, int):
        return int(cell) == value
    if isinstance(value, float):
        return float(cell) == value
    if isinstance(value, datetime.datetime):
        first, _, second = cell.partition(b" ")
        return (
            day(first) == (value.year, value.month, value.day)
            and clock(second)
            == ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000
            + value.microsecond
        )
    if isinstance(value, datetime.date):
        return day(cell) == (value.year, value.month, value.day)
    if isinstance(value, datetime.timedelta):
        return clock(cell) == value // datetime.timedelta(microseconds=1)
    return cell == (value.encode() if isinstance(value, str) else value)


def binary_cell(kind: int, data: bytes, at: int) -> tuple[object, int]:
    """The value of a cell of the binary protocol, and where it ends; IndexError or struct.error
    where there is too little."""
    fixed = {1: "<b", 2: "<h", 3: "<i", 9: "<i", 8: "<q", 4: "<f", 5: "<d", 13: "<H"}.get(kind)
    if fixed:
        return struct.unpack_from(fixed, data, at)[0], at + struct.calcsize(fixed)
    if kind in (7, 10, 12, 11):
        size = data[at]
        body = data[at + 1 : at + 1 + size]
        return (_delta if kind == 11 else _moment)(body), at + 1 + size
    size, at = read_length(data, at)
    return data[at : at + size], at + size


def _moment(body: bytes) -> object:
    year, month, of_month = struct.unpack_from("<HBB", body.ljust(4, b"\0"))
    if len(body) <= 4:
        return datetime.date(year, month, of_month)
    hour, minute, second = body[4:7]
    micros = struct.unpack_from("<I", body, 7)[0] if len(body) > 7 else 0
    return datetime.datetime(year, month, of_month, hour, minute, second, micros)


def _delta(body: bytes) -> datetime.timedelta:
    if not body:
        return datetime.timedelta(0)
    negative, days, hours, minutes, seconds = struct.unpack_from("<BIBBB", body)
    micros = struct.unpack_from("<I", body, 8)[0] if len(body) > 8 else 0
    delta = datetime.timedelta(days, seconds, micros, 0, minutes, hours)
    return -delta if negative else delta


def binary_means(cell: object, value: object) -> bool:
    """Whether a decoded cell stands for the value; a time of midnight may be a date."""
    if isinstance(value, bool):
        return cell == int(value)
    if isinstance(value, datetime.datetime) and not isinstance(cell, datetime.datetime):
        midnight = datetime.time(0)
        return isinstance(cell, datetime.date) and value == datetime.datetime.combine(
            cell, midnight
        )
    if isinstance(value, str):
        return cell == value.encode()
    if isinstance(cell, datetime.datetime) and not isinstance(value, datetime.datetime):
        return cell.date() == value and cell.time() == datetime.time(0)
    return cell == value


def read_length(data: bytes, at: int) -> tuple[int, int]:
    """A length-encoded number and where it ends; IndexError."""
    first = data[at]
    if first < 251:
        return first, at + 1
    size = {0xFC: 2, 0xFD: 3, 0xFE: 8}[first]
    return int.from_bytes(data[at + 1 : at + 1 + size], "little"), at + 1 + size
