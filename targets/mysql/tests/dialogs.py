"""Packets and dialogs that the tests of this target are made of."""

from __future__ import annotations

import struct
from typing import Final

from targets.mysql.dialog import GROWTH, LARGE, enlarged, write
from targets.mysql.reference.packets import write_string

OK: Final = b"\0\x05\x07\x02\0\0\0"
EOF: Final = b"\xfe\0\0\x02\0"
MORE: Final = b"\xfe\0\0\x0a\0"
ERROR: Final = b"\xff\x28\x04#42000No way"


def column(name: bytes, kind: int, flags: int = 0, charset: int = 45) -> bytes:
    """A column definition."""
    names = (b"def", b"db", b"t", b"t", name, name)
    fixed = struct.pack("<HIBHB", charset, 100, kind, flags, 0)
    return b"".join(map(write_string, names)) + b"\x0c" + fixed + b"\0\0"


def table(*rows: bytes, kinds: tuple[int, ...] = (3, 253), end: bytes = EOF) -> list[bytes]:
    """A result set whose columns are of these types."""
    columns = [column(b"c%d" % index, kind) for index, kind in enumerate(kinds)]
    return [bytes([len(kinds)]), *columns, EOF, *rows, end]


ROWS: Final = (write_string(b"12") + write_string(b"abc"), write_string(b"-5") + b"\xfb")


def prepared(parameters: int) -> list[bytes]:
    """The reply to a statement that is prepared."""
    head = b"\0" + struct.pack("<IHH", 1, 0, parameters) + b"\0\0\0"
    return [head, *[column(b"?", 253)] * parameters, EOF]


def dialog(*payloads: bytes | tuple[bytes, int], options: bytes = bytes(4)) -> bytes:
    """An input; a payload may come with its fourth byte."""
    packets = [each if isinstance(each, tuple) else (each, 0) for each in payloads]
    made = write(options, packets)
    return enlarged(made) if any(fourth >= LARGE for _, fourth in packets) else made


def growth(*, value: int = -1, total: int = -1) -> int:
    """The fourth byte that makes a payload grow like this."""
    return next(
        index
        for index, each in enumerate(GROWTH)
        if index and (each.value, each.total) == (value, total)
    )
