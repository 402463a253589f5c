"""A second reading of the protocol: splits a dialog into replies and says what each of them means.

It sees all packets at once and shares no code with the reference, so that the two check each other.
What it cannot read, it calls open: nothing is then said of how a client reads it, except that the
client stays total.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Final

from targets.mysql.cursor import Cursor, Malformed
from targets.mysql.dialog import Dialog, Packet, grown

MORE_RESULTS: Final = 8
CURSOR_EXISTS: Final = 64
BINARY_CHARSET: Final = 63
UNSIGNED: Final = 32
MAX_COLUMNS: Final = 4096
"""MySQL's own limit of columns in a table or result."""


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """Of a column definition, what its values depend on."""

    name: bytes
    type: int
    flags: int
    charset: int
    decimals: int
    context: tuple[bytes, ...] = ()
    """Names of database and table, which clients decode too."""


@dataclasses.dataclass(frozen=True, slots=True)
class Ok:
    """No rows."""

    affected: int
    insert_id: int
    status: int
    warnings: int
    info: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class Failed:
    """The server's error."""

    code: int
    state: bytes
    text: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """Columns, and rows of raw values: None is NULL."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[bytes | None, ...], ...]
    binary: bool
    warnings: int
    failed: Failed | None = None
    """An error in place of the end of rows."""


@dataclasses.dataclass(frozen=True, slots=True)
class Prepared:
    """A statement of which the server keeps the number."""

    number: int
    columns: int
    parameters: int


Result = Ok | Failed | Table | Prepared


@dataclasses.dataclass(frozen=True, slots=True)
class Reply:
    """What the server says to one command: packets `start` to `end`, and the ends of lists."""

    start: int
    end: int
    results: tuple[Result, ...]
    complete: bool
    """Its meaning is plain and the next command is free to follow; nothing follows otherwise."""
    column_ends: tuple[int, ...] = ()
    row_ends: tuple[int, ...] = ()


def column(payload: bytes) -> Column:
    """A column definition, which must be of the one kind that exists since MySQL 4.1."""
    cursor = Cursor(payload)
    if cursor.string() != b"def":
        raise Malformed("the catalog is not 'def'")
    database, table, original = cursor.string(), cursor.string(), cursor.string()
    name, source = cursor.string(), cursor.string()
    if cursor.counted() != 0x0C:
        raise Malformed("the fixed part is not 12 bytes")
    charset, _, kind = cursor.number(2), cursor.number(4), cursor.number(1)
    flags, decimals = cursor.number(2), cursor.number(1)
    if cursor.take(2) != b"\0\0":
        raise Malformed("the filler is not zero")
    cursor.end()
    return Column(name, kind, flags, charset, decimals, (database, table, original, source))


def ok(payload: bytes) -> Ok:
    """An OK packet without session state."""
    cursor = Cursor(payload, 1)
    found = Ok(cursor.counted(), cursor.counted(), cursor.number(2), cursor.number(2), b"")
    info = cursor.rest()
    if info:
        inside = Cursor(info)
        text = inside.string()
        inside.end()
        if not _is_text(text):
            raise Malformed("the message is no text")
        found = dataclasses.replace(found, info=text)
    return found


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def failed(payload: bytes) -> Failed:
    """An ERR packet; MySQL always has a state, which old servers and proxies leave out."""
    cursor = Cursor(payload, 1)
    code = cursor.number(2)
    if not 0 < code < 0xFFFF:
        raise Malformed("an error has no such number")
    if payload[3:4] == b"#":
        state = cursor.take(6)[1:]
        if not state.isalnum() or not state.isascii():
            raise Malformed("the state is not five letters and digits")
        return Failed(code, state, cursor.rest())
    text = cursor.rest()
    if not text:
        raise Malformed("an error says nothing")
    return Failed(code, b"", text)


def is_eof(payload: bytes) -> bool:
    """Whether this ends columns or rows."""
    return payload[:1] == b"\xfe" and len(payload) < 9


def eof(payload: bytes) -> tuple[int, int]:
    """Warnings and status of an EOF packet."""
    if len(payload) != 5:
        raise Malformed("an EOF packet has five bytes")
    cursor = Cursor(payload, 1)
    warnings, status = cursor.number(2), cursor.number(2)
    if status & CURSOR_EXISTS:
        raise Malformed("rows that must be fetched one by one, which nobody asked for")
    return warnings, status


class _Scanner:
    """Packets of a dialog, and how far they are read."""

    def __init__(self, packets: tuple[Packet, ...], start: int) -> None:
        self.packets = packets
        self.at = start
        self.column_ends: list[int] = []
        self.row_ends: list[int] = []

    def next(self) -> bytes:
        if self.at >= len(self.packets):
            raise Malformed("the packets end early")
        packet = self.packets[self.at]
        if packet.claimed >= 0:
            raise Malformed("the last packet is cut short")
        self.at += 1
        payload = grown(packet)
        if not payload:
            raise Malformed("a packet is empty")
        return payload

    def results(self, *, binary: bool) -> list[Result]:
        found: list[Result] = []
        more = True
        while more:
            result, status = self.result(binary=binary)
            found.append(result)
            more = bool(status & MORE_RESULTS)
        return found

    def result(self, *, binary: bool) -> tuple[Result, int]:
        payload = self.next()
        if payload[0] == 0:
            found = ok(payload)
            return found, found.status
        if payload[0] == 0xFF:
            return failed(payload), 0
        if payload[0] == 0xFB:
            raise Malformed("the server asks for a file")
        cursor = Cursor(payload)
        count = cursor.counted()
        cursor.end()
        if not 0 < count <= MAX_COLUMNS or (count < 251) != (len(payload) == 1):
            raise Malformed("the number of columns is odd")
        columns = tuple(column(self.next()) for _ in range(count))
        self.end_of_columns()
        return self.rows(columns, binary=binary)

    def end_of_columns(self) -> None:
        payload = self.next()
        if not is_eof(payload):
            raise Malformed("columns do not end")
        eof(payload)
        self.column_ends.append(self.at - 1)

    def rows(self, columns: tuple[Column, ...], *, binary: bool) -> tuple[Result, int]:
        rows: list[tuple[bytes | None, ...]] = []
        while True:
            payload = self.next()
            if is_eof(payload):
                warnings, status = eof(payload)
                self.row_ends.append(self.at - 1)
                return Table(columns, tuple(rows), binary, warnings), status
            if payload[0] == 0xFF:
                error = failed(payload)
                return Table(columns, tuple(rows), binary, 0, error), 0
            rows.append(_binary_row(payload, columns) if binary else _text_row(payload, columns))

    def prepared(self) -> Result:
        payload = self.next()
        if payload[0] == 0xFF:
            return failed(payload)
        cursor = Cursor(payload)
        if cursor.number(1) != 0:
            raise Malformed("neither a statement nor an error")
        number, columns, parameters = cursor.number(4), cursor.number(2), cursor.number(2)
        if cursor.number(1) != 0 or cursor.number(2) > 0xFFFF:
            raise Malformed("the filler is not zero")
        cursor.end()
        for count in (parameters, columns):
            if count > MAX_COLUMNS:
                raise Malformed("too many columns")
            for _ in range(count):
                column(self.next())
            if count:
                self.end_of_columns()
        return Prepared(number, columns, parameters)


def _text_row(payload: bytes, columns: tuple[Column, ...]) -> tuple[bytes | None, ...]:
    cursor = Cursor(payload)
    row: list[bytes | None] = []
    for _ in columns:
        if payload[cursor.at : cursor.at + 1] == b"\xfb":
            cursor.take(1)
            row.append(None)
        else:
            row.append(cursor.string())
    cursor.end()
    return tuple(row)


_FIXED: Final = {1: 1, 2: 2, 13: 2, 3: 4, 9: 4, 8: 8, 4: 4, 5: 8}
"""Types whose binary values have a fixed width."""
_TEMPORAL: Final = {10: (0, 4), 7: (0, 4, 7, 11), 12: (0, 4, 7, 11), 11: (0, 8, 12)}
"""Types whose binary values have one byte of length, and which lengths there are."""


def _binary_row(payload: bytes, columns: tuple[Column, ...]) -> tuple[bytes | None, ...]:
    cursor = Cursor(payload)
    if cursor.number(1) != 0:
        raise Malformed("a binary row starts with 0")
    nulls = int.from_bytes(cursor.take((len(columns) + 9) // 8), "little") >> 2
    row: list[bytes | None] = []
    for index, of in enumerate(columns):
        if nulls >> index & 1:
            row.append(None)
        elif of.type in _FIXED:
            row.append(cursor.take(_FIXED[of.type]))
        elif of.type in _TEMPORAL:
            length = cursor.number(1)
            if length not in _TEMPORAL[of.type]:
                raise Malformed("a time has an odd length")
            row.append(cursor.take(length))
        elif of.type == 6:
            raise Malformed("a value of type NULL")
        else:
            row.append(cursor.string())
    cursor.end()
    return tuple(row)


@functools.lru_cache(maxsize=2)
def replies(dialog: Dialog, start: int) -> tuple[Reply, ...]:
    """The replies from packet `start` on; at most the last one is not complete."""
    found: list[Reply] = []
    options = dialog.options
    scanner = _Scanner(dialog.packets, start)
    while scanner.at < len(dialog.packets):
        first = scanner.at
        scanner.column_ends, scanner.row_ends = [], []
        results: list[Result] = []
        complete = not options.numbered
        try:
            if options.command == "prepare" and not found:
                results.append(scanner.prepared())
            elif options.command == "ping":
                results.append(_pong(scanner.next()))
            else:
                results += scanner.results(binary=options.command == "prepare")
        except Malformed:
            complete = False
        end = scanner.at if complete else len(dialog.packets)
        ends = tuple(scanner.column_ends), tuple(scanner.row_ends)
        found.append(Reply(first, end, tuple(results), complete, *ends))
        if not complete or (not first and isinstance(results[0], Failed) and _needed(options)):
            break
        if any(_ends(result) for result in results):
            break
    return tuple(found)


def _ends(result: Result) -> bool:
    failed = result.failed if isinstance(result, Table) else result
    return isinstance(failed, Failed) and fatal(failed.code)


def _needed(options: object) -> bool:
    """Whether nothing goes on once the first reply is an error."""
    return getattr(options, "command", "") == "prepare"


def fatal(code: int) -> bool:
    """Whether this error ends the connection: shutdown, killed, lost (clients' own numbers)."""
    return code in (1053, 1927, 4031) or 2000 <= code < 3000


def _pong(payload: bytes) -> Result:
    if payload[0] == 0:
        return ok(payload)
    if payload[0] == 0xFF:
        return failed(payload)
    raise Malformed("a ping has no other answer")
