"""The farm's own writer of literals for parameters.

Bytes become hexadecimal literals, and so does a text whose bytes hold a backslash or a quote in a
charset of wide characters: then no reader of the literal needs to know the charset. Faults named
`escape-…` can be planted.
"""

from __future__ import annotations

import datetime
import decimal
import math
import re
import time
from typing import Final

from targets import faults

CODECS: Final = {"utf8mb4": "utf-8", "latin1": "cp1252", "sjis": "shift_jis"} | {
    "euckr": "euc_kr",
    "ujis": "euc_jp",
}
NARROW: Final = frozenset({"utf8mb4", "utf8", "latin1", "ascii"})
_SPECIAL: Final = {
    ord("\0"): "\\0",
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\x1a"): "\\Z",
    ord("'"): "\\'",
    ord('"'): '\\"',
    ord("\\"): "\\\\",
}


class Writer:
    """Writes values as literals of one connection."""

    __slots__ = ("_backslashes", "_dicts", "_negatives", "_raw", "_wide", "codec")

    def __init__(self, charset: str, *, backslash_escapes: bool) -> None:
        self.codec = CODECS.get(charset, charset)
        self._wide = charset not in NARROW and not faults.on("escape-wide-charset")
        self._backslashes = backslash_escapes or faults.on("escape-mode-ignored")
        self._dicts = faults.on("escape-dict-in-list")
        self._negatives = faults.on("escape-negative-time")
        self._raw = faults.on("escape-raw-bytes")

    def write(self, value: object, *, inside: bool = False) -> bytes:
        """The literal of a value, or a list of them; TypeError, ValueError: there is none."""
        match value:
            case None:
                return b"NULL"
            case bool():
                return b"1" if value else b"0"
            case int():
                return int.__repr__(value).encode()
            case float():
                return _of_float(value)
            case decimal.Decimal():
                return _of_decimal(value)
            case str():
                return self._of_text(str.__str__(value))
            case bytes() | bytearray():
                return self._of_bytes(bytes(value))
            case time.struct_time():
                return self.write(datetime.datetime(*value[:6]))
            case list() | tuple() | set() | frozenset():
                items = [self.write(item, inside=True) for item in value]
                return b"(" + b",".join(items) + b")"
            case dict() if inside and self._dicts:
                return str(value).encode(self.codec)
            case _:
                return self._of_time(value)

    def _of_text(self, text: str) -> bytes:
        data = text.encode(self.codec)
        if self._wide and re.search(rb"[\\'\"\0\n\r\x1a]", data):
            return b"0x" + data.hex().encode()
        if self._backslashes:
            return b"'" + text.translate(_SPECIAL).encode(self.codec) + b"'"
        return b"'" + text.replace("'", "''").encode(self.codec) + b"'"

    def _of_bytes(self, data: bytes) -> bytes:
        if self._raw:
            return b"_binary'" + data.replace(b"\\", b"\\\\").replace(b"'", b"\\'") + b"'"
        return b"X'" + data.hex().encode() + b"'"

    def _of_time(self, value: object) -> bytes:
        if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
            separate = {"sep": " "} if isinstance(value, datetime.datetime) else {}
            return b"'" + value.isoformat(**separate).encode() + b"'"
        if isinstance(value, datetime.timedelta):
            return b"'" + self._of_delta(value).encode() + b"'"
        raise TypeError(f"{type(value).__name__} is no type of MySQL")

    def _of_delta(self, value: datetime.timedelta) -> str:
        sign = "-" if value < datetime.timedelta(0) else ""
        if self._negatives:
            seconds, micros = value.seconds + abs(value.days) * 86400, value.microseconds
        else:
            seconds, micros = divmod(abs(value) // datetime.timedelta(microseconds=1), 1_000_000)
        minutes, second = divmod(seconds, 60)
        hour, minute = divmod(minutes, 60)
        return f"{sign}{hour:02}:{minute:02}:{second:02}.{micros:06}"


def _of_float(value: float) -> bytes:
    if not math.isfinite(value):
        raise ValueError("no finite number")
    text = float.__repr__(value)
    return text.encode() if "e" in text else f"{text}e0".encode()


def _of_decimal(value: decimal.Decimal) -> bytes:
    if not value.is_finite():
        raise ValueError("no finite number")
    return format(value, "f").encode()
