"""Grammar of columns and their values, for the text protocol and for prepared statements."""

from __future__ import annotations

import dataclasses
import struct
from typing import Final

from targets.drawing import Draw
from targets.mysql.reference.packets import write_string

BINARY: Final = 63
_CHARSETS: Final = (45, 8, 33, 63, 255, 28, 0, 11, 13, 224)
UNSIGNED: Final = 32
_INTEGERS: Final = {1: 8, 2: 16, 9: 24, 3: 32, 8: 64}
_FLAGS: Final = (0, 0, 1, 128, 16, 144, 256, 4097)
"""None, NOT NULL, BINARY, BLOB, both, ENUM, a key."""
SET: Final = 2048


@dataclasses.dataclass(frozen=True, slots=True)
class Kind:
    """What the values of a column depend on."""

    type: int
    flags: int
    binary: bool
    """Its character set is that of bytes."""


TYPES: Final = (
    *(3, 253, 8, 254, 252, 246, 12, 10, 11, 7, 5, 4, 1, 2, 9, 13, 16, 245, 255, 242),
    *(249, 250, 251, 0),
)
"""Types of columns that servers send, the frequent ones first."""
_ODD_TYPES: Final = (6, 14, 15, 17, 18, 19, 20, 243, 244, 247, 248)
_NAMES: Final = (b"a", b"b", b"", b"COUNT(*)", b"caf\xc3\xa9", b"?", b"a", b"x" * 64)
_DATES: Final = (
    *(b"2024-02-29", b"0000-00-00", b"1000-01-01", b"9999-12-31", b"2024-00-00", b"0001-01-01"),
    *(b"2023-02-31", b"2024-12-00"),
)
_CLOCKS: Final = (
    *(b"00:00:00", b"23:59:59", b"23:59:59.999999", b"01:02:03.000001", b"01:02:03.5"),
    *(b"12:00:00.000000", b"01:02:03.120"),
)
_TIMES: Final = (
    *(b"00:00:00", b"-00:00:01", b"838:59:59", b"-838:59:59", b"-00:00:00.000001", b"100:00:00"),
    *(b"-01:30:15.5", b"-12:00:00.250000", b"01:02:03.000004", b"-00:30:00", b"-838:59:59.000000"),
)
_TRAILS: Final = (b"x", b" ", b"Z", b"+02:00", b" 5", b"x5", b" a")
"""What makes no date or time of one."""
_DECIMALS: Final = (
    *(b"0", b"-1.10", b"0.00", b"1.50", b"9" * 65, b"-0.000000000000000000000000000001"),
    b"12345678901234567890.123456789",
)
_REALS: Final = (
    b"0",
    b"-0",
    b"1.5",
    b"1e20",
    b"-2.2250738585072014e-308",
    b"1.7976931348623157e308",
)
_TEXTS: Final = (
    *(
        b"",
        b"a",
        b"abc",
        b"caf\xc3\xa9",
        b"\xf0\x9f\x98\x80",
        b"1",
        b"0",
        b"a,b",
        b"a,b,c",
        b"NULL",
    ),
    *(
        b"\x00",
        b"'\"\\",
        b" ",
        b"\xe9",
        b"\xff\xfe",
        b"x" * 250,
        b"y" * 251,
        b"z" * 255,
        b"w" * 256,
    ),
)
_JSONS: Final = (b"{}", b'{"a": [1, null, "\xc3\xa9"]}', b"null", b'"x"', b"[]", b"12.5")
_POINT: Final = bytes(4) + b"\x01\x01\0\0\0" + struct.pack("<dd", 1.0, -2.0)


def column(draw: Draw) -> tuple[bytes, Kind]:
    """A definition, and what its values depend on."""
    kind = draw.choice(TYPES) if not draw.chance(0.01) else draw.choice(_ODD_TYPES)
    flags = draw.choice(_FLAGS) if not draw.chance(0.1) else draw.integer(0, 0xFFFF) & ~SET
    charset = draw.choice(_CHARSETS)
    if kind in _INTEGERS:
        charset = BINARY
        flags = draw.choice((0, UNSIGNED, 1 | UNSIGNED, 0x8000, UNSIGNED | 64))
    elif kind in (242, 255, 16):
        charset = BINARY
    elif kind in (253, 254) and charset != BINARY and draw.chance(0.15):
        flags |= SET
    found = Kind(kind, flags, charset == BINARY)
    return definition(draw.choice(_NAMES), found, charset, draw), found


def definition(name: bytes, kind: Kind, charset: int, draw: Draw) -> bytes:
    """The payload of a column definition."""
    table = draw.choice((b"t", b"", b"table"))
    decimals = draw.choice((0, 2, 6, 31, 39))
    length = draw.choice((11, 255, 65535, 0xFFFFFFFF, 0, 1020))
    names = (b"def", b"db", table, table, name, name)
    fixed = struct.pack("<HIBHB", charset, length, kind.type, kind.flags, decimals)
    return b"".join(map(write_string, names)) + b"\x0c" + fixed + b"\0\0"


def _integer(draw: Draw, kind: int, flags: int) -> int:
    bits = _INTEGERS[kind]
    low, high = (0, (1 << bits) - 1) if flags & UNSIGNED else (-1 << bits - 1, (1 << bits - 1) - 1)
    return draw.choice((low, high, 0, 1, high // 2, high - 1, draw.integer(0, 127)))


def text_cell(draw: Draw, of: Kind) -> bytes:
    """A value of the text protocol with its length, or NULL."""
    kind = of.type
    if draw.chance(0.12):
        return b"\xfb"
    if draw.chance(0.003):
        return write_string(draw.choice(_TEXTS))
    if kind in _INTEGERS:
        return write_string(str(_integer(draw, kind, of.flags)).encode())
    if kind == 13:
        return write_string(draw.choice((b"2024", b"0000", b"1901", b"2155")))
    if kind in (4, 5):
        return write_string(draw.choice(_REALS))
    trail = draw.choice(_TRAILS) if draw.chance(0.06) else b""
    if kind in (10, 14):
        return write_string(draw.choice(_DATES) + trail)
    if kind in (7, 12):
        return write_string(draw.choice(_DATES) + b" " + draw.choice(_CLOCKS) + trail)
    if kind == 11:
        return write_string(draw.choice(_TIMES) + trail)
    return _string(draw, of)


def _string(draw: Draw, of: Kind) -> bytes:
    """A string with its length: the same in both protocols."""
    kind = of.type
    if kind in (0, 246):
        return write_string(draw.choice(_DECIMALS))
    if kind == 245:
        return write_string(draw.choice(_JSONS))
    if kind == 16:
        return write_string(draw.choice((b"\0", b"\x01", b"\xff" * 8, b"\x01\x02", b"0", bytes(8))))
    if kind == 255:
        return write_string(_POINT)
    if kind == 242:
        return write_string(struct.pack("<2f", 1.5, -0.25))
    if draw.chance(0.3 if of.binary else 0.004):
        return write_string(draw.binary(0, 24))
    return write_string(draw.choice(_TEXTS))


_MOMENTS: Final = (
    *(
        b"",
        b"\xe8\x07\x02\x1d",
        b"\0\0\0\0",
        b"\xe8\x07\0\0",
        b"\x0f\x27\x0c\x1f",
        b"\x01\0\x01\x01",
    ),
    *(b"\xe8\x07\x02\x1d\x17\x3b\x3b", b"\xe8\x07\x02\x1d\x17\x3b\x3b\x3f\x42\x0f\0"),
    *(b"\xe8\x07\x01\x01\0\0\0\x01\0\0\0", b"\0\0\0\0\0\0\0", b"\xe7\x07\x02\x1f\x01\x02\x03"),
)
_SPANS: Final = (
    b"",
    *(b"\0" + bytes(4) + b"\x01\x02\x03", b"\x01" + bytes(4) + b"\0\0\x01"),
    *(b"\x01\x22\0\0\0\x16\x3b\x3b", b"\0\x22\0\0\0\x16\x3b\x3b\x3f\x42\x0f\0"),
    *(b"\x01" + bytes(4) + b"\x01\x1e\x0f\x20\xa1\x07\0", b"\x01\x01\0\0\0\0\0\0\x01\0\0\0"),
)


def binary_cell(draw: Draw, of: Kind) -> bytes:
    """A value of the binary protocol, never NULL: those are bits at the start of a row."""
    kind = of.type
    if kind in _INTEGERS:
        width = {1: 1, 2: 2, 9: 4, 3: 4, 8: 8}[kind]
        return (_integer(draw, kind, of.flags) % (1 << 8 * width)).to_bytes(width, "little")
    if kind == 13:
        return draw.choice((b"\xe8\x07", b"\0\0", b"\x6b\x08"))
    if kind == 4:
        return struct.pack("<f", draw.choice((0.0, 1.5, -2.25, 3.0e38)))
    if kind == 5:
        return struct.pack("<d", draw.choice((0.0, 0.1, -1e308, 5e-324)))
    if kind in (7, 10, 12):
        moments = [each for each in _MOMENTS if kind != 10 or len(each) <= 4]
        moment = draw.choice(moments)
        return bytes([len(moment)]) + moment
    if kind == 11:
        span = draw.choice(_SPANS)
        return bytes([len(span)]) + span
    return _string(draw, of)
