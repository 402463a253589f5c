"""Parameters that prepared statements are executed with: each type at the edges of its form."""

from __future__ import annotations

import datetime
import decimal
from typing import Final

_D = decimal.Decimal
_T = datetime.timedelta

SETS: Final[tuple[tuple[object, ...], ...]] = (
    (1,),
    (None,),
    (-1, -128, -129, 127, 128, 255, 256),
    (-32768, -32769, 32767, 32768, 65535, 65536),
    (-(1 << 31), -(1 << 31) - 1, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32),
    (-(1 << 63), (1 << 63) - 1, 1 << 63, (1 << 64) - 1),
    ("", "a", "é", "\U0001f600", "x" * 250),
    ("x" * 251, "x" * 252, b"y" * 255),
    ("x" * 65535, b"y" * 65536),
    (b"", b"\0\xff\xfb", b"'\\"),
    (0.0, -0.5, 1e308, 5e-324),
    (_D("0"), _D("-1.10"), _D("12345678901234567890.123456789"), _D("1E+3")),
    (datetime.date(1, 1, 1), datetime.date(9999, 12, 31)),
    (datetime.datetime(2024, 2, 29, 23, 59, 59), datetime.datetime(1, 1, 1)),
    (datetime.datetime(2024, 2, 29, 0, 0, 0, 1), datetime.datetime(2024, 1, 1, 1, 2, 3, 999999)),
    (_T(0), _T(hours=1), _T(seconds=-1), _T(hours=-838, minutes=-59, seconds=-59)),
    (_T(microseconds=1), _T(microseconds=-1), _T(days=-1, microseconds=5), _T(days=34)),
    (None, 1, None, 2, None, 3, None, 4),
    (1, None, 2, None, 3, None, 4, None, 5),
    (True, False, 2.5, "t", b"b", None, _D("3"), datetime.date(2000, 1, 1)),
    tuple(range(17)),
    (None,) * 9 + ("end",),
    ("x" * 249, None, b"z" * 253, None, -5),
    ("\\", "'", '"', "\n\r\x1a\0"),
)


def size_bytes(number: int) -> int:
    """How long the texts of a set are, together."""
    return sum(len(value) for value in SETS[number % len(SETS)] if isinstance(value, str | bytes))
