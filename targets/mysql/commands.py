"""Check: a server answers each command of a client once, with what its user's session said.

However the client's bytes are cut, the server writes the same. A parameter of a prepared statement
that the server puts into the text of a statement must be one literal of its value there.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Final

from targets.mysql.binlog.choices import Choices
from targets.mysql.literals.expected import Wrong, kind_of, read_value
from targets.mysql.literals.lexer import Lexer
from targets.mysql.memory.polite import Packets
from targets.mysql.mimic.server import Heard, Rows, Server
from targets.mysql.mimic.talks import DEPRECATE_EOF, Talk, Turn, draw_talk
from targets.mysql.mimic.values import binary_cell, binary_means, read_length, text_means
from targets.oracles import Violation

CUTS: Final = (1, 2, 3, 4, 5, 7, 16, 64, 1000)
MOST_PIECES: Final = 400
"""What is left behind so many is one piece."""
NOT_SUPPORTED: Final = 1235
LAST_ROW_SENT: Final = 0x80


def check(data: bytes, subject: Server) -> None:
    """Violation when an answer is wrong, missing, or depends on how the stream was cut."""
    choices = Choices(data)
    size = choices.choice(CUTS)
    headers = choices.chance(0.3)
    talk = draw_talk(choices)
    answers: list[Rows | None] = [turn.rows for turn in talk.turns if turn.statement is not None]
    whole = subject.serve((b"".join(talk.packets()),), answers)
    _require_answers(talk, whole)
    pieces = subject.serve(list(_cut(talk.packets(), size, headers=headers)), answers)
    if _without_salt(pieces.sent) != _without_salt(whole.sent) or pieces.queries != whole.queries:
        where = "a header" if headers else "a payload"
        raise Violation(
            f"commands: the answers differ when the stream is cut within {where}",
            f"{size}: {pieces.sent[-200:]!r}, in one piece {whole.sent[-200:]!r}",
        )


def _cut(packets: Sequence[bytes], size: int, *, headers: bool) -> Iterator[bytes]:
    """The packets in pieces of that size; whole headers, with what fits, unless told otherwise."""
    pieces: list[bytes] = []
    for number, data in enumerate(packets):
        # A login that is cut takes every server's readers past its end, which hides the rest.
        start = 0 if headers else 4 + size if number else len(data)
        pieces += [data[:start]] if start else []
        pieces += [data[at : at + size] for at in range(start, len(data), size)]
    yield from pieces[:MOST_PIECES]
    yield b"".join(pieces[MOST_PIECES:])


def _without_salt(sent: bytes) -> bytes:
    """Without the greeting, whose salt and connection number are new each time."""
    return sent[4 + int.from_bytes(sent[:3], "little") :]


def _require_answers(talk: Talk, heard: Heard) -> None:
    packets = Packets().feed(heard.sent)
    if len(packets) < 2 or packets[1][1][:1] != b"\0":
        raise Violation("commands: a login is refused", repr(heard.sent[-200:]))
    replies = Replies(packets[2:], eof=not talk.flags & DEPRECATE_EOF)
    queries = iter(heard.queries)
    kinds: list[int] = []
    for turn in talk.turns:
        code = replies.error_code()
        if turn.statement is not None and code == NOT_SUPPORTED:
            # It says what it does not know; what its session was given is then open.
            return
        if turn.statement is not None and code:
            raise Violation(
                f"commands: {turn.name} is answered with an error", repr(replies.left[:1])[:300]
            )
        if turn.statement is not None:
            _require_statement(turn, next(queries, None))
        _require_reply(turn, replies, kinds)
    if replies.left:
        raise Violation("commands: more answers than commands", repr(replies.left[:3])[:300])


def _require_statement(turn: Turn, query: str | None) -> None:
    """What the session was given: the statement, or its marks filled with literals."""
    if query is None:
        raise Violation(f"commands: {turn.name}: the statement does not reach the session")
    if not turn.parameters:
        if query != turn.statement:
            raise Violation(f"commands: {turn.name}: another statement", f"{query!r:.200}")
        return
    data = query.encode("utf-8", "surrogatepass")
    at = len("SELECT ")
    value: object = None
    try:
        for number, value in enumerate(turn.parameters):
            if number:
                if data[at : at + 2] != b", ":
                    raise Wrong(kind_of(turn.parameters[number - 1]), "is not one literal")
                at += 2
            at = read_value(value, Lexer(), data, at)
        if at != len(data):
            raise Wrong(kind_of(value), "is not one literal")
    except Wrong as wrong:
        raise Violation(
            f"commands: a parameter, {wrong.place}, {wrong.what}", f"{data!r:.300}"
        ) from None


def _require_reply(turn: Turn, replies: Replies, kinds: list[int]) -> None:
    try:
        match turn.kind:
            case "none":
                return
            case "any":
                replies.skip()
            case "maybe":
                replies.skip_error()
            case "ok":
                replies.ok(turn.name)
            case "prepared":
                replies.prepared(len(turn.parameters))
            case "open":
                # Rows of a cursor come when they are fetched, as columns of these types.
                kinds[:] = replies.columns(ends=True)
            case "fetched":
                _require_rows(turn, replies.fetched(kinds, len(turn.rows or ()), last=turn.last))
            case _:
                _require_rows(turn, replies.rows(binary=turn.binary))
    except (IndexError, KeyError, struct.error, ValueError) as error:
        raise Violation(
            f"commands: {turn.name}: an answer that is cut or wrong", f"{error}"
        ) from None


def _require_rows(turn: Turn, found: list[list[object]]) -> None:
    wanted = turn.rows or ()
    if len(found) != len(wanted):
        raise Violation(f"commands: {turn.name}: wrong number of rows", f"{len(found)}")
    for row, values in zip(found, wanted, strict=True):
        for cell, value in zip(row, values, strict=True):
            if turn.binary:
                means = binary_means(cell, value)
            else:
                assert cell is None or isinstance(cell, bytes), "a cell of the text protocol"
                means = text_means(cell, value)
            if not means:
                protocol = "binary" if turn.binary else "text"
                raise Violation(
                    f"commands: {kind_of(value)} in a {protocol} row has another value",
                    f"{cell!r:.200}, sent {value!r:.200}",
                )


class Replies:
    """Takes apart what a server wrote, reply by reply."""

    def __init__(self, packets: Sequence[tuple[int, bytes]], *, eof: bool) -> None:
        self.left = list(packets)
        self._eof = eof

    def _take(self, expected: int | None = None) -> bytes:
        if not self.left:
            raise Violation("commands: an answer does not come")
        sequence, payload = self.left.pop(0)
        if expected is not None and sequence != expected & 0xFF:
            raise Violation("commands: a wrong sequence number", f"{sequence}, not {expected}")
        return payload

    def error_code(self) -> int:
        """The number of the error that comes next; 0: something else does."""
        head = self.left[0][1] if self.left else b""
        return int.from_bytes(head[1:3], "little") if head[:1] == b"\xff" else 0

    def skip(self) -> None:
        """A reply of one packet, or of several."""
        self._take(1)
        while self.left and self.left[0][0] > 1:
            self._take()

    def skip_error(self) -> None:
        """An error, if there is one."""
        if self.left and self.left[0][1][:1] == b"\xff":
            self._take(1)

    def ok(self, name: str) -> None:
        """An OK packet."""
        payload = self._take(1)
        if payload[:1] != b"\0":
            raise Violation(f"commands: {name} is not answered with OK", repr(payload[:100]))

    def prepared(self, count: int) -> None:
        """The number of a statement and definitions of its parameters."""
        head = self._take(1)
        if head[:1] != b"\0" or int.from_bytes(head[7:9], "little") != count:
            raise Violation("commands: prepare counts its parameters wrongly", repr(head[:100]))
        for number in range(count):
            self._take(2 + number)
        # Some servers end the definitions with EOF although the client declined it.
        if count and self.left and self.left[0][1][:1] == b"\xfe" and len(self.left[0][1]) < 9:
            self._take(2 + count)

    def columns(self, *, ends: bool) -> list[int]:
        """Types of the columns of a result, and the end of them, if there always is one."""
        head = self._take(1)
        if head[:1] == b"\xff":
            raise Violation("commands: an error in the place of rows", repr(head[:200]))
        width, _ = read_length(head, 0)
        kinds = [_kind(self._take(2 + number)) for number in range(width)]
        if self._eof or ends:
            self._take(2 + width)
        return kinds

    def fetched(self, kinds: Sequence[int], most: int, *, last: bool) -> list[list[object]]:
        """Rows of a cursor, and whether the server says rightly that they are the last."""
        rows: list[list[object]] = []
        at = 1
        while True:
            data = self._take(at)
            at += 1
            if data[:1] == b"\xff":
                raise Violation("commands: fetch is answered with an error", repr(data[:200]))
            if data[:1] == b"\xfe" and len(data) < 0xFFFFFF:
                break
            if len(rows) >= most:
                raise Violation("commands: fetch: more rows than were asked for")
            rows.append(_binary_row(kinds, data))
        status = data[3:5] if self._eof else data[read_length(data, read_length(data, 1)[1])[1] :]
        if last and not int.from_bytes(status[:2], "little") & LAST_ROW_SENT:
            raise Violation("commands: fetch: the last row is not called the last")
        return rows

    def rows(self, *, binary: bool) -> list[list[object]]:
        """Rows of a result, up to its end."""
        kinds = self.columns(ends=False)
        width = len(kinds)
        at = 2 + width + self._eof
        rows: list[list[object]] = []
        while True:
            data = self._take(at)
            at += 1
            if data[:1] == b"\xfe" and len(data) < 0xFFFFFF and self._ends(data):
                return rows
            if data[:1] == b"\xff":
                raise Violation("commands: an error in the place of rows", repr(data[:200]))
            rows.append(_binary_row(kinds, data) if binary else _text_row(width, data))

    def _ends(self, data: bytes) -> bool:
        return len(data) < 9 if self._eof else True


def _kind(definition: bytes) -> int:
    """The type in a column's definition."""
    at = 0
    for _ in range(6):
        size, at = read_length(definition, at)
        at += size
    return definition[at + 7]


def _text_row(width: int, data: bytes) -> list[object]:
    cells: list[object] = []
    at = 0
    for _ in range(width):
        if data[at] == 0xFB:
            cells.append(None)
            at += 1
            continue
        size, at = read_length(data, at)
        cells.append(data[at : at + size])
        at += size
    if at != len(data):
        raise ValueError("a row that goes on")
    return cells


def _binary_row(kinds: Sequence[int], data: bytes) -> list[object]:
    nulls = data[1 : 1 + (len(kinds) + 9) // 8]
    at = 1 + len(nulls)
    cells: list[object] = []
    for number, kind in enumerate(kinds):
        if nulls[(number + 2) // 8] >> (number + 2) % 8 & 1:
            cells.append(None)
            continue
        cell, at = binary_cell(kind, data, at)
        cells.append(cell)
    if at != len(data):
        raise ValueError("a row that goes on")
    return cells
