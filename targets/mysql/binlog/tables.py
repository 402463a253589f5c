"""A table map and row events that use it: drawn, encoded, and the rows that a reader must find."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Final

from targets.mysql.binlog.choices import Choices
from targets.mysql.binlog.columns import Column, draw_column
from targets.mysql.binlog.events import Event
from targets.mysql.binlog.json_values import seven_bits

TABLE_MAP: Final = 19
ROWS: Final = {
    "write": (30, 23),
    "update": (31, 24),
    "delete": (32, 25),
}
"""Codes of version 2 and 1."""
TABLE_ID: Final = 108
WIDTHS: Final = (*(1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 8) * 2, *(8, 9, 16, 17, 65, 250, 251, 256))
Row = dict[str, object]


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """A table, its map, and an event of rows."""

    schema: str
    name: str
    columns: tuple[Column, ...]
    names: tuple[str, ...]
    key: tuple[int, ...]
    map: Event
    rows: Event


def draw_table(choices: Choices) -> Table:
    """A table with rows of one of the kinds."""
    schema, name = choices.text(63) + "s", choices.text(63) + "t"
    width = choices.choice(WIDTHS)
    few = [draw_column(choices) for _ in range(min(width, 17))]
    columns = tuple(few[at % len(few)] for at in range(width))
    stem = choices.text(60, "cé表")
    names = tuple(f"{stem}{at}" for at in range(width))
    key = (0,) if choices.chance(0.5) else ()
    mapped = _map(choices, schema, name, columns, names, key)
    kind = choices.choice(tuple(ROWS))
    return Table(schema, name, columns, names, key, mapped, _rows(choices, kind, columns, names))


def _map(
    choices: Choices,
    schema: str,
    name: str,
    columns: Sequence[Column],
    names: Sequence[str],
    key: Sequence[int],
) -> Event:
    metadata = b"".join(column.metadata for column in columns)
    body = b"".join(
        (
            TABLE_ID.to_bytes(6, "little") + b"\1\0",
            bytes([len(schema)]) + schema.encode() + b"\0",
            bytes([len(name)]) + name.encode() + b"\0",
            length(len(columns)) + bytes(column.code for column in columns),
            length(len(metadata)) + metadata,
            bits([True] * len(columns)),
        )
    )
    for kind, field in _optional(choices, columns, names, key):
        body += bytes([kind]) + length(len(field)) + field
    fields = {"schema": schema, "table": name, "column_count": len(columns)}
    return Event("table map", TABLE_MAP, body, fields, post_header=8)


def _optional(
    choices: Choices, columns: Sequence[Column], names: Sequence[str], key: Sequence[int]
) -> list[tuple[int, bytes]]:
    """Metadata of binlog_row_metadata=FULL: type and value."""
    numeric = [column for column in columns if column.numeric]
    texts = [column.collation for column in columns if column.collation and not column.members]
    closed = [column for column in columns if column.members]
    fields = []
    if numeric:
        fields.append((1, bits([column.unsigned for column in numeric], high_first=True)))
    if texts:
        fields.append(_collations(choices, [text for text in texts if text], (2, 3)))
    fields.append((4, b"".join(seven_bits(len(n.encode())) + n.encode() for n in names)))
    for kind, word in ((5, "set"), (6, "enum")):
        lists = [column.members for column in closed if column.kind == word]
        if lists:
            fields.append((kind, b"".join(_members(members) for members in lists)))
    points = [column for column in columns if column.kind == "geometry"]
    if points:
        fields.append((7, b"\x01" * len(points)))
    if key:
        fields.append((8, b"".join(length(at) for at in key)))
    if closed:
        fields.append(_collations(choices, [45] * len(closed), (10, 11)))
    if choices.chance(0.5):
        fields.append((12, bits([True] * len(columns), high_first=True)))
    return fields


def _collations(
    choices: Choices, collations: Sequence[int], kinds: tuple[int, int]
) -> tuple[int, bytes]:
    """A default and what differs from it, or one for each column."""
    if choices.chance(0.4):
        return kinds[1], b"".join(length(collation) for collation in collations)
    default = max(set(collations), key=collations.count)
    pairs = [(at, c) for at, c in enumerate(collations) if c != default]
    return kinds[0], length(default) + b"".join(length(at) + length(c) for at, c in pairs)


def _members(members: Sequence[str]) -> bytes:
    texts = [member.encode() for member in members]
    return length(len(texts)) + b"".join(seven_bits(len(text)) + text for text in texts)


def _rows(choices: Choices, kind: str, columns: Sequence[Column], names: Sequence[str]) -> Event:
    new = not choices.chance(0.3)
    body = TABLE_ID.to_bytes(6, "little") + b"\1\0"
    if new:
        body += choices.choice((b"\2\0", b"\2\0", _partition(kind), b"\7\0\2abcd"))
    images = 2 if kind == "update" else 1
    present = [[not choices.chance(0.1) for _ in columns[:64]] for _ in range(images)]
    # A row of no column at all would be of no byte.
    shown = [
        [*(flags if any(flags) else [True, *flags[1:]]), *[True] * (len(columns) - len(flags))]
        for flags in present
    ]
    body += length(len(columns)) + b"".join(bits(flags) for flags in shown)
    found: list[object] = []
    count = choices.choice((1, 0, 2, 3)) if len(columns) < 20 else 1
    for _ in range(count):
        drawn = [_image(choices, columns, names, flags) for flags in shown]
        body += b"".join(data for _row, data in drawn)
        rows = [row for row, _data in drawn]
        keys = ("before_values", "after_values") if images == 2 else ("values",)
        found.append(dict(zip(keys, rows, strict=True)))
    code = ROWS[kind][0 if new else 1]
    return Event(f"{kind} rows", code, body, {"rows": found}, post_header=10 if new else 8)


def _partition(kind: str) -> bytes:
    """Extra data of type 1: the partition, and where a row of an update was before."""
    return b"\7\0\1\5\0\4\0" if kind == "update" else b"\5\0\1\5\0"


def _image(
    choices: Choices, columns: Sequence[Column], names: Sequence[str], shown: Sequence[bool]
) -> tuple[Row, bytes]:
    row: Row = {}
    nulls: list[bool] = []
    data = bytearray()
    for column, name, is_shown in zip(columns, names, shown, strict=True):
        row[name] = None
        if not is_shown:
            continue
        nulls.append(choices.chance(0.15))
        if not nulls[-1]:
            row[name], encoded = column.value(choices)
            data += encoded
    return row, bits(nulls) + bytes(data)


def length(number: int) -> bytes:
    """A length-encoded number."""
    if number < 251:
        return bytes([number])
    if number < 1 << 16:
        return b"\xfc" + number.to_bytes(2, "little")
    return b"\xfd" + number.to_bytes(3, "little")


def bits(flags: Sequence[bool], *, high_first: bool = False) -> bytes:
    """A bitmap; the lowest bit of a byte first, or the highest."""
    data = bytearray((len(flags) + 7) // 8)
    for at, flag in enumerate(flags):
        if flag:
            data[at // 8] |= 0x80 >> at % 8 if high_first else 1 << at % 8
    return bytes(data)
