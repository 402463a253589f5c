"""Grammar of dialogs: what a server says, mostly as it should be, and how to change an input.

`build` makes a dialog from nothing, `mutate` changes one, `strategy` makes the same dialogs as
Hypothesis choices, and `tokens` cuts an input where a minimizer may leave pieces out.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from targets import drawing, vocabulary
from targets.drawing import Draw
from targets.mysql import cells
from targets.mysql.dialog import (
    GROWTH,
    HEADER_BYTES,
    LARGE,
    OPTIONS_BYTES,
    Options,
    enlarged,
    write,
)
from targets.mysql.reference.packets import write_integer, write_string
from targets.mysql.server import FAST, greeting

if TYPE_CHECKING:  # pragma: no cover - a pinned environment has no Hypothesis
    from hypothesis.strategies import SearchStrategy

Record = tuple[bytes, int]
"""Payload and fourth byte."""
OK: Final = b"\0\0\0\x02\0\0\0"
_STATUSES: Final = (2, 0, 3, 2, 0x22, 0x4002, 0x200, 0x102)
_TIMED_OUT: Final = (b"\xff\xd0\x0b#HY000too long", b"\xff\xb1\x07#70100too long")
_LARGE_CHANCE: Final = 0.004
"""Dialogs with packets of 16 MiB: each takes as long as a hundred others."""
_NUMBERS: Final = (0, 1, 250, 251, 252, 65535, 65536, (1 << 24) - 1, 1 << 24, (1 << 64) - 1)
_BYTES: Final = (0, 1, 2, 250, 251, 252, 253, 254, 255, 9, 10, 35, 127, 128)


def strategy() -> SearchStrategy[bytes]:
    """Dialogs as Hypothesis choices."""
    return drawing.strategy(build)


def build(draw: Draw) -> bytes:
    """A dialog that a good server could have."""
    options = _options(draw)
    read = Options.read(options)
    records = _start(draw) if read.own_start else []
    if read.command == "prepare":
        records += _prepared(draw, read.parameters)
    for _ in range(draw.choice((1, 1, 2, 3))):
        records += _reply(draw, read)
    made = write(options, records)
    large = any(LARGE <= fourth < len(GROWTH) for _, fourth in records)
    return enlarged(made) if large else made


def _options(draw: Draw) -> bytes:
    how = 0
    for bit, chance in ((1, 0.08), (4, 0.3), (8, 0.15), (16, 0.3), (32, 0.05), (64, 0.02)):
        if draw.chance(chance):
            how |= bit
    charset = draw.integer(0, 15) if draw.chance(0.3) else 0
    command = draw.choice((0, 0, 1, 2, 2, 3, 4, 5, 6, 7))
    return bytes((how, charset, command, draw.integer(0, 47)))


def _start(draw: Draw) -> list[Record]:
    """A greeting and what follows until the login is over."""
    options = Options(plugin=draw.choice(("mysql_native_password", "caching_sha2_password")))
    hello = greeting(options)
    if draw.chance(0.3):
        hello = hello[: draw.integer(len(hello) - 60, len(hello))]
    elif draw.chance(0.3):
        at = draw.integer(1, len(hello) - 1)
        hello = hello[:at] + bytes([draw.choice(_BYTES)]) + hello[at + 1 :]
    records: list[Record] = [(hello, 0)]
    if draw.chance(0.3):
        plugin = draw.choice(
            (b"mysql_native_password", b"caching_sha2_password", b"mysql_clear_password", b"other")
        )
        records.append((b"\xfe" + plugin + b"\0" + b"abcdefghijklmnopqrst\0", 0))
    if draw.chance(0.15):
        records.append((draw.choice((FAST, b"\x01\x04", b"\x01", b"\x02", b"\xfe")), 0))
    records.append((OK if not draw.chance(0.15) else _error(draw), 0))
    return records


def _reply(draw: Draw, options: Options) -> list[Record]:
    """The reply to one command, of one or more results."""
    if options.command == "ping":
        return [(_ok(draw, 2), 0) if not draw.chance(0.2) else (_error(draw), 0)]
    records: list[Record] = []
    while draw.chance(0.2) and len(records) < 24:
        records += _result(draw, options, more=True)
    return records + _result(draw, options, more=False)


def _result(draw: Draw, options: Options, *, more: bool) -> list[Record]:
    status = draw.choice(_STATUSES) | (8 if more else 0)
    form = draw.integer(0, 9)
    if form == 0 and not more:
        return [(_error(draw), 0)]
    if form == 1 and not more and draw.chance(0.3):
        return [(b"\xfb" + draw.choice((b"/etc/hostname", b"", b"data.csv")), 0)]
    if form <= 2:
        return [(_ok(draw, status), 0)]
    binary = options.command == "prepare"
    return _table(draw, status, binary=binary, left=options.command == "early")


def _ok(draw: Draw, status: int) -> bytes:
    numbers = write_integer(draw.choice(_NUMBERS)) + write_integer(draw.choice(_NUMBERS))
    warnings = draw.choice((0, 0, 1, 2, 256, 65535))
    info = b""
    if draw.chance(0.3):
        info = write_string(draw.choice((b"Rows matched: 1", b"", b"caf\xc3\xa9", b"x" * 251)))
    return b"\0" + numbers + struct.pack("<HH", status, warnings) + info


def _error(draw: Draw) -> bytes:
    code = draw.choice(
        (1064, 1045, 1146, 1062, 1205, 1213, 3024, 1969, 1000, 4031, 2013, 45000, 31001)
    )
    state = b"#" + draw.choice((b"42000", b"HY000", b"23000")) if not draw.chance(0.2) else b""
    text = draw.choice((b"No", b"", b"You have an error", b"caf\xc3\xa9", b"x" * 300))
    return b"\xff" + code.to_bytes(2, "little") + state + text


def _eof(status: int, warnings: int = 0) -> Record:
    return b"\xfe" + struct.pack("<HH", warnings, status), 0


def _width(draw: Draw) -> int:
    """Number of columns: mostly one, so that a failure is about that type alone; sometimes around
    the widths of the NULL bits and of the length."""
    if draw.chance(0.6):
        return 1
    if draw.chance(0.05):
        return draw.choice((250, 251, 252, 256))
    return draw.choice((2, 3, 2, 5, 6, 7, 8, 9, 14, 15))


def _table(draw: Draw, status: int, *, binary: bool, left: bool) -> list[Record]:
    columns = [cells.column(draw) for _ in range(_width(draw))]
    records: list[Record] = [(write_integer(len(columns)), 0)]
    records += ((definition, 0) for definition, _ in columns)
    records.append(_eof(draw.choice((status, 2))))
    kinds = [kind for _, kind in columns]
    for _ in range(draw.choice((1, 1, 2, 0, 3))):
        records.append((_row(draw, kinds, binary=binary), 0))
        if draw.chance(0.08):
            records.append(_grown(draw, kinds, records.pop()[0], binary=binary))
    if draw.chance(0.05):
        records.append((_error(draw), 0))
    elif left and draw.chance(0.15):
        # Nobody waits for these rows any more, but the server says that they took too long.
        records.append((draw.choice(_TIMED_OUT), 0))
    else:
        records.append(_eof(status, draw.choice((0, 0, 0, 1, 65535))))
    return records


def _row(draw: Draw, kinds: list[cells.Kind], *, binary: bool) -> bytes:
    if not binary:
        return b"".join(cells.text_cell(draw, kind) for kind in kinds)
    nulls = 0
    parts = []
    for index, kind in enumerate(kinds):
        if draw.chance(0.12):
            nulls |= 1 << (index + 2)
        else:
            parts.append(cells.binary_cell(draw, kind))
    return b"\0" + nulls.to_bytes((len(kinds) + 9) // 8, "little") + b"".join(parts)


def _grown(draw: Draw, kinds: list[cells.Kind], row: bytes, *, binary: bool) -> Record:
    """The row with another last value, of any size."""
    if kinds[-1].type not in (252, 253, 254, 15, 249, 250, 251):
        return row, 0
    shorter = _row(draw, kinds[:-1], binary=False) if not binary else row
    if binary:
        return row, 0
    high = len(GROWTH) - 1 if draw.chance(_LARGE_CHANCE * 10) else LARGE - 1
    return shorter, draw.integer(1, high)


def _prepared(draw: Draw, parameters: int) -> list[Record]:
    """The answer to a statement that is prepared."""
    from targets.mysql.parameters import SETS

    if draw.chance(0.05):
        return [(_error(draw), 0)]
    count = len(SETS[parameters % len(SETS)])
    width = draw.choice((0, 0, 1, 2))
    head = b"\0" + struct.pack("<IHH", draw.choice((1, 255, 65536, 0xFFFFFFFF)), width, count)
    records: list[Record] = [(head + b"\0\0\0", 0)]
    for columns in (count, width):
        if columns:
            records += ((cells.column(draw)[0], 0) for _ in range(columns))
            records.append(_eof(2))
    return records


def mutate(data: bytes, max_size: int, rng: random.Random) -> bytes:
    """Change a dialog, or make a new one; never longer than `max_size`."""
    draw = drawing.from_random(rng)
    if len(data) <= OPTIONS_BYTES or draw.chance(0.2):
        made = build(draw)
        return made if len(made) <= max_size else data[:max_size]
    options, records = read(data)
    for _ in range(1 + draw.integer(0, 2)):
        change = draw.choice(_CHANGES)
        options = change(options, records, draw)
    changed = write(options, records)
    if draw.chance(0.05):
        changed = changed[: draw.integer(OPTIONS_BYTES, len(changed))]
    return changed[:max_size]


def read(data: bytes) -> tuple[bytes, list[Record]]:
    """Options and records of an input; the rest of one that is cut short is its payload."""
    records = []
    at = OPTIONS_BYTES
    while at + HEADER_BYTES <= len(data):
        end = at + HEADER_BYTES + int.from_bytes(data[at : at + 3], "little")
        records.append((data[at + HEADER_BYTES : end], data[at + 3]))
        at = end
    return data[:OPTIONS_BYTES], records


def tokens(data: bytes) -> list[bytes]:
    """The options, then packet by packet; they join to `data`."""
    pieces = [data[:OPTIONS_BYTES]] if data else []
    at = OPTIONS_BYTES
    while at < len(data):
        size = int.from_bytes(data[at : at + 3], "little")
        pieces.append(data[at : at + HEADER_BYTES + size])
        at += HEADER_BYTES + size
    return pieces


def _index(records: list[Record], draw: Draw) -> int:
    if not records:
        records.append((OK, 0))
    return draw.integer(0, len(records) - 1)


def _change_options(options: bytes, records: list[Record], draw: Draw) -> bytes:
    del records
    fresh = _options(draw)
    at = draw.integer(0, OPTIONS_BYTES - 1)
    return options[:at] + fresh[at : at + 1] + options[at + 1 :]


def _insert_reply(options: bytes, records: list[Record], draw: Draw) -> bytes:
    at = draw.integer(0, len(records))
    records[at:at] = _reply(draw, Options.read(options))
    return options


def _remove(options: bytes, records: list[Record], draw: Draw) -> bytes:
    del records[_index(records, draw)]
    return options


def _repeat(options: bytes, records: list[Record], draw: Draw) -> bytes:
    at = _index(records, draw)
    records.insert(at, records[at])
    return options


def _swap(options: bytes, records: list[Record], draw: Draw) -> bytes:
    one, other = _index(records, draw), _index(records, draw)
    records[one], records[other] = records[other], records[one]
    return options


def _replace_packet(options: bytes, records: list[Record], draw: Draw) -> bytes:
    payload = draw.choice(
        (
            OK,
            _error(draw),
            _eof(10)[0],
            _ok(draw, 10),
            b"\xfb",
            b"",
            b"\xfe",
            b"\xff",
            b"\0",
            b"\x01",
        )
    )
    records[_index(records, draw)] = payload, 0
    return options


def _grow(options: bytes, records: list[Record], draw: Draw) -> bytes:
    at = _index(records, draw)
    high = len(GROWTH) - 1 if draw.chance(_LARGE_CHANCE) else LARGE - 1
    records[at] = records[at][0], draw.integer(0, high)
    return options


def _change_byte(options: bytes, records: list[Record], draw: Draw) -> bytes:
    at = _index(records, draw)
    payload, fourth = records[at]
    place = draw.integer(0, max(0, len(payload) - 1))
    byte = draw.choice(_BYTES) if draw.chance(0.7) else draw.integer(0, 255)
    records[at] = payload[:place] + bytes([byte]) + payload[place + 1 :], fourth
    return options


def _cut(options: bytes, records: list[Record], draw: Draw) -> bytes:
    at = _index(records, draw)
    payload, fourth = records[at]
    records[at] = payload[: draw.integer(0, len(payload))], fourth
    return options


def _insert_bytes(options: bytes, records: list[Record], draw: Draw) -> bytes:
    at = _index(records, draw)
    payload, fourth = records[at]
    place = draw.integer(0, len(payload))
    words = vocabulary.words()
    piece = draw.choice(words)[:64] if words and draw.chance(0.3) else draw.binary(1, 8)
    records[at] = payload[:place] + piece + payload[place:], fourth
    return options


_CHANGES: Final[tuple[Callable[[bytes, list[Record], Draw], bytes], ...]] = (
    *(_change_options, _change_options, _insert_reply, _remove, _repeat, _swap, _replace_packet),
    *(_grow, _change_byte, _change_byte, _change_byte, _cut, _insert_bytes),
)
