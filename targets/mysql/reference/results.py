"""Replies to commands, packet by packet: OK, errors, result sets of text and binary rows."""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Generator
from typing import Any, Final

from targets import faults
from targets.mysql.reference.packets import NULL, ProtocolError, read_integer, read_string

MORE_RESULTS: Final = 8
MAX_COLUMNS: Final = 4096
_WIDTHS: Final = {1: 1, 2: 2, 13: 2, 3: 4, 9: 4, 8: 8, 4: 4, 5: 8}
_TEMPORAL: Final = {7: (0, 4, 7, 11), 10: (0, 4), 11: (0, 8, 12), 12: (0, 4, 7, 11)}

Cell = bytes | None
Row = tuple[Cell, ...]


class ServerError(Exception):
    """The server's own error, which leaves the connection in order."""

    def __init__(self, code: int, state: bytes, text: str) -> None:
        super().__init__(code, text)
        self.code = code
        self.state = state
        self.text = text


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """A column definition."""

    name: bytes
    type: int
    flags: int
    charset: int
    decimals: int
    length: int


@dataclasses.dataclass(frozen=True, slots=True)
class ResultSet:
    """One result; `fields` empty: an OK packet, whose numbers are there instead of rows."""

    fields: tuple[Field, ...]
    rows: tuple[Row, ...]
    affected: int
    insert_id: int
    warnings: int
    status: int
    binary: bool = False


Replies = Generator[None, bytes, None]
"""Is sent one payload after the other; returns once the reply is over."""


def read_reply(results: list[ResultSet], *, binary: bool) -> Replies:
    """Append all results of one command. ProtocolError; ServerError when the server reports one."""
    more = True
    while more:
        result = yield from _read_result(binary=binary)
        results.append(result)
        more = bool(result.status & MORE_RESULTS) and not faults.on("one-result")


def read_pong() -> Replies:
    """The answer to a ping."""
    payload = yield
    check_error(payload)
    if payload[0] != 0:
        raise ProtocolError("a ping has no other answer")
    read_ok(payload)


def read_prepared() -> Generator[None, bytes, tuple[int, int]]:
    """Number of the statement and of its parameters."""
    payload = yield
    check_error(payload)
    if len(payload) < 12 or payload[0] != 0:
        raise ProtocolError("neither a statement nor an error")
    number, columns, parameters = struct.unpack_from("<IHH", payload, 1)
    for count in (parameters, columns):
        if count:
            yield from _read_fields(count)
    return number, parameters


def check_error(payload: bytes) -> None:
    """ServerError if the payload is an ERR packet."""
    if not payload:
        raise ProtocolError("an empty packet")
    if payload[0] != 0xFF:
        return
    if len(payload) < 3:
        raise ProtocolError("an error without a code")
    code = int.from_bytes(payload[1:3], "little")
    state, text = b"", payload[3:]
    if text[:1] == b"#" and len(text) >= 6:
        state, text = text[1:6], text[6:]
    elif faults.on("error-state"):
        text = payload[9:]
    raise ServerError(code, state, text.decode("utf-8", "replace"))


def read_ok(payload: bytes) -> ResultSet:
    """An OK packet."""
    affected = read_integer(payload, 1)
    insert_id = read_integer(payload, affected[1]) if affected else None
    if affected is None or insert_id is None or len(payload) < insert_id[1] + 4:
        raise ProtocolError("an OK packet is cut short")
    status, warnings = struct.unpack_from("<HH", payload, insert_id[1])
    return ResultSet((), (), affected[0], insert_id[0], warnings, status)


def _read_result(*, binary: bool) -> Generator[None, bytes, ResultSet]:
    payload = yield
    check_error(payload)
    if payload[0] == 0:
        return read_ok(payload)
    if payload[0] == NULL:
        raise ProtocolError("the server asks for a file, which is refused")
    count = read_integer(payload, 0)
    if count is None or count[0] > MAX_COLUMNS:
        raise ProtocolError("no number of columns")
    fields = yield from _read_fields(count[0])
    if faults.on("first-eof"):
        return ResultSet(fields, (), 0, 0, 0, 0, binary)
    rows: list[Row] = []
    while True:
        payload = yield
        check_error(payload)
        if _is_end(payload):
            warnings, status = struct.unpack_from("<HH", payload.ljust(5, b"\0"), 1)
            return ResultSet(fields, tuple(rows), len(rows), 0, warnings, status, binary)
        rows.append(_binary_row(payload, fields) if binary else _text_row(payload, fields))


def _is_end(payload: bytes) -> bool:
    """An EOF packet: a row may begin with the same byte, and is longer then."""
    return payload[:1] == b"\xfe" and (len(payload) < 9 or faults.on("end-of-rows"))


def _read_fields(count: int) -> Generator[None, bytes, tuple[Field, ...]]:
    fields = []
    for _ in range(count):
        payload = yield
        check_error(payload)
        fields.append(_field(payload))
    payload = yield
    check_error(payload)
    if not _is_end(payload):
        raise ProtocolError("columns do not end")
    return tuple(fields)


def _field(payload: bytes) -> Field:
    at = 0
    names = []
    for _ in range(6):
        text, at = read_string(payload, at)
        names.append(text)
    if len(payload) < at + 13:
        raise ProtocolError("a column is cut short")
    charset, length, kind, flags, decimals = struct.unpack_from("<HIBHB", payload, at + 1)
    return Field(names[4], kind, flags, charset, decimals, length)


def _text_row(payload: bytes, fields: tuple[Field, ...]) -> Row:
    row: list[Cell] = []
    at = 0
    for _ in fields:
        if payload[at : at + 1] == b"\xfb":
            row.append(None)
            at += 1
        else:
            text, at = read_string(payload, at)
            row.append(text)
    return tuple(row)


def _binary_row(payload: bytes, fields: tuple[Field, ...]) -> Row:
    bits = (len(fields) + 9) // 8
    if len(payload) < 1 + bits:
        raise ProtocolError("a row is shorter than its NULL bits")
    nulls = int.from_bytes(payload[1 : 1 + bits], "little")
    offset = 0 if faults.on("null-bits") else 2
    at = 1 + bits
    row: list[Cell] = []
    for index, field in enumerate(fields):
        if nulls >> (index + offset) & 1:
            row.append(None)
            continue
        cell, at = _binary_cell(payload, at, field)
        row.append(cell)
    return tuple(row)


def _binary_cell(payload: bytes, at: int, field: Field) -> tuple[bytes, int]:
    width: Any = _WIDTHS.get(field.type)
    if width is None and field.type in _TEMPORAL:
        width = payload[at] if at < len(payload) else -1
        at += 1
        if width not in _TEMPORAL[field.type]:
            raise ProtocolError("a time has an odd length")
    if width is None:
        return read_string(payload, at)
    if len(payload) < at + width:
        raise ProtocolError("a row is cut short")
    return payload[at : at + width], at + width
