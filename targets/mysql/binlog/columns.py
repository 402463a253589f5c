"""Columns of a table map and their values in rows: drawn, encoded, and as they must be read.

Source: MySQL 8.0 source documentation, `Table_map_event` and `Rows_event`, `log_event.cc`,
`my_time.cc`, `decimal.c`.
"""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import struct
from collections.abc import Callable
from typing import Final

from targets.mysql.binlog.choices import Choices
from targets.mysql.binlog.json_values import draw_json, encode_json

BINARY: Final = 63
CHARSETS: Final = {45: "utf-8", 8: "cp1252", 28: "gbk", BINARY: ""}
"""Collation → codec of the texts; empty: bytes stay bytes."""
CHARSET_NAMES: Final = {45: "utf8mb4", 8: "latin1", 28: "gbk", BINARY: None}
COLLATION_NAMES: Final = {45: "utf8mb4_general_ci", 8: "latin1_swedish_ci"} | {
    28: "gbk_chinese_ci",
    BINARY: None,
}
MEMBERS: Final = tuple(f"m{number}" for number in range(64))


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """One column: what the table map says of it, and how to make values of it."""

    kind: str
    code: int
    metadata: bytes
    value: Callable[[Choices], tuple[object, bytes]]
    """Draws a value: what a reader must give, and its bytes in a row."""
    sql: str
    """Its type in words, as the information schema says it."""
    unsigned: bool = False
    numeric: bool = False
    collation: int | None = None
    members: tuple[str, ...] = ()
    """Of an ENUM or SET."""


def draw_column(choices: Choices) -> Column:
    """A column of any type."""
    return choices.choice(MAKERS)(choices)


def _integer(code: int, name: str, size: int) -> Callable[[Choices], Column]:
    def make(choices: Choices) -> Column:
        unsigned = choices.chance(0.5)

        def value(choices: Choices) -> tuple[object, bytes]:
            number = choices.number(size * 8, signed=not unsigned)
            return number, number.to_bytes(size, "little", signed=not unsigned)

        sql = f"{name} unsigned" if unsigned else name
        return Column(name, code, b"", value, sql, unsigned=unsigned, numeric=True)

    return make


def _real(choices: Choices) -> Column:
    form, code = choices.choice((("<d", 5), ("<f", 4)))

    def value(choices: Choices) -> tuple[object, bytes]:
        number = choices.choice((0.0, 1.5, -1.0, 1e10, -0.0078125, 3.0e-5))
        data = struct.pack(form, number)
        return struct.unpack(form, data)[0], data

    name = "double" if code == 5 else "float"
    return Column(name, code, bytes([struct.calcsize(form)]), value, name, numeric=True)


def _decimal(choices: Choices) -> Column:
    precision = choices.choice((1, 5, 9, 10, 18, 19, 30, 65))
    scale = choices.choice((0, 1, 2, 5, 9, 10, 15, 30))
    scale = min(scale, precision, 30)

    def value(choices: Choices) -> tuple[object, bytes]:
        digits = "".join(str(choices.integer(0, 9)) for _ in range(precision))
        if choices.chance(0.3):
            digits = choices.choice("019") * precision
        sign = "-" if choices.chance(0.5) and digits.strip("0") else ""
        text = f"{sign}{digits[: precision - scale] or '0'}.{digits[precision - scale :] or '0'}"
        return decimal.Decimal(text), decimal_bytes(digits, scale, negative=bool(sign))

    sql = f"decimal({precision},{scale})"
    return Column("decimal", 246, bytes((precision, scale)), value, sql, numeric=True)


def decimal_bytes(digits: str, scale: int, *, negative: bool) -> bytes:
    """Digits in groups of nine, four bytes each, the first bit flipped; negative: all inverted."""
    sizes = (0, 1, 1, 2, 2, 3, 3, 4, 4, 4)
    whole, part = digits[: len(digits) - scale], digits[len(digits) - scale :]
    first = len(whole) % 9
    groups = [whole[:first]] + [whole[at : at + 9] for at in range(first, len(whole), 9)]
    groups += [part[at : at + 9] for at in range(0, len(part), 9)]
    data = bytearray().join(
        int(group).to_bytes(sizes[len(group)], "big") for group in groups if group
    )
    if negative:
        data = bytearray(byte ^ 0xFF for byte in data)
    data[0] ^= 0x80
    return bytes(data)


def _string(choices: Choices) -> Column:
    """VARCHAR, CHAR, and TEXT or BLOB of each size of length."""
    collation = choices.choice(tuple(CHARSETS))
    kind = choices.choice(("varchar", "char", "text"))
    if kind == "varchar":
        most = choices.choice((10, 255, 256, 1000, 65535))
        code, metadata, prefix = 15, struct.pack("<H", most), 1 if most < 256 else 2
    elif kind == "char":
        most = choices.choice((10, 255, 256, 512, 1020))
        code, prefix = 254, 1 if most < 256 else 2
        metadata = bytes((254 ^ (most & 0x300) >> 4, most & 0xFF))
    else:
        prefix = choices.integer(1, 4)
        code, metadata, most = 252, bytes([prefix]), min(70000, 256**prefix - 1)
    codec = CHARSETS[collation]
    letters = {"utf-8": "aé表𝄞b", "cp1252": "aé€b", "gbk": "a表縗b"}.get(codec, "ab\0c")
    widest = max(len(letter.encode(codec or "ascii")) for letter in letters)

    def value(choices: Choices) -> tuple[object, bytes]:
        text = choices.text(most // widest, letters)
        if kind == "char" and not codec:
            # A fixed length: what is short was cut by the server where it ended in zeros.
            text = text.replace("\0", "b").ljust(most, "c")
        data = text.encode(codec or "ascii")
        read: object = text if codec else data
        return read, len(data).to_bytes(prefix, "little") + data

    name = {"varchar": "varbinary", "char": "binary", "text": "blob"}[kind] if not codec else kind
    return Column(name, code, metadata, value, f"{name}({most})", collation=collation)


def _enum(choices: Choices) -> Column:
    count = choices.choice((1, 2, 64, 255, 256, 300))
    size = 1 if count < 256 else 2
    members = tuple(f"m{number}" for number in range(count))

    def value(choices: Choices) -> tuple[object, bytes]:
        number = choices.choice((1, count, 1 + count // 2, 0))
        return members[number - 1] if number else "", number.to_bytes(size, "little")

    sql = f"enum({_quoted(members)})"
    return Column("enum", 254, bytes((247, size)), value, sql, collation=45, members=members)


def _set(choices: Choices) -> Column:
    count = choices.choice((1, 2, 8, 9, 16, 17, 24, 25, 32, 33, 64))
    size = (count + 7) // 8
    size = 8 if size > 4 else size
    members = MEMBERS[:count]

    def value(choices: Choices) -> tuple[object, bytes]:
        bits = choices.choice((1, (1 << count) - 1, 1 << count - 1, 0, choices.number(count)))
        found = {member for at, member in enumerate(members) if bits >> at & 1}
        return found or None, bits.to_bytes(size, "little")

    sql = f"set({_quoted(members)})"
    return Column("set", 254, bytes((248, size)), value, sql, collation=45, members=members)


def _quoted(members: tuple[str, ...]) -> str:
    return ",".join(f"'{member}'" for member in members)


def _bit(choices: Choices) -> Column:
    bits = choices.choice((1, 7, 8, 9, 15, 16, 17, 31, 63, 64))

    def value(choices: Choices) -> tuple[object, bytes]:
        number = choices.number(bits)
        return f"{number:0{bits}b}", number.to_bytes((bits + 7) // 8, "big")

    return Column("bit", 16, bytes((bits % 8, bits // 8)), value, f"bit({bits})")


def _year(_choices: Choices) -> Column:
    def value(choices: Choices) -> tuple[object, bytes]:
        year = choices.choice((1901, 2000, 2155))
        return year, bytes([year - 1900])

    return Column("year", 13, b"", value, "year", numeric=True)


def _moment(choices: Choices) -> datetime.datetime:
    year = choices.choice((2024, 1970, 1000, 1999, 9999))
    return datetime.datetime(
        year,
        choices.choice((1, 12, 2, 10)),
        choices.choice((1, 28, 15)),
        choices.choice((0, 23, 12)),
        choices.choice((0, 59, 30)),
        choices.choice((0, 59, 1)),
    )


def _date(_choices: Choices) -> Column:
    def value(choices: Choices) -> tuple[object, bytes]:
        day = _moment(choices).date()
        number = day.year << 9 | day.month << 5 | day.day
        return day, number.to_bytes(3, "little")

    return Column("date", 10, b"", value, "date")


def _old_datetime(_choices: Choices) -> Column:
    def value(choices: Choices) -> tuple[object, bytes]:
        moment = _moment(choices)
        return moment, struct.pack("<Q", int(moment.strftime("%Y%m%d%H%M%S")))

    return Column("datetime of old tables", 12, b"", value, "datetime")


def _micros(choices: Choices, digits: int) -> int:
    """Microseconds of that many digits."""
    number = choices.choice((0, 1, 10**digits - 1, 5 * 10**digits // 10)) if digits else 0
    return number * int(10 ** (6 - digits))


def _fraction(micros: int, digits: int) -> bytes:
    size = (digits + 1) // 2
    return (micros // int(100 ** (3 - size))).to_bytes(size, "big")


def _datetime(choices: Choices) -> Column:
    digits = choices.integer(0, 6)

    def value(choices: Choices) -> tuple[object, bytes]:
        if choices.chance(0.1):
            return None, (0x8000000000).to_bytes(5, "big") + bytes((digits + 1) // 2)
        moment = _moment(choices).replace(microsecond=_micros(choices, digits))
        days = (moment.year * 13 + moment.month) << 5 | moment.day
        packed = days << 17 | moment.hour << 12 | moment.minute << 6 | moment.second
        head = (packed + 0x8000000000).to_bytes(5, "big")
        return moment, head + _fraction(moment.microsecond, digits)

    return Column("datetime", 18, bytes([digits]), value, f"datetime({digits})")


def _timestamp(choices: Choices) -> Column:
    digits = choices.integer(0, 6)

    def value(choices: Choices) -> tuple[object, bytes]:
        seconds = choices.choice((1, 1_700_000_000, (1 << 31) - 1, 86400))
        moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
        moment = moment.replace(microsecond=_micros(choices, digits))
        return moment, seconds.to_bytes(4, "big") + _fraction(moment.microsecond, digits)

    return Column("timestamp", 17, bytes([digits]), value, f"timestamp({digits})")


def _time(choices: Choices) -> Column:
    digits = choices.integer(0, 6)

    def value(choices: Choices) -> tuple[object, bytes]:
        hours, minutes = choices.choice((0, 1, 23, 24, 838)), choices.choice((0, 59, 30))
        seconds, micros = choices.choice((0, 59, 1)), _micros(choices, digits)
        sign = -1 if choices.chance(0.5) else 1
        packed = sign * ((hours << 12 | minutes << 6 | seconds) << 24 | micros)
        delta = datetime.timedelta(
            hours=hours, minutes=minutes, seconds=seconds, microseconds=micros
        )
        return sign * delta, _time_bytes(packed, digits)

    return Column("time", 19, bytes([digits]), value, f"time({digits})")


def _time_bytes(packed: int, digits: int) -> bytes:
    if digits > 4:
        return (packed + 0x800000000000).to_bytes(6, "big")
    # C's remainder has the sign of the number: the fraction is negative where the time is.
    fraction = abs(packed) % (1 << 24) * (-1 if packed < 0 else 1)
    size = (digits + 1) // 2
    scale = 100 ** (3 - size)
    stored = abs(fraction) // scale * (-1 if fraction < 0 else 1)
    return ((packed >> 24) + 0x800000).to_bytes(3, "big") + (
        stored.to_bytes(size, "big", signed=True) if size else b""
    )


def _json(_choices: Choices) -> Column:
    def value(choices: Choices) -> tuple[object, bytes]:
        drawn = draw_json(choices)
        data = encode_json(drawn)
        return drawn, len(data).to_bytes(4, "little") + data

    return Column("json", 245, b"\x04", value, "json")


def _geometry(_choices: Choices) -> Column:
    def value(choices: Choices) -> tuple[object, bytes]:
        data = bytes(4) + b"\x01\x01\0\0\0" + struct.pack("<dd", 1.0, choices.integer(0, 255))
        return data, len(data).to_bytes(4, "little") + data

    return Column("geometry", 255, b"\x04", value, "point")


MAKERS: Final[tuple[Callable[[Choices], Column], ...]] = (
    *(_integer(3, "int", 4), _string, _integer(1, "tinyint", 1), _integer(2, "smallint", 2)),
    *(_integer(9, "mediumint", 3), _integer(8, "bigint", 8), _real, _decimal, _string, _enum),
    *(_set, _bit, _year, _date, _old_datetime, _datetime, _timestamp, _time, _json, _geometry),
)
