"""JSON as MySQL stores it: values and their bytes.

Source: MySQL 8.0 source documentation, `json_binary.h`: header, offsets relative to the value's
start, numbers of up to 16 bits (32 in large containers) and literals inline, lengths of strings in
groups of seven bits.
"""

from __future__ import annotations

import struct
from typing import Final

from targets.mysql.binlog.choices import Choices

SMALL_OBJECT: Final = 0
SMALL_ARRAY: Final = 2
LITERAL: Final = 4
INT16: Final = 5
UINT16: Final = 6
INT32: Final = 7
UINT32: Final = 8
INT64: Final = 9
UINT64: Final = 10
DOUBLE: Final = 11
STRING: Final = 12
MOST_SMALL: Final = 65535

Json = object


def draw_json(choices: Choices, depth: int = 0) -> Json:
    """A JSON value."""
    kind = choices.integer(0, 9 if depth < 4 else 6)
    if kind <= 3:
        return (None, True, False, 0)[kind]
    if kind == 4:
        return choices.number(64, signed=choices.chance(0.5))
    if kind == 5:
        return choices.choice((0.5, -1.5, 1e300, 1e-300, 3.0e10))
    if kind == 6:
        return choices.text(70000 if depth == 0 else 400)
    count = choices.choice((0, 1, 2, 3, 17))
    if kind == 7:
        return [draw_json(choices, depth + 1) for _ in range(count)]
    keys = [f"{choices.text(300, 'kmn')}{number}" for number in range(count)]
    return {key: draw_json(choices, depth + 1) for key in keys}


def encode_json(value: Json) -> bytes:
    """The type byte and the value."""
    kind, data = _encode(value)
    return bytes([kind]) + data


def _encode(value: Json) -> tuple[int, bytes]:
    if value is None or isinstance(value, bool):
        return LITERAL, bytes([{None: 0, True: 1, False: 2}[value]])
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return DOUBLE, struct.pack("<d", value)
    if isinstance(value, str):
        data = value.encode()
        return STRING, seven_bits(len(data)) + data
    for large in (False, True):
        encoded = _container(value, large=large)
        if encoded is not None:
            base = SMALL_OBJECT if isinstance(value, dict) else SMALL_ARRAY
            return base + large, encoded
    raise ValueError("a JSON value of more than 4 GiB")


def _integer(value: int) -> tuple[int, bytes]:
    for kind, form, low, high in (
        (INT16, "<h", -(1 << 15), (1 << 15) - 1),
        (UINT16, "<H", 0, (1 << 16) - 1),
        (INT32, "<i", -(1 << 31), (1 << 31) - 1),
        (UINT32, "<I", 0, (1 << 32) - 1),
        (INT64, "<q", -(1 << 63), (1 << 63) - 1),
    ):
        if low <= value <= high:
            return kind, struct.pack(form, value)
    return UINT64, struct.pack("<Q", value)


def _container(value: Json, *, large: bool) -> bytes | None:
    """An object or array; None: it does not fit into the small form."""
    width = 4 if large else 2
    names = sorted((k.encode() for k in value), key=_order) if isinstance(value, dict) else []
    items = [value[k.decode()] for k in names] if isinstance(value, dict) else list(_items(value))
    place = 2 * width + len(names) * (width + 2) + len(items) * (width + 1)
    keys, entries, tail = bytearray(), bytearray(), bytearray()
    for name in names:
        keys += (place + len(tail)).to_bytes(8, "little")[:width] + struct.pack("<H", len(name))
        tail += name
    for item in items:
        kind, data = _encode(item)
        entries.append(kind)
        if kind in (LITERAL, INT16, UINT16) or (large and kind in (INT32, UINT32)):
            signed = kind in (INT16, INT32)
            number = int.from_bytes(data, "little", signed=signed)
            entries += number.to_bytes(width, "little", signed=number < 0)
        else:
            entries += (place + len(tail)).to_bytes(8, "little")[:width]
            tail += data
    size = place + len(tail)
    if not large and size > MOST_SMALL:
        return None
    head = len(items).to_bytes(width, "little") + size.to_bytes(width, "little")
    return head + bytes(keys + entries + tail)


def _items(value: Json) -> list[Json]:
    assert isinstance(value, list), "only lists and dicts are containers"
    return value


def _order(name: bytes) -> tuple[int, bytes]:
    """Keys are stored by length, then by bytes."""
    return len(name), name


def seven_bits(number: int) -> bytes:
    """A length in groups of seven bits, the lowest first."""
    data = bytearray()
    while number >= 0x80:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    data.append(number)
    return bytes(data)
